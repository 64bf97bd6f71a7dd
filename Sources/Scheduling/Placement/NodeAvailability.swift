// SPDX-License-Identifier: GPL-2.0-or-later
// Which nodes may run something (scheduler spec 6.6, 15.3), prepared as rows so that inner loops read one byte a node.

package import ClusterStatus
import CIBModel

extension ClusterState {
    /// Fills the rows `placement` keeps by node. Call after nodes changed state, before anything of sections 15 to 17.
    package mutating func refreshAvailability() {
        let count = nodes.count
        if placement.nameRank.count != count {
            var order = Array(nodes.indices)
            order.sort { nodes[$0].name.utf8.lexicographicallyPrecedes(nodes[$1].name.utf8) }
            placement.nameRank = ContiguousArray(repeating: 0, count: count)
            var rank: Int32 = -1
            var previous: String?
            for position in order {
                if nodes[position].name != previous { rank += 1 }
                previous = nodes[position].name
                placement.nameRank[position] = rank
            }
        }
        if placement.available.count != count {
            placement.available = ContiguousArray(repeating: false, count: count)
        }
        for position in nodes.indices { placement.available[position] = nodes[position].isAvailable }
    }

    /// 6.6 with score: an entry that is listed, not banned, and on an available node.
    @inline(__always)
    func isUsable(_ entry: NodeEntry, _ node: NodeIndex) -> Bool {
        entry.present && entry.score.value >= 0 && placement.available[node.position]
    }

    /// Whether any entry of the table can be used.
    @inline(__always)
    func hasUsableNode(_ table: NodeTable) -> Bool {
        table.row.withUnsafeBufferPointer { row in
            placement.available.withUnsafeBufferPointer { available in
                for position in 0..<min(row.count, available.count)
                where row[position].present && row[position].score.value >= 0 && available[position] {
                    return true
                }
                return false
            }
        }
    }

    /// 6.6 with base score, as used for a current node.
    func isUsableAsSuch(_ node: NodeIndex) -> Bool {
        nodes[node].isAvailable && nodes[node].baseScore.value >= 0
    }

    /// A guest node whose launcher has no node yet cannot be used where guests are checked.
    func isGuestWithoutHost(_ node: NodeIndex) -> Bool {
        guard isGuest(node), let connection = nodes[node].connection, let launcher = resources[connection].launcher
        else { return false }
        return location(of: launcher, current: false) == nil
    }
}
