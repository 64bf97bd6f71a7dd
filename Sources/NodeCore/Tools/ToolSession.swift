// SPDX-License-Identifier: GPL-2.0-or-later
// Tools talking to a node: the sessions, and which channel takes which message (spec: remote-protocol 6).
import ClusterXML
import Messages

/// One connection of a tool to one channel.
struct ToolSession: Sendable {
    var peer: SessionPeer
    /// What the node calls it in replies.
    var clientID: String
    /// Wants to hear of changes of the CIB.
    var wantsChanges = false
    /// Kinds of fencing notices it wants.
    var fencingNotices: [String] = []
    /// Synchronous fencing requests that wait for an outcome: operation and request.
    var pendingFencing: [(operation: String, request: ToolRequest, command: XMLElement)] = []

    init(peer: SessionPeer, clientID: String) {
        self.peer = peer
        self.clientID = clientID
    }
}

extension Node {
    mutating func toolOpened(_ id: ToolSessionID, _ peer: SessionPeer) {
        guard sessions[id] == nil else { return }
        sessions[id] = ToolSession(peer: peer, clientID: random.uuid())
        sessionOrder.append(id)
    }

    mutating func toolClosed(_ id: ToolSessionID) {
        guard sessions.removeValue(forKey: id) != nil else { return }
        sessionOrder.removeAll { $0 == id }
        heldAnswers.removeAll { $0.session == id }
    }

    mutating func closeSessions(of node: String) {
        for id in sessionOrder {
            if case .proxied(node, _) = id { toolClosed(id) }
        }
    }

    mutating func closeSessions(ofConnection number: UInt64) {
        for id in sessionOrder {
            if case .local(number, _) = id { toolClosed(id) }
        }
    }

    mutating func toolMessage(_ id: ToolSessionID, _ request: ToolRequest, at now: Now, into effects: inout [NodeEffect]) {
        guard let session = sessions[id] else { return }
        var request = request
        if case .proxied(let node, _) = id {
            // Whoever runs a tool on a remote node acts in the name of that node.
            request.payload["acl_role"] = "pacemaker-remote"
            request.payload["acl_target"] = node
        }
        switch session.peer.channel {
        case "cib_ro", "cib_rw", "cib_shm": cibRequest(id, request, at: now, into: &effects)
        case "attrd": attributeRequest(id, request, at: now, into: &effects)
        case "crmd": controllerRequest(id, request, at: now, into: &effects)
        case "stonith-ng": fencerRequest(id, request, at: now, into: &effects)
        case "pacemakerd": launcherRequest(id, request, at: now, into: &effects)
        default: acknowledge(request, of: id, status: -22, into: &effects)
        }
    }

    /// The remote node that a session came through, if any.
    func remoteNode(of id: ToolSessionID) -> String? {
        if case .proxied(let node, _) = id { node } else { nil }
    }

    // MARK: Answers

    /// Answers a request: as its response if one is expected, else as an event.
    func reply(_ answer: XMLElement, to request: ToolRequest, of id: ToolSessionID, into effects: inout [NodeEffect]) {
        guard sessions[id] != nil else { return }
        if request.wantsResponse {
            effects.append(.respond(id, id: request.id, answer))
        } else {
            effects.append(.event(id, answer))
        }
    }

    /// Acknowledges a request whose answer, if any, is an event.
    func acknowledge(_ request: ToolRequest, of id: ToolSessionID, status: Int? = nil, into effects: inout [NodeEffect]) {
        guard request.wantsResponse, sessions[id] != nil else { return }
        var ack = XMLElement(status.map { $0 < 0 } == true ? "nack" : "ack", [("function", "toolMessage"), ("line", "0")])
        if let status { ack["status"] = "\(status)" }
        effects.append(.respond(id, id: request.id, ack))
    }

    func send(event: XMLElement, to id: ToolSessionID, into effects: inout [NodeEffect]) {
        guard sessions[id] != nil else { return }
        effects.append(.event(id, event))
    }

    // MARK: Sessions through remote nodes

    /// Answers for tools on remote nodes travel over the connections to these.
    mutating func forwardToRemoteTools(from first: Int, at now: Now, in effects: inout [NodeEffect]) {
        guard effects[first...].contains(where: { $0.remoteNode != nil }) else { return }
        let decided = Array(effects[first...])
        effects.removeLast(decided.count)
        for effect in decided {
            guard let node = effect.remoteNode, let message = effect.proxyMessage else {
                effects.append(effect)
                continue
            }
            connection(node, at: now, into: &effects) { $0.forward(message, at: now, into: &$1) }
        }
    }

    /// A proxy message of a remote node.
    mutating func proxied(_ message: XMLElement, from node: String, at now: Now, into effects: inout [NodeEffect]) {
        switch ProxyRequest(message) {
        case .opened(let session, let channel, let client):
            let peer = SessionPeer(channel: channel, client: client ?? "", user: node, isPrivileged: false)
            toolOpened(.proxied(node: node, session: session), peer)
            let watchdog = property("stonith-watchdog-timeout").flatMap { milliseconds($0) ?? 0 > 0 ? $0 : nil }
            connection(node, at: now, into: &effects) { $0.check(watchdog: watchdog, at: now, into: &$1) }
        case .request(let session, let request):
            let id = ToolSessionID.proxied(node: node, session: session)
            if sessions[id]?.peer.client == "" { sessions[id]?.peer.client = request.client }
            let tool = ToolRequest(id: UInt32(truncatingIfNeeded: request.id), wantsResponse: request.wantsResponse, payload: request.payload)
            toolMessage(id, tool, at: now, into: &effects)
        case .closed(let session): toolClosed(.proxied(node: node, session: session))
        case .shutdown, nil: break
        }
    }
}

extension NodeEffect {
    /// The remote node that this is for, if it is for a tool there.
    fileprivate var remoteNode: String? {
        switch self {
        case .respond(.proxied(let node, _), _, _), .event(.proxied(let node, _), _), .closeTool(.proxied(let node, _)): node
        default: nil
        }
    }

    fileprivate var proxyMessage: XMLElement? {
        switch self {
        case .respond(.proxied(_, let session), let id, let answer):
            ProxyForward.response(session: session, id: Int(id), payload: answer).xml(messageID: 0)
        case .event(.proxied(_, let session), let event): ProxyForward.event(session: session, payload: event).xml(messageID: 0)
        case .closeTool(.proxied(_, let session)): ProxyForward.closed(session: session).xml(messageID: 0)
        default: nil
        }
    }
}
