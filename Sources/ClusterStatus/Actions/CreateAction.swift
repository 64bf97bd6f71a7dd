// SPDX-License-Identifier: GPL-2.0-or-later
// Finding and creating actions, and whether they can run (scheduler spec 8.1 to 8.3). Two ways of finding exist on purpose:
// "get" gives a node to actions that have none and takes the oldest match, "first" changes nothing and takes the newest.

import CIBModel

extension ClusterState {
    /// The action of a resource with a key, created if there is none (8.1 "get action").
    /// - Parameters:
    ///   - task: the task of a new action if it is not the key's (notifications).
    ///   - node: an existing action without node is given this one.
    ///   - optional: false makes the action required; true leaves an existing action as it is.
    @discardableResult
    package mutating func getAction(
        _ resource: ResourceIndex, _ key: ActionKey, task: TaskName? = nil, node: NodeIndex?, optional: Bool
    ) -> ActionIndex {
        let action = adoptAction(resource, key, node: node)
            ?? createAction(resource, key, task: task ?? key.task, node: node, optional: optional)
        if !resources[resource].isManaged, actions[action].node != nil, !actions[action].isPseudo, !hasIntervalMeta(action) {
            actions[action].flags.insert(.optional)
        } else if !optional {
            actions[action].flags.remove(.optional)
        }
        updateRunnable(action)
        return action
    }

    /// An existing action with the key, the oldest; every match without node gets `node` [Q11].
    package mutating func adoptAction(_ resource: ResourceIndex, _ key: ActionKey, node: NodeIndex?) -> ActionIndex? {
        guard let list = actions.keyList(key, of: resource) else { return nil }
        if let node {
            let (isIndexed, action) = actions.indexed(list, node)
            if isIndexed { return action }
        }
        var oldest: ActionIndex?
        var next = actions.newest(in: list)
        while let action = next {
            next = actions.olderWithKey(than: action)
            if let node {
                if actions[action].node == nil { actions[action].node = node }
                guard actions[action].node == node else { continue }
            }
            oldest = action
        }
        return oldest
    }

    /// The most recently created action with the key (and on the node, if one is given); changes nothing.
    package func firstAction(_ resource: ResourceIndex, _ key: ActionKey, node: NodeIndex? = nil) -> ActionIndex? {
        guard let list = actions.keyList(key, of: resource) else { return nil }
        guard let node else { return actions.newest(in: list) }
        let (isIndexed, action) = actions.indexed(list, node)
        if isIndexed { return action }
        var next = actions.newest(in: list)
        while let action = next {
            if actions[action].node == node { return action }
            next = actions.olderWithKey(than: action)
        }
        return nil
    }

    /// The same as `firstAction(task:of:node:)` for walks that ask for every instance of every clone: mutating, because that hands
    /// over the state by address, where each call of another method costs a copy of it.
    package mutating func findAction(task: TaskName, of resource: ResourceIndex, node: NodeIndex? = nil) -> ActionIndex? {
        firstAction(task: task, of: resource, node: node)
    }

    /// The most recently created action with this task, whatever its interval (and on the node, if one is given).
    @inline(__always)
    package func firstAction(task: TaskName, of resource: ResourceIndex, node: NodeIndex? = nil) -> ActionIndex? {
        if task == .cancel || task == .notify || task == .notified { return walkForTask(task, of: resource, node: node) }
        var found: ActionIndex?
        var list = actions.firstKeyList(of: resource)
        while list >= 0 {
            if actions.keyLists[list].key.task == task, let newest = newest(in: list, task: task, node: node),
                found == nil || found.unsafelyUnwrapped < newest
            {
                found = newest
            }
            list = Int(actions.keyLists[list].next)
        }
        return found
    }

    /// Key and task differ for notifications and for operations that became cancellations.
    @inline(__always)
    private func newest(in list: Int, task: TaskName, node: NodeIndex?) -> ActionIndex? {
        if let node {
            let (isIndexed, action) = actions.indexed(list, node)
            if isIndexed {
                guard let action, actions[action].task == task else { return nil }
                return action
            }
        }
        var next = actions.newest(in: list)
        while let action = next {
            if actions[action].task == task, node == nil || actions[action].node == node { return action }
            next = actions.olderWithKey(than: action)
        }
        return nil
    }

    @inline(__always)
    private func walkForTask(_ task: TaskName, of resource: ResourceIndex, node: NodeIndex?) -> ActionIndex? {
        var next = actions.newest(of: resource)
        while let action = next {
            if actions[action].task == task, node == nil || actions[action].node == node { return action }
            next = actions.older(than: action)
        }
        return nil
    }

    /// The action with the key if there is exactly one; mutating for the same reason as `findAction`.
    package mutating func soleAction(_ resource: ResourceIndex, _ key: ActionKey) -> ActionIndex? {
        guard let list = actions.keyList(key, of: resource), actions.keyLists[list].count == 1 else { return nil }
        return actions.newest(in: list)
    }

    /// All actions with the key on exactly that node (any, if nil), the oldest first.
    package func allActions(_ resource: ResourceIndex, _ key: ActionKey, node: NodeIndex? = nil) -> [ActionIndex] {
        guard let list = actions.keyList(key, of: resource) else { return [] }
        if let node {
            let (isIndexed, action) = actions.indexed(list, node)
            if isIndexed { return action.map { [$0] } ?? [] }
        }
        var result: [ActionIndex] = []
        var next = actions.newest(in: list)
        while let action = next {
            if node == nil || actions[action].node == node { result.append(action) }
            next = actions.olderWithKey(than: action)
        }
        result.reverse()
        return result
    }

    /// A pseudo-action of a resource or a new node-less one of its own name (8.1 step "get pseudo-action NAME").
    package mutating func getPseudoAction(named name: String) -> ActionIndex {
        let action = actions.singleton(name) ?? createSingleton(name, task: actions.tasks.task(named: name), node: nil, optional: true)
        actions[action].flags.formUnion([.pseudo, .runnable])
        return action
    }

    /// An action without resource, found by its key or created.
    package mutating func getSingleton(_ key: String, task: TaskName, node: NodeIndex?, optional: Bool) -> ActionIndex {
        let action = actions.singleton(key) ?? createSingleton(key, task: task, node: node, optional: optional)
        if !optional { actions[action].flags.remove(.optional) }
        return action
    }

    private mutating func createSingleton(_ key: String, task: TaskName, node: NodeIndex?, optional: Bool) -> ActionIndex {
        let flags: ActionFlags = optional ? [.runnable, .optional] : [.runnable]
        return actions.appendSingleton(
            key, Action(resource: nil, node: node, task: task, key: ActionKey(.unknown), flags: flags))
    }

    private mutating func createAction(
        _ resource: ResourceIndex, _ key: ActionKey, task: TaskName, node: NodeIndex?, optional: Bool
    ) -> ActionIndex {
        var action = Action(
            resource: resource, node: node, task: task, key: key, flags: optional ? [.runnable, .optional] : [.runnable])
        if task == .lrmDelete { action.flags.insert(.onDC) }
        var operation = configuredOperation(resource, task: task, interval: key.interval)
        if operation == nil, key.notification != .none { operation = operationPosition(resource, "notify", 0) }
        action.operation = operation.map(Int32.init) ?? -1
        if task == .start || task == .promote { action.requirement = requirementToStart(resource) }
        if resources[resource].has(.timedOperations) {
            // When the rules are to be looked at again counts from here on; the rest of it is made again for the graph.
            _ = operationMeta(
                resource, task: actions.tasks.name(of: task), interval: key.interval, operation: operation, node: node)
        }
        return actions.append(action)
    }

    private func requirementToStart(_ resource: ResourceIndex) -> Requirement {
        let flags = resources[resource].flags
        if flags.contains(.needsFencing) { return .fencing }
        return flags.contains(.needsQuorum) ? .quorum : .nothing
    }

    /// Position of the operation configured for a task (8.4), disabled ones included.
    package func configuredOperation(_ resource: ResourceIndex, task: TaskName, interval: UInt32) -> Int? {
        let name = actions.tasks.name(of: task)
        if let found = operationPosition(resource, name, interval) { return found }
        if task == .migrateTo || task == .migrateFrom { return operationPosition(resource, "migrate", 0) }
        return nil
    }

    private func operationPosition(_ resource: ResourceIndex, _ name: String, _ interval: UInt32) -> Int? {
        for position in resources[resource].operations.indices
        where resources[resource].operations[position].intervalMs == interval
            && resources[resource].operations[position].name == name
        {
            return position
        }
        return nil
    }

    /// Whether the action's meta-attributes contain an `interval`.
    package func hasIntervalMeta(_ action: ActionIndex) -> Bool {
        actions[action].key.interval > 0 || actions.explicitMeta(action, "interval") != nil
    }
}

// MARK: - Runnable (8.2)

extension ClusterState {
    /// Decides anew whether a resource's action can run where it is.
    package mutating func updateRunnable(_ action: ActionIndex) {
        guard let resource = actions[action].resource, !actions[action].isPseudo else { return }
        guard let node = actions[action].node else {
            actions[action].flags.remove(.runnable)
            return
        }
        let onDC = actions[action].flags.contains(.onDC)
        let unreachable = !nodes[node].isOnline && (!isGuest(node) || nodes[node].flags.contains(.remoteReset))
        if !onDC, unreachable {
            actions[action].flags.remove(.runnable)
            if resources[resource].isManaged, actions[action].task == .stop, !nodes[node].isUnclean {
                fence(node, reason: "stop is unrunnable")
            }
        } else if !onDC, nodes[node].isPending {
            actions[action].flags.remove(.runnable)
        } else if actions[action].requirement == .nothing {
            actions[action].reason = .none
            setRunnable(action, !isGuest(node) || canFence(node))
        } else {
            applyQuorumPolicy(action, resource)
        }
    }

    private mutating func setRunnable(_ action: ActionIndex, _ runnable: Bool) {
        if runnable { actions[action].flags.insert(.runnable) } else { actions[action].flags.remove(.runnable) }
    }

    private mutating func applyQuorumPolicy(_ action: ActionIndex, _ resource: ResourceIndex) {
        switch effectiveQuorumPolicy(for: resource) {
        case .stop:
            actions[action].flags.remove(.runnable)
            actions[action].reason = .text("no quorum")
        case .freeze:
            if !isActive(resource, all: true) || resources[resource].nextRole > resources[resource].originalRole {
                actions[action].flags.remove(.runnable)
                actions[action].reason = .text("quorum freeze")
            }
        case .ignore, .demote, .fence:
            actions[action].flags.insert(.runnable)
        }
    }

    /// The policy that counts for a resource; with `demote` its next role may be limited.
    private mutating func effectiveQuorumPolicy(for resource: ResourceIndex) -> NoQuorumPolicy {
        if haveQuorum { return .ignore }
        guard options.noQuorumPolicy == .demote else { return options.noQuorumPolicy }
        switch resources[resource].originalRole {
        case .promoted, .unpromoted:
            if resources[resource].nextRole > .unpromoted { resources[resource].nextRole = .unpromoted }
            return .ignore
        default: return .stop
        }
    }
}

// MARK: - Reasons and keys

extension ClusterState {
    /// Clears a flag of an action because of another action, with the reason of 8.6.
    package mutating func clear(_ flag: ActionFlags, of action: ActionIndex, because cause: ActionIndex) {
        guard actions[action].flags.contains(flag) else { return }
        drop(flag, of: action)
        guard actions[action].resource != actions[cause].resource, actions[action].reason == .none else { return }
        if flag == .runnable {
            actions[action].reason = .unrunnable(cause)
        } else if flag == .migratable {
            actions[action].reason = .unmigratable(cause)
        } else if flag == .optional {
            actions[action].reason = .required(cause)
        }
    }

    /// Sets the reason if there is none yet.
    package mutating func setReasonIfEmpty(_ action: ActionIndex, _ text: String?) {
        guard let text, actions[action].reason == .none else { return }
        actions[action].reason = .text(text)
    }

    /// The reason of an action as text, nil without.
    package func reasonText(_ action: ActionIndex) -> String? {
        switch actions[action].reason {
        case .none: nil
        case .text(let text): text
        case .unrunnable(let cause): reasonText("unrunnable", cause)
        case .unmigratable(let cause): reasonText("unmigrateable", cause)
        case .required(let cause): reasonText("required", cause)
        }
    }

    private func reasonText(_ flag: String, _ cause: ActionIndex) -> String {
        let task = actions.tasks.name(of: actions[cause].task)
        guard let resource = actions[cause].resource else { return "\(flag) \(task)" }
        return "\(flag) \(resources[resource].id) \(task)"
    }

    /// The operation key by the scheduler's own names.
    package func keyText(_ action: ActionIndex) -> String {
        guard let resource = actions[action].resource else { return actions.label(of: action) }
        return actions[action].key.text(resource: resources[resource].id, tasks: actions.tasks)
    }
}

extension ClusterState {
    /// Asks for a resource's fail count on a node to be cleared.
    @discardableResult
    package mutating func clearFailCount(_ resource: ResourceIndex, on node: NodeIndex, reason: String) -> ActionIndex {
        let action = getAction(resource, ActionKey(.clearFailCount), node: node, optional: false)
        actions.setMeta(action, "op_no_wait", "true")
        note("Clearing failure of \(resources[resource].id) on \(nodes[node].name) because \(reason)")
        return action
    }
}
