// SPDX-License-Identifier: GPL-2.0-or-later
// An executor's replies and notices, to and from XML (remote-protocol.md 3.1, 3.3, 4.8).
package import ClusterXML

/// The answer to one request.
package struct ExecutorReply: Sendable, Equatable {
    /// What a reply carries beside its return code.
    package enum Content: Sendable, Equatable {
        case none
        /// The answer to `register`.
        case registered(RegistrationReply)
        case resource(name: String, agent: AgentReference)
        case recurring([RecurringOperation])
    }

    /// The id of the request.
    package var messageID: Int
    /// 0, a call id, or a negative `WireError`.
    package var rc: Int
    package var callID: Int
    package var content: Content

    package init(messageID: Int, rc: Int, callID: Int, content: Content = .none) {
        self.messageID = messageID
        self.rc = rc
        self.callID = callID
        self.content = content
    }
}

package struct RegistrationReply: Sendable, Equatable {
    package var clientID: String?
    package var version: String?
    /// Seconds since the executor started; nil if the peer does not tell.
    package var uptime: Int64?
    /// `standby`, `online` or `default`.
    package var startState: String?

    package init(clientID: String?, version: String?, uptime: Int64? = nil, startState: String? = nil) {
        self.clientID = clientID
        self.version = version
        self.uptime = uptime
        self.startState = startState
    }
}

extension ExecutorReply {
    /// Reads a reply; nil if the message is none.
    package init?(_ message: XMLElement) {
        guard message["lrmd_remote_msg_type"] == "reply", let id = message.integer("lrmd_remote_msg_id") else {
            return nil
        }
        messageID = id
        rc = message.integer("lrmd_rc") ?? WireError.protocolMismatch
        callID = message.integer("lrmd_callid") ?? 0
        if message["lrmd_op"] == "register" {
            content = .registered(
                RegistrationReply(
                    clientID: message["lrmd_clientid"], version: message["lrmd_protocol_version"],
                    uptime: message.integer64("uptime"), startState: message["node_start_state"]))
        } else if let name = message["lrmd_rsc_id"], let standard = message["lrmd_class"] {
            let agent = AgentReference(
                standard: standard, provider: message["lrmd_provider"], type: message["lrmd_type"] ?? "")
            content = .resource(name: name, agent: agent)
        } else if message.first("lrmd_rsc") != nil {
            content = .recurring(ExecutorReply.recurring(in: message))
        } else {
            content = .none
        }
    }

    private static func recurring(in message: XMLElement) -> [RecurringOperation] {
        message.elements("lrmd_rsc").flatMap { resource in
            resource.elements("lrmd_rsc_op").map {
                RecurringOperation(
                    resource: resource["lrmd_rsc_id"] ?? "", action: $0["lrmd_rsc_action"] ?? "",
                    interval: $0.integer64("lrmd_rsc_interval") ?? 0, timeout: $0.integer64("lrmd_timeout") ?? 0)
            }
        }
    }

    /// The reply as a remote node sends it.
    package var xml: XMLElement {
        var message = XMLElement(
            "lrmd_reply", [("lrmd_origin", origin), ("lrmd_rc", String(rc)), ("lrmd_callid", String(callID))])
        switch content {
        case .none: break
        case .registered(let reply):
            message["lrmd_op"] = "register"
            message["lrmd_clientid"] = reply.clientID
            message["lrmd_protocol_version"] = reply.version
            message["uptime"] = reply.uptime.map { String($0) }
            message["node_start_state"] = reply.startState
        case .resource(let name, let agent):
            message["lrmd_rsc_id"] = name
            message["lrmd_class"] = agent.standard
            message["lrmd_provider"] = agent.provider
            message["lrmd_type"] = agent.type
        case .recurring(let operations): message.children = recurringElements(operations)
        }
        message["lrmd_remote_msg_id"] = String(messageID)
        message["lrmd_remote_msg_type"] = "reply"
        return message
    }

    private var origin: String {
        if case .registered = content { return "process_lrmd_signon" }
        return "process_lrmd_message"
    }

    /// Operations of one resource stand together.
    private func recurringElements(_ operations: [RecurringOperation]) -> [XMLElement] {
        var elements: [XMLElement] = []
        for operation in operations {
            if elements.last?["lrmd_rsc_id"] != operation.resource {
                elements.append(XMLElement("lrmd_rsc", [("lrmd_rsc_id", operation.resource)]))
            }
            elements[elements.count - 1].children.append(
                XMLElement(
                    "lrmd_rsc_op",
                    [
                        ("lrmd_rsc_action", operation.action), ("lrmd_rsc_interval", String(operation.interval)),
                        ("lrmd_timeout", String(operation.timeout)),
                    ]))
        }
        return elements
    }
}

/// What an executor tells its clients unasked.
package enum ExecutorNotice: Sendable, Equatable {
    case completed(OperationCompletion)
    /// A resource was registered or unregistered, or the connection was poked.
    case generic(operation: String, rc: Int, callID: Int, resource: String?)
    /// Another controller has connected.
    case newClient
    /// An alert script has ended.
    case alertCompleted(OperationCompletion)

    /// Reads a notice; nil if the message is none that matters.
    package init?(_ message: XMLElement) {
        guard let operation = message["lrmd_op"], message["lrmd_ipc_session"] == nil else { return nil }
        switch operation {
        case "lrmd_rsc_exec": self = .completed(OperationCompletion(message))
        case "lrmd_alert_exec": self = .alertCompleted(OperationCompletion(message))
        case "lrmd_rsc_new_client": self = .newClient
        default:
            self = .generic(
                operation: operation, rc: message.integer("lrmd_rc") ?? 0, callID: message.integer("lrmd_callid") ?? 0,
                resource: message["lrmd_rsc_id"])
        }
    }

    /// The notice as a remote node sends it.
    package var xml: XMLElement {
        var message: XMLElement
        switch self {
        case .completed(let completion): message = completion.xml(operation: "lrmd_rsc_exec")
        case .alertCompleted(let completion): message = completion.xml(operation: "lrmd_alert_exec")
        case .newClient:
            message = XMLElement(
                "lrmd_notify", [("lrmd_origin", "notify_of_new_client"), ("lrmd_op", "lrmd_rsc_new_client")])
        case .generic(let operation, let rc, let callID, let resource):
            message = XMLElement(
                "lrmd_notify",
                [
                    ("lrmd_origin", "send_generic_notify"), ("lrmd_rc", String(rc)), ("lrmd_callid", String(callID)),
                    ("lrmd_op", operation),
                ])
            message["lrmd_rsc_id"] = resource
        }
        message["lrmd_remote_msg_id"] = "0"
        message["lrmd_remote_msg_type"] = "notify"
        return message
    }
}

extension OperationCompletion {
    /// Reads a completion; what is missing counts as 0 or none.
    init(_ message: XMLElement) {
        let order = OperationOrder(
            resource: message["lrmd_rsc_id"] ?? "", action: message["lrmd_rsc_action"] ?? "",
            userData: message["lrmd_rsc_userdata_str"] ?? "", interval: message.integer64("lrmd_rsc_interval") ?? 0,
            timeout: message.integer64("lrmd_timeout") ?? 0, startDelay: message.integer64("lrmd_rsc_start_delay") ?? 0,
            parameters: ParameterList(xml: message.first("attributes")))
        let status = message.integer("lrmd_exec_op_status").flatMap { ExecutionStatus(rawValue: $0) } ?? .done
        self.init(
            callID: message.integer("lrmd_callid") ?? 0, order: order, status: status,
            rc: message.integer("lrmd_exec_rc") ?? 0, exitReason: message["lrmd_rsc_exit_reason"],
            output: message["lrmd_rsc_output"])
        runTime = message.integer64("lrmd_run_time") ?? 0
        changeTime = message.integer64("lrmd_rcchange_time") ?? 0
        executionTime = max(0, message.integer64("lrmd_exec_time") ?? 0)
        queueTime = max(0, message.integer64("lrmd_queue_time") ?? 0)
        resourceDeleted = (message.integer("lrmd_rsc_deleted") ?? 0) != 0
    }

    func xml(operation: String) -> XMLElement {
        var message = XMLElement(
            "lrmd_notify",
            [
                ("lrmd_origin", "send_cmd_complete_notify"), ("lrmd_timeout", String(order.timeout)),
                ("lrmd_rsc_interval", String(order.interval)), ("lrmd_rsc_start_delay", String(order.startDelay)),
                ("lrmd_exec_rc", String(rc)), ("lrmd_exec_op_status", String(status.rawValue)),
                ("lrmd_callid", String(callID)), ("lrmd_rsc_deleted", resourceDeleted ? "1" : "0"),
                ("lrmd_run_time", String(runTime)), ("lrmd_rcchange_time", String(changeTime)),
                ("lrmd_exec_time", String(executionTime)), ("lrmd_queue_time", String(queueTime)),
                ("lrmd_op", operation), ("lrmd_rsc_id", order.resource), ("lrmd_rsc_action", order.action),
                ("lrmd_rsc_userdata_str", order.userData),
            ], children: [order.parameters.xml])
        message["lrmd_rsc_exit_reason"] = exitReason.map { WireText.sanitized($0) }
        message["lrmd_rsc_output"] = output.map { WireText.sanitized($0) }
        return message
    }
}
