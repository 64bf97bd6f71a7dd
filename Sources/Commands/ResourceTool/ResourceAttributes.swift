// SPDX-License-Identifier: GPL-2.0-or-later
// crm_resource: setting and deleting parameters, meta-attributes, utilization and attributes of elements.
import CIBModel
import ClusterStatus
import ClusterXML
import Reports
import Scheduling

extension ResourceWork {
    /// The kind of set that the options select.
    private var setKind: String {
        if tool.meta { return "meta_attributes" }
        return tool.utilization ? "utilization" : "instance_attributes"
    }

    private var isElementAttribute: Bool { tool.element || tool.getProperty != nil || tool.setProperty != nil }

    // MARK: - Setting

    func setParameter(_ name: String) throws {
        let resource = try requestedResource()
        let value = tool.value ?? ""
        if isElementAttribute { return try setElementAttribute(resource, name, value) }
        var changes: [AttributeChange] = []
        if setKind == "instance_attributes", !tool.force,
            let existing = pairs(under: configuredID(resource), kind: "meta_attributes", name: name).first
        {
            out.error("WARNING: There is already a meta attribute for '\(configuredID(resource))' called '\(name)' (id=\(existing.id ?? ""))")
            out.error("         Delete '\(existing.id ?? "")' first or use the force option to override")
            throw failure(.multipleMatch)
        }
        var targets = setKind == "instance_attributes" ? [resource] : try attributeOwners(resource, name, verb: "update")
        if tool.setName != nil || tool.nvpair != nil { targets = Array(targets.suffix(1)) }
        var visited: Set<ResourceIndex> = []
        var colocated = state
        if tool.recursive { colocated.unpackConstraints() }
        for target in targets { try set(target, name, value, colocated, &visited, &changes) }
        if out.isStructured {
            out.result(XMLElement("resource-settings", children: changes.map(\.element)))
        } else if !tool.quiet {
            for change in changes { out.line(change.text) }
        }
    }

    private func set(
        _ resource: ResourceIndex, _ name: String, _ value: String, _ colocated: ClusterState, _ visited: inout Set<ResourceIndex>,
        _ changes: inout [AttributeChange]
    ) throws {
        visited.insert(resource)
        let id = configuredID(resource)
        let found = pairs(under: id, kind: setKind, set: tool.setName, pairID: tool.nvpair, name: name)
        if found.count > 1 {
            listMatches(found, name)
            throw failure(.multipleMatch)
        }
        var change = AttributeChange(
            resource: id, elementName: writtenElement(resource).name, kind: setKind, set: nil, pairID: "", name: name, value: value)
        if let pair = found.first {
            change.pairID = pair.id ?? ""
            change.set = tool.setName
            let pair = XMLElement("nvpair", [("id", change.pairID), ("name", name), ("value", value)])
            try session.change(CIBRequest("cib_modify", section: "resources", data: pair))
        } else {
            let set = tool.setName ?? "\(id)-\(setKind)"
            change.set = set
            change.pairID = tool.nvpair ?? XMLIdentifier.sanitized("\(set)-\(name)")
            let pair = XMLElement("nvpair", [("id", change.pairID), ("name", name), ("value", value)])
            let block = XMLElement(setKind, [("id", set)], children: [pair])
            let owner = XMLElement(change.elementName, [("id", id)], children: [block])
            try session.change(CIBRequest("cib_modify", section: "resources", data: owner))
        }
        changes.append(change)
        guard tool.recursive, tool.meta else { return }
        for index in colocated.resources[resource].withThis {
            let dependent = colocated.colocations[index].dependent
            if visited.contains(dependent) || colocated.colocations[index].score <= .zero { continue }
            try set(dependent, name, value, colocated, &visited, &changes)
        }
    }

    private func setElementAttribute(_ resource: ResourceIndex, _ name: String, _ value: String) throws {
        var element = writtenElement(resource)
        element[name] = value
        try session.change(CIBRequest("cib_replace", section: "resources", data: element))
        if !tool.quiet { out.line("Set attribute: name=\(name) value=\(value)") }
    }

    // MARK: - Deleting

    func deleteParameter(_ name: String) throws {
        let resource = try requestedResource()
        if tool.nvpair == nil, !tool.force {
            let found = pairs(under: configuredID(state.resources[resource].top), name: name)
            if found.count > 1 { listMatches(found, name) }
        }
        if isElementAttribute { return try deleteElementAttribute(resource, name) }
        let targets = tool.meta ? try attributeOwners(resource, name, verb: "delete") : [resource]
        for target in targets {
            let id = configuredID(target)
            let found = pairs(under: id, kind: setKind, set: tool.setName, pairID: tool.nvpair, name: name)
            if found.isEmpty { continue }
            guard found.count == 1, let pairID = found[0].id else {
                listMatches(found, name)
                throw failure(.multipleMatch)
            }
            let pair = XMLElement("nvpair", [("id", pairID), ("name", name)])
            try session.change(CIBRequest("cib_delete", section: "resources", data: pair))
            var text = "Deleted '\(id)' option: id=\(pairID)"
            if let set = tool.setName { text += " set=\(set)" }
            if !tool.quiet { out.line(text + " name=\(name)") }
        }
    }

    private func deleteElementAttribute(_ resource: ResourceIndex, _ name: String) throws {
        var element = writtenElement(resource)
        element[name] = nil
        try session.change(CIBRequest("cib_replace", section: "resources", data: element))
        if !tool.quiet { out.line("Deleted attribute: \(name)") }
    }

    // MARK: - Which resource has it

    /// The resources whose attribute is meant: a clone answers for its primitive unless that has the attribute itself,
    /// members of a group that have it count beside the group. With --force exactly the one asked for.
    private func attributeOwners(_ resource: ResourceIndex, _ name: String, verb: String) throws -> [ResourceIndex] {
        if tool.force { return [resource] }
        func has(_ candidate: ResourceIndex) -> Bool {
            let found = pairs(under: configuredID(candidate), kind: setKind, set: tool.setName, pairID: tool.nvpair, name: name)
            if found.count > 1 { listMatches(found, name) }
            return found.count == 1
        }
        let requested = tool.resource ?? ""
        if let parent = state.resources[resource].parent, state.resources[parent].variant == .clone {
            if has(resource) { return [resource] }
            out.line("Performing \(verb) of '\(name)' on '\(state.resources[parent].id)', the parent of '\(requested)'")
            return [parent]
        }
        if state.resources[resource].parent == nil, state.resources[resource].variant == .clone,
            let child = state.resources[resource].children.first, state.resources[child].isPrimitive, has(child)
        {
            out.line(
                "A value for '\(name)' already exists in child '\(configuredID(child))', performing \(verb) on that instead of '\(requested)'"
            )
            return [child]
        }
        if state.resources[resource].variant == .group {
            return state.resources[resource].children.filter(has) + [resource]
        }
        return [resource]
    }

    /// The nvpairs below the resource with an id that match everything that is given.
    /// - Parameter kind: only sets of this kind that belong to the resource itself; nil looks anywhere below it.
    private func pairs(
        under id: String, kind: String? = nil, set: String? = nil, pairID: String? = nil, name: String
    ) -> [XMLElement] {
        guard let resources = state.cib.first("configuration")?.first("resources") else { return [] }
        var found: [XMLElement] = []
        func matches(_ pair: XMLElement) -> Bool { pair["name"] == name && (pairID == nil || pair.id == pairID) }
        func collect(_ element: XMLElement) {
            for child in element.elements {
                if child.name == "nvpair", matches(child) { found.append(child) }
                collect(child)
            }
        }
        func search(_ element: XMLElement) {
            for child in element.elements {
                guard child.id == id else {
                    search(child)
                    continue
                }
                guard let kind else {
                    collect(child)
                    continue
                }
                for block in child.elements(kind) where set == nil || block.id == set { collect(block) }
            }
        }
        search(resources)
        return found
    }

    private func listMatches(_ pairs: [XMLElement], _ name: String) {
        out.line("Multiple attributes match name=\(name)")
        for pair in pairs { out.line("  Value: \(pair["value"] ?? "") \t(id=\(pair.id ?? ""))") }
        out.line()
    }
}

/// One parameter that was set.
struct AttributeChange {
    var resource: String
    var elementName: String
    var kind: String
    /// The set it was put into; nil when it was there before.
    var set: String?
    var pairID: String
    var name: String
    var value: String

    var text: String {
        let place = set.map { " set=\($0)" } ?? ""
        return "Set '\(resource)' option: id=\(pairID)\(place) name=\(name) value=\(value)"
    }

    var element: XMLElement {
        let pair = XMLElement("nvpair", [("id", pairID), ("value", value), ("name", name)])
        let block = XMLElement(kind, set.map { [("id", $0)] } ?? [], children: [pair])
        return XMLElement(elementName, [("id", resource)], children: [block])
    }
}

/// Texts as ids of XML elements.
enum XMLIdentifier {
    /// Characters that ids may not have become dots.
    static func sanitized(_ text: String) -> String {
        String(text.map { character in
            character.isLetter || character.isNumber || "-_.".contains(character) ? character : "."
        })
    }
}
