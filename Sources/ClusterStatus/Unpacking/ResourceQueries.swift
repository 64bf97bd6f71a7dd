// SPDX-License-Identifier: GPL-2.0-or-later
// Questions about resources that scheduling and reports share (scheduler spec 15.9, 26.2, 26.4).

import CIBModel

extension ClusterState {
    /// Where a resource counts as running: the node its migration comes from, else a clean one if that suffices (15.9).
    package func currentNode(_ resource: ResourceIndex) -> NodeIndex? {
        if resources[resource].variant == .bundle { return activeNodeCounts(resource).node }
        return activeNodeCounts(resource).node
    }

    /// The current node with the number of all active nodes and of the clean ones (15.9).
    package func activeNodeCounts(_ resource: ResourceIndex) -> (node: NodeIndex?, all: Int, clean: Int) {
        if resources[resource].variant == .bundle { return bundleNodeCounts(resource) }
        return countNodes(resources[resource].activeNodes, resource)
    }

    private func bundleNodeCounts(_ resource: ResourceIndex) -> (node: NodeIndex?, all: Int, clean: Int) {
        guard let record = bundle(resource) else { return (nil, 0, 0) }
        let active = record.replicas.filter { !resources[$0.container].activeNodes.isEmpty }
        if active.count == 1, let only = active.first { return activeNodeCounts(only.container) }
        var places: ContiguousArray<NodeIndex> = []
        for replica in active { places.append(contentsOf: resources[replica.container].activeNodes) }
        return countNodes(places, resource)
    }

    private func countNodes(_ places: ContiguousArray<NodeIndex>, _ resource: ResourceIndex)
        -> (node: NodeIndex?, all: Int, clean: Int)
    {
        var chosen: NodeIndex?
        var chosenIsClean = false
        var clean = 0
        let source = resources[resource].partialMigrationTarget == nil ? nil : resources[resource].partialMigrationSource
        var keepLooking = true
        for node in places {
            let isClean = nodes[node].isOnline && !nodes[node].isUnclean
            if isClean { clean += 1 }
            if source == node {
                chosen = node
                keepLooking = false
            } else if keepLooking {
                if chosen == nil {
                    chosen = node
                    chosenIsClean = isClean
                    if resources[resource].has(.needsFencing) { keepLooking = source != nil }
                } else if isClean, !chosenIsClean, !resources[resource].has(.needsFencing) {
                    chosen = node
                    chosenIsClean = true
                }
            }
        }
        return (chosen, places.count, clean)
    }

    /// Whether a resource counts as active (26.4).
    /// - Parameter all: for collective ones, every child instead of any.
    package func isActive(_ resource: ResourceIndex, all: Bool = false) -> Bool {
        switch resources[resource].variant {
        case .primitive:
            return resources[resource].activeNodes.contains { node in
                nodes[node].isUnclean || nodes[node].isOnline || !resources[resource].isManaged
            }
        case .group, .clone:
            if all { return resources[resource].children.allSatisfy { isActive($0, all: true) } }
            return resources[resource].children.contains { isActive($0, all: false) }
        case .bundle:
            for replica in bundle(resource)?.replicas ?? [] {
                for part in [replica.ip, replica.child, replica.container, replica.connection] {
                    guard let part else { continue }
                    let active = isActive(part, all: all)
                    if active != all { return active }
                }
            }
            return all
        }
    }

    /// All primitives at or below a resource, in child order.
    package func leaves(of resource: ResourceIndex) -> ContiguousArray<ResourceIndex> {
        var result: ContiguousArray<ResourceIndex> = []
        collectLeaves(resource, &result)
        return result
    }

    private func collectLeaves(_ resource: ResourceIndex, _ result: inout ContiguousArray<ResourceIndex>) {
        if resources[resource].isPrimitive {
            result.append(resource)
        } else {
            for child in resources[resource].children { collectLeaves(child, &result) }
        }
    }

    /// Whether `target-role` keeps the resource from its full role.
    package func isDisabled(_ resource: ResourceIndex) -> Bool {
        switch resources[resource].targetRole {
        case .stopped: true
        case .unpromoted: resources[resources[resource].top].has(.promotable)
        default: false
        }
    }

    /// Counts instances, disabled and blocked ones (26.2). Part of phase 1.
    mutating func countInstances() {
        for resource in topLevel { count(resource) }
    }

    private mutating func count(_ resource: ResourceIndex) {
        switch resources[resource].variant {
        case .primitive:
            guard !resources[resource].has(.removed) || resources[resource].originalRole > .stopped else { return }
            instanceCount += 1
            if isDisabled(resource) { disabledCount += 1 }
            if resources[resource].has(.blocked) { blockedCount += 1 }
        case .group, .clone:
            for child in resources[resource].children { count(child) }
        case .bundle:
            for replica in bundle(resource)?.replicas ?? [] {
                for part in [replica.ip, replica.child, replica.container, replica.connection] {
                    if let part { count(part) }
                }
            }
        }
    }
}
