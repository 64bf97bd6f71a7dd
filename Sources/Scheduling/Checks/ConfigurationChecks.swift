// SPDX-License-Identifier: GPL-2.0-or-later
// What runs compared with what is configured: restarts, reloads, cancellations, clean-ups (scheduler spec 14.1, 14.2, 18.1).

import CIBModel
import ClusterXML
package import ClusterStatus

extension ClusterState {
    /// Phase 6, in node list order.
    package mutating func checkConfigurationChanges() {
        let byName = primitivesByName().mapValues { [resources] in Namesakes($0, resources) }
        let hasNamesakes = resources.map { byName[$0.id]?.all.count != 1 || $0.historyName != nil }
        let histories = historiesByName()
        for node in nodeOrder where nodes[node].isInMaintenance || nodes[node].isAvailable {
            guard node.position < historyByNode.count, histories[nodes[node].name] == 1 else { continue }
            for entry in historyByNode[node.position] {
                guard !history[Int(entry)].operations.isEmpty else { continue }
                // Most entries are of a resource that alone has its name, and which one is known since the history was read.
                if let resource = history[Int(entry)].resource, !hasNamesakes[resource.position],
                    resources[resource].id == history[Int(entry)].id
                {
                    check(Int(entry), resource, node)
                    continue
                }
                guard let namesakes = byName[history[Int(entry)].id] else { continue }
                for resource in namesakes.concerned(by: history[Int(entry)].agent, node) { check(Int(entry), resource, node) }
            }
        }
    }

    /// How many histories the status has under a node's exact name: of several none is compared with what is configured.
    private func historiesByName() -> [String: Int] {
        var result: [String: Int] = [:]
        for state in cib.first("status")?.children ?? [] where state.name == "node_state" {
            guard let name = state["uname"] else { continue }
            for list in state.children where list.name == "lrm" {
                result[name, default: 0] += list.children.count { $0.name == "lrm_resources" }
            }
        }
        return result
    }

    /// Primitives with the same name, such as the instances of a clone.
    private struct Namesakes {
        let all: [ResourceIndex]
        /// The agent of all of them, if they have the same and none was removed.
        private var agent: Agent?
        /// Those active on each node.
        private var active: [NodeIndex: [ResourceIndex]] = [:]

        init(_ all: [ResourceIndex], _ resources: ContiguousArray<Resource>) {
            self.all = all
            guard all.count > 1, let common = resources[all[0]].agent else { return }
            for r in all where resources[r].agent != common || resources[r].flags.contains(.removed) { return }
            agent = common
            for r in all {
                for node in resources[r].activeNodes { active[node, default: []].append(r) }
            }
        }

        /// Those for which a history entry can mean something: only those active there, as long as it is of their agent.
        func concerned(by entryAgent: Agent?, _ node: NodeIndex) -> [ResourceIndex] {
            agent != nil && agent == entryAgent ? active[node] ?? [] : all
        }
    }

    /// Primitives by id and history name, the last of the resource list first.
    private func primitivesByName() -> [String: [ResourceIndex]] {
        var result: [String: [ResourceIndex]] = [:]
        func collect(_ r: ResourceIndex) {
            guard resources[r].variant == .primitive else {
                for child in resources[r].children { collect(child) }
                return
            }
            result[resources[r].id, default: []].append(r)
            if let name = resources[r].historyName, name != resources[r].id { result[name, default: []].append(r) }
        }
        for r in topLevel { collect(r) }
        for name in result.keys { result[name]?.reverse() }
        return result
    }

    private mutating func check(_ entry: Int, _ r: ResourceIndex, _ node: NodeIndex) {
        if resources[r].flags.contains(.removed) {
            let top = resources[r].top
            let isAnonymous = resources[top].variant == .clone && !resources[top].flags.contains(.unique)
            if !isAnonymous { scheduleCleanup(r, node) }
            return
        }
        let isActive = resources[r].activeNodes.contains(node)
        let changes = agentChanges(entry, r)
        for _ in 0..<changes { triggerUnfencing(device: r, node: node, reason: "Device definition changed") }
        if changes > 0, isActive {
            getAction(r, .stop, node: node, optional: false)
            resources[r].flags.insert(.startPending)
        }
        if changes > 0 { scheduleCleanup(r, node) }
        if isActive { checkOperations(entry, r, node) }
    }

    /// How many of class, provider and type differ.
    private func agentChanges(_ entry: Int, _ r: ResourceIndex) -> Int {
        if history[entry].agent == resources[r].agent { return 0 }
        let old = history[entry].agent
        let new = resources[r].agent
        return (old?.type == new?.type ? 0 : 1) + (old?.standard == new?.standard ? 0 : 1) + (old?.provider == new?.provider ? 0 : 1)
    }

    private mutating func scheduleCleanup(_ r: ResourceIndex, _ node: NodeIndex) {
        guard !resources[r].flags.contains(.failed), !nodes[node].isUnclean, nodes[node].isOnline else { return }
        getAction(r, ActionKey(.delete), node: node, optional: false)
        order(r, .stop, r, .delete, .ordered)
        order(r, .delete, r, .start, .ordered)
    }

    private mutating func checkOperations(_ entry: Int, _ r: ResourceIndex, _ node: NodeIndex) {
        let startIndex = Int(history[entry].startIndex)
        guard startIndex >= Int(history[entry].stopIndex) else { return }
        let inMaintenance = resources[r].flags.contains(.maintenance) || nodes[node].isInMaintenance
        for (offset, position) in history[entry].sorted.enumerated() where offset >= startIndex {
            let reference = OperationReference(entry: Int32(entry), operation: position)
            let interval = history[entry].operations[Int(position)].intervalMs
            let task = history[entry].operations[Int(position)].task
            if interval > 0, inMaintenance {
                cancel(reference, r, node)
            } else if interval > 0 || task == .monitor || task == .start || task == .promote || task == .migrateFrom {
                noteParameterTimes(of: r, on: nil)
                if resources[r].flags.contains(.addressIsHostName) {
                    deferredChecks.append(DeferredCheck(kind: .active, resource: r, node: node, operation: reference))
                } else {
                    check(reference, r, node)
                }
            }
        }
    }

    /// Checks put off until bundles' hosts were known, latest first.
    mutating func runDeferredChecks() {
        for item in deferredChecks.reversed() {
            switch item.kind {
            case .active: check(item.operation, item.resource, item.node)
            case .lastFailure:
                let verdict = digestVerdict(of: item.operation, resource: item.resource, node: item.node)
                if verdict != .unknown, verdict != .match {
                    clearFailCount(item.resource, on: item.node, reason: "resource parameters have changed")
                }
            }
        }
    }

    private mutating func check(_ reference: OperationReference, _ r: ResourceIndex, _ node: NodeIndex) {
        guard isChanged(reference, r, node), failCount(of: r, on: node, [.effective]).count != .zero else { return }
        clearFailCount(r, on: node, reason: "action definition changed")
    }

    // MARK: One operation (14.2)

    private mutating func isChanged(_ reference: OperationReference, _ r: ResourceIndex, _ node: NodeIndex) -> Bool {
        let result = history[Int(reference.entry)].operations[Int(reference.operation)]
        if result.intervalMs > 0, !isConfigured(r, result) {
            if options.cancelRemovedActions { cancel(reference, r, node) }
            return true
        }
        let isStartLike = result.intervalMs == 0 && (result.task == .monitor || result.task == .migrateFrom || result.task == .promote)
        let task = isStartLike ? TaskName.start : actions.tasks.task(named: result.taskName)
        let (verdict, onlyPrivate) = compareDigests(of: reference, r, on: node)
        if onlyPrivate {
            let interval = ReadableInterval.text(milliseconds: result.intervalMs)
            inform("Only 'private' parameters to \(interval)-interval \(actions.tasks.name(of: task)) for \(resources[r].id) on \(nodes[node].name) changed: \(result.transitionMagic ?? "")")
            return false
        }
        switch verdict {
        case .match: return false
        case .restart: forceRestart(r, ActionKey(task, interval: result.intervalMs), node)
        case .unknown, .mismatch:
            if result.intervalMs > 0 {
                reschedule(r, ActionKey(task, interval: result.intervalMs), node)
            } else if result.restartDigest != nil {
                triggerUnfencing(device: r, node: node, reason: "Device parameters changed (reload)")
                scheduleReload(r, node)
            } else {
                forceRestart(r, ActionKey(task), node)
            }
        }
        return true
    }

    private func isConfigured(_ r: ResourceIndex, _ result: OperationResult) -> Bool {
        resources[r].operations.contains { $0.isEnabled && $0.intervalMs == result.intervalMs && $0.name == result.taskName }
    }

    private mutating func cancel(_ reference: OperationReference, _ r: ResourceIndex, _ node: NodeIndex) {
        let result = history[Int(reference.entry)].operations[Int(reference.operation)]
        let task = actions.tasks.task(named: result.taskName)
        let cancel = createCancel(r, ActionKey(task, interval: result.intervalMs), node)
        if let call = result.callText { actions.setMeta(cancel, "call-id", call) }
        order(r, .stop, cancel, .ordered)
    }

    private mutating func forceRestart(_ r: ResourceIndex, _ key: ActionKey, _ node: NodeIndex) {
        let required = getAction(r, key, node: nil, optional: false)
        actions[required].reason = .text("resource definition change")
        triggerUnfencing(device: r, node: node, reason: "Device parameters changed")
    }

    private mutating func reschedule(_ r: ResourceIndex, _ key: ActionKey, _ node: NodeIndex) {
        triggerUnfencing(device: r, node: node, reason: "Device parameters changed (reschedule)")
        let action = getAction(r, key, node: node, optional: true)
        actions[action].flags.insert(.reschedule)
    }

    private mutating func scheduleReload(_ r: ResourceIndex, _ node: NodeIndex) {
        guard resources[r].flags.contains(.managed), !resources[r].flags.contains(.failed) else { return }
        if resources[r].flags.contains(.startPending) {
            getAction(r, .stop, node: node, optional: false)
            return
        }
        resources[r].flags.insert(.reload)
        let reload = getAction(r, ActionKey(.reloadAgent), node: node, optional: false)
        setReasonIfEmpty(reload, "resource definition change")
        order(reload, r, .stop, [.ordered, .thenCancelsFirst])
        order(reload, r, .demote, [.ordered, .thenCancelsFirst])
    }
}

/// Intervals as people read them.
enum ReadableInterval {
    /// `1h30m`, `10s`, `500ms`; `0s` for 0.
    static func text(milliseconds: UInt32) -> String {
        var rest = milliseconds
        var text = ""
        for (unit, length) in [("d", UInt32(86_400_000)), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1)] where rest >= length {
            text += "\(rest / length)\(unit)"
            rest %= length
        }
        return text.isEmpty ? "0s" : text
    }
}
