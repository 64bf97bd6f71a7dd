// SPDX-License-Identifier: GPL-2.0-or-later
// A whole text of statements, or a CIB document, applied in one step (crm-configure.md section 7.3).
package import ClusterXML

/// The parsed statements of a text.
package struct StatementFile: Sendable {
    package var messages: [Message]
    package var statements: [ParsedStatement]

    package init(messages: [Message], statements: [ParsedStatement]) {
        self.messages = messages
        self.statements = statements
    }

    /// Parses a text; all errors are reported together.
    package static func parsed(_ text: String, agents: InstalledAgents) throws(EditError) -> StatementFile {
        let lexed: LexedText
        do throws(LexError) {
            lexed = try Lexer.statements(in: text, isKeyword: Vocabulary.isStatementKeyword)
        } catch {
            throw EditError([Message(.error, "configure.load: \(error.message)", line: error.line, column: error.column)])
        }
        let parser = StatementParser(agents: agents)
        var parsed: [ParsedStatement] = []
        var errors: [Message] = []
        for statement in lexed.statements {
            do throws(SyntaxError) {
                parsed.append(try parser.parse(statement))
            } catch {
                errors += error.messages
            }
        }
        guard errors.isEmpty else { throw EditError(errors) }
        return StatementFile(messages: lexed.messages, statements: parsed)
    }
}

extension Configuration {
    /// Parses and applies a whole text. On errors nothing is changed.
    /// - Returns: warnings and notes.
    package mutating func load(
        _ text: String, method: LoadMethod, agents: InstalledAgents
    ) throws(EditError) -> [Message] {
        try load(StatementFile.parsed(text, agents: agents), method: method)
    }

    package mutating func load(_ file: StatementFile, method: LoadMethod) throws(EditError) -> [Message] {
        try file.messages + load(file.statements, method: method)
    }

    /// Puts the statements in place of the selected objects; selected ones that are not among them are deleted.
    package mutating func replace(_ selection: Selection, with file: StatementFile) throws(EditError) -> [Message] {
        let keys = Set(file.statements.map { ConfigurationObject.key($0.kind, $0.id) })
        let selected = Set(selection.objects.map(\.key))
        let foreign = file.statements.filter { statement in
            let key = ConfigurationObject.key(statement.kind, statement.id)
            return !selected.contains(key) && self[key] != nil && !statement.addsOperation
        }
        guard foreign.isEmpty else {
            throw EditError("Elements \(foreign.map(\.id).joined(separator: ", ")) already exist")
        }
        var next = self
        let gone = selection.objects.filter { !keys.contains($0.key) }.map(\.id)
        var messages = try next.delete(gone, ignoringMissing: true)
        // Sets of properties are replaced here, not merged.
        for object in selection.objects where object.kind.isDefaultsSet && keys.contains(object.key) {
            next.update(object.key) { $0.children.removeAll { $0.name == "nvpair" || $0.name == "rule" } }
        }
        messages += try next.load(file, method: .update)
        self = next
        return messages
    }

    // MARK: documents

    /// Applies a `cib` document.
    package mutating func loadXML(_ text: String, method: LoadMethod) throws(EditError) -> [Message] {
        let document = try Self.document(text)
        guard document.name == "cib", document.first("configuration") != nil else {
            throw EditError("CIB has no configuration element", hint: "the document is <\(document.name)>, expected <cib><configuration>…")
        }
        let other = Configuration(document)
        try other.refuseUnrecognized()
        try Self.refuseDuplicates(in: document)
        var next = self
        switch method {
        case .update: break
        case .replace: next.erase(nodes: false)
        case .push: next.keepOnly(Set(other.allObjects.map(\.key)))
        }
        try next.take(other.allObjects, replacingSets: method != .update)
        self = next
        return []
    }

    package mutating func replaceXML(_ selection: Selection, with text: String) throws(EditError) -> [Message] {
        let document = try Self.document(text)
        let other = Configuration(document)
        try other.refuseUnrecognized()
        var next = self
        let gone = selection.objects.filter { other[$0.key] == nil }.map(\.id)
        let messages = try next.delete(gone, ignoringMissing: true)
        try next.take(other.allObjects, replacingSets: true)
        self = next
        return messages
    }

    /// Elements that are no objects would be lost without a word.
    private func refuseUnrecognized() throws(EditError) {
        let strangers = sections.flatMap(\.entries).compactMap { entry -> XMLElement? in
            guard case .raw(let element) = entry, element.isElement, ObjectKind.of(element: element.name) == nil else { return nil }
            return element
        }
        guard strangers.isEmpty else {
            throw EditError(
                strangers.map { element in
                    let id = element.id.map { " (id \($0))" } ?? ""
                    return Message(.error, "unrecognized CIB element \(element.name)\(id)", line: Int(element.line))
                })
        }
    }

    /// The second of two objects with one id would silently take the place of the first.
    private static func refuseDuplicates(in document: XMLElement) throws(EditError) {
        var lines: [String: Int] = [:]
        guard let configuration = document.first("configuration") else { return }
        for section in configuration.elements where section.name != "nodes" && section.name != "acls" {
            for element in section.elements {
                guard let id = element.id else { continue }
                if let first = lines[id] {
                    throw EditError([
                        Message(.error, "the id \(id) is used more than once", line: Int(element.line), hint: "also in line \(first)")
                    ])
                }
                lines[id] = Int(element.line)
            }
        }
    }

    private static func document(_ text: String) throws(EditError) -> XMLElement {
        do throws(XMLError) {
            return try XMLParser.parse(text)
        } catch {
            throw EditError([Message(.error, error.message, line: error.line)])
        }
    }

    /// Creates or replaces objects of another configuration, ids as they are.
    private mutating func take(_ incoming: [ConfigurationObject], replacingSets: Bool) throws(EditError) {
        for object in incoming {
            if let existing = objects[object.key] {
                guard existing.kind == object.kind else {
                    throw EditError(
                        "Cannot create \(object.kind.rawValue) with ID '\(object.id)': "
                            + "Found existing \(existing.kind.rawValue) with same ID.")
                }
                let merges = object.kind.isDefaultsSet && !replacingSets
                let element = merges ? Self.mergingPairs(of: object.element, into: existing.element) : object.element
                let left = existing.members.filter { !object.members.contains($0) }
                replace(object.key, with: element)
                for member in left { move(member, to: nil) }
            } else {
                var new = object
                new.parent = nil
                insert(new)
            }
        }
        for object in incoming where object.kind.isContainer {
            for member in object.members where objects[member]?.parent != object.id {
                guard objects[member] != nil else { throw EditError("\(object.id) refers to missing object \(member)") }
                let named = objects[object.id]?.element
                move(member, to: object.id)
                if let named { replace(object.id, with: named) }
            }
        }
    }

    /// The changes that lead from one document to another configuration.
    package init(replacing document: XMLElement, with next: Configuration) {
        self = next.based(on: document)
    }
}
