// SPDX-License-Identifier: GPL-2.0-or-later
// The status section of a CIB under simulated results (scheduler spec 26.6). Positions are remembered, so that a transition of
// many thousand actions costs no searches.

package import ClusterXML
import CIBModel

/// A CIB whose status changes as actions succeed or fail on paper.
package struct PaperStatus: Sendable {
    package private(set) var cib: XMLElement
    private var statusPosition: Int
    /// Positions of `node_state` elements in `status`, by node name.
    private var nodePositions: [String: Int] = [:]
    /// Positions of `lrm_resource` elements, by node position and id.
    private var resourcePositions: [Int: [String: Int]] = [:]
    /// Whether something in a `node_state` has an id twice, by node position.
    private var ambiguousStates: [Int: Bool] = [:]
    /// Node positions of such states that have been merged as a whole: from then on only what changes has to be.
    private var mergedStates: Set<Int> = []

    /// Whether every node that something happens on is entered in the configuration: so once nodes are brought online by name.
    private let entersNodes: Bool
    private var enteredNodes: Set<String> = []

    /// - Parameter entersNodes: whether nodes that something happens on are entered in the configuration.
    package init(_ cib: XMLElement, entersNodes: Bool = false) {
        self.cib = cib
        self.entersNodes = entersNodes
        if let position = cib.children.firstIndex(where: { $0.name == "status" }) {
            statusPosition = position
        } else {
            statusPosition = cib.children.count
            self.cib.children.append(XMLElement("status"))
        }
        for (position, state) in self.cib.children[statusPosition].children.enumerated() where state.name == "node_state" {
            if let name = state["uname"], nodePositions[name] == nil { nodePositions[name] = position }
        }
    }

    /// Counts one more write of the status.
    private mutating func countUpdate() {
        let updates = cib["num_updates"].flatMap { Int($0) } ?? 0
        cib["num_updates"] = String(updates &+ 1)
    }

    private mutating func countChange() {
        let epoch = cib["epoch"].flatMap { Int($0) } ?? 0
        cib["epoch"] = String(epoch &+ 1)
        cib["num_updates"] = "0"
    }

    // MARK: Nodes

    /// The position of a node's state, created if there is none.
    private mutating func position(of node: String, id: String?) -> Int {
        if entersNodes, enteredNodes.insert(node).inserted { addNode(node) }
        if let position = nodePositions[node] { return position }
        let id = id ?? configuredID(of: node) ?? node
        if let position = cib.children[statusPosition].children.firstIndex(where: { $0.name == "node_state" && $0["id"] == id }) {
            // Known by its id only: it gets its name.
            cib.children[statusPosition].children[position]["uname"] = node
            nodePositions[node] = position
            countUpdate()
            return position
        }
        let position = cib.children[statusPosition].children.count
        cib.children[statusPosition].children.append(XMLElement("node_state", [("id", id), ("uname", node)]))
        nodePositions[node] = position
        countUpdate()
        return position
    }

    /// The id of the node that the configuration has under a name, whatever the case of its letters.
    private func configuredID(of node: String) -> String? {
        cib.first("configuration")?.first("nodes")?.elements("node").first { Compare.equalIgnoringCase($0["uname"], node) }?.id
    }

    /// The id of a node's state.
    package mutating func stateID(of node: String) -> String {
        let position = position(of: node, id: nil)
        return cib.children[statusPosition].children[position].id ?? node
    }

    /// Makes a node a member of the cluster or not.
    /// - Parameters:
    ///   - origin: who says so, as `crm-debug-origin`.
    ///   - isReplacing: whether the state is replaced, which counts as a write in any case.
    package mutating func setMembership(
        of node: String, online: Bool, origin: String = "crm_simulate", isReplacing: Bool = false
    ) {
        let position = position(of: node, id: nil)
        let values = online
            ? [("in_ccm", "true"), ("crmd", "online"), ("join", "member"), ("expected", "member")]
            : [("in_ccm", "false"), ("crmd", "offline"), ("join", "down"), ("expected", "down")]
        setAttributes(values + [("crm-debug-origin", origin)], ofStateAt: position, isReplacing: isReplacing)
    }

    /// Sets attributes of a node's state with one write; one that changes nothing does not count unless it replaces the state.
    private mutating func setAttributes(_ values: [(String, String)], ofStateAt position: Int, isReplacing: Bool = false) {
        let before = cib.children[statusPosition].children[position].attributes
        for (name, value) in values { cib.children[statusPosition].children[position][name] = value }
        if cib.children[statusPosition].children[position].attributes != before || isReplacing { countUpdate() }
    }

    /// Sends a node's state as a supposed change does: as a whole, merged into what is there (which matters for ids that are
    /// there twice; fencing on paper replaces the state instead).
    package mutating func submitState(of node: String) {
        let position = position(of: node, id: nil)
        guard isAmbiguous(position) else { return }
        let state = cib.children[statusPosition].children[position]
        AmbiguousHistory.merge(state, into: &cib.children[statusPosition].children[position])
    }

    /// Makes a node one that is lost while it was a member.
    package mutating func setLost(_ node: String) {
        let values = [("in_ccm", "false"), ("crmd", "online"), ("join", "member"), ("expected", "member")]
        setAttributes(values + [("crm-debug-origin", "crm_simulate")], ofStateAt: position(of: node, id: nil))
    }

    /// Makes a node one that was fenced. Its state is replaced, which counts as a write even if it says the same already; what it
    /// ran and its transient attributes are forgotten with one write for each.
    package mutating func setFenced(_ node: String) {
        setMembership(of: node, online: false, origin: "simulate_fencing_action", isReplacing: true)
        forgetHistory(of: node)
    }

    /// Forgets what a node ran and its transient attributes.
    package mutating func forgetHistory(of node: String) {
        let position = position(of: node, id: nil)
        for name in ["lrm", "transient_attributes"] where cib.children[statusPosition].children[position].first(name) != nil {
            cib.children[statusPosition].children[position].children.removeAll { $0.name == name }
            countUpdate()
        }
        resourcePositions[position] = nil
        mergedStates.remove(position)
    }

    /// Adds a node to the configuration unless it is there, in these very letters.
    package mutating func addNode(_ node: String) {
        let known = cib.first("configuration")?.first("nodes")?.elements("node")
        guard known?.contains(where: { $0["uname"] == node }) != true else { return }
        guard let configuration = cib.children.firstIndex(where: { $0.name == "configuration" }) else { return }
        if !cib.children[configuration].children.contains(where: { $0.name == "nodes" }) {
            cib.children[configuration].children.append(XMLElement("nodes"))
        }
        guard let nodes = cib.children[configuration].children.firstIndex(where: { $0.name == "nodes" }) else { return }
        cib.children[configuration].children[nodes].children.append(XMLElement("node", [("id", node), ("uname", node)]))
        countChange()
    }

    // MARK: Transient attributes

    /// The value of a node's transient attribute that is entered exactly once; nil if it is not, or several times.
    package func transientAttribute(_ name: String, of node: String) -> String? {
        guard let position = nodePositions[node] else { return nil }
        let holders = cib.children[statusPosition].children[position].elements("transient_attributes")
        let pairs = holders.flatMap { $0.elements("instance_attributes") }.flatMap { $0.elements("nvpair") }.filter { $0["name"] == name }
        return pairs.count == 1 ? pairs.first?["value"] : nil
    }

    /// Sets a transient attribute. It is written together with the result that it belongs to, and known by its id: an entry of the
    /// same name with another id stays beside it.
    package mutating func setTransientAttribute(_ name: String, _ value: String, of node: String) {
        let position = position(of: node, id: nil)
        let id = cib.children[statusPosition].children[position].id ?? node
        Self.setTransient(name, value, id, in: &cib.children[statusPosition].children[position])
    }

    /// A text as an XML id: dots for what must not be in one, an underscore for what must not begin one.
    private static func validID(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "a"..."z", "A"..."Z", "_", ":": result.unicodeScalars.append(scalar)
            case "0"..."9", ".", "-": result.unicodeScalars.append(result.isEmpty ? "_" : scalar)
            default: result += result.isEmpty ? "_" : "."
            }
        }
        return result
    }

    private static func setTransient(_ name: String, _ value: String, _ id: String, in state: inout XMLElement) {
        if state.first("transient_attributes") == nil { state.children.append(XMLElement("transient_attributes", [("id", id)])) }
        guard let holder = state.children.firstIndex(where: { $0.name == "transient_attributes" }) else { return }
        if state.children[holder].first("instance_attributes") == nil {
            state.children[holder].children.append(XMLElement("instance_attributes", [("id", id)]))
        }
        guard let set = state.children[holder].children.firstIndex(where: { $0.name == "instance_attributes" }) else { return }
        let pairID = Self.validID("\(state.children[holder].children[set].id ?? "nvpair")-\(name)")
        let pair = XMLElement("nvpair", [("id", pairID), ("name", name), ("value", value)])
        if let known = state.children[holder].children[set].children.firstIndex(where: { $0.name == "nvpair" && $0.id == pairID }) {
            state.children[holder].children[set].children[known] = pair
        } else {
            state.children[holder].children[set].children.append(pair)
        }
    }

    // MARK: History

    /// Records the result of an operation.
    /// - Parameters:
    ///   - names: ids under which the history may already know the resource; the last is used for a new entry.
    ///   - nodeID: id of the node, for a state that does not exist yet.
    package mutating func record(_ result: PaperResult, names: [String], node: String, nodeID: String?) {
        let position = position(of: node, id: nodeID)
        let before = isAmbiguous(position) ? cib.children[statusPosition].children[position] : nil
        let entry = entryPosition(names, result, position)
        result.write(into: &cib.children[statusPosition].children[position].children[entry.lrm].children[entry.list].children[entry.resource])
        if let before { merge(from: before, position, entry) }
        countUpdate()
    }

    /// Enters a changed state into the one before it.
    private mutating func merge(from before: XMLElement, _ position: Int, _ entry: (lrm: Int, list: Int, resource: Int)) {
        let state = cib.children[statusPosition].children[position]
        let list = state.children[entry.lrm].children[entry.list]
        var merged = before
        if mergedStates.contains(position), merged.children.indices.contains(entry.lrm),
            merged.children[entry.lrm].children.indices.contains(entry.list)
        {
            let id = list.children[entry.resource].id
            for child in list.children where child.id == id {
                AmbiguousHistory.merge(child: child, into: &merged.children[entry.lrm].children[entry.list])
            }
        } else {
            AmbiguousHistory.merge(state, into: &merged)
            mergedStates.insert(position)
        }
        cib.children[statusPosition].children[position] = merged
        resourcePositions[position] = nil
    }

    /// Whether something in a node's state has an id twice.
    private mutating func isAmbiguous(_ position: Int) -> Bool {
        if let known = ambiguousStates[position] { return known }
        let found = AmbiguousHistory.isFound(in: cib.children[statusPosition].children[position])
        ambiguousStates[position] = found
        return found
    }

    private mutating func entryPosition(_ names: [String], _ result: PaperResult, _ position: Int) -> (lrm: Int, list: Int, resource: Int) {
        let id = cib.children[statusPosition].children[position].id ?? ""
        if cib.children[statusPosition].children[position].first("lrm") == nil {
            cib.children[statusPosition].children[position].children.append(XMLElement("lrm", [("id", id)]))
        }
        let lrm = cib.children[statusPosition].children[position].children.firstIndex { $0.name == "lrm" } ?? 0
        if cib.children[statusPosition].children[position].children[lrm].first("lrm_resources") == nil {
            cib.children[statusPosition].children[position].children[lrm].children.append(XMLElement("lrm_resources"))
        }
        let list = cib.children[statusPosition].children[position].children[lrm].children.firstIndex { $0.name == "lrm_resources" } ?? 0
        if resourcePositions[position] == nil {
            var known: [String: Int] = [:]
            for (number, entry) in cib.children[statusPosition].children[position].children[lrm].children[list].children.enumerated()
            where entry.name == "lrm_resource" {
                // Of several entries for one resource none can be told to be the right one: results go to a new one.
                if let id = entry.id { known[id] = known[id] == nil ? number : -1 }
            }
            resourcePositions[position] = known
        }
        for name in names {
            if let known = resourcePositions[position]?[name], known >= 0 { return (lrm, list, known) }
        }
        var attributes = [("id", names.last ?? "")]
        for (name, value) in [("class", result.agentClass), ("provider", result.provider), ("type", result.type)] {
            if let value { attributes.append((name, value)) }
        }
        let number = cib.children[statusPosition].children[position].children[lrm].children[list].children.count
        cib.children[statusPosition].children[position].children[lrm].children[list].children.append(XMLElement("lrm_resource", attributes))
        if let name = names.last, resourcePositions[position]?[name] == nil { resourcePositions[position]?[name] = number }
        return (lrm, list, number)
    }
}

// MARK: - The rest of the configuration

extension PaperStatus {
    package mutating func setQuorum(_ value: String) {
        if cib["have-quorum"] == value { return }
        cib["have-quorum"] = value
        countUpdate()
    }

    /// Sets a cluster option: where it is, or else in the first block that tools write to.
    package mutating func setOption(_ name: String, _ value: String) {
        guard let configuration = cib.children.firstIndex(where: { $0.name == "configuration" }),
            let section = cib.children[configuration].children.firstIndex(where: { $0.name == "crm_config" })
        else { return }
        if Self.setOption(name, value, in: &cib.children[configuration].children[section]) { countChange() }
    }

    /// - Returns: whether anything changed.
    private static func setOption(_ name: String, _ value: String, in section: inout XMLElement) -> Bool {
        let usual = "cib-bootstrap-options"
        for set in section.children.indices where section.children[set].name == "cluster_property_set" {
            guard let pair = section.children[set].children.firstIndex(where: { $0["name"] == name }) else { continue }
            let isNew = section.children[set].children[pair]["value"] != value
            section.children[set].children[pair]["value"] = value
            return isNew
        }
        let pair = XMLElement("nvpair", [("id", "\(usual)-\(name)"), ("name", name), ("value", value)])
        if let set = section.children.firstIndex(where: { $0.name == "cluster_property_set" && $0.id == usual }) {
            section.children[set].children.append(pair)
        } else {
            section.children.append(XMLElement("cluster_property_set", [("id", usual)], children: [pair]))
        }
        return true
    }

    package mutating func setTicket(_ id: String, _ name: String, _ value: String) {
        if cib.children[statusPosition].first("tickets") == nil {
            cib.children[statusPosition].children.append(XMLElement("tickets"))
        }
        guard let tickets = cib.children[statusPosition].children.firstIndex(where: { $0.name == "tickets" }) else { return }
        let known = cib.children[statusPosition].children[tickets].children.firstIndex { $0.name == "ticket_state" && $0.id == id }
        if let known {
            if cib.children[statusPosition].children[tickets].children[known][name] == value { return }
            cib.children[statusPosition].children[tickets].children[known][name] = value
        } else {
            cib.children[statusPosition].children[tickets].children.append(XMLElement("ticket_state", [("id", id), (name, value)]))
        }
        countUpdate()
    }
}
