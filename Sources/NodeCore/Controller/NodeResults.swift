// SPDX-License-Identifier: GPL-2.0-or-later
// What a node does with the results of operations: history, fail counts, the transition.
import ClusterXML
import Messages
import Scheduling

extension Node {
    /// An operation has ended, wherever it ran.
    mutating func operationFinished(
        _ completion: OperationCompletion, _ agent: AgentReference, on node: NodeIdentity, at now: Now, into effects: inout [NodeEffect]
    ) {
        let order = completion.order
        let resource = ResourceAgent(
            id: order.resource, standard: agent.standard, provider: agent.provider, type: agent.type)
        if completion.status == .cancelled, order.interval > 0 {
            cancelled(node: node.name, resource: order.resource, action: order.action, interval: order.interval, at: now)
            return
        }
        var record = OperationRecord(
            node: node, resource: resource, action: order.action, interval: Int(order.interval), rc: completion.rc,
            status: completion.status, callID: completion.callID, key: order.userData)
        record.runTime = Int(completion.runTime)
        record.changeTime = Int(completion.changeTime)
        record.execTime = Int(completion.executionTime)
        record.queueTime = Int(completion.queueTime)
        record.exitReason = completion.exitReason ?? ""
        record.parameters = order.parameters.entries
        // Digests need the agent's meta-data: if that is still being read, the result waits for it.
        let held = HeldResult(record: record, deleted: completion.resourceDeleted)
        if case .asked(var waiting)? = metaData[agent.description] {
            waiting.append(held)
            metaData[agent.description] = .asked(waiting)
        } else {
            settle(held, at: now, into: &effects)
        }
    }

    /// Records a result and tells the transition.
    mutating func settle(_ result: HeldResult, at now: Now, into effects: inout [NodeEffect]) {
        let record = result.record
        effects.append(.record(resultEvent(record)))
        if isOvertaken(record) { return }
        let previous = previousResult(record)
        noteMigration(record)
        resolveMigrations(record, into: &effects)
        if !result.deleted, record.status != .cancelled { write(record, at: now) }
        alertResult(record, at: now, into: &effects)
        let parsed = TransitionKey(record.key)
        if let parsed, let action = engine.runningAction(for: parsed) {
            let ignored = action.attribute("CRM_meta_on_fail") == "ignore"
            let failed = record.status == .cancelled || record.failed
            if record.failed { countFailure(record, ignored: ignored, at: now, into: &effects) }
            if failed, !ignored { wantScheduling("Event failed (\(record.operationKey) on \(record.node.name))", at: now, into: &effects) }
            confirm(action.id, failed: failed && !ignored, at: now)
            return
        }
        guard OperationHistory.isRecorded(record.action), record.status != .cancelled else { return }
        if record.failed {
            countFailure(record, ignored: false, at: now, into: &effects)
        } else if previous?.rc == record.rc, previous?.call == record.callID {
            return
        }
        let reason = parsed?.engine == engine.uuid ? record.interval > 0 ? "Change in recurring result" : "Old event" : "Foreign event"
        wantScheduling("\(reason) (\(record.operationKey) on \(record.node.name))", at: now, into: &effects)
    }

    private func resultEvent(_ record: OperationRecord) -> Event {
        let what = record.action == "monitor" && record.interval == 0 ? "probe" : record.action
        let name = ResultNames.text(record)
        let reason = record.exitReason.isEmpty ? "" : " (\(record.exitReason))"
        return Event(
            what == "probe" && record.status == .done ? .notice : record.failed ? .error : record.interval > 0 ? .info : .notice, "operation-result",
            "Result of \(what) operation for \(record.resource.id) on \(record.node.name): \(name)\(reason) | "
                + "call=\(record.callID) key=\(record.operationKey) rc=\(record.rc)")
    }

    private func previousResult(_ record: OperationRecord) -> (rc: Int, call: Int)? {
        guard record.interval > 0,
            let entry = StatusSection.resource(cib, node: record.node.id, resource: record.resource.id)?
                .elements("lrm_rsc_op").first(where: { $0.id == record.operationKey }),
            let rc = entry["rc-code"].flatMap({ Int($0) }), let call = entry["call-id"].flatMap({ Int($0) })
        else { return nil }
        return (rc, call)
    }

    mutating func write(_ record: OperationRecord, at now: Now) {
        OperationHistory.write(record, to: &cib, historyContext(record.resource, at: now))
        touchStatus()
    }

    private func historyContext(_ resource: ResourceAgent, at now: Now) -> OperationHistory.Context {
        var known: AgentMetaData?
        if resource.isRemoteConnection {
            known = .remoteConnection
        } else {
            let name = AgentReference(standard: resource.standard, provider: resource.provider, type: resource.type).description
            if case .known(let data)? = metaData[name] { known = data }
        }
        return OperationHistory.Context(
            host: host.name, featureSet: settings.featureSet, metaData: known, now: Int(now.wall.seconds))
    }

    /// Notes in the history that an operation has begun.
    mutating func recordPending(_ order: OperationOrder, _ resource: ResourceAgent, on node: NodeIdentity, at now: Now) {
        guard OperationHistory.isRecorded(order.action), order.parameters["CRM_meta_record_pending"] != "false" else { return }
        var record = OperationRecord(
            node: node, resource: resource, action: order.action, interval: Int(order.interval), rc: 193, status: .pending, callID: -1,
            key: order.userData)
        record.parameters = order.parameters.entries
        write(record, at: now)
    }

    /// Counts a failure where the scheduler looks for it (spec: cluster-daemon-facts 3.4).
    private mutating func countFailure(_ record: OperationRecord, ignored: Bool, at now: Now, into effects: inout [NodeEffect]) {
        // A probe says what is; and a lost connection says nothing about the resource.
        if record.action == "monitor", record.interval == 0 { return }
        if record.status == .disconnected || !OperationHistory.isRecorded(record.action) { return }
        let suffix = "\(record.resource.id)#\(record.action)_\(record.interval)"
        let value: String
        switch record.action {
        case "start" where record.interval == 0: value = engine.transition.startFailureIsFatal ? "INFINITY" : "value++"
        case "stop" where record.interval == 0: value = "INFINITY"
        default: value = "value++"
        }
        let node = record.node.name
        withAttributes(at: now, into: &effects) {
            if !ignored {
                var update = AttributeUpdate("fail-count-\(suffix)", node: node, value: value)
                update.nodeIsRemote = record.node.isRemote
                $0.update(update, at: now, into: &$1)
            }
            $0.update(AttributeUpdate("last-failure-\(suffix)", node: node, value: "\(now.wall.seconds)"), at: now, into: &$1)
        }
    }

    // MARK: Meta-data

    /// Reads the meta-data of an agent, once.
    mutating func askMetaData(_ agent: AgentReference, at now: Now, into effects: inout [NodeEffect]) {
        guard agent.standard == "ocf", let provider = agent.provider, metaData[agent.description] == nil else { return }
        guard !(provider == "pacemaker" && agent.type == "remote") else { return }
        metaData[agent.description] = .asked([])
        let id = ProcessID(nextHelper)
        nextHelper += 1
        let configuration = executor.configuration
        let choices = configuration.ocfDirectories.map { ProgramChoice("\($0)/\(provider)/\(agent.type)", ["meta-data"]) }
        var request = ProcessRequest(id: id, choices: choices)
        request.environment = configuration.baseEnvironment + [EnvironmentEntry("OCF_ROOT", .text(configuration.ocfRoot))]
        helpers.append(Helper(id: id, agent: agent.description))
        effects.append(.spawn(request))
        effects.append(.setTimer(.helper(id), at: now.monotonic + .seconds(10)))
    }

    mutating func helperFinished(_ id: ProcessID, _ outcome: ProcessOutcome, at now: Now, into effects: inout [NodeEffect]) {
        guard let index = helpers.firstIndex(where: { $0.id == id }) else { return }
        let helper = helpers.remove(at: index)
        effects.append(.cancelTimer(.helper(id)))
        guard !helper.agent.isEmpty else { return }
        let root = outcome.ending == .exited(0) ? try? XMLParser.parse(metaData: outcome.standardOutput) : nil
        var waiting: [HeldResult] = []
        if case .asked(let held)? = metaData[helper.agent] { waiting = held }
        metaData[helper.agent] = .known(root.map { AgentMetaData($0) })
        for result in waiting { settle(result, at: now, into: &effects) }
    }
}

/// The names of results, for messages.
enum ResultNames {
    static func text(_ record: OperationRecord) -> String {
        switch record.status {
        case .done: codes[record.rc] ?? "unknown (\(record.rc))"
        case .cancelled: "Cancelled"
        case .timeout: "Timed Out"
        case .disconnected: "Internal communication failure"
        case .notInstalled: "Not installed"
        case .unsupported: "Unsupported"
        case .pending: "Pending"
        default: codes[record.rc].map { "Error: \($0)" } ?? "Error"
        }
    }

    private static let codes: [Int: String] = [
        0: "ok", 1: "error", 2: "invalid parameter", 3: "unimplemented feature", 4: "insufficient privileges", 5: "not installed",
        6: "not configured", 7: "not running", 8: "promoted", 9: "promoted (failed)", 190: "degraded", 191: "promoted (degraded)",
        193: "No exit status available",
    ]
}
