// SPDX-License-Identifier: GPL-2.0-or-later
// Recurring operations: which run where, which are cancelled (scheduler spec 18.7), and cancellations (14.2).

import CIBModel
import ClusterStatus

extension ClusterState {
    mutating func createRecurringActions(_ r: ResourceIndex) {
        let flags = resources[r].flags
        guard flags.isDisjoint(with: [.blocked, .maintenance]) else { return }
        var start: ActionIndex?
        if let node = resources[r].assigned, !nodes[node].isInMaintenance,
            resources[r].nextRole != .stopped || !flags.contains(.managed)
        {
            start = getAction(r, .start, node: node, optional: true)
        }
        for position in resources[r].operations.indices where isUsableRecurring(r, position) {
            let name = resources[r].operations[position].name
            let key = ActionKey(actions.tasks.task(named: name), interval: resources[r].operations[position].intervalMs)
            let role = resources[r].operations[position].role
            if role == .stopped {
                createWhileStopped(r, key)
            } else if let start, let node = resources[r].assigned {
                createWhileActive(r, key, role, start, node)
            }
        }
    }

    private mutating func isUsableRecurring(_ r: ResourceIndex, _ position: Int) -> Bool {
        let operation = resources[r].operations[position]
        guard operation.intervalMs > 0, operation.id != nil, operation.isEnabled else { return false }
        switch operation.name {
        case "start", "stop", "demote", "promote", "reload-agent", "migrate_to", "migrate_from":
            error("Ignoring \(operation.id ?? "") because \(operation.name) action cannot be recurring")
            return false
        default: break
        }
        if let text = operation.roleText, operation.role == .unknown {
            error("Ignoring \(operation.id ?? "") because invalid role '\(text)'")
            return false
        }
        let twins = resources[r].operations.count { $0.name == operation.name && $0.intervalMs == operation.intervalMs }
        if twins > 1 {
            error("Operation \(operation.id ?? "") of \(resources[r].id) is duplicated (same name and interval)")
            return false
        }
        return true
    }

    // MARK: Active roles

    private mutating func createWhileActive(
        _ r: ResourceIndex, _ key: ActionKey, _ role: ResourceRole, _ start: ActionIndex, _ node: NodeIndex
    ) {
        let isOptional = isRunning(r, key, node, start)
        let next = resources[r].nextRole
        guard role == .unknown ? next != .promoted : next == role else {
            if isOptional { cancelForRole(r, key, node) }
            return
        }
        let monitor = getAction(r, key, node: node, optional: isOptional)
        if !actions[start].isRunnable || !nodes[node].isOnline || nodes[node].isUnclean {
            actions[monitor].flags.remove(.runnable)
        }
        if next == .promoted { actions.setMeta(monitor, "op_target_rc", "8") }
        guard resources[r].flags.contains(.managed) else { return }
        order(r, .start, monitor, [.firstImpliesThen, .unrunnableFirstBlocks])
        order(r, .reloadAgent, monitor, [.firstImpliesThen, .unrunnableFirstBlocks])
        if next == .promoted {
            order(r, .promote, monitor, [.ordered, .unrunnableFirstBlocks])
        } else if resources[r].originalRole == .promoted {
            order(r, .demote, monitor, [.ordered, .unrunnableFirstBlocks])
        }
    }

    private func isRunning(_ r: ResourceIndex, _ key: ActionKey, _ node: NodeIndex, _ start: ActionIndex) -> Bool {
        guard actions[start].isOptional else { return false }
        let matches = allActions(r, key, node: node)
        return !matches.isEmpty && matches.allSatisfy { !actions[$0].flags.contains(.reschedule) }
    }

    private mutating func cancelForRole(_ r: ResourceIndex, _ key: ActionKey, _ node: NodeIndex) {
        let cancel = createCancel(r, key, node)
        let after: TaskName?
        switch (resources[r].originalRole, resources[r].nextRole) {
        case (.started, .promoted), (.unpromoted, .promoted): after = .promote
        case (.started, .stopped), (.unpromoted, .stopped): after = .stop
        case (.promoted, _): after = .demote
        default: after = nil
        }
        if let after { order(cancel, r, after, .unrunnableFirstBlocks) }
    }

    // MARK: Role Stopped

    private mutating func createWhileStopped(_ r: ResourceIndex, _ key: ActionKey) {
        guard resources[r].flags.contains(.unique) else { return }
        for node in nodeOrder {
            if node == resources[r].assigned {
                cancelWhereActive(r, key, node)
                continue
            }
            let monitor = getAction(r, key, node: node, optional: !allActions(r, key, node: node).isEmpty)
            actions.setMeta(monitor, "op_target_rc", "7")
            if resources[r].flags.contains(.managed) { orderAfterProbes(r, node, monitor) }
            orderAfterStops(r, node, monitor)
            if !nodes[node].isOnline || nodes[node].isUnclean { actions[monitor].flags.remove(.runnable) }
        }
    }

    private mutating func cancelWhereActive(_ r: ResourceIndex, _ key: ActionKey, _ node: NodeIndex) {
        guard !allActions(r, key, node: node).isEmpty else { return }
        let cancel = createCancel(r, key, node)
        if resources[r].nextRole == .started || resources[r].nextRole == .unpromoted {
            order(cancel, r, .start, .unrunnableFirstBlocks)
        }
    }

    private mutating func orderAfterProbes(_ r: ResourceIndex, _ node: NodeIndex, _ monitor: ActionIndex) {
        _ = adoptAction(r, .probe, node: node)
        for probe in allActions(r, .probe, node: node) { actions.relate(probe, monitor, .unrunnableFirstBlocks) }
    }

    private mutating func orderAfterStops(_ r: ResourceIndex, _ node: NodeIndex, _ monitor: ActionIndex) {
        for stop in allActions(r, .stop, node: node) {
            let isManaged = resources[r].flags.contains(.managed)
            if actions[stop].isRequired, actions[monitor].isRequired, !isManaged { actions[monitor].flags.insert(.optional) }
            if !actions[stop].isRunnable { actions[monitor].flags.remove(.runnable) }
            if isManaged { order(stop, monitor, [.firstImpliesThen, .unrunnableFirstBlocks]) }
        }
    }

    // MARK: Cancellation

    /// The action that cancels a recurring operation; it takes over the operation's own action if there is one.
    mutating func createCancel(_ r: ResourceIndex, _ key: ActionKey, _ node: NodeIndex) -> ActionIndex {
        let action = getAction(r, key, task: .cancel, node: node, optional: false)
        actions[action].task = .cancel
        actions.setMeta(action, "operation", actions.tasks.name(of: key.task))
        actions.setMeta(action, "interval", String(key.interval))
        return action
    }
}
