// SPDX-License-Identifier: GPL-2.0-or-later
// Objects to statements, as `show` prints and `load` reads them (crm-configure.md section 6).
package import ClusterXML

/// What a piece of a statement is, for colours.
package enum DisplayRole: Sendable { case keyword, identifier, attributeName, attributeValue, reference, score, ticket }

/// How pieces are printed.
package enum DisplayStyle: Sendable {
    case plain, uppercase, color

    func apply(_ role: DisplayRole, _ text: String) -> String {
        switch self {
        case .plain: return text
        case .uppercase: return role == .keyword ? text.uppercased() : text
        case .color:
            let code: String? =
                switch role {
                case .keyword: "33"
                case .identifier: nil
                case .attributeName: "36"
                case .attributeValue: "31"
                case .reference: "32"
                case .score, .ticket: "35"
                }
            return code.map { "\u{1B}[\($0)m\(text)\u{1B}[0m" } ?? text
        }
    }
}

/// Prints objects of one configuration.
package struct StatementWriter: Sendable {
    package var style: DisplayStyle = .plain
    /// Glob patterns of pair names whose values are hidden; empty to show everything.
    package var hidden: [String] = []
    private let configuration: Configuration
    private let agents: InstalledAgents
    /// Ids that something refers to with `id-ref`; they must be shown.
    private let referenced: Set<String>
    private let nodeNames: [String]

    package init(_ configuration: Configuration, agents: InstalledAgents = InstalledAgents()) {
        self.configuration = configuration
        self.agents = agents
        nodeNames = configuration.nodeNames
        var found = Set<String>()
        for object in configuration.allObjects { Self.collectReferences(object.element, into: &found) }
        referenced = found
    }

    var nodeNamesForTopology: [String] { nodeNames.map { "\($0):" }.sorted() }

    private static func collectReferences(_ element: XMLElement, into found: inout Set<String>) {
        if let id = element["id-ref"] { found.insert(id) }
        for child in element.children where child.isElement { collectReferences(child, into: &found) }
    }

    /// The statements of objects, each ending in a newline, in display order.
    package func text(of objects: [ConfigurationObject], sorted: Bool = true) -> String {
        let ordered = sorted ? Self.ordered(objects) : Self.byKind(objects)
        var result = ""
        // A container that is shown as XML has its members inside.
        let literal = Set(ordered.filter { $0.kind.isContainer && !isExpressible($0) }.map(\.key))
        for object in ordered where !isInside(literal, object) {
            result += statement(object)
            result += "\n"
        }
        return result
    }

    private func isInside(_ literal: Set<String>, _ object: ConfigurationObject) -> Bool {
        guard !literal.isEmpty, let parent = object.parent.flatMap({ configuration[$0] }) else { return false }
        return literal.contains(parent.key) || isInside(literal, parent)
    }

    /// Objects in display order (section 6.1).
    package static func ordered(_ objects: [ConfigurationObject]) -> [ConfigurationObject] {
        // Nodes go by the ids of their elements, which are often other than their names.
        func key(_ object: ConfigurationObject) -> String { object.kind == .node ? object.element.id ?? object.id : object.id }
        return objects.sorted { a, b in
            if a.kind.rank != b.kind.rank { return a.kind.rank < b.kind.rank }
            return key(a).unicodeScalars.lexicographicallyPrecedes(key(b).unicodeScalars)
        }
    }

    /// Kinds in display order, inside a kind as they come.
    private static func byKind(_ objects: [ConfigurationObject]) -> [ConfigurationObject] {
        objects.enumerated().sorted { ($0.element.kind.rank, $0.offset) < ($1.element.kind.rank, $1.offset) }.map(\.element)
    }

    /// One object with the remarks that belong to it, without a final newline.
    package func statement(_ object: ConfigurationObject) -> String {
        let comments = object.element.children.filter { $0.name == "#comment" }.flatMap(CommentText.lines)
        let body = isExpressible(object) ? languageText(object) : xmlText(object)
        return (comments + [body]).joined(separator: "\n")
    }

    private func languageText(_ object: ConfigurationObject) -> String {
        parts(object).joined(separator: " \\\n\t")
    }

    /// The object as an `xml` statement.
    private func xmlText(_ object: ConfigurationObject) -> String {
        var element = configuration.element(of: object.key) ?? object.element
        element.children.removeAll { $0.name == "#comment" }
        element.removeDefaults()
        if element.name == "meta_attributes" { element = XMLElement(object.kind.section, children: [element]) }
        let lines = obscured(element).serialized(.indented).split(separator: "\n").map(String.init)
        return "\(word(.keyword, "xml")) " + lines.joined(separator: " \\\n")
    }

    /// Whether the language can say everything about the object: its text must read back as the same element.
    package func isExpressible(_ object: ConfigurationObject) -> Bool {
        if object.kind == .fencingTopology, object.element.children.isEmpty { return true }
        if object.kind == .location, object.element.hasLiteralSource { return false }
        var plain = self
        plain.style = .plain
        plain.hidden = []
        let text = plain.languageText(object)
        guard let lexed = try? Lexer.statements(in: text, isKeyword: { _ in false }), lexed.statements.count == 1,
            let parsed = try? StatementParser(agents: agents).parse(lexed.statements[0]),
            parsed.id == object.id, parsed.kind == object.kind
        else { return false }
        var element = parsed.element
        if object.kind == .fencingTopology {
            guard let numbered = try? Configuration.numbered(element, nodes: nodeNames) else { return false }
            element = numbered
        }
        var stored = object.element
        if object.kind == .fencingTopology {
            // Levels of one target are ordered by index; how targets are ordered does not matter.
            func sort(_ topology: inout XMLElement) {
                topology.children = topology.elements.enumerated().sorted { a, b in
                    let (first, second) = (a.element["target"] ?? "", b.element["target"] ?? "")
                    return first == second ? a.offset < b.offset : first < second
                }.map(\.element)
            }
            sort(&element)
            sort(&stored)
        }
        return Self.agree(element, stored)
    }

    /// Equality but for comments, the order of attributes, defaults written out, and generated ids.
    private static func agree(_ new: XMLElement, _ old: XMLElement) -> Bool {
        guard new.name == old.name, new["id-ref"] == old["id-ref"] else { return false }
        let isMember = ["resource_ref", "obj_ref", "role", "role_ref", MemberPlaceholder.name].contains(new.name)
        if new.id != nil || isMember, new.id != old.id { return false }
        let (mine, theirs) = (new.attributes.filter(isTelling), old.attributes.filter(isTelling))
        guard mine.count == theirs.count, mine.allSatisfy({ old[$0.name] == $0.value }) else { return false }
        let (parts, oldParts) = (comparable(new), comparable(old))
        return parts.count == oldParts.count && zip(parts, oldParts).allSatisfy(agree)
    }

    /// The children without comments; member resources, which may stand anywhere, last.
    private static func comparable(_ element: XMLElement) -> [XMLElement] {
        let parts = element.children.filter(\.isElement)
        guard parts.contains(where: { $0.name == MemberPlaceholder.name }) else { return parts }
        return parts.filter { $0.name != MemberPlaceholder.name } + parts.filter { $0.name == MemberPlaceholder.name }
    }

    /// False for ids and for attributes that say what holds anyway.
    private static func isTelling(_ attribute: XMLAttribute) -> Bool {
        switch (attribute.name, attribute.value) {
        case ("id", _), ("sequential", "true"), ("require-all", "true"), ("type", "string"), ("boolean-op", "and"):
            false
        default: true
        }
    }

    /// The element with hidden values masked.
    package func obscured(_ element: XMLElement) -> XMLElement {
        guard !hidden.isEmpty else { return element }
        var result = element
        if element.name == "nvpair", let name = element["name"], element["value"] != nil, isHidden(name) {
            result["value"] = "******"
        }
        for index in result.children.indices where result.children[index].isElement {
            result.children[index] = obscured(result.children[index])
        }
        return result
    }

    func isHidden(_ name: String) -> Bool { hidden.contains { Glob.matches($0, name) } }

    // MARK: pieces used by all kinds

    func word(_ role: DisplayRole, _ text: String) -> String { style.apply(role, text) }

    func attribute(_ name: String, _ value: String, quoting: Bool = true) -> String {
        word(.attributeName, name) + "="
            + word(.attributeValue, quoting ? Spelling.quotedIfNeeded(value) : Self.wordQuoted(value))
    }

    /// Quotes only what would not stay one word.
    static func wordQuoted(_ text: String) -> String {
        let needsQuotes =
            text.isEmpty || text == "#"
            || text.utf8.contains { Lexer.isBlank($0) || $0 == 0x22 || $0 == 0x27 || $0 == 0x5C }
        return needsQuotes ? Spelling.quoted(text) : text
    }

    static func scoreText(_ score: String) -> String {
        switch score {
        case "INFINITY": "inf"
        case "-INFINITY": "-inf"
        case "+INFINITY": "+inf"
        default: score
        }
    }

    /// `$id=` of a part that others refer to, unless it would get that id anyway.
    private func shownID(_ element: XMLElement, usual: String?) -> [String] {
        if let reference = element["id-ref"] {
            return [word(.attributeName, "$id-ref") + "=" + word(.reference, Self.wordQuoted(reference))]
        }
        guard let id = element.id, id != usual, referenced.contains(id) else { return [] }
        return [word(.attributeName, "$id") + "=" + word(.reference, Self.wordQuoted(id))]
    }

    /// The id that the parts below an element build theirs on when its text is read again.
    private func prefix(_ element: XMLElement, usual: String) -> String {
        element.id.flatMap { referenced.contains($0) ? $0 : nil } ?? usual
    }

    /// An attribute set on one line.
    /// - Parameter owner: the id of the object or operation it belongs to.
    func set(_ keyword: String, _ element: XMLElement, owner: String) -> String {
        let usual = "\(owner)-\(element.name)"
        var words = [word(.keyword, keyword)] + shownID(element, usual: usual)
        if let score = element["score"] { words.append(word(.score, "\(score):")) }
        let inner = prefix(element, usual: usual)
        for child in element.elements {
            words.append(child.name == "rule" ? rule(child, owner: inner) : pair(child, owner: inner))
        }
        return words.joined(separator: " ")
    }

    /// One pair.
    /// - Parameter owner: the id of the set.
    func pair(_ element: XMLElement, owner: String) -> String {
        if let reference = element["id-ref"] {
            return "@" + word(.reference, reference) + (element["name"].map { ":" + $0 } ?? "")
        }
        let name = element["name"] ?? ""
        guard let value = element["value"] else { return word(.attributeName, Self.wordQuoted(name)) }
        let id = element.id.flatMap { $0 != "\(owner)-\(name)" && referenced.contains($0) ? "$\($0):" : nil } ?? ""
        return id + attribute(name, isHidden(name) ? "******" : value)
    }

    /// One rule.
    /// - Parameter owner: the id of the constraint or set.
    func rule(_ element: XMLElement, owner: String) -> String {
        var words = [word(.keyword, "rule")] + shownID(element, usual: nil)
        if let role = element["role"] { words.append(word(.attributeName, "$role") + "=" + word(.attributeValue, role)) }
        if let score = element["score"] {
            if score != "INFINITY" { words.append(word(.score, "\(Self.scoreText(score)):")) }
        } else if let name = element["score-attribute"] {
            words.append(word(.score, "\(name):"))
        }
        let operation = element["boolean-op"] ?? "and"
        let expressions = element.elements.map(expression)
        if !expressions.isEmpty { words.append(expressions.joined(separator: " \(word(.keyword, operation)) ")) }
        return words.joined(separator: " ")
    }

    private func expression(_ element: XMLElement) -> String {
        let operation = element["operation"] ?? ""
        if element.name == "date_expression" { return date(element, operation) }
        let name = element["attribute"] ?? ""
        if operation == "defined" || operation == "not_defined" {
            return "\(word(.keyword, operation)) \(Self.wordQuoted(name))"
        }
        let value = element["value"] ?? ""
        let type = element["type"].map { $0 == "string" ? "" : "\($0):" } ?? ""
        let shown = element["value-source"].map { "\($0){\(value)}" } ?? value
        return "\(Self.wordQuoted(name)) \(type)\(operation) \(word(.attributeValue, Self.wordQuoted(shown)))"
    }

    private func date(_ element: XMLElement, _ operation: String) -> String {
        func pairs(_ element: XMLElement?) -> [String] {
            (element?.attributes ?? []).filter { $0.name != "id" }.map { attribute($0.name, $0.value) }
        }
        var words = [word(.keyword, "date")]
        switch operation {
        case "lt": words += ["lt", Spelling.quotedIfNeeded(element["end"] ?? "")]
        case "gt": words += ["gt", Spelling.quotedIfNeeded(element["start"] ?? "")]
        case "in_range":
            words.append("in")
            for name in ["start", "end"] {
                if let value = element[name] { words.append(attribute(name, value)) }
            }
            words += pairs(element.first("duration"))
        default: words += ["spec"] + pairs(element.first("date_spec"))
        }
        return words.joined(separator: " ")
    }
}

extension XMLElement {
    /// True if an expression below says explicitly that its value is literal, which crmsh has no notation for.
    fileprivate var hasLiteralSource: Bool {
        self["value-source"] == "literal" || children.contains { $0.isElement && $0.hasLiteralSource }
    }
}

/// Shell patterns: `*`, `?` and `[…]`, over characters.
package enum Glob {
    /// Whether a word has any of `*`, `?`, `[`.
    package static func isPattern(_ text: String) -> Bool {
        text.utf8.contains { $0 == UInt8(ascii: "*") || $0 == UInt8(ascii: "?") || $0 == UInt8(ascii: "[") }
    }

    package static func matches(_ pattern: String, _ text: String) -> Bool {
        matches(Array(pattern.unicodeScalars)[...], Array(text.unicodeScalars)[...])
    }

    private static func matches(_ pattern: ArraySlice<Unicode.Scalar>, _ text: ArraySlice<Unicode.Scalar>) -> Bool {
        var (pattern, text) = (pattern, text)
        var retry: (pattern: ArraySlice<Unicode.Scalar>, text: ArraySlice<Unicode.Scalar>)?
        while true {
            if pattern.first == "*" {
                pattern = pattern.dropFirst()
                retry = (pattern, text)
                continue
            }
            if let (matched, rest) = step(pattern, text) {
                if matched { (pattern, text) = (rest, text.dropFirst()) }
                if matched { continue }
            } else if pattern.isEmpty, text.isEmpty {
                return true
            }
            guard let (restPattern, restText) = retry, !restText.isEmpty else { return false }
            retry = (restPattern, restText.dropFirst())
            (pattern, text) = (restPattern, restText.dropFirst())
        }
    }

    /// Whether the first scalar matches, and the pattern after it; nil at the end of either.
    private static func step(
        _ pattern: ArraySlice<Unicode.Scalar>, _ text: ArraySlice<Unicode.Scalar>
    ) -> (Bool, ArraySlice<Unicode.Scalar>)? {
        guard let symbol = pattern.first, let scalar = text.first else { return nil }
        let rest = pattern.dropFirst()
        guard symbol == "[", let close = rest.dropFirst().firstIndex(of: "]") else {
            return (symbol == "?" || symbol == scalar, rest)
        }
        var members = rest[..<close]
        let isNegated = members.first == "!" || members.first == "^"
        if isNegated { members = members.dropFirst() }
        var found = false
        while let low = members.first {
            if members.count >= 3, members[members.startIndex + 1] == "-" {
                let high = members[members.startIndex + 2]
                if low.value <= scalar.value, scalar.value <= high.value { found = true }
                members = members.dropFirst(3)
            } else {
                if low == scalar { found = true }
                members = members.dropFirst()
            }
        }
        return (found != isNegated, pattern[(close + 1)...])
    }
}
