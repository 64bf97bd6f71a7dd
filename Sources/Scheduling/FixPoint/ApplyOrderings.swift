// SPDX-License-Identifier: GPL-2.0-or-later
// From ordering records to relations between actions (scheduler spec 22.1, 22.2, 22.8), and the sequence of phase 11.

package import ClusterStatus
import CIBModel

extension ClusterState {
    /// Phase 11. Records are taken in creation order: missing first actions are created on the way.
    package mutating func applyOrderings() {
        var position = 0
        while position < actions.orderings.count {
            apply(actions.orderings[position])
            position += 1
        }
        startVisits()
        for position in actions.all.indices.reversed() { blockColocationDependents(of: ActionIndex(position)) }
        orderAfterProbes()
        startVisits()
        for position in actions.all.indices.reversed() { update(ActionIndex(position)) }
        visitStamps.finish()
        relateSequences()
        disableInvalidOrderings()
    }

    private mutating func apply(_ record: OrderingRecord) {
        if let place = sequencePlace(record) {
            applySequence(place)
        } else if let resource = record.first.resource {
            applyFirst(resource, record)
        } else if let resource = record.then.resource, let first = record.first.action {
            relate(first, to: record, of: resource)
        } else if let first = record.first.action, let then = record.then.action {
            actions.relate(first, then, record.flags)
        }
    }

    private mutating func applyFirst(_ resource: ResourceIndex, _ record: OrderingRecord) {
        let key = presentKey(record.first.key, of: resource)
        if let first = record.first.action ?? soleAction(resource, key) {
            apply(first, record)
            return
        }
        let firsts = allActions(resource, key)
        for first in firsts { apply(first, record) }
        if firsts.isEmpty, resource != record.then.resource, let created = missingFirst(resource, record.first.key) {
            apply(created, record)
        }
    }

    /// What holds for removing a resource from the history holds for cleaning it up where only that happens: a probe makes it needless.
    private func presentKey(_ key: ActionKey, of resource: ResourceIndex) -> ActionKey {
        key.task == .lrmDelete && allActions(resource, key).isEmpty ? ActionKey(.delete) : key
    }

    private mutating func apply(_ first: ActionIndex, _ record: OrderingRecord) {
        if let resource = record.then.resource {
            relate(first, to: record, of: resource)
        } else if let then = record.then.action {
            actions.relate(first, then, record.flags)
        }
    }

    /// Creates the first action an ordering asks for [Q9], unless the resource is in the state it would bring about.
    mutating func missingFirst(_ resource: ResourceIndex, _ key: ActionKey) -> ActionIndex? {
        if key == .stop || key == .demote {
            let state = role(of: resource, current: true)
            if key == .stop, state == .stopped { return nil }
            if key == .demote, state == .unpromoted { return nil }
        }
        return getAction(resource, key, node: nil, optional: true)
    }

    private mutating func relate(_ first: ActionIndex, to record: OrderingRecord, of resource: ResourceIndex) {
        var flags = record.flags
        if actions[first].resource == resource, actions[first].flags.contains(.migrationAbort) { flags.remove(.firstImpliesThen) }
        if let then = record.then.action ?? soleAction(resource, record.then.key) {
            actions.relate(first, then, flags)
            return
        }
        for then in allActions(resource, record.then.key) { actions.relate(first, then, flags) }
    }
}

// MARK: - Colocation dependents of what can not start (22.2)

extension ClusterState {
    mutating func blockColocationDependents(of action: ActionIndex) {
        guard !actions[action].isRunnable, let own = actions[action].resource else { return }
        let task = actions[action].task
        guard task == .start || task == .promote else { return }
        var whole = resources[own].top
        if let bundle = resources[whole].parent { whole = bundle }
        if visitStamps.areAllBlocked(whole, task) { return }
        for child in resources[whole].children {
            guard let childAction = findAction(task: task, of: child), !actions[childAction].isRunnable else { return }
        }
        for index in withThis(whole) {
            guard colocations[index].score >= .infinity else { continue }
            if task == .promote, colocations[index].primaryRole != .promoted { continue }
            let blocked: TaskName = colocations[index].dependentRole == .promoted ? .promote : .start
            block(colocations[index].dependent, blocked, because: own)
        }
        visitStamps.allBlocked(whole, task)
    }

    private mutating func block(_ resource: ResourceIndex, _ task: TaskName, because cause: ResourceIndex) {
        for action in actions.actions(of: resource) where actions[action].task == task && actions[action].isRunnable {
            drop(.runnable, of: action)
            setReasonIfEmpty(action, "colocation with \(resources[cause].id)")
            blockColocationDependents(of: action)
            update(action)
        }
        for child in resources[resource].children { block(child, task, because: cause) }
    }
}

// MARK: - Invalid orderings (22.8)

extension ClusterState {
    private mutating func disableInvalidOrderings() {
        for position in actions.all.indices.reversed() {
            let then = ActionIndex(position)
            guard let resource = actions[then].resource else { continue }
            var relation = actions[then].firstBefore
            while relation >= 0 {
                if isInvalid(Int(relation), then, resource) { actions.relations[Int(relation)].flags = [] }
                relation = actions.relations[Int(relation)].olderBefore
            }
        }
    }

    private mutating func isInvalid(_ relation: Int, _ then: ActionIndex, _ resource: ResourceIndex) -> Bool {
        let flags = actions.relations[relation].flags
        let first = actions.relations[relation].first
        // Also of a guest that is entered as a node of the cluster, which it is for everything else then.
        if !flags.contains(.guestAllowed), actions[first].resource != nil, let node = actions[first].node,
            let connection = nodes[node].connection, resources[connection].launcher == resource
        {
            return true
        }
        guard flags == .ifOnSameNodeOrTarget, actions[then].task == .migrateTo else { return false }
        var visited: Set<ActionIndex> = []
        return leadsBack(to: then, from: then, relation, &visited)
    }

    /// Whether following inputs that would be in the graph from a relation's first action leads to `origin`.
    private mutating func leadsBack(
        to origin: ActionIndex, from then: ActionIndex, _ relation: Int, _ visited: inout Set<ActionIndex>
    ) -> Bool {
        let first = actions.relations[relation].first
        guard !visited.contains(first), isGraphInput(relation, of: then) else { return false }
        if first == origin { return true }
        visited.insert(first)
        var next = actions[first].firstBefore
        while next >= 0 {
            if leadsBack(to: origin, from: first, Int(next), &visited) { return true }
            next = actions.relations[Int(next)].olderBefore
        }
        return false
    }
}
