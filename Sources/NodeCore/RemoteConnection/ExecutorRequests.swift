// SPDX-License-Identifier: GPL-2.0-or-later
// What a controller sends to a remote node and reads from it, as XML (spec: remote-protocol 3 and 4).
import ClusterXML
import Messages

/// Requests of the executor protocol, without message number.
enum ExecutorRequests {
    static func register(client: String) -> XMLElement {
        XMLElement("lrmd_command", [
            ("t", "lrmd"), ("lrmd_op", "register"), ("lrmd_clientname", client), ("lrmd_protocol_version", "1.1"),
            ("lrmd_is_ipc_provider", "true"),
        ])
    }

    static func poke() -> XMLElement {
        command("lrmd_rsc_poke", XMLElement("lrmd_rsc", [("lrmd_origin", "poke")]))
    }

    /// Tells a remote node about watchdog fencing; it never answers.
    static func check(watchdog: String?) -> XMLElement {
        var data = XMLElement("lrmd_op", [("lrmd_origin", "check")])
        data["lrmd_watchdog"] = watchdog
        return command("lrmd_check", data)
    }

    static func registerResource(_ name: String, _ agent: AgentReference) -> XMLElement {
        var data = XMLElement("lrmd_rsc", [("lrmd_origin", "register"), ("lrmd_rsc_id", name), ("lrmd_class", agent.standard)])
        data["lrmd_provider"] = agent.provider
        data["lrmd_type"] = agent.type
        // 3 is "drop recurring" to every version of the other side.
        return command("lrmd_rsc_register", data, options: 3)
    }

    static func unregisterResource(_ name: String) -> XMLElement {
        command("lrmd_rsc_unregister", XMLElement("lrmd_rsc", [("lrmd_origin", "unregister"), ("lrmd_rsc_id", name)]))
    }

    static func execute(_ order: OperationOrder) -> XMLElement {
        var attributes = XMLElement("attributes")
        for entry in order.parameters.entries {
            if entry.name.utf8.first.map({ (0x30...0x39).contains($0) }) == true {
                attributes.children.append(XMLElement("param", [("name", entry.name), ("value", entry.value)]))
            } else {
                attributes.attributes.append(entry)
            }
        }
        let data = XMLElement("lrmd_rsc", [
            ("lrmd_origin", "execute"), ("lrmd_rsc_id", order.resource), ("lrmd_rsc_action", order.action),
            ("lrmd_rsc_userdata_str", order.userData), ("lrmd_rsc_interval", "\(order.interval)"),
            ("lrmd_timeout", "\(order.timeout)"), ("lrmd_rsc_start_delay", "\(order.startDelay)"),
        ], children: [attributes])
        // 4: tell the first result, then changes only.
        return command("lrmd_rsc_exec", data, timeout: order.timeout, options: 4)
    }

    static func cancel(_ resource: String, action: String, interval: Int64) -> XMLElement {
        command("lrmd_rsc_cancel", XMLElement("lrmd_rsc", [
            ("lrmd_origin", "cancel"), ("lrmd_rsc_action", action), ("lrmd_rsc_id", resource), ("lrmd_rsc_interval", "\(interval)"),
        ]))
    }

    private static func command(_ operation: String, _ data: XMLElement, timeout: Int64 = 0, options: Int = 0) -> XMLElement {
        XMLElement("lrmd_command", [
            ("t", "lrmd"), ("lrmd_op", operation), ("lrmd_timeout", "\(timeout)"), ("lrmd_callopt", "\(options)"),
        ], children: [XMLElement("lrmd_calldata", children: [data])])
    }
}

/// Reads completions.
enum ExecutorNotices {
    /// The result in an `lrmd_notify` of `lrmd_rsc_exec`; nil if it does not name a resource and an action.
    static func completion(_ notice: XMLElement) -> OperationCompletion? {
        guard let resource = notice["lrmd_rsc_id"], let action = notice["lrmd_rsc_action"] else { return nil }
        func number(_ name: String) -> Int64 { notice[name].flatMap { Int64($0) } ?? 0 }
        var parameters = ParameterList()
        if let attributes = notice.first("attributes") {
            parameters.entries = attributes.attributes
            for extra in attributes.elements("param") {
                parameters.entries.append(XMLAttribute(extra["name"] ?? "", extra["value"] ?? ""))
            }
        }
        let order = OperationOrder(
            resource: resource, action: action, userData: notice["lrmd_rsc_userdata_str"] ?? "",
            interval: number("lrmd_rsc_interval"), timeout: number("lrmd_timeout"), startDelay: number("lrmd_rsc_start_delay"),
            parameters: parameters)
        var result = OperationCompletion(
            callID: Int(number("lrmd_callid")), order: order,
            status: ExecutionStatus(rawValue: Int(number("lrmd_exec_op_status"))) ?? .error, rc: Int(number("lrmd_exec_rc")),
            exitReason: notice["lrmd_rsc_exit_reason"], output: notice["lrmd_rsc_output"])
        result.runTime = number("lrmd_run_time")
        result.changeTime = number("lrmd_rcchange_time")
        result.executionTime = number("lrmd_exec_time")
        result.queueTime = max(0, number("lrmd_queue_time"))
        result.resourceDeleted = number("lrmd_rsc_deleted") != 0
        return result
    }
}
