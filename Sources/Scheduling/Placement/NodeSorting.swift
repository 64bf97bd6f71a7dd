// SPDX-License-Identifier: GPL-2.0-or-later
// Which of several nodes is better for a resource (scheduler spec 15.3, 17.1).

import ClusterStatus
import CIBModel

/// What made one node better than another; for explanations.
enum NodePreference: Sendable {
    case score, capacity, assignedCount, preferred, name, same
}

extension ClusterState {
    /// Compares two listed nodes: negative if `a` is better.
    @inline(__always)
    func compareNodes(
        _ a: NodeIndex, _ b: NodeIndex, in table: NodeTable, preferred: NodeIndex?
    ) -> (order: Int, because: NodePreference) {
        let banned = Score.minusInfinity.value
        let scoreA = placement.available[a.position] ? table[a].score.value : banned
        let scoreB = placement.available[b.position] ? table[b].score.value : banned
        if scoreA != scoreB { return (scoreA > scoreB ? -1 : 1, .score) }
        // "Not equal" on a type with a raw value compares the texts; "equal" does not.
        if !(options.placementStrategy == .minimal) {
            if options.placementStrategy == .balanced {
                let capacity = compareCapacity(a, b)
                if capacity != 0 { return (capacity, .capacity) }
            }
            let (countA, countB) = (nodes[a].assignedCount, nodes[b].assignedCount)
            if countA != countB { return (countA < countB ? -1 : 1, .assignedCount) }
            if let preferred, a != b {
                if a == preferred { return (-1, .preferred) }
                if b == preferred { return (1, .preferred) }
            }
        }
        let (rankA, rankB) = (placement.nameRank[a.position], placement.nameRank[b.position])
        return (rankA < rankB ? -1 : rankA > rankB ? 1 : 0, rankA == rankB ? .same : .name)
    }

    /// The listed nodes of a table, best first. Capacities are no consistent order: what comes out may depend on what goes in,
    /// which is the table from its end.
    func sortedNodes(_ table: NodeTable, preferred: NodeIndex?) -> ContiguousArray<NodeIndex> {
        if options.placementStrategy == .balanced {
            return sorted(ContiguousArray(inTableOrder(table).reversed()), by: table, preferred: preferred)
        }
        return sorted(ContiguousArray(nodeOrder.filter { table.contains($0) }), by: table, preferred: preferred)
    }

    /// Nodes in an order, all of them listed in a table, best first.
    func sorted(
        _ nodes: ContiguousArray<NodeIndex>, by table: NodeTable, preferred: NodeIndex?
    ) -> ContiguousArray<NodeIndex> {
        var listed = nodes
        if !(options.placementStrategy == .balanced) { return sortedByKey(listed, table, preferred: preferred) }
        mergeSort(&listed) { compareNodes($0, $1, in: table, preferred: preferred).order }
        return listed
    }

    /// What decides between two nodes while capacities do not count, most important first.
    private struct NodeSortKey {
        var worseScore: Int
        var count: Int
        var isOther: Int
        var rank: Int
        var listed: Int

        func isBefore(_ other: NodeSortKey) -> Bool {
            if worseScore != other.worseScore { return worseScore < other.worseScore }
            if count != other.count { return count < other.count }
            if isOther != other.isOther { return isOther < other.isOther }
            return rank == other.rank ? listed < other.listed : rank < other.rank
        }
    }

    /// The same order as `compareNodes` gives without capacities, which is a consistent one: read each node's values once.
    private func sortedByKey(
        _ listed: ContiguousArray<NodeIndex>, _ table: NodeTable, preferred: NodeIndex?
    ) -> ContiguousArray<NodeIndex> {
        let counts = !(options.placementStrategy == .minimal)
        var keys = ContiguousArray<NodeSortKey>()
        keys.reserveCapacity(listed.count)
        for (position, node) in listed.enumerated() {
            let score = placement.available[node.position] ? table[node].score.value : Score.minusInfinity.value
            keys.append(NodeSortKey(
                worseScore: -Int(score), count: counts ? Int(nodes[node].assignedCount) : 0,
                isOther: counts && node == preferred ? 0 : 1, rank: Int(placement.nameRank[node.position]), listed: position))
        }
        keys.sort { $0.isBefore($1) }
        return ContiguousArray(keys.map { listed[$0.listed] })
    }

    /// The best listed node. Needs no sorting unless capacities are compared, which is no consistent order.
    func bestNode(_ table: NodeTable, preferred: NodeIndex?) -> NodeIndex? {
        if options.placementStrategy == .balanced { return sortedNodes(table, preferred: preferred).first }
        var best: NodeIndex?
        var bestScore = Int32.min
        table.row.withUnsafeBufferPointer { row in
            placement.available.withUnsafeBufferPointer { available in
                for node in nodeOrder where node.position < row.count && row[node.position].present {
                    let score = available[node.position] ? row[node.position].score.value : Score.minusInfinity.value
                    // Nearly all comparisons end here.
                    if score < bestScore { continue }
                    if let known = best, score == bestScore, compareNodes(node, known, in: table, preferred: preferred).order >= 0 {
                        continue
                    }
                    (best, bestScore) = (node, score)
                }
            }
        }
        return best
    }
}
