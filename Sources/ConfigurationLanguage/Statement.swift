// SPDX-License-Identifier: GPL-2.0-or-later
// A statement of the configuration language as words with their places, and what can be wrong with it.

/// One word of a statement and where it began.
package struct Word: Sendable, Equatable {
    package var text: String
    /// True if any part of the word was in quotes, so that it can be no comment sign.
    package var quoted: Bool
    /// Line and column (of characters) in the source, from 1; 0 for words of a command line.
    package var line: Int
    package var column: Int

    package init(_ text: String, quoted: Bool = false, line: Int = 0, column: Int = 0) {
        self.text = text
        self.quoted = quoted
        self.line = line
        self.column = column
    }
}

/// A statement: never empty, unless there is a problem. Remarks that stood before it travel with it.
package struct Statement: Sendable {
    package var words: [Word]
    /// Position among the statements of its file, from 1, comments counting; nil for a typed command.
    package var number: Int?
    /// Comment lines that preceded it, as written, with their `#`.
    package var comments: [String]
    /// Why it could not be split into words; it has none then.
    package var problem: LexError?

    package init(words: [Word], number: Int? = nil, comments: [String] = []) {
        self.words = words
        self.number = number
        self.comments = comments
    }

    /// A statement of plain words, as from a command line.
    package init(_ words: [String]) {
        self.init(words: words.map { Word($0) })
    }

    package var keyword: String { words.first?.text.lowercased() ?? "" }
    package var line: Int { words.first?.line ?? 0 }
    /// The statement on one line, quotes and continuations removed.
    package var text: String { words.map(\.text).joined(separator: " ") }
}

/// How serious a message is.
package enum MessageLevel: String, Sendable { case error = "ERROR", warning = "WARNING", info = "INFO" }

/// Something to tell the user; `crm-configure.md` section 10 has the texts that scripts match.
package struct Message: Sendable, Equatable {
    package var level: MessageLevel
    package var text: String
    /// Where in the loaded text, if known; 0 otherwise.
    package var line: Int = 0
    package var column: Int = 0
    /// What to do about it.
    package var hint: String?

    package init(_ level: MessageLevel, _ text: String, line: Int = 0, column: Int = 0, hint: String? = nil) {
        self.level = level
        self.text = text
        self.line = line
        self.column = column
        self.hint = hint
    }

    package static func error(_ text: String, hint: String? = nil) -> Message { Message(.error, text, hint: hint) }
    package static func warning(_ text: String) -> Message { Message(.warning, text) }
    package static func info(_ text: String) -> Message { Message(.info, text) }
}

/// A statement that can not be understood.
package struct SyntaxError: Error, Sendable {
    package var context: String?
    package var text: String
    package var near: Word?
    package var statement: Statement
    package var hint: String?
    /// Messages that come before the error itself.
    package var before: [String] = []
    /// True if `text` is the whole message.
    package var bare = false

    /// The messages in print order, the last with place and hint.
    package var messages: [Message] {
        let prefix = statement.number.map { "\($0): " } ?? ""
        var result = before.map { Message(.error, prefix + $0) }
        let place = near ?? statement.words.first
        guard !bare else {
            result.append(
                Message(.error, prefix + text, line: place?.line ?? 0, column: place?.column ?? 0, hint: hint))
            return result
        }
        var message = prefix + "syntax"
        if let context { message += " in \(context)" }
        message += ": \(text)"
        if let near { message += " near <\(near.text)>" }
        message += " parsing '\(statement.text)'"
        result.append(Message(.error, message, line: place?.line ?? 0, column: place?.column ?? 0, hint: hint))
        return result
    }
}
