// SPDX-License-Identifier: GPL-2.0-or-later
// Commands that change objects: delete, rename, modgroup, set, erase (crm-configure.md section 7).
import ClusterXML

extension Configuration {
    // MARK: delete

    /// Removes objects, all or none.
    /// - Parameter ignoringMissing: ids without an object are no error.
    package mutating func delete(_ names: [String], ignoringMissing: Bool) throws(EditError) -> [Message] {
        let names = names.flatMap { name -> [String] in
            guard Glob.isPattern(name), object(id: name) == nil else { return [name] }
            let found = allObjects.map(\.id).filter { Glob.matches(name, $0) }
            return found.isEmpty ? [name] : found
        }
        let missing = names.filter { object(id: $0) == nil }
        guard missing.isEmpty || ignoringMissing else {
            throw EditError(missing.map { .error("object \($0) does not exist") })
        }
        var messages: [Message] = []
        for name in names {
            guard let object = object(id: name) else { continue }
            messages += remove(object.key)
        }
        return messages
    }

    /// Removes one object and what makes no sense without it.
    private mutating func remove(_ key: String) -> [Message] {
        guard let object = objects[key] else { return [] }
        var messages: [Message] = []
        if object.kind == .template {
            for user in objects(of: .primitive) where user.element["template"] == object.id {
                messages.append(.info("hanging primitive:\(user.id) deleted"))
                messages += remove(user.key)
            }
        }
        let members = object.members
        // A clone ends with its only child; what constrained it constrains what stays.
        if members.count > 1, let holder = object.parent.flatMap({ objects[$0] }), holder.kind != .bundle {
            messages += redirectConstraints(from: holder.id, to: object.id)
        }
        if let first = members.first, object.kind.isContainer {
            messages += redirectConstraints(from: object.id, to: first)
        }
        let parent = object.parent
        if let parent, members.count == 1 || object.kind == .group, let holder = objects[parent],
            holder.kind == .clone || holder.kind == .ms, let only = members.first, members.count == 1
        {
            // A cloned group of one leaves its member cloned.
            update(parent) { element in
                for index in element.children.indices where element.children[index].id == object.id {
                    element.children[index] = MemberPlaceholder.of(only)
                }
            }
            objects[only]?.parent = parent
            objects[key]?.element.children.removeAll { $0.name == MemberPlaceholder.name }
        } else {
            for member in members { move(member, to: nil) }
        }
        messages += removeReferences(to: object.id)
        drop(key)
        if let parent, let holder = objects[parent], holder.members.isEmpty, holder.kind != .bundle {
            messages += remove(parent)
        }
        return messages
    }

    /// Removes everything but nodes, or only the nodes.
    package mutating func erase(nodes: Bool) {
        for object in allObjects where (object.kind == .node) == nodes { drop(object.key) }
        for index in sections.indices where (sections[index].element.name == "nodes") == nodes {
            sections[index].entries = []
        }
        sections.removeAll { $0.element.name == "fencing-topology" && !nodes }
    }

    /// Removes everything that is not named.
    mutating func keepOnly(_ keys: Set<String>) {
        for object in allObjects where !keys.contains(object.key) && objects[object.key] != nil {
            for member in object.members where keys.contains(member) { move(member, to: nil) }
            objects[object.key]?.element.children.removeAll { $0.name == MemberPlaceholder.name }
            drop(object.key)
        }
    }

    // MARK: rename

    /// Gives an object a new id; constraints, containers, tags, fencing levels and access rules follow.
    package mutating func rename(_ old: String, to new: String) throws(EditError) -> [Message] {
        guard let object = object(id: old) else { throw EditError("object \(old) does not exist") }
        guard object.kind != .node else { throw EditError("cannot rename nodes") }
        guard object.kind != .fencingTopology else { throw EditError("cannot rename fencing_topology") }
        guard Spelling.isObjectID(new) else { throw EditError("\(new): invalid object id") }
        guard !ids.contains(new), objects[new] == nil else { throw EditError("\(new): id is already in use") }
        rekey(old, to: new)
        var messages: [Message] = []
        for constraint in constraints(naming: old) {
            messages.append(.info("modified \(constraint.kind.rawValue):\(constraint.id) from \(old) to \(new)"))
            update(constraint.key) { _ = ConstraintReferences.rename(old, to: new, in: &$0) }
        }
        for other in allObjects { renameReferences(in: other, from: old, to: new) }
        return messages
    }

    private mutating func renameReferences(in object: ConfigurationObject, from old: String, to new: String) {
        switch object.kind {
        case .tag:
            update(object.key) { $0.renameIDs("obj_ref", from: old, to: new) }
        case .aclTarget, .aclGroup:
            update(object.key) { $0.renameIDs("role", from: old, to: new) }
        case .primitive where object.element["template"] == old:
            update(object.key) { $0["template"] = new }
        case .role:
            update(object.key) { element in
                for index in element.children.indices where element.children[index]["reference"] == old {
                    element.children[index]["reference"] = new
                }
            }
        case .fencingTopology:
            update(object.key) { element in
                for index in element.children.indices {
                    guard let devices = element.children[index]["devices"] else { continue }
                    element.children[index]["devices"] =
                        devices.split(separator: ",", omittingEmptySubsequences: false)
                        .map { $0 == old ? new : String($0) }.joined(separator: ",")
                }
            }
        default: break
        }
    }

    // MARK: modgroup

    /// Where `modgroup add` puts a new member.
    package enum GroupPlace: Sendable { case end, after(String), before(String) }

    package mutating func addMember(
        _ member: String, to groupID: String, _ place: GroupPlace
    ) throws(EditError) -> [Message] {
        let group = try group(groupID)
        guard !group.members.contains(member) else {
            throw EditError("in group \(groupID) child \(member) listed more than once")
        }
        guard let primitive = objects[member] else { throw EditError("\(groupID) refers to missing object \(member)") }
        guard primitive.kind == .primitive else {
            throw EditError("a group may contain only primitives; \(member) is \(primitive.kind.rawValue)")
        }
        if let parent = primitive.parent { throw EditError("\(member) already in use at \(parent)") }
        var element = group.element
        var position = element.children.count
        switch place {
        case .end: break
        case .after(let other), .before(let other):
            guard
                let found = element.children.firstIndex(where: { $0.name == MemberPlaceholder.name && $0.id == other })
            else { throw EditError("configure.modgroup: \(other) is not member of \(groupID)") }
            if case .after = place { position = found + 1 } else { position = found }
        }
        element.children.insert(MemberPlaceholder.of(member), at: position)
        move(member, to: groupID)
        replace(groupID, with: element)
        return []
    }

    package mutating func removeMember(_ member: String, from groupID: String) throws(EditError) -> [Message] {
        let group = try group(groupID)
        guard group.members.contains(member) else {
            throw EditError("configure.modgroup: \(member) is not member of \(groupID)")
        }
        guard group.members.count > 1 else {
            throw EditError(
                "1: syntax in group: Expected at least 2 arguments near <group> parsing 'group \(groupID)'",
                hint: "\(member) is the last member; delete the group instead: delete \(groupID)")
        }
        move(member, to: nil)
        return []
    }

    private func group(_ id: String) throws(EditError) -> ConfigurationObject {
        guard let group = objects[id] else { throw EditError("configure.modgroup: group \(id) does not exist") }
        guard group.kind == .group else { throw EditError("configure.modgroup: element \(id) is not a group") }
        return group
    }

    // MARK: set

    /// `set ID.[OP.][INTERVAL.]NAME VALUE`.
    package mutating func setValue(_ path: String, to value: String) throws(EditError) {
        let prefix = "configure.set: "
        let parts = path.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        // Ids may contain dots: the longest leading part that is an object counts.
        var split: (object: ConfigurationObject, rest: [String])?
        for count in stride(from: parts.count - 1, to: 0, by: -1) {
            if let object = object(id: parts.prefix(count).joined(separator: ".")) {
                split = (object, Array(parts.dropFirst(count)))
                break
            }
        }
        guard parts.count >= 2, parts.allSatisfy({ !$0.isEmpty }) else {
            throw EditError("\(prefix)Invalid path: \"\(path)\"; Valid path: \"id.[op_type.][interval.]name\"")
        }
        guard let (object, rest) = split else { throw EditError("\(prefix)Object \(parts[0]) not found") }
        guard (1...3).contains(rest.count) else {
            throw EditError("\(prefix)Invalid path: \"\(path)\"; Valid path: \"id.[op_type.][interval.]name\"")
        }
        var element = object.element
        let name = rest[rest.count - 1]
        if rest.count == 1 {
            try Self.setPair(name, value, in: &element, path: path)
        } else {
            try Self.setOperation(
                rest[0], interval: rest.count == 3 ? rest[1] : nil, name, value, in: &element, object.id)
        }
        replace(object.key, with: element)
    }

    private static func setPair(
        _ name: String, _ value: String, in element: inout XMLElement, path: String
    ) throws(EditError) {
        func count(_ element: XMLElement) -> Int {
            element.elements.reduce(0) { total, child in
                guard child.name != "operations" else { return total }
                return total + (child.name == "nvpair" && child["name"] == name ? 1 : count(child))
            }
        }
        func assign(_ element: inout XMLElement) {
            for index in element.children.indices where element.children[index].isElement {
                guard element.children[index].name != "operations" else { continue }
                if element.children[index].name == "nvpair", element.children[index]["name"] == name {
                    element.children[index]["value"] = value
                } else {
                    assign(&element.children[index])
                }
            }
        }
        let found = count(element)
        if found == 0 { throw EditError("configure.set: Attribute not found: \(path)") }
        guard found == 1 else { throw EditError("configure.set: Expected 1 attribute named \(name), found \(found)") }
        assign(&element)
    }

    private static func setOperation(
        _ operation: String, interval: String?, _ name: String, _ value: String, in element: inout XMLElement,
        _ id: String
    ) throws(EditError) {
        var places: [(Int, Int)] = []
        for set in element.children.indices where element.children[set].name == "operations" {
            for place in element.children[set].children.indices {
                let candidate = element.children[set].children[place]
                guard candidate.name == "op", candidate["name"] == operation else { continue }
                if let interval, !Duration.equal(candidate["interval"], interval) { continue }
                places.append((set, place))
            }
        }
        guard let (set, place) = places.first else {
            throw EditError("configure.set: Operation \"\(operation)\" not found for resource \(id)")
        }
        guard places.count == 1 else { throw EditError("configure.set: Should specify interval of \(operation)") }
        element.children[set].children[place][name] = value
    }

    // MARK: default timeouts

    /// Sets the timeouts of a primitive's operations to what its agent advises and adds those that every such resource has.
    package mutating func setDefaultTimeouts(_ id: String, advice: AgentMetadata) throws(EditError) {
        guard let object = objects[id], object.kind == .primitive else { return }
        var needed = ["start", "stop"]
        let sets = object.element.elements("meta_attributes")
        if sets.contains(where: { Vocabulary.boolean($0.pairValue("allow-migrate") ?? "") ?? false }) {
            needed += ["migrate_to", "migrate_from"]
        }
        if isPromotable(object) { needed += ["promote", "demote"] }
        var element = object.element
        let place = element.children.firstIndex { $0.name == "operations" } ?? element.children.count
        if place == element.children.count { element.children.append(XMLElement("operations")) }
        for index in element.children[place].children.indices {
            let operation = element.children[place].children[index]
            guard operation.name == "op", let name = operation["name"], needed.contains(name) || name == "monitor",
                let advised = advice.action(name, role: operation["role"])?.timeout
            else { continue }
            element.children[place].children[index]["timeout"] = advised
        }
        for name in needed {
            guard !element.children[place].elements("op").contains(where: { $0["name"] == name }),
                let advised = advice.action(name, role: nil)?.timeout
            else { continue }
            element.children[place].children.append(
                XMLElement("op", [("name", name), ("timeout", advised), ("interval", "0")]))
        }
        guard !element.children[place].children.isEmpty else { return }
        ids.remove(object.element)
        ids.complete(&element, prefix: id, old: object.element)
        ids.remove(element)
        ids.add(object.element)
        replace(id, with: element)
    }

    // MARK: tracing

    /// Sets or removes `trace_ra` in operations of a primitive: those named, else all, and start and stop if they are missing.
    package mutating func setTracing(
        _ id: String, operation wanted: String?, interval: String?, isOn: Bool
    ) throws(EditError) -> [Message] {
        guard let object = objects[id], object.kind == .primitive else { throw EditError("\(id) is not a primitive") }
        var element = object.element
        let place = element.children.firstIndex { $0.name == "operations" } ?? element.children.count
        if place == element.children.count { element.children.append(XMLElement("operations")) }
        for name in wanted.map({ [$0] }) ?? ["start", "stop"] where isOn {
            guard !element.children[place].elements("op").contains(where: { $0["name"] == name }) else { continue }
            element.children[place].children.append(XMLElement("op", [("name", name), ("interval", interval ?? "0")]))
        }
        for index in element.children[place].children.indices {
            let operation = element.children[place].children[index]
            guard operation.name == "op", wanted == nil || operation["name"] == wanted,
                interval == nil || Duration.equal(operation["interval"], interval)
            else { continue }
            element.children[place].children[index].removeTracing()
            if isOn { element.children[place].children[index].addTracing() }
        }
        guard !element.children[place].children.isEmpty else { return [] }
        ids.remove(object.element)
        ids.complete(&element, prefix: id, old: object.element)
        ids.remove(element)
        ids.add(object.element)
        replace(id, with: element)
        return []
    }

    /// Whether a primitive is the member of a container that promotes.
    private func isPromotable(_ object: ConfigurationObject) -> Bool {
        guard let parent = object.parent.flatMap({ objects[$0] }) else { return false }
        if parent.kind == .ms { return true }
        let sets = parent.element.elements("meta_attributes")
        return sets.contains { Vocabulary.boolean($0.pairValue("promotable") ?? "") ?? false }
    }
}

extension XMLElement {
    fileprivate mutating func addTracing() {
        let pair = XMLElement("nvpair", [("name", "trace_ra"), ("value", "1")])
        if let set = children.firstIndex(where: { $0.name == "instance_attributes" && $0["id-ref"] == nil }) {
            children[set].children.append(pair)
        } else {
            children.append(XMLElement("instance_attributes", children: [pair]))
        }
    }

    fileprivate mutating func removeTracing() {
        for set in children.indices where children[set].name == "instance_attributes" {
            children[set].children.removeAll { $0.name == "nvpair" && ($0["name"] ?? "").hasPrefix("trace_") }
        }
        children.removeAll { $0.name == "instance_attributes" && $0["id-ref"] == nil && $0.children.isEmpty }
    }

    mutating func renameIDs(_ child: String, from old: String, to new: String) {
        for index in children.indices where children[index].name == child && children[index].id == old {
            children[index]["id"] = new
        }
    }
}
