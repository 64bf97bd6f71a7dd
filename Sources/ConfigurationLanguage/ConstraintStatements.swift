// SPDX-License-Identifier: GPL-2.0-or-later
// location, colocation, order, rsc_ticket, fencing_topology and tag (section 4), to elements.
import ClusterXML

extension StatementReader {
    // MARK: location

    mutating func location() throws(SyntaxError) -> (id: String, element: XMLElement) {
        try expectArguments(2)
        let id = try objectID()
        var element = XMLElement("rsc_location", [("id", id)])
        guard let subject = text else { throw error("Expected resource") }
        if subject.utf8.count > 2, subject.hasPrefix("/"), subject.hasSuffix("/") {
            index += 1
            element["rsc-pattern"] = String(subject.dropFirst().dropLast())
        } else if skip("{") {
            element.children = try braced()
        } else {
            element["rsc"] = try identifier("Expected resource")
        }
        while let word = text, let (name, value) = Self.pair(word) {
            index += 1
            try set(name, value, on: &element)
        }
        if let word = beforeColon() {
            index += 1
            switch ScoreWord.read(word) {
            case .score(let score): element["score"] = score
            case .attribute(let name): throw error("'\(name)' is no score: use a whole number, inf or -inf")
            }
            element["node"] = try take().text
            while let word = text, let (name, value) = Self.pair(word) {
                index += 1
                try set(name, value, on: &element)
            }
        } else {
            let found = try rules()
            guard !found.isEmpty else { throw error("expected <score>: <node> or <rule> [<rule> ...]") }
            element.children += found
        }
        return (id, element)
    }

    private func set(_ name: String, _ value: String, on element: inout XMLElement) throws(SyntaxError) {
        let plain = name.hasPrefix("$") ? String(name.dropFirst()) : name
        guard plain == "role" else {
            element[plain] = value
            return
        }
        guard let role = Vocabulary.canonical(value, in: Vocabulary.roles) else {
            throw error("Invalid role '\(value)' for '\(element["rsc"] ?? element.id ?? "")'")
        }
        element["role"] = role
    }

    /// Resource sets up to the closing brace.
    private mutating func braced() throws(SyntaxError) -> [XMLElement] {
        guard let close = remaining.firstIndex(where: { $0.text == "}" }) else { throw error("Unmatched opening bracket") }
        let inside = words[index..<close]
        index = close + 1
        guard !inside.isEmpty else { throw error("Empty resource set", context: words.first?.text) }
        var reader = ResourceSetReader(inside, qualifier: "role", owner: self)
        return try reader.read()
    }

    // MARK: colocation

    mutating func colocation() throws(SyntaxError) -> (id: String, element: XMLElement) {
        try expectArguments(2)
        let id = try objectID()
        var element = XMLElement("rsc_colocation", [("id", id)])
        guard let word = beforeColon() else { throw error("Expected <score>:") }
        index += 1
        switch ScoreWord.read(word) {
        case .score(let score): element["score"] = score
        case .attribute(let name): element["score-attribute"] = name
        }
        var influence: Word?
        while true {
            if let last = tail("node-attribute") {
                element["node-attribute"] = Self.pair(last.text)?.value
            } else if let last = tail("influence") {
                influence = last
            } else {
                break
            }
        }
        if let influence, let value = Self.pair(influence.text)?.value {
            guard let truth = Vocabulary.boolean(value) else { throw error("Not a boolean: \(value)", near: influence) }
            element["influence"] = truth ? "true" : "false"
        }
        guard hasWords else { throw error("Expected <rsc>[:<role>] <rsc>[:<role>] | resource_sets") }
        if ResourceSetReader.isNeeded(remaining, shortForm: 2) {
            try sets(of: &element, qualifier: "role")
        } else {
            try side("rsc", suffix: "rsc", on: &element)
            try side("with-rsc", suffix: "with-rsc", on: &element)
            try refuseSelf(element["rsc"], element["with-rsc"], element["rsc-role"] == element["with-rsc-role"])
        }
        return (id, element)
    }

    private mutating func side(_ name: String, suffix: String, on element: inout XMLElement) throws(SyntaxError) {
        let (resource, role) = try colonParts()
        element[name] = resource
        guard let role else { return }
        if !role.isEmpty, role.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }) {
            element["\(suffix)-instance"] = role
        } else if let canonical = Vocabulary.canonical(role, in: Vocabulary.roles) {
            element["\(suffix)-role"] = canonical
        } else {
            throw error("Invalid role '\(role)' for '\(resource)'")
        }
    }

    /// All remaining words as sets; sets of a single resource are refused (section 15 no. 15) unless marked.
    private mutating func sets(of element: inout XMLElement, qualifier: String, minimum: Int = 2) throws(SyntaxError) {
        var reader = ResourceSetReader(remaining, qualifier: qualifier, owner: self)
        let marked = remaining.contains { $0.text == "_rsc_set_" }
        let found = try reader.read()
        index = words.count
        let members = found.reduce(0) { $0 + $1.children.count }
        guard members >= minimum || marked else {
            throw SyntaxError(
                context: words.first?.text, text: "a constraint needs at least \(minimum) resources", near: nil,
                statement: statement)
        }
        element.children = found
    }

    private func refuseSelf(_ first: String?, _ second: String?, _ sameRole: Bool) throws(SyntaxError) {
        guard first == second, sameRole else { return }
        throw SyntaxError(
            context: words.first?.text, text: "resource \(first ?? "") is constrained with itself", near: nil,
            statement: statement)
    }

    // MARK: order

    mutating func order() throws(SyntaxError) -> (id: String, element: XMLElement) {
        try expectArguments(2)
        let id = try objectID()
        var element = XMLElement("rsc_order", [("id", id)])
        if let word = beforeColon() {
            index += 1
            if let kind = Vocabulary.canonical(word, in: Vocabulary.orderKinds) {
                element["kind"] = kind
            } else if case .score(let score) = ScoreWord.read(word, words: false) {
                let isZero = !score.contains("I") && Int(score) == 0
                element["kind"] = isZero ? "Optional" : "Mandatory"
            } else {
                throw error("Invalid kind: \(word)")
            }
        }
        if let last = tail("symmetrical") {
            let value = Self.pair(last.text)?.value ?? ""
            guard let truth = Vocabulary.boolean(value) else { throw error("Not a boolean: \(value)", near: last) }
            element["symmetrical"] = truth ? "true" : "false"
        }
        guard hasWords else { throw error("Expected <rsc>[:<action>] <rsc>[:<action>] | resource_sets") }
        if ResourceSetReader.isNeeded(remaining, shortForm: 2) {
            try sets(of: &element, qualifier: "action")
        } else {
            try step("first", on: &element)
            try step("then", on: &element)
            try refuseSelf(element["first"], element["then"], element["first-action"] == element["then-action"])
        }
        return (id, element)
    }

    private mutating func step(_ name: String, on element: inout XMLElement) throws(SyntaxError) {
        let (resource, action) = try colonParts()
        element[name] = resource
        guard let action else { return }
        guard let canonical = Vocabulary.canonical(action, in: Vocabulary.actions) else {
            throw error("Invalid action '\(action)' for '\(resource)'")
        }
        element["\(name)-action"] = canonical
    }

    // MARK: rsc_ticket

    mutating func ticket() throws(SyntaxError) -> (id: String, element: XMLElement) {
        try expectArguments(2)
        let id = try objectID()
        guard let ticket = beforeColon() else { throw error("Expected <ticket-id>:") }
        index += 1
        var element = XMLElement("rsc_ticket", [("id", id), ("ticket", ticket)])
        if let last = words.last, words.count > index, let (name, value) = Self.pair(last.text), name == "loss-policy" {
            guard Vocabulary.lossPolicies.contains(value) else {
                throw error(
                    "Unknown attribute", context: "role", near: last,
                    hint: "loss-policy is one of \(Vocabulary.lossPolicies.joined(separator: ", "))")
            }
            element["loss-policy"] = value
            words.removeLast()
        }
        guard hasWords else { throw error("Expected <rsc>[:<role>] | resource_sets") }
        if ResourceSetReader.isNeeded(remaining, shortForm: 1) {
            try sets(of: &element, qualifier: "role", minimum: 1)
        } else {
            try side("rsc", suffix: "rsc", on: &element)
        }
        return (id, element)
    }

    // MARK: fencing_topology

    /// Levels without `index`: they are numbered, and those without a target expanded for all nodes, when applied.
    mutating func fencingTopology() throws(SyntaxError) -> (id: String, element: XMLElement) {
        try expectArguments(1)
        var element = XMLElement("fencing-topology")
        var target: [(String, String)]?
        while let word = text {
            if let found = Self.fencingTarget(word) {
                index += 1
                guard let next = text, Self.fencingTarget(next) == nil else {
                    throw error("Expected fencing devices", hint: "name at least one device after \(word)")
                }
                target = found
                continue
            }
            let devices = word.split(separator: ",", omittingEmptySubsequences: false)
            guard devices.allSatisfy({ Spelling.isWord(String($0)) }) else {
                throw error("Expected <target>: or a comma separated list of devices")
            }
            element.children.append(XMLElement("fencing-level", (target ?? []) + [("devices", word)]))
            index += 1
        }
        return ("fencing_topology", element)
    }

    private static func fencingTarget(_ word: String) -> [(String, String)]? {
        if word.hasPrefix("pattern:"), word.utf8.count > 8 { return [("target-pattern", String(word.dropFirst(8)))] }
        if word.hasPrefix("attr:"), let (name, value) = pair(String(word.dropFirst(5))), !value.isEmpty {
            return [("target-attribute", name), ("target-value", value)]
        }
        guard word.utf8.count > 1, word.hasSuffix(":") else { return nil }
        return [("target", String(word.dropLast()))]
    }

    // MARK: tag

    mutating func tag() throws(SyntaxError) -> (id: String, element: XMLElement) {
        try expectArguments(2)
        var id = text ?? ""
        if isTyped, id.hasPrefix("id=") { id.removeFirst(3) }
        if id.hasSuffix(":") { id.removeLast() }
        guard Spelling.isObjectID(id) else { throw error("Expected tag name") }
        index += 1
        guard hasWords else { throw error("Expected at least one resource") }
        var element = XMLElement("tag", [("id", id)])
        while let text {
            guard !text.isEmpty, !text.utf8.contains(UInt8(ascii: "=")) else { throw error("Expected resource") }
            element.children.append(XMLElement("obj_ref", [("id", text)]))
            index += 1
        }
        return (id, element)
    }
}
