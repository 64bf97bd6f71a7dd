// SPDX-License-Identifier: GPL-2.0-or-later
// The history of one node: entry by entry, operation by operation (scheduler spec 9.4, 9.8).

import CIBModel
import ClusterXML

/// What is carried from one operation of an entry to the next.
struct EntryProgress {
    let resource: ResourceIndex
    let node: NodeIndex
    let entry: Int32
    var onFail = OnFail.ignore
    var lastFailure: OperationReference?
}

extension ClusterState {
    mutating func unpackHistory(_ state: XMLElement, _ node: NodeIndex) {
        guard let list = state.first("lrm")?.first("lrm_resources") else { return }
        var reader = HistoryReader()
        let begin = history.count
        let before = history.last.map { historyByNode[$0.node.position].first.map(Int.init) ?? begin } ?? begin
        // By position: taking each element out of the list would cost two visits to its memory more.
        for position in list.children.indices where list.children[position].name == "lrm_resource" {
            reader.read(list.children[position], node: node, into: &history)
        }
        historyByNode[node.position] += (begin..<history.count).map { Int32(truncatingIfNeeded: $0) }
        let end = history.count
        var hasRemovedLaunched = false
        for position in begin..<end {
            let counterpart = before + position - begin
            unpackEntry(Int32(truncatingIfNeeded: position), node, likely: counterpart < begin ? history[counterpart].resource : nil)
            if let resource = history[position].resource, resources[resource].has(.removedLaunched) { hasRemovedLaunched = true }
        }
        if hasRemovedLaunched { linkRemovedLaunched(begin..<end) }
    }

    private mutating func unpackEntry(_ position: Int32, _ node: NodeIndex, likely: ResourceIndex?) {
        let index = Int(position)
        let isEmpty = history[index].operations.isEmpty
        if isEmpty, !options.shutdownLock { return }
        let (found, ignore) = resource(for: history[index].id, on: node, likely: likely)
        if ignore { return }
        guard let resource = found ?? (isEmpty ? nil : addRemovedResource(history[index])) else { return }
        history[index].resource = resource
        if options.shutdownLock, history[index].shutdownLock != 0 {
            applyShutdownLock(history[index].shutdownLock, resource, node)
        }
        history[index].sorted = OperationOrder.sorted(history[index].operations)
        (history[index].startIndex, history[index].stopIndex) = OperationOrder.activeRange(
            history[index].operations, sorted: history[index].sorted)
        let savedRole = resources[resource].originalRole
        resources[resource].originalRole = .unknown
        var progress = EntryProgress(resource: resource, node: node, entry: position)
        for operation in history[index].sorted {
            processOperation(OperationReference(entry: position, operation: operation), &progress)
        }
        createRecurring(progress)
        finishResourceState(&progress)
        if let limit = limitingRole(resource),
            resources[resource].nextRole == .unknown || limit < resources[resource].nextRole
        {
            resources[resource].nextRole = limit
        }
        if savedRole > resources[resource].originalRole { resources[resource].originalRole = savedRole }
    }

    private mutating func applyShutdownLock(_ lock: Int64, _ resource: ResourceIndex, _ node: NodeIndex) {
        let limit = options.shutdownLockLimitMs / 1000
        if options.shutdownLockLimitMs > 0, now.epoch - lock > limit {
            getAction(resource, ActionKey(.lrmDelete), node: node, optional: false)
        } else {
            resources[resource].lockNode = node
            resources[resource].lockTime = lock
        }
    }

    /// Monitors that are running get their action, optional: it counts for the numbering (9.8 step 1).
    private mutating func createRecurring(_ progress: EntryProgress) {
        guard nodes[progress.node].isOnline else { return }
        let index = Int(progress.entry)
        let (start, stop) = (history[index].startIndex, history[index].stopIndex)
        for (counter, position) in history[index].sorted.enumerated() {
            if start < stop, counter <= Int(stop) { continue }
            if counter < Int(start) { continue }
            let interval = history[index].operations[Int(position)].intervalMs
            guard interval > 0, history[index].operations[Int(position)].status != OperationStatus.pending else { continue }
            let task = actions.tasks.task(named: history[index].operations[Int(position)].taskName)
            getAction(progress.resource, ActionKey(task, interval: interval), node: progress.node, optional: true)
        }
    }
}
