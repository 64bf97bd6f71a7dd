// SPDX-License-Identifier: GPL-2.0-or-later
// Distributing the instances of a clone, or the containers of a bundle, over the nodes (scheduler spec 15.7).

import ClusterStatus
import CIBModel

extension ClusterState {
    /// 15.7.
    mutating func assignClone(_ r: ResourceIndex, _ preferred: NodeIndex?, _ stopIfFail: Bool) {
        guard resources[r].has(.unassigned), !resources[r].has(.assigning), let clone = clone(r) else { return }
        resources[r].flags.insert(.assigning)
        if resources[r].has(.promotable) { addPromotionScores(r) }
        for c in mergedThisWith(r) {
            assign(colocations[c].primary, preferring: preferred, stopIfFail: stopIfFail)
        }
        for c in mergedWithThis(r) { addDependentScores(c, to: r) }
        reportScores(r, .clone)
        let children = sortedInstances(resources[r].children, of: r)
        resources[r].children = children
        distribute(children, of: r, total: clone.maximum, perNode: clone.nodeMaximum)
        if resources[r].has(.promotable) { choosePromotedInstances(r) }
        resources[r].flags.subtract([.assigning, .unassigned])
        forgetBundleLists(of: r)
    }

    /// Assigns up to `total` instances, no more than `perNode` on one node: first those that can stay where they are.
    mutating func distribute(
        _ instances: ContiguousArray<ResourceIndex>, of parent: ResourceIndex, total: Int32, perNode: Int32
    ) {
        var availableNodes: Int32 = 0
        let available = placement.available
        resources[parent].nodes.updateAll { node, entry in
            entry.count = 0
            if available[node.position] { availableNodes += 1 }
        }
        let optimum = max(1, availableNodes > 0 ? total / availableNodes : 1)
        var assigned: Int32 = 0
        for instance in instances {
            if assigned >= total { break }
            guard let current = nodeToStayOn(instance, of: parent, optimum: optimum) else { continue }
            if assignEarly(instance, of: parent, on: current, room: total - assigned, perNode: perNode) { assigned += 1 }
        }
        for instance in instances where resources[instance].has(.unassigned) {
            if assigned >= total {
                banEverywhere(instance, .tooManyInstances)
            } else if assignInstance(instance, of: parent, preferring: nil, perNode: perNode) != nil {
                assigned += 1
            }
        }
    }

    /// The node an active instance may keep before others choose.
    private func nodeToStayOn(_ instance: ResourceIndex, of parent: ResourceIndex, optimum: Int32) -> NodeIndex? {
        guard resources[instance].has(.unassigned), !resources[instance].activeNodes.isEmpty,
            !resources[instance].has(.failed), let current = placementNode(of: instance), isUsableAsSuch(current)
        else { return nil }
        let entry = resources[parent].nodes[current]
        return entry.present && entry.count >= optimum ? nil : current
    }

    /// Tries to assign an instance to its current node. Should it prefer another node, one place is set aside there
    /// and it is tried again, as long as there is room.
    private mutating func assignEarly(
        _ instance: ResourceIndex, of parent: ResourceIndex, on current: NodeIndex, room: Int32, perNode: Int32
    ) -> Bool {
        guard isUsable(resources[instance].nodes[current], current) else { return false }
        var saved = ContiguousArray<(ResourceIndex, NodeTable)>()
        saveTables(instance, &saved)
        let parentTable = resources[parent].nodes
        var didSucceed = false
        var reserved: Int32 = 0
        while reserved < room {
            let chosen = assignInstance(instance, of: parent, preferring: current, perNode: perNode)
            if chosen == current {
                didSucceed = true
                break
            }
            for (resource, table) in saved {
                resources[resource].nodes = table
                // Saved as a copy, and copied again when it is taken back.
                resources[resource].nodes.noteCopy(times: 2)
            }
            recordScores(instance, .restored)
            if chosen == nil {
                resources[instance].flags.insert(.unassigned)
                break
            }
            unassign(instance)
            reserved += 1
        }
        resources[parent].nodes = parentTable
        if !placement.walks.isEmpty { forgetWalks(overOnly: parent) }
        if didSucceed { countInstance(of: parent, on: current) }
        return didSucceed
    }

    private func saveTables(_ r: ResourceIndex, _ saved: inout ContiguousArray<(ResourceIndex, NodeTable)>) {
        saved.append((r, resources[r].nodes))
        for child in resources[r].children { saveTables(child, &saved) }
    }

    private mutating func countInstance(of parent: ResourceIndex, on node: NodeIndex) {
        if resources[parent].nodes.contains(node) { resources[parent].nodes[node].count += 1 }
    }

    /// Assigns one instance within the limits of its parent.
    private mutating func assignInstance(
        _ instance: ResourceIndex, of parent: ResourceIndex, preferring preferred: NodeIndex?, perNode: Int32
    ) -> NodeIndex? {
        if resources[instance].has(.assigning) { return nil }
        banUnavailable(instance, of: parent, perNode: perNode)
        let chosen = assign(instance, preferring: preferred, stopIfFail: preferred == nil)
        if let chosen { countInstance(of: parent, on: chosen) }
        return chosen
    }

    /// Bans an instance, and its direct children, from nodes the parent cannot use (any more).
    private mutating func banUnavailable(_ instance: ResourceIndex, of parent: ResourceIndex, perNode: Int32) {
        let closed = closedNodes(to: instance, of: parent, perNode: perNode)
        ban(instance, from: closed)
        for child in resources[instance].children { ban(child, from: closed) }
        recordScores(instance, .instanceLimit)
    }

    private func closedNodes(to instance: ResourceIndex, of parent: ResourceIndex, perNode: Int32) -> ContiguousArray<NodeIndex> {
        let (own, whole) = (resources[instance].nodes, resources[parent].nodes)
        let isRemoved = resources[instance].has(.removed)
        var closed = ContiguousArray<NodeIndex>()
        for position in own.row.indices where own.row[position].present {
            let entry = whole[NodeIndex(position)]
            let isOpen = placement.available[position] && entry.present && entry.score.value >= 0 && entry.count < perNode
            if !isOpen || isRemoved { closed.append(NodeIndex(position)) }
        }
        return closed
    }

    private mutating func ban(_ r: ResourceIndex, from list: ContiguousArray<NodeIndex>) {
        guard !list.isEmpty else { return }
        resources[r].nodes.withRow { row in
            for node in list where node.position < row.count && row[node.position].present {
                row[node.position].score = .minusInfinity
            }
        }
    }
}
