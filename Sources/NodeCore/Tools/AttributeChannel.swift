// SPDX-License-Identifier: GPL-2.0-or-later
// Requests of tools to the attribute manager (spec: remote-protocol 6.5.2).
import ClusterXML

enum AttributeChannel {
    /// What this attribute manager understands, in the numbering of its tools.
    static let protocolVersion = 4

    /// 112: accepted, its effect is not known yet.
    static let indeterminate = 112
}

extension Node {
    mutating func attributeRequest(_ id: ToolSessionID, _ request: ToolRequest, at now: Now, into effects: inout [NodeEffect]) {
        let command = request.payload
        if command["task"] == "query" {
            reply(attributeQuery(command), to: request, of: id, into: &effects)
            return
        }
        let parts = command.elements("op").map { $0 }
        let origin = remoteNode(of: id)
        guard mayChangeStatus(id) else { return refuse(id, request, into: &effects) }
        if parts.isEmpty {
            attributeCommand(command, task: command["task"], origin: origin, at: now, into: &effects)
        } else {
            for part in parts { attributeCommand(part, task: part["task"] ?? command["task"], origin: origin, at: now, into: &effects) }
        }
        guard request.wantsResponse else { return }
        let ack = XMLElement("ack", [
            ("function", "attributeRequest"), ("line", "0"), ("status", "\(AttributeChannel.indeterminate)"),
            ("ipc-protocol-version", "\(AttributeChannel.protocolVersion)"),
        ])
        effects.append(.respond(id, id: request.id, ack))
    }

    /// Says that access lists forbid it.
    private func refuse(_ id: ToolSessionID, _ request: ToolRequest, into effects: inout [NodeEffect]) {
        effects.append(.record(Event(.warning, "access-denied", "\(sessions[id]?.peer.user ?? "") may not change attributes")))
        guard request.wantsResponse else { return }
        // 4: insufficient privileges.
        let ack = XMLElement("ack", [
            ("function", "attributeRequest"), ("line", "0"), ("status", "4"),
            ("ipc-protocol-version", "\(AttributeChannel.protocolVersion)"),
        ])
        effects.append(.respond(id, id: request.id, ack))
    }

    private func attributeQuery(_ command: XMLElement) -> XMLElement {
        var answer = XMLElement("build_query_reply", [
            ("t", "attrd"), ("subt", "query"), ("attr_version", "\(AttributeChannel.protocolVersion)"),
        ])
        guard let name = command["attr_name"] else { return answer }
        var node = command["attr_host"]
        if node == "localhost" || node == "." { node = host.name }
        if let children = attributes.query(name, node: node) {
            answer["attr_name"] = name
            answer.children = children
        }
        return answer
    }

    private mutating func attributeCommand(
        _ command: XMLElement, task: String?, origin: String?, at now: Now, into effects: inout [NodeEffect]
    ) {
        let node = nodeName(command["attr_host"]) ?? origin ?? host.name
        switch task {
        case "update", "update-both", nil:
            for name in attributeNames(command) {
                var update = AttributeUpdate(name, node: node, value: command["attr_value"])
                update.set = command["attr_set"]
                update.kind = command["attr_set_type"] == "utilization" ? "utilization" : "instance_attributes"
                update.isPrivate = command["attr_is_private"] == "1"
                update.nodeIsRemote = command["attr_is_remote"] == "1" || connections[node] != nil
                let isNew = !attributes.names(where: { $0 == name }).contains(name)
                if task == "update-both" || isNew { update.delay = milliseconds(command["attr_dampening"]) }
                withAttributes(at: now, into: &effects) { $0.update(update, at: now, into: &$1) }
            }
        case "update-delay":
            let delay = milliseconds(command["attr_dampening"]) ?? 0
            for name in attributeNames(command) {
                withAttributes(at: now, into: &effects) { _ = $0.updateDelay(name, to: delay, at: now, into: &$1) }
            }
        case "refresh": withAttributes(at: now, into: &effects) { $0.refresh(into: &$1) }
        case "peer-remove":
            if let gone = nodeName(command["attr_host"]) { forgetAttributes(of: gone) }
        case "clear-failure":
            let interval = milliseconds(command["attr_clear_interval"]) ?? 0
            let only = nodeName(command["attr_host"])
            withAttributes(at: now, into: &effects) {
                $0.clearFailures(
                    resource: command["attr_resource"], operation: command["attr_clear_operation"], interval: interval,
                    node: only, at: now, into: &$1)
            }
        default: effects.append(.record(Event(.warning, "attribute-request", "Unknown request '\(task ?? "")' from a tool ignored")))
        }
    }

    private func nodeName(_ text: String?) -> String? {
        guard let text, !text.isEmpty else { return nil }
        return text == "localhost" || text == host.id ? host.name : text
    }

    private func attributeNames(_ command: XMLElement) -> [String] {
        // An attribute without a name could be neither asked for nor deleted.
        if let name = command["attr_name"] { return name.isEmpty ? [] : [name] }
        guard let pattern = command["attr_regex"] else { return [] }
        return attributes.names { NamePattern.matches(pattern, $0) }
    }

    private mutating func forgetAttributes(of node: String) {
        attributes.forget(node: node)
        let id = identity(node).id
        let removed = cib.editExisting("status") {
            $0.editExisting("node_state", id: id) { $0.removeChildren("transient_attributes") } ?? false
        } ?? false
        if removed { touchStatus() }
    }
}
