// SPDX-License-Identifier: GPL-2.0-or-later
// Requests of tools to the CIB manager (spec: remote-protocol 6.5.3, cluster-daemon-facts 2.3).
import CIBModel
import ClusterXML

extension Node {
    mutating func cibRequest(_ id: ToolSessionID, _ request: ToolRequest, at now: Now, into effects: inout [NodeEffect]) {
        let command = request.payload
        switch command["cib_op"] {
        case "register":
            if let name = command["cib_clientname"] { sessions[id]?.peer.client = name }
            let answer = XMLElement(
                "cib_common_callback_worker", [("cib_op", "register"), ("cib_clientid", sessions[id]?.clientID ?? "")])
            reply(answer, to: request, of: id, into: &effects)
        case "cib_notify":
            if command["cib_notify_type"] == "cib_diff_notify" {
                sessions[id]?.wantsChanges = command["cib_notify_activate"] == "1" || command["cib_notify_activate"] == "true"
                if announced == nil { announced = cib }
            }
            acknowledge(request, of: id, status: 0, into: &effects)
        case "cib_schemas": cibReply(id, request, rc: 0, data: XMLElement("schemas"), into: &effects)
        case "cib_ismaster", "cib_master", "cib_slave", "noop", "cib_shutdown_req", "cib_sync", "cib_sync_one", "ping":
            cibReply(id, request, rc: 0, data: nil, into: &effects)
        case "cib_confirm", "cib_unconfirmed": confirmationRequest(id, request, at: now, into: &effects)
        case nil: acknowledge(request, of: id, status: -22, into: &effects)
        default: cibOperation(id, request, at: now, into: &effects)
        }
    }

    private mutating func cibOperation(_ id: ToolSessionID, _ request: ToolRequest, at now: Now, into effects: inout [NodeEffect]) {
        guard let session = sessions[id] else { return }
        let command = request.payload
        let operation = command["cib_op"] ?? ""
        let isQuery = operation == "cib_query"
        if session.peer.channel == "cib_ro", !isQuery {
            cibReply(id, request, rc: -13, data: nil, into: &effects)
            return
        }
        let data = (command.first("cib_calldata") ?? command.first("cib_transaction"))?.elements.first
        var wanted = CIBRequest(
            operation, section: command["cib_section"], options: CIBOptions(rawValue: command["cib_callopt"].flatMap { Int($0) } ?? 0),
            data: data, user: remoteNode(of: id) ?? session.peer.user, isPrivileged: session.peer.isPrivileged,
            client: session.peer.client, origin: host.name, digest: command["digest"],
            schemaLimit: command["cib_schema_max"], keepsVersions: command["cib_update"] == "true")
        wanted.groups = session.peer.groups
        // Who may act for others may say for whom.
        if session.peer.isPrivileged, remoteNode(of: id) == nil, let user = command["cib_user"], !user.isEmpty {
            wanted.user = user
            wanted.groups = (command["cib_user_groups"] ?? "").split(separator: " ").map(String.init)
            wanted.isPrivileged = user == "root" || user == "hacluster"
        }
        if operation == "cib_commit_transact" { wanted.data = command.first("cib_calldata")?.first("cib_transaction") ?? command.first("cib_transaction") }
        let confirmation = confirmationTime(command)
        if confirmation == 0 {
            cibReply(id, request, rc: CIBError.invalid.rawValue, data: nil, into: &effects)
            return
        }
        let before = isQuery ? nil : cib
        let answer = CIBEngine.perform(wanted, on: &cib, wallSeconds: now.wall.seconds + settings.utcOffset)
        var reply = cibAnswer(id, request, rc: answer.rc, data: answer.data)
        let isDry = wanted.options.contains(.dryRun)
        guard answer.change != .none, !isDry else {
            // What is so already may be so only since a change that the disk has yet to take.
            if isQuery || isDry || answer.rc != 0 || outstandingWrites.isEmpty {
                self.answer(reply, request, of: id, into: &effects)
            } else {
                hold(reply, to: request, of: id)
            }
            return
        }
        cibChanged = true
        restoreOwnFacts()
        if answer.change == .configuration {
            restoreOwnProperties()
            configurationTakesEffect(at: now, into: &effects)
            if let confirmation, let before {
                awaitConfirmation(confirmation, of: before, user: wanted.user ?? "", at: now, into: &effects)
            }
            // Whoever changes what will be taken back should know that his change goes with it.
            if let unconfirmed {
                reply["cib_unconfirmed"] = "\(unconfirmed.remaining(at: now.wall.seconds))"
                reply["cib_unconfirmed_user"] = unconfirmed.user
            }
            persist(into: &effects)
            hold(reply, to: request, of: id)
            wantScheduling("Configuration change", at: now, into: &effects)
        } else {
            self.answer(reply, request, of: id, into: &effects)
            if before.map({ $0.first("status") != cib.first("status") }) ?? false {
                wantScheduling("Status changed by \(session.peer.client)", at: now, into: &effects)
            }
        }
    }

    /// Whether access lists let a tool's user change the status of this host, as requests past the CIB do in the end.
    func mayChangeStatus(_ id: ToolSessionID) -> Bool {
        guard let peer = sessions[id]?.peer, !peer.isPrivileged, remoteNode(of: id) == nil else { return true }
        let pair = XMLElement("nvpair", [("id", "access-probe-pair"), ("name", "access-probe"), ("value", "1")])
        let set = XMLElement("instance_attributes", [("id", "access-probe")], children: [pair])
        let state = XMLElement(
            "node_state", [("id", host.id), ("uname", host.name)],
            children: [XMLElement("transient_attributes", [("id", host.id)], children: [set])])
        var trial = cib
        var probe = CIBRequest("cib_modify", section: "status", data: state, user: peer.user, client: peer.client, origin: host.name)
        probe.groups = peer.groups
        return CIBEngine.perform(probe, on: &trial, wallSeconds: 0).rc == 0
    }

    /// A replaced CIB may lack what only the cluster knows.
    mutating func restoreOwnFacts() {
        if cib["dc-uuid"] != host.id { cib["dc-uuid"] = host.id }
        if cib["have-quorum"] == nil { cib["have-quorum"] = "1" }
        if cib["crm_feature_set"] == nil { cib["crm_feature_set"] = settings.featureSet }
        let identity = host
        cib.edit("configuration") { configuration in
            configuration.edit("nodes") { nodes in
                guard nodes.position("node", id: identity.id) == nil else { return }
                nodes.children.append(XMLElement("node", [("id", identity.id), ("uname", identity.name)]))
            }
        }
        let known = cib.first("status")?.position("node_state", id: host.id) != nil
        guard !known else { return }
        // The status was erased. The host itself is here all the same; its resources will be probed.
        StatusSection.editNode(&cib, host) { state in
            state.set([
                ("in_ccm", "true"), ("crmd", "online"), ("crm-debug-origin", "restore"), ("join", "member"),
                ("expected", phase == .stopping ? "down" : "member"),
            ])
        }
    }

    /// An erased configuration may lack what the cluster says about itself.
    mutating func restoreOwnProperties() {
        for (name, value) in ownProperties where property(name) == nil { setProperty(name, value) }
    }

    func cibAnswer(_ id: ToolSessionID, _ request: ToolRequest, rc: Int, data: XMLElement?) -> XMLElement {
        let command = request.payload
        var answer = XMLElement("cib-reply", [("t", "cib"), ("cib_op", command["cib_op"] ?? "")])
        answer["cib_callid"] = command["cib_callid"]
        answer["cib_clientid"] = sessions[id]?.clientID
        answer["cib_callopt"] = command["cib_callopt"]
        answer["cib_rc"] = "\(rc)"
        if let data { answer.children = [XMLElement("cib_calldata", children: [data])] }
        return answer
    }

    func cibReply(_ id: ToolSessionID, _ request: ToolRequest, rc: Int, data: XMLElement?, into effects: inout [NodeEffect]) {
        answer(cibAnswer(id, request, rc: rc, data: data), request, of: id, into: &effects)
    }

    private func answer(_ reply: XMLElement, _ request: ToolRequest, of id: ToolSessionID, into effects: inout [NodeEffect]) {
        let options = CIBOptions(rawValue: request.payload["cib_callopt"].flatMap { Int($0) } ?? 0)
        if options.contains(.discardReply), !request.wantsResponse { return }
        self.reply(reply, to: request, of: id, into: &effects)
    }
}
