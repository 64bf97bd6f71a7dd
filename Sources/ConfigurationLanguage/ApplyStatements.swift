// SPDX-License-Identifier: GPL-2.0-or-later
// Applies parsed statements to a configuration: create, replace, merge (crm-configure.md sections 2, 4 and 7.3).
import CIBModel
import ClusterXML

/// An operation that can not be done; nothing was changed.
package struct EditError: Error, Sendable {
    package var messages: [Message]

    package init(_ messages: [Message]) { self.messages = messages }
    package init(_ text: String, hint: String? = nil) { messages = [.error(text, hint: hint)] }
}

/// How a load treats what is there.
package enum LoadMethod: String, Sendable { case update, replace, push }

extension Configuration {
    /// Applies parsed statements, in the order of kinds. On errors nothing is changed.
    package mutating func load(_ parsed: [ParsedStatement], method: LoadMethod) throws(EditError) -> [Message] {
        let statements = try Self.mergedDuplicates(parsed).flatMap(withOneRule)
        var next = self
        var messages = statements.flatMap(\.messages)
        switch method {
        case .update: break
        case .replace: next.erase(nodes: false)
        case .push: next.keepOnly(Set(statements.map { ConfigurationObject.key($0.kind, $0.id) }))
        }
        let ordered = statements.enumerated().sorted {
            ($0.element.creationRank, $0.offset) < ($1.element.creationRank, $1.offset)
        }.map(\.element)
        for statement in ordered {
            messages += try next.apply(statement, mode: .load)
        }
        try next.checkReferences(of: ordered)
        self = next
        return messages
    }

    /// Applies one statement typed on its own.
    package mutating func create(_ statement: ParsedStatement) throws(EditError) -> [Message] {
        var next = self
        let statements = withOneRule(statement)
        var messages = statements.flatMap(\.messages)
        for part in statements { messages += try next.apply(part, mode: .typed) }
        try next.checkReferences(of: statements)
        self = next
        return messages
    }

    /// A location with several rules as one location for each, where the schema allows one rule only (4.0 and later).
    private func withOneRule(_ statement: ParsedStatement) -> [ParsedStatement] {
        guard statement.kind == .location, let version = SchemaVersion(name: schema), version >= SchemaVersion(4, 0) else {
            return [statement]
        }
        let rules = Array(statement.element.elements("rule"))
        guard rules.count > 1 else { return [statement] }
        let ids = rules.indices.map { "\(statement.id)-\($0 + 1)" }
        return zip(rules, ids).enumerated().map { index, part in
            var result = statement
            result.id = part.1
            result.element["id"] = part.1
            result.element.children.removeAll { $0.name == "rule" }
            result.element.children.append(part.0)
            result.messages = index > 0 ? [] : statement.messages + [
                .info("location \(statement.id) became \(ids.joined(separator: " ")): since schema 4.0 a location has one rule")
            ]
            return result
        }
    }

    /// Two sets of properties with one id are one; any other id may occur once.
    private static func mergedDuplicates(_ parsed: [ParsedStatement]) throws(EditError) -> [ParsedStatement] {
        var result: [ParsedStatement] = []
        var places: [String: Int] = [:]
        for statement in parsed {
            if statement.addsOperation {
                result.append(statement)
                continue
            }
            let key = ConfigurationObject.key(statement.kind, statement.id)
            guard let place = places[key] else {
                places[key] = result.count
                result.append(statement)
                continue
            }
            let other = result[place]
            guard statement.kind.isDefaultsSet, other.kind == statement.kind else {
                let noun = statement.kind == .node ? "node" : "resource"
                let number = statement.statement.number.map { "\($0): " } ?? ""
                throw EditError([
                    Message(
                        .error, "\(number)Duplicate \(noun): \(statement.id)", line: statement.statement.line,
                        column: 1, hint: "\(statement.id) is also defined in line \(other.statement.line)")
                ])
            }
            result[place].element = mergingPairs(of: statement.element, into: other.element)
            result[place].statement.comments += statement.statement.comments
        }
        return result
    }

    // MARK: one statement

    enum Mode { case load, typed }

    mutating func apply(_ statement: ParsedStatement, mode: Mode) throws(EditError) -> [Message] {
        if statement.addsOperation { return try addOperation(statement) }
        let key = ConfigurationObject.key(statement.kind, statement.id)
        var element = statement.element
        let notes = RoleNames.adapt(&element, to: schema)
        resolveReferences(in: &element, kind: statement.kind)
        if statement.kind == .fencingTopology { element = try Self.numbered(element, nodes: nodeNames) }
        if statement.kind.isContainer { try fileMembers(in: &element, of: statement.id) }
        element.children = CommentText.elements(statement.statement.comments) + element.children
        return try notes + store(statement, element, key, mode)
    }

    private mutating func store(
        _ statement: ParsedStatement, _ element: XMLElement, _ key: String, _ mode: Mode
    ) throws(EditError) -> [Message] {
        guard let existing = objects[key] else {
            if statement.kind == .node { try checkNodeID(element) }
            return try create(statement, element)
        }
        guard existing.kind == statement.kind, !existing.element.isReference else {
            throw cannotCreate(statement, existing)
        }
        if mode == .typed, !statement.kind.isDefaultsSet, statement.kind != .node {
            throw cannotCreate(statement, existing)
        }
        if statement.kind.isDefaultsSet {
            return try change(existing, to: Self.mergingPairs(of: element, into: existing.element))
        }
        if statement.kind == .node, mode == .typed || existing.element.id != element.id {
            return try change(existing, to: Self.mergingSets(of: element, into: existing.element))
        }
        return try change(existing, to: element)
    }

    /// Turns member resources that are written out (`xml` statements) into objects of their own.
    private mutating func fileMembers(in element: inout XMLElement, of owner: String) throws(EditError) {
        for index in element.children.indices {
            let child = element.children[index]
            guard let kind = ObjectKind.of(element: child.name, in: "resources"), let id = child.id else { continue }
            var content = child
            if kind.isContainer { try fileMembers(in: &content, of: id) }
            element.children[index] = MemberPlaceholder.of(id)
            if let existing = objects[id] {
                guard existing.kind == kind else { throw EditError("\(id): id is already in use") }
                replace(id, with: content)
            } else {
                guard !ids.contains(id) else { throw EditError("\(id): id is already in use") }
                insert(ConfigurationObject(kind: kind, id: id, element: content))
            }
            if kind.isContainer, let object = objects[id] {
                for member in object.members { moveIn(member, to: id) }
            }
        }
    }

    private func cannotCreate(_ statement: ParsedStatement, _ existing: ConfigurationObject) -> EditError {
        EditError(
            "Cannot create \(statement.kind.rawValue) with ID '\(statement.id)': "
                + "Found existing \(existing.kind.rawValue) with same ID.")
    }

    private func checkNodeID(_ element: XMLElement) throws(EditError) {
        guard let id = element.id else { return }
        for node in objects(of: .node) where node.element.id == id {
            throw EditError("node id \(id) is already in use by \(node.id)")
        }
    }

    private mutating func create(_ statement: ParsedStatement, _ element: XMLElement) throws(EditError) -> [Message] {
        if ids.contains(statement.id), statement.kind != .node, statement.kind != .fencingTopology {
            throw EditError("\(statement.id): id is already in use")
        }
        var object = ConfigurationObject(kind: statement.kind, id: statement.id, element: element)
        try checkMembers(of: object)
        complete(&object, replacing: nil)
        insert(object)
        return adopt(object, redirecting: true)
    }

    private mutating func change(
        _ existing: ConfigurationObject, to element: XMLElement
    ) throws(EditError) -> [Message] {
        var object = existing
        object.element = element
        if !element.children.contains(where: { $0.name == "#comment" }) {
            object.element.children = existing.element.children.filter { $0.name == "#comment" } + element.children
        }
        try checkMembers(of: object)
        complete(&object, replacing: existing)
        guard object.element != existing.element else { return [] }
        let left = existing.members.filter { !object.members.contains($0) }
        replace(existing.key, with: object.element)
        for member in left { move(member, to: nil) }
        return adopt(object, redirecting: false)
    }

    /// Gives all parts of an object ids. The registry ends as it was: what is filed is counted when it is filed.
    private mutating func complete(_ object: inout ConfigurationObject, replacing old: ConfigurationObject?) {
        if let old { ids.remove(old.element) }
        ids.complete(&object.element, prefix: object.id, old: old?.element)
        ids.remove(object.element)
        if let old { ids.add(old.element) }
    }

    // MARK: members

    private func checkMembers(of object: ConfigurationObject) throws(EditError) {
        guard object.kind.isContainer else { return }
        for name in object.members {
            guard let member = objects[name] else {
                throw EditError("\(object.id) refers to missing object \(name)")
            }
            switch (object.kind, member.kind) {
            case (.group, .primitive), (.clone, .primitive), (.clone, .group), (.ms, .primitive), (.ms, .group),
                (.bundle, .primitive): break
            case (.group, _): throw EditError("a group may contain only primitives; \(name) is \(member.kind.rawValue)")
            default:
                let content = object.kind == .bundle ? "a primitive" : "a primitive or a group"
                throw EditError("\(object.kind.rawValue) may contain \(content); \(name) is \(member.kind.rawValue)")
            }
            if let parent = member.parent, parent != object.id, let holder = objects[parent] {
                throw EditError(
                    "Cannot create \(object.kind.rawValue):\(object.id): Child \(member.kind.rawValue):\(name) already in "
                        + "\(holder.kind.rawValue):\(parent)")
            }
        }
    }

    /// Moves the members into a container. With a new container, constraints that name them follow.
    private mutating func adopt(_ object: ConfigurationObject, redirecting: Bool) -> [Message] {
        guard object.kind.isContainer else { return [] }
        var messages: [Message] = []
        for member in object.members {
            guard objects[member]?.parent != object.id else { continue }
            if redirecting { messages += redirectConstraints(from: member, to: object.id) }
            moveIn(member, to: object.id)
        }
        return messages
    }

    private mutating func moveIn(_ member: String, to parent: String) {
        let named = objects[parent]?.element
        move(member, to: parent)
        if let named { replace(parent, with: named) }
    }

    // MARK: merging

    /// The old set with the new pairs: same names get the new value, others are added. Rules are replaced if given.
    static func mergingPairs(of new: XMLElement, into old: XMLElement) -> XMLElement {
        var result = old
        let comments = new.children.filter { $0.name == "#comment" }
        if !comments.isEmpty {
            result.children.removeAll { $0.name == "#comment" }
            result.children = comments + result.children
        }
        let rules = Array(new.elements("rule"))
        if !rules.isEmpty {
            result.children.removeAll { $0.name == "rule" }
            let position = result.children.firstIndex { $0.name == "nvpair" } ?? result.children.count
            result.children.insert(contentsOf: rules, at: position)
        }
        for attribute in new.attributes where attribute.name != "id" { result[attribute.name] = attribute.value }
        for pair in new.elements("nvpair") {
            if let place = result.children.firstIndex(where: {
                $0.name == "nvpair" && $0["name"] == pair["name"] && $0["name"] != nil
            }) {
                result.children[place]["value"] = pair["value"]
            } else {
                result.children.append(pair)
            }
        }
        return result
    }

    /// A node with the sets of another statement merged in.
    static func mergingSets(of new: XMLElement, into old: XMLElement) -> XMLElement {
        var result = old
        for attribute in new.attributes where attribute.name != "id" { result[attribute.name] = attribute.value }
        for set in new.elements {
            if let place = result.children.firstIndex(where: {
                $0.name == set.name && (set.id == nil || set.id == $0.id)
            }) {
                result.children[place] = mergingPairs(of: set, into: result.children[place])
            } else {
                result.children.append(set)
            }
        }
        return result
    }

    // MARK: operations

    private mutating func addOperation(_ statement: ParsedStatement) throws(EditError) -> [Message] {
        guard let primitive = objects[statement.id] else { throw EditError("object \(statement.id) does not exist") }
        guard primitive.kind == .primitive else { throw EditError("\(statement.id) is not a primitive") }
        let operation = statement.element
        var element = primitive.element
        let place = element.children.firstIndex { $0.name == "operations" } ?? element.children.count
        if place == element.children.count { element.children.append(XMLElement("operations")) }
        let name = operation["name"] ?? ""
        let isTaken = element.children[place].elements("op").contains {
            $0["name"] == name && Duration.equal($0["interval"], operation["interval"])
        }
        guard !isTaken else {
            throw EditError("\(statement.id) already has a \(name) op with interval \(operation["interval"] ?? "0")")
        }
        var added = operation
        let id = "\(statement.id)-\(name)-\(operation["interval"] ?? "0")"
        if !ids.contains(id) { added["id"] = id }
        element.children[place].children.append(added)
        return try change(primitive, to: element)
    }

    // MARK: references

    /// Turns references to objects into references to their sets (section 3.1).
    private func resolveReferences(in element: inout XMLElement, kind: ObjectKind) {
        for index in element.children.indices where element.children[index].isElement {
            if let name = element.children[index]["id-ref"], let target = objects[name] ?? objects["node:\(name)"] {
                let child = element.children[index].name
                if child == "rule" {
                    if let rule = target.element.firstDescendant("rule")?.id { element.children[index]["id-ref"] = rule }
                } else if let set = target.element.first(child)?.id {
                    element.children[index]["id-ref"] = set
                }
            }
            resolveReferences(in: &element.children[index], kind: kind)
        }
    }

    /// Numbers the fencing levels of each target and expands those that are for all nodes.
    static func numbered(_ topology: XMLElement, nodes: [String]) throws(EditError) -> XMLElement {
        var levels = Array(topology.elements("fencing-level").filter { $0["index"] != nil })
        var counts: [String: Int] = [:]
        let open = topology.elements("fencing-level").filter { $0["index"] == nil }
        let isGeneral = open.allSatisfy { Self.target(of: $0).isEmpty }
        let targets = isGeneral ? nodes.map { [XMLAttribute("target", $0)] } : [[]]
        for target in targets {
            for level in open {
                let own = Self.target(of: level)
                guard isGeneral || !own.isEmpty else { throw EditError("fencing_topology: devices without a target") }
                let attributes = isGeneral ? target : own
                let name = attributes.map { "\($0.name)=\($0.value)" }.joined(separator: " ")
                let index = (counts[name] ?? 0) + 1
                counts[name] = index
                let isNode = attributes.first?.name == "target"
                var numbered = XMLElement("fencing-level")
                if isNode { numbered.attributes += attributes }
                numbered["index"] = String(index)
                numbered["devices"] = level["devices"]
                if !isNode { numbered.attributes += attributes }
                levels.append(numbered)
            }
        }
        var result = topology
        result.children = topology.children.filter { $0.name == "#comment" } + levels
        return result
    }

    private static func target(of level: XMLElement) -> [XMLAttribute] {
        level.attributes.filter { $0.name.hasPrefix("target") }
    }

    /// Constraints must name resources that exist.
    func checkReferences(of statements: [ParsedStatement]) throws(EditError) {
        var errors: [Message] = []
        for statement in statements where statement.kind.isConstraint && !statement.addsOperation {
            guard let object = objects[ConfigurationObject.key(statement.kind, statement.id)] else { continue }
            for name in ConstraintReferences.names(in: object.element) where !canBeConstrained(name) {
                errors.append(
                    Message(
                        .error, "constraint \(object.id) references a resource \(name) which doesn't exist",
                        line: statement.statement.line, column: 1, hint: suggestion(for: name)))
            }
        }
        guard errors.isEmpty else { throw EditError(errors) }
    }

    func canBeConstrained(_ name: String) -> Bool {
        guard let kind = objects[name]?.kind else { return false }
        return kind.isResource || kind == .tag || kind == .template
    }

    private func suggestion(for name: String) -> String? {
        let known = allObjects.filter { $0.kind.isResource }.map(\.id)
        return Spelling.nearest(to: name, among: known).map { "did you mean \"\($0)\"?" }
    }
}

extension ParsedStatement {
    /// Place in the order of creation; operations are added last.
    var creationRank: Int { addsOperation ? 100 : kind.rank }
}

extension XMLElement {
    /// True for a set that only refers to another one.
    var isReference: Bool { self["id-ref"] != nil }

    /// The first element of that name anywhere below.
    func firstDescendant(_ name: String) -> XMLElement? {
        for child in children where child.isElement {
            if child.name == name { return child }
            if let found = child.firstDescendant(name) { return found }
        }
        return nil
    }
}

/// Remarks as XML comments. `--` and a final `-` are not allowed there and are stored in an escaped form.
enum CommentText {
    private static let mark = "\u{2060}"

    /// The comments of an object; lines that occur again are left out.
    static func elements(_ lines: [String]) -> [XMLElement] {
        var seen = Set<String>()
        return lines.filter { seen.insert($0).inserted }.map(element)
    }

    static func element(_ line: String) -> XMLElement {
        var text = ""
        for character in line.unicodeScalars {
            if character == "-", text.unicodeScalars.last == "-" { text += mark }
            text.unicodeScalars.append(character)
        }
        if text.hasSuffix("-") { text += mark }
        return .comment(text)
    }

    /// The lines to show for a comment.
    static func lines(_ comment: XMLElement) -> [String] {
        var text = ""
        for character in comment.text.unicodeScalars where character != "\u{2060}" { text.unicodeScalars.append(character) }
        return text.split(separator: "\n", omittingEmptySubsequences: true).map { line in
            var trimmed = String(line.drop { $0 == " " || $0 == "\t" })
            while trimmed.hasSuffix(" ") || trimmed.hasSuffix("\t") { trimmed.removeLast() }
            return trimmed.hasPrefix("#") ? trimmed : "# \(trimmed)"
        }
    }
}
