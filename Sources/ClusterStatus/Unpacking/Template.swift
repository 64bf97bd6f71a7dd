// SPDX-License-Identifier: GPL-2.0-or-later
// Resource templates: the effective element of a resource that refers to one (scheduler spec 7.2).

import CIBModel
import ClusterXML

extension ClusterState {
    /// The element with its template worked in, or the element itself; nil (with an error) if the reference is bad.
    mutating func expandTemplate(_ element: XMLElement) -> XMLElement? {
        guard let name = element["template"] else { return element }
        let id = element.id ?? ""
        guard name != id, let template = templateElements[name] else {
            error(
                name == id
                    ? "The resource object '\(id)' should not reference itself"
                    : "No template named '\(name)' for resource '\(id)'")
            return nil
        }
        addToTemplate(name, id)
        var expanded = template
        expanded.name = element.name
        expanded["id"] = id
        if let instance = element["clone"] { expanded["clone"] = instance }
        let own = element.first("operations")
        if let own, let inherited = template.first("operations") {
            expanded.children.removeAll { $0.name == "operations" }
            var merged = own
            let present = Set(own.elements("op").map(Self.operationIdentity))
            for operation in inherited.elements("op") where !present.contains(Self.operationIdentity(operation)) {
                merged.children.append(operation)
            }
            var isFirst = true
            for child in element.children {
                if child.name == "operations", isFirst {
                    expanded.children.append(merged)
                    isFirst = false
                } else {
                    expanded.children.append(child)
                }
            }
        } else {
            expanded.children.append(contentsOf: element.children)
        }
        return expanded
    }

    /// Name and role decide whether two operations are the same one.
    private static func operationIdentity(_ operation: XMLElement) -> String {
        let role = operation["role"] ?? "Unknown"
        let same = ["Started", "Unpromoted", "Slave"].contains(role) ? "Unknown" : role
        return "\(operation["name"] ?? "")/\(same)"
    }
}
