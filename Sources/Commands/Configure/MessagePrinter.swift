// SPDX-License-Identifier: GPL-2.0-or-later
// Messages to standard error: level, text, and for loaded text the place with the source line and a caret.
import ConfigurationLanguage
import Glibc

struct MessagePrinter {
    /// The text that places refer to, with the name it is known by.
    struct Source {
        var name: String
        var text: String
    }

    var hasColor: Bool

    init() {
        hasColor = isatty(STDERR_FILENO) == 1 && getenv("NO_COLOR") == nil
    }

    func show(_ messages: [Message], source: Source? = nil) {
        for message in messages { show(message, source: source) }
    }

    func show(_ message: Message, source: Source? = nil) {
        let code =
            switch message.level {
            case .error: "31"
            case .warning: "33"
            case .info: "32"
            }
        let level = hasColor ? "\u{1B}[\(code)m\(message.level.rawValue)\u{1B}[0m" : message.level.rawValue
        var text = "\(level): \(message.text)"
        if let source, message.line > 0, let line = Self.line(message.line, of: source.text) {
            text += "\n  \(source.name):\(message.line):\(max(1, message.column)): \(line.trimmed)"
            if message.column > 0 {
                let lead = "  \(source.name):\(message.line):\(message.column): ".count
                let offset = max(0, message.column - 1 - line.indent)
                text += "\n" + String(repeating: " ", count: lead + offset) + "^"
            }
        }
        if let hint = message.hint { text += "\n  (\(hint))" }
        complain(text)
    }

    private static func line(_ number: Int, of text: String) -> (trimmed: String, indent: Int)? {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        guard number <= lines.count else { return nil }
        let line = lines[number - 1]
        let trimmed = line.drop { $0 == " " || $0 == "\t" }
        let printable = trimmed.unicodeScalars.map { $0.value < 0x20 || $0.value == 0x7F ? " " : String($0) }.joined()
        return (printable, line.count - trimmed.count)
    }
}
