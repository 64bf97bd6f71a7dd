// SPDX-License-Identifier: GPL-2.0-or-later
// Upgrade from 3.10 to 4.0: what Pacemaker 3 removed is replaced or dropped (spec: cib-schema section 3, step C).
// This file is the order of the work; parts of it are in SharedElements, SortedSets and RemovedConstraintForms.
import ClusterXML

struct RemovalsUpgrade {
    /// How every id begins that this step makes up.
    static let prefix = "pcmk__3_10_upgrade-"

    private(set) var notes: [UpgradeNote] = []

    static func apply(to cib: inout XMLElement, notes: inout [UpgradeNote]) {
        var upgrade = RemovalsUpgrade()
        let before = cib
        SharedElements.resolve(&cib)
        cib.modifyChildren("configuration") { upgrade.upgrade(configuration: &$0) }
        SharedElements.refer(&cib)
        AccessReferences.repair(&cib, before: before)
        upgrade.noteAccessPaths(cib, before: before)
        notes += upgrade.notes
    }

    private mutating func upgrade(configuration: inout XMLElement) {
        let pingNodes = configuration.first("nodes")?.elements("node").filter { $0["type"] == "ping" } ?? []
        configuration = SortedSets.sorted(configuration)
        configuration.rewriteDescendants { element, parent in upgradeParts(element, in: parent) }
        let dropped = dropResources(&configuration)
        configuration.modifyChildren("constraints") { constraints in
            var forms = RemovedConstraintForms(droppedResources: dropped)
            forms.rewrite(&constraints, pingNodes: pingNodes.compactMap { $0["uname"] })
            notes += forms.notes
        }
    }

    private mutating func warn(_ text: String) { notes.append(UpgradeNote(severity: .warning, text: text)) }

    // MARK: Elements on their own

    private mutating func upgradeParts(_ element: XMLElement, in parent: String) -> [XMLElement] {
        var element = element
        switch element.name {
        case "cluster_property_set", "instance_attributes", "meta_attributes", "utilization":
            return [upgraded(set: element, in: parent)]
        case "date_spec":
            if element["moon"] != nil {
                warn("Dropping moon from date_spec \(element.id ?? "") because it is no longer supported")
                element["moon"] = nil
            }
        case "node" where element["type"] == "ping": element["type"] = "member"
        case "fencing-level":
            if let index = element["index"], Int(index).map({ $0 > 9 }) ?? true {
                warn("Dropping fencing level \(element.id ?? "") because its index is greater than 9")
                return []
            }
        case "docker", "podman", "rkt":
            if let masters = element["masters"] {
                element["masters"] = nil
                element["promoted-max"] = masters
            }
        case "master": return [promotableClone(element)]
        default: break
        }
        return [element]
    }

    private func promotableClone(_ master: XMLElement) -> XMLElement {
        var clone = master
        clone.name = "clone"
        let id = "\(Self.prefix)promotable-legacy-\(master.id ?? "")-meta_attributes"
        let pair = XMLElement("nvpair", [("id", "\(id)-promotable"), ("name", "promotable"), ("value", "true")])
        clone.children.insert(
            XMLElement("meta_attributes", [("id", id), ("score", "INFINITY")], children: [pair]), at: 0)
        return clone
    }

    // MARK: Sets

    private static let renamedProperties = [
        "crmd-finalization-timeout": "join-finalization-timeout", "crmd-integration-timeout": "join-integration-timeout",
        "crmd-transition-delay": "transition-delay",
    ]
    private static let resourceSetParents: Set = ["template", "primitive", "group", "clone", "master", "bundle", "rsc_defaults"]

    private mutating func upgraded(set: XMLElement, in parent: String) -> XMLElement {
        var result = set
        result.children.removeAll { $0.name == "nvpair" && $0["value"] == nil }
        if set.name == "cluster_property_set" {
            result.children = result.children.compactMap { upgraded(property: $0) }
        }
        removeIneffective(&result)
        guard set.name == "meta_attributes" else { return result }
        let unsupported: [String]
        let advice: String
        if parent == "op" || parent == "op_defaults" {
            unsupported = ["can_fail", "role_after_failure"]
            advice = "Consider setting the \"on-fail\" operation attribute instead"
        } else if Self.resourceSetParents.contains(parent) {
            unsupported = ["restart-type"]
            advice = "Consider setting the \"kind\" attribute for relevant constraints"
        } else {
            return result
        }
        for name in unsupported where result.elements("nvpair").contains(where: { $0["name"] == name }) {
            warn("Dropping \(name) meta-attribute from \(set.id ?? "") because it is no longer supported. \(advice)")
            result.children.removeAll { $0.name == "nvpair" && $0["name"] == name }
        }
        return result
    }

    private mutating func upgraded(property: XMLElement) -> XMLElement? {
        guard property.name == "nvpair", let name = property["name"] else { return property }
        var result = property
        if name == "remove-after-stop" {
            warn("Dropping remove-after-stop cluster property because it is no longer supported")
            return nil
        }
        if name == "stonith-action", property["value"] == "poweroff" { result["value"] = "off" }
        if let new = Self.renamedProperties[name] { result["name"] = new }
        return result
    }

    /// Of pairs with the same name only the one that counts stays: the first one behind the last `#default` that
    /// something follows; a `#default` at the end un-sets all before it.
    private func removeIneffective(_ set: inout XMLElement) {
        var keep: [Bool] = Array(repeating: true, count: set.children.count)
        var positions: [String: [Int]] = [:]
        for (index, pair) in set.children.enumerated() where pair.name == "nvpair" {
            positions[pair["name"] ?? "", default: []].append(index)
        }
        for indices in positions.values where indices.count > 1 {
            for index in indices { keep[index] = false }
            let lastDefault = indices.last { set.children[$0]["value"] == "#default" }
            let effective = indices.first { $0 > lastDefault ?? -1 } ?? lastDefault
            if let effective { keep[effective] = true }
        }
        var index = -1
        set.children.removeAll { _ in
            index += 1
            return !keep[index]
        }
    }

    // MARK: Resources of kinds that are gone

    private func isUnsupported(_ kind: String?) -> Bool { ["nagios", "upstart"].contains(kind?.lowercased() ?? "") }

    /// Drops them and what becomes empty without them.
    /// - Returns: the ids of what was dropped.
    private mutating func dropResources(_ configuration: inout XMLElement) -> Set<String> {
        var classOfTemplate: [String: String] = [:]
        for template in configuration.first("resources")?.all("template") ?? [] {
            if isUnsupported(template["class"]), let id = template.id { classOfTemplate[id] = template["class"] }
        }
        var dropped: Set<String> = []
        configuration.modifyChildren("resources") { resources in
            resources.children = resources.children.compactMap { kept($0, classOfTemplate, &dropped) }
        }
        return dropped
    }

    private mutating func kept(
        _ resource: XMLElement, _ templates: [String: String], _ dropped: inout Set<String>
    ) -> XMLElement? {
        var result = resource
        let id = resource.id ?? ""
        switch resource.name {
        case "template":
            guard isUnsupported(resource["class"]) else { return resource }
            warn("Dropping template \(id) because \(resource["class"] ?? "") resources are no longer supported")
            return nil
        case "primitive":
            let kind = resource["class"] ?? resource["template"].flatMap { templates[$0] }
            guard isUnsupported(kind) else { return resource }
            warn("Dropping resource \(id) because \(kind ?? "") resources are no longer supported")
        case "bundle":
            result.children = resource.children.compactMap { kept($0, templates, &dropped) }
            guard resource.has("rkt") else { return result }
            warn("Dropping bundle resource \(id) because rkt containers are no longer supported")
        case "group", "clone":
            result.children = resource.children.compactMap { kept($0, templates, &dropped) }
            if result.has("primitive") || result.has("group") { return result }
            notes.append(UpgradeNote(severity: .info, text: "Dropping \(resource.name) \(id) because it would become empty"))
        default: return resource
        }
        dropped.insert(id)
        return nil
    }

    /// Access rules by path are not followed: whoever wrote them should look at them again.
    private mutating func noteAccessPaths(_ cib: XMLElement, before: XMLElement) {
        let permissions = cib.first("configuration")?.first("acls")?.elements("acl_role").flatMap { $0.elements("acl_permission") }
        guard permissions?.contains(where: { $0["xpath"] != nil }) ?? false, cib != before else { return }
        warn("ACLs that use XPath expressions may need changes, since the configuration was transformed")
    }
}
