// SPDX-License-Identifier: GPL-2.0-or-later
// Connections over the loopback: controllers meet remote nodes, strangers do not get far.
import ClusterXML
import Glibc
import NodeCore
@testable import NodeRuntime
import PresharedTLS
import Testing

@Suite(.serialized) struct RemoteConnectionTests {
    private let key = PresharedKey(bytes: [UInt8](repeating: 7, count: 4096))

    /// A listener on a port that is free.
    private func listen(
        _ loop: EventLoop, _ handler: @escaping (TLSConnection, TLSConnection.Event) -> Void
    ) throws -> (RemoteListener, Int) {
        let credentials = try Credentials(.server, key: key)
        var port = 20_000 + Int(getpid()) % 20_000
        while true {
            do {
                let listener = try RemoteListener(
                    address: "127.0.0.1", port: port, loop: loop, credentials: credentials, numbering: FrameNumbering(), handler)
                return (listener, port)
            } catch {
                port += 1
                if port > 60_000 { throw error }
            }
        }
    }

    private func connect(
        _ loop: EventLoop, port: Int, key: PresharedKey, _ handler: @escaping (TLSConnection?, TLSConnection.Event) -> Void
    ) throws -> RemoteConnector {
        RemoteConnector(
            host: "127.0.0.1", port: port, timeout: .seconds(10), loop: loop,
            credentials: try Credentials(.client, key: key), numbering: FrameNumbering(), handler)
    }

    @Test func messagesOfAnySizeArriveInOrder() throws {
        let loop = EventLoop()
        let sizes = [1, 100, 20_000, 3_000_000, 5]
        var received: [Int] = []
        var accepted: [TLSConnection] = []
        let (listener, port) = try listen(loop) { connection, event in
            if case .established = event { accepted.append(connection) }
            if case .message(let message) = event { connection.send(message) }
        }
        let connector = try connect(loop, port: port, key: key) { connection, event in
            switch event {
            case .established:
                for size in sizes {
                    connection?.send(XMLElement("m", [("v", String(repeating: "é", count: size / 2) + "x")]))
                }
            case .message(let message):
                received.append(message["v"]?.utf8.count ?? 0)
                if received.count == sizes.count { loop.stop() }
            case .closed: loop.stop()
            }
        }
        loop.schedule(after: .seconds(30)) { loop.stop() }
        loop.run()
        #expect(received == sizes.map { $0 / 2 * 2 + 1 })
        connector.abandon()
        listener.close()
    }

    @Test func aWrongKeyIsRefusedOnBothSides() throws {
        let loop = EventLoop()
        var ends: [ConnectionEnd] = []
        func note(_ end: ConnectionEnd) {
            ends.append(end)
            if ends.count == 2 { loop.stop() }
        }
        let (listener, port) = try listen(loop) { _, event in if case .closed(let end) = event { note(end) } }
        let connector = try connect(loop, port: port, key: PresharedKey(bytes: [1, 2, 3])) { _, event in
            if case .closed(let end) = event { note(end) }
        }
        loop.run()
        #expect(ends.count == 2)
        for end in ends {
            guard case .keyRejected = end else {
                Issue.record("\(end)")
                continue
            }
        }
        connector.abandon()
        listener.close()
    }

    @Test func aClosedPortIsNotReached() throws {
        let loop = EventLoop()
        let (listener, port) = try listen(loop) { _, _ in }
        listener.close()
        var end: ConnectionEnd?
        let connector = try connect(loop, port: port, key: key) { _, event in
            if case .closed(let reason) = event { end = reason }
            loop.stop()
        }
        loop.run()
        #expect(end == .notReached(ECONNREFUSED))
        connector.abandon()
    }

    @Test func strangersBeyondTheLimitPushOutTheOldest() throws {
        let loop = EventLoop()
        var accepted: [TLSConnection] = []
        let (listener, port) = try listen(loop) { connection, event in
            if case .established = event { accepted.append(connection) }
            if case .message = event { loop.stop() }
        }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        inet_pton(AF_INET, "127.0.0.1", &address.sin_addr)
        var sockets: [Int32] = []
        for _ in 0..<(RemoteListener.strangerLimit + 20) {
            let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            withUnsafePointer(to: &address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    _ = Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
                }
            }
            sockets.append(descriptor)
        }
        var arrived = false
        let connector = try connect(loop, port: port, key: key) { connection, event in
            if case .established = event {
                arrived = true
                connection?.send(XMLElement("hello"))
            }
        }
        loop.schedule(after: .seconds(15)) { loop.stop() }
        loop.run()
        #expect(arrived, "a controller gets through although strangers hold connections open")
        connector.abandon()
        listener.close()
        for descriptor in sockets { close(descriptor) }
    }
}
