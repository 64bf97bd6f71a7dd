// SPDX-License-Identifier: GPL-2.0-or-later
// What strangers and confused peers can do to port 3121: nothing, while the genuine session goes on.
import Foundation
import Glibc
import Testing

extension FaultTests {
    @Suite(.serialized) struct Port {
        private let cluster: DaemonCluster
        private let address: String
        /// Resident memory that a remote node may need at most, whatever strangers do, in megabytes.
        private let limit = 40.0

        init() throws {
            var files = rlimit(rlim_cur: 8192, rlim_max: 8192)
            setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &files)
            cluster = try DaemonCluster.running(remotes: 1)
            address = cluster.address(of: "remote1")
            try cluster.load(cluster.witness("w", on: "remote1"))
            try cluster.wait("w runs") { try cluster.isStarted("w", on: "remote1") }
        }

        /// The session was never lost, and the resource is still watched through it.
        private func genuineSessionGoesOn() throws {
            let calls = cluster.calls().count
            try cluster.wait("w is watched") { cluster.calls().count > calls + 1 }
            #expect(try cluster.isStarted("w", on: "remote1"))
            #expect(cluster.isRunning("remote1") && cluster.isRunning(DaemonCluster.host))
            #expect(!cluster.log(of: DaemonCluster.host).contains("Lost connection"))
            #expect(cluster.residentMemory(of: "remote1") < limit)
            #expect(cluster.calls().filter { !$0.hasPrefix("monitor") } == ["start w remote1"])
            // It still accepts those who know the key.
            let peer = try TLSPeer(address, from: "127.7.0.9")
            try peer.shakeHands(keyFile: cluster.key)
        }

        private func openDescriptors() -> Int {
            (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(cluster.processID(of: "remote1"))/fd").count) ?? 0
        }

        @Test func garbageIsRefused() throws {
            for round in 0..<200 {
                let peer = try TLSPeer(address)
                peer.sendRaw((0..<(round * 40 + 1)).map { _ in UInt8.random(in: 0...255) })
            }
            let peer = try TLSPeer(address)
            peer.sendRaw(Array("GET / HTTP/1.1\r\nHost: x\r\n\r\n".utf8))
            #expect(peer.isClosedByPeer())
            try genuineSessionGoesOn()
            let lines = cluster.log(of: "remote1").split(separator: "\n").filter { $0.contains("was refused") }.count
            #expect((1...10).contains(lines), "strangers do not fill the log: \(lines) lines")
        }

        @Test func thousandsOfHalfOpenConnectionsAreBounded() throws {
            var peers: [TLSPeer] = []
            for _ in 0..<3000 { peers.append(try TLSPeer(address)) }
            try cluster.wait("few are kept") { openDescriptors() < 100 }
            try genuineSessionGoesOn()
            try withExtendedLifetime(peers) {
                cluster.kill(DaemonCluster.host)
                try cluster.start(DaemonCluster.host)
                try cluster.wait("a controller gets through") {
                    try cluster.status().contains("RemoteOnline: [ remote1 ]") && cluster.isStarted("w", on: "remote1")
                }
            }
        }

        @Test func aHandshakeThatTricklesInIsGivenUp() throws {
            // The beginning of a ClientHello, one byte at a time, for longer than any handshake takes.
            let peer = try TLSPeer(address)
            let hello: [UInt8] = [0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xFC, 0x03, 0x03] + [UInt8](repeating: 1, count: 500)
            let began = Date()
            for byte in hello {
                guard peer.sendRaw([byte]), Date().timeIntervalSince(began) < 30 else { break }
                usleep(100_000)
            }
            #expect(Date().timeIntervalSince(began) < 20, "ten seconds are allowed")
            try genuineSessionGoesOn()
        }

        @Test func hugeHandshakeMessagesAreNotCollected() throws {
            var peers: [TLSPeer] = []
            for _ in 0..<60 {
                let peer = try TLSPeer(address)
                // A handshake message of 16 MB, announced in records of the largest size.
                var bytes: [UInt8] = [0x16, 0x03, 0x01, 0x40, 0x00, 0x01, 0xFF, 0xFF, 0xF0]
                bytes += [UInt8](repeating: 7, count: 16384 - 4)
                for _ in 0..<20 {
                    guard peer.sendRaw(bytes) else { break }
                    bytes = [0x16, 0x03, 0x01, 0x40, 0x00] + [UInt8](repeating: 7, count: 16384)
                }
                peers.append(peer)
            }
            try genuineSessionGoesOn()
        }

        enum Nonsense: String, CaseIterable {
            case garbage, hugeSizes, wrongOffset, noPayload, bomb, bombThatLies, brokenBzip2, unknownMessages, deepNesting, notUTF8
        }

        @Test(arguments: Nonsense.allCases)
        func whoKnowsTheKeyAndTalksNonsenseHarmsNobody(_ nonsense: Nonsense) throws {
            for _ in 0..<3 {
                let peer = try TLSPeer(address)
                try peer.shakeHands(keyFile: cluster.key)
                for bytes in messages(nonsense) { guard try peer.send(bytes) else { break } }
                if ![.unknownMessages, .deepNesting, .notUTF8].contains(nonsense) { #expect(peer.isClosedByPeer()) }
            }
            // Whoever has the key counts as a controller that takes over, so the genuine one lets go and comes back (remote-protocol 3.5).
            let calls = cluster.calls().count
            try cluster.wait("w is watched again", seconds: 90) {
                try cluster.calls().count > calls + 1 && cluster.isStarted("w", on: "remote1")
                    && cluster.status().contains("RemoteOnline: [ remote1 ]")
            }
            #expect(cluster.isRunning("remote1") && cluster.isRunning(DaemonCluster.host))
            #expect(cluster.residentMemory(of: "remote1") < limit)
        }

        private func messages(_ nonsense: Nonsense) -> [[UInt8]] {
            switch nonsense {
            case .garbage: return [(0..<5000).map { _ in UInt8.random(in: 0...255) }]
            case .hugeSizes: return [Frame.bytes(total: .max, text: .max - 40, [1, 2, 3])]
            case .wrongOffset: return [Frame.bytes(offset: 4_000_000, Array("<a/>\0".utf8))]
            case .noPayload: return [Frame.bytes([])]
            case .bomb: return [Frame.bytes(compressed: UInt32(Frame.bomb.count), text: 100 << 20, Frame.bomb)]
            case .bombThatLies: return [Frame.bytes(compressed: UInt32(Frame.bomb.count), text: 1000, Frame.bomb)]
            case .brokenBzip2: return [Frame.bytes(compressed: 50, text: 1000, Array("BZh9".utf8) + [UInt8](repeating: 0x31, count: 46))]
            case .unknownMessages:
                return [
                    "<a/>", "not xml", "", "<lrmd_command/>", "<lrmd_command lrmd_op='lrmd_rsc_exec'/>",
                    "<lrmd_command lrmd_op='lrmd_rsc_exec' lrmd_callid='-99999999999999999999' lrmd_remote_msg_type='request'/>",
                    "<lrmd_command lrmd_op='lrmd_rsc_register' lrmd_callid='1'><lrmd_calldata><lrmd_rsc lrmd_rsc_id='../../x' lrmd_class='ocf' lrmd_provider='../..' lrmd_type='../bin/sh'/></lrmd_calldata></lrmd_command>",
                    "<lrmd_ipc_proxy lrmd_ipc_op='response' lrmd_ipc_session='nobody'/>",
                    "<lrmd_command lrmd_op='register' lrmd_clientname='x' lrmd_is_ipc_provider='true'/>",
                    "<x xmlns='&undefined;'/>", "<a b='1' b='2'/>", "<lrmd_command lrmd_op='lrmd_rsc_cancel' lrmd_rsc_interval='x'/>",
                ].map(Frame.message)
            case .deepNesting: return [Frame.message(String(repeating: "<a>", count: 100_000))]
            case .notUTF8: return [Frame.bytes([0x3C, 0x61, 0x20, 0x62, 0x3D, 0x22, 0xFF, 0xC0, 0x80, 0xED, 0xA0, 0x80, 0x22, 0x2F, 0x3E, 0])]
            }
        }
    }
}
