// SPDX-License-Identifier: GPL-2.0-or-later
// The constraints of the configuration in document order, and what they may name: resources, tags, templates, sets
// (scheduler spec section 11).

package import ClusterStatus
package import ClusterXML
import CIBModel

extension ClusterState {
    /// Phase 3: unpacks every child of `constraints`, in document order.
    package mutating func unpackConstraints() {
        guard let section = cib.first("configuration")?.first("constraints") else { return }
        for element in section.elements {
            guard element.id != nil else {
                error("Ignoring <\(element.name)> constraint without id")
                continue
            }
            switch element.name {
            case "rsc_location": unpackLocation(element)
            case "rsc_colocation": unpackColocation(element)
            case "rsc_order": unpackOrdering(element)
            case "rsc_ticket": unpackTicketConstraint(element)
            default: error("Unsupported constraint type: \(element.name)")
            }
        }
    }

    /// The resource a constraint means by an id. An instance known to the history by that name stands for its top resource.
    package func constraintResource(_ id: String) -> ResourceIndex? {
        guard let found = findResource(id) else { return nil }
        return resources[found].id == id ? found : resources[found].top
    }

    /// The members behind the id of a template or tag. One without members is as good as none.
    private func tagMembers(_ id: String) -> ContiguousArray<String>? {
        let members = templatePositions[id].map { templates[$0].references } ?? tagPositions[id].map { tags[$0].references }
        return members.flatMap { $0.isEmpty ? nil : $0 }
    }

    /// A set, or the set it refers to by `id-ref`.
    package func resolvedSet(_ reference: XMLElement) -> XMLElement? {
        guard let id = reference["id-ref"] else { return reference }
        return references.find("resource_set", id)
    }

    /// The resources a set names, in order; nil (reported) if one does not exist.
    package mutating func setMembers(_ set: XMLElement) -> [ResourceIndex]? {
        let (members, unknown) = knownMembers(set)
        guard let unknown else { return members }
        error("Ignoring resource set '\(set.id ?? "")': no such resource '\(unknown)'")
        return nil
    }

    /// The resources a set names, in order, up to the first name that no resource has, and that name.
    func knownMembers(_ set: XMLElement) -> (members: [ResourceIndex], unknown: String?) {
        var members: [ResourceIndex] = []
        for reference in set.elements("resource_ref") {
            let id = reference.id ?? ""
            guard let member = constraintResource(id) else { return (members, id) }
            members.append(member)
        }
        return (members, nil)
    }

    /// Reports a name in a set that no resource has: locations, tickets and colocations keep what the set names before it.
    mutating func ignoreRest(of set: XMLElement, from unknown: String) {
        error("Ignoring '\(unknown)' and what follows it in resource set '\(set.id ?? "")': no such resource")
    }

    /// A constraint in which tags and templates are replaced by their members.
    /// - Returns: nil (reported) if an attribute names something that does not exist; the element itself if there is nothing to replace,
    ///   or a set names something that does not exist: what that means depends on the kind of constraint.
    package mutating func expandTags(in element: XMLElement) -> XMLElement? {
        guard !(tags.isEmpty && templates.isEmpty) else { return element }
        if let withSets = expandSets(in: element) { return withSets }
        switch element.name {
        case "rsc_location": return expandSides(of: element, [("rsc", "role", "role")], convertPlain: false)
        case "rsc_colocation":
            return expandSides(of: element, [("rsc", "rsc-role", "role"), ("with-rsc", "with-rsc-role", "role")], convertPlain: true)
        case "rsc_order":
            return expandSides(of: element, [("first", "first-action", "action"), ("then", "then-action", "action")], convertPlain: true)
        case "rsc_ticket": return expandSides(of: element, [("rsc", "rsc-role", "role")], convertPlain: false)
        default: return element
        }
    }

    /// The constraint with the tags inside its sets replaced; nil if there are none, or (reported) if one of its sets names something
    /// that does not exist.
    private mutating func expandSets(in element: XMLElement) -> XMLElement? {
        var result = element
        var didExpand = false
        for position in result.children.indices where result.children[position].name == "resource_set" {
            guard let set = resolvedSet(result.children[position]) else { continue }
            guard let (references, didChange) = expandReferences(set.children, in: element) else { return nil }
            if didChange {
                result.children[position] = set
                result.children[position].children = references
                didExpand = true
            }
        }
        return didExpand ? result : nil
    }

    /// The members of a set with tags replaced by what they name, which can be tags again; nil (reported) if a name is neither.
    private mutating func expandReferences(
        _ children: [XMLElement], in constraint: XMLElement
    ) -> (references: [XMLElement], didChange: Bool)? {
        var references: [XMLElement] = []
        var expansions = 0
        var waiting = ContiguousArray(children.reversed())
        while let child = waiting.popLast() {
            guard child.name == "resource_ref", let id = child.id, constraintResource(id) == nil else {
                references.append(child)
                continue
            }
            guard let members = tagMembers(id) else {
                error("Ignoring resource sets for constraint '\(constraint.id ?? "")' because '\(id)' is not a valid resource or tag")
                return nil
            }
            expansions += 1
            // Tags that name each other would never end.
            guard expansions <= Self.expansionLimit else {
                error("Ignoring resource sets for constraint '\(constraint.id ?? "")' because tag '\(id)' leads to too many others")
                return nil
            }
            for member in members.reversed() { waiting.append(XMLElement("resource_ref", [("id", member)])) }
        }
        return (references, expansions > 0)
    }

    /// How many tags one set can lead to.
    private static var expansionLimit: Int { 10_000 }

    /// Turns tags named in attributes into sets.
    /// - Parameters:
    ///   - sides: attribute with the id, attribute with role or action, and that one's name in a set.
    ///   - convertPlain: whether a plain resource beside a tag becomes a set as well.
    private mutating func expandSides(
        of element: XMLElement, _ sides: [(id: String, detail: String, inSet: String)], convertPlain: Bool
    ) -> XMLElement? {
        var tagged = 0
        for side in sides {
            guard let id = element[side.id], constraintResource(id) == nil else { continue }
            guard tagMembers(id) != nil else {
                error("Ignoring constraint '\(element.id ?? "")' because '\(id)' is not a valid resource or tag")
                return nil
            }
            tagged += 1
        }
        if tagged == 0 { return element }
        if element.name == "rsc_colocation", tagged > 1 {
            error("Ignoring constraint '\(element.id ?? "")' because two templates or tags cannot be colocated")
            return nil
        }
        var result = element
        for side in sides {
            guard let id = element[side.id] else { continue }
            var set: XMLElement
            if constraintResource(id) == nil, let members = tagMembers(id) {
                set = XMLElement("resource_set", [("id", id)])
                for member in members { set.children.append(XMLElement("resource_ref", [("id", member)])) }
                set["sequential"] = "false"
            } else {
                guard convertPlain else { continue }
                set = XMLElement("resource_set", [("id", id)], children: [XMLElement("resource_ref", [("id", id)])])
            }
            if let detail = element[side.detail] {
                set[side.inSet] = detail
                result[side.detail] = nil
            }
            result[side.id] = nil
            result.children.append(set)
        }
        return result
    }
}
