// SPDX-License-Identifier: GPL-2.0-or-later
// Ids for the parts of an object that have none (crm-configure.md section 5).
import ClusterXML

extension IDRegistry {
    /// Gives every part below `element` that needs one an id.
    ///
    /// Parts of `old`, the element that is replaced, keep theirs where they match. The ids of `old` must not be 
    /// registered any more, those of `element` itself must not be yet; afterwards all of them are.
    mutating func complete(_ element: inout XMLElement, prefix: String, old: XMLElement?) {
        add(element)
        if let old { harvest(&element, from: old) }
        generate(&element, prefix: Self.prefix(prefix))
    }

    private static func prefix(_ text: String) -> String {
        !text.isEmpty && text.utf8.allSatisfy { $0 >= 0x30 && $0 <= 0x39 } ? "num-\(text)" : text
    }

    private static func needsID(_ element: XMLElement) -> Bool {
        guard element.isElement, element.id == nil, element["id-ref"] == nil else { return false }
        switch element.name {
        case "instance_attributes", "meta_attributes", "utilization", "cluster_property_set", "rule", "nvpair", "op",
            "expression", "date_expression", "duration", "date_spec", "resource_set", "acl_permission", "attribute",
            "port-mapping", "storage-mapping", "fencing-level", "recipient", "rsc_expression", "op_expression",
            "read", "write", "deny":
            return true
        default: return false
        }
    }

    private static func keyAttributes(_ name: String) -> [String] {
        switch name {
        case "nvpair": ["name"]
        case "op": ["name", "interval"]
        case "rule": ["score", "score-attribute", "role"]
        case "expression": ["attribute", "operation", "value"]
        case "fencing-level": ["target", "target-pattern", "target-attribute", "target-value", "devices"]
        case "recipient": ["value"]
        default: []
        }
    }

    /// Takes over ids from matching, unused parts of the old element.
    private mutating func harvest(_ element: inout XMLElement, from old: XMLElement) {
        var used = Set<Int>()
        for index in element.children.indices where element.children[index].isElement {
            let child = element.children[index]
            guard child.name != MemberPlaceholder.name else { continue }
            let keys = Self.keyAttributes(child.name)
            let match = old.children.indices.first { place in
                let candidate = old.children[place]
                return candidate.name == child.name && !used.contains(place)
                    && keys.allSatisfy { candidate[$0] == child[$0] } && (child.id == nil || child.id == candidate.id)
            }
            guard let match else { continue }
            used.insert(match)
            if Self.needsID(child), let id = old.children[match].id, !contains(id) {
                element.children[index]["id"] = id
                use(id)
            }
            harvest(&element.children[index], from: old.children[match])
        }
    }

    private mutating func generate(_ element: inout XMLElement, prefix: String) {
        for index in element.children.indices where element.children[index].isElement {
            if Self.needsID(element.children[index]) {
                let id = newID(for: element.children[index], prefix: prefix)
                element.children[index]["id"] = id
                use(id)
            }
            let childPrefix = element.children[index].id ?? prefix
            generate(&element.children[index], prefix: childPrefix)
        }
    }

    private func newID(for element: XMLElement, prefix: String) -> String {
        switch element.name {
        case "nvpair": return free("\(prefix)-\(element["name"] ?? "nvpair")")
        case "op": return free("\(prefix)-\(element["name"] ?? "")-\(element["interval"] ?? "0")")
        case "expression", "date_expression": return free("\(prefix)-expression")
        case "resource_set", "acl_permission", "attribute", "port-mapping", "storage-mapping":
            return free(prefix)
        case "fencing-level": return free("fencing")
        case "recipient":
            var number = 1
            while contains("\(prefix)-recipient-\(number)") { number += 1 }
            return "\(prefix)-recipient-\(number)"
        default: return free("\(prefix)-\(element.name)")
        }
    }
}
