// SPDX-License-Identifier: GPL-2.0-or-later
// What happened: operations, fail counts, failed actions; and tickets and bans (cli-tools §5.6), as text.
import CIBModel
import ClusterStatus

extension StatusReport {
    /// Operations of one resource on one node that are worth showing, oldest first.
    struct ResourceHistory {
        var id: String
        var resource: ResourceIndex?
        var operations: [OperationResult]
        var failCount: Score
        /// Epoch seconds; 0 without.
        var lastFailure: Int64
    }

    struct NodeHistory {
        var node: NodeIndex
        var resources: [ResourceHistory]
    }

    /// The history by node, in the order of the status section. With fail counts alone: only what failed.
    func shownHistory() -> [NodeHistory] {
        var result: [NodeHistory] = []
        for (position, entry) in state.history.enumerated() {
            let node = entry.node
            guard state.nodes[node].isOnline, allows(node), let history = shownHistory(entry, position) else { continue }
            if let last = result.indices.last, result[last].node == node {
                result[last].resources.append(history)
            } else {
                result.append(NodeHistory(node: node, resources: [history]))
            }
        }
        return result
    }

    private func shownHistory(_ entry: HistoryEntry, _ position: Int) -> ResourceHistory? {
        // Anonymous instances share a history name: the first that answers to it decides what filters say.
        guard let r = state.resourcesByID[entry.id]?.first, isHistoryListed(r) else { return nil }
        let (count, last) = failCount(of: r, on: entry.node)
        // Fail counts are told of the name in the history, operations of the resource.
        let id = shows(.operations) ? shownName(r) : entry.id
        var history = ResourceHistory(id: id, resource: r, operations: [], failCount: count, lastFailure: last)
        if shows(.operations) {
            history.operations = OperationOrder.listed(entry.operations.filter(Self.isShown))
            return history.operations.isEmpty ? nil : history
        }
        return count > .zero ? history : nil
    }

    /// Notifications and probes that found nothing are no news.
    private static func isShown(_ operation: OperationResult) -> Bool {
        operation.task != .notify && !(operation.isProbe && operation.rc == ExitCode.notRunning.rawValue)
    }

    private func isHistoryListed(_ r: ResourceIndex) -> Bool {
        let parent = topmost(r)
        if state.resources[parent].variant == .group {
            return listed(shownName(r)) || listed(shownName(parent))
        }
        return !isFiltered(r, askParent: true)
    }

    /// Sum of the fail counts of all operations, and the last failure (scheduler §10).
    func failCount(of r: ResourceIndex, on node: NodeIndex) -> (Score, Int64) {
        let table = state.nodes[node].failures
        let name = state.resources[r].nameInHistory
        let base = state.resources[r].has(.unique) ? name : String(name.prefix { $0 != ":" })
        var count = Score.zero
        var last: Int64 = 0
        for position in table.byBase[base] ?? table.byBase[String(name.prefix { $0 != ":" })] ?? [] {
            let record = table.records[Int(position)]
            if record.operation == nil || (state.resources[r].has(.unique) && record.resource != name) { continue }
            count += record.count
            last = max(last, record.lastFailure)
        }
        return (count, last)
    }

    /// Whether there is a node to tell about. The header alone then says that nothing happened or failed there.
    var hasHistory: Bool {
        state.nodeOrder.contains { state.nodes[$0].isOnline && state.nodes[$0].flags.contains(.hasState) && allows($0) }
    }

    package func historyBlocks() -> [TextBlock] {
        let withOperations = shows(.operations)
        var items: [TextBlock] = []
        for node in shownHistory() {
            let resources = node.resources.map { history -> TextBlock in
                let title = resourceTitle(history, all: withOperations)
                if !withOperations { return .line(title) }
                return .list(title, history.operations.map { .line(operationText($0)) })
            }
            items.append(.list("Node: \(displayName(node.node))", resources))
        }
        let title = withOperations ? "Operations" : "Migration Summary"
        return hasHistory ? [.list(title, items)] : []
    }

    private func resourceTitle(_ history: ResourceHistory, all: Bool) -> String {
        guard let r = history.resource else { return "\(history.id): orphan" }
        var text = "\(history.id): migration-threshold=\(state.resources[r].migrationThreshold.value)"
        if history.failCount > .zero { text += " fail-count=\(history.failCount.value)" }
        if history.lastFailure > 0 { text += " last-failure='\(clock.local(history.lastFailure))'" }
        return text
    }

    private func operationText(_ operation: OperationResult) -> String {
        var details: [String] = []
        if operation.intervalMs > 0 { details.append("interval=\"\(operation.intervalMs)ms\"") }
        if show.timing {
            if operation.lastRCChange > 0 { details.append("last-rc-change=\"\(clock.local(operation.lastRCChange))\"") }
            if let time = operation.execTime { details.append("exec-time=\"\(time)ms\"") }
            if let time = operation.queueTime { details.append("queue-time=\"\(time)ms\"") }
            details.append("rc=\(operation.rc) (\(ExitCode.text(for: operation.rc)))")
        }
        let text = "(\(operation.callID)) \(Self.taskName(operation))"
        return details.isEmpty ? text : text + ": " + details.joined(separator: " ")
    }

    static func taskName(_ operation: OperationResult) -> String {
        operation.isProbe ? "probe" : operation.taskName
    }

    // MARK: Failed actions

    struct Failure {
        var operation: OperationResult
        var key: OperationKey
        var node: NodeIndex
    }

    /// Failures that filters let through and that are not shown beside a stopped resource already.
    func shownFailures() -> [Failure] {
        state.failedOperations.compactMap { failure in
            var operation = state.history[Int(failure.operation.entry)].operations[Int(failure.operation.operation)]
            // What counts as failed although it says that it is under way is over.
            operation.status = max(operation.status, OperationStatus.done)
            guard allows(failure.node), !Self.isMaskedProbe(operation), let key = OperationKey(operation.key),
                listed(key.resource)
            else { return nil }
            return Failure(operation: operation, key: key, node: failure.node)
        }
    }

    /// - Parameter isTechnical: as the history has them; nil is what the options say.
    package func failureBlocks(isTechnical: Bool? = nil) -> [TextBlock] {
        let failures = shownFailures()
        if failures.isEmpty { return [] }
        let isTechnical = isTechnical ?? show.detail
        return [.list("Failed Resource Actions", failures.map { .line(isTechnical ? technical($0) : friendly($0)) })]
    }

    private func friendly(_ failure: Failure) -> String {
        let operation = failure.operation
        var text = failure.key.resource + " "
        if failure.key.intervalMs > 0 { text += "\(Self.readable(Int64(failure.key.intervalMs)))-interval " }
        let task = failure.key.task == "monitor" && failure.key.intervalMs == 0 ? "probe" : failure.key.task
        text += "\(task) on \(state.nodes[failure.node].name)"
        if operation.status == OperationStatus.done {
            text += " returned '\(ExitCode.text(for: operation.rc))'"
            if let reason = nonEmpty(operation.exitReason) { text += " (\(reason))" }
        } else {
            text += " could not be executed (\(Self.statusText(operation.status))"
            if let reason = nonEmpty(operation.exitReason) { text += ": \(reason)" }
            text += ")"
        }
        if operation.lastRCChange != -1 { text += " at \(clock.local(operation.lastRCChange))" }
        if let time = operation.execTime.flatMap({ Int64($0) }), time > 0 { text += " after \(Self.readable(time))" }
        return text
    }

    private func technical(_ failure: Failure) -> String {
        let operation = failure.operation
        var text = "\(operation.key) on \(state.nodes[failure.node].name) '\(ExitCode.text(for: operation.rc))' (\(operation.rc)): "
        text += "call=\(operation.callID), status='\(Self.statusText(operation.status))'"
        if let reason = nonEmpty(operation.exitReason) { text += ", exitreason='\(reason)'" }
        if operation.lastRCChange != -1 { text += ", last-rc-change='\(clock.local(operation.lastRCChange))'" }
        if let time = operation.queueTime { text += ", queued=\(time)ms" }
        if let time = operation.execTime { text += ", exec=\(time)ms" }
        return text
    }

    private func nonEmpty(_ text: String?) -> String? { text?.isEmpty == false ? text : nil }

    /// A time in the largest units that fit: `1m`, `1h30m`, `20s`, `33ms`.
    package static func readable(_ milliseconds: Int64) -> String {
        guard milliseconds > 0 else { return "0s" }
        var text = ""
        let units: [(Int64, String)] = [(86_400_000, "d"), (3_600_000, "h"), (60_000, "m"), (1000, "s"), (1, "ms")]
        var rest = milliseconds
        // Fractions of a second are written with it: `1.5s`.
        for (size, unit) in units where rest >= size {
            if unit == "s", rest % 1000 != 0 {
                let thousandths = String(rest % 1000)
                return text + "\(rest / 1000)." + String(repeating: "0", count: 3 - thousandths.count) + thousandths + "s"
            }
            text += "\(rest / size)\(unit)"
            rest %= size
        }
        return text
    }

    /// The description of an execution status (users-and-conventions §7).
    package static func statusText(_ status: Int32) -> String {
        switch status {
        case OperationStatus.pending: "Pending"
        case OperationStatus.done: "Done"
        case OperationStatus.cancelled: "Cancelled"
        case OperationStatus.timeout: "Timed out"
        case OperationStatus.notSupported: "Unsupported"
        case OperationStatus.error: "Error"
        case OperationStatus.hardError: "Hard error"
        case OperationStatus.fatalError: "Fatal error"
        case OperationStatus.notInstalled: "Not installed"
        case OperationStatus.notConnected: "Internal communication failure"
        case OperationStatus.invalid: "Cannot execute now"
        case OperationStatus.noFenceDevice: "No fence device"
        case OperationStatus.noSecrets: "CIB secrets unavailable"
        default: "UNKNOWN!"
        }
    }

    // MARK: Tickets and bans

    package func ticketBlocks() -> [TextBlock] {
        let lines = state.tickets.sorted { $0.id < $1.id }.map { ticket -> TextBlock in
            var text = "\(ticket.id)\t\(ticket.isGranted ? "granted" : "revoked")"
            if ticket.isStandby { text += " (standby)" }
            if let time = ticket.lastGranted, time > -1 { text += " last-granted=\"\(clock.local(time))\"" }
            return .line(text)
        }
        return lines.isEmpty ? [] : [.list("Tickets", lines)]
    }

    struct Ban {
        var id: String
        var resource: ResourceIndex
        var node: NodeIndex
        var score: Score
        var promotedOnly: Bool
    }

    /// Location constraints with negative scores, one for each node; the latest first.
    func shownBans() -> [Ban] {
        var bans: [Ban] = []
        for location in state.locations.reversed() where show.banPrefix.isEmpty || location.id.hasPrefix(show.banPrefix) {
            guard listed(shownName(location.resource)) || listed(shownName(topmost(location.resource))) else { continue }
            for entry in location.nodes where entry.score < .zero {
                bans.append(
                    Ban(
                        id: location.id, resource: location.resource, node: entry.node, score: entry.score,
                        promotedOnly: location.role == .promoted))
            }
        }
        return bans
    }

    package func banBlocks() -> [TextBlock] {
        let lines = shownBans().map { ban -> TextBlock in
            let role = ban.promotedOnly ? "as Promoted " : ""
            return .line("\(ban.id)\tprevents \(state.resources[ban.resource].id) from running \(role)on \(displayName(ban.node))")
        }
        return lines.isEmpty ? [] : [.list("Negative Location Constraints", lines)]
    }
}
