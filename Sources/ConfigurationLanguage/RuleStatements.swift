// SPDX-License-Identifier: GPL-2.0-or-later
// Rules (section 3.3) and resource sets (section 3.4), to elements.
import ClusterXML

extension StatementReader {
    /// All rules that follow.
    mutating func rules() throws(SyntaxError) -> [XMLElement] {
        var result: [XMLElement] = []
        while skip("rule") { result.append(try rule()) }
        return result
    }

    /// One rule after its keyword.
    private mutating func rule() throws(SyntaxError) -> XMLElement {
        var rule = XMLElement("rule")
        if let (isReference, id) = idSpecification() {
            rule[isReference ? "id-ref" : "id"] = id
            if isReference { return rule }
        }
        if let text, let (name, value) = Self.pair(text), name == "$role" || name == "role" {
            guard let role = Vocabulary.canonical(value, in: Vocabulary.roles) else {
                throw error("Invalid role '\(value)' for 'rule'")
            }
            rule["role"] = role
            index += 1
        }
        if let word = beforeColon() {
            index += 1
            switch ScoreWord.read(word) {
            case .score(let score): rule["score"] = score
            case .attribute(let name): rule["score-attribute"] = name
            }
        } else {
            rule["score"] = "INFINITY"
        }
        try expressions(into: &rule)
        return rule
    }

    private mutating func expressions(into rule: inout XMLElement) throws(SyntaxError) {
        var operation: String?
        while true {
            rule.children.append(try expression())
            guard let word = text?.lowercased(), word == "and" || word == "or" else { return }
            index += 1
            if let operation, operation != word {
                throw error("Mixing bool ops not allowed: \(operation) != \(word)")
            }
            operation = word
            if word == "or" { rule["boolean-op"] = "or" }
        }
    }

    private mutating func expression() throws(SyntaxError) -> XMLElement {
        guard let first = text else { throw error("Expected identifier") }
        switch first.lowercased() {
        case "date":
            index += 1
            return try date()
        case let test where test == "defined" || test == "not_defined":
            index += 1
            let attribute = try take().text
            return XMLElement("expression", [("operation", test), ("attribute", attribute)])
        default:
            guard !first.isEmpty, !first.utf8.contains(UInt8(ascii: "=")) else { throw error("Expected identifier") }
            index += 1
            return try comparison(of: first)
        }
    }

    private mutating func comparison(of attribute: String) throws(SyntaxError) -> XMLElement {
        guard let word = text else { throw error("Unexpected end of line") }
        let parts = word.lowercased().split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        guard parts.count <= 2, let operation = parts.last, Vocabulary.comparisons.contains(operation),
            parts.count == 1 || Vocabulary.expressionTypes.contains(parts[0])
        else { throw error("Expected ((string|integer|number|version):)?(lt|gt|lte|gte|eq|ne)") }
        index += 1
        let value = try take().text
        var element = XMLElement("expression", [("operation", operation), ("attribute", attribute)])
        if let open = value.utf8.firstIndex(of: UInt8(ascii: "{")), open != value.startIndex, value.hasSuffix("}"),
            Spelling.isWord(String(value[..<open]))
        {
            element["value"] = String(value[value.index(after: open)...].dropLast())
            element["value-source"] = String(value[..<open])
        } else {
            element["value"] = value
        }
        if parts.count == 2 { element["type"] = parts[0] }
        return element
    }

    private mutating func date() throws(SyntaxError) -> XMLElement {
        var element = XMLElement("date_expression")
        guard let word = text?.lowercased() else { throw error("Unexpected end of line") }
        switch word {
        case "lt", "gt":
            index += 1
            element["operation"] = word
            element[word == "lt" ? "end" : "start"] = try take().text
        case "in", "in_range":
            index += 1
            element["operation"] = "in_range"
            let found = dateParts(in: ["start", "end"] + Vocabulary.dateParts)
            guard found.count >= 2 else { throw error("Expected at least 2 name-value pairs") }
            var duration = XMLElement("duration")
            for (name, value) in found {
                if name == "start" || name == "end" { element[name] = value } else { duration[name] = value }
            }
            if !duration.attributes.isEmpty { element.children.append(duration) }
        case "spec", "date_spec":
            index += 1
            element["operation"] = "date_spec"
            let found = dateParts(in: Vocabulary.dateParts)
            guard !found.isEmpty else { throw error("Expected at least one name-value pair") }
            element.children.append(XMLElement("date_spec", found.map { ($0.name, $0.value) }))
        default:
            throw error("Expected (in_range|gt|lt|date_spec|spec|in)$")
        }
        return element
    }

    private mutating func dateParts(in known: [String]) -> [(name: String, value: String)] {
        var found: [(name: String, value: String)] = []
        while let text, let (name, value) = Self.pair(text), known.contains(name.lowercased()) {
            index += 1
            found.append((name.lowercased(), value))
        }
        return found
    }
}

/// Reads the resource sets of a constraint.
struct ResourceSetReader {
    /// `role` or `action`: the attribute that a suffix after `:` sets.
    let qualifier: String
    let legal: [String]
    let owner: StatementReader
    private var words: [Word]
    private var position = -1
    private var sets: [XMLElement] = []
    private var set = XMLElement("resource_set")
    private var setQualifier = ""
    private var opened: String?
    private var sequential = true
    private var requireAll = true

    init(_ words: ArraySlice<Word>, qualifier: String, owner: StatementReader) {
        self.qualifier = qualifier
        self.owner = owner
        legal = qualifier == "role" ? Vocabulary.roles : Vocabulary.actions
        self.words = words.flatMap(Self.splittingBrackets)
    }

    /// Whether words can not be the short form of `count` plain members.
    static func isNeeded(_ words: ArraySlice<Word>, shortForm count: Int) -> Bool {
        words.count != count
            || words.contains {
                let text = $0.text
                return text == "_rsc_set_" || text.utf8.contains(UInt8(ascii: "=")) || splittingBrackets($0).count > 1
                    || text == "(" || text == ")" || text == "[" || text == "]"
            }
    }

    /// A bracket may touch the first or last member of its set.
    private static func splittingBrackets(_ word: Word) -> [Word] {
        let text = word.text
        guard text.utf8.count > 1, let first = text.first, let last = text.last else { return [word] }
        if first == "(" || first == "[" {
            return [
                Word(String(first), line: word.line, column: word.column),
                Word(String(text.dropFirst()), line: word.line, column: word.column + 1),
            ]
        }
        if last == ")" || last == "]" {
            return [
                Word(String(text.dropLast()), line: word.line, column: word.column),
                Word(String(last), line: word.line, column: word.column + text.count - 1),
            ]
        }
        return [word]
    }

    private func error(_ text: String) -> SyntaxError {
        var failed = owner
        failed.index = owner.words.count
        return failed.error(
            text, context: qualifier,
            near: words.isEmpty ? nil : words[min(max(position, 0), words.count - 1)])
    }

    mutating func read() throws(SyntaxError) -> [XMLElement] {
        while position + 1 < words.count {
            position += 1
            let text = words[position].text
            switch text {
            case "_rsc_set_": continue
            case "(", "[":
                guard opened == nil else { throw error("Cannot nest resource sets") }
                save()
                opened = text
                sequential = false
                requireAll = text == "("
            case ")", "]":
                guard let opening = opened else { throw error("Unmatched closing bracket") }
                guard (opening == "(") == (text == ")") else { throw error("Mismatched closing bracket") }
                guard !set.children.isEmpty else { throw error("Empty resource set") }
                save()
                opened = nil
                (sequential, requireAll) = (true, true)
            case _ where text.utf8.contains(UInt8(ascii: "=")):
                try attribute(text)
            default:
                try member(text)
            }
        }
        if opened != nil { throw error("Unmatched opening bracket") }
        save()
        guard !sets.isEmpty else { throw owner.error("Empty resource set", context: qualifier) }
        return sets
    }

    private mutating func attribute(_ text: String) throws(SyntaxError) {
        guard let (name, value) = StatementReader.pair(text), name == "sequential" || name == "require-all" else {
            throw error("Unknown attribute")
        }
        guard !value.utf8.contains(UInt8(ascii: "=")) else { throw error("Extra = in \(text)") }
        guard let truth = Vocabulary.boolean(value) else { throw error("Not a boolean: \(value)") }
        if name == "sequential" { sequential = truth } else { requireAll = truth }
    }

    private mutating func member(_ text: String) throws(SyntaxError) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        guard parts.count <= 2, !parts[0].isEmpty else { throw error("Expected value[:value]") }
        var found = ""
        if parts.count == 2 {
            guard let canonical = Vocabulary.canonical(parts[1], in: legal) else {
                throw error("Invalid \(qualifier) for \(text)")
            }
            found = canonical
        }
        if found != setQualifier, !set.children.isEmpty { save() }
        setQualifier = found
        set.children.append(XMLElement("resource_ref", [("id", parts[0])]))
    }

    private mutating func save() {
        defer { (set, setQualifier) = (XMLElement("resource_set"), "") }
        guard !set.children.isEmpty else { return }
        if !setQualifier.isEmpty { set[qualifier] = setQualifier }
        if !requireAll { set["require-all"] = "false" }
        if !sequential { set["sequential"] = "false" }
        sets.append(set)
        if opened == nil { (sequential, requireAll) = (true, true) }
    }
}
