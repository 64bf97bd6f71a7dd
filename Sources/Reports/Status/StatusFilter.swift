// SPDX-License-Identifier: GPL-2.0-or-later
// What --node and --resource mean: a name or a tag, as the list of names to show; and the one-line status of old.
package import ClusterStatus

package enum StatusFilter {
    /// The nodes meant by a name or a tag; empty if neither is known. Nil means all.
    package static func nodes(_ word: String, _ state: ClusterState) -> [String]? {
        if word.isEmpty || word == "*" { return nil }
        if let node = state.node(named: word) { return [state.nodes[node].name] }
        return tagged(word, state).compactMap { id in
            (state.node(id: id) ?? state.node(named: id)).map { state.nodes[$0].name }
        }
    }

    /// The resources meant by a name or a tag. A name with an instance number means that instance alone.
    package static func resources(_ word: String, _ state: ClusterState) -> [String]? {
        if word.isEmpty || word == "*" { return nil }
        if let r = state.findResource(word) ?? byBaseName(word, state) {
            if word.contains(":") { return [word] }
            return [state.resources[r].has(.unique) ? state.resources[r].id : state.resources[r].xmlID]
        }
        return tagged(word, state).filter { state.findResource($0) != nil }
    }

    private static func byBaseName(_ word: String, _ state: ClusterState) -> ResourceIndex? {
        state.resources.indices.first { state.resources[$0].xmlID == word && !state.resources[$0].has(.unique) }
            .map { ResourceIndex($0) }
    }

    private static func tagged(_ word: String, _ state: ClusterState) -> [String] {
        state.tagPositions[word].map { Array(state.tags[$0].references) } ?? []
    }
}

extension StatusReport {
    /// `CLUSTER OK: …` or `CLUSTER WARN: …` for old monitoring plug-ins, and whether all is well.
    package func simpleStatus() -> (line: String, isGood: Bool) {
        var problems: [String] = []
        if state.dc == nil { problems.append("No DC") }
        var online = 0
        for n in state.nodeOrder {
            let node = state.nodes[n]
            if node.isStandby, node.isOnline {
                problems.append("standby node: \(node.name)")
            } else if node.isInMaintenance, node.isOnline {
                problems.append("maintenance node: \(node.name)")
            } else if node.isOnline {
                online += 1
            } else if !state.isGuest(n) {
                problems.append("offline node: \(node.name)")
            }
        }
        if !problems.isEmpty { return ("CLUSTER WARN: " + problems.joined(separator: ", "), false) }
        let nodes = "\(online) node\(online == 1 ? "" : "s") online"
        let resources = "\(state.instanceCount) resource instance\(state.instanceCount == 1 ? "" : "s") configured"
        return ("CLUSTER OK: \(nodes), \(resources)", true)
    }
}
