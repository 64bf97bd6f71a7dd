// SPDX-License-Identifier: GPL-2.0-or-later
// Documents that several tests use, a seeded source of chance, and reading of recorded CIBs.
import ClusterXML
import Foundation

/// A valid CIB of the newest schema with something in every section.
func exampleCIB() throws -> XMLElement {
    try XMLParser.parse(
        """
        <cib crm_feature_set="3.20.5" validate-with="pacemaker-4.0" admin_epoch="0" epoch="5" num_updates="2">
          <configuration>
            <crm_config>
              <cluster_property_set id="options"><nvpair id="options-a" name="enable-acl" value="true"/></cluster_property_set>
            </crm_config>
            <nodes><node id="1" uname="one"/><node id="2" uname="two"/></nodes>
            <resources>
              <primitive id="a" class="ocf" provider="pacemaker" type="Dummy">
                <meta_attributes id="a-meta"><nvpair id="a-meta-role" name="target-role" value="Started"/></meta_attributes>
                <operations><op id="a-monitor" name="monitor" interval="10s"/></operations>
              </primitive>
              <primitive id="b" class="ocf" provider="pacemaker" type="Dummy"/>
              <clone id="c"><primitive id="d" class="ocf" provider="pacemaker" type="Stateful"/></clone>
            </resources>
            <constraints>
              <rsc_location id="l" rsc="a" node="one" score="100"/>
              <rsc_order id="o" first="a" then="b"/>
            </constraints>
            <acls>
              <acl_target id="eve"><role id="looker"/></acl_target>
              <acl_target id="bob"><role id="worker"/></acl_target>
              <acl_role id="looker"><acl_permission id="p1" kind="read" xpath="/cib/configuration/resources"/></acl_role>
              <acl_role id="worker">
                <acl_permission id="p2" kind="read" xpath="/cib"/>
                <acl_permission id="p3" kind="write" xpath="//resources"/>
                <acl_permission id="p4" kind="deny" xpath="//acls"/>
              </acl_role>
            </acls>
          </configuration>
          <status><node_state id="1" uname="one" in_ccm="true"/></status>
        </cib>
        """)
}

/// Chance that is the same in every run.
struct Dice {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func roll(_ sides: Int) -> Int {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Int(truncatingIfNeeded: state >> 33) % max(1, sides)
    }

    mutating func pick<Item>(_ items: [Item]) -> Item { items[roll(items.count)] }
}

/// Changes something somewhere in a tree: an attribute, a child, a name, an order.
func mutate(_ element: inout XMLElement, _ dice: inout Dice) {
    let inner = element.children.indices.filter { element.children[$0].isElement && element.children[$0].name != "status" }
    if !inner.isEmpty, dice.roll(8) != 0 { return mutate(&element.children[dice.pick(inner)], &dice) }
    switch dice.roll(7) {
    case 0 where !element.attributes.isEmpty: element.attributes.remove(at: dice.roll(element.attributes.count))
    case 1 where !element.attributes.isEmpty:
        let values = ["", "INFINITY", "true", "-1", "ocf", "stop", "Master", "a b", "1", "demote", "requires", "lt", "in_range", "ping", "cman", " 1 "]
        element.attributes[dice.roll(element.attributes.count)].value = dice.pick(values)
    case 2 where !element.children.isEmpty: element.children.remove(at: dice.roll(element.children.count))
    case 3 where !element.children.isEmpty:
        element.children.insert(dice.pick(element.children), at: dice.roll(element.children.count + 1))
    case 4:
        let names = ["score", "kind", "role", "id-ref", "rsc-pattern", "influence", "template", "requires", "value", "name", "promoted-max", "moon", "start", "end"]
        element[dice.pick(names)] = dice.pick(["1", "true", "INFINITY", "x", "Mandatory"])
    case 5:
        let names = ["rule", "nvpair", "meta_attributes", "lifetime", "utilization", "rsc_location", "tags", "alerts", "op", "resource_set", "master", "clone", "podman", "date_spec"]
        element.children.insert(
            XMLElement(dice.pick(names), [("id", "new\(dice.roll(50))"), ("name", "n"), ("value", "v")]),
            at: dice.roll(element.children.count + 1))
    default:
        if element.children.count > 1 { element.children.swapAt(dice.roll(element.children.count), dice.roll(element.children.count)) }
    }
}

enum Recorded {
    /// Where the recorded cases are; nil where the machine has none.
    static let folder = ProcessInfo.processInfo.environment["CLUSTERCTL_CASES"]
    /// Where published schemas are, to compare with.
    static let schemas: String? = {
        let path = ProcessInfo.processInfo.environment["PCMK_schema_directory"] ?? "/usr/share/pacemaker"
        return FileManager.default.fileExists(atPath: path + "/pacemaker-3.9.rng") ? path : nil
    }()

    /// The CIBs among the inputs of some recorded cases.
    static func cibs(in subfolders: [String]) -> [XMLElement] {
        guard let folder else { return [] }
        var found: [XMLElement] = []
        for subfolder in subfolders {
            let path = "\(folder)/\(subfolder)"
            for name in (try? FileManager.default.contentsOfDirectory(atPath: path).sorted()) ?? [] where name.hasSuffix(".xml") {
                guard let data = FileManager.default.contents(atPath: "\(path)/\(name)"), let document = try? XMLParser.parse(Array(data)),
                    document.name == "cib"
                else { continue }
                found.append(document)
            }
        }
        return found
    }
}
