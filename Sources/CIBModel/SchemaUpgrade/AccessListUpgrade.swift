// SPDX-License-Identifier: GPL-2.0-or-later
// Upgrade from 1.x to 2.0: the access lists of Pacemaker 1.0 become roles, targets and permissions
// (spec: cib-schema section 3, step A).
import ClusterXML

enum AccessListUpgrade {
    static func apply(to cib: inout XMLElement, notes: inout [UpgradeNote]) {
        var found: [UpgradeNote] = []
        cib.modifyChildren("configuration") { configuration in
            configuration.modifyChildren("acls") { acls in
                acls.children = acls.children.flatMap { upgraded($0, &found) }
            }
        }
        notes += found
    }

    private static func upgraded(_ entry: XMLElement, _ notes: inout [UpgradeNote]) -> [XMLElement] {
        var entry = entry
        switch entry.name {
        case "acl_role":
            entry.children = entry.children.map { permission($0, &notes) }
            return [entry]
        case "acl_user":
            return upgradedUser(entry, &notes)
        default:
            return [entry]
        }
    }

    /// A user with roles becomes a target; one with rules of its own gets a role named after it, too.
    private static func upgradedUser(_ user: XMLElement, _ notes: inout [UpgradeNote]) -> [XMLElement] {
        var target = user
        target.name = "acl_target"
        if user.has("role_ref") {
            target.modifyChildren("role_ref") { $0.name = "role" }
            return [target]
        }
        target.children = []
        let rules = user.elements.filter { ["read", "write", "deny"].contains($0.name) }
        guard let id = user.id, !rules.isEmpty else { return [target] }
        target.children = [XMLElement("role", [("id", "auto-\(id)")])]
        var own: [XMLElement] = []
        for rule in rules { own.append(permission(rule, &notes)) }
        return [target, XMLElement("acl_role", [("id", "auto-\(id)")], children: own)]
    }

    private static func permission(_ rule: XMLElement, _ notes: inout [UpgradeNote]) -> XMLElement {
        guard ["read", "write", "deny"].contains(rule.name) else { return rule }
        var result = XMLElement("acl_permission", [("id", rule.id ?? ""), ("kind", rule.name)])
        let place = rule.id.map { " of '\($0)'" } ?? ""
        if let reference = rule["ref"] {
            result["reference"] = reference
            if rule["attribute"] != nil {
                notes.append(
                    UpgradeNote(severity: .warning, text: "ACLs: the attribute\(place) is lost, it cannot go with a reference"))
            }
        } else if let tag = rule["tag"] {
            result["object-type"] = tag
            result["attribute"] = rule["attribute"]
        } else if let attribute = rule["attribute"] {
            result["xpath"] = "\(rule["xpath"] ?? "")[@\(attribute)]"
        } else {
            result["xpath"] = rule["xpath"]
        }
        return result
    }
}
