// SPDX-License-Identifier: GPL-2.0-or-later
// Requests of tools to the controller and to the launcher (spec: remote-protocol 6.5.1).
import ClusterXML
import Messages

extension Node {
    mutating func controllerRequest(_ id: ToolSessionID, _ request: ToolRequest, at now: Now, into effects: inout [NodeEffect]) {
        let message = request.payload
        let data = message.first("crm_xml")?.elements.first ?? message.elements.first { $0.name != "crm_xml" }
        if ["lrm_delete", "lrm_fail", "probe_again", "reprobe", "rm_node_cache"].contains(message["crm_task"]), !mayChangeStatus(id) {
            effects.append(.record(Event(.warning, "access-denied", "\(sessions[id]?.peer.user ?? "") may not change the history of resources")))
            answerOperation(message, data, node: host, rc: 4, status: .error, to: id, into: &effects)
            return acknowledge(request, of: id, into: &effects)
        }
        switch message["crm_task"] {
        case "hello":
            if let name = data?["client_name"] { sessions[id]?.peer.client = name }
        case "node-info": answer(message, nodeInfo(message, remoteNode(of: id)), to: id, into: &effects)
        case "list-nodes":
            let node = XMLElement("node", [("id", host.id), ("uname", host.name), ("in_ccm", "member")])
            answer(message, XMLElement("nodes", children: [node]), to: id, into: &effects)
        case "ping":
            let subsystem = message["crm_sys_to"] == "dc" ? "dc" : "crmd"
            let status = XMLElement("ping_response", [("crm_subsystem", subsystem), ("crmd_state", stateName), ("result", "ok")])
            answer(message, status, from: subsystem, to: id, into: &effects)
        case "lrm_delete": deleteHistory(id, message, data, at: now, into: &effects)
        case "lrm_fail": failResource(id, message, data, at: now, into: &effects)
        case "probe_again", "reprobe": probeAgain(id, message, data, at: now, into: &effects)
        case "rm_node_cache": forgetNode(data?["uname"] ?? data?["id"] ?? message["uname"] ?? message["id"], at: now, into: &effects)
        default: effects.append(.record(Event(.warning, "tool-request", "Unknown request '\(message["crm_task"] ?? "")' from a tool ignored")))
        }
        acknowledge(request, of: id, into: &effects)
    }

    /// The reply to a request comes as an event that repeats its reference.
    private func answer(
        _ request: XMLElement, _ data: XMLElement, task: String? = nil, from subsystem: String = "crmd", to id: ToolSessionID,
        into effects: inout [NodeEffect]
    ) {
        let reply = XMLElement("message", [
            ("origin", "controllerRequest"), ("t", "crmd"), ("subt", "response"), ("version", settings.featureSet),
            ("reference", request["reference"] ?? ""), ("crm_sys_from", subsystem),
            ("crm_sys_to", request["crm_sys_from"] ?? ""), ("crm_task", task ?? request["crm_task"] ?? ""), ("src", host.name),
        ], children: [XMLElement("crm_xml", children: [data])])
        send(event: reply, to: id, into: &effects)
    }

    private func nodeInfo(_ message: XMLElement, _ remote: String?) -> XMLElement {
        let data = message.first("crm_xml")?.elements.first
        let wantedName = message["uname"] ?? data?["uname"]
        let wantedID = message["id"] ?? data?["id"]
        var answer = XMLElement("node", [("crm_subsystem", "crmd"), ("have-quorum", cib["have-quorum"] == "1" ? "true" : "false")])
        let name = wantedName ?? (wantedID == nil ? remote ?? host.name : nil)
        if name == host.name || wantedID == host.id || (wantedID == "0" && remote == nil) {
            answer.set([("id", host.id), ("uname", host.name), ("crmd", "member")])
        } else if let known = [name, wantedID].compactMap({ $0 }).first(where: { connections[$0] != nil || $0 == remote }) {
            let isUp = connections[known]?.isUp == true
            answer.set([("id", known), ("uname", known), ("crmd", isUp ? "member" : "lost"), ("remote_node", "true")])
        } else if let wantedID, wantedID != "0" {
            answer["id"] = wantedID
        }
        return answer
    }

    // MARK: History

    private mutating func deleteHistory(
        _ id: ToolSessionID, _ message: XMLElement, _ data: XMLElement?, at now: Now, into effects: inout [NodeEffect]
    ) {
        guard let data, let primitive = data.first("primitive"), let agent = ResourceAgent(primitive) else {
            answerOperation(message, data, node: host, rc: 6, status: .invalid, to: id, into: &effects)
            return
        }
        let node = identity(data["on_node"] ?? message["crm_host_to"] ?? host.name)
        let cibOnly = data["mode"] == "cib" && !node.isRemote && node != host
        forgetResource(agent.id, on: node, cibOnly: cibOnly, at: now, into: &effects)
        if agent.isRemoteConnection, connections[agent.id]?.isUp == true, node == host {
            // Forgetting a live connection would hide that its node is in use: its state is known without asking anyone.
            effects.append(.record(Event(.info, "history-deleted", "History of connection \(agent.id) deleted; it stays up")))
        }
        wantScheduling("Resource state removal (\(agent.id) on \(node.name))", at: now, into: &effects)
        answerOperation(message, data, node: node, rc: 0, status: .done, to: id, into: &effects)
    }

    private mutating func failResource(
        _ id: ToolSessionID, _ message: XMLElement, _ data: XMLElement?, at now: Now, into effects: inout [NodeEffect]
    ) {
        guard let data, let primitive = data.first("primitive"), let agent = ResourceAgent(primitive), remoteNode(of: id) == nil else {
            answerOperation(message, data, node: host, rc: 4, status: .error, to: id, into: &effects)
            return
        }
        let node = identity(data["on_node"] ?? host.name)
        var record = OperationRecord(
            node: node, resource: agent, action: "asyncmon", interval: 0, rc: 1, status: .done, callID: nextCall,
            key: TransitionKey(action: 0, transition: engine.number, targetRC: 0, engine: engine.uuid).text)
        nextCall += 1
        record.runTime = Int(now.wall.seconds)
        record.exitReason = "Simulated failure"
        settle(HeldResult(record: record, deleted: false), at: now, into: &effects)
        answerOperation(message, data, node: node, rc: 0, status: .done, to: id, into: &effects)
    }

    private mutating func probeAgain(
        _ id: ToolSessionID, _ message: XMLElement, _ data: XMLElement?, at now: Now, into effects: inout [NodeEffect]
    ) {
        let nodes = data?["on_node"].map { [identity($0)] } ?? [host] + connectionNames.map { NodeIdentity.remote($0) }
        for node in nodes {
            let resources = cib.first("status")?.elements("node_state").first { $0.id == node.id }?.first("lrm")?
                .first("lrm_resources")?.elements("lrm_resource").compactMap { $0.id } ?? []
            for resource in resources { forgetResource(resource, on: node, cibOnly: false, at: now, into: &effects) }
        }
        wantScheduling("Probing again", at: now, into: &effects)
        answerOperation(message, data, node: nodes.first ?? host, rc: 0, status: .done, to: id, into: &effects)
    }

    /// The reply to a request that stands for an operation: a result in the form of the history.
    private func answerOperation(
        _ message: XMLElement, _ data: XMLElement?, node: NodeIdentity, rc: Int, status: ExecutionStatus, to id: ToolSessionID,
        into effects: inout [NodeEffect]
    ) {
        let resource = data?.first("primitive")?["id"] ?? ""
        let task = message["crm_task"] == "lrm_delete" ? "delete" : "asyncmon"
        let key = data?["transition-key"] ?? ""
        let entry = XMLElement("lrm_rsc_op", [
            ("id", "\(resource)_\(task)_0"), ("operation_key", "\(resource)_\(task)_0"), ("operation", task),
            ("crm_feature_set", settings.featureSet), ("transition-key", key), ("transition-magic", "\(status.rawValue):\(rc);\(key)"),
            ("on_node", node.name), ("call-id", "-1"), ("rc-code", "\(rc)"), ("op-status", "\(status.rawValue)"), ("interval", "0"),
        ])
        var history = XMLElement("lrm_resource", [("id", resource)], children: [entry])
        if let primitive = data?.first("primitive") {
            for name in ["type", "class", "provider"] { history[name] = primitive[name] }
        }
        let lrm = XMLElement("lrm", [("id", node.id)], children: [XMLElement("lrm_resources", children: [history])])
        let state = XMLElement("node_state", [("id", node.id), ("uname", node.name)], children: [lrm])
        answer(message, state, task: "lrm_invoke", from: "lrmd", to: id, into: &effects)
    }

    /// Forgets a node that is gone for good.
    private mutating func forgetNode(_ name: String?, at now: Now, into effects: inout [NodeEffect]) {
        guard let name, identity(name) != host else { return }
        attributes.forget(node: name)
        dropConnection(name)
        let removed = cib.editExisting("status") { $0.removeChildren("node_state", id: name) } ?? false
        if removed {
            touchStatus()
            wantScheduling("Node state removal (\(name))", at: now, into: &effects)
        }
    }

    // MARK: The launcher

    func launcherRequest(_ id: ToolSessionID, _ request: ToolRequest, at now: Now, into effects: inout [NodeEffect]) {
        let message = request.payload
        guard message["crm_task"] == "ping" else {
            acknowledge(request, of: id, into: &effects)
            return
        }
        let state: String
        switch phase {
        case .starting: state = "init"
        case .running: state = "running"
        case .stopping: state = "shutting_down"
        case .finished: state = "shutdown_complete"
        }
        let status = XMLElement("ping_response", [("crm_subsystem", "pacemakerd"), ("crm-tstamp", "\(now.wall.seconds)"), ("crmd_state", state), ("result", "ok")])
        answer(message, status, from: "pacemakerd", to: id, into: &effects)
        acknowledge(request, of: id, into: &effects)
    }
}
