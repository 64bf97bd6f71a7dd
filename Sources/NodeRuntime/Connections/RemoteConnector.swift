// SPDX-License-Identifier: GPL-2.0-or-later
// The controller's way to a remote node: resolve, connect, handshake, without blocking the loop.
import CLinux
import Glibc
import NodeCore
package import PresharedTLS

/// Connects to a remote node. Keep it until its outcome has come.
package final class RemoteConnector {
    private let loop: EventLoop
    private let numbering: FrameNumbering
    private let credentials: Credentials
    private let handler: (TLSConnection?, TLSConnection.Event) -> Void
    private var candidates: [(address: [UInt8], family: Int32)] = []
    private var mailbox: MailboxSender<Resolution>?
    private var descriptor: Int32 = -1
    private var deadline: TimerToken?
    private var lastError: Int32 = ENOENT
    private var isDone = false
    private let peer: String
    /// The connection once TCP is up.
    package private(set) var connection: TLSConnection?

    private struct Resolution: Sendable {
        var addresses: [(address: [UInt8], family: Int32)]
        var failure: String?
    }

    /// Starts connecting.
    /// - Parameters:
    ///   - timeout: for name, TCP and handshake together.
    ///   - handler: gets `closed` without a connection if none could be made, else the connection's events.
    package init(
        host: String, port: Int, timeout: Duration, loop: EventLoop, credentials: Credentials,
        numbering: FrameNumbering, _ handler: @escaping (TLSConnection?, TLSConnection.Event) -> Void
    ) {
        self.loop = loop
        self.numbering = numbering
        self.credentials = credentials
        self.handler = handler
        peer = "\(host) port \(port)"
        deadline = loop.schedule(after: timeout) { [weak self] in self?.fail(.timedOut) }
        let mailbox = loop.mailbox(of: Resolution.self) { [weak self] in self?.resolved($0) }
        self.mailbox = mailbox
        // Numbers need no resolver; names may take seconds.
        if let quick = RemoteConnector.resolve(host, port, flags: AI_NUMERICHOST) {
            loop.soon { [weak self] in self?.resolved(quick) }
        } else {
            startThread {
                let found = RemoteConnector.resolve(host, port, flags: 0)
                mailbox.post(found ?? Resolution(addresses: [], failure: "host name \(host) cannot be resolved"))
            }
        }
    }

    private static func resolve(_ host: String, _ port: Int, flags: Int32) -> Resolution? {
        var hints = addrinfo()
        hints.ai_flags = flags
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, String(port), &hints, &list) == 0 else { return nil }
        defer { freeaddrinfo(list) }
        var addresses: [(address: [UInt8], family: Int32)] = []
        var cursor = list
        while let candidate = cursor?.pointee {
            cursor = candidate.ai_next
            guard let address = candidate.ai_addr else { continue }
            addresses.append((Array(UnsafeRawBufferPointer(start: address, count: Int(candidate.ai_addrlen))), candidate.ai_family))
        }
        return Resolution(addresses: addresses)
    }

    private func resolved(_ resolution: Resolution) {
        endMailbox()
        guard !isDone else { return }
        if let failure = resolution.failure { return fail(.nameNotFound(failure)) }
        candidates = resolution.addresses
        tryNext()
    }

    private func endMailbox() {
        mailbox.map { loop.endMailbox($0) }
        mailbox = nil
    }

    private func tryNext() {
        guard !candidates.isEmpty else { return fail(.notReached(lastError)) }
        let candidate = candidates.removeFirst()
        let type = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
        descriptor = socket(candidate.family, type, 0)
        guard descriptor >= 0 else {
            lastError = errno
            return tryNext()
        }
        let code = candidate.address.withUnsafeBytes { bytes -> Int32 in
            guard let base = bytes.baseAddress else { return -1 }
            return connect(descriptor, base.assumingMemoryBound(to: sockaddr.self), socklen_t(bytes.count))
        }
        if code != 0, errno != EINPROGRESS {
            lastError = errno
            Glibc.close(descriptor)
            descriptor = -1
            return tryNext()
        }
        loop.watch(descriptor, .write) { [weak self] _ in self?.connected() }
    }

    private func connected() {
        loop.unwatch(descriptor)
        var code: Int32 = 0
        var size = socklen_t(MemoryLayout<Int32>.size)
        getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &code, &size)
        guard code == 0 else {
            lastError = code
            Glibc.close(descriptor)
            descriptor = -1
            return tryNext()
        }
        let socket = descriptor
        descriptor = -1
        do throws(TLSError) {
            let connection = try TLSConnection(
                socket, peer: peer, loop: loop, credentials: credentials, isServer: false, numbering: numbering
            ) { [weak self] connection, event in self?.handle(connection, event) }
            self.connection = connection
            connection.start()
        } catch {
            Glibc.close(socket)
            fail(.keyRejected(error.explanation))
        }
    }

    private func handle(_ connection: TLSConnection, _ event: TLSConnection.Event) {
        if let deadline { loop.cancel(deadline) }
        deadline = nil
        isDone = true
        handler(connection, event)
    }

    private func fail(_ reason: ConnectionEnd) {
        guard !isDone else { return }
        abandon()
        handler(nil, .closed(reason))
    }

    /// Gives up without an event, or closes the connection.
    package func abandon() {
        isDone = true
        endMailbox()
        if let deadline { loop.cancel(deadline) }
        deadline = nil
        if descriptor >= 0 {
            loop.unwatch(descriptor)
            Glibc.close(descriptor)
            descriptor = -1
        }
        connection?.close()
    }
}
