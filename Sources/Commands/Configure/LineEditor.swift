// SPDX-License-Identifier: GPL-2.0-or-later
// Editing one line on a terminal: arrows, history, the usual control keys, completion with TAB.
import Glibc

final class LineEditor {
    /// Words that may stand at the end of the text in front of the cursor.
    var completions: (String) -> [String] = { _ in [] }
    /// What to show about the end of a text for which there are no words.
    var explanation: (String) -> String? = { _ in nil }
    private(set) var history: [String] = []
    private let historyFile: String?
    private static let historyLength = 100

    private var line: [Unicode.Scalar] = []
    private var cursor = 0
    private var place = 0
    private var prompt = ""

    init(historyFile: String?) {
        self.historyFile = historyFile
        if let historyFile, let bytes = TextFile.bytes(historyFile) {
            history = String(decoding: bytes, as: UTF8.self).split(separator: "\n").suffix(Self.historyLength).map(String.init)
        }
    }

    /// Remembers a line.
    func remember(_ text: String) {
        guard !text.isEmpty, history.last != text else { return }
        history.append(text)
        history = history.suffix(Self.historyLength)
        guard let historyFile, let slash = historyFile.lastIndex(of: "/"), Directory.make(String(historyFile[..<slash])) else { return }
        _ = try? TextFile.write(Array((history.joined(separator: "\n") + "\n").utf8), to: historyFile, sync: false)
    }

    /// Reads a line; nil at the end of input.
    func read(prompt: String) -> String? {
        var saved = termios()
        guard tcgetattr(STDIN_FILENO, &saved) == 0, AgentCatalog.environment("TERM") ?? "dumb" != "dumb" else {
            print(prompt, terminator: "")
            fflush(nil)
            return readLine()
        }
        var raw = saved
        cfmakeraw(&raw)
        raw.c_oflag |= tcflag_t(OPOST)
        tcsetattr(STDIN_FILENO, TCSADRAIN, &raw)
        defer { tcsetattr(STDIN_FILENO, TCSADRAIN, &saved) }
        (line, cursor, place, self.prompt) = ([], 0, history.count, prompt)
        redraw()
        while let key = nextKey() {
            switch handle(key) {
            case .goOn: redraw()
            case .done:
                put("\r\n")
                return text
            case .cancelled:
                put("^C\r\n")
                return ""
            case .ended:
                put("\r\n")
                return nil
            }
        }
        return nil
    }

    private var text: String {
        var result = ""
        result.unicodeScalars.append(contentsOf: line)
        return result
    }

    // MARK: keys

    private enum Key { case scalar(Unicode.Scalar), control(UInt8), up, down, left, right, home, end, delete, other }
    private enum Outcome { case goOn, done, cancelled, ended }

    private func handle(_ key: Key) -> Outcome {
        switch key {
        case .scalar(let scalar):
            line.insert(scalar, at: cursor)
            cursor += 1
        case .control(let code): return control(code)
        case .left: cursor = max(0, cursor - 1)
        case .right: cursor = min(line.count, cursor + 1)
        case .home: cursor = 0
        case .end: cursor = line.count
        case .up: recall(place - 1)
        case .down: recall(place + 1)
        case .delete: if cursor < line.count { line.remove(at: cursor) }
        case .other: break
        }
        return .goOn
    }

    private func control(_ code: UInt8) -> Outcome {
        switch code {
        case 1: cursor = 0
        case 2: cursor = max(0, cursor - 1)
        case 3: return .cancelled
        case 4:
            if line.isEmpty { return .ended }
            if cursor < line.count { line.remove(at: cursor) }
        case 5: cursor = line.count
        case 6: cursor = min(line.count, cursor + 1)
        case 8, 127:
            if cursor > 0 {
                line.remove(at: cursor - 1)
                cursor -= 1
            }
        case 9: complete()
        case 10, 13: return .done
        case 11: line.removeSubrange(cursor...)
        case 12: put("\u{1B}[H\u{1B}[2J")
        case 14: recall(place + 1)
        case 16: recall(place - 1)
        case 21:
            line.removeSubrange(..<cursor)
            cursor = 0
        case 23:
            while cursor > 0, line[cursor - 1] == " " { line.remove(at: cursor - 1); cursor -= 1 }
            while cursor > 0, line[cursor - 1] != " " { line.remove(at: cursor - 1); cursor -= 1 }
        default: break
        }
        return .goOn
    }

    private func recall(_ wanted: Int) {
        guard wanted >= 0, wanted <= history.count else { return }
        place = wanted
        line = wanted < history.count ? Array(history[wanted].unicodeScalars) : []
        cursor = line.count
    }

    private func complete() {
        var head = ""
        head.unicodeScalars.append(contentsOf: line[..<cursor])
        let candidates = completions(head).sorted()
        let word = head.split(separator: " ", omittingEmptySubsequences: false).last.map(String.init) ?? ""
        guard var common = candidates.first else {
            if let text = explanation(head) { put("\r\n" + text.split(separator: "\n").joined(separator: "\r\n") + "\r\n") }
            return
        }
        for candidate in candidates { common = String(zip(common, candidate).prefix { $0 == $1 }.map(\.0)) }
        if candidates.count == 1, !common.hasSuffix("="), !common.hasSuffix(":") { common += " " }
        if common.hasPrefix(word), common.count > word.count {
            let added = Array(common.unicodeScalars.dropFirst(word.unicodeScalars.count))
            line.insert(contentsOf: added, at: cursor)
            cursor += added.count
        } else if candidates.count > 1 {
            put("\r\n" + candidates.joined(separator: "  ") + "\r\n")
        }
    }

    // MARK: terminal

    private func nextByte() -> UInt8? {
        var byte: UInt8 = 0
        while true {
            let count = Glibc.read(STDIN_FILENO, &byte, 1)
            if count == 1 { return byte }
            if count < 0, errno == EINTR { continue }
            return nil
        }
    }

    private func nextKey() -> Key? {
        guard let byte = nextByte() else { return nil }
        if byte == 27 { return escape() }
        if byte < 32 || byte == 127 { return .control(byte) }
        guard byte >= 0x80 else { return .scalar(Unicode.Scalar(byte)) }
        var bytes = [byte]
        let length = byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : 2
        while bytes.count < length, let next = nextByte() { bytes.append(next) }
        return String(decoding: bytes, as: UTF8.self).unicodeScalars.first.map(Key.scalar) ?? .other
    }

    private func escape() -> Key? {
        guard let first = nextByte(), first == UInt8(ascii: "[") || first == UInt8(ascii: "O") else { return .other }
        guard let code = nextByte() else { return nil }
        switch code {
        case UInt8(ascii: "A"): return .up
        case UInt8(ascii: "B"): return .down
        case UInt8(ascii: "C"): return .right
        case UInt8(ascii: "D"): return .left
        case UInt8(ascii: "H"): return .home
        case UInt8(ascii: "F"): return .end
        case UInt8(ascii: "0")...UInt8(ascii: "9"):
            while let next = nextByte(), next != UInt8(ascii: "~") {}
            return code == UInt8(ascii: "3") ? .delete : code == UInt8(ascii: "1") ? .home : code == UInt8(ascii: "4") ? .end : .other
        default: return .other
        }
    }

    /// Draws the line anew; wide characters take two columns.
    private func redraw() {
        let behind = line[cursor...].reduce(0) { $0 + Self.width($1) }
        put("\r\(prompt)\(text)\u{1B}[K" + (behind > 0 ? "\u{1B}[\(behind)D" : ""))
    }

    /// Columns that a character takes.
    private static func width(_ scalar: Unicode.Scalar) -> Int {
        switch scalar.value {
        case 0x0300...0x036F, 0x200B...0x200F, 0xFE00...0xFE0F: 0
        case 0x1100...0x115F, 0x2E80...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF00...0xFF60,
            0xFFE0...0xFFE6, 0x1F300...0x1FAFF, 0x20000...0x3FFFD: 2
        default: 1
        }
    }

    private func put(_ text: String) {
        fflush(nil)
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let written = rest.withUnsafeBytes { write(STDOUT_FILENO, $0.baseAddress, $0.count) }
            if written <= 0 { return }
            rest = rest.dropFirst(written)
        }
    }
}
