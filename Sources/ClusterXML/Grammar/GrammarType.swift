// SPDX-License-Identifier: GPL-2.0-or-later
// Whether a value is of a type, with libxml2's reading of the XML Schema data types: blanks around numbers, names
// and words do not count.

extension GrammarType {
    /// Whether the value has the right form. Uniqueness and targets of references are the validator's business.
    package func accepts(_ value: String) -> Bool {
        switch self {
        case .text: return true
        case .id, .reference: return GrammarType.isName(value)
        case .integer: return GrammarType.digits(value, signed: true) != nil
        case .nonNegativeInteger: return GrammarType.digits(value, signed: true).map { !$0.negative || $0.zero } ?? false
        case .positiveInteger: return GrammarType.digits(value, signed: true).map { !$0.negative && !$0.zero } ?? false
        case .boolean: return ["true", "false", "1", "0"].contains(GrammarType.trimmed(value))
        case .score:
            return GrammarType.digits(value, signed: true) != nil
                || ["INFINITY", "+INFINITY", "-INFINITY"].contains(GrammarType.trimmed(value))
        case .oneOf(let words): return GrammarType.isOne(of: words, value)
        case .noneOf(let words): return !GrammarType.isOne(of: words, value)
        case .digitsAndHyphens:
            return !value.isEmpty && value.utf8.allSatisfy { (0x30...0x39).contains($0) || $0 == UInt8(ascii: "-") }
        case .nameList: return GrammarType.isNameList(value)
        }
    }

    /// What a valid value looks like, for messages.
    package var expectation: String {
        switch self {
        case .text: "any text"
        case .id: "an id (a letter or '_', then letters, digits, '.', '-' or '_')"
        case .reference: "the id of another element"
        case .integer: "a whole number"
        case .nonNegativeInteger: "a whole number, 0 or more"
        case .positiveInteger: "a whole number, 1 or more"
        case .boolean: "true, false, 1 or 0"
        case .score: "a whole number, INFINITY or -INFINITY"
        case .oneOf(let words): words.count == 1 ? "'\(words[0])'" : "one of " + words.joined(separator: ", ")
        case .noneOf: "a name that is still supported"
        case .digitsAndHyphens: "digits and '-'"
        case .nameList: "names separated by commas, without blanks"
        }
    }

    static func trimmed(_ value: String) -> String {
        let isTrimmed = value.utf8.withContiguousStorageIfAvailable { bytes in
            guard let first = bytes.first, let last = bytes.last else { return true }
            return !isBlank(first) && !isBlank(last)
        }
        if isTrimmed ?? false { return value }
        var bytes = Substring(value).utf8
        while let byte = bytes.first, isBlank(byte) { bytes = bytes.dropFirst() }
        while let byte = bytes.last, isBlank(byte) { bytes = bytes.dropLast() }
        return String(Substring(bytes))
    }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D }

    private static func isOne(of words: [String], _ value: String) -> Bool {
        for word in words where word == value { return true }
        return value.utf8.contains(where: isBlank) && words.contains { isWord($0, value) }
    }

    /// Whether a value is a word but for blanks: runs of them count as one, those at the ends as none.
    private static func isWord(_ word: String, _ value: String) -> Bool {
        var rest = word.utf8.makeIterator()
        var expected = rest.next()
        var blankBefore = false
        var begun = false
        for byte in value.utf8 {
            if isBlank(byte) {
                blankBefore = begun
                continue
            }
            if blankBefore {
                guard expected == 0x20 else { return false }
                expected = rest.next()
                blankBefore = false
            }
            guard byte == expected else { return false }
            expected = rest.next()
            begun = true
        }
        return expected == nil
    }

    private static func isName(_ value: String) -> Bool {
        value.utf8.withContiguousStorageIfAvailable(isName) ?? Array(value.utf8).withUnsafeBufferPointer(isName)
    }

    /// NCName between blanks: no colon, no digit, dot or hyphen in front. Bytes above ASCII count as letters.
    private static func isName(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        var (begin, end) = (0, bytes.count)
        while begin < end, isBlank(bytes[begin]) { begin += 1 }
        while begin < end, isBlank(bytes[end - 1]) { end -= 1 }
        for offset in begin..<end {
            switch bytes[offset] {
            case 0x41...0x5A, 0x61...0x7A, 0x5F, 0x80...: break
            case 0x30...0x39, 0x2D, 0x2E: if offset == begin { return false }
            default: return false
            }
        }
        return begin < end
    }

    private static func isNameList(_ value: String) -> Bool {
        var empty = true
        for byte in value.utf8 {
            switch byte {
            case 0x41...0x5A, 0x61...0x7A, 0x30...0x39, 0x5F, 0x2D, 0x2E: empty = false
            case 0x2C:
                if empty { return false }
                empty = true
            default: return false
            }
        }
        return !empty
    }

    /// An optional sign and at most 24 digits, as libxml2 limits them; nil if it is no number.
    private static func digits(_ value: String, signed: Bool) -> (negative: Bool, zero: Bool)? {
        var bytes = Substring(trimmed(value)).utf8
        var negative = false
        if let sign = bytes.first, sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+") {
            negative = sign == UInt8(ascii: "-")
            bytes = bytes.dropFirst()
        }
        guard !bytes.isEmpty else { return nil }
        var zero = true
        var significant = 0
        for byte in bytes {
            guard (0x30...0x39).contains(byte) else { return nil }
            if byte != 0x30 { zero = false }
            if !zero { significant += 1 }
        }
        return significant <= 24 ? (negative, zero) : nil
    }
}
