// SPDX-License-Identifier: GPL-2.0-or-later
// When a node schedules, and how the actions of a transition are carried out.
import CIBModel
import ClusterXML
import Messages
import Scheduling

extension Node {
    // MARK: Scheduling

    /// Something happened that calls for a new decision.
    mutating func wantScheduling(_ reason: String, at now: Now, into effects: inout [NodeEffect]) {
        if !wantsScheduling {
            effects.append(.record(Event(.info, "transition-abort", "Transition \(engine.number) aborted: \(reason)")))
        }
        wantsScheduling = true
        guard engine.isActive else { return }
        var asked: [TransitionEffect] = []
        engine.abort(AbortReason(reason), at: now, into: &asked)
        transitionWork += asked
    }

    mutating func scheduleIfWanted(at now: Now, into effects: inout [NodeEffect]) {
        guard wantsScheduling, !engine.isActive, scheduling == .idle, phase == .running || phase == .stopping else { return }
        wantsScheduling = false
        scheduling = .waiting(nextRequest)
        effects.append(.cancelTimer(.recheck))
        effects.append(.schedule(SchedulerRequest(id: nextRequest, cib: cib, time: now.wall.seconds)))
        nextRequest += 1
    }

    mutating func scheduled(_ transition: Transition, _ request: Int, _ source: String, at now: Now, into effects: inout [NodeEffect]) {
        guard scheduling == .waiting(request) else { return }
        scheduling = .idle
        // The CIB has moved on: what was decided may be wrong by now.
        guard !wantsScheduling, !refusesForMigration(transition, at: now, into: &effects) else { return }
        transitionSource = source
        needsAnotherLook = false
        let number = nextTransition
        nextTransition += 1
        if let limit = property("node-action-limit").flatMap({ Int($0) }), limit > 0 { engine.jobLimit = limit }
        effects.append(.record(Event(
            .notice, "transition-start", "Processing graph \(number) (\(transition.synapses.count) actions) derived from \(source)")))
        var asked: [TransitionEffect] = []
        let unreachable = connectionNames.filter { connections[$0]?.isUp != true }
        engine.begin(transition, number: number, holds: migrationHolds(transition), unreachable: unreachable, at: now, into: &asked)
        transitionWork += asked
    }

    mutating func schedulingFailed(_ request: Int, _ reason: String, at now: Now, into effects: inout [NodeEffect]) {
        guard scheduling == .waiting(request) else { return }
        scheduling = .idle
        effects.append(.record(Event(.error, "scheduling-failed", "The scheduler could not use the configuration: \(reason)")))
        setRecheck(at: now, by: nil, into: &effects)
    }

    private mutating func setRecheck(at now: Now, by limit: Int64?, into effects: inout [NodeEffect]) {
        var wait = Duration.milliseconds(milliseconds(property("cluster-recheck-interval")) ?? 900_000)
        if let limit { wait = min(wait, .seconds(max(1, limit - now.wall.seconds + 1))) }
        if wait > .zero { effects.append(.setTimer(.recheck, at: now.monotonic + wait)) }
    }

    // MARK: Carrying out

    /// Does what the engine asked for until it asks for nothing more.
    mutating func carryOutTransition(at now: Now, into effects: inout [NodeEffect]) {
        while !transitionWork.isEmpty {
            let work = transitionWork
            transitionWork = []
            for effect in work {
                switch effect {
                case .fire(let action): fire(action, at: now, into: &effects)
                case .setTimer(let action, let time): effects.append(.setTimer(.action(action), at: time))
                case .cancelTimer(let action): effects.append(.cancelTimer(.action(action)))
                case .finished(let summary): transitionFinished(summary, at: now, into: &effects)
                }
            }
        }
    }

    private mutating func transitionFinished(_ summary: TransitionSummary, at now: Now, into effects: inout [NodeEffect]) {
        let end = summary.aborted == nil && summary.incomplete == 0 ? "Complete" : summary.aborted == nil ? "Terminated" : "Stopped"
        effects.append(.record(Event(
            .notice, "transition-end",
            "Transition \(summary.number) (Complete=\(summary.complete), Pending=0, Fired=\(summary.fired), Skipped=\(summary.skipped), "
                + "Incomplete=\(summary.incomplete), Source=\(transitionSource)): \(end)")))
        askAboutMigrations(at: now, into: &effects)
        if shutdownReached {
            stopNow(at: now, into: &effects)
            return
        }
        if let aborted = summary.aborted, aborted.then == .restart { wantsScheduling = true }
        if needsAnotherLook { wantsScheduling = true }
        if !wantsScheduling { setRecheck(at: now, by: engine.transition.recheckBy, into: &effects) }
    }

    mutating func confirm(_ action: Int, failed: Bool, then: AbortReason.Then = .restart, at now: Now) {
        var asked: [TransitionEffect] = []
        engine.confirm(action, failed: failed, then: then, at: now, into: &asked)
        transitionWork += asked
    }

    mutating func actionLost(_ id: Int, at now: Now, into effects: inout [NodeEffect]) {
        var asked: [TransitionEffect] = []
        let lost = engine.timerFired(id, at: now, into: &asked)
        transitionWork += asked
        guard let lost, lost.kind == .resource, let agent = lost.agent, let node = lost.node else { return }
        effects.append(.record(Event(.error, "action-lost", "Action \(lost.key) on \(node.name) was lost: no result in time")))
        var record = OperationRecord(
            node: identity(node.name), resource: agent, action: lost.task, interval: Int(lost.interval), rc: 1, status: .timeout, callID: -1,
            key: key(of: lost))
        record.runTime = Int(now.wall.seconds)
        record.parameters = lost.parameters(featureSet: settings.featureSet)
        write(record, at: now)
        wantScheduling("Action lost", at: now, into: &effects)
    }

    func key(of action: GraphAction) -> String {
        TransitionKey(action: action.id, transition: engine.number, targetRC: action.expectedResult, engine: engine.uuid).text
    }

    private mutating func fire(_ action: GraphAction, at now: Now, into effects: inout [NodeEffect]) {
        switch action.kind {
        case .pseudo: pseudo(action, at: now, into: &effects)
        case .cluster: clusterAction(action, at: now, into: &effects)
        case .resource: resourceAction(action, at: now, into: &effects)
        }
    }

    private mutating func pseudo(_ action: GraphAction, at now: Now, into effects: inout [NodeEffect]) {
        if action.task == "maintenance_nodes" {
            for (node, on) in action.maintenance {
                StatusSection.editNode(&cib, identity(node)) { $0["node_in_maintenance"] = on ? "1" : "0" }
                connections[node]?.inMaintenance = on
                touchStatus()
            }
        } else if action.task == "stonith" {
            // A guest node is fenced by stopping its container; this is the moment when that has happened.
            for node in action.downedNodes {
                forgetMigrations(from: node, into: &effects)
                remoteNodeDown(node, eraseHistory: true, at: now, into: &effects)
            }
        }
    }

    private mutating func clusterAction(_ action: GraphAction, at now: Now, into effects: inout [NodeEffect]) {
        switch action.task {
        case "stonith": fence(action, at: now, into: &effects)
        case "do_shutdown": shutdownReached = true
        case "clear_failcount": forgiveFailures(of: action.resource?.id, on: action.node?.name ?? host.name, at: now, into: &effects)
        case "lrm_delete", "delete":
            if let node = action.node, let agent = action.agent { forgetResource(agent.id, on: identity(node.name), cibOnly: true, at: now, into: &effects) }
        default: effects.append(.record(Event(.warning, "unknown-action", "Cluster action '\(action.task)' is not known; skipping it")))
        }
        if action.task != "stonith" { confirm(action.id, failed: false, at: now) }
    }

    /// Clears the fail counts of a resource on a node, and the failure itself.
    private mutating func forgiveFailures(of resource: String?, on node: String, at now: Now, into effects: inout [NodeEffect]) {
        if let resource,
            OperationHistory.deleteLastFailure(
                &cib, node: identity(node).id, resource: resource, askAnew: connections[resource] == nil)
        {
            touchStatus()
        }
        withAttributes(at: now, into: &effects) {
            $0.clearFailures(resource: resource, operation: nil, interval: 0, node: node, at: now, into: &$1)
        }
    }

    private mutating func resourceAction(_ action: GraphAction, at now: Now, into effects: inout [NodeEffect]) {
        guard let agent = action.agent, let node = action.node else {
            confirm(action.id, failed: true, at: now)
            return
        }
        effects.append(.record(Event(
            .notice, "operation-start", "Initiating \(action.task) operation \(action.key) on \(node.name) | action \(action.id)")))
        switch action.task {
        case "cancel": cancel(action, agent, on: node.name, at: now, into: &effects)
        case "lrm_delete", "delete":
            forgetResource(agent.id, on: identity(node.name), cibOnly: action.changesCIBOnly, at: now, into: &effects)
            if agent.isRemoteConnection { dropConnection(agent.id) }
            confirm(action.id, failed: false, at: now)
        default: execute(action, agent, on: node.name, at: now, into: &effects)
        }
    }

    private mutating func execute(
        _ action: GraphAction, _ agent: ResourceAgent, on node: String, at now: Now, into effects: inout [NodeEffect]
    ) {
        let reference = AgentReference(standard: agent.standard, provider: agent.provider, type: agent.type)
        askMetaData(reference, at: now, into: &effects)
        recordPending(order(of: action, agent), agent, on: identity(node), at: now)
        guard !holdForMemory(action, agent, on: node, into: &effects) else { return }
        order(action, agent, on: node, at: now, into: &effects)
    }

    /// An action as an executor is told it.
    func order(of action: GraphAction, _ agent: ResourceAgent) -> OperationOrder {
        OperationOrder(
            resource: agent.id, action: action.task, userData: key(of: action), interval: Int64(action.interval),
            timeout: action.timeout ?? 20_000, startDelay: Int64(action.startDelay),
            parameters: ParameterList(action.parameters(featureSet: settings.featureSet)))
    }

    /// Gives an action to the executor that has to carry it out.
    mutating func order(_ action: GraphAction, _ agent: ResourceAgent, on node: String, at now: Now, into effects: inout [NodeEffect]) {
        let order = order(of: action, agent)
        let reference = AgentReference(standard: agent.standard, provider: agent.provider, type: agent.type)
        if agent.isRemoteConnection {
            openConnection(agent.id)
            let call = nextCall
            nextCall += 1
            connection(agent.id, at: now, into: &effects) { $0.perform(order, callID: call, at: now, into: &$1) }
            return
        }
        if ["stop", "demote", "promote", "migrate_to"].contains(action.task) {
            cancelRecurring(of: agent.id, on: node, at: now, into: &effects)
        }
        if action.interval == 0 { noteWitness(agent.id, on: node, key: order.userData) }
        if node == host.name {
            let call = nextCall
            nextCall += 1
            withExecutor(at: now, into: &effects) {
                $0.register(agent.id, agent: reference, dropsRecurring: true, at: now, into: &$1)
                _ = $0.execute(order, callID: call, from: .local, at: now, into: &$1)
            }
        } else if connections[node] != nil {
            connection(node, at: now, into: &effects) { $0.execute(order, reference, at: now, into: &$1) }
        } else {
            var completion = OperationCompletion(
                callID: 0, order: order, status: .disconnected, rc: 1, exitReason: "Local node has no connection to remote")
            completion.runTime = now.wall.seconds
            operationFinished(completion, reference, on: .remote(node), at: now, into: &effects)
        }
    }

    // MARK: Cancelling

    private mutating func cancelRecurring(of resource: String, on node: String, at now: Now, into effects: inout [NodeEffect]) {
        if node == host.name {
            let running = executor.recurringOperations(of: resource)
            withExecutor(at: now, into: &effects) { executor, asked in
                for operation in running {
                    _ = executor.cancel(
                        resource: resource, action: operation.action, interval: operation.interval, at: now, into: &asked)
                }
            }
        } else {
            connection(node, at: now, into: &effects) { connection, asked in
                for (action, interval) in connection.recurring(of: resource) {
                    _ = connection.cancel(resource, action: action, interval: interval, at: now, into: &asked)
                }
            }
        }
    }

    /// The action `cancel` of a transition: confirmed once the operation is gone and its history entry with it.
    private mutating func cancel(
        _ action: GraphAction, _ agent: ResourceAgent, on node: String, at now: Now, into effects: inout [NodeEffect]
    ) {
        let operation = action.attribute("CRM_meta_operation") ?? "monitor"
        let interval = Int64(action.interval)
        var found = false
        if agent.isRemoteConnection {
            connection(agent.id, at: now, into: &effects) { $0.cancelMonitor(interval: interval, into: &$1) }
        } else {
            cancellations.append(Cancellation(
                node: node, resource: agent.id, action: operation, interval: interval, graphAction: action.id))
            if node == host.name {
                withExecutor(at: now, into: &effects) {
                    found = $0.cancel(resource: agent.id, action: operation, interval: interval, at: now, into: &$1) == 0
                }
            } else {
                connection(node, at: now, into: &effects) {
                    found = $0.cancel(agent.id, action: operation, interval: interval, at: now, into: &$1)
                }
            }
        }
        if !found { cancelled(node: node, resource: agent.id, action: operation, interval: interval, graphAction: action.id, at: now) }
    }

    /// A recurring operation is gone.
    mutating func cancelled(node: String, resource: String, action: String, interval: Int64, graphAction: Int? = nil, at now: Now) {
        let position = cancellations.firstIndex {
            $0.node == node && $0.resource == resource && $0.action == action && $0.interval == interval
        }
        let waiting = position.map { cancellations.remove(at: $0).graphAction } ?? graphAction
        guard let waiting else { return }
        let deleted = OperationHistory.deleteRecurring(
            &cib, node: identity(node).id, resource: resource, action: action, interval: Int(interval))
        if deleted { touchStatus() }
        confirm(waiting, failed: false, at: now)
    }

    // MARK: Forgetting

    /// Deletes the history of a resource on a node and, unless only the CIB is meant, makes the executor forget it.
    mutating func forgetResource(_ resource: String, on node: NodeIdentity, cibOnly: Bool, at now: Now, into effects: inout [NodeEffect]) {
        if !cibOnly {
            if node == host {
                withExecutor(at: now, into: &effects) { _ = $0.unregister(resource, at: now, into: &$1) }
            } else {
                connection(node.name, at: now, into: &effects) { $0.unregister(resource, at: now, into: &$1) }
            }
        }
        if StatusSection.deleteHistory(&cib, node: node.id, resource: resource) { touchStatus() }
    }
}
