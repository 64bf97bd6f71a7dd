// SPDX-License-Identifier: GPL-2.0-or-later
// `rsc_colocation` elements, plain and with sets, to colocations (scheduler spec 11.2).

import ClusterStatus
import ClusterXML
import CIBModel

/// A resource set of a colocation with what it decides itself.
private struct ColocationSet {
    var id: String
    /// What the set names, in order; nil for names that no resource has.
    var names: [ResourceIndex?]
    /// Nil: what is written is no role, and the set takes part in nothing.
    var role: ResourceRole?
    /// A missing or invalid value counts as true.
    var isSequential: Bool
}

extension ClusterState {
    /// Records what an `rsc_colocation` demands.
    mutating func unpackColocation(_ original: XMLElement) {
        guard let element = expandTags(in: original) else { return }
        let id = element.id ?? ""
        guard let score = element["score"].map({ healthScore($0) }) ?? .zero else {
            return error("Ignoring colocation '\(id)' because '\(element["score"] ?? "")' is not a valid score")
        }
        var previous: ColocationSet?
        for reference in element.elements("resource_set") {
            guard let xml = resolvedSet(reference) else { return }
            var names: [ResourceIndex?] = []
            for reference in xml.elements("resource_ref") { names.append(constraintResource(reference.id ?? "")) }
            let set = ColocationSet(
                id: xml.id ?? "", names: names, role: constraintRole(xml["role"], of: xml.id ?? id),
                isSequential: xml["sequential"].flatMap(Scan.boolean) ?? true)
            colocateMembers(of: set, xml, id, score, element)
            if let previous { colocate(previous, with: set, id, score, element) }
            previous = set
        }
        if previous == nil { unpackSimpleColocation(element, id, score) }
    }

    private mutating func unpackSimpleColocation(_ element: XMLElement, _ id: String, _ score: Score) {
        guard let dependentID = element["rsc"], let primaryID = element["with-rsc"] else {
            return error("Ignoring colocation constraint '\(id)' because it lacks 'rsc' or 'with-rsc'")
        }
        guard let dependent = constraintResource(dependentID) else {
            return error("Ignoring constraint '\(id)' because resource '\(dependentID)' does not exist")
        }
        guard let primary = constraintResource(primaryID) else {
            return error("Ignoring constraint '\(id)' because resource '\(primaryID)' does not exist")
        }
        guard let dependentRole = constraintRole(element["rsc-role"], of: id),
            let primaryRole = constraintRole(element["with-rsc-role"], of: id)
        else { return }
        addColocation(
            id: id, score: score, dependent: dependent, primary: primary, dependentRole: dependentRole, primaryRole: primaryRole,
            nodeAttribute: element["node-attribute"],
            influence: influence(element, dependent), explicit: true)
    }

    /// `influence`, or whether the dependent is critical.
    private func influence(_ element: XMLElement, _ dependent: ResourceIndex) -> Bool {
        element["influence"].flatMap(Scan.boolean) ?? resources[dependent].has(.critical)
    }

    /// Inside one set: neighbours stay together, or all stay apart.
    private mutating func colocateMembers(
        of set: ColocationSet, _ xml: XMLElement, _ id: String, _ constraintScore: Score, _ element: XMLElement
    ) {
        let score = xml["score"].map { healthScore($0) ?? .zero } ?? constraintScore
        guard let role = set.role, set.isSequential, score != .zero else { return }
        let (members, unknown) = knownMembers(xml)
        if let unknown { ignoreRest(of: xml, from: unknown) }
        if score.value > 0 {
            let followsPrevious = xml["ordering"].map { $0.lowercased() == "group" } ?? true
            for (earlier, later) in zip(members, members.dropFirst()) {
                let (dependent, primary) = followsPrevious ? (later, earlier) : (earlier, later)
                addColocation(
                    id: set.id, score: score, dependent: dependent, primary: primary, dependentRole: role,
                    primaryRole: role, influence: influence(element, later), explicit: true)
            }
            return
        }
        // Up to the member's own name, or all if an instance's name means its clone: that is kept apart from itself, too.
        let names = xml.elements("resource_ref").map { $0.id ?? "" }
        for member in members {
            for (other, name) in zip(members, names) {
                if name == resources[member].id { break }
                addColocation(
                    id: set.id, score: score, dependent: member, primary: other, dependentRole: role,
                    primaryRole: role, influence: influence(element, member), explicit: true)
            }
        }
    }

    /// Between two consecutive sets: the earlier one depends on the later one. A set that is not sequential does without the names
    /// that no resource has; a sequential one is nothing without the resource that stands for it.
    private mutating func colocate(
        _ dependents: ColocationSet, with primaries: ColocationSet, _ id: String, _ score: Score, _ element: XMLElement
    ) {
        guard let dependentRole = dependents.role, let primaryRole = primaries.role else { return }
        guard score != .zero, let first = dependents.names.first, let last = primaries.names.last else { return }
        let left = dependents.isSequential ? [first] : dependents.names
        let right = primaries.isSequential ? [last] : primaries.names
        let known = (left.compactMap { $0 }, right.compactMap { $0 })
        if known.0.count < left.count || known.1.count < right.count {
            error("Colocation '\(id)' of set '\(dependents.id)' with set '\(primaries.id)' leaves out what is no resource")
        }
        for dependent in known.0 {
            for primary in known.1 {
                addColocation(
                    id: id, score: score, dependent: dependent, primary: primary, dependentRole: dependentRole,
                    primaryRole: primaryRole, influence: influence(element, dependent), explicit: true)
            }
        }
    }
}
