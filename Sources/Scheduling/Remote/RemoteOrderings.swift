// SPDX-License-Identifier: GPL-2.0-or-later
// Actions on remote and guest nodes need the connection: after it starts, before it stops (scheduler spec 20).

import CIBModel
package import ClusterStatus

/// What is to be expected of the connection to a remote node (20.1).
enum ConnectionState { case unknown, alive, resting, failed, stopped }

extension ClusterState {
    func connectionState(of node: NodeIndex) -> ConnectionState {
        guard let connection = nodes[node].connection else { return .unknown }
        let host = currentNode(connection)
        if resources[connection].nextRole == .stopped || resources[connection].assigned == nil {
            if let host, nodes[host].isUnclean { return .failed }
            if !resources[connection].flags.contains(.failed) { return .stopped }
            let waits = resources[connection].nextRole == .stopped && resources[connection].reconnectIntervalMs > 0
            if waits, nodes[node].flags.contains(.remoteFenced), !isShutdownRequested(node) { return .unknown }
            return .failed
        }
        guard let host else { return .unknown }
        if nodes[host].isUnclean || !nodes[host].isOnline { return .resting }
        let isMigrating = resources[connection].partialMigrationSource != nil && resources[connection].partialMigrationTarget != nil
        if resources[connection].activeNodes.count > 1, isMigrating { return .resting }
        return .alive
    }

    private func isShutdownRequested(_ node: NodeIndex) -> Bool {
        nodes[node].attributes["shutdown"].map { $0 != "0" } ?? false
    }

    /// Phase 9. Actions are taken most recent first; fencing operations made meanwhile are not looked at.
    package mutating func orderRemoteActions() {
        guard haveRemoteNodes else { return }
        for position in actions.all.indices.reversed() {
            let action = ActionIndex(position)
            guard let resource = actions[action].resource else { continue }
            if resources[resource].flags.contains(.remoteConnection), actions[action].task == .clearFailCount {
                order(action, resource, .start, .ordered)
                continue
            }
            guard let node = actions[action].node, nodes[node].isRemote, !actions[action].isPseudo,
                let connection = nodes[node].connection
            else { continue }
            if actions[action].task == .start { orderStopsElsewhere(action, resource, node, connection) }
            if let container = resources[connection].launcher {
                orderOnGuest(action, node, connection, container)
            } else {
                orderOnRemote(action, node, connection)
            }
        }
    }

    /// A resource leaves its old node only once the connection to the new one is up.
    private mutating func orderStopsElsewhere(
        _ action: ActionIndex, _ resource: ResourceIndex, _ node: NodeIndex, _ connection: ResourceIndex
    ) {
        for stop in actions.actions(of: resource) where actions[stop].task == .stop && actions[stop].node != node {
            order(connection, .start, stop, .ordered)
        }
    }

    private mutating func orderAfter(_ connection: ResourceIndex, _ action: ActionIndex, _ extra: OrderFlags = []) {
        order(connection, .start, action, extra.union([.guestAllowed, .unrunnableFirstBlocks]))
    }

    private mutating func orderBeforeStop(_ action: ActionIndex, _ connection: ResourceIndex, _ extra: OrderFlags = []) {
        order(action, connection, .stop, extra.union(.guestAllowed))
    }

    private func isRecurring(_ action: ActionIndex) -> Bool {
        actions[action].key.interval > 0
    }

    // MARK: Guests (20.3)

    private mutating func orderOnGuest(
        _ action: ActionIndex, _ node: NodeIndex, _ connection: ResourceIndex, _ container: ResourceIndex
    ) {
        let failed = resources[container].flags.contains(.failed)
        if failed { fence(node, reason: "container failed") }
        switch actions[action].task {
        case .start, .promote:
            orderAfter(container, action, .firstImpliesThen)
            orderAfter(connection, action)
        case .stop, .demote, .migrateTo, .migrateFrom:
            if !failed { orderBeforeStop(action, connection) }
        default:
            if isRecurring(action) {
                if actions[action].task.isKnown { orderAfter(connection, action, .firstImpliesThen) }
            } else {
                orderAfter(connection, action)
            }
        }
    }

    // MARK: Remote nodes (20.4)

    private mutating func orderOnRemote(_ action: ActionIndex, _ node: NodeIndex, _ connection: ResourceIndex) {
        let state = connectionState(of: node)
        switch actions[action].task {
        case .start, .promote:
            orderAfter(connection, action, state == .failed ? .firstImpliesThen : [])
        case .stop, .migrateTo, .migrateFrom:
            if state == .alive {
                orderBeforeStop(action, connection, .thenImpliesFirst)
            } else if state == .failed {
                fence(node, reason: "resources are active but connection is unrecoverable")
            } else if resources[connection].nextRole == .stopped {
                orderBeforeStop(action, connection, .thenImpliesFirst)
            } else {
                orderAfter(connection, action)
            }
        case .demote:
            if state == .resting || state == .unknown { orderAfter(connection, action) }
        default:
            if isRecurring(action) {
                orderAfter(connection, action, .firstImpliesThen)
                return
            }
            if actions[action].task == .monitor, state == .failed {
                fence(node, reason: "resources are in unknown state and connection is unrecoverable")
            }
            if currentNode(connection) != nil, state == .stopped {
                orderBeforeStop(action, connection, .unrunnableFirstBlocks)
            } else {
                orderAfter(connection, action)
            }
        }
    }

    // MARK: Who carries it out (20.5, 20.6)

    /// The cluster node whose controller speaks to the remote node of an action; nil for other nodes.
    func routerNode(of action: ActionIndex) -> NodeIndex? {
        guard let node = actions[action].node, nodes[node].isRemote, actions[action].task != .fence,
            let connection = nodes[node].connection
        else { return nil }
        let begin = currentNode(connection)
        let end = resources[connection].assigned
        guard let begin else { return end }
        guard let end, begin != end else { return begin }
        switch effectiveTask(of: action) {
        case .cancel, .stop, .demote, .migrateFrom, .migrateTo:
            let migrates = resources[connection].launcher == nil && resources[connection].partialMigrationTarget != nil
            return migrates ? end : begin
        default: return end
        }
    }

    /// The task, or for a notification the notified one.
    func effectiveTask(of action: ActionIndex) -> TaskName {
        actions[action].task == .notify ? actions[action].key.task : actions[action].task
    }

    /// The host of the container of a guest node that an action is for, before or after the transition.
    func physicalHost(of action: ActionIndex) -> NodeIndex? {
        guard let node = actions[action].node, isGuest(node), let connection = nodes[node].connection,
            let container = resources[connection].launcher
        else { return nil }
        switch effectiveTask(of: action) {
        case .stop, .stopped, .demote, .demoted: return currentNode(container)
        case .start, .running, .monitor, .promote, .promoted: return resources[container].assigned
        default: return nil
        }
    }
}

extension TaskName {
    /// Whether the scheduler attaches a meaning to this task of a resource.
    var isKnown: Bool {
        switch self {
        case .start, .running, .stop, .stopped, .promote, .promoted, .demote, .demoted, .monitor, .notify, .notified: true
        default: false
        }
    }
}
