// SPDX-License-Identifier: GPL-2.0-or-later
// Reads one statement word by word: the cursor, the building blocks of section 3 and their syntax errors.
package import ClusterXML

/// The agents that are installed, for completing short names.
package struct InstalledAgents: Sendable {
    /// OCF providers in alphabetical order with the types each has.
    package var providers: [(name: String, types: Set<String>)]

    package init(providers: [(name: String, types: Set<String>)] = []) {
        self.providers = providers
    }

    /// `heartbeat` if it has the type or nobody has it, else `pacemaker`, else the first (section 3.5).
    package func provider(of type: String) -> String {
        let having = providers.filter { $0.types.contains(type) }.map(\.name)
        if having.isEmpty || having.contains("heartbeat") { return "heartbeat" }
        return having.contains("pacemaker") ? "pacemaker" : having[0]
    }
}

/// What a statement became.
package struct ParsedStatement: Sendable {
    package var kind: ObjectKind
    /// The object's id; for nodes the name.
    package var id: String
    /// The element without generated ids; members of containers are `member-resource` placeholders with an `id`.
    package var element: XMLElement
    package var statement: Statement
    /// True for `monitor`, which adds an operation to the primitive `id`.
    package var addsOperation = false
    /// Warnings found on the way.
    package var messages: [Message] = []
}

struct StatementReader {
    let statement: Statement
    let agents: InstalledAgents
    /// True for a command typed on its own: `id=NAME` allowed, no empty values in properties.
    let isTyped: Bool
    var words: [Word]
    var index = 0
    var messages: [Message] = []
    /// Words that end a list of pairs in this kind of statement, besides `Vocabulary.partKeywords`.
    var listEnds: [String] = []

    init(_ statement: Statement, agents: InstalledAgents, isTyped: Bool) {
        self.statement = statement
        self.agents = agents
        self.isTyped = isTyped
        words = statement.words
    }

    // MARK: cursor

    var hasWords: Bool { index < words.count }
    var remaining: ArraySlice<Word> { words[min(index, words.count)...] }
    var current: Word? { index < words.count ? words[index] : nil }
    var text: String? { current?.text }

    /// An error at the current word (or without a place at the end of the statement).
    func error(_ text: String, context: String? = nil, near: Word? = nil, hint: String? = nil) -> SyntaxError {
        SyntaxError(
            context: context ?? words.first?.text, text: text, near: near ?? current, statement: statement, hint: hint)
    }

    mutating func take() throws(SyntaxError) -> Word {
        guard let word = current else { throw error("Unexpected end of line") }
        index += 1
        return word
    }

    /// Takes the word if it is this one, without case.
    mutating func skip(_ keyword: String) -> Bool {
        guard let text, text.lowercased() == keyword else { return false }
        index += 1
        return true
    }

    func expectArguments(_ count: Int) throws(SyntaxError) {
        guard words.count > count else {
            throw error("Expected at least \(count) arguments", near: words.first)
        }
    }

    func expectEnd() throws(SyntaxError) {
        guard hasWords else { return }
        throw error("Unknown arguments: \(remaining.map(\.text).joined(separator: " "))")
    }

    // MARK: words

    /// A name: letters, digits, `_`, `.`, `-`.
    mutating func identifier(_ what: String = "Expected identifier") throws(SyntaxError) -> String {
        guard let text, Spelling.isWord(text) else { throw error(what) }
        index += 1
        return text
    }

    /// The id of a new object; `id=NAME` counts when typed.
    mutating func objectID() throws(SyntaxError) -> String {
        guard let word = current else { throw error("Expected identifier") }
        var id = word.text
        if isTyped, id.hasPrefix("id=") { id.removeFirst(3) }
        guard Spelling.isObjectID(id) else {
            throw SyntaxError(
                text: "\(id): invalid object id", near: word, statement: statement,
                hint: "an id has letters, digits, '_', '.' and '-' and begins with a letter or '_'", bare: true)
        }
        index += 1
        return id
    }

    /// `name=value` split at the first `=`.
    static func pair(_ text: String) -> (name: String, value: String)? {
        guard let equals = text.utf8.firstIndex(of: UInt8(ascii: "=")), equals != text.startIndex else { return nil }
        return (String(text[..<equals]), String(text[text.index(after: equals)...]))
    }

    mutating func description() -> String? {
        guard let text, let (name, value) = Self.pair(text), name.lowercased() == "description" else { return nil }
        index += 1
        return value
    }

    /// `$id=X` or `$id-ref=X`.
    mutating func idSpecification() -> (isReference: Bool, id: String)? {
        guard let text, text.hasPrefix("$"), let (name, value) = Self.pair(text) else { return nil }
        guard name == "$id" || name == "$id-ref", !value.isEmpty else { return nil }
        index += 1
        return (name == "$id-ref", value)
    }

    /// A word ending in its only colon, without it.
    func beforeColon() -> String? {
        guard let text, text.utf8.count > 1, text.hasSuffix(":") else { return nil }
        let body = text.dropLast()
        return body.utf8.contains(UInt8(ascii: ":")) ? nil : String(body)
    }

    /// Takes the last word if it is `name=value`.
    mutating func tail(_ name: String) -> Word? {
        guard let last = words.last, words.count > index, let (found, _) = Self.pair(last.text),
            found.lowercased() == name
        else { return nil }
        words.removeLast()
        return last
    }

    // MARK: attribute lists

    /// An attribute set of section 3.1 after its keyword. Ids of rules, pairs and set are not generated here.
    mutating func attributeSet(_ element: String) throws(SyntaxError) -> XMLElement {
        var set = XMLElement(element)
        if let (isReference, id) = idSpecification() {
            set[isReference ? "id-ref" : "id"] = id
            if isReference { return set }
        }
        if let score = beforeColon() {
            index += 1
            set["score"] = score
        }
        set.children = try rules()
        set.children += try pairs()
        return set
    }

    /// As many pairs as follow.
    mutating func pairs() throws(SyntaxError) -> [XMLElement] {
        var result: [XMLElement] = []
        while let word = current, !listEnds.contains(word.text.lowercased()), let pair = Self.nvpair(word) {
            if let name = pair["name"], pair["id-ref"] == nil, result.contains(where: { $0["name"] == name }) {
                throw error("\(name) given more than once", hint: "remove one of them")
            }
            index += 1
            result.append(pair)
        }
        return result
    }

    static func nvpair(_ word: Word) -> XMLElement? {
        let text = word.text
        guard !Vocabulary.partKeywords.contains(text.lowercased()) else { return nil }
        switch text.utf8.first {
        case UInt8(ascii: "$"):
            guard let (left, value) = pair(String(text.dropFirst())) else { return nil }
            let parts = left.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            let name = parts.count > 1 ? parts[1] : parts[0]
            guard !parts[0].isEmpty, !name.isEmpty else { return nil }
            return XMLElement("nvpair", [("id", String(parts[0])), ("name", String(name)), ("value", value)])
        case UInt8(ascii: "@"):
            let parts = text.dropFirst().split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            guard let id = parts.first, !id.isEmpty else { return nil }
            var element = XMLElement("nvpair", [("id-ref", String(id))])
            if parts.count > 1 { element["name"] = String(parts[1]) }
            return element
        case UInt8(ascii: "="), nil: return nil
        default:
            if let (name, value) = pair(text) { return XMLElement("nvpair", [("name", name), ("value", value)]) }
            return text.utf8.contains(UInt8(ascii: ":")) ? nil : XMLElement("nvpair", [("name", text)])
        }
    }
}
