// SPDX-License-Identifier: GPL-2.0-or-later
// Remote nodes coming and going, and the fencing of nodes (spec: remote-protocol 7.3, 7.4, 7.7, 7.8).
import ClusterXML
import Messages
import Scheduling

extension Node {
    /// Makes the connection known; it opens when it is started.
    mutating func openConnection(_ name: String) {
        guard connections[name] == nil else { return }
        connections[name] = RemoteConnection(node: name, defaultPort: settings.remotePort)
        connectionNames.append(name)
    }

    mutating func dropConnection(_ name: String) {
        guard connections[name]?.isUp == false else { return }
        connections[name] = nil
        connectionNames.removeAll { $0 == name }
    }

    mutating func remoteNodeUp(_ name: String, startState: String?, at now: Now, into effects: inout [NodeEffect]) {
        effects.append(.record(Event(.notice, "remote-node-up", "Node \(name) state is now member")))
        let node = NodeIdentity.remote(name)
        let knewSomething = purge(node, history: true)
        StatusSection.editNode(&cib, node) { state in
            state.set([("in_ccm", "true"), ("crm-debug-origin", "remote_node_up"), ("node_fenced", "0")])
        }
        touchStatus()
        withAttributes(at: now, into: &effects) {
            var update = AttributeUpdate("probe_complete", node: name, value: nil)
            update.nodeIsRemote = true
            $0.update(update, at: now, into: &$1)
        }
        if let startState { setStandby(node, startState == "standby", at: now, into: &effects) }
        alertNode(node, isMember: true, at: now, into: &effects)
        // The transition that started the connection counted on a node it knows nothing about. Only if there was something
        // to forget, or if nobody planned for this, must it be made anew.
        let planned = engine.running.contains { $0.task == "start" && $0.resource?.id == name }
        if knewSomething || startState != nil || !planned {
            wantScheduling("Pacemaker Remote node \(name) integrated", at: now, into: &effects)
        }
    }

    mutating func remoteNodeDown(_ name: String, eraseHistory: Bool, at now: Now, into effects: inout [NodeEffect]) {
        effects.append(.record(Event(.notice, "remote-node-down", "Node \(name) state is now lost")))
        let node = NodeIdentity.remote(name)
        _ = purge(node, history: eraseHistory)
        StatusSection.editNode(&cib, node) { $0.set([("in_ccm", "false"), ("crm-debug-origin", "remote_node_down")]) }
        touchStatus()
        alertNode(node, isMember: false, at: now, into: &effects)
    }

    /// A remote node that could not be reached answers again: its failed start says nothing any more.
    mutating func remoteNodeReachable(_ name: String, at now: Now, into effects: inout [NodeEffect]) {
        effects.append(.record(Event(.notice, "remote-reachable", "Pacemaker Remote node \(name) can be reached again")))
        let host = host
        let failed = StatusSection.resource(cib, node: host.id, resource: name)?.elements("lrm_rsc_op").contains {
            $0["operation"] == "start" && $0["rc-code"] != "0" && $0["op-status"] != "-1"
        } ?? false
        if failed {
            withAttributes(at: now, into: &effects) {
                $0.clearFailures(resource: name, operation: "start", interval: 0, node: host.name, at: now, into: &$1)
            }
            if StatusSection.deleteHistory(&cib, node: host.id, resource: name) { touchStatus() }
        }
        wantScheduling("Pacemaker Remote node \(name) can be reached again", at: now, into: &effects)
    }

    /// Forgets a node's transient attributes and, if asked, its history.
    /// - Returns: whether there was a history or an attribute.
    private mutating func purge(_ node: NodeIdentity, history: Bool) -> Bool {
        attributes.forget(node: node.name)
        if history { forgetMigrations(to: node.name) }
        var found = false
        cib.editExisting("status") { status in
            status.editExisting("node_state", id: node.id) { state in
                if let old = state.first("lrm")?.first("lrm_resources"), history, !old.children.isEmpty { found = true }
                if history { state.removeChildren("lrm") }
                if state.removeChildren("transient_attributes") { found = true }
            }
        }
        return found
    }

    /// The permanent attribute `standby` of a node, as its daemon asked for it.
    mutating func setStandby(_ node: NodeIdentity, _ on: Bool, at now: Now, into effects: inout [NodeEffect]) {
        let name = node.id
        cib.editExisting("configuration") { configuration in
            configuration.edit("nodes") { nodes in
                if nodes.position("node", id: name) == nil {
                    nodes.children.append(XMLElement("node", (node.isRemote ? [("type", "remote")] : []) + [("id", name), ("uname", node.name)]))
                }
                nodes.editExisting("node", id: name) { node in
                    node.edit("instance_attributes", id: "nodes-\(name)") { set in
                        set.edit("nvpair", id: "nodes-\(name)-standby") {
                            $0.set([("name", "standby"), ("value", on ? "true" : "false")])
                        }
                    }
                }
            }
        }
        configurationChanged(client: "crmd", user: "hacluster", at: now)
        persist(into: &effects)
    }

    /// The daemon of a remote node was asked to stop: move its resources away first.
    mutating func remoteShutdownRequested(_ name: String, at now: Now, into effects: inout [NodeEffect]) {
        let refused = connections[name]?.inMaintenance == true
        effects.append(.record(Event(
            .notice, "remote-shutdown", "Node \(name) wants to stop; \(refused ? "refused, because it is in maintenance" : "stopping its resources")")))
        let answer = XMLElement("lrmd_ipc_proxy", [("lrmd_ipc_op", refused ? "shutdown_nack" : "shutdown_ack")])
        connection(name, at: now, into: &effects) { $0.forward(answer, at: now, into: &$1) }
        guard !refused else { return }
        withAttributes(at: now, into: &effects) {
            var update = AttributeUpdate("shutdown", node: name, value: "\(now.wall.seconds)")
            update.nodeIsRemote = true
            $0.update(update, at: now, into: &$1)
        }
    }

    // MARK: Fencing

    /// The action `stonith` of a transition.
    mutating func fence(_ action: GraphAction, at now: Now, into effects: inout [NodeEffect]) {
        guard let target = action.node?.name else {
            confirm(action.id, failed: true, at: now)
            return
        }
        var request = FencingRequest(target: target, action: action.fencingOperation ?? "reboot")
        request.timeout = max(1, (milliseconds(engine.transition.fencingTimeout) ?? 60_000) / 1000)
        request.delay = action.attribute("CRM_meta_priority_fencing_delay").flatMap { milliseconds($0) }.map { $0 / 1000 } ?? 0
        request.client = "pacemaker-controld"
        request.origin = host.name
        effects.append(.record(Event(.notice, "fencing", "Requesting fencing (\(request.action)) of node \(target)")))
        // The fencer may finish at once, so the action must be known before it is asked.
        pendingFencing.append(("", action.id))
        var id = ""
        withFencer(at: now, into: &effects) { id = $0.fence(request, at: now, into: &$1) }
        if let index = pendingFencing.firstIndex(where: { $0.operation.isEmpty && $0.action == action.id }) {
            pendingFencing[index].operation = id
        }
    }

    /// A fencing has ended, whoever asked for it.
    mutating func fencingFinished(_ outcome: FencingOutcome, at now: Now, into effects: inout [NodeEffect]) {
        let target = outcome.request.target
        alertFencing(outcome, at: now, into: &effects)
        if outcome.succeeded {
            fencingFailures[target] = nil
            if outcome.request.action == "on" {
                nodeUnfenced(target, at: now, into: &effects)
            } else {
                nodeFenced(target, at: now, into: &effects)
            }
        } else {
            fencingFailures[target, default: 0] += 1
        }
        let actions = pendingFencing.filter { $0.operation == outcome.id || $0.operation.isEmpty }.map(\.action)
        pendingFencing.removeAll { $0.operation == outcome.id || $0.operation.isEmpty }
        var then = AbortReason.Then.restart
        if !outcome.succeeded, !actions.isEmpty {
            let limit = property("stonith-max-attempts").flatMap { Int($0) } ?? 10
            let hopeless = outcome.status == ExecutionStatus.noFenceDevice.rawValue || fencingFailures[target, default: 0] >= limit
            if hopeless {
                then = .nothing
                effects.append(.record(Event(.error, "fencing-given-up", "Not trying again to fence \(target) until something changes")))
            } else {
                wantScheduling("Fencing of \(target) failed", at: now, into: &effects)
            }
        }
        for action in actions { confirm(action, failed: !outcome.succeeded, then: then, at: now) }
        answerFencing(outcome, into: &effects)
    }

    private mutating func nodeFenced(_ target: String, at now: Now, into effects: inout [NodeEffect]) {
        let node = identity(target)
        guard node != host else { return }
        let known = cib.first("status")?.position("node_state", id: node.id) != nil
        forgetMigrations(from: target, into: &effects)
        guard known else { return }
        _ = purge(node, history: true)
        StatusSection.editNode(&cib, node) { state in
            state.set([("in_ccm", "false"), ("crm-debug-origin", "send_stonith_update"), ("node_fenced", "\(now.wall.seconds)")])
        }
        touchStatus()
        connection(target, at: now, into: &effects) { $0.nodeFenced(at: now, into: &$1) }
        if !pendingFencing.contains(where: { _ in true }) { wantScheduling("Node \(target) was fenced", at: now, into: &effects) }
    }

    private mutating func nodeUnfenced(_ target: String, at now: Now, into effects: inout [NodeEffect]) {
        withAttributes(at: now, into: &effects) {
            $0.update(AttributeUpdate("#node-unfenced", node: target, value: "\(now.wall.seconds)"), at: now, into: &$1)
        }
    }
}
