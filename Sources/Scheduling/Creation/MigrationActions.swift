// SPDX-License-Identifier: GPL-2.0-or-later
// Moving a resource live instead of stopping and starting it (scheduler spec 18.8). Start and stop stay, as what happens if
// the migration turns out to be impossible.

import ClusterStatus

extension ClusterState {
    mutating func createMigration(_ r: ResourceIndex, from source: NodeIndex, to target: NodeIndex) {
        let start = getAction(r, .start, node: target, optional: true)
        let stop = getAction(r, .stop, node: source, optional: true)
        let isPartial = resources[r].partialMigrationTarget != nil
        var migrateTo: ActionIndex?
        if !isPartial { migrateTo = getAction(r, ActionKey(.migrateTo), node: source, optional: true) }
        let migrateFrom = getAction(r, ActionKey(.migrateFrom), node: target, optional: true)
        actions[start].flags.formUnion([.migratable, .pseudo])
        actions[stop].flags.insert(.migratable)
        actions[migrateFrom].flags.insert(.migratable)
        if let migrateTo {
            actions[migrateTo].flags.insert(.migratable)
            actions[migrateTo].requirement = actions[start].requirement
            order(r, .monitor, r, .migrateTo, .ordered)
            order(r, .migrateTo, r, .migrateFrom, [.ordered, .unmigratableThenBlocks])
        } else {
            actions[migrateFrom].requirement = actions[start].requirement
            order(r, .monitor, r, .migrateFrom, .ordered)
        }
        order(r, .migrateFrom, r, .stop, [.ordered, .unmigratableThenBlocks])
        order(r, .migrateFrom, r, .start, [.ordered, .unmigratableThenBlocks, .firstElseThen])
        for action in [migrateTo, migrateFrom].compactMap({ $0 }) {
            actions.setMeta(action, "migrate_source", nodes[source].name)
            actions.setMeta(action, "migrate_target", nodes[target].name)
        }
        if let migrateTo, !resources[r].flags.contains(.remoteConnection) {
            actions.setMeta(migrateTo, "record-pending", "true")
        }
    }
}
