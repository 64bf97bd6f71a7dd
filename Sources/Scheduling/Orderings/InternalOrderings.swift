// SPDX-License-Identifier: GPL-2.0-or-later
// What every resource implies about the sequence and place of its own actions (scheduler spec 13): primitives and groups.

package import ClusterStatus
import CIBModel

extension ClusterState {
    /// Phase 5, in resource list order.
    package mutating func addInternalOrderings() {
        for resource in topLevel { addInternalOrderings(resource) }
    }

    mutating func addInternalOrderings(_ r: ResourceIndex) {
        switch resources[r].variant {
        case .primitive: addPrimitiveOrderings(r)
        case .group: addGroupOrderings(r)
        case .clone: addCloneOrderings(r)
        case .bundle: addBundleOrderings(r)
        }
    }

    func isPromotableTop(_ r: ResourceIndex) -> Bool { resources[resources[r].top].flags.contains(.promotable) }

    // MARK: Primitive

    private mutating func addPrimitiveOrderings(_ r: ResourceIndex) {
        guard resources[r].flags.contains(.managed) else { return }
        order(r, .stop, r, .start, [.ordered, .firstImpliesThen, .intermediateStop])
        if isPromotableTop(r) || resources[r].originalRole > .unpromoted {
            order(r, .demote, r, .stop, .promotedImpliesFirst)
            order(r, .start, r, .promote, .unrunnableFirstBlocks)
        }
        order(r, .lrmDelete, r, .monitor, [.ifOnSameNode, .thenCancelsFirst])
        addUnfencingOrderings(r)
        if options.placementStrategy != .standard, !resources[r].utilization.isEmpty { addLoadOrderings(r) }
        addLauncherOrderings(r)
        if resources[r].flags.contains(.remoteConnection) || resources[r].flags.contains(.fenceDevice) { avoidRemoteNodes(r) }
    }

    private mutating func addUnfencingOrderings(_ r: ResourceIndex) {
        guard unfencingEnabled, resources[r].flags.contains(.needsUnfencing), !resources[r].flags.contains(.fenceDevice) else { return }
        for node in nodeOrder where resources[r].nodes.contains(node) {
            let unfence = fencingAction(node, .on, optional: true, reason: nil)
            order(r, .stop, unfence, [.ordered, .ifOnSameNode])
            order(unfence, r, .start, [.firstImpliesSameNodeThen, .ifOnSameNode])
        }
    }

    /// Starts wait until the stops on a node have freed its capacity (17.4).
    private mutating func addLoadOrderings(_ r: ResourceIndex) {
        for node in resources[r].activeNodes { order(r, .stop, loadStopped(node), .ifOnSameNodeOrTarget) }
        for node in nodeOrder where resources[r].nodes.contains(node) {
            let stopped = loadStopped(node)
            order(stopped, r, .start, .ifOnSameNodeOrTarget)
            order(stopped, r, .migrateTo, .ifOnSameNodeOrTarget)
        }
    }

    private mutating func loadStopped(_ node: NodeIndex) -> ActionIndex {
        let action = getPseudoAction(named: "load_stopped_\(nodes[node].name)")
        if actions[action].node == nil {
            actions[action].node = node
            actions[action].flags.remove(.optional)
        }
        return action
    }

    // MARK: Launchers

    private mutating func addLauncherOrderings(_ r: ResourceIndex) {
        guard let launcher = resources[r].launcher else { return }
        let nesting = resources[r].flags.contains(.nestingAllowed)
        var host: ResourceIndex?
        if resources[r].flags.contains(.remoteConnection) {
            if !nesting { avoidRemoteNodes(launcher) }
            order(launcher, .monitor, r, .stop, .ordered)
        } else if resources[launcher].flags.contains(.remoteConnection) {
            host = launcher
        } else {
            host = resources[launcher].launched.first { resources[$0].flags.contains(.remoteConnection) }
        }
        if let host {
            for node in nodeOrder where resources[r].nodes.contains(node) && nodes[node].connection != host {
                resources[r].nodes[node].score = .minusInfinity
            }
            return
        }
        order(launcher, .start, r, .start, [.firstImpliesThen, .unrunnableFirstBlocks])
        order(r, .stop, launcher, .stop, .thenImpliesFirst)
        addColocation(
            id: "#resource-with-container", score: nesting ? Score(10000) : .infinity, dependent: r, primary: launcher,
            dependentRole: .unknown, primaryRole: .unknown, nodeAttribute: "#uname", influence: true, explicit: false)
    }

    /// Connections and fence devices run on cluster nodes only.
    private mutating func avoidRemoteNodes(_ r: ResourceIndex) {
        for node in nodeOrder where resources[r].nodes.contains(node) && nodes[node].connection != nil {
            resources[r].nodes[node].score = .minusInfinity
        }
    }

    // MARK: Group

    private struct GroupWalk {
        var previous: ResourceIndex?
        var lastActive: ResourceIndex?
    }

    private mutating func addGroupOrderings(_ group: ResourceIndex) {
        order(group, .stop, group, .stopped, .unrunnableFirstBlocks)
        order(group, .stopped, group, .start, .ordered)
        order(group, .start, group, .running, .unrunnableFirstBlocks)
        var walk = GroupWalk()
        for member in resources[group].children {
            addInternalOrderings(member)
            addMemberOrderings(member, group, walk)
            addPartiallyActiveOrdering(member, group, &walk)
            walk.previous = member
        }
    }

    private mutating func addMemberOrderings(_ member: ResourceIndex, _ group: ResourceIndex, _ walk: GroupWalk) {
        let isOrdered = resources[group].flags.contains(.groupOrdered)
        var down: OrderFlags = .thenImpliesFirstGraphed
        var afterDown: OrderFlags = .firstImpliesThenGraphed
        if let previous = walk.previous {
            if resources[group].flags.contains(.groupColocated) {
                addColocation(
                    id: "#group-members", score: .infinity, dependent: member, primary: previous, dependentRole: .unknown,
                    primaryRole: .unknown, nodeAttribute: "#uname", influence: resources[member].flags.contains(.critical),
                    explicit: false)
            }
        } else if isOrdered {
            down.insert(.ordered)
            afterDown = .firstImpliesThen
        }
        let up: OrderFlags = [.unrunnableFirstBlocks, .firstImpliesThen, .firstImpliesThenGraphed]
        let promotable = isPromotableTop(group)
        if promotable {
            order(group, .demote, member, .demote, down)
            order(member, .demote, group, .demoted, afterDown)
            order(member, .promote, group, .promoted, up)
            order(group, .promote, member, .promote, .thenImpliesFirstGraphed)
        }
        order(group, .stop, member, .stop, down)
        order(member, .stop, group, .stopped, afterDown)
        order(group, .start, member, .start, .thenImpliesFirstGraphed)
        order(member, .start, group, .running, up)
        addSequence(member, group, previous: walk.previous, isOrdered: isOrdered, promotable: promotable)
    }

    private mutating func addSequence(
        _ member: ResourceIndex, _ group: ResourceIndex, previous: ResourceIndex?, isOrdered: Bool, promotable: Bool
    ) {
        guard isOrdered else {
            let flags: OrderFlags = [.firstImpliesThen, .unrunnableFirstBlocks, .thenImpliesFirstGraphed]
            order(group, .start, member, .start, flags)
            if promotable { order(group, .promote, member, .promote, flags) }
            return
        }
        guard let previous else {
            order(group, .start, member, .start, [])
            if promotable { order(group, .promote, member, .promote, []) }
            return
        }
        order(previous, .start, member, .start, [.firstImpliesThen, .unrunnableFirstBlocks])
        order(member, .stop, previous, .stop, [.ordered, .intermediateStop])
        // A member added in front of active ones starts only after those have stopped.
        if !resources[member].activeNodes.isEmpty, resources[previous].activeNodes.isEmpty {
            order(member, .stop, previous, .start, [.thenImpliesFirst, .unrunnableFirstBlocks])
        }
        if promotable {
            order(previous, .promote, member, .promote, [.firstImpliesThen, .unrunnableFirstBlocks])
            order(member, .demote, previous, .demote, .ordered)
        }
    }

    /// Groups that run in part stop in sequence all the same.
    private mutating func addPartiallyActiveOrdering(_ member: ResourceIndex, _ group: ResourceIndex, _ walk: inout GroupWalk) {
        guard !resources[member].activeNodes.isEmpty else { return }
        if resources[group].flags.contains(.groupOrdered), let previous = walk.previous, let last = walk.lastActive,
            resources[previous].activeNodes.isEmpty, !resources[last].activeNodes.isEmpty
        {
            order(member, .stop, last, .stop, .ordered)
        }
        walk.lastActive = member
    }
}
