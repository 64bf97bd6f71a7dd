// SPDX-License-Identifier: GPL-2.0-or-later
// Where options and node attributes stand in a CIB, and how they are found and written (spec: cli-tools section 8.1).
package import ClusterXML

/// A place for name-value pairs: cluster options, defaults, attributes of a node, tickets.
package struct AttributeScope: Sendable {
    package enum Section: String, Sendable, CaseIterable {
        case crmConfig = "crm_config"
        case rscDefaults = "rsc_defaults"
        case opDefaults = "op_defaults"
        case tickets
        case nodes
        case status
    }

    package var section: Section
    /// The id of the node, for `nodes` and `status`.
    package var node: String?
    /// The node is a remote or guest node.
    package var nodeIsRemote = false
    package var isUtilization: Bool
    /// Only this set.
    package var set: String?
    /// Only this pair.
    package var id: String?

    package init(_ section: Section, node: String? = nil, isUtilization: Bool = false, set: String? = nil, id: String? = nil) {
        self.section = section
        self.node = node
        self.isUtilization = isUtilization
        self.set = set
        self.id = id
    }

    /// Whether pairs here belong to a node.
    package var isOfNode: Bool { section == .nodes || section == .status }

    private var setElement: String {
        switch section {
        case .crmConfig: "cluster_property_set"
        case .rscDefaults, .opDefaults: "meta_attributes"
        case .tickets: "instance_attributes"
        case .nodes, .status: isUtilization ? "utilization" : "instance_attributes"
        }
    }

    /// The id of the set that new pairs go to.
    package var defaultSet: String {
        if let set { return set }
        switch section {
        case .crmConfig: return "cib-bootstrap-options"
        case .rscDefaults: return "rsc_defaults-options"
        case .opDefaults: return "op_defaults-options"
        case .tickets: return "status-tickets"
        case .nodes: return "nodes-\(node ?? "")" + (isUtilization ? "-utilization" : "")
        case .status: return "status-\(node ?? "")" + (isUtilization ? "-utilization" : "")
        }
    }

    /// The section of the CIB that requests about this scope name.
    package var cibSection: String { section == .tickets ? "status" : section.rawValue }

    /// Makes an XML id from any text: characters that ids may not have become dots.
    package static func sanitized(_ text: String) -> String {
        String(decoding: text.utf8.map { byte -> UInt8 in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x80...: byte
            default: UInt8(ascii: ".")
            }
        }, as: UTF8.self)
    }

    // MARK: Finding

    /// A pair that was found.
    package struct Match: Sendable, Equatable {
        package var id: String
        package var name: String
        package var value: String

        package init(id: String, name: String, value: String) {
            self.id = id
            self.name = name
            self.value = value
        }
    }

    /// The pairs of this scope that `isWanted` accepts, in document order.
    package func matches(in cib: XMLElement, _ isWanted: (_ name: String) -> Bool) -> [Match] {
        var found: [Match] = []
        for set in sets(in: cib) where self.set == nil || set.id == self.set {
            for pair in set.elements("nvpair") {
                guard let name = pair["name"], isWanted(name), id == nil || pair.id == id else { continue }
                found.append(Match(id: pair.id ?? "", name: name, value: pair["value"] ?? ""))
            }
        }
        return found
    }

    private func sets(in cib: XMLElement) -> [XMLElement] {
        let configuration = cib.first("configuration")
        let status = cib.first("status")
        let parents: [XMLElement]
        switch section {
        case .crmConfig, .rscDefaults, .opDefaults:
            parents = configuration?.first(section.rawValue).map { [$0] } ?? []
        case .tickets: parents = status?.first("tickets").map { [$0] } ?? []
        case .nodes: parents = configuration?.first("nodes")?.all("node").filter { $0.id == node } ?? []
        case .status:
            parents = status?.all("node_state").filter { $0.id == node }.flatMap { $0.all("transient_attributes") } ?? []
        }
        return parents.flatMap { $0.all(setElement) }
    }

    // MARK: Writing

    /// What a `cib_modify` with `canCreate` needs to set a pair.
    /// - Parameter existing: the id of the pair if it is there already.
    package func update(name: String, value: String, existing: String?, isRemote: Bool = false) -> XMLElement {
        let pairID = existing ?? id ?? AttributeScope.sanitized("\(defaultSet)-\(name)")
        let pair = XMLElement("nvpair", [("id", pairID), ("name", name), ("value", value)])
        if existing != nil { return pair }
        let set = XMLElement(setElement, [("id", defaultSet)], children: [pair])
        switch section {
        case .crmConfig, .rscDefaults, .opDefaults: return XMLElement(section.rawValue, children: [set])
        case .tickets: return XMLElement("status", children: [XMLElement("tickets", children: [set])])
        case .nodes:
            // A remote node has no element of its own until it gets its first permanent attribute.
            let names = isRemote || nodeIsRemote ? [("type", "remote"), ("id", node ?? ""), ("uname", node ?? "")] : [("id", node ?? "")]
            return XMLElement("nodes", children: [XMLElement("node", names, children: [set])])
        case .status:
            let transient = XMLElement("transient_attributes", [("id", node ?? "")], children: [set])
            var state = XMLElement("node_state", [("id", node ?? "")], children: [transient])
            if isRemote { state["remote_node"] = "true" }
            return XMLElement("status", children: [state])
        }
    }

    /// What a `cib_delete` needs to remove a pair.
    package func deletion(of match: Match) -> XMLElement {
        XMLElement("nvpair", [("id", match.id), ("name", match.name)])
    }
}

/// The nodes that a CIB names.
package enum CIBNodes {
    /// The id of a node by its name: cluster nodes, then remote and guest nodes, whose id is their name.
    package static func id(ofNode name: String, in cib: XMLElement) -> (id: String, isRemote: Bool)? {
        let configuration = cib.first("configuration")
        for node in configuration?.first("nodes")?.all("node") ?? [] where node["uname"] == name {
            return (node.id ?? name, node["type"] == "remote")
        }
        for state in cib.first("status")?.all("node_state") ?? [] where state["uname"] == name {
            return (state.id ?? name, state["remote_node"] == "true")
        }
        return configuration?.first("resources").flatMap { isRemoteNode(name, in: $0) } == true ? (name, true) : nil
    }

    private static func isRemoteNode(_ name: String, in element: XMLElement) -> Bool {
        for child in element.elements {
            if child.name == "primitive" {
                if child.id == name, child["class"] == "ocf", child["provider"] == "pacemaker", child["type"] == "remote" { return true }
                let pairs = child.all("meta_attributes").flatMap { $0.all("nvpair") }
                if pairs.contains(where: { $0["name"] == "remote-node" && $0["value"] == name }) { return true }
            } else if isRemoteNode(name, in: child) {
                return true
            }
        }
        return false
    }
}
