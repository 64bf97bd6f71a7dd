// SPDX-License-Identifier: GPL-2.0-or-later
// Upgrade from 2.10 to 3.0: names out of use are renamed, moved or dropped (spec: cib-schema section 3, step B).
// What operations require is in OldOperationNames.
import ClusterXML

struct OldNamesUpgrade {
    private(set) var notes: [UpgradeNote] = []

    static func apply(to cib: inout XMLElement, notes: inout [UpgradeNote]) {
        var upgrade = OldNamesUpgrade()
        SharedSets.unfold(&cib)
        cib.modifyChildren("configuration") { upgrade.upgrade(configuration: &$0) }
        SharedSets.fold(&cib, &upgrade.notes)
        notes += upgrade.notes
    }

    private mutating func upgrade(configuration: inout XMLElement) {
        moveDefaults(&configuration)
        for index in configuration.children.indices {
            switch configuration.children[index].name {
            case "crm_config":
                dropOldProperties(&configuration.children[index])
            case "nodes":
                configuration.children[index].modifyChildren("node") { if $0["type"] == "normal" { $0["type"] = "member" } }
            case "resources": upgrade(resources: &configuration.children[index])
            case "constraints":
                configuration.children[index].modifyChildren("rsc_colocation") {
                    $0["score-attribute"] = nil
                    $0["score-attribute-mangle"] = nil
                }
            default: break
            }
        }
    }

    // MARK: Properties

    private mutating func dropOldProperties(_ section: inout XMLElement) {
        section.children = section.children.compactMap { set in
            guard set.name == "cluster_property_set" else { return set }
            return rewritten(set, OldNames.properties, dropsComments: true) { pair in pair.id ?? "" }
        }
    }

    /// Pairs that were properties and are defaults of resources or operations now.
    private mutating func moveDefaults(_ configuration: inout XMLElement) {
        let sets = configuration.first("crm_config")?.all("cluster_property_set") ?? []
        for section in ["op_defaults", "rsc_defaults"] {
            var plain: [XMLElement] = []
            var ruled: [XMLElement] = []
            for set in sets {
                let pairs = set.elements("nvpair").compactMap { pair -> XMLElement? in
                    guard let row = OldNames.properties.row(pair["name"] ?? "", pair["value"] ?? ""), row.movesTo == section
                    else { return nil }
                    return Self.renamed(pair, row)
                }
                guard !pairs.isEmpty else { continue }
                if let rule = set.first("rule"), let id = set.id {
                    // The rule itself goes with the set that stays, if that is not empty.
                    var copy = XMLElement("meta_attributes", [("id", "_2TO3_\(id)")])
                    copy.children = [stays(set) ? XMLElement("rule", [("id-ref", rule.id ?? "")]) : rule] + pairs
                    ruled.append(copy)
                } else {
                    plain += pairs
                }
            }
            guard !plain.isEmpty || !ruled.isEmpty else { continue }
            add(plain, ruled, to: section, of: &configuration)
        }
    }

    private func stays(_ set: XMLElement) -> Bool {
        set.elements("nvpair").contains { pair in
            OldNames.properties.row(pair["name"] ?? "", pair["value"] ?? "").map { $0.becomes != nil && $0.movesTo == nil } ?? true
        }
    }

    private func add(_ plain: [XMLElement], _ ruled: [XMLElement], to section: String, of configuration: inout XMLElement) {
        guard let index = configuration.children.firstIndex(where: { $0.name == section }) else {
            var new = XMLElement(section)
            if !plain.isEmpty { new.children = [XMLElement("meta_attributes", [("id", newDefaultsID(section))], children: plain)] }
            new.children += ruled
            configuration.children.append(new)
            return
        }
        let plainSet = { (element: XMLElement) in element.name == "meta_attributes" && !element.has("rule") }
        let defined = Set(
            configuration.children[index].children.filter(plainSet).flatMap { $0.elements("nvpair").compactMap { $0["name"] } })
        // The published upgrade step adds to the first set without a rule. Where the section has none, what would move is lost.
        if let set = configuration.children[index].children.firstIndex(where: plainSet) {
            configuration.children[index].children[set].children += plain.filter { !defined.contains($0["name"] ?? "") }
        }
        configuration.children[index].children += ruled
    }

    private func newDefaultsID(_ section: String) -> String { section == "op_defaults" ? "_2TO3_-op-defaults" : "_2TO3_-rsc-defaults" }

    // MARK: Resources

    private mutating func upgrade(resources: inout XMLElement) {
        for index in resources.children.indices where resources.children[index].isElement {
            if ["primitive", "template"].contains(resources.children[index].name) {
                upgrade(resource: &resources.children[index])
            } else {
                upgrade(resources: &resources.children[index])
            }
        }
    }

    private mutating func upgrade(resource: inout XMLElement) {
        var operations = OldOperationNames(of: resource)
        operations.rewrite(&resource, &notes)
        let place = resource.id ?? ""
        var result: [XMLElement] = []
        for set in resource.children {
            switch set.name {
            case "instance_attributes":
                if let kept = rewritten(set, OldNames.resourceParameters, place: { $0.id ?? "" }) { result.append(kept) }
            case "meta_attributes":
                let context = "\(place) (meta=\(set.id ?? ""))"
                if let kept = rewritten(set, OldNames.resourceMeta, once: true, place: { _ in context }) { result.append(kept) }
            default: result.append(set)
            }
        }
        resource.children = result + operations.movedSets
    }

    // MARK: Sets

    /// A set with its old names replaced; nil if no pair is left.
    /// - Parameter once: of several old names that became the same new one, only the first stays.
    private mutating func rewritten(
        _ set: XMLElement, _ table: OldNames, dropsComments: Bool = false, once: Bool = false,
        place: (XMLElement) -> String
    ) -> XMLElement? {
        guard set["id-ref"] == nil else { return set }
        var result = set
        result.children = []
        var taken: Set<String> = []
        for child in set.children {
            if child.name == "#comment", dropsComments { continue }
            guard child.name == "nvpair", let row = table.row(child["name"] ?? "", child["value"] ?? "") else {
                result.children.append(child)
                continue
            }
            notes += row.notes(table.subject, place(child))
            guard let name = row.becomes, row.movesTo == nil, !once || taken.insert(name).inserted else { continue }
            result.children.append(Self.renamed(child, row))
        }
        return result.has("nvpair") ? result : nil
    }

    private static func renamed(_ pair: XMLElement, _ row: OldName) -> XMLElement {
        var result = pair
        if let name = row.becomes { result["name"] = name }
        if let value = row.value {
            result["value"] = value
        } else if let prefix = row.prefix, let value = pair["value"] {
            result["value"] = String(value.dropFirst(prefix.count))
        }
        return result
    }
}
