// SPDX-License-Identifier: GPL-2.0-or-later
// What tools ask the cluster for: the CIB, node attributes, the controller, the fencer. Works the same on a remote node.
package import ClusterXML
import Glibc
import Messages

/// A tool's view of the cluster. Calls block.
package final class ClusterClient {
    /// Bits of the options of a CIB call (spec: cluster-daemon-facts 2.3).
    package enum CIBOption {
        package static let xpath = 0x2
        package static let multiple = 0x4
        package static let canCreate = 0x8
        package static let noChildren = 0x20
        package static let xpathAddress = 0x40
        package static let localScope = 0x100
        package static let dryRun = 0x200
        package static let scoreUpdate = 0x800
        package static let synchronous = 0x1000
        package static let noTime = 0x2000
    }

    private let connection: ToolSocket
    private let tool: String
    private var sessions: [String: Int] = [:]
    private var closed: Set<Int> = []
    private var nextSession = 1
    private var nextMessage = 1
    private var nextCall = 2
    /// Events that came while something else was awaited.
    private var events: [(session: Int, payload: XMLElement)] = []

    /// Where the daemon of this host listens.
    package static var socketPath: String {
        Directories(environment: { name in getenv(name).map { String(cString: $0) } }).toolSocket
    }

    /// Connects to the daemon of this host.
    /// - Parameter tool: the program's name, for logs and `update-client`.
    /// - Throws: `ClientError.notConnected`; tools exit with `ExitCode.disconnected`.
    package static func connect(as tool: String) throws(ClientError) -> ClusterClient {
        try ClusterClient(tool, ToolSocket(path: socketPath))
    }

    private init(_ tool: String, _ connection: ToolSocket) {
        self.tool = tool
        self.connection = connection
    }

    // MARK: The CIB

    /// The whole CIB.
    package func queryCIB() throws(ClientError) -> XMLElement {
        let answer = try cib("cib_query")
        guard answer.rc == 0, let data = answer.data else { throw .refused(answer.rc) }
        return data
    }

    /// Any operation on the CIB.
    /// - Parameters:
    ///   - operation: `cib_query`, `cib_modify`, ….
    ///   - section: a section's name or, with `CIBOption.xpath`, an XPath.
    ///   - options: bits of `CIBOption`; the call is always synchronous.
    ///   - user: who acts, for access control lists; only root may say so.
    ///   - confirm: seconds after which the change is taken back unless it is confirmed.
    ///   - timeout: seconds.
    /// - Returns: 0 or a negative error, and data. `unconfirmed` tells, after a change of the configuration, that it will be
    ///   taken back unless somebody confirms: in how many seconds, and who has to.
    package func cib(
        _ operation: String, section: String? = nil, options: Int = 0, data: XMLElement? = nil, user: String? = nil, confirm: Int? = nil,
        timeout: Int = 120
    ) throws(ClientError) -> (rc: Int, data: XMLElement?, unconfirmed: (seconds: Int, user: String)?) {
        try register(channel: "cib_rw")
        var command = XMLElement("cib_command", [("t", "cib"), ("cib_op", operation)])
        command["cib_section"] = section
        command["cib_callid"] = "\(nextCall)"
        nextCall += 1
        command["cib_callopt"] = "\(options | CIBOption.synchronous)"
        command["cib_user"] = user
        command["cib_confirm"] = confirm.map { "\($0)" }
        if let data {
            command.children = data.name == "cib_transaction" ? [data] : [XMLElement("cib_calldata", children: [data])]
        }
        let answer = try request(command, on: "cib_rw", timeout: timeout)
        guard let rc = answer["cib_rc"].flatMap({ Int($0) }) else { throw .badAnswer("no result for \(operation)") }
        let unconfirmed = answer["cib_unconfirmed"].flatMap { Int($0) }.map { (seconds: $0, user: answer["cib_unconfirmed_user"] ?? "") }
        return (rc, answer.first("cib_calldata")?.elements.first, unconfirmed)
    }

    /// From now on `nextCIBChange` reports changes.
    package func subscribeCIBChanges() throws(ClientError) {
        try register(channel: "cib_rw")
        _ = try request(
            XMLElement("cib-callback", [
                ("cib_op", "cib_notify"), ("cib_notify_type", "cib_diff_notify"), ("cib_notify_activate", "1"),
            ]), on: "cib_rw", timeout: 10)
    }

    /// Waits for a change of the CIB.
    /// - Parameter milliseconds: how long at most.
    /// - Returns: false if there was none in that time.
    package func nextCIBChange(milliseconds: Int) throws(ClientError) -> Bool {
        try nextEvent(on: "cib_rw", milliseconds: milliseconds) != nil
    }

    private func register(channel: String) throws(ClientError) {
        guard sessions[channel] == nil else { return }
        _ = try request(
            XMLElement("cib_command", [("t", "cib"), ("cib_op", "register"), ("cib_clientname", tool), ("cib_callopt", "4096")]),
            on: channel, timeout: 10)
    }

    // MARK: Node attributes

    /// Sends a request (`<attrd … task="update"/>`, any root) to the attribute manager.
    /// - Returns: the acknowledgement, or the answer to a query.
    package func attrd(_ message: XMLElement) throws(ClientError) -> XMLElement {
        var message = message
        message["t"] = "attrd"
        if message["src"] == nil { message["src"] = tool }
        let answer = try request(message, on: "attrd", timeout: 10)
        // 4: access lists forbid it.
        if answer["status"] == "4" { throw .refused(-13) }
        return answer
    }

    /// Sets a transient attribute, or deletes it with a nil value.
    /// - Parameters:
    ///   - node: nil for the host the tool runs on.
    ///   - nodeIsRemote: whether that is a remote node; Pacemaker 3.0 does not find it out by itself.
    package func setAttribute(
        _ name: String, to value: String?, node: String? = nil, nodeIsRemote: Bool = false, set: String? = nil
    ) throws(ClientError) {
        var message = XMLElement("create_attrd_op", [("attr_name", name), ("task", "update")])
        message["attr_value"] = value
        message["attr_host"] = node
        message["attr_set"] = set
        message["attr_is_private"] = "0"
        message["attr_is_remote"] = nodeIsRemote ? "1" : "0"
        _ = try attrd(message)
    }

    // MARK: The controller

    /// Sends a request to the controller and waits for the replies.
    /// - Parameters:
    ///   - task: `node-info`, `ping`, `lrm_delete`, ….
    ///   - attributes: further attributes of the message.
    ///   - expectReplies: how many replies to wait for; 0 for requests that have none.
    ///   - timeout: seconds.
    /// - Returns: the data of the replies.
    package func controller(
        _ task: String, data: XMLElement? = nil, to system: String = "crmd", host: String? = nil, attributes: [(String, String)] = [],
        expectReplies: Int = 1, timeout: Int = 30
    ) throws(ClientError) -> [XMLElement] {
        try messages(task, data: data, to: system, host: host, attributes: attributes, expectReplies: expectReplies, timeout: timeout)
            .map { $0.first("crm_xml")?.elements.first ?? $0 }
    }

    /// The same with the whole replies: their root says who answered (`src`).
    package func messages(
        _ task: String, data: XMLElement? = nil, to system: String = "crmd", host: String? = nil, attributes: [(String, String)] = [],
        expectReplies: Int = 1, timeout: Int = 30
    ) throws(ClientError) -> [XMLElement] {
        try message(task, data: data, to: system, host: host, attributes: attributes, channel: "crmd", expectReplies, timeout)
    }

    /// The state of the launcher: `running`, `shutting_down`, …; `remote` on a remote node, which has none.
    package func launcherState() throws(ClientError) -> XMLElement? {
        do throws(ClientError) {
            return try message("ping", data: nil, to: "pacemakerd", host: nil, attributes: [], channel: "pacemakerd", 1, 5)
                .first?.first("crm_xml")?.elements.first
        } catch {
            guard case .onlyOnClusterHosts = error else { throw error }
            return XMLElement("ping_response", [("crmd_state", "remote"), ("result", "ok")])
        }
    }

    private func message(
        _ task: String, data: XMLElement?, to system: String, host: String?, attributes: [(String, String)], channel: String,
        _ expected: Int, _ timeout: Int
    ) throws(ClientError) -> [XMLElement] {
        let reference = "\(task)-\(getpid())_\(tool)-\(nextCall)"
        nextCall += 1
        var message = XMLElement("message", [
            ("t", "crmd"), ("subt", "request"), ("reference", reference), ("crm_sys_from", "\(getpid())_\(tool)"), ("crm_sys_to", system),
            ("crm_task", task),
        ])
        message["crm_host_to"] = host
        for (name, value) in attributes { message[name] = value }
        if let data { message.children = [XMLElement("crm_xml", children: [data])] }
        _ = try send(message, on: channel, wantsResponse: false)
        var replies: [XMLElement] = []
        let deadline = ToolSocket.milliseconds() + Int64(timeout) * 1000
        while replies.count < expected {
            let left = deadline - ToolSocket.milliseconds()
            guard left > 0, let event = try nextEvent(on: channel, milliseconds: Int(left)) else { throw .timeout("\(task) from the controller") }
            guard event["reference"] == reference else { continue }
            replies.append(event)
        }
        return replies
    }

    /// Waits until the cluster has nothing to do.
    /// - Returns: false if it still has when the time is up.
    package func waitForIdle(timeoutSeconds: Int) throws(ClientError) -> Bool {
        let deadline = ToolSocket.milliseconds() + Int64(timeoutSeconds) * 1000
        while true {
            let state = try controller("ping", to: "crmd").first?["crmd_state"]
            if state == "S_IDLE" { return true }
            if ToolSocket.milliseconds() >= deadline { return false }
            usleep(50_000)
        }
    }

    // MARK: The fencer

    /// Sends a command to the fencer.
    /// - Parameters:
    ///   - operation: `st_query`, `st_fence`, ….
    ///   - data: what goes into `st_calldata`.
    ///   - timeout: seconds.
    package func fencer(_ operation: String, data: XMLElement? = nil, options: Int = 0, timeout: Int = 120) throws(ClientError) -> XMLElement {
        if sessions["stonith-ng"] == nil {
            _ = try request(
                XMLElement("stonith_command", [("t", "stonith-ng"), ("st_op", "register"), ("st_clientname", "\(tool).\(getpid())")]),
                on: "stonith-ng", timeout: 10)
        }
        var command = XMLElement("stonith_command", [("t", "stonith-ng"), ("st_op", operation)])
        command["st_callid"] = "\(nextCall)"
        nextCall += 1
        command["st_callopt"] = "\(options | 0x1000)"
        command["st_timeout"] = "\(timeout)"
        if let data { command.children = [XMLElement("st_calldata", children: [data])] }
        return try request(command, on: "stonith-ng", timeout: timeout + 60)
    }

    // MARK: Messages

    private func session(_ channel: String) throws(ClientError) -> Int {
        if let session = sessions[channel] {
            if closed.contains(session) { throw .notConnected("The cluster closed the connection") }
            return session
        }
        let session = nextSession
        nextSession += 1
        sessions[channel] = session
        try connection.send(XMLElement("lrmd_ipc_proxy", [
            ("lrmd_ipc_op", "new"), ("lrmd_ipc_server", channel), ("lrmd_ipc_session", "\(session)"), ("lrmd_ipc_client", tool),
        ]))
        return session
    }

    private func send(_ payload: XMLElement, on channel: String, wantsResponse: Bool) throws(ClientError) -> Int {
        let session = try session(channel)
        let number = nextMessage
        nextMessage += 1
        try connection.send(XMLElement("lrmd_ipc_proxy", [
            ("lrmd_ipc_op", "request"), ("lrmd_ipc_session", "\(session)"), ("lrmd_ipc_client", tool), ("lrmd_ipc_msg_id", "\(number)"),
            ("lrmd_ipc_msg_flags", wantsResponse ? "512" : "0"),
        ], children: [XMLElement("lrmd_ipc_msg", children: [payload])]))
        return number
    }

    private func request(_ payload: XMLElement, on channel: String, timeout: Int) throws(ClientError) -> XMLElement {
        let number = try send(payload, on: channel, wantsResponse: true)
        let deadline = ToolSocket.milliseconds() + Int64(timeout) * 1000
        while let message = try connection.receive(until: deadline) {
            if message["lrmd_ipc_op"] == "response", message["lrmd_ipc_msg_id"] == "\(number)" {
                return message.first("lrmd_ipc_msg")?.elements.first ?? XMLElement("none")
            }
            try note(message)
        }
        throw .timeout("channel \(channel)")
    }

    /// The next event on a channel, nil when the time is up.
    package func nextEvent(on channel: String, milliseconds: Int) throws(ClientError) -> XMLElement? {
        let session = try session(channel)
        let deadline = ToolSocket.milliseconds() + Int64(milliseconds)
        while true {
            if let index = events.firstIndex(where: { $0.session == session }) { return events.remove(at: index).payload }
            guard let message = try connection.receive(until: deadline) else { return nil }
            try note(message)
        }
    }

    private func note(_ message: XMLElement) throws(ClientError) {
        guard let session = message["lrmd_ipc_session"].flatMap({ Int($0) }) else { return }
        switch message["lrmd_ipc_op"] {
        case "event": if let payload = message.first("lrmd_ipc_msg")?.elements.first { events.append((session, payload)) }
        case "destroy":
            // What was sent before the refusal came is refused once more.
            guard closed.insert(session).inserted else { return }
            if message["lrmd_rc"] == "-121" {
                if session == sessions["pacemakerd"] { throw .onlyOnClusterHosts }
                throw .notConnected("This is a remote node, and no cluster host is connected to it")
            }
            throw .notConnected("The cluster closed the connection")
        default: break
        }
    }
}
