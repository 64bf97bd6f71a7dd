// SPDX-License-Identifier: GPL-2.0-or-later
// Just enough HTTP to answer GET, one request a connection. Bounded in size and time, so that no reader can hold it up.
import CIBModel
import Glibc

struct HTTPListener {
    struct Answer {
        var status: Int
        var type: String
        var body: String

        init(_ status: Int, _ type: String, _ body: String) {
            self.status = status
            self.type = type
            self.body = body
        }
    }

    private let descriptor: Int32
    /// The longest request head that is read.
    private static let headLimit = 8192
    private static let timeout = timeval(tv_sec: 3, tv_usec: 0)

    /// - Parameter address: nil listens on every address of both families.
    init(address: String?, port: UInt16) throws {
        var hints = addrinfo()
        hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        hints.ai_family = address == nil ? AF_INET6 : AF_UNSPEC
        var found: UnsafeMutablePointer<addrinfo>?
        let code = getaddrinfo(address, "\(port)", &hints, &found)
        defer { if let found { freeaddrinfo(found) } }
        guard code == 0, let first = found?.pointee else {
            throw CommandFailure(.noHost, "\(calledAs): \(address ?? "::"): \(String(cString: gai_strerror(code)))")
        }
        descriptor = socket(first.ai_family, first.ai_socktype | Int32(SOCK_CLOEXEC.rawValue), first.ai_protocol)
        var on: Int32 = 1
        var off: Int32 = 0
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, 4)
        if first.ai_family == AF_INET6 { setsockopt(descriptor, Int32(IPPROTO_IPV6), IPV6_V6ONLY, &off, 4) }
        guard descriptor >= 0, bind(descriptor, first.ai_addr, first.ai_addrlen) == 0, listen(descriptor, 16) == 0 else {
            throw CommandFailure(.osError, "\(calledAs): cannot listen on port \(port): \(String(cString: strerror(errno)))")
        }
    }

    /// Waits for one connection, answers its request and closes it.
    func serveOne(_ answer: (String) -> Answer) {
        let connection = accept(descriptor, nil, nil)
        guard connection >= 0 else { return }
        defer { close(connection) }
        var timeout = Self.timeout
        setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &timeout, UInt32(MemoryLayout<timeval>.size))
        setsockopt(connection, SOL_SOCKET, SO_SNDTIMEO, &timeout, UInt32(MemoryLayout<timeval>.size))
        guard let line = requestLine(connection) else { return }
        let words = line.split(separator: " ")
        guard words.count >= 2, words[0] == "GET" || words[0] == "HEAD" else {
            return send(Answer(405, "text/plain", "Only GET is answered here\n"), to: connection, withBody: true)
        }
        let path = String(words[1].prefix { $0 != "?" })
        send(answer(path), to: connection, withBody: words[0] == "GET")
    }

    /// The first line of a request, once its head is complete.
    private func requestLine(_ connection: Int32) -> String? {
        var head: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1024)
        while head.count < Self.headLimit {
            let count = read(connection, &buffer, buffer.count)
            guard count > 0 else { return nil }
            head += buffer[..<count]
            let text = String(decoding: head, as: UTF8.self)
            if text.contains("\r\n\r\n") || text.contains("\n\n") {
                return text.split(whereSeparator: \.isNewline).first.map(String.init)
            }
        }
        return nil
    }

    private func send(_ answer: Answer, to connection: Int32, withBody: Bool) {
        let reason = answer.status == 200 ? "OK" : answer.status == 404 ? "Not Found" : "Method Not Allowed"
        let head = "HTTP/1.1 \(answer.status) \(reason)\r\nContent-Type: \(answer.type)\r\nContent-Length: \(answer.body.utf8.count)\r\n"
            + "Cache-Control: no-store\r\nConnection: close\r\n\r\n"
        var bytes = Array((head + (withBody ? answer.body : "")).utf8)[...]
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes { write(connection, $0.baseAddress, $0.count) }
            if count <= 0 { return }
            bytes = bytes.dropFirst(count)
        }
    }
}
