// SPDX-License-Identifier: GPL-2.0-or-later
// Which actions belong in the transition graph, and which relations become inputs there (scheduler spec 23.2 to 23.4).

import CIBModel
import ClusterStatus

extension ClusterState {
    /// Sorts the relations that end in an action by number and unites those with the same first action.
    mutating func mergeInputs(of then: ActionIndex) {
        guard !actions[then].flags.contains(.inputsMerged) else { return }
        actions[then].flags.insert(.inputsMerged)
        while actions.mergedInputs.count < actions.all.count { actions.mergedInputs.append([]) }
        var list: ContiguousArray<Int32> = []
        var relation = actions[then].firstBefore
        while relation >= 0 {
            list.append(relation)
            relation = actions.relations[Int(relation)].olderBefore
        }
        guard !list.isEmpty else { return }
        list.sort { a, b in
            let (x, y) = (actions.relations[Int(a)].first.raw, actions.relations[Int(b)].first.raw)
            return x == y ? a > b : x < y  // newest first among equals, as the list had them
        }
        var merged: ContiguousArray<Int32> = []
        merged.reserveCapacity(list.count)
        for relation in list {
            if let last = merged.last, actions.relations[Int(last)].first == actions.relations[Int(relation)].first {
                actions.relations[Int(last)].flags.formUnion(actions.relations[Int(relation)].flags)
            } else {
                merged.append(relation)
            }
        }
        actions.mergedInputs[then.position] = merged
    }

    /// Whether an action is to be carried out (23.3).
    func belongsInGraph(_ action: ActionIndex) -> Bool {
        let flags = actions[action].flags
        guard flags.contains(.runnable), !flags.contains(.optional) || flags.contains(.alwaysInGraph) else { return false }
        let task = actions[action].task
        if let resource = actions[action].resource, !resources[resource].flags.contains(.managed), task != .monitor {
            guard hasNonzeroInterval(action) else { return false }
        }
        if flags.contains(.pseudo) || task == .fence || task == .shutdown { return true }
        guard let node = actions[action].node else { return false }
        if flags.contains(.onDC) { return true }
        if isGuest(node), !nodes[node].flags.contains(.remoteReset) { return true }
        return nodes[node].isOnline && !nodes[node].isUnclean
    }

    private func hasNonzeroInterval(_ action: ActionIndex) -> Bool {
        if actions[action].key.interval > 0 { return true }
        return actions.explicitMeta(action, "interval").map { $0 != "0" && !$0.isEmpty } ?? false
    }

    /// Whether a relation becomes an input of its then action (23.4). Some answers disable the relation for good.
    mutating func isGraphInput(_ relation: Int, of then: ActionIndex) -> Bool {
        if actions.relations[relation].isChosen { return true }
        let flags = actions.relations[relation].flags
        if flags.isEmpty { return false }
        let first = actions.relations[relation].first
        let firstFlags = actions[first].flags
        if !firstFlags.contains(.runnable) {
            if flags.isSubset(of: [.ordered, .thenImpliesFirstGraphed, .firstImpliesThenGraphed]) { return false }
            if flags.contains(.minRunnable) || flags.contains(.unmigratableThenBlocks) { return false }
        }
        if firstFlags.contains(.migratable) {
            if flags.contains(.ifFirstUnmigratable) { return false }
            if flags == .ordered, actions[first].key == .stop { return false }
        }
        if flags == .ifOnSameNodeOrTarget {
            if isLoadInput(first, then) { return true }
            actions.relations[relation].flags = []
            return false
        }
        if flags == .ifRequiredOnSameNode {
            let differ = actions[first].node != nil && actions[then].node != nil && actions[first].node != actions[then].node
            if !differ, !firstFlags.contains(.optional) { return true }
            actions.relations[relation].flags = []
            return false
        }
        if stopsElsewhereForGood(first, then) { return false }
        if firstFlags.contains(.optional), firstFlags.isDisjoint(with: [.alwaysInGraph, .addedToGraph]), !belongsInGraph(first) {
            return false
        }
        return true
    }

    /// Freeing capacity counts for what comes to that node.
    private func isLoadInput(_ first: ActionIndex, _ then: ActionIndex) -> Bool {
        if let resource = actions[then].resource, actions[then].task == .migrateTo {
            return actions[first].node == resources[resource].assigned
        }
        return actions[first].node == actions[then].node && actions[first].isRequired
    }

    private func stopsElsewhereForGood(_ first: ActionIndex, _ then: ActionIndex) -> Bool {
        guard let stopping = actions[first].resource, let resource = actions[then].resource, stopping != resource,
            actions[first].task == .stop
        else { return false }
        return resources[stopping].flags.contains(.failed) && !resources[stopping].flags.contains(.managed) && resources[resource].variant == .clone
    }
}
