// SPDX-License-Identifier: GPL-2.0-or-later
// Numbering of fencing levels, and levels for every node (crm-configure.md section 4, fencing_topology).
import ClusterXML

extension Configuration {
    /// Numbers the fencing levels of each target and expands those that are for all nodes.
    static func numbered(_ topology: XMLElement, nodes: [String]) throws(EditError) -> XMLElement {
        var levels = Array(topology.elements("fencing-level").filter { $0["index"] != nil })
        var counts: [String: Int] = [:]
        let open = topology.elements("fencing-level").filter { $0["index"] == nil }
        let isGeneral = open.allSatisfy { Self.target(of: $0).isEmpty }
        let targets = isGeneral ? nodes.map { [XMLAttribute("target", $0)] } : [[]]
        for target in targets {
            for level in open {
                let own = Self.target(of: level)
                guard isGeneral || !own.isEmpty else { throw EditError("fencing_topology: devices without a target") }
                let attributes = isGeneral ? target : own
                let name = attributes.map { "\($0.name)=\($0.value)" }.joined(separator: " ")
                let index = (counts[name] ?? 0) + 1
                counts[name] = index
                let isNode = attributes.first?.name == "target"
                var numbered = XMLElement("fencing-level")
                if isNode { numbered.attributes += attributes }
                numbered["index"] = String(index)
                numbered["devices"] = level["devices"]
                if !isNode { numbered.attributes += attributes }
                levels.append(numbered)
            }
        }
        var result = topology
        result.children = topology.children.filter { $0.name == "#comment" } + levels
        return result
    }

    private static func target(of level: XMLElement) -> [XMLAttribute] {
        level.attributes.filter { $0.name.hasPrefix("target") }
    }
}
