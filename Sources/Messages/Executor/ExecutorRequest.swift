// SPDX-License-Identifier: GPL-2.0-or-later
// Requests of a controller to an executor, to and from XML (remote-protocol.md 3 and 4).
package import ClusterXML

/// The first message of a controller.
package struct Registration: Sendable, Equatable {
    package var clientName: String
    /// Executor protocol, for example `1.1`; nil if the message had none.
    package var version: String?
    /// The client relays requests of local tools to the cluster.
    package var isProvider: Bool

    package init(clientName: String, version: String?, isProvider: Bool) {
        self.clientName = clientName
        self.version = version
        self.isProvider = isProvider
    }
}

/// What a controller can ask of an executor.
package enum ExecutorCommand: Sendable, Equatable {
    case register(Registration)
    case registerResource(name: String, agent: AgentReference, dropsRecurring: Bool)
    case unregisterResource(name: String)
    case resourceInformation(name: String)
    case execute(OperationOrder)
    case cancel(resource: String, action: String, interval: Int64)
    case recurringOperations(resource: String?)
    case alert(AlertOrder)
    case poke
    /// Compare watchdog settings; never answered.
    case check(watchdog: String?)
    /// Something for a local tool, or the answer to a shutdown request.
    case forward(ProxyForward)
    /// An operation this version does not know, by its name.
    case unknown(String)

    /// Whether the node is not the same afterwards: only the controller in charge may ask for that.
    package var changesSomething: Bool {
        switch self {
        case .registerResource, .unregisterResource, .execute, .cancel: true
        default: false
        }
    }
}

/// A request with the number that its reply repeats.
package struct ExecutorRequest: Sendable, Equatable {
    package var command: ExecutorCommand
    package var messageID: Int
    /// The name of the client, when the message carries one.
    package var clientName: String?

    package init(_ command: ExecutorCommand, messageID: Int) {
        self.command = command
        self.messageID = messageID
    }
}

/// Bits of `lrmd_callopt`.
private enum CallOption {
    static let dropRecurring = 0x1
    /// What we send, so that 2.1.5 understands it too: it wants both bits.
    static let dropRecurringForAll = 0x3
    static let notifyOriginatorOnly = 0x2
    static let notifyChangesOnly = 0x4
}

// MARK: From XML

extension ExecutorRequest {
    /// Reads a request.
    /// - Returns: nil for a message that must be ignored: no operation, or not of the executor's protocol.
    package init?(_ message: XMLElement) {
        guard let name = message["lrmd_op"] else { return nil }
        guard message.name == "lrmd_ipc_proxy" || message["t"] == "lrmd" else { return nil }
        messageID = message.integer("lrmd_remote_msg_id") ?? 0
        clientName = message["lrmd_clientname"]
        let options = message.integer("lrmd_callopt") ?? 0
        let data = message.first("lrmd_calldata")
        let resource = data?.first("lrmd_rsc")
        let resourceName = resource?["lrmd_rsc_id"] ?? ""
        switch name {
        case "register":
            let isProvider = ["true", "1", "yes", "on"].contains(message["lrmd_is_ipc_provider"]?.lowercased())
            command = .register(
                Registration(
                    clientName: clientName ?? "", version: message["lrmd_protocol_version"], isProvider: isProvider))
        case "lrmd_rsc_register":
            let agent = AgentReference(
                standard: resource?["lrmd_class"] ?? "", provider: resource?["lrmd_provider"],
                type: resource?["lrmd_type"] ?? "")
            command = .registerResource(
                name: resourceName, agent: agent, dropsRecurring: options & CallOption.dropRecurring != 0)
        case "lrmd_rsc_unregister": command = .unregisterResource(name: resourceName)
        case "lrmd_rsc_info": command = .resourceInformation(name: resourceName)
        case "lrmd_rsc_exec": command = .execute(OperationOrder(exec: resource, options: options))
        case "lrmd_rsc_cancel":
            command = .cancel(
                resource: resourceName, action: resource?["lrmd_rsc_action"] ?? "",
                interval: resource?.integer64("lrmd_rsc_interval") ?? 0)
        case "lrmd_get_recurring": command = .recurringOperations(resource: resource?["lrmd_rsc_id"])
        case "lrmd_alert_exec": command = .alert(AlertOrder(data?.first("lrmd_alert"), options: options))
        case "lrmd_rsc_poke": command = .poke
        case "lrmd_check": command = .check(watchdog: data?.first("lrmd_op")?["lrmd_watchdog"])
        case "ipc_fwd": command = ProxyForward(message).map { .forward($0) } ?? .unknown(name)
        default: command = .unknown(name)
        }
    }
}

extension OperationOrder {
    fileprivate init(exec data: XMLElement?, options: Int) {
        self.init(
            resource: data?["lrmd_rsc_id"] ?? "", action: data?["lrmd_rsc_action"] ?? "",
            userData: data?["lrmd_rsc_userdata_str"] ?? "", interval: data?.integer64("lrmd_rsc_interval") ?? 0,
            timeout: data?.integer64("lrmd_timeout") ?? 0, startDelay: data?.integer64("lrmd_rsc_start_delay") ?? 0,
            parameters: ParameterList(xml: data?.first("attributes")))
        notifiesOriginatorOnly = options & CallOption.notifyOriginatorOnly != 0
        notifiesChangesOnly = options & CallOption.notifyChangesOnly != 0
    }
}

extension AlertOrder {
    fileprivate init(_ data: XMLElement?, options: Int) {
        self.init(
            id: data?["lrmd_alert_id"] ?? "", path: data?["lrmd_alert_path"] ?? "",
            timeout: data?.integer64("lrmd_timeout") ?? 0, parameters: ParameterList(xml: data?.first("attributes")))
        notifiesOriginatorOnly = options & CallOption.notifyOriginatorOnly != 0
    }
}

extension ParameterList {
    /// Reads `<attributes>`: XML attributes, and `<param name= value=/>` for names that XML does not allow.
    package init(xml: XMLElement?) {
        entries = xml?.attributes ?? []
        for parameter in xml?.elements("param") ?? XMLElement("").elements("param") {
            if let name = parameter["name"], let value = parameter["value"] { entries.append(XMLAttribute(name, value)) }
        }
    }

    /// Writes `<attributes>`.
    package var xml: XMLElement {
        var element = XMLElement("attributes")
        for entry in entries {
            if entry.name.utf8.first.map({ (0x30...0x39).contains($0) }) ?? true {
                element.children.append(XMLElement("param", [("name", entry.name), ("value", entry.value)]))
            } else {
                element.attributes.append(entry)
            }
        }
        return element
    }
}

// MARK: To XML

extension ExecutorRequest {
    /// The message as a controller sends it.
    package var xml: XMLElement {
        if case .forward(let forward) = command { return forward.xml(messageID: messageID) }
        var message = XMLElement("lrmd_command", [("t", "lrmd"), ("lrmd_op", operationName)])
        if case .register(let registration) = command {
            message["lrmd_clientname"] = registration.clientName
            message["lrmd_protocol_version"] = registration.version
            message["lrmd_is_ipc_provider"] = registration.isProvider ? "true" : nil
        } else {
            message["lrmd_timeout"] = String(callTimeout)
            message["lrmd_callopt"] = String(options)
            message.children = [XMLElement("lrmd_calldata", children: [callData])]
        }
        message["lrmd_remote_msg_id"] = String(messageID)
        message["lrmd_remote_msg_type"] = "request"
        return message
    }

    private var operationName: String {
        switch command {
        case .register: "register"
        case .registerResource: "lrmd_rsc_register"
        case .unregisterResource: "lrmd_rsc_unregister"
        case .resourceInformation: "lrmd_rsc_info"
        case .execute: "lrmd_rsc_exec"
        case .cancel: "lrmd_rsc_cancel"
        case .recurringOperations: "lrmd_get_recurring"
        case .alert: "lrmd_alert_exec"
        case .poke: "lrmd_rsc_poke"
        case .check: "lrmd_check"
        case .forward: "ipc_fwd"
        case .unknown(let name): name
        }
    }

    private var callTimeout: Int64 {
        switch command {
        case .execute(let order): order.timeout
        case .alert(let order): order.timeout
        default: 0
        }
    }

    private var options: Int {
        switch command {
        case .registerResource(_, _, let dropsRecurring): dropsRecurring ? CallOption.dropRecurringForAll : 0
        case .execute(let order):
            (order.notifiesOriginatorOnly ? CallOption.notifyOriginatorOnly : 0)
                | (order.notifiesChangesOnly ? CallOption.notifyChangesOnly : 0)
        case .alert(let order): order.notifiesOriginatorOnly ? CallOption.notifyOriginatorOnly : 0
        default: 0
        }
    }

    private var callData: XMLElement {
        switch command {
        case .registerResource(let name, let agent, _):
            var data = resourceElement("lrmd_api_register_rsc", name)
            data["lrmd_class"] = agent.standard
            data["lrmd_provider"] = agent.provider
            data["lrmd_type"] = agent.type
            return data
        case .unregisterResource(let name): return resourceElement("lrmd_api_unregister_rsc", name)
        case .resourceInformation(let name): return resourceElement("lrmd_api_get_rsc_info", name)
        case .execute(let order): return execData(order)
        case .cancel(let resource, let action, let interval):
            return XMLElement(
                "lrmd_rsc",
                [
                    ("lrmd_origin", "lrmd_api_cancel"), ("lrmd_rsc_action", action), ("lrmd_rsc_id", resource),
                    ("lrmd_rsc_interval", String(interval)),
                ])
        case .recurringOperations(let resource): return resourceElement("lrmd_api_get_recurring_ops", resource)
        case .alert(let order):
            return XMLElement(
                "lrmd_alert",
                [
                    ("lrmd_origin", "lrmd_api_exec_alert"), ("lrmd_alert_id", order.id),
                    ("lrmd_alert_path", order.path), ("lrmd_timeout", String(order.timeout)),
                ], children: [order.parameters.xml])
        case .check(let watchdog):
            var data = XMLElement("lrmd_op", [("lrmd_origin", "lrmd__validate_remote_settings")])
            data["lrmd_watchdog"] = watchdog
            return data
        case .poke, .register, .forward, .unknown: return resourceElement("lrmd_api_poke_connection", nil)
        }
    }

    private func resourceElement(_ origin: String, _ name: String?) -> XMLElement {
        var element = XMLElement("lrmd_rsc", [("lrmd_origin", origin)])
        element["lrmd_rsc_id"] = name
        return element
    }

    private func execData(_ order: OperationOrder) -> XMLElement {
        var data = resourceElement("lrmd_api_exec", order.resource)
        data["lrmd_rsc_action"] = order.action
        data["lrmd_rsc_userdata_str"] = order.userData
        data["lrmd_rsc_interval"] = String(order.interval)
        data["lrmd_timeout"] = String(order.timeout)
        data["lrmd_rsc_start_delay"] = String(order.startDelay)
        data.children = [order.parameters.xml]
        return data
    }
}

extension XMLElement {
    /// A decimal attribute, nil if absent or no number.
    func integer(_ name: String) -> Int? { self[name].flatMap { Int($0) } }
    func integer64(_ name: String) -> Int64? { self[name].flatMap { Int64($0) } }
}
