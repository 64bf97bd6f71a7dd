// SPDX-License-Identifier: GPL-2.0-or-later
// Requests of tools on a remote node, relayed over its connection to the cluster (remote-protocol.md section 6).
package import ClusterXML

/// From a remote node to its controller, and from a tool to the daemon of its host.
package enum ProxyRequest: Sendable, Equatable {
    /// A tool has connected to a channel (`cib_ro`, `attrd`, …). Its name travels on the local socket only.
    case opened(session: String, channel: String, client: String? = nil)
    case request(session: String, ProxiedMessage)
    case closed(session: String)
    /// The remote node wants to stop; resources should leave it first.
    case shutdown

    /// Reads a proxy message; nil if it is none.
    package init?(_ message: XMLElement) {
        guard message.name == "lrmd_ipc_proxy" || message["lrmd_ipc_session"] != nil,
            let operation = message["lrmd_ipc_op"]
        else { return nil }
        let session = message["lrmd_ipc_session"] ?? ""
        switch operation {
        case "new":
            self = .opened(
                session: session, channel: message["lrmd_ipc_server"] ?? "", client: message["lrmd_ipc_client"])
        case "request":
            guard let payload = message.first("lrmd_ipc_msg")?.elements.first else { return nil }
            self = .request(
                session: session,
                ProxiedMessage(
                    client: message["lrmd_ipc_client"] ?? "", user: message["lrmd_ipc_user"] ?? "",
                    id: message.integer("lrmd_ipc_msg_id") ?? 0, flags: message.integer("lrmd_ipc_msg_flags") ?? 0,
                    payload: payload))
        case "destroy": self = .closed(session: session)
        case "shutdown_req": self = .shutdown
        default: return nil
        }
    }

    /// The message as a remote node sends it.
    package var xml: XMLElement {
        var message = XMLElement("lrmd_ipc_proxy")
        switch self {
        case .opened(let session, let channel, let client):
            message["lrmd_ipc_op"] = "new"
            message["lrmd_ipc_server"] = channel
            message["lrmd_ipc_session"] = session
            message["lrmd_ipc_client"] = client
        case .request(let session, let request):
            message["lrmd_ipc_op"] = "request"
            message["lrmd_ipc_session"] = session
            message["lrmd_ipc_client"] = request.client
            message["lrmd_ipc_user"] = request.user
            message["lrmd_ipc_msg_id"] = String(request.id)
            message["lrmd_ipc_msg_flags"] = String(request.flags)
            message.children = [XMLElement("lrmd_ipc_msg", children: [request.payload])]
        case .closed(let session):
            message["lrmd_ipc_op"] = "destroy"
            message["lrmd_ipc_session"] = session
        case .shutdown:
            message["lrmd_ipc_op"] = "shutdown_req"
            message["lrmd_ipc_session"] = "0"
        }
        message["lrmd_remote_msg_id"] = "0"
        message["lrmd_remote_msg_type"] = "notify"
        return message
    }
}

/// One message of a tool.
package struct ProxiedMessage: Sendable, Equatable {
    /// Bit set by the remote node on everything it relays.
    package static let proxied = 0x100
    /// The tool waits for exactly one response.
    package static let wantsResponse = 0x200

    /// `proxy-CHANNEL-PID-SESSION`, for logs.
    package var client: String
    /// The local user's name.
    package var user: String
    /// The tool's number, repeated in the response.
    package var id: Int
    package var flags: Int
    package var payload: XMLElement

    package init(client: String, user: String, id: Int, flags: Int, payload: XMLElement) {
        self.client = client
        self.user = user
        self.id = id
        self.flags = flags
        self.payload = payload
    }

    package var wantsResponse: Bool { flags & ProxiedMessage.wantsResponse != 0 }
}

/// From a controller to a remote node, and from a daemon to a tool on its host.
package enum ProxyForward: Sendable, Equatable {
    case response(session: String, id: Int, payload: XMLElement?)
    case event(session: String, payload: XMLElement?)
    /// The session is over; on the local socket `rc` tells why a new one was refused.
    case closed(session: String, rc: Int? = nil)
    /// The cluster will move everything away; wait for it.
    case shutdownAccepted
    /// The cluster will not care: stop now.
    case shutdownRefused

    /// Reads an `ipc_fwd` request; nil if its operation is unknown.
    package init?(_ message: XMLElement) {
        let session = message["lrmd_ipc_session"] ?? ""
        let payload = message.first("lrmd_ipc_msg")?.elements.first
        switch message["lrmd_ipc_op"] {
        case "response":
            self = .response(session: session, id: message.integer("lrmd_ipc_msg_id") ?? 0, payload: payload)
        case "event": self = .event(session: session, payload: payload)
        case "destroy": self = .closed(session: session, rc: message.integer("lrmd_rc"))
        case "shutdown_ack": self = .shutdownAccepted
        case "shutdown_nack": self = .shutdownRefused
        default: return nil
        }
    }

    /// The message as a controller sends it, or a daemon to a tool on the local socket.
    package func xml(messageID: Int) -> XMLElement {
        var message = XMLElement("lrmd_ipc_proxy")
        switch self {
        case .response(let session, let id, let payload):
            message["lrmd_ipc_op"] = "response"
            message["lrmd_ipc_session"] = session
            message["lrmd_ipc_msg_id"] = String(id)
            message.children = [XMLElement("lrmd_ipc_msg", children: payload.map { [$0] } ?? [])]
        case .event(let session, let payload):
            message["lrmd_ipc_op"] = "event"
            message["lrmd_ipc_session"] = session
            message.children = [XMLElement("lrmd_ipc_msg", children: payload.map { [$0] } ?? [])]
        case .closed(let session, let rc):
            message["lrmd_ipc_op"] = "destroy"
            message["lrmd_ipc_session"] = session
            message["lrmd_rc"] = rc.map { String($0) }
        case .shutdownAccepted: message["lrmd_ipc_op"] = "shutdown_ack"
        case .shutdownRefused: message["lrmd_ipc_op"] = "shutdown_nack"
        }
        message["lrmd_op"] = "ipc_fwd"
        message["lrmd_remote_msg_id"] = String(messageID)
        message["lrmd_remote_msg_type"] = "request"
        return message
    }
}

/// Any message that a remote node sends, as its controller sees it.
package enum MessageFromRemote: Sendable, Equatable {
    case reply(ExecutorReply)
    case notice(ExecutorNotice)
    case proxy(ProxyRequest)

    /// Sorts a message; nil for one to ignore.
    package init?(_ message: XMLElement) {
        if let reply = ExecutorReply(message) {
            self = .reply(reply)
        } else if let proxy = ProxyRequest(message) {
            self = .proxy(proxy)
        } else if let notice = ExecutorNotice(message) {
            self = .notice(notice)
        } else {
            return nil
        }
    }
}
