// SPDX-License-Identifier: GPL-2.0-or-later
// Migrations cut off between their halves. After `migrate_to` the resource may already run on the target, but a scheduler that
// follows the reference believes that only if it read the target's history before the source's. Rather than decide otherwise
// than the reference, the node looks at each decision: one that would start such a resource without having dealt with the
// target is not carried out; the target is probed first.
import ClusterXML
import Messages
import Scheduling

/// A resource that may run on the target of its migration, whatever the history of the target says.
struct HalfMigration: Sendable, Equatable {
    var resource: String
    var target: String
}

extension Node {
    /// Follows what happens to migrations.
    mutating func noteMigration(_ record: OperationRecord) {
        let resource = record.resource.id
        if record.action == "migrate_to" {
            guard let target = record.parameters.first(where: { $0.name == "CRM_meta_migrate_target" })?.value else { return }
            let half = HalfMigration(resource: resource, target: target)
            if !halfMigrations.contains(half) { halfMigrations.append(half) }
        } else if record.status == .done, record.action == "stop" || record.action == "migrate_from" || record.action == "monitor" {
            // Whatever it says, it says it about the target as it is now.
            halfMigrations.removeAll { $0.resource == resource && $0.target == record.node.name }
        }
    }

    /// Whether a decision leaves a resource running on the target of a migration. If so the target is probed and another
    /// decision asked for.
    mutating func refusesForMigration(_ transition: Transition, at now: Now, into effects: inout [NodeEffect]) -> Bool {
        guard !halfMigrations.isEmpty else { return false }
        let unsafe = halfMigrations.filter { half in
            let actions = transition.synapses.lazy.map(\.action).filter { $0.agent?.id == half.resource }
            guard actions.contains(where: { ["start", "stop", "migrate_to"].contains($0.task) }) else { return false }
            return !actions.contains {
                $0.node?.name == half.target && (["stop", "migrate_from"].contains($0.task) || ($0.task == "monitor" && $0.interval == 0))
            }
        }
        for half in unsafe {
            effects.append(.record(Event(
                .notice, "migration-cut-off", "The migration of \(half.resource) to \(half.target) was cut off; looking whether it runs there")))
            halfMigrations.removeAll { $0 == half }
            forgetResource(half.resource, on: identity(half.target), cibOnly: true, at: now, into: &effects)
        }
        guard !unsafe.isEmpty else { return false }
        wantScheduling("Migration cut off", at: now, into: &effects)
        return true
    }

    /// A node that is gone with all that ran on it, or whose history was forgotten and will be probed.
    mutating func forgetMigrations(to node: String) { halfMigrations.removeAll { $0.target == node } }
}
