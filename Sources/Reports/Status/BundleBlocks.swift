// SPDX-License-Identifier: GPL-2.0-or-later
// Bundles as text, and resources counted by agent (`--brief`).
import CIBModel
import ClusterStatus

extension StatusReport {
    func bundleBlocks(_ r: ResourceIndex) -> [TextBlock] {
        if isFiltered(r, askParent: true) { return [] }
        let passes = listed(state.resources[r].id)
        let replicas = self.replicas(of: r)
        var items: [TextBlock] = []
        for replica in replicas where !isElsewhere(replica.container) {
            let shown = members(of: replica).filter { passes || !isFiltered($0, askParent: false) }
            if show.detail || (!passes && !shown.isEmpty) {
                // Members in full have a list of their own, under a header only where replicas have to be told apart.
                if replicas.count > 1 { items.append(.line("Replica[\(replica.number)]")) }
                items.append(.list(ListHeading(nil), shown.map { line($0) }))
            } else if !shown.isEmpty {
                items.append(replicaLine(replica))
            }
        }
        return items.isEmpty ? [] : [.list(ListHeading(bundleTitle(r), isResource: true), items)]
    }

    private func bundleTitle(_ r: ResourceIndex) -> StyledText {
        let bundle = state.bundle(r)
        var text = (bundle?.replicas.count ?? 0) > 1 ? "Container bundle set: " : "Container bundle: "
        text += "\(state.resources[r].id) [\(bundle?.image ?? "")]"
        if bundle?.isUnique == true { text += " (unique)" }
        text += description(r) + parenthesis(managementFlags(r))
        return StyledText(text)
    }

    /// A replica in one line: what runs in it, under the name of its connection.
    private func replicaLine(_ replica: BundleReplica) -> TextBlock {
        var name = shownName(replica.connection ?? replica.container)
        if let address = replica.ipAddress { name += " (\(address))" }
        return line(replica.child ?? replica.container, named: name, node: currentNode(replica.container))
    }

    // MARK: Counts by agent

    /// How counts are printed.
    struct BriefContext {
        /// Inactive ones, too: `2/4` instead of `2`.
        var all: Bool
        /// Below a node its name is not repeated.
        var belowNode = false
    }

    /// A line per agent and node, sorted by both.
    func briefItems(_ resources: some Sequence<ResourceIndex>, _ context: BriefContext) -> [TextBlock] {
        var agents: [(agent: String, total: Int, active: [(node: NodeIndex, count: Int)])] = []
        var positions: [String: Int] = [:]
        for r in resources where state.resources[r].isPrimitive {
            let agent = state.resources[r].agent?.shownText ?? ""
            let position = positions[agent] ?? agents.count
            if position == agents.count {
                agents.append((agent, 0, []))
                positions[agent] = position
            }
            agents[position].total += 1
            for node in state.resources[r].activeNodes {
                if !state.nodes[node].isOnline, !state.nodes[node].isUnclean, state.resources[r].isManaged { continue }
                if let index = agents[position].active.firstIndex(where: { $0.node == node }) {
                    agents[position].active[index].count += 1
                } else {
                    agents[position].active.append((node, 1))
                }
            }
        }
        agents.sort { $0.agent < $1.agent }
        return agents.flatMap { entry in
            let active = entry.active.sorted { state.nodes[$0.node].name < state.nodes[$1.node].name }
            var lines = active.map { item in
                briefLine(entry.agent, item.count, entry.total, context, " " + (context.belowNode ? "" : state.nodes[item.node].name))
            }
            if lines.isEmpty, context.all { lines = [briefLine(entry.agent, 0, entry.total, context, "")] }
            return lines
        }
    }

    private func briefLine(_ agent: String, _ count: Int, _ total: Int, _ context: BriefContext, _ node: String) -> TextBlock {
        .line("\(count)\(context.all ? "/\(total)" : "")\t(\(agent)):\tActive\(node)")
    }
}
