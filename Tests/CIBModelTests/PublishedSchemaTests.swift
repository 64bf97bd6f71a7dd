// SPDX-License-Identifier: GPL-2.0-or-later
// Our grammar beside the published schemas, on sound and on mutated CIBs. The schemas are read from Debian's package; without it, skipped.
// SCHEMA_MUTATIONS=10000 swift test --filter PublishedSchemaTests runs long; SCHEMA_SEED=N begins elsewhere.
import CIBModel
import ClusterXML
import Glibc
import Testing

private let folder = Recorded.schemas ?? ""

private func number(_ name: String, _ fallback: Int) -> Int {
    getenv(name).flatMap { Int(String(cString: $0)) } ?? fallback
}

@Suite(.enabled(if: Recorded.schemas != nil, "the package pacemaker-common is not installed"))
struct PublishedSchemaTests {
    /// Versions that both sides know.
    private static let versions = SchemaVersion.all.filter { access("\(folder)/\($0.name).rng", R_OK) == 0 }

    @Test func bothAcceptAndRefuseTheSame() throws {
        let published = try Self.versions.map { (version: $0, schema: try RelaxNGSchema(file: "\(folder)/\($0.name).rng")) }
        let documents = try Self.documents()
        var dice = Dice(seed: UInt64(number("SCHEMA_SEED", 31)))
        var accepted = 0
        var unexplained: [String] = []
        let count = number("SCHEMA_MUTATIONS", 400)
        for round in 0..<count {
            var cib = dice.pick(documents)
            let (version, schema) = dice.pick(published)
            cib["validate-with"] = version.name
            var changes: [String] = []
            for _ in 0..<dice.roll(4) { if let change = Mutation.apply(to: &cib, &dice) { changes.append(change) } }
            let text = cib.serialized()
            let theirs = try schema.errors(inDocument: text)
            let ours = CIBValidator(version).problems(in: cib)
            if theirs.isEmpty { accepted += 1 }
            guard theirs.isEmpty != ours.isEmpty else { continue }
            if Self.explanation(theirs.map(\.message), ours, cib) != nil { continue }
            let said = theirs.first?.message ?? ours.first?.description ?? ""
            unexplained.append("round \(round), \(version.name), \(changes): \(theirs.isEmpty ? "only ours" : "only theirs"): \(said)")
        }
        #expect(unexplained.isEmpty, "\(unexplained.count) of \(count) disagree:\n\(unexplained.prefix(40).joined(separator: "\n"))")
        #expect(accepted > count / 10 && accepted < count, "\(accepted) of \(count) were valid: the mutations are no test")
    }

    /// Why the two may differ on this document; nil if they may not.
    private static func explanation(_ theirs: [String], _ ours: [GrammarProblem], _ cib: XMLElement) -> String? {
        nil
    }

    /// Small recorded CIBs, so that a change is likely to matter.
    private static func documents() throws -> [XMLElement] {
        let recorded = Recorded.cibs(in: ["schema-cases/inputs", "cli-cases/inputs", "cli-cases/data", "cts-scheduler/xml"])
        return [try exampleCIB()] + recorded.filter { $0.first("configuration") != nil && $0.serialized().utf8.count < 25_000 }
    }
}

/// One random change of a CIB that may make it invalid.
private enum Mutation {
    private static let values = [
        "", "0", "-1", "1", "007", "INFINITY", "-INFINITY", "+INFINITY", "inf", "true", "false", "yes", "1.5", "stop", "Master", "Promoted",
        "Slave", "Mandatory", "Optional", "ocf", "stonith", "x", "a b", "1x", "#uname", "ping", "remote", "exclusive", "lt", "gt", "in_range",
        "date_spec", "defined", "eq", "or", "and", "2030-01-01", "literal", "integer", "99999999999999999999", "freeze", "listed", "demote",
    ]
    private static let attributes = [
        "id", "id-ref", "name", "value", "score", "score-attribute", "node", "rsc", "with-rsc", "rsc-role", "first", "then", "kind", "symmetrical",
        "sequential", "require-all", "role", "action", "class", "provider", "type", "template", "interval", "timeout", "on-fail", "description",
        "resource-discovery", "rsc-pattern", "influence", "ordering", "operation", "attribute", "value-source", "boolean-op", "start", "end",
        "ticket", "loss-policy", "index", "devices", "target", "target-pattern", "path", "uname", "image", "replicas", "node-attribute", "moon",
    ]
    private static let elements = [
        "rule", "expression", "date_expression", "date_spec", "duration", "rsc_expression", "op_expression", "nvpair", "meta_attributes",
        "instance_attributes", "utilization", "operations", "op", "resource_set", "resource_ref", "lifetime", "primitive", "group", "clone", "master",
        "bundle", "docker", "podman", "rkt", "network", "storage", "template", "rsc_location", "rsc_order", "rsc_colocation", "rsc_ticket", "tags",
        "tag", "obj_ref", "acls", "alerts", "alert", "recipient", "select", "fencing-topology", "fencing-level", "rsc_defaults", "op_defaults",
        "acl_role", "acl_permission", "acl_target", "role", "node", "cluster_property_set", "frob", "status", "node_state",
    ]

    /// - Returns: what was done, nil if there was nothing to do.
    static func apply(to cib: inout XMLElement, _ dice: inout Dice) -> String? {
        guard let place = cib.children.firstIndex(where: { $0.name == "configuration" }) else { return nil }
        return change(&cib.children[place], &dice)
    }

    private static func change(_ element: inout XMLElement, _ dice: inout Dice) -> String? {
        let places = element.children.indices.filter { element.children[$0].isElement }
        if !places.isEmpty, dice.roll(6) != 0 { return change(&element.children[dice.pick(Array(places))], &dice) }
        let name = "\(element.name) \(element.id ?? "")"
        switch dice.roll(8) {
        case 0 where !element.attributes.isEmpty:
            let index = dice.roll(element.attributes.count)
            defer { element.attributes.remove(at: index) }
            return "\(name): without \(element.attributes[index].name)"
        case 1 where !element.attributes.isEmpty:
            let index = dice.roll(element.attributes.count)
            element.attributes[index].value = dice.pick(values)
            return "\(name): \(element.attributes[index].name)=\(element.attributes[index].value)"
        case 2, 3:
            let attribute = dice.pick(attributes)
            element[attribute] = dice.pick(values)
            return "\(name): \(attribute)=\(element[attribute] ?? "")"
        case 4 where !places.isEmpty:
            let index = dice.pick(Array(places))
            defer { element.children.remove(at: index) }
            return "\(name): without child \(element.children[index].name)"
        case 5 where places.count > 1:
            element.children.swapAt(dice.pick(Array(places)), dice.pick(Array(places)))
            return "\(name): children exchanged"
        case 6:
            let child = XMLElement(dice.pick(elements), dice.roll(2) == 0 ? [] : [("id", "new-\(dice.roll(1_000_000))")])
            element.children.insert(child, at: dice.roll(element.children.count + 1))
            return "\(name): with child \(child.name)"
        default:
            let before = element.name
            guard before != "configuration" else { return nil }
            element.name = dice.pick(elements)
            return "\(name): called \(element.name)"
        }
    }
}
