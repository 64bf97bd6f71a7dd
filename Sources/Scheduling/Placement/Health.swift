// SPDX-License-Identifier: GPL-2.0-or-later
// Node health: attributes named `#health…` become scores of all resources (scheduler spec 12.1).

package import ClusterStatus
import CIBModel

extension ClusterState {
    /// Phase 2: a location constraint for every resource on every node whose health is worth something.
    package mutating func unpackHealth() {
        let strategy = options.healthStrategy
        if strategy == .none { return }
        let base = strategy == .progressive ? options.healthBase : .zero
        for node in nodeOrder {
            var sum = base
            for entry in nodes[node].attributes.entries where entry.name.hasPrefix("#health") {
                sum += healthScore(entry.value) ?? .zero
            }
            if sum == .zero { continue }
            for r in topLevel where sum.value > 0 || !resources[r].has(.allowUnhealthyNodes) {
                addLocation(id: strategy.rawValue, resource: r, role: .unknown, discovery: nil, nodes: [(node, sum)])
            }
        }
    }
}
