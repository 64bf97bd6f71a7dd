// SPDX-License-Identifier: GPL-2.0-or-later
// Adding scores to node tables while unpacking and later (scheduler spec 7.7).

package import CIBModel

extension ClusterState {
    /// Adds a score to a resource's table and, before that, to everything below it.
    /// - Parameter node: nil for every node of the node list.
    package mutating func addScore(_ score: Score, to resource: ResourceIndex, node: NodeIndex?) {
        if let node {
            addScore(score, to: resource, at: node)
        } else {
            addScoreEverywhere(score, to: resource)
            if score == .minusInfinity, resources[resource].assigned != nil {
                resources[resource].assigned = nil
                resources[resource].assignedEntry = .absent
                forgetPlaces(above: resource)
            }
        }
    }

    private mutating func addScore(_ score: Score, to resource: ResourceIndex, at node: NodeIndex) {
        for child in resources[resource].children { addScore(score, to: child, at: node) }
        let fresh = NodeEntry(score: nodes[node].baseScore, probe: nodes[node].probe)
        let entry = resources[resource].nodes[node]
        var changed = entry.present ? entry : fresh
        changed.score += score
        resources[resource].nodes[node] = changed
    }

    /// Adds to all nodes, also those that are not probed by default.
    mutating func addScoreEverywhere(_ score: Score, to resource: ResourceIndex) {
        for child in resources[resource].children { addScoreEverywhere(score, to: child) }
        addToTable(score, resource, includingUnprobed: true)
    }

    /// Reads single fields of the nodes: a record of this size costs more to copy than all else here.
    private mutating func addToTable(_ score: Score, _ resource: ResourceIndex, includingUnprobed: Bool) {
        var table = resources[resource].nodes
        resources[resource].nodes = NodeTable()
        table.cover(nodes.count)
        table.withRow { row in
            for position in nodes.indices {
                if row[position].present {
                    if includingUnprobed || nodes[position].probe != .never { row[position].score += score }
                } else if includingUnprobed || nodes[position].probe != .never {
                    row[position] = NodeEntry(score: nodes[position].baseScore + score, probe: nodes[position].probe)
                }
            }
        }
        resources[resource].nodes = table
    }

    /// Lists the nodes known now in the table, with their base scores; children first.
    mutating func addDefaultScores(_ resource: ResourceIndex) {
        if resources[resource].has(.exclusiveProbes) { return }
        for child in resources[resource].children { addDefaultScores(child) }
        guard resources[resource].nodes.row.isEmpty else { return addToTable(.zero, resource, includingUnprobed: false) }
        if let defaultTable {
            resources[resource].nodes = defaultTable
        } else {
            addToTable(.zero, resource, includingUnprobed: false)
            defaultTable = resources[resource].nodes
        }
    }

    /// A fresh table with all nodes at −INFINITY: the resource must not come up anywhere.
    mutating func banEverywhereAfresh(_ resource: ResourceIndex) {
        var table = NodeTable(capacity: nodes.count)
        for position in nodes.indices {
            table[NodeIndex(position)] = NodeEntry(score: .minusInfinity, probe: nodes[position].probe)
        }
        resources[resource].nodes = table
    }
}
