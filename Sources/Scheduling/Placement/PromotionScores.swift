// SPDX-License-Identifier: GPL-2.0-or-later
// How much agents want an instance promoted on a node (scheduler spec 15.8.1).

import ClusterStatus
import CIBModel

extension ClusterState {
    /// Adds promotion scores to the tables of a promotable clone's instances, once.
    mutating func addPromotionScores(_ r: ResourceIndex) {
        if resources[r].has(.addedPromotionScores) { return }
        resources[r].flags.insert(.addedPromotionScores)
        for child in resources[r].children {
            for node in nodeOrder where resources[child].nodes.contains(node) && placement.available[node.position] {
                let score = promotionScore(of: child, on: node).score
                if score > 0 { resources[child].nodes[node].score += Score(score) }
                if score > Int(resources[child].priority.value) { setPriority(Score(sum: score), of: child) }
            }
            recordScores(child, .promotion)
        }
    }

    /// The promotion score of an instance on a node, and whether no attribute told it.
    func promotionScore(of r: ResourceIndex, on node: NodeIndex) -> (score: Int, isDefault: Bool) {
        if !resources[r].isPrimitive {
            var sum = 0
            var isDefault = true
            for child in resources[r].children {
                let member = promotionScore(of: child, on: node)
                sum += member.score
                isDefault = isDefault && member.isDefault
            }
            return (sum, isDefault)
        }
        guard doesPromotionScoreApply(r, node) else { return (0, true) }
        var text = promotionAttribute(resources[r].nameInHistory, r, node)
        if text == nil, !resources[r].has(.unique) {
            let base = InstanceName.base(resources[r].id)
            if base != resources[r].id { text = promotionAttribute(base, r, node) }
        }
        guard let text else { return (0, true) }
        return (Int((healthScore(text) ?? .zero).value), false)
    }

    private func promotionAttribute(_ name: String, _ r: ResourceIndex, _ node: NodeIndex) -> String? {
        attribute("master-" + name, of: node, for: r, assignedHost: !resources[r].has(.unassigned))
    }

    /// Scores of nodes whose state nobody knows do not count, unless nothing is known anywhere.
    private func doesPromotionScoreApply(_ r: ResourceIndex, _ node: NodeIndex) -> Bool {
        let entry = resources[r].nodes[node]
        guard entry.present, entry.score.value >= 0 else { return false }
        if !resources[r].has(.unique) {
            let base = InstanceName.base(resources[r].id)
            let clone = resources[r].top
            let active = find(base, in: clone, on: node, known: false)
            if active == r { return true }
            if active == nil, find(base, in: clone, on: node, known: true) != nil { return true }
        }
        if resources[r].activeNodes.isEmpty, resources[r].knownOn.isEmpty { return true }
        return resources[r].knownOn.contains(node) || resources[r].activeNodes.contains(node)
    }

    /// The first instance, depth first, with an id or configured id that is active on a node, or whose state is known there.
    private func find(_ base: String, in r: ResourceIndex, on node: NodeIndex, known: Bool) -> ResourceIndex? {
        for child in resources[r].children {
            if resources[child].isPrimitive, resources[child].xmlID == base || resources[child].id == base,
                known ? resources[child].knownOn.contains(node) : resources[child].activeNodes.contains(node)
            {
                return child
            }
            if let found = find(base, in: child, on: node, known: known) { return found }
        }
        return nil
    }
}
