// SPDX-License-Identifier: GPL-2.0-or-later
// A connection of the remote protocol, either end: TLS, frames and XML over a socket (remote-protocol.md 1 and 2).
import CLinux
package import ClusterXML
import Glibc
import Messages
import NodeCore
package import PresharedTLS

/// Numbers outgoing frames; all connections of a process share one, as peers do.
package final class FrameNumbering {
    fileprivate var encoder = RemoteFrameEncoder()

    package init() {}

    func frame(_ message: XMLElement) throws(FrameError) -> (header: [UInt8], payload: [UInt8]) {
        try encoder.encode(message.serializedBytes(.compact))
    }
}

/// Why a connection has ended.
package enum ConnectionEnd: Sendable, Equatable {
    /// The peer closed it, or the network did.
    case closedByPeer
    /// No TCP connection could be made: an errno value.
    case notReached(Int32)
    case nameNotFound(String)
    case timedOut
    /// The handshake failed: most likely the keys differ.
    case keyRejected(String)
    /// The peer closed the connection before keys were agreed, without saying why.
    case closedInHandshake
    /// The peer broke the protocol, or did not read what we sent.
    case protocolFailure(String)

    package var explanation: String {
        switch self {
        case .closedByPeer: "connection closed by the peer"
        case .notReached(let code): String(cString: strerror(code))
        case .nameNotFound(let text): text
        case .timedOut: "timed out"
        case .keyRejected(let text): "\(text) (do both hosts have the same authentication key?)"
        case .closedInHandshake: "closed by the peer during the TLS handshake (do both hosts have the same authentication key?)"
        case .protocolFailure(let text): text
        }
    }
}

/// One end of a connection. Callbacks come on the loop's thread; after `closed` there are none.
package final class TLSConnection {
    package enum Event {
        /// Keys are agreed; the text describes the cipher.
        case established(String)
        case message(XMLElement)
        case closed(ConnectionEnd)
    }

    private let loop: EventLoop
    private let stream: ByteStream
    private let endpoint: Endpoint
    private let numbering: FrameNumbering
    private let isServer: Bool
    private let handler: (TLSConnection, Event) -> Void
    private var decoder = RemoteFrameDecoder()
    private var deadline: TimerToken?
    private var isOpen = true
    private var isFlushScheduled = false
    /// Bytes of a peer that has not proved to know the key.
    private var handshakeBytes = 0
    /// Who is at the other end, for the log.
    package let peer: String

    /// A peer must not leave a message half-sent for longer.
    static let messageTimeout = Duration.seconds(60)
    /// A genuine peer's part of a handshake is some hundred bytes.
    static let handshakeLimit = 64 * 1024
    /// Bytes that may wait for a peer that does not read.
    static let pendingLimit = 64 * 1024 * 1024
    package static let serverHandshakeTimeout = Duration.seconds(10)
    package static let clientHandshakeTimeout = Duration.seconds(5)

    /// Takes over a connected, non-blocking socket.
    package init(
        _ descriptor: Int32, peer: String, loop: EventLoop, credentials: Credentials, isServer: Bool,
        numbering: FrameNumbering, _ handler: @escaping (TLSConnection, Event) -> Void
    ) throws(TLSError) {
        self.loop = loop
        self.peer = peer
        self.isServer = isServer
        self.numbering = numbering
        self.handler = handler
        endpoint = try Endpoint(credentials)
        stream = ByteStream(descriptor, loop: loop, isTCP: true, pendingLimit: TLSConnection.pendingLimit)
        stream.received = { [weak self] bytes in self?.received(bytes) }
    }

    /// Begins the handshake.
    package func start() {
        let limit = isServer ? TLSConnection.serverHandshakeTimeout : TLSConnection.clientHandshakeTimeout
        setDeadline(limit) { [weak self] in self?.end(.timedOut) }
        stream.start()
        shakeHands()
    }

    package var isEstablished: Bool { endpoint.isEstablished }

    private func setDeadline(_ limit: Duration?, _ action: @escaping () -> Void = {}) {
        if let deadline { loop.cancel(deadline) }
        deadline = limit.map { loop.schedule(after: $0, action) }
    }

    // MARK: Receiving

    private func received(_ bytes: [UInt8]) {
        guard isOpen else { return }
        if bytes.isEmpty {
            endpoint.receiveEnd()
            if !endpoint.isEstablished { shakeHands() }
        } else {
            let rest = shakeHands(with: bytes)
            if isOpen, !rest.isEmpty { endpoint.receive(Array(rest)) }
        }
        if isOpen, endpoint.isEstablished { readMessages() }
        if isOpen, bytes.isEmpty { end(endpoint.isEstablished ? .closedByPeer : .closedInHandshake) }
    }

    /// Messages may follow a handshake without a pause: only what the handshake itself takes is bounded.
    /// - Returns: what came after it.
    private func shakeHands(with bytes: [UInt8]) -> ArraySlice<UInt8> {
        var rest = bytes[...]
        while isOpen, !endpoint.isEstablished, !rest.isEmpty {
            let part = rest.prefix(4096)
            rest = rest.dropFirst(part.count)
            handshakeBytes += part.count
            if handshakeBytes > TLSConnection.handshakeLimit {
                end(.protocolFailure("too much for a handshake"))
                return []
            }
            endpoint.receive(Array(part))
            shakeHands()
        }
        return rest
    }

    private func shakeHands() {
        do {
            let done = try endpoint.handshake()
            flush()
            guard done else { return }
            setDeadline(nil)
            handler(self, .established(endpoint.summary))
        } catch {
            flush()
            end(error.isEnd ? .closedInHandshake : .keyRejected(error.explanation))
        }
    }

    private func readMessages() {
        do {
            decoder.append(try endpoint.read())
            // GnuTLS may have something to say by itself, for instance after a key update.
            scheduleFlush()
            let wasInside = decoder.isInsideMessage
            while isOpen, let text = try decoder.next() {
                // Text that cannot be parsed is dropped; the connection stays up.
                if let message = try? WireText.parse(text) { handler(self, .message(message)) }
            }
            guard isOpen else { return }
            if endpoint.isClosedByPeer { return end(.closedByPeer) }
            if !decoder.isInsideMessage {
                if deadline != nil { setDeadline(nil) }
            } else if deadline == nil || !wasInside {
                setDeadline(TLSConnection.messageTimeout) { [weak self] in
                    self?.end(.protocolFailure("message left incomplete"))
                }
            }
        } catch let error as TLSError {
            end(.protocolFailure(error.explanation))
        } catch let error as FrameError {
            end(.protocolFailure(error.explanation))
        } catch {
            end(.protocolFailure("\(error)"))
        }
    }

    // MARK: Sending

    /// Sends a message. What cannot be sent ends the connection, since the peer would miss it.
    package func send(_ message: XMLElement) {
        guard isOpen, endpoint.isEstablished else { return }
        do {
            let frame = try numbering.frame(message)
            try endpoint.write(frame.header)
            try endpoint.write(frame.payload)
            scheduleFlush()
        } catch let error as TLSError {
            end(.protocolFailure(error.explanation))
        } catch let error as FrameError {
            end(.protocolFailure(error.explanation))
        } catch {
            end(.protocolFailure("\(error)"))
        }
    }

    /// All that one event produces leaves in one write.
    private func scheduleFlush() {
        guard !isFlushScheduled, endpoint.hasOutgoing else { return }
        isFlushScheduled = true
        loop.soon { [weak self] in
            self?.isFlushScheduled = false
            self?.flush()
        }
    }

    private func flush() {
        guard endpoint.hasOutgoing else { return }
        stream.send(endpoint.takeOutgoing())
    }

    // MARK: Ending

    /// Closes in an orderly way. No event follows.
    package func close() {
        guard isOpen else { return }
        endpoint.sayGoodbye()
        flush()
        isOpen = false
        setDeadline(nil)
        stream.close()
    }

    private func end(_ reason: ConnectionEnd) {
        guard isOpen else { return }
        close()
        handler(self, .closed(reason))
    }
}
