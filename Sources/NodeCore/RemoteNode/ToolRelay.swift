// SPDX-License-Identifier: GPL-2.0-or-later
// Tools on a remote node reach the cluster through the controller that is connected (remote-protocol.md section 6).
import ClusterXML
import Messages

/// The sessions of tools, on both sides of the relay.
struct ToolRelay: Sendable {
    struct Connection: Sendable {
        let id: SessionID
        let user: String
        let process: Int32
    }

    struct Session: Sendable {
        /// Known to the controller.
        let uuid: String
        /// Known to the tool.
        let localName: String
        let tool: SessionID
        let channel: String
        let controller: SessionID
    }

    var connections: [Connection] = []
    var sessions: [Session] = []

    mutating func connected(_ id: SessionID, user: String, process: Int32) {
        connections.append(Connection(id: id, user: user, process: process))
    }
}

extension RemoteServer {
    /// Channels that the cluster serves for us. The launcher's own answers "not here" on remote nodes.
    private static let channels = ["cib_ro", "cib_rw", "cib_shm", "attrd", "stonith-ng", "crmd"]
    /// Sessions at a time over all tools.
    private static let toolSessionLimit = 1024

    mutating func toolSent(_ id: SessionID, _ request: ProxyRequest, into effects: inout [RemoteServerEffect]) {
        guard let connection = tools.connections.first(where: { $0.id == id }) else { return }
        switch request {
        case .opened(let name, let channel, _): open(name, channel, connection, into: &effects)
        case .request(let name, var message):
            guard let session = tools.sessions.first(where: { $0.tool == id && $0.localName == name }) else {
                return refuse(name, for: id, WireError.notConnected, into: &effects)
            }
            message.client = "proxy-\(session.channel)-\(connection.process)-\(session.uuid.prefix(8))"
            message.user = connection.user
            message.flags |= ProxiedMessage.proxied
            let proxied = ProxyRequest.request(session: session.uuid, message)
            effects.append(.sendToController(session.controller, proxied.xml))
        case .closed(let name): close(id, name, into: &effects)
        case .shutdown: break
        }
    }

    private mutating func open(
        _ name: String, _ channel: String, _ connection: ToolRelay.Connection, into effects: inout [RemoteServerEffect]
    ) {
        guard RemoteServer.channels.contains(channel), let provider,
            tools.sessions.count < RemoteServer.toolSessionLimit,
            !tools.sessions.contains(where: { $0.tool == connection.id && $0.localName == name })
        else { return refuse(name, for: connection.id, WireError.remoteSide, into: &effects) }
        let session = ToolRelay.Session(
            uuid: random.uuid(), localName: name, tool: connection.id, channel: channel, controller: provider.id)
        tools.sessions.append(session)
        effects.append(.sendToController(provider.id, ProxyRequest.opened(session: session.uuid, channel: channel).xml))
    }

    private func refuse(_ name: String, for tool: SessionID, _ rc: Int, into effects: inout [RemoteServerEffect]) {
        effects.append(.sendToTool(tool, ProxyForward.closed(session: name, rc: rc).xml(messageID: 0)))
    }

    private mutating func close(_ tool: SessionID, _ name: String, into effects: inout [RemoteServerEffect]) {
        guard let index = tools.sessions.firstIndex(where: { $0.tool == tool && $0.localName == name }) else { return }
        let session = tools.sessions.remove(at: index)
        effects.append(.sendToController(session.controller, ProxyRequest.closed(session: session.uuid).xml))
    }

    mutating func toolLeft(_ id: SessionID, into effects: inout [RemoteServerEffect]) {
        tools.connections.removeAll { $0.id == id }
        let ended = tools.sessions.filter { $0.tool == id }
        tools.sessions.removeAll { $0.tool == id }
        for session in ended {
            effects.append(.sendToController(session.controller, ProxyRequest.closed(session: session.uuid).xml))
        }
    }

    /// A controller has answered a tool, or answers our shutdown request.
    mutating func deliver(_ forward: ProxyForward, from controller: SessionID, into effects: inout [RemoteServerEffect]) {
        switch forward {
        case .response(let uuid, let id, let payload):
            guard let session = session(uuid, of: controller, into: &effects) else { return }
            let message = ProxyForward.response(session: session.localName, id: id, payload: payload)
            effects.append(.sendToTool(session.tool, message.xml(messageID: 0)))
        case .event(let uuid, let payload):
            guard let session = session(uuid, of: controller, into: &effects) else { return }
            let message = ProxyForward.event(session: session.localName, payload: payload)
            effects.append(.sendToTool(session.tool, message.xml(messageID: 0)))
        case .closed(let uuid, _):
            // An unknown session was closed from here already: nothing to do, and above all nothing to answer.
            guard let index = tools.sessions.firstIndex(where: { $0.uuid == uuid }) else { return }
            let session = tools.sessions.remove(at: index)
            refuse(session.localName, for: session.tool, WireError.notConnected, into: &effects)
        case .shutdownAccepted: shutdownAnswered(accepted: true, into: &effects)
        case .shutdownRefused: shutdownAnswered(accepted: false, into: &effects)
        }
    }

    /// The session meant by a controller; it learns when there is none.
    private func session(
        _ uuid: String, of controller: SessionID, into effects: inout [RemoteServerEffect]
    ) -> ToolRelay.Session? {
        let session = tools.sessions.first { $0.uuid == uuid }
        if session == nil { effects.append(.sendToController(controller, ProxyRequest.closed(session: uuid).xml)) }
        return session
    }

    /// Without its controller a tool cannot go on.
    mutating func closeToolSessions(of controller: SessionID, into effects: inout [RemoteServerEffect]) {
        let ended = tools.sessions.filter { $0.controller == controller }
        tools.sessions.removeAll { $0.controller == controller }
        for session in ended { refuse(session.localName, for: session.tool, WireError.notConnected, into: &effects) }
    }
}
