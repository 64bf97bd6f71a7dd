// SPDX-License-Identifier: GPL-2.0-or-later
// Which resources constraints name, and how references follow when objects are renamed, moved or removed (7.1, 7.2).
import ClusterXML

enum ConstraintReferences {
    private static let attributes = ["rsc", "with-rsc", "first", "then"]

    /// Resources named by a constraint, in order.
    static func names(in element: XMLElement) -> [String] {
        var result = attributes.compactMap { element[$0] }
        for set in element.elements("resource_set") {
            result += set.elements("resource_ref").compactMap(\.id)
        }
        return result
    }

    /// Puts one name in place of another; whether anything changed.
    static func rename(_ old: String, to new: String, in element: inout XMLElement) -> Bool {
        var changed = false
        for name in attributes where element[name] == old {
            element[name] = new
            changed = true
        }
        for set in element.children.indices where element.children[set].name == "resource_set" {
            for reference in element.children[set].children.indices
            where element.children[set].children[reference].id == old {
                element.children[set].children[reference]["id"] = new
                changed = true
            }
        }
        return changed
    }

    /// Removes doubled members of sets; what redirecting two members to one container leaves.
    static func removeDoubles(in element: inout XMLElement) {
        var seen = Set<String>()
        for set in element.children.indices where element.children[set].name == "resource_set" {
            element.children[set].children.removeAll { $0.id.map { !seen.insert($0).inserted } ?? false }
        }
        element.children.removeAll { $0.name == "resource_set" && $0["id-ref"] == nil && $0.children.isEmpty }
    }

    /// Removes a name from the sets; empty sets go.
    static func remove(_ name: String, in element: inout XMLElement) {
        for set in element.children.indices where element.children[set].name == "resource_set" {
            element.children[set].children.removeAll { $0.id == name }
        }
        element.children.removeAll { $0.name == "resource_set" && $0["id-ref"] == nil && $0.children.isEmpty }
    }

    /// Turns sets with exactly two members (tickets: one) into the short form.
    static func shorten(_ element: inout XMLElement, kind: ObjectKind) {
        let sets = Array(element.elements("resource_set"))
        let members = sets.flatMap { set in
            set.elements("resource_ref").map { (id: $0.id ?? "", role: set["role"], action: set["action"]) }
        }
        // Members that are independent of each other have no short form.
        guard !sets.contains(where: { Vocabulary.boolean($0["sequential"] ?? "") == false && $0.children.count > 1 }) else { return }
        var names: [(reference: String, qualifier: String)]
        switch kind {
        case .colocation where members.count == 2:
            names = [("rsc", "rsc-role"), ("with-rsc", "with-rsc-role")]
        case .order where members.count == 2: names = [("first", "first-action"), ("then", "then-action")]
        case .ticket where members.count == 1: names = [("rsc", "rsc-role")]
        case .location where members.count == 1: names = [("rsc", "role")]
        default: return
        }
        // Inside one set, later members are placed with earlier ones.
        if kind == .colocation, sets.count == 1 { names.reverse() }
        element.children.removeAll { $0.name == "resource_set" }
        for (member, name) in zip(members, names) {
            element[name.reference] = member.id
            if let qualifier = kind == .order ? member.action : member.role { element[name.qualifier] = qualifier }
        }
    }

    static func memberCount(_ element: XMLElement) -> Int {
        element.elements("resource_set").reduce(0) { $0 + Array($1.elements("resource_ref")).count }
    }
}

extension Configuration {
    /// Resources that a constraint names, in order.
    package func constrainedResources(_ constraint: ConfigurationObject) -> [String] {
        ConstraintReferences.names(in: constraint.element)
    }

    /// Constraints that name a resource, in document order.
    func constraints(naming id: String) -> [ConfigurationObject] {
        guard let section = sections.first(where: { $0.element.name == "constraints" }) else { return [] }
        return section.entries.compactMap { entry in
            guard case .object(let key) = entry, let object = objects[key],
                ConstraintReferences.names(in: object.element).contains(id)
            else { return nil }
            return object
        }
    }

    /// Lets constraints name another resource. One that would then name a resource twice disappears.
    mutating func redirectConstraints(from old: String, to new: String) -> [Message] {
        var messages: [Message] = []
        for constraint in constraints(naming: old) {
            var element = constraint.element
            guard ConstraintReferences.rename(old, to: new, in: &element) else { continue }
            messages.append(.info("modified \(constraint.kind.rawValue):\(constraint.id) from \(old) to \(new)"))
            ConstraintReferences.removeDoubles(in: &element)
            let names = ConstraintReferences.names(in: element)
            let isPointless = constraint.kind != .location && constraint.kind != .ticket && Set(names).count < 2
            if isPointless {
                messages.append(.info("hanging \(constraint.kind.rawValue):\(constraint.id) deleted"))
                drop(constraint.key)
            } else {
                if element != constraint.element, names.count == 2 { ConstraintReferences.shorten(&element, kind: constraint.kind) }
                replace(constraint.key, with: element)
            }
        }
        return messages
    }

    /// Takes a resource that is gone out of all constraints and tags.
    mutating func removeReferences(to id: String) -> [Message] {
        var messages: [Message] = []
        for constraint in constraints(naming: id) {
            var element = constraint.element
            let label = "\(constraint.kind.rawValue):\(constraint.id)"
            let isSet = element.first("resource_set") != nil
            if isSet { ConstraintReferences.remove(id, in: &element) }
            let minimum = constraint.kind == .colocation || constraint.kind == .order ? 2 : 1
            if !isSet || ConstraintReferences.memberCount(element) < minimum {
                messages.append(.info("hanging \(label) deleted"))
                drop(constraint.key)
            } else {
                ConstraintReferences.shorten(&element, kind: constraint.kind)
                messages.append(.info("constraint \(label) updated"))
                replace(constraint.key, with: element)
            }
        }
        for tag in objects(of: .tag) {
            var element = tag.element
            element.children.removeAll { $0.name == "obj_ref" && $0.id == id }
            guard element != tag.element else { continue }
            if element.first("obj_ref") == nil {
                messages.append(.info("hanging tag:\(tag.id) deleted"))
                drop(tag.key)
            } else {
                replace(tag.key, with: element)
            }
        }
        return messages
    }
}
