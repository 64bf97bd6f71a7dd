// SPDX-License-Identifier: GPL-2.0-or-later
// Deciding that a node must be fenced, and the operations for it (scheduler spec 21.1, 21.2, 21.4). Orderings against them
// come later, in the Scheduling target.

import CIBModel

extension ClusterState {
    /// Whether a node could be fenced if need be (21.1).
    package func canFence(_ node: NodeIndex) -> Bool { canFence(node, depth: 0) }

    /// - Parameter depth: how many guests were looked at on the way. A history can claim that a guest's container runs on the guest
    ///   itself; more steps than there are nodes lead round in a circle, where nothing can be fenced.
    private func canFence(_ node: NodeIndex, depth: Int) -> Bool {
        if isGuest(node) {
            guard depth <= nodes.count, let connection = nodes[node].connection, let container = resources[connection].launcher
            else { return false }
            return resources[container].activeNodes.allSatisfy { isReached($0) || canFence($0, depth: depth + 1) }
        }
        guard options.fencingEnabled, haveFencing else { return false }
        if haveQuorum || options.noQuorumPolicy == .ignore { return true }
        guard nodes[node].isOnline else { return options.fenceRemoteWithoutQuorum && isReached(node) }
        guard isRemoteNode(node), !options.fenceRemoteWithoutQuorum, let connection = nodes[node].connection else { return true }
        return !nodeOrder.contains { resources[connection].nodes.contains($0) && !nodes[$0].isOnline }
    }

    /// Whether a node is online, or one whose connection is in a group and got a place: nothing joins these two. To the reference it is online
    /// from then on (differential far-2600001), but it gives up when something is to run there: its history may stay unread, so what was
    /// started there would be started again. Here that place counts for fencing the node, and for guests on it (far-3000127), only.
    private func isReached(_ node: NodeIndex) -> Bool {
        if nodes[node].isOnline { return true }
        guard nodes[node].isRemote, nodes[node].connection == nil, let connection = findResource(nodes[node].name) else { return false }
        return resources[connection].has(.reachesUnjoinedNode)
    }

    /// Marks a node for fencing (21.1 "fence node").
    package mutating func fence(_ node: NodeIndex, reason: String, priorityDelay: Bool = false) {
        if isGuest(node) {
            guard let connection = nodes[node].connection, let container = resources[connection].launcher else { return }
            if !resources[container].flags.contains(.failed), resources[container].isManaged {
                nodes[node].flags.insert(.remoteReset)
                resources[container].flags.formUnion([.failed, .stopIfFailed])
            }
        } else if isDanglingGuest(node), let connection = nodes[node].connection {
            resources[connection].flags.formUnion([.failed, .stopIfFailed])
        } else if nodes[node].isRemote {
            if let connection = nodes[node].connection, !resources[connection].isManaged {
                nodes[node].flags.remove(.remoteReset)
            } else {
                nodes[node].flags.insert(.remoteReset)
            }
            nodes[node].flags.insert(.unclean)
            _ = fencingAction(node, nil, optional: true, reason: reason, priorityDelay: priorityDelay)
        } else if !nodes[node].isUnclean {
            nodes[node].flags.insert(.unclean)
            _ = fencingAction(node, nil, optional: true, reason: reason, priorityDelay: priorityDelay)
        }
    }

    private func isDanglingGuest(_ node: NodeIndex) -> Bool {
        guard nodes[node].isRemote, let connection = nodes[node].connection else { return false }
        return resources[connection].flags.contains(.removedLaunched) && resources[connection].launcher == nil
    }

    /// What a fencing operation does unless something else is asked for.
    package var defaultFencing: FencingOperation { options.fencingAction == "off" ? .off : .reboot }

    /// The fencing operation of a node, created if there is none (21.2).
    /// - Parameters:
    ///   - operation: nil for the configured one.
    ///   - optional: false makes it required if the node can be fenced.
    @discardableResult
    package mutating func fencingAction(
        _ node: NodeIndex, _ operation: FencingOperation?, optional: Bool, reason: String?, priorityDelay: Bool = false
    ) -> ActionIndex {
        let operation = operation ?? defaultFencing
        let key = "stonith-\(nodes[node].name)-\(operation.text)"
        var optional = optional
        let action: ActionIndex
        if let existing = actions.singleton(key) {
            action = existing
        } else {
            action = getSingleton(key, task: .fence, node: node, optional: true)
            actions[action].fencing = operation
            actions.setMeta(action, "on_node", nodes[node].name)
            actions.setMeta(action, "on_node_uuid", nodes[node].id)
            actions.setMeta(action, "stonith_action", operation.text)
            if unfencingEnabled, addDeviceDigests(action, node) { optional = false }
        }
        if options.priorityFencingDelayMs > 0,
            priorityDelay || actions.explicitMeta(action, "priority-fencing-delay") != nil
        {
            actions.setMeta(action, "priority-fencing-delay", String(priorityFencingDelay(of: node) / 1000))
        }
        if !optional, canFence(node) { actions[action].flags.remove(.optional) }
        setReasonIfEmpty(action, reason)
        return action
    }

    /// Milliseconds to hold back the fencing of the more important half of a split cluster (21.2).
    private func priorityFencingDelay(of node: NodeIndex) -> Int64 {
        guard !nodes[node].isRemote, !nodes[node].isOnline else { return 0 }
        var members = 0
        var online = 0
        var top = Int32.min
        var lowest = Int32.max
        for candidate in nodes where candidate.type == .cluster {
            members += 1
            if candidate.isOnline { online += 1 }
            top = max(top, candidate.priority)
            lowest = min(lowest, candidate.priority)
        }
        guard online * 2 <= members, lowest != top, nodes[node].priority >= top else { return 0 }
        return options.priorityFencingDelayMs
    }

    /// Unfences a node, or every node a device may run on, because of a change (21.4).
    package mutating func triggerUnfencing(device: ResourceIndex?, node: NodeIndex?, reason: String) {
        guard unfencingEnabled else { return }
        if let device, !resources[device].flags.contains(.fenceDevice) { return }
        func canBeUnfenced(_ node: NodeIndex) -> Bool {
            nodes[node].isOnline && !nodes[node].isUnclean && !nodes[node].isShuttingDown
        }
        if let node, canBeUnfenced(node) {
            fencingAction(node, .on, optional: false, reason: reason)
        } else if let device {
            for candidate in inTableOrder(resources[device].nodes) where canBeUnfenced(candidate) {
                fencingAction(candidate, .on, optional: false, reason: reason)
            }
        }
    }
}
