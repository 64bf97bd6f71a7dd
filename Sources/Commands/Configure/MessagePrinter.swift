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
        var text = "\(level): \(Self.printable(message.text[...], limit: 1000))"
        if let source, message.line > 0, let line = Self.line(message.line, of: source.text) {
            text += "\n  \(source.name):\(message.line):\(max(1, message.column)): \(Self.printable(line.trimmed, limit: 200))"
            if message.column > 0, message.column - line.indent <= 200 {
                let lead = "  \(source.name):\(message.line):\(message.column): ".count
                let offset = max(0, message.column - 1 - line.indent)
                text += "\n" + String(repeating: " ", count: lead + offset) + "^"
            }
        }
        if let hint = message.hint { text += "\n  (\(hint))" }
        complain(text)
    }

    /// What a terminal shows as it is, and no more of it than helps.
    private static func printable(_ text: Substring, limit: Int) -> String {
        let shown = text.unicodeScalars.prefix(limit).map { scalar in
            switch scalar.value {
            case 0x0A, 0x20..<0x7F, 0xA0...: String(scalar)
            default: " "
            }
        }.joined()
        return text.unicodeScalars.count > limit ? shown + "…" : shown
    }

    private static func line(_ number: Int, of text: String) -> (trimmed: Substring, indent: Int)? {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        guard number <= lines.count else { return nil }
        let line = lines[number - 1]
        let trimmed = line.drop { $0 == " " || $0 == "\t" }
        return (trimmed, line.count - trimmed.count)
    }
}
