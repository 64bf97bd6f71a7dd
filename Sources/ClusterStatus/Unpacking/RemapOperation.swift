// SPDX-License-Identifier: GPL-2.0-or-later
// Expiry of failures, and what a result means given what was expected (scheduler spec 9.6 A to C).

import CIBModel

extension ClusterState {
    /// 9.6 A. May ask for the fail count to be cleared, and lower the recheck time.
    mutating func hasExpired(_ operation: OperationInProcess) -> Bool {
        let (resource, node, result) = (operation.resource, operation.node, operation.result)
        let timeout = Scan.timeoutSeconds(resources[resource].failureTimeoutMs)
        let isLastFailure = result.id?.hasSuffix("_last_failure_0") ?? false
        var expired = false
        var unexpired = Score.zero
        if timeout > 0, result.isDated {
            if now.epoch - result.lastRCChange >= timeout, !ignoresTimeout(operation) { expired = true }
            let failures = failCount(of: resource, on: node, .effective, operation: operation.reference)
            unexpired = failures.count
            if unexpired != .zero, now.epoch < failures.lastFailure + timeout + 1 {
                recheck(at: failures.lastFailure + timeout + 1)
            }
        }
        var reason: String?
        if expired {
            if failCount(of: resource, on: node, [], operation: operation.reference).count != .zero {
                if unexpired == .zero { reason = "it expired" } else { expired = false }
            } else if isLastFailure, resources[resource].reconnectIntervalMs != 0 {
                reason = "reconnect interval is set"
            }
        }
        if !expired, isLastFailure, parametersChanged(operation) { reason = "resource parameters have changed" }
        if let reason {
            let clear = clearFailCount(resource, on: node, reason: reason)
            if options.fencingEnabled, resources[resource].reconnectIntervalMs != 0,
                let remote = self.node(named: resources[resource].id)
            {
                let fencing = fencingAction(remote, nil, optional: true, reason: nil)
                order(fencing, clear, .firstImpliesThen)
            }
        }
        if expired, result.isProbe, [0, 7, 8, 190, 191].contains(result.rc) { expired = false }
        return expired
    }

    private func ignoresTimeout(_ operation: OperationInProcess) -> Bool {
        guard resources[operation.resource].reconnectIntervalMs != 0, options.fencingEnabled,
            operation.result.intervalMs != 0, operation.result.task == .monitor,
            let remote = node(named: resources[operation.resource].id)
        else { return false }
        return !nodes[remote].flags.contains(.remoteFenced)
    }

    private mutating func parametersChanged(_ operation: OperationInProcess) -> Bool {
        guard operation.result.task == .start || operation.result.task == .monitor else { return false }
        noteParameterTimes(of: operation.resource, on: nil)
        if resources[operation.resource].has(.addressIsHostName) {
            deferredChecks.append(
                DeferredCheck(
                    kind: .lastFailure, resource: operation.resource, node: operation.node, operation: operation.reference))
            return false
        }
        switch digestVerdict(of: operation.reference, resource: operation.resource, node: operation.node) {
        case .match, .unknown: return false
        default: return true
        }
    }

    /// 9.6 B.
    mutating func remap(_ operation: inout OperationInProcess, _ progress: inout EntryProgress) {
        let (resource, node, result) = (operation.resource, operation.node, operation.result)
        if operation.rc == 190 || operation.rc == 191 {
            operation.rc = operation.rc == 190 ? 0 : 8
            let isLeaving = nodes[node].isShuttingDown && !nodes[node].isOnline
            if !operation.expired, !isLeaving { recordFailedOperation(operation) }
        }
        if resources[resource].bundle == nil, operation.isMaskableProbeFailure,
            operation.status != OperationStatus.done || operation.rc != 7
        {
            (operation.status, operation.rc) = (OperationStatus.done, 7)
        }
        switch operation.status {
        case OperationStatus.done, OperationStatus.error: break
        case OperationStatus.noFenceDevice, OperationStatus.noSecrets:
            operation.status = OperationStatus.hardError
            return
        default: return
        }
        operation.status =
            result.expectedRC >= 0 && operation.rc == result.expectedRC ? OperationStatus.done : OperationStatus.error
        remapResult(&operation, &progress)
    }

    private mutating func remapResult(_ operation: inout OperationInProcess, _ progress: inout EntryProgress) {
        let (resource, result) = (operation.resource, operation.result)
        let isExpected = operation.rc == result.expectedRC
        switch operation.rc {
        case 0:
            if result.isProbe, result.expectedRC == 7 { operation.status = OperationStatus.done }
        case 7:
            if result.isProbe || isExpected || !resources[resource].isManaged {
                operation.status = OperationStatus.done
                resources[resource].originalRole = .stopped
                progress.onFail = .ignore
                resources[resource].nextRole = .unknown
            }
        case 8:
            if result.isProbe, !isExpected { operation.status = OperationStatus.done }
            if !operation.expired || isExpected { resources[resource].originalRole = .promoted }
        case 9:
            if !operation.expired { resources[resource].originalRole = .promoted }
            operation.status = OperationStatus.error
        case 6: operation.status = OperationStatus.fatalError
        case 3:
            if result.intervalMs == 0 {
                if !operation.expired { blockIfUnrecoverable(operation) }
                operation.status = OperationStatus.hardError
            } else {
                operation.status = OperationStatus.notSupported
            }
        case 5, 2, 4:
            if !operation.expired { blockIfUnrecoverable(operation) }
            operation.status = OperationStatus.hardError
        default:
            if operation.status == OperationStatus.done { operation.status = OperationStatus.error }
        }
    }

    private mutating func blockIfUnrecoverable(_ operation: OperationInProcess) {
        guard operation.result.task == .stop, !canFence(operation.node) else { return }
        error("No further recovery can be attempted for \(resources[operation.resource].id) because its stop failed and its node can not be fenced")
        resources[operation.resource].flags.remove(.managed)
        resources[operation.resource].flags.insert(.blocked)
    }

    /// 9.6 C. True: nothing more is to be done with the entry.
    mutating func discardExpired(_ operation: OperationInProcess) -> Bool {
        let (resource, result) = (operation.resource, operation.result)
        if resources[resource].bundle == nil, operation.isMaskableProbeFailure, result.rc != result.expectedRC {
            if resources[resource].originalRole <= .stopped { resources[resource].originalRole = .unknown }
            return true
        }
        if operation.rc == result.expectedRC { return false }
        if result.intervalMs == 0 { return true }
        if nodes[operation.node].isOnline, !nodes[operation.node].isUnclean {
            history[Int(operation.reference.entry)].operations[Int(operation.reference.operation)].restartDigestIsVoid = true
            return true
        }
        return false
    }
}
