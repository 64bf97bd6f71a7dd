// SPDX-License-Identifier: GPL-2.0-or-later
// Upgrade from 2.10 to 3.0 for operations: `requires` becomes a meta attribute of the resource (for start and promote,
// else it is dropped), settings among the parameters become meta attributes of the operation.
import ClusterXML

struct OldOperationNames {
    /// Sets that the resource gets at its end.
    private(set) var movedSets: [XMLElement] = []
    private let resourceID: String

    /// Finds what moves from the operations to the resource. An operation's attribute wins over its sets, the last
    /// operation over earlier ones, and what the resource says itself over all.
    init(of resource: XMLElement) {
        resourceID = resource.id ?? ""
        let own = resource.elements("meta_attributes").contains { set in
            !set.has("rule") && set.elements("nvpair").contains { $0["name"] == "requires" }
        }
        guard !own else { return }
        let operations = resource.elements("operations").flatMap { $0.elements("op") }.filter {
            $0["name"] == "start" || $0["name"] == "promote"
        }
        if let last = operations.last(where: { $0["requires"] != nil }), let value = last["requires"] {
            let pair = XMLElement(
                "nvpair", [("id", "_2TO3_\(last.id ?? "")-meta-requires"), ("name", "requires"), ("value", value)])
            movedSets = [XMLElement("meta_attributes", [("id", "_2TO3_\(resourceID)-meta")], children: [pair])]
            return
        }
        let sets = operations.flatMap { $0.elements.filter { $0.name == "meta_attributes" || $0.name == "instance_attributes" } }
        for (index, set) in sets.enumerated() {
            let pairs = set.elements("nvpair").filter { $0["name"] == "requires" }
            guard !pairs.isEmpty else { continue }
            let overridden = sets.enumerated().contains { other in
                guard !other.element.has("rule"), other.element.elements("nvpair").contains(where: { $0["name"] == "requires" })
                else { return false }
                if other.element.name == set.name { return other.offset > index }
                return set.name == "instance_attributes"
            }
            if !overridden { movedSets.append(moved(set, Array(pairs))) }
        }
    }

    /// Some pairs of a set as a set of meta attributes of its own. A rule of a set that stays is referred to.
    private func moved(_ set: XMLElement, _ pairs: [XMLElement]) -> XMLElement {
        var result = set
        result.name = "meta_attributes"
        result["id"] = "_2TO3_\(set.id ?? "")"
        result.children = set.children.filter { $0.name != "nvpair" } + pairs
        if stays(set) {
            result.modifyChildren("rule") { $0 = XMLElement("rule", [("id-ref", $0.id ?? $0["id-ref"] ?? "")]) }
        }
        return result
    }

    /// Whether pairs of a set of an operation are left where they are.
    private func stays(_ set: XMLElement) -> Bool {
        let table = set.name == "meta_attributes" ? OldNames.operationMeta : OldNames.operationParameters
        return set.elements("nvpair").contains { pair in !table.rows.contains { $0.name == pair["name"] } }
    }

    /// Takes the old names out of the operations.
    mutating func rewrite(_ resource: inout XMLElement, _ notes: inout [UpgradeNote]) {
        var found: [UpgradeNote] = []
        let definedByResource = Set(
            resource.elements("meta_attributes").filter { !$0.has("rule") }.flatMap { $0.elements("nvpair").compactMap { $0["name"] } })
        resource.modifyChildren("operations") { operations in
            operations.modifyChildren("op") { rewrite(operation: &$0, definedByResource, &found) }
        }
        notes += found
    }

    private func rewrite(operation: inout XMLElement, _ definedByResource: Set<String>, _ notes: inout [UpgradeNote]) {
        let action = operation["name"] ?? ""
        let place = operation.id ?? ""
        if operation["requires"] != nil {
            if let row = OldNames.operationMeta.row("requires", action) {
                notes += row.notes(OldNames.operationMeta.subject, "\(place) (rsc=\(resourceID))")
            }
            operation["requires"] = nil
        }
        var settings: [XMLElement] = []
        var result: [XMLElement] = []
        var ruled: [XMLElement] = []
        // Settings go to the first set of meta attributes without a rule, even if all that was in it moves away.
        let receiver = operation.children.first { $0.name == "meta_attributes" && !$0.has("rule") && $0["id-ref"] == nil }?.id
        for set in operation.children {
            let table: OldNames
            switch set.name {
            case "meta_attributes": table = OldNames.operationMeta
            case "instance_attributes": table = OldNames.operationParameters
            default:
                result.append(set)
                continue
            }
            var kept = set
            kept.children = []
            var own: [XMLElement] = []
            for child in set.children where child.name != "#comment" {
                guard child.name == "nvpair", let row = table.row(child["name"] ?? "", action) else {
                    kept.children.append(child)
                    continue
                }
                notes += row.notes(table.subject, "\(place) (rsc=\(resourceID), meta=\(set.id ?? ""))")
                if row.movesTo == "meta_attributes", set.name == "instance_attributes", !definedByResource.contains(row.name) {
                    own.append(child)
                }
            }
            if kept.has("nvpair") || set["id-ref"] != nil || set.id == receiver { result.append(kept) }
            if set.has("rule"), !own.isEmpty {
                ruled.append(moved(set, own))
            } else {
                // Of several sets with the same setting the last one counts.
                settings.removeAll { earlier in own.contains { $0["name"] == earlier["name"] } }
                settings += own
            }
        }
        operation.children = result
        addSettings(settings, to: &operation)
        operation.children.removeAll { $0.name == "meta_attributes" && $0.id == receiver && !$0.has("nvpair") }
        operation.children += ruled
    }

    private func addSettings(_ settings: [XMLElement], to operation: inout XMLElement) {
        guard !settings.isEmpty else { return }
        let index = operation.children.firstIndex { $0.name == "meta_attributes" && !$0.has("rule") && $0["id-ref"] == nil }
        if let index {
            operation.children[index].children += settings
        } else {
            operation.children.append(
                XMLElement("meta_attributes", [("id", "_2TO3_\(operation.id ?? "")-meta")], children: settings))
        }
    }
}
