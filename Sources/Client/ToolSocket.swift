// SPDX-License-Identifier: GPL-2.0-or-later
// The socket between a tool and the daemon of its host: framed messages, blocking, with time limits.
package import ClusterXML
import Glibc
import Messages

/// Why a tool cannot talk to the cluster.
package enum ClientError: Error, Sendable {
    /// No daemon, or a remote node that no cluster is connected to.
    case notConnected(String)
    case timeout(String)
    /// The daemon sent something that makes no sense.
    case badAnswer(String)
    /// The daemon refused; a negative code as in messages.
    case refused(Int)
    /// What was asked for is not part of a remote node.
    case onlyOnClusterHosts

    /// A line for the user.
    package var text: String {
        switch self {
        case .notConnected(let detail): detail
        case .timeout(let what): "No answer in time: \(what)"
        case .badAnswer(let detail): "The daemon's answer makes no sense: \(detail)"
        case .refused(-13): "Permission denied"
        case .onlyOnClusterHosts: "This is a remote node; only cluster hosts can answer that"
        case .refused(let code): "The daemon refused the request (\(code))"
        }
    }
}

/// One connection to the daemon of this host, controller or remote node alike.
package final class ToolSocket {
    private let descriptor: Int32
    private var encoder = RemoteFrameEncoder()
    private var decoder = RemoteFrameDecoder()

    /// Connects to the socket of the daemon.
    /// - Throws: `ClientError.notConnected` with the path and the reason.
    package init(path: String) throws(ClientError) {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        guard bytes.count < MemoryLayout.size(ofValue: address.sun_path) else {
            throw .notConnected("The path of the daemon's socket is too long: \(path)")
        }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw .notConnected("Cannot make a socket: \(String(cString: strerror(errno)))") }
        let result = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard result == 0 else {
            let code = errno
            close(descriptor)
            throw .notConnected("Could not connect to the cluster at \(path): \(String(cString: strerror(code)))")
        }
    }

    deinit { close(descriptor) }

    /// Sends one message.
    package func send(_ message: XMLElement) throws(ClientError) {
        let frame: (header: [UInt8], payload: [UInt8])
        do {
            frame = try encoder.encode(message.serializedBytes())
        } catch {
            throw .badAnswer(error.explanation)
        }
        try write(frame.header + frame.payload)
    }

    private func write(_ bytes: [UInt8]) throws(ClientError) {
        var offset = 0
        while offset < bytes.count {
            let count = bytes.withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress?.advanced(by: offset), $0.count - offset, Int32(MSG_NOSIGNAL)) }
            if count < 0 {
                if errno == EINTR { continue }
                throw .notConnected("Lost connection to the cluster: \(String(cString: strerror(errno)))")
            }
            offset += count
        }
    }

    /// The next message.
    /// - Parameter deadline: in milliseconds of the monotonic clock.
    /// - Returns: nil when the time is up.
    package func receive(until deadline: Int64) throws(ClientError) -> XMLElement? {
        while true {
            if let message = try buffered() { return message }
            guard try waitForBytes(until: deadline) else { return nil }
            var buffer = [UInt8](repeating: 0, count: 65536)
            let count = buffer.withUnsafeMutableBytes { recv(descriptor, $0.baseAddress, $0.count, 0) }
            if count < 0 {
                if errno == EINTR { continue }
                throw .notConnected("Lost connection to the cluster: \(String(cString: strerror(errno)))")
            }
            if count == 0 { throw .notConnected("The cluster closed the connection") }
            decoder.append(Array(buffer[..<count]))
        }
    }

    private func buffered() throws(ClientError) -> XMLElement? {
        do {
            guard let text = try decoder.next() else { return nil }
            return try XMLParser.parse(text)
        } catch let error as FrameError {
            throw .badAnswer(error.explanation)
        } catch let error as XMLError {
            throw .badAnswer(error.message)
        } catch {
            throw .badAnswer("\(error)")
        }
    }

    private func waitForBytes(until deadline: Int64) throws(ClientError) -> Bool {
        while true {
            let left = deadline - ToolSocket.milliseconds()
            if left <= 0 { return false }
            var watched = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            let count = poll(&watched, 1, Int32(clamping: left))
            if count > 0 { return true }
            if count == 0 { return false }
            if errno != EINTR { throw .notConnected("Lost connection to the cluster: \(String(cString: strerror(errno)))") }
        }
    }

    /// The monotonic clock in milliseconds.
    package static func milliseconds() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
    }
}
