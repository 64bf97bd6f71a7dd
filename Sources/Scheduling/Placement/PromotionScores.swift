// SPDX-License-Identifier: GPL-2.0-or-later
// How much agents want an instance promoted on a node (scheduler spec 15.8.1).

import ClusterStatus
import CIBModel

/// What all instances of a promotable clone ask on all nodes, looked up once: which instance is where, and which nodes have
/// which promotion attributes.
struct PromotionFacts {
    /// By node: the instances that are active there, and those whose state is known there, in the order of the tree.
    fileprivate var active: ContiguousArray<ContiguousArray<ResourceIndex>>
    fileprivate var known: ContiguousArray<ContiguousArray<ResourceIndex>>
    /// Names of promotion attributes that some node has.
    fileprivate var names: Set<String> = []

    init(_ state: ClusterState, of clone: ResourceIndex) {
        active = ContiguousArray(repeating: [], count: state.nodes.count)
        known = active
        for node in state.nodes.indices {
            for entry in state.nodes[node].attributes.entries where entry.name.hasPrefix(Self.prefix) { names.insert(entry.name) }
        }
        collect(clone, state)
    }

    fileprivate static let prefix = "master-"

    private mutating func collect(_ r: ResourceIndex, _ state: ClusterState) {
        for child in state.resources[r].children {
            if state.resources[child].isPrimitive {
                for node in state.resources[child].activeNodes { active[node.position].append(child) }
                for node in state.resources[child].knownOn { known[node.position].append(child) }
            }
            collect(child, state)
        }
    }
}

/// A primitive whose wishes count for an instance, and what it is called in attributes.
private struct PromotionWish {
    let resource: ResourceIndex
    /// Without instance number; nil if its instances are told apart.
    let base: String?
    /// Names of attributes to look at, the first first; only those that some node has.
    let names: ContiguousArray<String>
}

extension ClusterState {
    /// Adds promotion scores to the tables of a promotable clone's instances, once.
    mutating func addPromotionScores(_ r: ResourceIndex) {
        if resources[r].has(.addedPromotionScores) { return }
        resources[r].flags.insert(.addedPromotionScores)
        let facts = PromotionFacts(self, of: resources[r].top)
        for child in resources[r].children {
            let wishes = promotionWishes(of: child, facts)
            for node in nodeOrder where resources[child].nodes.contains(node) && placement.available[node.position] {
                let score = promotionScore(wishes, on: node, facts).score
                if score > 0 { resources[child].nodes[node].score += Score(score) }
                if score > Int(resources[child].priority.value) { setPriority(Score(sum: score), of: child) }
            }
            recordScores(child, .promotion)
        }
    }

    /// The promotion score of an instance on a node, and whether no attribute told it.
    func promotionScore(of r: ResourceIndex, on node: NodeIndex, _ facts: PromotionFacts) -> (score: Int, isDefault: Bool) {
        promotionScore(promotionWishes(of: r, facts), on: node, facts)
    }

    private func promotionWishes(of r: ResourceIndex, _ facts: PromotionFacts) -> ContiguousArray<PromotionWish> {
        if !resources[r].isPrimitive {
            var wishes = ContiguousArray<PromotionWish>()
            for child in resources[r].children { wishes += promotionWishes(of: child, facts) }
            return wishes
        }
        var names: ContiguousArray<String> = [PromotionFacts.prefix + resources[r].nameInHistory]
        var base: String?
        if !resources[r].has(.unique) {
            let text = InstanceName.base(resources[r].id)
            if text != resources[r].id { names.append(PromotionFacts.prefix + text) }
            base = text
        }
        return [PromotionWish(resource: r, base: base, names: names.filter(facts.names.contains))]
    }

    @inline(__always)
    private func promotionScore(
        _ wishes: ContiguousArray<PromotionWish>, on node: NodeIndex, _ facts: PromotionFacts
    ) -> (score: Int, isDefault: Bool) {
        var sum = 0
        var isDefault = true
        for wish in wishes where !wish.names.isEmpty && doesApply(wish, node, facts) {
            for name in wish.names {
                guard let text = attribute(name, of: node, for: wish.resource, assignedHost: !resources[wish.resource].has(.unassigned))
                else { continue }
                sum += Int((healthScore(text) ?? .zero).value)
                isDefault = false
                break
            }
        }
        return (sum, isDefault)
    }

    /// Scores of nodes whose state nobody knows do not count, unless nothing is known anywhere.
    private func doesApply(_ wish: PromotionWish, _ node: NodeIndex, _ facts: PromotionFacts) -> Bool {
        let r = wish.resource
        let entry = resources[r].nodes[node]
        guard entry.present, entry.score.value >= 0 else { return false }
        if let base = wish.base {
            let active = first(base, facts.active[node.position])
            if active == r { return true }
            if active == nil, first(base, facts.known[node.position]) != nil { return true }
        }
        if resources[r].activeNodes.isEmpty, resources[r].knownOn.isEmpty { return true }
        return resources[r].knownOn.contains(node) || resources[r].activeNodes.contains(node)
    }

    /// The first instance with an id or configured id.
    private func first(_ base: String, _ instances: ContiguousArray<ResourceIndex>) -> ResourceIndex? {
        instances.first { resources[$0].xmlID == base || resources[$0].id == base }
    }
}
