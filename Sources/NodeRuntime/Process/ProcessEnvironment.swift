// SPDX-License-Identifier: GPL-2.0-or-later
// The environment of an agent: the daemon's own, the request's additions, secrets read from their files.
import CIBModel
import Glibc
import NodeCore

struct ProcessEnvironment {
    /// `NAME=value` strings.
    let strings: [String]

    /// - Parameter mark: what tells a later daemon that the process is one of ours.
    /// - Returns: nil if a secret cannot be had and the request insists on it.
    init?(_ request: ProcessRequest, mark: String? = nil) {
        var variables: [(name: String, value: String)] = []
        var indexes: [String: Int] = [:]
        func set(_ name: String, _ value: String) {
            if let index = indexes[name] {
                variables[index].value = value
            } else {
                indexes[name] = variables.count
                variables.append((name, value))
            }
        }
        for (name, value) in ProcessEnvironment.inherited() where name != "NOTIFY_SOCKET" { set(name, value) }
        for entry in request.environment {
            switch entry.value {
            case .text(let text): set(entry.name, text)
            case .secret(let file):
                if let text = ProcessEnvironment.secret(file) {
                    set(entry.name, text)
                } else if !request.toleratesMissingSecrets {
                    return nil
                } else {
                    set(entry.name, "lrm://")
                }
            }
        }
        if let mark { set(AgentJournal.variable, mark) }
        strings = variables.map { "\($0.name)=\($0.value)" }
    }

    private static func inherited() -> [(String, String)] {
        var entries: [(String, String)] = []
        var cursor = environ
        while let entry = cursor.pointee {
            let text = String(cString: entry)
            if let equals = text.firstIndex(of: "="), equals != text.startIndex {
                entries.append((String(text[..<equals]), String(text[text.index(after: equals)...])))
            }
            cursor += 1
        }
        return entries
    }

    /// The content of a secret's file without trailing white space, if the sum beside it agrees.
    private static func secret(_ path: String) -> String? {
        guard let bytes = FileContent.read(path, limit: 64 * 1024),
            let sign = FileContent.read(path + ".sign", limit: 128)
        else { return nil }
        let text = trimmed(String(decoding: bytes, as: UTF8.self))
        let expected = trimmed(String(decoding: sign, as: UTF8.self))
        return Digest.md5Hex(Array(text.utf8)) == expected ? text : nil
    }

    private static func trimmed(_ text: String) -> String {
        var end = text.endIndex
        while end > text.startIndex, text[text.index(before: end)].isWhitespace { end = text.index(before: end) }
        return String(text[..<end])
    }
}

/// Small files, read whole.
package enum FileContent {
    /// - Returns: nil if the file cannot be read or is larger than `limit`.
    package static func read(_ path: String, limit: Int) -> [UInt8]? {
        guard let file = fopen(path, "re") else { return nil }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: min(limit + 1, 64 * 1024))
        while bytes.count <= limit {
            let count = fread(&chunk, 1, chunk.count, file)
            if count == 0 { return ferror(file) == 0 ? bytes : nil }
            bytes += chunk[..<count]
        }
        return nil
    }
}
