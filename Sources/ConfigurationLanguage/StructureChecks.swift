// SPDX-License-Identifier: GPL-2.0-or-later
// What the cluster would refuse or ignore when it reads a configuration, beyond the schema (crm-configure.md section 8).
import ClusterXML

extension Configuration {
    /// Errors that the scheduler would log about this configuration. Without any primitive there are none.
    package func structureErrors() -> [Message] {
        let all = allObjects
        let primitives = all.filter { $0.kind == .primitive }
        guard !primitives.isEmpty else { return [] }
        var messages: [Message] = []
        let fencing = isTrue("stonith-enabled", default: isTrue("fencing-enabled", default: true))
        if fencing, !primitives.contains(where: { agentName(of: $0)?.standard == "stonith" }) {
            messages += [
                .error("Resource start-up disabled since no STONITH resources have been defined"),
                .error("Either configure some or disable STONITH with the stonith-enabled option"),
                .error("NOTE: Clusters with shared data need STONITH to ensure data integrity"),
            ]
        }
        for object in all {
            switch object.kind {
            case .bundle: messages += bundleErrors(object)
            case .ticket where object.element["loss-policy"] == "fence" && !fencing:
                let ticket = object.element["ticket"] ?? ""
                messages.append(
                    .error(
                        "\(object.id): loss-policy of ticket '\(ticket)' can not be 'fence' because fencing is not configured",
                        hint: "use loss-policy=stop, or configure fencing and set stonith-enabled=true"))
            case .location, .colocation, .order, .ticket: messages += constraintErrors(object)
            default: break
            }
        }
        return messages
    }

    private func bundleErrors(_ object: ConfigurationObject) -> [Message] {
        guard let member = object.members.first else { return [] }
        let network = object.element.first("network")
        guard network?["ip-range-start"] == nil, network?["control-port"] == nil else { return [] }
        return [
            .error(
                "Cannot control \(object.id) inside a bundle without either ip-range-start or control-port",
                hint: "\(member) runs in the container and must be reached: add network ip-range-start=… or control-port=…")
        ]
    }

    /// A clone without instances has no members that a constraint could name.
    private func constraintErrors(_ object: ConfigurationObject) -> [Message] {
        var messages: [Message] = []
        for name in ConstraintReferences.names(in: object.element) {
            guard let target = objects[name], let clone = outerClone(of: target) else { continue }
            let count = clone.element.elements("meta_attributes").lazy.compactMap { $0.pairValue("clone-max") }.first
            guard (count.flatMap { Int($0) } ?? nodeNames.count) < 1 else { continue }
            messages.append(
                .error("Ignoring constraint '\(object.id)' because '\(name)' is not a valid resource or tag",
                    hint: "name the clone \(clone.id) instead"))
        }
        return messages
    }

    private func outerClone(of object: ConfigurationObject) -> ConfigurationObject? {
        guard let parent = object.parent.flatMap({ objects[$0] }) else { return nil }
        return parent.kind == .clone || parent.kind == .ms ? parent : outerClone(of: parent)
    }

    /// References to ids that do not exist: sets, pairs, rules, templates, roles of access lists.
    package func danglingReferences() -> [Message] {
        var defined = Set<String>()
        var wanted: [(attribute: String, element: String, id: String, owner: String)] = []
        func collect(_ element: XMLElement, _ owner: String) {
            if let id = element.id, element.name != "role", element.name != "role_ref", element.name != "obj_ref",
                element.name != "resource_ref", element.name != MemberPlaceholder.name
            {
                defined.insert(id)
            }
            for name in ["id-ref", "template", "reference"] {
                if let id = element[name] { wanted.append((name, element.name, id, owner)) }
            }
            if element.name == "role", let id = element.id { wanted.append(("id", "role", id, owner)) }
            for child in element.children where child.isElement { collect(child, owner) }
        }
        for object in allObjects { collect(object.element, object.id) }
        return wanted.filter { !defined.contains($0.id) }.map { reference in
            let text: String =
                switch reference.attribute {
                case "template": "\(reference.id): no such resource template"
                case "id": "\(reference.owner): role \(reference.id) does not exist"
                default: "Reference not found: \(reference.id)"
                }
            return .error(text)
        }
    }
}
