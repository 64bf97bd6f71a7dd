// SPDX-License-Identifier: GPL-2.0-or-later
// node, primitive, rsc_template, group, clone, ms, bundle, monitor (section 4), to elements.
package import ClusterXML

/// The placeholder that stands for a member resource inside its container's element.
package enum MemberPlaceholder {
    package static let name = "member-resource"
    package static func of(_ id: String) -> XMLElement { XMLElement(name, [("id", id)]) }
}

extension StatementReader {
    // MARK: node

    mutating func node() throws(SyntaxError) -> (id: String, element: XMLElement) {
        try expectArguments(1)
        var element = XMLElement("node")
        if let (isReference, id) = idSpecification(), !isReference {
            element["id"] = id
        } else if let id = beforeColon() {
            index += 1
            element["id"] = id
        }
        guard var name = text else { throw error("Expected uname[:type]") }
        if isTyped, name.hasPrefix("id=") { name.removeFirst(3) }
        let parts = name.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard !parts[0].isEmpty, !parts[0].utf8.contains(UInt8(ascii: "=")) else { throw error("Expected uname[:type]") }
        guard !parts[0].utf8.contains(where: Lexer.isBlank) else {
            throw error("Expected uname[:type]", hint: "a node name can not contain blanks")
        }
        index += 1
        element["uname"] = parts[0]
        if parts.count == 2 {
            guard let type = Vocabulary.canonical(parts[1], in: Vocabulary.nodeTypes) else {
                throw error("Invalid node type '\(parts[1])'", hint: "use member, ping or remote")
            }
            element["type"] = type
        }
        if element["id"] == nil { element["id"] = parts[0] }
        element = XMLElement("node", [("uname", parts[0])], children: [])
            .adding("type", element["type"]).adding("id", element["id"])
        try sections(
            of: &element, names: ["attributes": "instance_attributes", "utilization": "utilization"],
            implicit: "instance_attributes")
        return (parts[0], element)
    }

    // MARK: primitive and template

    mutating func primitive(isTemplate: Bool) throws(SyntaxError) -> (id: String, element: XMLElement) {
        try expectArguments(2)
        let id = try objectID()
        var element = XMLElement(isTemplate ? "template" : "primitive", [("id", id)])
        try agent(into: &element, allowsTemplate: !isTemplate)
        try sections(
            of: &element,
            names: ["params": "instance_attributes", "meta": "meta_attributes", "utilization": "utilization"],
            implicit: "instance_attributes", operations: true)
        return (id, element)
    }

    /// `[CLASS:[PROVIDER:]]TYPE` or `@TEMPLATE` (section 3.5).
    private mutating func agent(into element: inout XMLElement, allowsTemplate: Bool) throws(SyntaxError) {
        guard let word = current else { throw error("Expected resource type") }
        if allowsTemplate, word.text.hasPrefix("@"), Spelling.isObjectID(String(word.text.dropFirst())) {
            index += 1
            element["template"] = String(word.text.dropFirst())
            return
        }
        var parts = word.text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        // "ocf::heartbeat:Dummy" is what status displays print.
        if parts.count == 4, parts[0] == "ocf", parts[1].isEmpty { parts.remove(at: 1) }
        guard parts.count <= 3, let type = parts.last, !type.isEmpty, !parts[0].isEmpty,
            !word.text.utf8.contains(UInt8(ascii: "="))
        else { throw unknownType(word, before: "bad resource type specification \(word.text)") }
        let standard = parts.count > 1 ? parts[0] : "ocf"
        element["class"] = standard
        if parts.count == 3 {
            if standard == "ocf", parts[1].isEmpty {
                throw unknownType(word, before: "provider could not be determined for \(word.text)")
            }
            if standard != "ocf" {
                messages.append(.warning("ra class \(standard) does not support providers"))
            }
            if !parts[1].isEmpty { element["provider"] = parts[1] }
        } else if standard == "ocf" {
            element["provider"] = agents.provider(of: type)
        }
        element["type"] = type
        index += 1
    }

    private func unknownType(_ word: Word, before: String) -> SyntaxError {
        var failure = error("Unknown resource type", near: word)
        failure.before = [before]
        return failure
    }

    // MARK: containers

    mutating func group() throws(SyntaxError) -> (id: String, element: XMLElement) {
        try expectArguments(2)
        let id = try objectID()
        var members: [String] = []
        while let text, !["params", "meta"].contains(text.lowercased()), !text.utf8.contains(UInt8(ascii: "=")) {
            guard !members.contains(text) else {
                throw SyntaxError(
                    context: words.first?.text, text: "child \(text) listed more than once in group \(id)",
                    near: nil, statement: statement)
            }
            members.append(text)
            index += 1
        }
        guard !members.isEmpty else { throw error("Expected at least 2 arguments", near: words.first) }
        var element = XMLElement("group", [("id", id)])
        try sections(
            of: &element, names: ["params": "instance_attributes", "meta": "meta_attributes"],
            implicit: "instance_attributes")
        element.children += members.map(MemberPlaceholder.of)
        return (id, element)
    }

    mutating func clone(_ kind: ObjectKind) throws(SyntaxError) -> (id: String, element: XMLElement) {
        try expectArguments(2)
        let id = try objectID()
        let child = try identifier("Expected resource")
        if let text, Spelling.isWord(text), !Vocabulary.partKeywords.contains(text.lowercased()) {
            throw error("Unknown arguments: \(text)", hint: "a clone has one resource; clone a group for several")
        }
        var element = XMLElement(kind.elementName, [("id", id)])
        try sections(
            of: &element, names: ["params": "instance_attributes", "meta": "meta_attributes"],
            implicit: "instance_attributes")
        for set in element.elements("instance_attributes") {
            for pair in set.elements("nvpair") {
                guard let name = pair["name"], Vocabulary.cloneMeta.contains(name), name != "description" else { continue }
                messages.append(.warning("\(id): \(name) is a meta attribute given as parameter, use \"meta \(name)=…\""))
            }
        }
        element.children.append(MemberPlaceholder.of(child))
        return (id, element)
    }

    mutating func bundle() throws(SyntaxError) -> (id: String, element: XMLElement) {
        try expectArguments(2)
        listEnds = ["docker", "podman", "rkt", "network", "storage", "primitive"]
        var element = XMLElement("bundle", [("id", try objectID())])
        if let description = description() { element["description"] = description }
        while let word = text?.lowercased() {
            switch word {
            case "docker", "rkt", "podman":
                index += 1
                element.children.append(try plainElement(word))
            case "network":
                index += 1
                element.children.append(try mapped(word, "port-mapping"))
            case "storage":
                index += 1
                element.children.append(try mapped(word, "storage-mapping"))
            case "primitive":
                index += 1
                guard let name = text, Spelling.isObjectID(name) else {
                    throw error("Expected primitive reference, got \(text ?? "")")
                }
                index += 1
                element.children.append(MemberPlaceholder.of(name))
            case "meta":
                index += 1
                element.children.append(try attributeSet("meta_attributes"))
            default:
                try expectEnd()
            }
        }
        return (element.id ?? "", element)
    }

    /// An element whose attributes are the pairs that follow.
    private mutating func plainElement(_ name: String) throws(SyntaxError) -> XMLElement {
        var element = XMLElement(name)
        while let text, let (name, value) = Self.pair(text), !name.hasPrefix("$"), !name.hasPrefix("@") {
            element[name] = value
            index += 1
        }
        return element
    }

    private mutating func mapped(_ name: String, _ mapping: String) throws(SyntaxError) -> XMLElement {
        var element = try plainElement(name)
        while skip(mapping) { element.children.append(try plainElement(mapping)) }
        return element
    }

    // MARK: monitor

    /// `monitor RSC[:ROLE] INTERVAL[:TIMEOUT]`: the primitive and the operation to add.
    mutating func monitor() throws(SyntaxError) -> (id: String, element: XMLElement) {
        try expectArguments(2)
        let target = try colonParts()
        var operation = XMLElement("op", [("name", "monitor")])
        if let role = target.1 {
            guard let canonical = Vocabulary.canonical(role, in: Vocabulary.roles) else {
                throw error("Invalid role '\(role)' for '\(target.0)'")
            }
            operation["role"] = canonical
        }
        let timing = try colonParts()
        operation["interval"] = timing.0
        operation["timeout"] = timing.1
        try checkDurations(operation)
        return (target.0, operation)
    }

    /// `A[:B]`.
    mutating func colonParts() throws(SyntaxError) -> (String, String?) {
        let word = try take()
        let parts = word.text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        guard parts.count <= 2, !parts[0].isEmpty else { throw error("Expected value[:value]", near: word) }
        return (parts[0], parts.count == 2 && !parts[1].isEmpty ? parts[1] : nil)
    }
}

// MARK: sections

extension StatementReader {
    /// The parts of a resource or node: attribute sets, operations and a description, in any order.
    mutating func sections(
        of element: inout XMLElement, names: [String: String], implicit: String, operations: Bool = false
    ) throws(SyntaxError) {
        var isFirst = true
        while let word = text {
            if let description = description() {
                element.insert(("description", description), after: "id")
                continue
            }
            let keyword = word.lowercased()
            if let set = names[keyword] {
                index += 1
                element.children.append(try attributeSet(set))
            } else if operations, keyword == "op" || keyword == "operations" {
                try operationPart(of: &element)
            } else if isFirst {
                let before = index
                element.children.append(try attributeSet(implicit))
                if index == before { try expectEnd() }
            } else {
                try expectEnd()
            }
            isFirst = false
        }
    }

    /// `operations …` or `op …`; all operations share one element (section 15 no. 26).
    private mutating func operationPart(of element: inout XMLElement) throws(SyntaxError) {
        if skip("operations") {
            guard let (isReference, id) = idSpecification() else { throw error("Expected $id-ref=<id> or $id=<id>") }
            element.children.append(XMLElement("operations", [(isReference ? "id-ref" : "id", id)]))
            return
        }
        index += 1
        let operation = try operation()
        let position = element.children.firstIndex { $0.name == "operations" } ?? element.children.count
        if position == element.children.count { element.children.append(XMLElement("operations")) }
        let twin = element.children[position].elements("op").first { other in
            other["name"] == operation["name"] && Duration.equal(other["interval"], operation["interval"])
                && (other["role"] ?? "Started") == (operation["role"] ?? "Started")
        }
        if twin != nil {
            throw error(
                "operation \(operation["name"] ?? "") with interval \(operation["interval"] ?? "0") given more than once",
                hint: "give every monitor its own interval")
        }
        element.children[position].children.append(operation)
    }

    private mutating func operation() throws(SyntaxError) -> XMLElement {
        var operation = XMLElement("op", [("name", try identifier())])
        var parameters = XMLElement("instance_attributes")
        for pair in try pairs() {
            let name = pair["name"] ?? ""
            if Vocabulary.operationAttributes.contains(name), pair["id-ref"] == nil {
                guard parameters.children.isEmpty else {
                    throw SyntaxError(
                        context: words.first?.text,
                        text: "Attribute order error: \(name) must appear before any instance attribute", near: nil,
                        statement: statement)
                }
                operation[name] = pair["value"] ?? ""
            } else {
                parameters.children.append(pair)
            }
        }
        if operation["interval"] == nil {
            guard parameters.children.isEmpty else {
                throw SyntaxError(
                    context: words.first?.text,
                    text: "Attribute order error: interval must appear before any instance attribute", near: nil,
                    statement: statement, hint: "write interval=… behind the name of the operation")
            }
            operation["interval"] = "0"
        }
        try checkDurations(operation)
        if !parameters.children.isEmpty { operation.children.append(parameters) }
        while let keyword = text?.lowercased(), keyword == "op_params" || keyword == "op_meta" {
            index += 1
            let name = keyword == "op_params" ? "instance_attributes" : "meta_attributes"
            operation.children.append(try attributeSet(name))
        }
        return operation
    }

    /// Refuses intervals and timeouts that are no durations (section 15 no. 15).
    private func checkDurations(_ operation: XMLElement) throws(SyntaxError) {
        for name in ["interval", "timeout"] {
            guard let value = operation[name], !Duration.isValid(value) else { continue }
            throw SyntaxError(
                context: words.first?.text, text: "\(name) '\(value)' is no duration", near: nil, statement: statement,
                hint: "a duration is a number of seconds, or a number with ms, s, min or h, or ISO 8601 such as PT30S")
        }
    }
}

extension XMLElement {
    /// The element with one more attribute, if it has a value.
    func adding(_ name: String, _ value: String?) -> XMLElement {
        guard let value else { return self }
        var result = self
        result[name] = value
        return result
    }

    /// Sets an attribute, placing it behind another one.
    mutating func insert(_ attribute: (String, String), after other: String) {
        guard self[attribute.0] == nil, let position = attributes.firstIndex(where: { $0.name == other }) else {
            self[attribute.0] = attribute.1
            return
        }
        attributes.insert(XMLAttribute(attribute.0, attribute.1), at: position + 1)
    }
}
