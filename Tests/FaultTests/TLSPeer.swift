// SPDX-License-Identifier: GPL-2.0-or-later
// A peer of port 3121 that does what it is told: raw bytes, a handshake with any key, frames of any content.
import Foundation
import Glibc
import PresharedTLS

/// A blocking TCP connection with time limits, with or without TLS.
final class TLSPeer {
    let descriptor: Int32
    private var endpoint: Endpoint?

    /// - Parameter source: the loopback address to come from, nil for any.
    init(_ address: String, port: UInt16 = 3121, from source: String? = nil) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw ClusterError(description: "socket: \(String(cString: strerror(errno)))") }
        var limit = timeval(tv_sec: 20, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        if let source {
            var own = TLSPeer.address(source, 0)
            _ = withUnsafePointer(to: &own) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
            }
        }
        var target = TLSPeer.address(address, port)
        let code = withUnsafePointer(to: &target) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
        }
        guard code == 0 else { throw ClusterError(description: "connect to \(address): \(String(cString: strerror(errno)))") }
    }

    deinit { close(descriptor) }

    private static func address(_ text: String, _ port: UInt16) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        inet_pton(AF_INET, text, &address.sin_addr)
        return address
    }

    /// Sends bytes as they are.
    /// - Returns: false if the other side is gone.
    @discardableResult
    func sendRaw(_ bytes: [UInt8]) -> Bool {
        var offset = 0
        while offset < bytes.count {
            let count = bytes.withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress! + offset, $0.count - offset, Int32(MSG_NOSIGNAL)) }
            if count <= 0 { return false }
            offset += count
        }
        return true
    }

    /// What comes next; empty at the end or when the time is up.
    func receiveRaw() -> [UInt8] {
        var buffer = [UInt8](repeating: 0, count: 65536)
        let count = recv(descriptor, &buffer, buffer.count, 0)
        return count > 0 ? Array(buffer[..<count]) : []
    }

    /// True once the other side has closed, within the time limit of a read.
    func isClosedByPeer() -> Bool {
        while true {
            var buffer = [UInt8](repeating: 0, count: 65536)
            let count = recv(descriptor, &buffer, buffer.count, 0)
            if count > 0 { continue }
            return count == 0 || errno == ECONNRESET
        }
    }

    /// Agrees on keys.
    func shakeHands(keyFile: String) throws {
        let key = try PresharedKey.load(configured: keyFile)
        let endpoint = try Endpoint(Credentials(.client, key: key))
        while try !endpoint.handshake() {
            sendRaw(endpoint.takeOutgoing())
            let bytes = receiveRaw()
            if bytes.isEmpty { throw ClusterError(description: "closed during the handshake") }
            endpoint.receive(bytes)
        }
        sendRaw(endpoint.takeOutgoing())
        self.endpoint = endpoint
    }

    /// Sends bytes inside TLS.
    @discardableResult
    func send(_ bytes: [UInt8]) throws -> Bool {
        guard let endpoint else { return false }
        try endpoint.write(bytes)
        return sendRaw(endpoint.takeOutgoing())
    }

    /// Text that the other side sent inside TLS; nil at the end.
    func receive() throws -> [UInt8]? {
        guard let endpoint else { return nil }
        while true {
            let bytes = receiveRaw()
            guard !bytes.isEmpty else { return nil }
            endpoint.receive(bytes)
            let text = try endpoint.read()
            if !text.isEmpty { return text }
            if endpoint.isClosedByPeer { return nil }
        }
    }
}

/// Frames by hand, right or wrong.
enum Frame {
    /// A header with any sizes, and what follows it.
    static func bytes(total: UInt32? = nil, offset: UInt32 = 40, compressed: UInt32 = 0, text: UInt32? = nil, _ payload: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        func put(_ value: some FixedWidthInteger) { withUnsafeBytes(of: value) { result.append(contentsOf: $0) } }
        put(UInt32(0xBADA_DBBD))
        put(UInt32(1))
        put(UInt64(1))
        put(UInt64(0))
        put(total ?? UInt32(40 + payload.count))
        put(offset)
        put(compressed)
        put(text ?? UInt32(payload.count))
        return result + payload
    }

    static func message(_ xml: String) -> [UInt8] { bytes(Array(xml.utf8) + [0]) }

    /// 100 MB of zeros, packed by bzip2.
    static let bomb = [UInt8](Data(base64Encoded: """
        QlpoOTFBWSZTWQ4J4t8BX45AAMAAAAggADCATUZCoCWpCoCXMUFZJlNZDgni3wFfjkAAwAAACCAAMIBNRkKgJakKgJcxQVkmU1mKltepAGQGRADAABAAAAggADDM\
        BSmmKARbEoBF4u5IpwoSFdRTLWA=
        """) ?? Data())
}
