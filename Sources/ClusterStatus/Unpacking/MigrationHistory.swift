// SPDX-License-Identifier: GPL-2.0-or-later
// Live migrations found in the history: complete, partial, dangling, failed (scheduler spec 9.9).

import CIBModel
import ClusterXML

extension ClusterState {
    private func operation(_ reference: OperationReference) -> OperationResult {
        history[Int(reference.entry)].operations[Int(reference.operation)]
    }

    /// Operations of the resource recorded on a node, document order. Entries of nodes not unpacked yet are read as well.
    private mutating func operations(of resource: ResourceIndex, on node: NodeIndex) -> ContiguousArray<OperationResult> {
        if let entry = historyEntry(resource, on: node) { return history[Int(entry)].operations }
        if nodes[node].flags.contains(.unpacked) { return [] }
        return recordedOperations(resources[resource].id, resources[resource].historyName, on: node)
    }

    /// Reads an entry straight from the status section, for a node whose turn comes later.
    private func recordedOperations(_ id: String, _ name: String?, on node: NodeIndex) -> ContiguousArray<OperationResult> {
        guard let position = nodes[node].statePosition, let status = cib.first("status"), position < status.children.count,
            let list = status.children[position].first("lrm")?.first("lrm_resources")
        else { return [] }
        var reader = HistoryReader()
        for element in list.children where element.name == "lrm_resource" {
            guard element.id == id || (name != nil && element.id == name) else { continue }
            return reader.entry(element, node: node)?.operations ?? []
        }
        return []
    }

    private static func find(
        _ operations: ContiguousArray<OperationResult>, _ task: HistoryTask, source: String?, rc: Int32? = nil,
        target: String? = nil
    ) -> OperationResult? {
        operations.first { candidate in
            guard candidate.task == task else { return false }
            if let source, candidate.migrateSource != source { return false }
            if let target, candidate.migrateTarget != target { return false }
            if let rc { return candidate.rc == rc && candidate.status == OperationStatus.done }
            return true
        }
    }

    /// A start, stop, migrate_to or migrate_from newer than the given operation.
    private static func hasNonMonitor(_ operations: ContiguousArray<OperationResult>, after other: OperationResult) -> Bool {
        operations.contains { candidate in
            switch candidate.task {
            case .start, .stop, .migrateTo, .migrateFrom: OperationOrder.compare(candidate, other) > 0
            default: false
            }
        }
    }

    /// Newer state on a node than a migration: a non-monitor, or a monitor that found nothing.
    private static func hasNewerState(
        _ operations: ContiguousArray<OperationResult>, onSource: Bool, to: OperationResult?, from: OperationResult?
    ) -> Bool {
        var reference = from
        if let to, onSource || reference == nil { reference = to }
        guard let reference else { return false }
        if hasNonMonitor(operations, after: reference) { return true }
        guard let monitor = find(operations, .monitor, source: nil, rc: 7) else { return false }
        return OperationOrder.compare(monitor, reference) > 0
    }

    private static func isUnknown(_ operations: ContiguousArray<OperationResult>) -> Bool {
        !operations.contains { $0.rc != 193 }
    }

    /// Source and target, if both are named and one of them is the node of the entry.
    private mutating func ends(_ operation: OperationInProcess) -> (source: NodeIndex?, target: NodeIndex?)? {
        guard let source = operation.result.migrateSource, let target = operation.result.migrateTarget else {
            error("Ignoring resource history entry \(operation.result.id ?? "") without migrate_source and migrate_target")
            return nil
        }
        let expected = operation.result.task == .migrateTo ? source : target
        guard Compare.equalIgnoringCase(expected, nodes[operation.node].name) else {
            error("Ignoring resource history entry \(operation.result.id ?? "") because its migration nodes do not match")
            return nil
        }
        return (node(named: source), node(named: target))
    }

    mutating func successfulMigration(_ operation: OperationInProcess) {
        let resource = operation.resource
        guard let (source, target) = ends(operation) else { return }
        let sourceName = operation.result.migrateSource
        let onSource = source.map { operations(of: resource, on: $0) } ?? []
        let onTarget = target.map { operations(of: resource, on: $0) } ?? []
        let from = Self.find(onTarget, .migrateFrom, source: sourceName)
        let newerOnSource = Self.hasNonMonitor(onSource, after: operation.result)
        if from != nil, newerOnSource { return }
        let newerOnTarget = Self.hasNewerState(onTarget, onSource: false, to: operation.result, from: from)
        if newerOnTarget, newerOnSource { return }
        if let from, from.rc == 0, from.status == OperationStatus.done {
            resources[resource].originalRole = .stopped
            if let source { resources[resource].danglingSources.insert(source, at: 0) }
            return
        }
        resources[resource].originalRole = .started
        let targetActive = !newerOnTarget && (target.map { nodes[$0].isOnline } ?? false)
        if let from, from.status != OperationStatus.pending {
            if targetActive, let target {
                addRunning(resource, target, failed: true)
            } else {
                resources[resource].flags.formUnion([.failed, .stopIfFailed])
                resources[resource].flags.remove(.migratable)
            }
            return
        }
        if let target, nodes[target].isOnline, Self.isUnknown(onTarget) { return }
        if targetActive, let target {
            addRunning(resource, target, failed: false)
            if let source, nodes[source].isOnline {
                resources[resource].partialMigrationTarget = target
                resources[resource].partialMigrationSource = source
            }
        } else if !newerOnSource {
            resources[resource].flags.formUnion([.failed, .stopIfFailed])
            resources[resource].flags.remove(.migratable)
        }
    }

    mutating func failedMigrationTo(_ operation: OperationInProcess) {
        let resource = operation.resource
        guard let (source, target) = ends(operation) else { return }
        resources[resource].originalRole = .started
        let onTarget = target.map { operations(of: resource, on: $0) } ?? []
        let from = Self.find(onTarget, .migrateFrom, source: operation.result.migrateSource, rc: 0)
        if !Self.isUnknown(onTarget), !Self.hasNewerState(onTarget, onSource: false, to: operation.result, from: from) {
            if let target, nodes[target].isOnline { addRunning(resource, target, failed: false) }
        } else {
            let onSource = source.map { operations(of: resource, on: $0) } ?? []
            if !Self.hasNonMonitor(onSource, after: operation.result), let source {
                resources[resource].danglingSources.insert(source, at: 0)
            }
        }
    }

    mutating func failedMigrationFrom(_ operation: OperationInProcess) {
        let resource = operation.resource
        guard let (source, _) = ends(operation) else { return }
        resources[resource].originalRole = .started
        let onSource = source.map { operations(of: resource, on: $0) } ?? []
        let to = Self.find(onSource, .migrateTo, source: nil, rc: 0, target: operation.result.migrateTarget)
        if !Self.isUnknown(onSource), !Self.hasNewerState(onSource, onSource: true, to: to, from: operation.result) {
            if let source, nodes[source].isOnline { addRunning(resource, source, failed: true) }
        }
    }
}
