// SPDX-License-Identifier: GPL-2.0-or-later
// What a statement adds to a set or a node that is there already (crm-configure.md sections 4 and 7.3).
import ClusterXML

extension Configuration {
    /// The old set with the new pairs: same names get the new value, others are added. Rules are replaced if given.
    static func mergingPairs(of new: XMLElement, into old: XMLElement) -> XMLElement {
        var result = old
        let comments = new.children.filter { $0.name == "#comment" }
        if !comments.isEmpty {
            result.children.removeAll { $0.name == "#comment" }
            result.children = comments + result.children
        }
        let rules = Array(new.elements("rule"))
        if !rules.isEmpty {
            result.children.removeAll { $0.name == "rule" }
            let position = result.children.firstIndex { $0.name == "nvpair" } ?? result.children.count
            result.children.insert(contentsOf: rules, at: position)
        }
        for attribute in new.attributes where attribute.name != "id" { result[attribute.name] = attribute.value }
        for pair in new.elements("nvpair") {
            if let place = result.children.firstIndex(where: {
                $0.name == "nvpair" && $0["name"] == pair["name"] && $0["name"] != nil
            }) {
                result.children[place]["value"] = pair["value"]
            } else {
                result.children.append(pair)
            }
        }
        return result
    }

    /// A node with the sets of another statement merged in.
    static func mergingSets(of new: XMLElement, into old: XMLElement) -> XMLElement {
        var result = old
        for attribute in new.attributes where attribute.name != "id" {
            // What is so anyway needs no writing.
            if attribute.name == "type", attribute.value == "member", old["type"] == nil { continue }
            result[attribute.name] = attribute.value
        }
        for set in new.elements {
            if let place = result.children.firstIndex(where: {
                $0.name == set.name && (set.id == nil || set.id == $0.id)
            }) {
                result.children[place] = mergingPairs(of: set, into: result.children[place])
            } else {
                result.children.append(set)
            }
        }
        return result
    }
}
