// SPDX-License-Identifier: GPL-2.0-or-later
// Recording orderings, and the orderings around live migration that follow from them (scheduler spec 11.3, 18.8).

extension ClusterState {
    /// Records "first resource's task before then resource's task"; intervals are 0.
    package mutating func order(
        _ first: ResourceIndex, _ firstTask: TaskName, _ then: ResourceIndex, _ thenTask: TaskName, _ flags: OrderFlags
    ) {
        order(OrderingSide(first, ActionKey(firstTask)), OrderingSide(then, ActionKey(thenTask)), flags)
    }

    /// Records "actions of a resource with this task before the action".
    package mutating func order(_ first: ResourceIndex, _ task: TaskName, _ then: ActionIndex, _ flags: OrderFlags) {
        order(OrderingSide(first, ActionKey(task)), side(then), flags)
    }

    /// Records "the action before actions of a resource with this task".
    package mutating func order(_ first: ActionIndex, _ then: ResourceIndex, _ task: TaskName, _ flags: OrderFlags) {
        order(side(first), OrderingSide(then, ActionKey(task)), flags)
    }

    /// Records "one action before the other".
    package mutating func order(_ first: ActionIndex, _ then: ActionIndex, _ flags: OrderFlags) {
        order(side(first), side(then), flags)
    }

    private func side(_ action: ActionIndex) -> OrderingSide {
        OrderingSide(action, resource: actions[action].resource, key: actions[action].key)
    }

    /// Records an ordering, then those it implies for resources that can migrate.
    package mutating func order(_ first: OrderingSide, _ then: OrderingSide, _ flags: OrderFlags) {
        actions.orderings.append(OrderingRecord(first: first, then: then, flags: flags))
        addMigrationEquivalents(first, then)
    }

    private func isAncestor(_ candidate: ResourceIndex, of resource: ResourceIndex) -> Bool {
        var parent = resources[resource].parent
        while let current = parent {
            if current == candidate { return true }
            parent = resources[current].parent
        }
        return false
    }

    private mutating func addMigrationEquivalents(_ first: OrderingSide, _ then: OrderingSide) {
        guard let a = first.resource, let b = then.resource, a != b else { return }
        let aMigrates = resources[a].flags.contains(.migratable)
        let bMigrates = resources[b].flags.contains(.migratable)
        guard aMigrates || bMigrates, !isAncestor(a, of: b), !isAncestor(b, of: a) else { return }
        guard first.key.interval == 0, then.key.interval == 0 else { return }
        let unlessMigrating: OrderFlags = aMigrates ? [.ordered, .ifFirstUnmigratable] : .ordered
        switch (first.key, then.key) {
        case (.start, .start):
            if aMigrates, bMigrates { order(a, .migrateFrom, b, .migrateTo, .ordered) }
            if bMigrates { order(a, .start, b, .migrateTo, unlessMigrating) }
        case (.stop, .stop) where bMigrates:
            order(a, .stop, b, .migrateTo, unlessMigrating)
            if resources[b].partialMigrationTarget != nil { order(a, .stop, b, .migrateFrom, unlessMigrating) }
        case (.promote, .start) where bMigrates:
            order(a, .promote, b, .migrateTo, .ordered)
        case (.demote, .stop) where bMigrates:
            order(a, .demote, b, .migrateTo, .ordered)
            if resources[b].partialMigrationTarget != nil { order(a, .demote, b, .migrateFrom, .ordered) }
        default: break
        }
    }
}
