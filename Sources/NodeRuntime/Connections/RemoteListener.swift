// SPDX-License-Identifier: GPL-2.0-or-later
// The port of a remote node: accepts controllers, and bounds what strangers can hold open.
import CLinux
import Glibc
import NodeCore
package import PresharedTLS

/// A listening TCP socket.
package final class RemoteListener {
    private let loop: EventLoop
    private var descriptor: Int32
    private let credentials: Credentials
    private let numbering: FrameNumbering
    private let handler: (TLSConnection, TLSConnection.Event) -> Void
    /// Connections that have not proved to know the key, oldest first, with the host they come from.
    private var strangers: [(connection: TLSConnection, host: String)] = []

    /// Strangers at a time; with more, one has to go. A real controller needs milliseconds.
    package static let strangerLimit = 64

    package struct Failure: Error {
        package let explanation: String
    }

    /// Binds and listens.
    /// - Parameters:
    ///   - address: name or number to bind to, nil for every address of the host (IPv6 and IPv4).
    ///   - handler: gets the events of every accepted connection from `established` on.
    package init(
        address: String?, port: Int, loop: EventLoop, credentials: Credentials, numbering: FrameNumbering,
        _ handler: @escaping (TLSConnection, TLSConnection.Event) -> Void
    ) throws(Failure) {
        self.loop = loop
        self.credentials = credentials
        self.numbering = numbering
        self.handler = handler
        descriptor = try RemoteListener.bind(address: address, port: port)
        loop.watch(descriptor, .read) { [weak self] _ in self?.acceptAll() }
    }

    /// The first IPv6 address that can be bound, serving IPv4 too, else the first IPv4 one.
    private static func bind(address: String?, port: Int) throws(Failure) -> Int32 {
        var hints = addrinfo()
        hints.ai_flags = AI_PASSIVE
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        let code = getaddrinfo(address, String(port), &hints, &list)
        guard code == 0 else {
            throw Failure(
                explanation: "cannot resolve the address to listen on, \(address ?? "any"): \(String(cString: gai_strerror(code)))")
        }
        defer { freeaddrinfo(list) }
        var lastError: Int32 = 0
        for family in [AF_INET6, AF_INET] {
            var cursor = list
            while let candidate = cursor?.pointee {
                cursor = candidate.ai_next
                guard candidate.ai_family == family else { continue }
                if let descriptor = open(candidate) { return descriptor }
                lastError = errno
            }
        }
        throw Failure(
            explanation: "cannot listen on \(address ?? "any address") port \(port): \(String(cString: strerror(lastError)))")
    }

    private static func open(_ candidate: addrinfo) -> Int32? {
        let type = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
        let descriptor = socket(candidate.ai_family, type, 0)
        guard descriptor >= 0 else { return nil }
        var on: Int32 = 1
        var off: Int32 = 0
        let size = socklen_t(MemoryLayout<Int32>.size)
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, size)
        if candidate.ai_family == AF_INET6 { setsockopt(descriptor, Int32(IPPROTO_IPV6), IPV6_V6ONLY, &off, size) }
        if Glibc.bind(descriptor, candidate.ai_addr, candidate.ai_addrlen) == 0, listen(descriptor, 128) == 0 {
            return descriptor
        }
        let code = errno
        Glibc.close(descriptor)
        errno = code
        return nil
    }

    private func acceptAll() {
        for _ in 0..<64 {
            var address = sockaddr_storage()
            var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
            let accepted = withUnsafeMutablePointer(to: &address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    accept4(descriptor, $0, &length, Int32(SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue))
                }
            }
            guard accepted >= 0 else { return }
            let (host, peer) = describe(&address, length)
            let connection = try? TLSConnection(
                accepted, peer: peer, loop: loop, credentials: credentials, isServer: true, numbering: numbering
            ) { [weak self] connection, event in self?.handle(connection, event) }
            guard let connection else {
                Glibc.close(accepted)
                continue
            }
            if strangers.count >= RemoteListener.strangerLimit { turnOneAway() }
            strangers.append((connection, host))
            connection.start()
        }
    }

    /// The oldest connection of the host that has most of them: a flood from one host does not keep others out.
    private func turnOneAway() {
        var counts: [String: Int] = [:]
        for stranger in strangers { counts[stranger.host, default: 0] += 1 }
        let most = counts.values.max() ?? 0
        guard let index = strangers.firstIndex(where: { counts[$0.host] == most }) else { return }
        strangers.remove(at: index).connection.close()
    }

    private func handle(_ connection: TLSConnection, _ event: TLSConnection.Event) {
        strangers.removeAll { $0.connection === connection }
        handler(connection, event)
    }

    /// The host's number, and it with the port.
    private func describe(_ address: inout sockaddr_storage, _ length: socklen_t) -> (host: String, peer: String) {
        var host = [CChar](repeating: 0, count: 64)
        var service = [CChar](repeating: 0, count: 16)
        let code = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                getnameinfo(
                    $0, length, &host, socklen_t(host.count), &service, socklen_t(service.count),
                    NI_NUMERICHOST | NI_NUMERICSERV)
            }
        }
        guard code == 0 else { return ("", "unknown address") }
        return (text(host), text(host) + " port " + text(service))
    }

    private func text(_ characters: [CChar]) -> String {
        String(decoding: characters.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Accepts no more; what is established stays.
    package func close() {
        guard descriptor >= 0 else { return }
        loop.unwatch(descriptor)
        Glibc.close(descriptor)
        descriptor = -1
        for stranger in strangers { stranger.connection.close() }
        strangers = []
    }
}
