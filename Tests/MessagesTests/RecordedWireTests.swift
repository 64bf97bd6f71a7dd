// SPDX-License-Identifier: GPL-2.0-or-later
// Every message that genuine controllers and remote nodes were recorded to send: understood, and written back the same.
import ClusterXML
import Glibc
@testable import Messages
import Testing

/// A recorded frame.
private struct RecordedFrame {
    var isFromController: Bool
    var header: [UInt8]
    var payload: String
}

/// The folder of recorded connections; nil where the machine has none.
private let folder: String? = getenv("CLUSTERCTL_CASES").map { String(cString: $0) + "/recordings/wire" }

@Suite(.enabled(if: folder != nil, "CLUSTERCTL_CASES names no folder of recorded cases: nothing to replay"))
struct RecordedWireTests {
    private func frames() throws -> [RecordedFrame] {
        var found: [RecordedFrame] = []
        for version in try names(in: #require(folder)) {
            let directory = try #require(folder) + "/" + version
            for name in try names(in: directory) where name.hasSuffix("remot.log") {
                found += frames(of: try read(directory + "/" + name))
            }
        }
        return found
    }

    private func names(in directory: String) throws -> [String] {
        let handle = try #require(opendir(directory))
        defer { closedir(handle) }
        var names: [String] = []
        while let entry = readdir(handle) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
            if !name.hasPrefix(".") { names.append(name) }
        }
        return names.sorted()
    }

    private func read(_ path: String) throws -> String {
        let file = try #require(fopen(path, "r"))
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = fread(&chunk, 1, chunk.count, file)
            if count == 0 { return String(decoding: bytes, as: UTF8.self) }
            bytes += chunk[..<count]
        }
    }

    /// A line with the header in hexadecimal, one with its fields, then the payload up to an empty line.
    private func frames(of log: String) -> [RecordedFrame] {
        var found: [RecordedFrame] = []
        var lines = log.split(separator: "\n", omittingEmptySubsequences: false)[...]
        while let line = lines.popFirst() {
            guard let mark = line.firstRange(of: " header ") else { continue }
            let digits = line[mark.upperBound...].filter { !$0.isWhitespace }
            let header = stride(from: 0, to: digits.count - 1, by: 2).compactMap { offset in
                let start = digits.index(digits.startIndex, offsetBy: offset)
                return UInt8(digits[start..<digits.index(start, offsetBy: 2)], radix: 16)
            }
            _ = lines.popFirst()
            var payload: [Substring] = []
            while let next = lines.first, !next.isEmpty {
                payload.append(next)
                lines.removeFirst()
            }
            found.append(
                RecordedFrame(
                    isFromController: line.contains(" <- "), header: header, payload: payload.joined(separator: "\n")))
        }
        return found
    }

    /// What may differ: debugging aids, what only 2.1.5 or only newer versions write, and the order of attributes.
    private func essence(_ message: XMLElement) -> XMLElement {
        var message = message
        for name in ["__name__", "lrmd_async_id", "lrmd_origin"] { message[name] = nil }
        if message["lrmd_op"] == "lrmd_rsc_register" || message["lrmd_op"] == nil { message["lrmd_callopt"] = nil }
        message.attributes.sort { $0.name < $1.name }
        if message.name != "lrmd_ipc_msg" { message.children = message.children.map(essence) }
        return message
    }

    @Test func headersAreReadAndWrittenAlike() throws {
        let all = try frames()
        #expect(all.count > 100)
        for frame in all {
            let header = try RemoteFrame.header(frame.header[...])
            #expect(header.textSize == frame.payload.utf8.count + 1, "\(frame.payload.prefix(200))")
            var ours: [UInt8] = []
            // The encoder counts from 1; only the id, at offset 8, may differ.
            var encoder = RemoteFrameEncoder()
            ours = try encoder.encode(Array(frame.payload.utf8)).header
            ours.replaceSubrange(8..<16, with: frame.header[8..<16])
            #expect(ours == frame.header)
        }
    }

    @Test func requestsOfControllersAreUnderstoodAndWrittenAlike() throws {
        for frame in try frames() where frame.isFromController {
            let message = try WireText.parse(Array(frame.payload.utf8))
            let request = try #require(ExecutorRequest(message), "\(frame.payload.prefix(300))")
            if case .unknown(let name) = request.command { Issue.record("unknown request \(name)") }
            #expect(essence(request.xml) == essence(message), "\(frame.payload.prefix(1000))")
        }
    }

    @Test func messagesOfRemoteNodesAreUnderstoodAndWrittenAlike() throws {
        for frame in try frames() where !frame.isFromController {
            let message = try WireText.parse(Array(frame.payload.utf8))
            let ours: XMLElement
            switch try #require(MessageFromRemote(message), "\(frame.payload.prefix(300))") {
            case .reply(let reply): ours = reply.xml
            case .notice(let notice): ours = notice.xml
            case .proxy(let request): ours = request.xml
            }
            #expect(essence(ours) == essence(message), "\(frame.payload.prefix(1000))")
        }
    }
}
