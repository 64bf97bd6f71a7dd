// SPDX-License-Identifier: GPL-2.0-or-later
// Forms of configuration that still work but will not for ever; crm_verify warns of them.
package import ClusterXML

/// Finds what is deprecated in a CIB, whatever its schema version.
package struct DeprecatedForms {
    /// One sentence a form, each form once, in order of appearance.
    package private(set) var remarks: [String] = []
    private var seen: Set<String> = []

    /// - Parameter cib: a whole CIB as it is written, before any upgrade.
    package init(in cib: XMLElement) {
        guard let configuration = cib.first("configuration") else { return }
        for section in configuration.children {
            switch section.name {
            case "crm_config": for set in section.elements("cluster_property_set") { readProperties(set) }
            case "nodes": for node in section.elements("node") { readNode(node) }
            case "resources": for resource in section.elements { readResource(resource) }
            case "constraints": for constraint in section.elements { readConstraint(constraint) }
            default: break
            }
        }
    }

    /// Remembers a remark. Several objects of one form are one remark, the first is named.
    private mutating func deprecate(_ form: String, _ text: String, _ advice: String = "") {
        guard seen.insert(form).inserted else { return }
        remarks.append("Support for \(text) is deprecated and will be removed in a future release\(advice.isEmpty ? "" : " (\(advice))")")
    }

    private mutating func readProperties(_ set: XMLElement) {
        for pair in set.elements("nvpair") {
            switch (pair["name"], pair["value"]?.lowercased()) {
            case ("stonith-action", "poweroff"), ("fencing-action", "poweroff"):
                deprecate("poweroff", "stonith-action of 'poweroff'", "use 'off' instead")
            case ("remove-after-stop", let value?) where Scan.isTrue(value):
                deprecate("remove-after-stop", "the remove-after-stop cluster property")
            default: break
            }
        }
    }

    private mutating func readNode(_ node: XMLElement) {
        guard node["type"] == "ping" else { return }
        deprecate("ping", "nodes of type 'ping' (such as \(node["uname"] ?? node.id ?? ""))")
    }

    private mutating func readResource(_ resource: XMLElement) {
        for set in resource.elements("meta_attributes") {
            for pair in set.elements("nvpair") { readMeta(pair, of: resource) }
        }
        for child in resource.children {
            if ["primitive", "group", "clone", "master"].contains(child.name) { readResource(child) }
        }
    }

    private mutating func readMeta(_ pair: XMLElement, of resource: XMLElement) {
        switch pair["name"] {
        case "restart-type": deprecate("restart-type", "restart-type")
        case "ordered" where Self.isForGroup(resource) && !Scan.isTrue(pair["value"]),
            "collocated" where Self.isForGroup(resource) && !Scan.isTrue(pair["value"]):
            let name = pair["name"] ?? ""
            deprecate("group-\(name)", "the '\(name)' group meta-attribute", "use a resource set instead")
        default: break
        }
    }

    /// A group, or a clone of one, which hands its meta-attributes down.
    private static func isForGroup(_ resource: XMLElement) -> Bool { resource.name == "group" || resource.first("group") != nil }

    private mutating func readConstraint(_ constraint: XMLElement) {
        if constraint.first("lifetime") != nil {
            deprecate("lifetime", "'lifetime' element (in \(constraint.id ?? ""))", "put its rules directly into the constraint")
        }
        guard constraint.name == "rsc_order" else { return }
        if constraint["score"] != nil { deprecate("order-score", "'score' in rsc_order", "use 'kind' instead") }
        if constraint["require-all"].map({ !Scan.isTrue($0) }) ?? false {
            deprecate("require-all", "require-all in ordering constraints", "use clone-min clone meta-attribute instead")
        }
    }
}
