// SPDX-License-Identifier: GPL-2.0-or-later
// Text of a statement file to statements: lines, continuations, remarks, quoting (crm-configure.md section 2).

/// What a text splits into.
package struct LexedText: Sendable {
    package var statements: [Statement] = []
    package var messages: [Message] = []
    /// Remarks after the last statement; they belong to no object.
    package var trailingComments: [String] = []
}

package enum Lexer {
    /// Splits a whole file into statements.
    ///
    /// Beyond crmsh (section 15 no. 5): blank lines and remark lines inside an open statement are skipped, joined lines are
    /// separated by a blank, a byte order mark is skipped, and an unquoted word `#` starts a remark up to the end of the line.
    /// - Parameter isKeyword: whether a lower-cased word may begin a statement; decides if a blank line really ended one.
    /// - Parameter recovers: a quote that is never closed spoils only its statement, which then has no words but a problem.
    /// - Throws: `LexError` for a quote that is never closed.
    package static func statements(
        in text: String, isKeyword: (String) -> Bool, recovers: Bool = false
    ) throws(LexError) -> LexedText {
        var result = LexedText()
        var number = 0
        var comments: [String] = []
        var open: [SourceLine] = []
        var isOpen = false
        var skipped = false
        var skippedFrom = 0
        var scanner = LineScanner(text)
        func close() throws(LexError) {
            isOpen = false
            skipped = false
            var statement = Statement(words: [])
            do throws(LexError) {
                statement.words = try split(open)
            } catch {
                guard recovers else { throw error }
                statement.problem = error
            }
            open = []
            guard !statement.words.isEmpty || statement.problem != nil else { return }
            number += 1
            (statement.number, statement.comments) = (number, comments)
            result.statements.append(statement)
            comments = []
        }
        while let line = scanner.next() {
            if isOpen, line.bytes.isEmpty || line.isRemark {
                if !line.continues || line.isRemark { skipped = true }
                continue
            }
            if isOpen, skipped {
                if isKeyword(line.firstWord.lowercased()) {
                    try close()
                } else if !open.isEmpty {
                    result.messages.append(
                        Message(
                            .info, skippedFrom == line.number - 1
                                ? "line \(skippedFrom) skipped inside a continued statement"
                                : "lines \(skippedFrom) to \(line.number - 1) skipped inside a continued statement",
                            line: line.number))
                }
                skipped = false
            }
            if !isOpen, line.bytes.isEmpty { continue }
            if !isOpen, line.startsWithHash {
                number += 1
                comments.append(line.content)
                continue
            }
            open.append(line)
            isOpen = line.continues
            skippedFrom = line.number + 1
            if !isOpen { try close() }
        }
        try close()
        result.trailingComments = comments
        return result
    }

    /// The words of a command line that a shell has split already. Quotes around a whole word or value are those of a text that
    /// went through a second shell, and are taken off; all others belong to the word.
    package static func words(typed words: [String]) -> [Word] {
        words.map { word in
            guard !word.utf8.contains(where: isBlank) else { return Word(word) }
            let value = word.firstIndex(of: "=").map { word[word.index(after: $0)...] } ?? word[...]
            guard let quote = value.first, quote == "\"" || quote == "'", value.count > 1, value.last == quote,
                !value.dropFirst().dropLast().contains(where: { $0 == "\"" || $0 == "'" || $0 == "\\" })
            else { return Word(word) }
            return Word(String(word[..<value.startIndex]) + String(value.dropFirst().dropLast()), quoted: true)
        }
    }

    /// Splits one command line into words like a shell, without expansions.
    package static func words(_ text: String) throws(LexError) -> [Word] {
        try split([SourceLine(number: 0, bytes: Array(text.utf8)[...], column: 1, continues: false)])
    }

    /// Splits the lines of a statement, joined by blanks, into words. The text after `xml` stays one word.
    private static func split(_ lines: [SourceLine]) throws(LexError) -> [Word] {
        var splitter = WordSplitter(lines)
        if let first = lines.first, first.firstWord.lowercased() == "xml" { return splitter.literal() }
        return try splitter.words()
    }

    static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || (byte >= 0x09 && byte <= 0x0D) }
}

/// A text that can not be split into words.
package struct LexError: Error, Sendable {
    package var message: String
    package var line: Int
    package var column: Int
}

/// One line without surrounding blanks and without its continuation sign.
struct SourceLine {
    var number: Int
    var bytes: ArraySlice<UInt8>
    var column: Int
    var continues: Bool
    /// Blanks between the text and the continuation sign: inside quotes they count.
    var blanksBeforeSign = 0

    var startsWithHash: Bool { bytes.first == UInt8(ascii: "#") }
    /// A remark even inside a continued statement: `#` alone or followed by a blank or another `#`. `#uname` is none.
    var isRemark: Bool {
        guard startsWithHash else { return false }
        guard bytes.count > 1 else { return true }
        let second = bytes[bytes.startIndex + 1]
        return Lexer.isBlank(second) || second == UInt8(ascii: "#")
    }
    var content: String { String(decoding: bytes, as: UTF8.self) }
    var firstWord: String { String(decoding: bytes.prefix { !Lexer.isBlank($0) }, as: UTF8.self) }
}

/// Cuts a text at line ends.
struct LineScanner {
    private let bytes: [UInt8]
    private var position: Int
    private var number = 0

    init(_ text: String) {
        bytes = Array(text.utf8)
        position = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
    }

    mutating func next() -> SourceLine? {
        guard position < bytes.count else { return nil }
        number += 1
        var start = position
        var end = start
        while end < bytes.count, bytes[end] != 0x0A { end += 1 }
        position = end + 1
        var column = 1
        while start < end, Lexer.isBlank(bytes[start]) {
            start += 1
            column += 1
        }
        while end > start, Lexer.isBlank(bytes[end - 1]) { end -= 1 }
        var continues = false
        while end > start, bytes[end - 1] == UInt8(ascii: "\\") {
            end -= 1
            continues = true
        }
        var blanks = 0
        while end > start, Lexer.isBlank(bytes[end - 1]) {
            end -= 1
            blanks += 1
        }
        return SourceLine(number: number, bytes: bytes[start..<end], column: column, continues: continues, blanksBeforeSign: blanks)
    }
}

/// Splits lines into words, keeping track of places. Quotes may span continued lines.
struct WordSplitter {
    private let lines: [SourceLine]
    private var lineIndex = 0
    private var position: Int
    private var column: Int
    private var result: [Word] = []

    init(_ lines: [SourceLine]) {
        self.lines = lines
        position = lines.first?.bytes.startIndex ?? 0
        column = lines.first?.column ?? 0
    }

    /// The byte here; a blank between two lines, nil at the end.
    private var current: UInt8? {
        guard lineIndex < lines.count else { return nil }
        if position < lines[lineIndex].bytes.endIndex { return lines[lineIndex].bytes[position] }
        return lineIndex + 1 < lines.count ? 0x20 : nil
    }

    private var following: UInt8? {
        guard lineIndex < lines.count, position + 1 < lines[lineIndex].bytes.endIndex else { return nil }
        return lines[lineIndex].bytes[position + 1]
    }

    private mutating func advance() {
        guard position < lines[lineIndex].bytes.endIndex else { return nextLine() }
        position += 1
        let bytes = lines[lineIndex].bytes
        if position >= bytes.endIndex || bytes[position] & 0xC0 != 0x80 { column += 1 }
    }

    private mutating func nextLine() {
        lineIndex += 1
        guard lineIndex < lines.count else { return }
        position = lines[lineIndex].bytes.startIndex
        column = lines[lineIndex].column
    }

    /// The first word and the rest of all lines as one word.
    mutating func literal() -> [Word] {
        let first = lines[0]
        let length = first.bytes.prefix { !Lexer.isBlank($0) }.count
        var rest = Array(first.bytes.dropFirst(length).drop { Lexer.isBlank($0) })
        for line in lines.dropFirst() {
            rest.append(0x20)
            rest.append(contentsOf: line.bytes)
        }
        result = [Word(first.firstWord, line: first.number, column: first.column)]
        if !rest.isEmpty {
            let text = String(decoding: rest, as: UTF8.self)
            result.append(Word(text, quoted: true, line: first.number, column: first.column + length + 1))
        }
        return result
    }

    mutating func words() throws(LexError) -> [Word] {
        while let byte = current {
            if Lexer.isBlank(byte) {
                advance()
                continue
            }
            let (line, startColumn) = (lines[lineIndex].number, column)
            let (collected, quoted) = try word()
            if !quoted, collected == [UInt8(ascii: "#")], !result.isEmpty, line > 0 {
                nextLine()
                continue
            }
            let text = String(decoding: collected, as: UTF8.self)
            result.append(Word(text, quoted: quoted, line: line, column: startColumn))
        }
        return result
    }

    private mutating func word() throws(LexError) -> (bytes: [UInt8], quoted: Bool) {
        var collected: [UInt8] = []
        var quoted = false
        while let byte = current, !Lexer.isBlank(byte) {
            switch byte {
            case UInt8(ascii: "'"), UInt8(ascii: "\""):
                quoted = true
                try quotation(by: byte, into: &collected)
            case UInt8(ascii: "\\"):
                quoted = true
                advance()
                guard let escaped = current else { break }
                collected.append(escaped)
                advance()
            default:
                collected.append(byte)
                advance()
            }
        }
        return (collected, quoted)
    }

    private mutating func quotation(by quote: UInt8, into collected: inout [UInt8]) throws(LexError) {
        let place = (line: lines[lineIndex].number, column: column)
        advance()
        while let byte = current {
            if position >= lines[lineIndex].bytes.endIndex {
                // A quoted text goes on as in a shell: nothing comes in between.
                collected.append(contentsOf: repeatElement(0x20, count: lines[lineIndex].blanksBeforeSign))
                nextLine()
                continue
            }
            if byte == quote { return advance() }
            if quote == UInt8(ascii: "\""), byte == UInt8(ascii: "\\"),
                following == UInt8(ascii: "\"") || following == UInt8(ascii: "\\")
            {
                advance()
            }
            if let byte = current { collected.append(byte) }
            advance()
        }
        throw LexError(message: "No closing quotation", line: place.line, column: place.column)
    }
}
