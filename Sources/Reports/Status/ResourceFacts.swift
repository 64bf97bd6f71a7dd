// SPDX-License-Identifier: GPL-2.0-or-later
// Questions the report asks about resources: active, shown under which name, left out by a filter.
import CIBModel
package import ClusterStatus

extension StatusReport {
    /// Whether a resource counts as active (scheduler §26.4).
    /// - Parameter entirely: for collective resources, every member instead of any.
    package func isActive(_ r: ResourceIndex, entirely: Bool) -> Bool {
        switch state.resources[r].variant {
        case .primitive:
            return state.resources[r].activeNodes.contains { node in
                state.nodes[node].isUnclean || state.nodes[node].isOnline || !state.resources[r].isManaged
            }
        case .group, .clone:
            let children = state.resources[r].children
            if !entirely { return children.contains { isActive($0, entirely: false) } }
            if state.resources[r].variant == .group, children.isEmpty { return false }
            return children.allSatisfy { isActive($0, entirely: true) }
        case .bundle:
            for replica in replicas(of: r) {
                for member in members(of: replica) where isActive(member, entirely: entirely) != entirely {
                    return !entirely
                }
            }
            return entirely
        }
    }

    func replicas(of r: ResourceIndex) -> ContiguousArray<BundleReplica> { state.bundle(r)?.replicas ?? [] }

    /// The resources of a replica in the order they are shown.
    func members(of replica: BundleReplica) -> [ResourceIndex] {
        [replica.ip, replica.child, replica.container, replica.connection].compactMap { $0 }
    }

    /// The name people see: the id, without the instance number where instances are alike.
    func shownName(_ r: ResourceIndex) -> String {
        state.resources[r].has(.unique) ? state.resources[r].id : state.resources[r].xmlID
    }

    /// The ancestor that stands at top level, bundles included.
    func topmost(_ r: ResourceIndex) -> ResourceIndex {
        state.resources[r].bundle ?? state.resources[r].top
    }

    /// The role as shown: what runs as part of a promotable clone is at least unpromoted.
    package func shownRole(_ r: ResourceIndex) -> ResourceRole {
        let role = state.resources[r].originalRole
        return role == .started && state.resources[state.resources[r].top].has(.promotable) ? .unpromoted : role
    }

    /// The node an active resource is counted on (scheduler §15.9).
    package func currentNode(_ r: ResourceIndex) -> NodeIndex? {
        let active = state.resources[r].activeNodes
        guard active.count > 1 else { return active.first }
        if let source = state.resources[r].partialMigrationSource, state.resources[r].partialMigrationTarget != nil {
            return active.contains(source) ? source : active.first
        }
        if state.resources[r].has(.needsFencing) { return active.first }
        return active.first { state.nodes[$0].isOnline && !state.nodes[$0].isUnclean } ?? active.first
    }

    /// Whether `target-role` keeps the resource from running, or from being promoted where that matters.
    func isDisabled(_ r: ResourceIndex) -> Bool {
        switch ResourceRole(parsing: state.resources[r].meta["target-role"]) {
        case .stopped: true
        case .unpromoted: state.resources[state.resources[r].top].has(.promotable)
        default: false
        }
    }

    // MARK: Filters

    /// Whether `--node` lets a node through.
    func allows(_ node: NodeIndex) -> Bool {
        guard let names = show.onlyNodes else { return true }
        return names.contains { state.nodes[node].name == $0 }
    }

    func listed(_ name: String) -> Bool { show.onlyResources?.contains(name) ?? true }

    /// Whether a resource is active, but on none of the nodes that `--node` lets through.
    func isElsewhere(_ r: ResourceIndex) -> Bool {
        guard show.onlyNodes != nil, isActive(r, entirely: false) else { return false }
        return !state.resources[r].activeNodes.contains(where: allows)
    }

    /// Whether `--resource` leaves a resource out.
    /// - Parameter askParent: a member is let through with the collective resource it belongs to.
    func isFiltered(_ r: ResourceIndex, askParent: Bool) -> Bool {
        guard show.onlyResources != nil else { return false }
        if listed(shownName(r)) || listed(state.resources[r].id) { return false }
        switch state.resources[r].variant {
        case .primitive:
            guard askParent, state.resources[r].parent != nil else { return true }
            return isFiltered(topmost(r), askParent: false)
        case .group:
            if askParent, listed(shownName(topmost(r))) { return false }
            return state.resources[r].children.allSatisfy { isFiltered($0, askParent: false) }
        case .clone:
            if let clone = state.clone(r), listed(clone.childID) { return false }
            return state.resources[r].children.allSatisfy { isFiltered($0, askParent: false) }
        case .bundle:
            return replicas(of: r).allSatisfy { members(of: $0).allSatisfy { isFiltered($0, askParent: false) } }
        }
    }

    // MARK: Failures

    /// The result of a probe that failed in a way that says "cannot run there" rather than "went wrong".
    ///
    /// - Parameter node: where it was probed; nil for anywhere.
    /// - Returns: its exit code.
    func failedProbe(of r: ResourceIndex, on node: NodeIndex?) -> Int32? {
        var name = state.resources[r].id
        if state.resources[r].variant == .clone {
            name = state.clone(r)?.childID ?? name
        } else if let clone = state.clone(state.resources[r].top) {
            name = clone.childID
        }
        for failure in state.failedOperations {
            let entry = state.history[Int(failure.operation.entry)]
            let operation = entry.operations[Int(failure.operation.operation)]
            // Where it was probed is what the operation itself says, if it does.
            guard Self.isMaskedProbe(operation), OperationKey(operation.key)?.resource == name, let place = operation.onNode,
                node.map({ Compare.equalIgnoringCase(state.nodes[$0].name, place) }) ?? true
            else { continue }
            return operation.rc
        }
        return nil
    }

    /// Probes that found the agent missing or its parameters unusable are shown beside the stopped resource, not as failures.
    static func isMaskedProbe(_ operation: OperationResult) -> Bool {
        guard operation.isProbe else { return false }
        return operation.rc == ExitCode.notInstalled.rawValue || operation.rc == ExitCode.invalidParameter.rawValue
            || operation.status == OperationStatus.notInstalled
    }
}

/// The parts of an operation key `RSC_TASK_INTERVAL` (scheduler §1.5).
struct OperationKey {
    var resource: String
    var task: String
    var intervalMs: UInt32

    init?(_ key: String) {
        guard let last = key.lastIndex(of: "_"), let interval = UInt32(key[key.index(after: last)...]) else { return nil }
        var rest = key[..<last]
        intervalMs = interval
        for task in ["migrate_to", "migrate_from"] where rest.hasSuffix("_" + task) {
            resource = String(rest.dropLast(task.count + 1))
            self.task = task
            return
        }
        guard let before = rest.lastIndex(of: "_") else { return nil }
        task = String(rest[rest.index(after: before)...])
        rest = rest[..<before]
        // The key of a notification's answer carries what it notifies about in front of the task.
        for suffix in ["_pre_notify", "_post_notify"] where task == "notify" && key[..<last].hasSuffix(suffix) {
            rest = key[..<last].dropLast(suffix.count)
        }
        resource = String(rest)
    }
}
