// SPDX-License-Identifier: GPL-2.0-or-later
// A property of generated configurations: CIB to text, text into an empty CIB, and both say the same.
import ClusterXML
import Testing

@testable import ConfigurationLanguage

struct GeneratedConfigurationTests {
    @Test func generatedConfigurationsSurviveTheWayToTextAndBack() {
        for seed in 0..<UInt64(150 * fuzzFactor) {
            var maker = ConfigurationMaker(seed: seed)
            let cib = maker.cib()
            let problem = RoundTripTests.difference(cib)
            #expect(problem == nil, "seed \(seed): \(problem ?? "")")
            if problem != nil { break }
        }
    }
}

/// Makes configurations with something of every kind, valid but for what chance may do to references.
struct ConfigurationMaker {
    private var random: SplitMix
    private var count = 0

    init(seed: UInt64) { random = SplitMix(state: seed &* 7919 &+ 17) }

    private mutating func pick<Item>(_ items: [Item]) -> Item { items[random.below(items.count)] }
    private mutating func chance(_ oneIn: Int) -> Bool { random.below(oneIn) == 0 }

    private mutating func id(_ prefix: String) -> String {
        count += 1
        return "\(prefix)\(count)"
    }

    private mutating func value() -> String {
        pick(["1", "", "a b", "x\"y", "it's", "back\\slash", "é東", "<&>", "10s", "true", "a=b", "#x", "{z}", "$HOME", "-1", "/dev/x", "a,b;c", " lead"])
    }

    mutating func cib() -> XMLElement {
        let primitives = (0..<(2 + random.below(6))).map { _ in id("p") }
        var resources = primitives.map { primitive($0) }
        var tops = primitives
        if chance(2), resources.count > 2 {
            let members = Array(resources.prefix(2))
            resources.removeFirst(2)
            let group = XMLElement("group", [("id", id("g"))], children: sets() + members)
            resources.append(group)
            tops = tops.dropFirst(2) + [group.id ?? ""]
        }
        if chance(2), let last = resources.popLast() {
            let clone = XMLElement(pick(["clone", "master"]), [("id", id("c"))], children: sets() + [last])
            resources.append(clone)
            tops = tops.dropLast() + [clone.id ?? ""]
        }
        let constraints = (0..<random.below(8)).map { _ in constraint(tops) }
        let sections = [
            XMLElement("crm_config", children: [set("cluster_property_set", "cib-bootstrap-options", ["stonith-enabled", "batch-limit"])]),
            XMLElement("nodes", children: (0..<random.below(3)).map { node($0) }),
            XMLElement("resources", children: resources), XMLElement("constraints", children: constraints),
            XMLElement("rsc_defaults", children: chance(2) ? [set("meta_attributes", "rsc-options", ["resource-stickiness"])] : []),
            XMLElement("tags", children: chance(2) ? [tag(tops)] : []), XMLElement("alerts", children: chance(2) ? [alert()] : []),
            XMLElement("acls", children: chance(2) ? [role()] : []),
        ]
        let kept = sections.filter { !$0.children.isEmpty || ["crm_config", "nodes", "resources", "constraints"].contains($0.name) }
        return XMLElement(
            "cib", [("validate-with", "pacemaker-3.9"), ("epoch", "1"), ("num_updates", "0"), ("admin_epoch", "0")],
            children: [XMLElement("configuration", children: kept), XMLElement("status")])
    }

    private mutating func set(_ name: String, _ id: String, _ names: [String]) -> XMLElement {
        var set = XMLElement(name, [("id", id)])
        if name != "cluster_property_set", chance(5) { set["score"] = pick(["5", "INFINITY"]) }
        if chance(4) { set.children.append(rule(id)) }
        for pair in names { set.children.append(XMLElement("nvpair", [("id", "\(id)-\(pair)"), ("name", pair), ("value", value())])) }
        return set
    }

    private mutating func sets() -> [XMLElement] {
        chance(2) ? [set("meta_attributes", id("m"), ["priority", "is-managed"])] : []
    }

    private mutating func node(_ number: Int) -> XMLElement {
        var node = XMLElement("node", [("id", pick(["\(number + 1)", "n\(number)"])), ("uname", "n\(number)")])
        if chance(2) { node.children.append(set("instance_attributes", id("na"), ["rack", "standby"])) }
        if chance(3) { node.children.append(set("utilization", id("nu"), ["cpu"])) }
        return node
    }

    private mutating func primitive(_ id: String) -> XMLElement {
        var primitive = XMLElement("primitive", [("id", id), ("class", "ocf"), ("provider", pick(["heartbeat", "pacemaker"])), ("type", "Dummy")])
        if chance(4) { primitive["description"] = value() }
        if chance(2) { primitive.children.append(set("instance_attributes", self.id("ia"), ["state", "fake"])) }
        if chance(3) { primitive.children.append(set("meta_attributes", self.id("ma"), ["target-role"])) }
        if chance(4) { primitive.children.append(set("utilization", self.id("ut"), ["cpu", "memory"])) }
        if chance(2) {
            var operations = XMLElement("operations")
            for (place, name) in ["monitor", "start", "stop"].enumerated() where chance(2) {
                var operation = XMLElement("op", [("id", self.id("o")), ("name", name), ("interval", name == "monitor" ? "\(10 + place)s" : "0")])
                if chance(2) { operation["timeout"] = pick(["20s", "1min", "PT30S"]) }
                if chance(4) { operation.children.append(set("instance_attributes", self.id("oi"), ["OCF_CHECK_LEVEL"])) }
                operations.children.append(operation)
            }
            if !operations.children.isEmpty { primitive.children.append(operations) }
        }
        return primitive
    }

    private mutating func rule(_ owner: String) -> XMLElement {
        let id = self.id("\(owner)-rule")
        var rule = XMLElement("rule", [("id", id), ("score", pick(["INFINITY", "-INFINITY", "100", "-5"]))])
        if chance(3) { rule["boolean-op"] = "or" }
        for _ in 0...random.below(3) {
            let part = self.id("\(id)-e")
            switch random.below(4) {
            case 0: rule.children.append(XMLElement("expression", [("id", part), ("attribute", "#uname"), ("operation", pick(["eq", "ne"])), ("value", "n1")]))
            case 1: rule.children.append(XMLElement("expression", [("id", part), ("attribute", "pingd"), ("operation", pick(["defined", "not_defined"]))]))
            case 2:
                rule.children.append(XMLElement("date_expression", [("id", part), ("operation", "lt"), ("end", pick(["2030-01-01", "2030-01-01 10:00:00Z"]))]))
            default:
                let spec = XMLElement("date_spec", [("id", "\(part)-s"), ("hours", "9-16"), ("weekdays", "1-5")])
                rule.children.append(XMLElement("date_expression", [("id", part), ("operation", "date_spec")], children: [spec]))
            }
        }
        return rule
    }

    private mutating func constraint(_ names: [String]) -> XMLElement {
        let (first, second) = (pick(names), pick(names))
        switch random.below(first == second ? 2 : 5) {
        case 0: return XMLElement("rsc_location", [("id", id("l")), ("rsc", first), ("node", "n1"), ("score", pick(["100", "INFINITY", "-INFINITY"]))])
        case 1:
            let id = self.id("l")
            return XMLElement("rsc_location", [("id", id), ("rsc", first)], children: [rule(id)])
        case 2:
            var element = XMLElement("rsc_colocation", [("id", id("k")), ("score", pick(["INFINITY", "-10"])), ("rsc", first), ("with-rsc", second)])
            if chance(3) { element["with-rsc-role"] = pick(["Master", "Started"]) }
            return element
        case 3:
            var element = XMLElement("rsc_order", [("id", id("o")), ("first", first), ("then", second)])
            if chance(2) { element["kind"] = pick(["Mandatory", "Optional", "Serialize"]) }
            if chance(3) { element["symmetrical"] = "false" }
            if chance(3) { element["first-action"] = pick(["start", "promote", "stop"]) }
            return element
        default:
            let id = self.id("s")
            var set = XMLElement("resource_set", [("id", "\(id)-0")], children: [first, second].map { XMLElement("resource_ref", [("id", $0)]) })
            if chance(2) { set["sequential"] = "false" }
            if chance(3) { set["require-all"] = "false" }
            return XMLElement("rsc_order", [("id", id), ("kind", "Mandatory")], children: [set])
        }
    }

    private mutating func tag(_ names: [String]) -> XMLElement {
        XMLElement("tag", [("id", id("t"))], children: Array(Set(names)).sorted().prefix(2).map { XMLElement("obj_ref", [("id", $0)]) })
    }

    private mutating func alert() -> XMLElement {
        let id = self.id("alert")
        var alert = XMLElement("alert", [("id", id), ("path", pick(["/usr/bin/alert", "/with blank/x"]))])
        if chance(2) { alert.children.append(set("instance_attributes", "\(id)-ia", ["debug"])) }
        alert.children.append(XMLElement("recipient", [("id", "\(id)-recipient-1"), ("value", value())]))
        return alert
    }

    private mutating func role() -> XMLElement {
        let id = self.id("role")
        return XMLElement("acl_role", [("id", id)], children: [
            XMLElement("acl_permission", [("id", "\(id)-0"), ("kind", "read"), ("xpath", pick(["/cib", "//nodes/node", "//x[@y='z w']"]))]),
            XMLElement("acl_permission", [("id", "\(id)-1"), ("kind", "write"), ("object-type", "nvpair"), ("attribute", "value")]),
        ])
    }
}
