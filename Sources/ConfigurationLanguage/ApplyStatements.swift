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
