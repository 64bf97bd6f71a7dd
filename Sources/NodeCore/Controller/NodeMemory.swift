// SPDX-License-Identifier: GPL-2.0-or-later
// How a node keeps its `ClusterMemory`, what it does with that of an earlier life, and how a migration comes to have an outcome.
import CIBModel
import ClusterXML
import Messages
import Scheduling

/// A migration without a known outcome, and what will tell.
struct MigrationWatch: Sendable {
    var migration: UnresolvedMigration
    /// The key of the order in this life of the node.
    var key: String?
    /// The key of an operation of the resource that was ordered on the source afterwards: an executor does one thing after the
    /// other with a resource, so its answer says that the migration's agent is through.
    var witness: String?
    /// The source has been asked for such an operation.
    var isAsked = false
}

/// An action that waits for the memory of what it may do to be on disk.
struct HeldAction: Sendable {
    var action: GraphAction
    var agent: ResourceAgent
    var node: String
}

extension Node {
    /// What must not be forgotten.
    var memory: ClusterMemory {
        var memory = ClusterMemory()
        memory.migrations = migrationWatches.map(\.migration)
        return memory
    }

    // MARK: Disk

    /// Takes over what an earlier life has left.
    mutating func recall(_ element: XMLElement?, into effects: inout [NodeEffect]) {
        guard let element else { return }
        guard let memory = ClusterMemory(element) else {
            effects.append(.record(Event(
                .warning, "memory-unreadable", "What an earlier controller has left about migrations can not be read: if one is under way, its resource may be started twice")))
            return
        }
        persistedMemory = memory
        let migrations = memory.migrations.filter { $0.source == host.name || ownResource($0.source) != nil }
        migrationWatches = migrations.map { MigrationWatch(migration: $0) }
        for migration in migrations {
            effects.append(.record(Event(
                .notice, "migration-unresolved",
                "Whether \(migration.resource) has moved from \(migration.source) to \(migration.target) is not known; asking \(migration.source) first")))
        }
    }

    /// Writes what has changed.
    mutating func remember(into effects: inout [NodeEffect]) {
        guard outstandingMemories.last?.memory ?? persistedMemory != memory else { return }
        outstandingMemories.append((nextMemory, memory))
        effects.append(.remember(nextMemory, memory))
        nextMemory += 1
    }

    mutating func remembered(_ number: Int, at now: Now, into effects: inout [NodeEffect]) {
        if let reached = outstandingMemories.last(where: { $0.number <= number }) { persistedMemory = reached.memory }
        outstandingMemories.removeAll { $0.number <= number }
        releaseHeldActions(at: now, into: &effects)
    }

    /// The disk refused. A migration can be done without: by stopping and starting.
    mutating func notRemembered(_ reason: String, at now: Now, into effects: inout [NodeEffect]) {
        outstandingMemories = []
        effects.append(.record(Event(.error, "memory-not-saved", "What has to survive a crash could not be saved: \(reason)")))
        effects.append(.setTimer(.memory, at: now.monotonic + .seconds(5)))
        let held = heldActions
        heldActions = []
        for held in held {
            let key = key(of: held.action)
            migrationWatches.removeAll { $0.key == key }
            let reference = AgentReference(standard: held.agent.standard, provider: held.agent.provider, type: held.agent.type)
            var completion = OperationCompletion(
                callID: 0, order: order(of: held.action, held.agent), status: .error, rc: 1,
                exitReason: "A migration has to be noted on disk before it begins: \(reason)")
            completion.runTime = now.wall.seconds
            operationFinished(completion, reference, on: identity(held.node), at: now, into: &effects)
        }
    }

    // MARK: Actions that wait for the disk

    /// Keeps an action back until a crash could not make anybody forget what it may bring about.
    /// - Returns: whether it has to wait.
    mutating func holdForMemory(_ action: GraphAction, _ agent: ResourceAgent, on node: String, into effects: inout [NodeEffect]) -> Bool {
        guard !agent.isRemoteConnection, let migration = migration(action, agent, from: node) else { return false }
        migrationWatches.removeAll { $0.migration == migration }
        migrationWatches.append(MigrationWatch(migration: migration, key: key(of: action)))
        remember(into: &effects)
        guard !isRemembered(migration) else { return false }
        heldActions.append(HeldAction(action: action, agent: agent, node: node))
        return true
    }

    private func migration(_ action: GraphAction, _ agent: ResourceAgent, from node: String) -> UnresolvedMigration? {
        guard action.task == "migrate_to", let target = action.attribute("CRM_meta_migrate_target") else { return nil }
        return UnresolvedMigration(resource: agent.id, source: node, target: target)
    }

    /// Whether a migration is on disk and stays there, whichever of the writes under way is the last.
    private func isRemembered(_ migration: UnresolvedMigration) -> Bool {
        persistedMemory.migrations.contains(migration) && outstandingMemories.allSatisfy { $0.memory.migrations.contains(migration) }
    }

    private mutating func releaseHeldActions(at now: Now, into effects: inout [NodeEffect]) {
        let held = heldActions
        heldActions = []
        for held in held {
            guard let migration = migration(held.action, held.agent, from: held.node), isRemembered(migration) else {
                heldActions.append(held)
                continue
            }
            // The action may have been given up meanwhile.
            let key = key(of: held.action)
            if TransitionKey(key).flatMap({ engine.runningAction(for: $0) }) != nil {
                order(held.action, held.agent, on: held.node, at: now, into: &effects)
            } else {
                migrationWatches.removeAll { $0.key == key }
            }
        }
    }

    // MARK: Nodes

    /// Nothing runs on a node any more: it was left in order, or fenced.
    mutating func forgetMigrations(from name: String, into effects: inout [NodeEffect]) {
        migrationWatches.removeAll { $0.migration.source == name }
        remember(into: &effects)
    }

    var isFencingEnabled: Bool { property("stonith-enabled").flatMap(Scan.boolean) ?? true }

    /// The `primitive` of the configuration with this id.
    private func ownResource(_ id: String) -> XMLElement? {
        func search(_ parent: XMLElement) -> XMLElement? {
            for child in parent.children {
                if child.name == "primitive" {
                    if child.id == id { return child }
                } else if ["group", "clone", "master"].contains(child.name), let found = search(child) {
                    return found
                }
            }
            return nil
        }
        return cib.first("configuration")?.first("resources").flatMap { search($0) }
    }

    // MARK: Migrations

    /// Notes that an operation is being ordered whose answer will say that an earlier migration is through.
    mutating func noteWitness(_ resource: String, on node: String, key: String) {
        for index in migrationWatches.indices where migrationWatches[index].migration.resource == resource
            && migrationWatches[index].migration.source == node && migrationWatches[index].key != key
        {
            migrationWatches[index].witness = key
        }
    }

    /// A result may say that a migration is through.
    mutating func resolveMigrations(_ record: OperationRecord, into effects: inout [NodeEffect]) {
        guard !migrationWatches.isEmpty, record.status != .disconnected, record.callID > 0, !record.key.isEmpty else { return }
        migrationWatches.removeAll {
            // A migration that was taken out of the queue has never begun; what was taken out after one says nothing.
            $0.key == record.key || ($0.witness == record.key && record.status != .cancelled)
        }
        remember(into: &effects)
    }

    /// The answer to an order of an earlier life: the probes, which come after it, say better what is.
    func isOvertaken(_ record: OperationRecord) -> Bool {
        record.action == "migrate_to" && TransitionKey(record.key)?.engine != engine.uuid && migrationWatches.contains {
            $0.key == nil && $0.migration.resource == record.resource.id && $0.migration.source == record.node.name
        }
    }

    /// What the next transition has to wait for because of migrations without outcome.
    func migrationHolds(_ transition: Transition) -> [MigrationHold] {
        migrationWatches.compactMap { watch in
            let source = watch.migration.source
            // Without fencing a node that is lost is taken to be down, with all that it was doing, once it cannot be reached.
            let isDown = source != host.name && connections[source]?.isUp != true
            let comesUp = transition.synapses.contains { $0.action.task == "start" && $0.action.resource?.id == source }
            if isDown, (!isFencingEnabled && !comesUp) || (ownResource(source) == nil && connections[source] == nil) { return nil }
            return MigrationHold(resource: watch.migration.resource, source: source)
        }
    }

    /// A transition has ended and had nothing in it by which a migration's source would tell that its agent is through: it is probed.
    mutating func askAboutMigrations(at now: Now, into effects: inout [NodeEffect]) {
        for hold in engine.unmetHolds {
            guard hold.source == host.name || connections[hold.source]?.isUp == true else { continue }
            for index in migrationWatches.indices.reversed() where migrationWatches[index].migration.resource == hold.resource
                && migrationWatches[index].migration.source == hold.source
            {
                if migrationWatches[index].isAsked {
                    // It cannot be probed there, so it cannot be known to run there either.
                    migrationWatches.remove(at: index)
                } else {
                    migrationWatches[index].isAsked = true
                    forgetResource(hold.resource, on: identity(hold.source), cibOnly: true, at: now, into: &effects)
                }
                wantsScheduling = true
            }
        }
        remember(into: &effects)
    }
}
