// SPDX-License-Identifier: GPL-2.0-or-later
// One operation of the history and what it says about its resource (scheduler spec 9.6).

import CIBModel

/// An operation while it is processed: result and status may be remapped.
struct OperationInProcess {
    let reference: OperationReference
    let resource: ResourceIndex
    let node: NodeIndex
    let result: OperationResult
    var rc: Int32
    var status: Int32
    var expired = false

    /// A probe that found the agent or its configuration missing (raw result).
    var isMaskableProbeFailure: Bool {
        result.isProbe
            && (result.rc == 5 || result.rc == 2 || result.status == OperationStatus.notInstalled)
    }
}

extension ClusterState {
    mutating func processOperation(_ reference: OperationReference, _ progress: inout EntryProgress) {
        let result = history[Int(reference.entry)].operations[Int(reference.operation)]
        guard result.task != .other, result.task != .notify, result.id != nil, result.isValid else { return }
        var operation = OperationInProcess(
            reference: reference, resource: progress.resource, node: progress.node, result: result, rc: result.rc,
            status: result.status)
        if result.status != OperationStatus.notInstalled { operation.expired = hasExpired(operation) }
        remap(&operation, &progress)
        if operation.expired, discardExpired(operation) { return }
        let isBundled = resources[operation.resource].bundle != nil
        if operation.isMaskableProbeFailure, !isBundled {
            note("Treating probe result of \(resources[operation.resource].id) on \(nodes[operation.node].name) as 'not running'")
            updateState(operation, result.expectedRC, &progress)
            recordFailedOperation(operation)
            addScore(.minusInfinity, to: banTarget(operation.resource), node: operation.node)
            return
        }
        applyStatus(operation, &progress)
    }

    /// What is banned when an instance must not run: the whole clone if instances are not told apart.
    func banTarget(_ resource: ResourceIndex) -> ResourceIndex {
        resources[resource].has(.unique) ? resource : resources[resource].top
    }

    private mutating func applyStatus(_ operation: OperationInProcess, _ progress: inout EntryProgress) {
        switch operation.status {
        case OperationStatus.pending:
            processPending(operation, progress)
            return
        case OperationStatus.done:
            updateState(operation, operation.rc, &progress)
            return
        case OperationStatus.notInstalled:
            let (strategy, failRole) = failureHandling(operation)
            if strategy == .ignore { progress.onFail = .ban }
            addScore(.minusInfinity, to: banTarget(operation.resource), node: operation.node)
            handleFailure(operation, strategy, failRole, &progress)
            return
        case OperationStatus.notConnected:
            if nodes[operation.node].isRemote, let connection = nodes[operation.node].connection, resources[connection].isManaged {
                resources[connection].flags.formUnion([.failed, .stopIfFailed])
            }
        default: break
        }
        let (strategy, failRole) = failureHandling(operation)
        if strategy == .ignore || (strategy == .restartContainer && operation.result.task == .stop) {
            warn("Pretending failed \(operation.result.taskName) of \(resources[operation.resource].id) on \(nodes[operation.node].name) succeeded")
            updateState(operation, operation.result.expectedRC, &progress)
            resources[operation.resource].flags.insert(.ignoreFailure)
            recordFailedOperation(operation)
            if strategy == .restartContainer, progress.onFail <= .restart { progress.onFail = strategy }
            return
        }
        handleFailure(operation, strategy, failRole, &progress)
        if operation.status == OperationStatus.hardError {
            // A missing agent is an everyday matter: probes find it on nodes that never run the resource.
            let severity: Diagnostic.Severity = operation.rc == ExitCode.notInstalled.rawValue ? .notice : .error
            let text = "Preventing \(resources[banTarget(operation.resource)].id) from restarting on \(nodes[operation.node].name) because of hard failure"
            diagnostics.append(Diagnostic(severity: severity, text: text + failureDetail(operation)))
            addScore(.minusInfinity, to: banTarget(operation.resource), node: operation.node)
        } else if operation.status == OperationStatus.fatalError {
            error("Preventing \(resources[banTarget(operation.resource)].id) from restarting anywhere because of fatal failure" + failureDetail(operation))
            addScore(.minusInfinity, to: banTarget(operation.resource), node: nil)
        }
    }

    /// What an operation returned and why, in parentheses.
    private func failureDetail(_ operation: OperationInProcess) -> String {
        let reason = operation.result.exitReason ?? ""
        return " (\(ExitCode.text(for: operation.rc))\(reason.isEmpty ? "" : ": ")\(reason))"
    }

    private mutating func failureHandling(_ operation: OperationInProcess) -> (OnFail, ResourceRole) {
        let task = actions.tasks.task(named: operation.result.taskName)
        let (strategy, role) = onFail(
            of: operation.resource, task: task, interval: operation.result.intervalMs, node: operation.node)
        return (strategy, role)
    }

    // MARK: - Pending

    private mutating func processPending(_ operation: OperationInProcess, _ progress: EntryProgress) {
        let result = operation.result
        if let failure = progress.lastFailure {
            let failed = history[Int(failure.entry)].operations[Int(failure.operation)]
            if failed.task == result.task, failed.intervalMs == result.intervalMs, result.task != .other,
                isNotOlder(failed, than: result)
            {
                return
            }
        }
        let resource = operation.resource
        switch result.task {
        case .start:
            resources[resource].flags.insert(.startPending)
            setActiveRole(resource)
        case .promote: resources[resource].originalRole = .promoted
        case .migrateTo where nodes[operation.node].isUnclean:
            if let target = result.migrateTarget.flatMap({ node(named: $0) }) {
                getAction(resource, .stop, node: target, optional: false)
            }
        default: break
        }
        if resources[resource].pendingTask == nil, !result.isProbe {
            resources[resource].pendingTask = result.taskName
            resources[resource].pendingIntervalMs = result.intervalMs
            resources[resource].pendingNode = operation.node
        }
    }

    /// By time of the last change; one that is missing is the oldest.
    private func isNotOlder(_ a: OperationResult, than b: OperationResult) -> Bool { a.lastRCChange >= b.lastRCChange }

    // MARK: - State

    /// The role of an active instance.
    mutating func setActiveRole(_ resource: ResourceIndex) {
        resources[resource].originalRole = resources[resources[resource].top].has(.promotable) ? .unpromoted : .started
    }

    /// 9.7 "update state".
    mutating func updateState(_ operation: OperationInProcess, _ rc: Int32, _ progress: inout EntryProgress) {
        let resource = operation.resource
        var clears = false
        if rc == 5 || (resources[resource].bundle == nil && operation.isMaskableProbeFailure) {
            resources[resource].originalRole = .stopped
        } else if rc == 7 {
            clears = true
        } else {
            switch operation.result.task {
            case .monitor:
                if let failure = progress.lastFailure {
                    clears = history[Int(failure.entry)].operations[Int(failure.operation)].key == operation.result.key
                }
                if resources[resource].originalRole < .started { setActiveRole(resource) }
            case .start, .migrateFrom:
                resources[resource].originalRole = .started
                clears = true
            case .stop:
                resources[resource].originalRole = .stopped
                clears = true
            case .promote:
                resources[resource].originalRole = .promoted
                clears = true
            case .demote:
                clears = progress.onFail == .demote
                resources[resource].originalRole = .unpromoted
            case .migrateTo: successfulMigration(operation)
            default:
                if resources[resource].originalRole < .started { setActiveRole(resource) }
            }
        }
        if clears { clearPastFailure(resource, &progress) }
    }

    private mutating func clearPastFailure(_ resource: ResourceIndex, _ progress: inout EntryProgress) {
        switch progress.onFail {
        case .stop, .ban, .standby, .fence: break
        case .block, .ignore, .demote, .restart, .restartContainer:
            progress.onFail = .ignore
            resources[resource].nextRole = .unknown
        case .resetRemote:
            if resources[resource].reconnectIntervalMs == 0 {
                progress.onFail = .ignore
                resources[resource].nextRole = .unknown
            }
        }
    }

    /// 9.7 "failure handling".
    private mutating func handleFailure(
        _ operation: OperationInProcess, _ strategy: OnFail, _ failRole: ResourceRole, _ progress: inout EntryProgress
    ) {
        let resource = operation.resource
        progress.lastFailure = operation.reference
        resources[resource].lastFailure = operation.reference
        if options.symmetric || operation.rc != 5 { recordFailedOperation(operation) }
        progress.onFail = max(progress.onFail, strategy)
        switch operation.result.task {
        case .stop: addScore(.minusInfinity, to: resource, node: operation.node)
        case .migrateTo: failedMigrationTo(operation)
        case .migrateFrom: failedMigrationFrom(operation)
        case .promote: resources[resource].originalRole = .promoted
        case .demote:
            if strategy == .block {
                resources[resource].originalRole = .promoted
                resources[resource].nextRole = .stopped
            } else {
                resources[resource].originalRole = operation.rc == 7 ? .stopped : .unpromoted
            }
        default: break
        }
        if operation.result.isProbe, operation.rc == 5 {
            resources[resource].originalRole = .stopped
        } else if resources[resource].originalRole < .started {
            setActiveRole(resource)
        }
        if failRole != .started, resources[resource].nextRole < failRole { resources[resource].nextRole = failRole }
        if failRole == .stopped { banEverywhereAfresh(banTarget(resource)) }
    }

    /// Remembers a failure for people, once per key and node, on online nodes.
    mutating func recordFailedOperation(_ operation: OperationInProcess) {
        guard nodes[operation.node].isOnline else { return }
        let key = FailedOperation.Identity(key: operation.result.key, node: operation.node)
        guard failedOperationKeys.insert(key).inserted else { return }
        failedOperations.append(
            FailedOperation(
                operation: operation.reference, resource: operation.resource, node: operation.node, rc: operation.rc,
                status: operation.status))
    }
}
