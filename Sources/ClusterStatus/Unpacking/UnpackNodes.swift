// SPDX-License-Identifier: GPL-2.0-or-later
// Nodes of the configuration: cluster nodes, remote nodes, guest nodes (scheduler spec 6.1, 6.3, 6.4).

package import CIBModel
import ClusterXML

extension ClusterState {
    /// The node of that name, any case.
    package func node(named name: String) -> NodeIndex? { nodesByName[name] ?? nodesByName[name.lowercased()] }

    /// The node with that id.
    package func node(id: String) -> NodeIndex? {
        if let exact = nodesByID[id] { return exact }
        let folded = id.lowercased()
        return nodeOrder.first { nodes[$0].id.lowercased() == folded }
    }

    /// Appends a node and gives it its place in the node list (before equal names).
    @discardableResult
    package mutating func createNode(id: String, name: String, type: NodeType, baseScore: Score) -> NodeIndex {
        let index = NodeIndex(nodes.count)
        if nodesByName[name.lowercased()] != nil {
            warn("More than one node entry has name '\(name)'")
        }
        var node = Node(id: id, name: name, type: type, baseScore: baseScore)
        node.attributes["#kind"] = type == .remote ? "remote" : "cluster"
        if type == .remote { haveRemoteNodes = true }
        var low = 0
        var high = nodeOrder.count
        while low < high {
            let middle = (low + high) / 2
            if Compare.nodeNames(nodes[nodeOrder[middle]].name, name) < 0 { low = middle + 1 } else { high = middle }
        }
        nodes.append(node)
        defaultTable = nil
        nodeOrder.insert(index, at: low)
        for position in low..<nodeOrder.count { nodes[nodeOrder[position]].rank = Int32(truncatingIfNeeded: position) }
        if nodesByID[id] == nil { nodesByID[id] = index }
        let folded = name.lowercased()
        if nodesByName[folded] == nil { nodesByName[folded] = index }
        historyByNode.append([])
        return index
    }

    mutating func unpackNodes(_ section: XMLElement?) {
        guard let section else { return }
        for element in section.elements("node") {
            guard let id = element.id else {
                error("Ignoring node entry without id")
                continue
            }
            let type: NodeType
            switch element["type"]?.lowercased() ?? "member" {
            case "member": type = .cluster
            case "remote": type = .remote
            default:
                error("Node type '\(element["type"] ?? "")' of '\(id)' is not known")
                return
            }
            let score = element["score"].flatMap { Score(parsing: $0) } ?? .zero
            let node = createNode(id: id, name: element["uname"] ?? id, type: type, baseScore: score)
            markForStartupFencing(node)
            addAttributes(of: element, to: node, overwrite: false)
        }
    }

    /// Nodes nobody has seen yet may be running anything (6.3).
    mutating func markForStartupFencing(_ node: NodeIndex) {
        if nodes[node].type == .remote, nodes[node].connection == nil {
            nodes[node].flags.remove(.unclean)
        } else if options.startupFencing {
            nodes[node].flags.insert(.unclean)
        } else {
            nodes[node].flags.remove(.unclean)
        }
    }

    /// Creates the nodes of remote connections and guests.
    /// - Returns: the implicit connection resources of guest nodes, to be unpacked after all others.
    mutating func unpackRemoteNodes(_ section: XMLElement) -> [XMLElement] {
        var connections: [XMLElement] = []
        for element in section.elements {
            if element["class"] == "ocf", element["provider"] == "pacemaker", element["type"] == "remote" {
                if let id = element.id, node(named: id) == nil {
                    createNode(id: id, name: id, type: .remote, baseScore: .zero)
                }
                continue
            }
            if element.name == "primitive" {
                addGuest(element, &connections)
            } else if element.name == "group" {
                for member in element.elements("primitive") { addGuest(member, &connections) }
            }
        }
        return connections
    }

    private mutating func addGuest(_ element: XMLElement, _ connections: inout [XMLElement]) {
        guard let guest = GuestConnection(element) else { return }
        connections.append(guest.element)
        if node(named: guest.name) == nil {
            createNode(id: guest.name, name: guest.name, type: .remote, baseScore: .zero)
        }
    }
}

/// The connection resource that a guest node implies (6.4).
struct GuestConnection {
    let name: String
    let element: XMLElement

    /// Reads the `remote-*` meta-attributes of a resource; nil if it makes no guest node.
    init?(_ resource: XMLElement) {
        guard let container = resource.id else { return nil }
        var found: [String: String] = [:]
        for block in resource.elements("meta_attributes") {
            for pair in block.elements("nvpair") {
                guard let name = pair["name"], let value = pair["value"] else { continue }
                found[name] = value
            }
        }
        guard let name = found["remote-node"] else { return nil }
        self.name = name
        element = Self.connection(
            name, container: container, allowMigrate: found["remote-allow-migrate"], isManaged: found["is-managed"],
            startTimeout: found["remote-connect-timeout"] ?? "60s", address: found["remote-addr"], port: found["remote-port"])
    }

    /// The connection primitive.
    /// - Parameter startTimeout: nil leaves out the start operation (bundles).
    static func connection(
        _ name: String, container: String, allowMigrate: String?, isManaged: String?, startTimeout: String?,
        address: String?, port: String?
    ) -> XMLElement {
        func pair(_ block: String, _ attribute: String, _ value: String) -> XMLElement {
            XMLElement("nvpair", [("id", "\(block)-\(attribute)"), ("name", attribute), ("value", value)])
        }
        let metaID = "\(name)-meta_attributes"
        var meta = [pair(metaID, "internal_rsc", "true"), pair(metaID, "container", container)]
        if let allowMigrate { meta.append(pair(metaID, "allow-migrate", allowMigrate)) }
        if let isManaged { meta.append(pair(metaID, "is-managed", isManaged)) }
        var children = [XMLElement("meta_attributes", [("id", metaID)], children: meta)]
        let instanceID = "\(name)-instance_attributes"
        var instance: [XMLElement] = []
        if let address { instance.append(pair(instanceID, "addr", address)) }
        if let port { instance.append(pair(instanceID, "port", port)) }
        var operations = [
            XMLElement(
                "op", [("id", "\(name)-monitor-30s"), ("name", "monitor"), ("interval", "30s"), ("timeout", "30s")])
        ]
        if let startTimeout {
            operations.append(
                XMLElement("op", [("id", "\(name)-start-0"), ("name", "start"), ("interval", "0"), ("timeout", startTimeout)]))
        }
        children.append(XMLElement("operations", children: operations))
        if !instance.isEmpty { children.append(XMLElement("instance_attributes", [("id", instanceID)], children: instance)) }
        return XMLElement(
            "primitive", [("id", name), ("class", "ocf"), ("provider", "pacemaker"), ("type", "remote")], children: children)
    }
}
