// SPDX-License-Identifier: GPL-2.0-or-later
// Live migrations found in the history: complete, partial, dangling, failed (scheduler spec 9.9).

import CIBModel
import ClusterXML

extension ClusterState {
    private func operation(_ reference: OperationReference) -> OperationResult {
        history[Int(reference.entry)].operations[Int(reference.operation)]
    }

    /// Operations recorded on a node under exactly the resource's id, document order: an instance of an anonymous clone, whose
    /// history has the id without number, is unknown everywhere.
    private mutating func operations(of resource: ResourceIndex, on node: NodeIndex?) -> ContiguousArray<OperationResult> {
        guard let node else { return [] }
        return operations(recordedAs: resources[resource].id, on: node)
    }

    /// Operations recorded on a node under an id, document order. Entries of nodes not unpacked (yet) are read as well.
    mutating func operations(recordedAs id: String, on node: NodeIndex) -> ContiguousArray<OperationResult> {
        if nodes[node].flags.contains(.unpacked) || !historyByNode[node.position].isEmpty {
            for entry in historyByNode[node.position] where history[Int(entry)].id == id { return history[Int(entry)].operations }
            return []
        }
        return recordedOperations(id, on: node)
    }

    /// Reads an entry straight from the status section, for a node whose turn comes later. A state is looked for by the node's
    /// name: one without is not found.
    private func recordedOperations(_ id: String, on node: NodeIndex) -> ContiguousArray<OperationResult> {
        guard let position = nodes[node].statePosition, let status = cib.first("status"), position < status.children.count,
            status.children[position]["uname"] == nodes[node].name,
            let list = status.children[position].first("lrm")?.first("lrm_resources")
        else { return [] }
        var reader = HistoryReader()
        for element in list.children where element.name == "lrm_resource" && element.id == id {
            return reader.entry(element, node: node)?.operations ?? []
        }
        return []
    }

    /// The only operation of a kind, if it has the result asked for. Of several none can be told to be the one meant.
    private static func find(
        _ operations: ContiguousArray<OperationResult>, _ task: HistoryTask, source: String?, rc: Int32? = nil,
        target: String? = nil
    ) -> OperationResult? {
        var found: OperationResult?
        for candidate in operations where candidate.task == task {
            if let source, candidate.migrateSource != source { continue }
            if let target, candidate.migrateTarget != target { continue }
            if found != nil { return nil }
            found = candidate
        }
        guard let found else { return nil }
        if let rc, found.rc != rc || found.status != OperationStatus.done { return nil }
        return found
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
        let onSource = operations(of: resource, on: source)
        let onTarget = operations(of: resource, on: target)
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
        let onTarget = operations(of: resource, on: target)
        let from = Self.find(onTarget, .migrateFrom, source: operation.result.migrateSource, rc: 0)
        if !Self.isUnknown(onTarget), !Self.hasNewerState(onTarget, onSource: false, to: operation.result, from: from) {
            if let target, nodes[target].isOnline { addRunning(resource, target, failed: false) }
        } else {
            let onSource = operations(of: resource, on: source)
            if !Self.hasNonMonitor(onSource, after: operation.result), let source {
                resources[resource].danglingSources.insert(source, at: 0)
            }
        }
    }

    mutating func failedMigrationFrom(_ operation: OperationInProcess) {
        let resource = operation.resource
        guard let (source, _) = ends(operation) else { return }
        resources[resource].originalRole = .started
        let onSource = operations(of: resource, on: source)
        let to = Self.find(onSource, .migrateTo, source: nil, rc: 0, target: operation.result.migrateTarget)
        if !Self.isUnknown(onSource), !Self.hasNewerState(onSource, onSource: true, to: to, from: operation.result) {
            if let source, nodes[source].isOnline { addRunning(resource, source, failed: true) }
        }
    }
}
