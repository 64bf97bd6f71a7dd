// SPDX-License-Identifier: GPL-2.0-or-later
// Upgrade from 3.10 to 4.0: every `id-ref` becomes a copy of its target before the work and, where the id is still
// defined elsewhere, a reference again behind it. Copies carry a mark between the two.
import ClusterXML

enum SharedElements {
    /// An attribute no grammar knows: present on copies and on what the step creates from them.
    static let mark = "original"

    static func resolve(_ cib: inout XMLElement) {
        var definitions: [String: XMLElement] = [:]
        cib.forEachElement { element in
            // Ids below `status` are of another kind and never shared.
            if let id = element.id, element.name != "obj_ref", element.name != "resource_ref", element.name != "role",
                definitions[id] == nil
            {
                definitions[id] = element
            }
        }
        cib.modifyChildren("configuration") { configuration in
            configuration = resolved(configuration, definitions, depth: 0)
        }
    }

    private static func resolved(_ element: XMLElement, _ definitions: [String: XMLElement], depth: Int) -> XMLElement {
        if let target = element["id-ref"], let definition = definitions[target], depth < 16,
            definition.name == element.name
        {
            if element.name == "nvpair", let name = element["name"] {
                var pair = definition
                pair["id"] = "\(RemovalsUpgrade.prefix)\(target)-\(name)"
                pair["name"] = name
                pair[mark] = "0"
                return pair
            }
            return marked(resolved(definition, definitions, depth: depth + 1))
        }
        guard !element.children.isEmpty else { return element }
        var result = element
        for index in result.children.indices where result.children[index].isElement {
            result.children[index] = resolved(result.children[index], definitions, depth: depth)
        }
        return result
    }

    /// The element and all below it as copies.
    static func marked(_ element: XMLElement) -> XMLElement {
        guard element.isElement else { return element }
        var result = element
        result[mark] = "0"
        result.children = element.children.map(marked)
        return result
    }

    /// Turns copies back into references: all but the original, or but the first one if the original is gone.
    static func refer(_ cib: inout XMLElement) {
        var originals: Set<String> = []
        cib.first("configuration")?.forEachElement { element in
            if let id = definedID(of: element), element[mark] == nil { originals.insert(id) }
        }
        var seen: Set<String> = []
        cib.modifyChildren("configuration") { configuration in
            configuration = referred(configuration, originals, &seen)
        }
    }

    private static func definedID(of element: XMLElement) -> String? {
        switch element.name {
        case "resource_ref", "obj_ref", "role", "role_ref", "acl_target", "node": nil
        default: element.id
        }
    }

    private static func referred(_ element: XMLElement, _ originals: Set<String>, _ seen: inout Set<String>) -> XMLElement {
        var result = element
        if element[mark] != nil {
            if let id = definedID(of: element) {
                if originals.contains(id) || seen.contains(id) { return XMLElement(element.name, [("id-ref", id)]) }
                seen.insert(id)
            }
            result[mark] = nil
        }
        for index in result.children.indices where result.children[index].isElement {
            result.children[index] = referred(result.children[index], originals, &seen)
        }
        return result
    }
}

/// Permissions that refer to something the upgrade removed.
enum AccessReferences {
    static func repair(_ cib: inout XMLElement, before: XMLElement) {
        var ids: Set<String> = []
        cib.first("configuration")?.forEachElement { element in
            if let id = element.id, !["resource_ref", "obj_ref", "role"].contains(element.name) { ids.insert(id) }
        }
        cib.modifyChildren("configuration") { configuration in
            configuration.modifyChildren("acls") { acls in
                acls.modifyChildren("acl_role") { role in
                    role.modifyChildren("acl_permission") { permission in
                        guard let target = permission["reference"], !ids.contains(target) else { return }
                        permission["reference"] = nil
                        permission["xpath"] = path(replacing: target, ids)
                    }
                }
            }
        }
    }

    /// A path to the constraints a location was split into, or one that nothing is on.
    private static func path(replacing target: String, _ ids: Set<String>) -> String {
        var parts: [String] = []
        while ids.contains("\(RemovalsUpgrade.prefix)\(target)-\(parts.count + 1)") {
            parts.append("@id = '\(RemovalsUpgrade.prefix)\(target)-\(parts.count + 1)'")
        }
        return parts.isEmpty ? "/*[false()]" : "//*[\(parts.joined(separator: " or "))]"
    }
}
