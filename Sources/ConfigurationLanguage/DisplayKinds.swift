// SPDX-License-Identifier: GPL-2.0-or-later
// The parts of each kind of statement; the first is the head, each goes on a line of its own (section 6.2).
import ClusterXML

extension StatementWriter {
    func parts(_ object: ConfigurationObject) -> [String] {
        let element = object.element
        let keyword = word(.keyword, object.kind.rawValue)
        switch object.kind {
        case .node: return node(element, keyword)
        case .primitive, .template: return primitive(element, keyword)
        case .group, .clone, .ms: return container(object, keyword)
        case .bundle: return bundle(element, keyword)
        case .location: return location(element, keyword)
        case .colocation: return [colocation(element, keyword)]
        case .order: return [order(element, keyword)]
        case .ticket: return [ticket(element, keyword)]
        case .fencingTopology: return fencingTopology(element, keyword)
        case .tag:
            let members = element.elements("obj_ref").map { word(.reference, Self.wordQuoted($0.id ?? "")) }
            return [([keyword, id(element)] + members).joined(separator: " ")]
        case .property, .resourceDefaults, .operationDefaults: return attributes(element, keyword)
        case .role: return role(element, keyword)
        case .aclTarget, .aclGroup:
            let roles = element.elements("role").map { word(.reference, $0.id ?? "") }
            return ["\(keyword) \(word(.identifier, Self.wordQuoted(element.id ?? "")))"] + roles
        case .user: return user(element, keyword)
        case .alert: return alert(element, keyword)
        }
    }

    private func id(_ element: XMLElement) -> String { word(.identifier, element.id ?? "") }

    private func description(_ element: XMLElement) -> [String] {
        element["description"].map { [attribute("description", $0)] } ?? []
    }

    // MARK: resources and nodes

    private func node(_ element: XMLElement, _ keyword: String) -> [String] {
        var head = keyword
        let name = element["uname"] ?? ""
        if let id = element.id, id != name {
            head += Spelling.isWord(id) ? " \(id):" : " $id=\(Spelling.quoted(id))"
        }
        head += " " + word(.identifier, name)
        if let type = element["type"], type != "normal" { head += ":\(type)" }
        return [head] + description(element) + sets(element, parameters: "attributes")
    }

    private func sets(_ element: XMLElement, parameters: String = "params") -> [String] {
        let owner = element.name == "node" ? element["uname"] ?? "" : element.id ?? ""
        var parts: [String] = []
        for child in element.elements {
            switch child.name {
            case "instance_attributes": parts.append(set(parameters, child, owner: owner))
            case "meta_attributes": parts.append(set("meta", child, owner: owner))
            case "utilization": parts.append(set("utilization", child, owner: owner))
            case "operations": parts += operations(child, owner: owner)
            default: break
            }
        }
        return parts
    }

    private func primitive(_ element: XMLElement, _ keyword: String) -> [String] {
        let agent: String
        if let template = element["template"] {
            agent = "@" + word(.reference, template)
        } else {
            let type = element["type"] ?? ""
            switch (element["class"] ?? "", element["provider"]) {
            case ("ocf", "heartbeat"?): agent = type
            case (let standard, let provider?): agent = "\(standard):\(provider):\(type)"
            case (let standard, nil): agent = "\(standard):\(type)"
            }
        }
        return ["\(keyword) \(id(element)) \(agent)"] + description(element) + sets(element)
    }

    private func operations(_ element: XMLElement, owner: String) -> [String] {
        var parts: [String] = []
        if let reference = element["id-ref"] {
            parts.append("\(word(.keyword, "operations"))  $id-ref=\(Self.wordQuoted(reference))")
        } else if let id = element.id {
            parts.append("\(word(.keyword, "operations")) $id=\(Self.wordQuoted(id))")
        }
        for operation in element.elements("op") {
            var words = [word(.keyword, "op"), operation["name"] ?? ""]
            for item in operation.attributes where item.name != "name" && item.name != "id" {
                words.append(attribute(item.name, item.value))
            }
            parts.append(words.joined(separator: " "))
            for child in operation.elements {
                let id = "\(element.id ?? owner)-\(operation["name"] ?? "")-\(operation["interval"] ?? "0")"
                parts.append(set(child.name == "meta_attributes" ? "op_meta" : "op_params", child, owner: id))
            }
        }
        return parts
    }

    private func container(_ object: ConfigurationObject, _ keyword: String) -> [String] {
        let members = object.members.map { word(.reference, $0) }
        return [([keyword, id(object.element)] + members).joined(separator: " ")]
            + description(object.element) + sets(object.element)
    }

    private func bundle(_ element: XMLElement, _ keyword: String) -> [String] {
        var parts = ["\(keyword) \(id(element))"] + description(element)
        let owner = element.id ?? ""
        let members = element.elements.filter { $0.name == MemberPlaceholder.name }
        for child in element.elements.filter({ $0.name != MemberPlaceholder.name }) + members {
            switch child.name {
            case "meta_attributes": parts.append(set("meta", child, owner: owner))
            case MemberPlaceholder.name:
                parts.append("\(word(.keyword, "primitive")) \(word(.reference, child.id ?? ""))")
            default:
                var words = [word(.keyword, child.name)]
                words += child.attributes.map { attribute($0.name, $0.value) }
                for mapping in child.elements {
                    words.append(word(.keyword, mapping.name))
                    words += mapping.attributes.map { attribute($0.name, $0.value) }
                }
                parts.append(words.joined(separator: " "))
            }
        }
        return parts
    }

    // MARK: constraints

    private func location(_ element: XMLElement, _ keyword: String) -> [String] {
        var words = [keyword, id(element)]
        if let resource = element["rsc"] {
            words.append(word(.reference, resource))
        } else if let pattern = element["rsc-pattern"] {
            words.append(Self.wordQuoted("/\(pattern)/"))
        } else {
            words += ["{"] + sets(of: element, qualifier: "role") + ["}"]
        }
        let known = ["id", "rsc", "rsc-pattern", "score", "score-attribute", "node"]
        for item in element.attributes where !known.contains(item.name) {
            words.append(attribute(item.name, item.value, quoting: false))
        }
        if let node = element["node"] {
            words.append(word(.score, "\(Self.scoreText(element["score"] ?? element["score-attribute"] ?? "")):"))
            words.append(Self.wordQuoted(node))
        }
        return [words.joined(separator: " ")] + element.elements("rule").map { rule($0, owner: element.id ?? "") }
    }

    /// Sets in the notation of section 3.4, without the mark for short ones.
    private func sets(of element: XMLElement, qualifier: String) -> [String] {
        var words: [String] = []
        for set in element.elements("resource_set") {
            let isOpen = set["sequential"] == "false"
            let isAny = set["require-all"] == "false"
            if isAny { words.append("[") } else if isOpen { words.append("(") }
            for member in set.elements("resource_ref") {
                words.append(word(.reference, member.id ?? "") + (set[qualifier].map { ":\($0)" } ?? ""))
            }
            if isAny, !isOpen { words.append("sequential=true") }
            if isAny { words.append("]") } else if isOpen { words.append(")") }
        }
        return words
    }

    /// The members of a constraint: sets, marked if they are as few as in the short form.
    private func members(_ element: XMLElement, qualifier: String, short: Int) -> [String] {
        let words = sets(of: element, qualifier: qualifier)
        // Brackets around the last set tell enough, but not for tickets.
        let last = element.elements("resource_set").reversed().first
        let isBracketed = last.map { $0["sequential"] == "false" || $0["require-all"] == "false" } ?? false
        guard short == 1 || !isBracketed else { return words }
        return ConstraintReferences.memberCount(element) <= short ? ["_rsc_set_"] + words : words
    }

    private func colocation(_ element: XMLElement, _ keyword: String) -> String {
        var words = [keyword, id(element)]
        words.append(word(.score, "\(Self.scoreText(element["score"] ?? element["score-attribute"] ?? "")):"))
        if element.first("resource_set") != nil {
            words += members(element, qualifier: "role", short: 2)
        } else {
            for name in ["rsc", "with-rsc"] {
                let qualifier = element["\(name)-role"] ?? element["\(name)-instance"]
                words.append(word(.reference, element[name] ?? "") + (qualifier.map { ":\($0)" } ?? ""))
            }
        }
        for name in ["node-attribute", "influence"] {
            if let value = element[name] { words.append(attribute(name, value, quoting: false)) }
        }
        return words.joined(separator: " ")
    }

    private func order(_ element: XMLElement, _ keyword: String) -> String {
        var words = [keyword, id(element)]
        if let kind = element["kind"] {
            words.append(word(.score, "\(kind):"))
        } else if let score = element["score"] {
            words.append(word(.score, "\(Self.scoreText(score)):"))
        }
        if element.first("resource_set") != nil {
            words += members(element, qualifier: "action", short: 2)
        } else {
            for name in ["first", "then"] {
                words.append(
                    word(.reference, element[name] ?? "") + (element["\(name)-action"].map { ":\($0)" } ?? ""))
            }
        }
        if let symmetrical = element["symmetrical"] { words.append(attribute("symmetrical", symmetrical)) }
        return words.joined(separator: " ")
    }

    private func ticket(_ element: XMLElement, _ keyword: String) -> String {
        var words = [keyword, id(element), word(.ticket, "\(element["ticket"] ?? ""):")]
        if element.first("resource_set") != nil {
            words += members(element, qualifier: "role", short: 1)
        } else {
            words.append(word(.reference, element["rsc"] ?? "") + (element["rsc-role"].map { ":\($0)" } ?? ""))
        }
        if let policy = element["loss-policy"] { words.append(attribute("loss-policy", policy)) }
        return words.joined(separator: " ")
    }

    private func fencingTopology(_ element: XMLElement, _ keyword: String) -> [String] {
        var targets: [(label: String, isNode: Bool, levels: [(index: Int, devices: String)])] = []
        for level in element.elements("fencing-level") {
            let label: String
            if let pattern = level["target-pattern"] {
                label = "pattern:\(pattern)"
            } else if let name = level["target-attribute"] {
                label = "attr:\(name)=\(level["target-value"] ?? "")"
            } else {
                label = "\(level["target"] ?? ""):"
            }
            let entry = (index: Int(level["index"] ?? "") ?? 0, devices: level["devices"] ?? "")
            if let place = targets.firstIndex(where: { $0.label == label }) {
                targets[place].levels.append(entry)
            } else {
                targets.append((label, level["target"] != nil, [entry]))
            }
        }
        let lists = targets.map { target in
            target.levels.enumerated().sorted { ($0.element.index, $0.offset) < ($1.element.index, $1.offset) }
                .map { word(.reference, $0.element.devices) }.joined(separator: " ")
        }
        let isGeneral =
            !targets.isEmpty && targets.allSatisfy(\.isNode) && lists.allSatisfy { $0 == lists[0] }
            && targets.map(\.label).sorted() == nodeNamesForTopology
        if isGeneral { return ["\(keyword) \(lists[0])"] }
        return [keyword] + zip(targets, lists).map { "\(Self.wordQuoted($0.label)) \($1)" }
    }

    // MARK: the others

    private func attributes(_ element: XMLElement, _ keyword: String) -> [String] {
        let head: String
        let owner = element.id ?? ""
        if let reference = element["id-ref"] {
            head = "\(keyword) $id-ref=\(Self.wordQuoted(reference))"
        } else if let id = element.id, Spelling.isObjectID(id) {
            head = "\(keyword) \(word(.identifier, id)):"
        } else {
            head = "\(keyword) $id=\(Spelling.quoted(element.id ?? ""))"
        }
        return [head] + element.elements.map { $0.name == "rule" ? rule($0, owner: owner) : pair($0, owner: owner) }
    }

    private func role(_ element: XMLElement, _ keyword: String) -> [String] {
        var parts = ["\(keyword) \(id(element))"] + description(element)
        for permission in element.elements("acl_permission") {
            parts.append(
                ([word(.keyword, permission["kind"] ?? "")] + description(permission) + [target(permission)])
                    .joined(separator: " "))
        }
        return parts
    }

    private func target(_ permission: XMLElement) -> String {
        if let xpath = permission["xpath"] {
            return AccessShortcut.shortcut(for: xpath) ?? "xpath:\(Spelling.quotedIfNeeded(xpath))"
        }
        if let reference = permission["reference"] ?? permission["ref"] {
            return "ref:\(Spelling.quotedIfNeeded(reference))"
        }
        let attribute = permission["attribute"].map { "attr:\(Spelling.quotedIfNeeded($0)) " } ?? ""
        return attribute + "type:\(Spelling.quotedIfNeeded(permission["object-type"] ?? permission["tag"] ?? ""))"
    }

    private func user(_ element: XMLElement, _ keyword: String) -> [String] {
        ["\(keyword) \(id(element))"]
            + element.elements.map { child in
                child.name == "role_ref" ? "role:\(child.id ?? "")" : "\(child.name) \(target(child))"
            }
    }

    private func alert(_ element: XMLElement, _ keyword: String) -> [String] {
        var parts = ["\(keyword) \(id(element)) \(Spelling.quotedIfNeeded(element["path"] ?? ""))"]
        parts += description(element)
        let owner = element.id ?? ""
        // Without braces, sets behind a recipient would be read as the recipient's.
        let isAmbiguous = element.children.drop { $0.name != "recipient" }
            .contains { $0.name == "meta_attributes" || $0.name == "instance_attributes" }
        for child in element.elements {
            switch child.name {
            case "instance_attributes": parts.append(set("attributes", child, owner: owner))
            case "meta_attributes": parts.append(set("meta", child, owner: owner))
            case "select": parts.append(selection(child))
            case "recipient": parts.append(recipient(child, inBraces: isAmbiguous))
            default: break
            }
        }
        return parts
    }

    private func selection(_ element: XMLElement) -> String {
        var words = [word(.keyword, "select")]
        for kind in element.elements {
            words.append(kind.name.hasPrefix("select_") ? String(kind.name.dropFirst(7)) : kind.name)
            let names = kind.elements("attribute").map { Spelling.quotedIfNeeded($0["name"] ?? "") }
            if kind.name == "select_attributes" { words += ["{"] + names + ["}"] }
        }
        return words.joined(separator: " ")
    }

    private func recipient(_ element: XMLElement, inBraces: Bool) -> String {
        var words = [Spelling.quotedIfNeeded(element["value"] ?? "")] + description(element)
        words += sets(element, parameters: "attributes")
        return ([word(.keyword, "to")] + (inBraces ? ["{"] + words + ["}"] : words)).joined(separator: " ")
    }
}
