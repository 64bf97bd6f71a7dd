// SPDX-License-Identifier: GPL-2.0-or-later
// Phase 7: every resource gets its node, or none (scheduler spec section 15).

package import ClusterStatus
import CIBModel

extension ClusterState {
    /// Assigns all resources: connections to remote nodes first, because what runs there depends on them.
    package mutating func assignResources() {
        refreshAvailability()
        prepareCapacity()
        if placement.recorder != nil {
            for r in topLevel { recordScores(r, .launcher) }
        }
        if options.placementStrategy != .standard { sortTopLevelByPlacement() }
        if haveRemoteNodes {
            for r in topLevel where resources[r].has(.remoteConnection) {
                assign(r, preferring: resources[r].partialMigrationTarget, stopIfFail: true)
            }
        }
        // Connections to what is entered as a node of the cluster, and to nothing else, get no node.
        for r in topLevel where !resources[r].has(.remoteConnection) {
            assign(r, preferring: nil, stopIfFail: true)
        }
        reportCapacity(.remaining)
    }

    /// Assigns a resource of any kind.
    /// - Parameters:
    ///   - preferred: the node to prefer if it is no worse than others.
    ///   - stopIfFail: whether a resource without node has to be stopped.
    /// - Returns: the node of a primitive, or of the first member of a group that got one.
    @discardableResult
    mutating func assign(_ r: ResourceIndex, preferring preferred: NodeIndex?, stopIfFail: Bool) -> NodeIndex? {
        switch resources[r].variant {
        case .primitive: return assignPrimitive(r, preferred, stopIfFail)
        case .group: return assignGroup(r, preferred, stopIfFail)
        case .clone:
            assignClone(r, preferred, stopIfFail)
            return nil
        case .bundle:
            assignBundle(r, preferred, stopIfFail)
            return nil
        }
    }

    // MARK: Group (15.6)

    private mutating func assignGroup(_ r: ResourceIndex, _ preferred: NodeIndex?, _ stopIfFail: Bool) -> NodeIndex? {
        guard resources[r].has(.unassigned), !resources[r].has(.assigning), let first = resources[r].children.first
        else { return nil }
        resources[r].flags.insert(.assigning)
        resources[r].originalRole = resources[first].originalRole
        reportScores(r, .group)
        var result: NodeIndex?
        for member in resources[r].children {
            let node = assign(member, preferring: preferred, stopIfFail: stopIfFail)
            if result == nil { result = node }
        }
        resources[r].nextRole = resources[first].nextRole
        resources[r].flags.subtract([.assigning, .unassigned])
        forgetBundleLists(of: r)
        return resources[r].has(.groupColocated) ? result : nil
    }

    // MARK: Placement strategy (15.1)

    /// Sorts the top-level resources so that those with most at stake choose first.
    private mutating func sortTopLevelByPlacement() {
        var everyNode = NodeTable()
        for node in nodeOrder { everyNode[node] = NodeEntry(score: nodes[node].baseScore) }
        let order = sorted(ContiguousArray(nodeOrder), by: everyNode, preferred: nil)
        var keys = ContiguousArray<(resource: ResourceIndex, table: NodeTable)>()
        for r in topLevel { keys.append((r, extendedTable(of: r))) }
        mergeSort(&keys) { compareForPlacement($0.resource, $0.table, $1.resource, $1.table, order) }
        topLevel = ContiguousArray(keys.map(\.resource))
    }

    private func compareForPlacement(
        _ a: ResourceIndex, _ tableA: NodeTable, _ b: ResourceIndex, _ tableB: NodeTable, _ order: ContiguousArray<NodeIndex>
    ) -> Int {
        let (priorityA, priorityB) = (resources[a].priority.value, resources[b].priority.value)
        if priorityA != priorityB { return priorityA > priorityB ? -1 : 1 }
        let currentA = score(placementNode(of: a), tableA)
        let currentB = score(placementNode(of: b), tableB)
        if currentA != currentB { return currentA > currentB ? -1 : 1 }
        for node in order {
            let (scoreA, scoreB) = (score(node, tableA), score(node, tableB))
            if scoreA != scoreB { return scoreA > scoreB ? -1 : 1 }
        }
        return 0
    }

    private func score(_ node: NodeIndex?, _ table: NodeTable) -> Int32 {
        guard let node, table.contains(node) else { return Score.minusInfinity.value }
        return table[node].score.value
    }
}
