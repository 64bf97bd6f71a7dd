// SPDX-License-Identifier: GPL-2.0-or-later
// Two endpoints talk over memory: handshake, records, wrong keys.
import PresharedTLS
import Testing

@Suite struct EndpointTests {
    private let key = PresharedKey(bytes: (0..<4096).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ 7) })

    private func pair(clientKey: PresharedKey? = nil, priorities: String? = nil) throws -> (Endpoint, Endpoint) {
        let client = try Endpoint(Credentials(.client, key: clientKey ?? key, basePriorities: priorities))
        let server = try Endpoint(Credentials(.server, key: key))
        return (client, server)
    }

    /// Moves bytes both ways until the handshakes end or nothing moves any more.
    private func shake(_ client: Endpoint, _ server: Endpoint) throws {
        for _ in 0..<20 {
            let done = try client.handshake()
            server.receive(client.takeOutgoing())
            let alsoDone = try server.handshake()
            client.receive(server.takeOutgoing())
            if done && alsoDone { return }
        }
    }

    @Test func sameKeyOf4096BytesGivesTLS13() throws {
        let (client, server) = try pair()
        try shake(client, server)
        #expect(client.isEstablished && server.isEstablished)
        #expect(client.summary.contains("TLS1.3"))
    }

    @Test func aPeerWithoutTLS13IsServedWithStandardGroups() throws {
        let (client, server) = try pair(priorities: "NORMAL:-VERS-TLS1.3")
        try shake(client, server)
        #expect(client.isEstablished && server.isEstablished)
        #expect(client.summary.contains("TLS1.2"))
    }

    @Test func bytesArriveInOrderWhateverTheirNumber() throws {
        let (client, server) = try pair()
        try shake(client, server)
        let message = (0..<100_000).map { UInt8(truncatingIfNeeded: $0) }
        try client.write([1, 2, 3])
        try client.write(message)
        var received: [UInt8] = []
        // In crumbs, to cross record boundaries.
        let wire = client.takeOutgoing()
        var index = 0
        while index < wire.count {
            let end = min(wire.count, index + 777)
            server.receive(Array(wire[index..<end]))
            received += try server.read()
            index = end
        }
        #expect(received == [1, 2, 3] + message)
    }

    @Test func everyWriteIsARecordOfItsOwn() throws {
        let (client, server) = try pair()
        try shake(client, server)
        _ = client.takeOutgoing()
        try client.write([UInt8](repeating: 65, count: 40))
        try client.write([UInt8](repeating: 66, count: 100))
        let wire = client.takeOutgoing()
        var records = 0
        var index = 0
        while index + 5 <= wire.count {
            #expect(wire[index] == 23)
            index += 5 + Int(wire[index + 3]) << 8 + Int(wire[index + 4])
            records += 1
        }
        #expect(records == 2)
    }

    @Test func aWrongKeyFailsTheHandshake() throws {
        let (client, server) = try pair(clientKey: PresharedKey(bytes: Array("other".utf8)))
        #expect(throws: TLSError.self) { try shake(client, server) }
        #expect(!server.isEstablished)
    }

    @Test func bytesThatAreNoTLSFailTheHandshake() throws {
        let (_, server) = try pair()
        server.receive(Array("GET / HTTP/1.0\r\n\r\n".utf8))
        #expect(throws: TLSError.self) { _ = try server.handshake() }
    }

    @Test func goodbyeReachesThePeer() throws {
        let (client, server) = try pair()
        try shake(client, server)
        client.sayGoodbye()
        server.receive(client.takeOutgoing())
        #expect(try server.read().isEmpty)
        #expect(server.isClosedByPeer)
    }

    @Test func aBadPriorityStringIsExplained() {
        #expect(throws: TLSError.self) { try Credentials(.server, key: key, basePriorities: "NONSENSE") }
    }
}
