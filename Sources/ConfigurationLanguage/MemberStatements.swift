// SPDX-License-Identifier: GPL-2.0-or-later
// Containers and their members: who may be in whom, and moving them there (crm-configure.md sections 4 and 9).
import ClusterXML

extension Configuration {
    /// Turns member resources that are written out (`xml` statements) into objects of their own.
    mutating func fileMembers(in element: inout XMLElement, of owner: String) throws(EditError) {
        for index in element.children.indices {
            let child = element.children[index]
            guard let kind = ObjectKind.of(element: child.name, in: "resources"), let id = child.id else { continue }
            var content = child
            if kind.isContainer { try fileMembers(in: &content, of: id) }
            element.children[index] = MemberPlaceholder.of(id)
            if let existing = objects[id] {
                guard existing.kind == kind else { throw EditError("\(id): id is already in use") }
                replace(id, with: content)
            } else {
                guard !ids.contains(id) else { throw EditError("\(id): id is already in use") }
                insert(ConfigurationObject(kind: kind, id: id, element: content))
            }
            if kind.isContainer, let object = objects[id] {
                for member in object.members { moveIn(member, to: id) }
            }
        }
    }

    func checkMembers(of object: ConfigurationObject) throws(EditError) {
        guard object.kind.isContainer else { return }
        for name in object.members {
            guard let member = objects[name] else {
                throw EditError("\(object.id) refers to missing object \(name)")
            }
            switch (object.kind, member.kind) {
            case (.group, .primitive), (.clone, .primitive), (.clone, .group), (.ms, .primitive), (.ms, .group),
                (.bundle, .primitive): break
            case (.group, _): throw EditError("a group may contain only primitives; \(name) is \(member.kind.rawValue)")
            default:
                let content = object.kind == .bundle ? "a primitive" : "a primitive or a group"
                throw EditError("\(object.kind.rawValue) may contain \(content); \(name) is \(member.kind.rawValue)")
            }
            if let parent = member.parent, parent != object.id, let holder = objects[parent] {
                throw EditError(
                    "Cannot create \(object.kind.rawValue):\(object.id): Child \(member.kind.rawValue):\(name) already in "
                        + "\(holder.kind.rawValue):\(parent)")
            }
        }
    }

    /// Moves the members into a container. With a new container, constraints that name them follow.
    mutating func adopt(_ object: ConfigurationObject, redirecting: Bool) -> [Message] {
        guard object.kind.isContainer else { return [] }
        var messages: [Message] = []
        for member in object.members {
            guard objects[member]?.parent != object.id else { continue }
            if redirecting { messages += redirectConstraints(from: member, to: object.id) }
            moveIn(member, to: object.id)
        }
        return messages
    }

    private mutating func moveIn(_ member: String, to parent: String) {
        let named = objects[parent]?.element
        move(member, to: parent)
        if let named { replace(parent, with: named) }
    }
}
