// SPDX-License-Identifier: GPL-2.0-or-later
// Fencing of unclean nodes, shutdown of those that asked for it, and what waits for either (scheduler spec 21.2, 21.3).

import CIBModel
package import ClusterStatus

extension ClusterState {
    /// Phase 10, in node list order.
    package mutating func fenceAndShutDown() {
        let haveManaged = topLevel.contains { isManagedInPart($0) }
        var downOfDC: ActionIndex?
        var fencings: [ActionIndex] = []
        var shutdowns: [ActionIndex] = []
        for node in nodeOrder {
            if isGuest(node) {
                if nodes[node].flags.contains(.remoteReset), haveManaged, canFence(node) { fenceGuest(node) }
                continue
            }
            if nodes[node].isUnclean, haveManaged, canFence(node) {
                warn("Scheduling node \(nodes[node].name) for fencing")
                let fencing = fencingAction(node, nil, optional: false, reason: "node is unclean")
                orderAfterFencing(fencing, node)
                if nodes[node].flags.contains(.isDC) {
                    downOfDC = fencing
                } else {
                    if !options.concurrentFencing, let previous = fencings.last { actions.relate(previous, fencing, .ordered) }
                    fencings.append(fencing)
                }
            } else if !nodes[node].isRemote, nodes[node].isOnline, nodes[node].isShuttingDown {
                let shutdown = createShutdown(node)
                if nodes[node].flags.contains(.isDC) { downOfDC = shutdown } else { shutdowns.append(shutdown) }
            }
            if nodes[node].isUnclean, !canFence(node) { warn("Node \(nodes[node].name) is unclean but cannot be fenced") }
        }
        if let downOfDC { orderDCLast(downOfDC, fencings, shutdowns) }
    }

    private func isManagedInPart(_ r: ResourceIndex) -> Bool {
        resources[r].flags.contains(.managed) || resources[r].children.contains { isManagedInPart($0) }
    }

    private mutating func orderDCLast(_ last: ActionIndex, _ fencings: [ActionIndex], _ shutdowns: [ActionIndex]) {
        if actions[last].task == .shutdown {
            for shutdown in shutdowns { actions.relate(shutdown, last, .ordered) }
        }
        let waits = options.concurrentFencing ? fencings[...] : fencings.suffix(1)
        for fencing in waits { actions.relate(fencing, last, .ordered) }
    }

    private mutating func createShutdown(_ node: NodeIndex) -> ActionIndex {
        let shutdown = getSingleton("do_shutdown-\(nodes[node].name)", task: .shutdown, node: node, optional: false)
        if !nodes[node].isInMaintenance {
            for position in actions.all.indices.reversed() {
                let stop = ActionIndex(position)
                guard actions[stop].task == .stop, actions[stop].node == node, let resource = actions[stop].resource else { continue }
                let flags = resources[resource].flags
                guard !flags.contains(.maintenance), !flags.isDisjoint(with: [.managed, .blocked]) else { continue }
                actions[stop].flags.remove(.optional)
                order(stop, shutdown, [.ordered, .unrunnableFirstBlocks])
            }
        }
        actions.setMeta(shutdown, "op_no_wait", "true")
        return shutdown
    }

    // MARK: Guests

    /// A guest is "fenced" by stopping its container; what ran inside is known to be gone then.
    private mutating func fenceGuest(_ node: NodeIndex) {
        guard let connection = nodes[node].connection, let container = resources[connection].launcher else { return }
        let starts = firstAction(task: .start, of: container) != nil
        let fencing = fencingAction(node, starts ? .reboot : .off, optional: false, reason: "guest is unclean")
        actions[fencing].flags.formUnion([.pseudo, .runnable])
        if let stop = firstAction(task: .stop, of: container) {
            if actions[stop].isPseudo, let host = actions[stop].node {
                let hostFencing = fencingAction(host, nil, optional: false, reason: nil)
                actions.relate(hostFencing, fencing, [.unrunnableFirstBlocks, .firstImpliesThen])
            } else {
                actions.relate(stop, fencing, [.unrunnableFirstBlocks, .firstImpliesThen])
            }
        } else if let stop = firstAction(task: .stop, of: connection) {
            actions.relate(stop, fencing, .ordered)
        }
        orderAfterFencing(fencing, node)
    }

    // MARK: What waits for fencing

    private mutating func orderAfterFencing(_ fencing: ActionIndex, _ node: NodeIndex) {
        for resource in topLevel { orderAfterFencing(fencing, node, resource) }
    }

    private mutating func orderAfterFencing(_ fencing: ActionIndex, _ node: NodeIndex, _ r: ResourceIndex) {
        guard resources[r].children.isEmpty else {
            for child in resources[r].children { orderAfterFencing(fencing, node, child) }
            return
        }
        guard resources[r].flags.contains(.managed) else { return }
        orderStarts(after: fencing, node, r)
        orderStops(after: fencing, node, r)
    }

    private mutating func orderStarts(after fencing: ActionIndex, _ node: NodeIndex, _ r: ResourceIndex) {
        for action in actions.actions(of: r) {
            switch actions[action].requirement {
            case .nothing: break
            case .fencing: actions.relate(fencing, action, .ordered)
            case .quorum:
                guard actions[action].task == .start, resources[r].nodes.contains(node), !isKnown(r, on: node) else { continue }
                actions.relate(fencing, action, [.ordered, .unrunnableFirstBlocks])
            }
        }
    }

    private func isKnown(_ r: ResourceIndex, on node: NodeIndex) -> Bool {
        if resources[r].knownOn.contains(node) { return true }
        guard let parent = resources[r].parent, resources[parent].variant == .clone, !resources[parent].flags.contains(.unique)
        else { return false }
        return resources[parent].knownOn.contains(node)
    }

    /// Fencing implies the stops and demotions of what ran on the node.
    private mutating func orderStops(after fencing: ActionIndex, _ node: NodeIndex, _ r: ResourceIndex) {
        let isImplied = resources[r].flags.contains(.needsFencing) || isGuest(node)
        let isBundled = resources[r].bundle != nil
        _ = adoptAction(r, .stop, node: node)
        let wholeStop = findAction(task: .stop, of: resources[r].top)
        for stop in allActions(r, .stop, node: node) {
            actions[stop].flags.formUnion([.pseudo, .runnable])
            if isImplied {
                if !isBundled { actions.relate(fencing, stop, .guestAllowed) }
                if let wholeStop { actions.relate(fencing, wholeStop, .guestAllowed) }
            }
            if resources[r].flags.contains(.notify) { notifyAfterFencing(stop, r, fencing) }
        }
        _ = adoptAction(r, .demote, node: node)
        for demote in allActions(r, .demote, node: node) {
            guard !nodes[node].isOnline || nodes[node].isUnclean || resources[r].flags.contains(.failed) else { continue }
            actions[demote].flags.formUnion([.pseudo, .runnable])
            if isImplied, !isBundled { actions.relate(fencing, demote, [.guestAllowed, .ordered]) }
        }
    }

    // MARK: Unfencing

    /// An action on a node that must be unfenced first waits for that (21.4).
    mutating func orderAfterUnfencing(_ r: ResourceIndex, _ node: NodeIndex, _ action: ActionIndex, _ flags: OrderFlags) {
        let isDevice = resources[r].flags.contains(.fenceDevice) && unfencingEnabled
        guard resources[r].flags.contains(.needsUnfencing) || isDevice else { return }
        let unfence = fencingAction(node, .on, optional: true, reason: nil)
        actions.relate(unfence, action, flags)
        let isUnfenced = nodes[node].attributes["#node-unfenced"].map { $0 != "0" } ?? false
        guard !isUnfenced else { return }
        triggerUnfencing(
            device: nil, node: node, reason: "required by \(resources[r].id) \(actions.tasks.name(of: actions[action].task))")
    }
}
