// SPDX-License-Identifier: GPL-2.0-or-later
// property, rsc_defaults, op_defaults, access lists, alert and xml (section 4), to elements.
package import ClusterXML

extension StatementReader {
    // MARK: properties

    mutating func attributeObject(_ kind: ObjectKind) throws(SyntaxError) -> (id: String, element: XMLElement) {
        try expectArguments(1)
        var element = XMLElement(kind.elementName)
        if let (isReference, id) = idSpecification() {
            element[isReference ? "id-ref" : "id"] = id
        } else if let id = beforeColon() {
            guard Spelling.isObjectID(id) else { throw error("Expected identifier") }
            element["id"] = id
            index += 1
        } else {
            element["id"] = kind.defaultID
        }
        element.children = try rules()
        element.children += try pairs()
        for pair in element.elements("nvpair") where isTyped && pair["value"] == "" {
            throw SyntaxError(
                context: words.first?.text, text: "Empty value for \(pair["name"] ?? "") is not allowed", near: nil,
                statement: statement)
        }
        for pair in element.elements("nvpair") where pair["value"] == nil {
            guard let name = pair["name"], Vocabulary.boolean(name) != nil else { continue }
            throw SyntaxError(
                context: words.first?.text, text: "\(name) is no property", near: nil, statement: statement,
                hint: "write NAME=VALUE with no blanks around =")
        }
        return (element.id ?? element["id-ref"] ?? "", element)
    }

    // MARK: access lists

    mutating func role() throws(SyntaxError) -> (id: String, element: XMLElement) {
        try expectArguments(2)
        var element = XMLElement("acl_role", [("id", try objectID())])
        if let description = description() { element["description"] = description }
        repeat {
            guard let kind = text?.lowercased(), ["read", "write", "deny"].contains(kind) else {
                throw error("Expected (read|write|deny)")
            }
            index += 1
            var permission = XMLElement("acl_permission", [("kind", kind)])
            if let (isReference, id) = idSpecification(), !isReference { permission["id"] = id }
            if let description = description() { permission["description"] = description }
            repeat {
                guard hasWords else { throw error("Expected <type>:<spec>") }
                element.children.append(try permissionTarget(permission))
                permission["id"] = nil
            } while text.map { !["read", "write", "deny"].contains($0.lowercased()) } ?? false
        } while hasWords
        return (element.id ?? "", element)
    }

    private mutating func permissionTarget(_ permission: XMLElement) throws(SyntaxError) -> XMLElement {
        var result = permission
        let word = try take()
        let parts = word.text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        let value = parts.count == 2 ? parts[1] : nil
        switch (parts[0].lowercased(), value) {
        case ("xpath", let value?) where !value.isEmpty: result["xpath"] = value
        case ("ref", let value?), ("reference", let value?): result["reference"] = value
        case ("type", let value?), ("tag", let value?):
            result["object-type"] = value
            if let next = text, let attribute = Self.attributeName(next) {
                index += 1
                result["attribute"] = attribute
            }
        case ("attr", let value?), ("attribute", let value?):
            guard let next = text, next.hasPrefix("type:") || next.hasPrefix("tag:") else {
                throw error("attribute is only valid in combination with tag/object-type", near: word)
            }
            index += 1
            result["object-type"] = String(next[next.index(after: next.firstIndex(of: ":") ?? next.startIndex)...])
            result["attribute"] = value
        default:
            switch AccessShortcut.xpath(for: word.text) {
            case .xpath(let path): result["xpath"] = path
            case .missingArgument(let name):
                throw SyntaxError(
                    context: words.first?.text, text: "Missing argument to ACL shortcut \(name)", near: current,
                    statement: statement)
            case .none: throw error("Expected <type>:<spec>")
            }
        }
        return result
    }

    private static func attributeName(_ word: String) -> String? {
        for prefix in ["attr:", "attribute:"] where word.lowercased().hasPrefix(prefix) {
            return String(word.dropFirst(prefix.utf8.count))
        }
        return nil
    }

    mutating func aclTarget(_ kind: ObjectKind) throws(SyntaxError) -> (id: String, element: XMLElement) {
        try expectArguments(2)
        var name = text ?? ""
        if isTyped, name.hasPrefix("id=") { name.removeFirst(3) }
        guard !name.isEmpty else { throw error("Expected identifier") }
        guard Spelling.isObjectID(name) else {
            throw SyntaxError(
                text: "\(name): invalid object id", near: current, statement: statement,
                hint: "an id has letters, digits, '_', '.' and '-' and begins with a letter or '_'", bare: true)
        }
        index += 1
        var element = XMLElement(kind.elementName, [("id", name)])
        while hasWords { element.children.append(XMLElement("role", [("id", try identifier())])) }
        return (name, element)
    }

    /// The access lists of schemas before 2.0.
    mutating func aclUser() throws(SyntaxError) -> (id: String, element: XMLElement) {
        try expectArguments(2)
        var element = XMLElement("acl_user", [("id", try objectID())])
        while let word = text {
            if word.hasPrefix("role:") {
                index += 1
                element.children.append(XMLElement("role_ref", [("id", String(word.dropFirst(5)))]))
                continue
            }
            let kind = word.lowercased()
            guard ["read", "write", "deny"].contains(kind) else { throw error("Expected (read|write|deny)") }
            index += 1
            var rule = try permissionTarget(XMLElement(kind))
            if let value = rule["object-type"] { rule["tag"] = value }
            if let value = rule["reference"] { rule["ref"] = value }
            rule["object-type"] = nil
            rule["reference"] = nil
            element.children.append(rule)
        }
        return (element.id ?? "", element)
    }

    // MARK: alert

    mutating func alert() throws(SyntaxError) -> (id: String, element: XMLElement) {
        try expectArguments(2)
        listEnds = ["to", "select", "}"]
        var element = XMLElement("alert", [("id", try objectID())])
        guard let path = text else { throw error("Expected path") }
        index += 1
        element["path"] = path
        if let description = description() { element["description"] = description }
        while let word = text {
            switch word.lowercased() {
            case "attributes":
                index += 1
                element.children.append(try attributeSet("instance_attributes"))
            case "meta":
                index += 1
                element.children.append(try attributeSet("meta_attributes"))
            case "select":
                index += 1
                if let selection = try alertSelection() { element.children.append(selection) }
            case "to":
                index += 1
                element.children.append(try recipient())
            default: throw error("Expected to")
            }
        }
        return (element.id ?? "", element)
    }

    /// What the alert is for; nil if that is left open. `attributes` without a brace begins the next list of the alert.
    private mutating func alertSelection() throws(SyntaxError) -> XMLElement? {
        var selection = XMLElement("select")
        while let word = text?.lowercased(), ["nodes", "fencing", "resources", "attributes"].contains(word) {
            var kind = XMLElement("select_\(word)")
            if word == "attributes" {
                guard index + 1 < statement.words.count, statement.words[index + 1].text == "{" else { break }
            }
            index += 1
            if word == "attributes", skip("{") {
                while !skip("}") {
                    guard hasWords else { throw error("Expected }") }
                    kind.children.append(XMLElement("attribute", [("name", try take().text)]))
                }
            }
            selection.children.append(kind)
        }
        guard !selection.children.isEmpty else {
            guard text?.lowercased() == "attributes" else { throw error("Expected to") }
            return nil
        }
        return selection
    }

    private mutating func recipient() throws(SyntaxError) -> XMLElement {
        let isBraced = skip("{")
        var recipient = XMLElement("recipient", [("value", try take().text)])
        if let description = description() { recipient["description"] = description }
        while let word = text?.lowercased(), word == "attributes" || word == "meta" {
            index += 1
            recipient.children.append(
                try attributeSet(word == "meta" ? "meta_attributes" : "instance_attributes"))
        }
        if isBraced, !skip("}") {
            throw SyntaxError(
                context: words.first?.text, text: "Expected }", near: nil, statement: statement)
        }
        return recipient
    }

    // MARK: xml

    mutating func literalXML() throws(SyntaxError) -> (kind: ObjectKind, id: String, element: XMLElement) {
        try expectArguments(1)
        let source = remaining.map(\.text).joined(separator: " ")
        index = words.count
        var element: XMLElement
        do throws(XMLError) {
            element = try XMLParser.parse(source)
        } catch {
            throw SyntaxError(
                context: "xml", text: error.message, near: nil, statement: statement,
                before: ["Cannot parse XML data: \(source)"])
        }
        // Sets of defaults are told apart by the section around them.
        let section = ["rsc_defaults": ObjectKind.resourceDefaults, "op_defaults": .operationDefaults][element.name]
        if section != nil, let set = element.first("meta_attributes") { element = set }
        guard let kind = section ?? ObjectKind.of(element: element.name) else {
            throw SyntaxError(
                context: "xml", text: "Element \(element.name) not recognized", near: nil, statement: statement)
        }
        let id = kind == .node ? element["uname"] : kind == .fencingTopology ? "fencing_topology" : element.id
        guard let id, !id.isEmpty else {
            throw SyntaxError(
                context: "xml", text: "element <\(element.name)> has no id!", near: nil, statement: statement)
        }
        element.stripBlankText()
        return (kind, id, element)
    }
}

extension XMLElement {
    /// Removes white space between elements.
    package mutating func stripBlankText() {
        children.removeAll { $0.name == "#text" && $0.text.utf8.allSatisfy(Lexer.isBlank) }
        for index in children.indices where children[index].isElement { children[index].stripBlankText() }
    }

    /// Leaves out what is the default anyway in rules: `boolean-op="and"`.
    mutating func removeDefaults() {
        if name == "rule", self["boolean-op"] == "and" { self["boolean-op"] = nil }
        for index in children.indices where children[index].isElement { children[index].removeDefaults() }
    }
}

/// The short names of access rules and the XPath each stands for.
enum AccessShortcut {
    enum Reading { case xpath(String), missingArgument(String), none }

    /// A shortcut with optional arguments, `NAME[:A[:B]]`.
    static func xpath(for word: String) -> Reading {
        let parts = word.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        let name = parts[0].lowercased()
        let arguments = Array(parts.dropFirst())
        let limit = ["meta": 2, "params": 2, "status": 0, "cib": 0][name] ?? 1
        guard arguments.count <= limit, arguments.allSatisfy(Spelling.isWord) else { return .none }
        func pair(_ base: String, _ argument: String?) -> Reading {
            .xpath(argument.map { "\(base)/nvpair[@name='\($0)']" } ?? base)
        }
        switch name {
        case "meta", "params", "utilization", "location":
            guard let id = arguments.first else { return .missingArgument(name) }
            switch name {
            case "meta": return pair("//primitive[@id='\(id)']/meta_attributes", arguments.dropFirst().first)
            case "params": return pair("//primitive[@id='\(id)']/instance_attributes", arguments.dropFirst().first)
            case "utilization": return .xpath("//primitive[@id='\(id)']/utilization")
            default: return .xpath("//rsc_location[@id='cli-prefer-\(id)' and @rsc='\(id)']")
            }
        case "property": return pair("//crm_config/cluster_property_set", arguments.first)
        case "nodeattr": return pair("//nodes/node/instance_attributes", arguments.first)
        case "nodeutil": return .xpath("//nodes/node/utilization" + (arguments.first.map { "[@uname='\($0)']" } ?? ""))
        case "node": return .xpath("//nodes/node" + (arguments.first.map { "[@uname='\($0)']" } ?? ""))
        case "status": return .xpath("/cib/status")
        case "cib": return .xpath("/cib")
        default: return .none
        }
    }

    /// The shortcut for an XPath, if there is one.
    static func shortcut(for xpath: String) -> String? {
        let fixed = [
            "/cib": "cib", "/cib/status": "status", "//nodes/node": "node",
            "//nodes/node/instance_attributes": "nodeattr", "//nodes/node/utilization": "nodeutil",
            "//crm_config/cluster_property_set": "property",
        ]
        if let name = fixed[xpath] { return name }
        let parts = xpath.split(separator: "'", omittingEmptySubsequences: false).map(String.init)
        guard parts.count > 2 else { return nil }
        let arguments = stride(from: 1, to: parts.count, by: 2).map { parts[$0] }
        let names = ["meta", "params", "utilization", "location", "property", "nodeattr", "nodeutil", "node"]
        for name in names {
            for count in 1...min(2, arguments.count) {
                let candidate = ([name] + arguments.prefix(count)).joined(separator: ":")
                if case .xpath(let path) = self.xpath(for: candidate), path == xpath {
                    return candidate
                }
                let single = "\(name):\(arguments[arguments.count - 1])"
                if case .xpath(let path) = self.xpath(for: single), path == xpath { return single }
            }
        }
        return nil
    }
}
