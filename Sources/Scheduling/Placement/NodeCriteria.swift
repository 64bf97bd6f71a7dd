// SPDX-License-Identifier: GPL-2.0-or-later
// What speaks for and against nodes before anything is placed (scheduler spec section 12): shutdown locks, location
// constraints, stickiness, failures, exclusive discovery.

package import ClusterStatus
import CIBModel

extension ClusterState {
    /// Phase 4.
    package mutating func applyNodeCriteria() {
        prepareTables()
        recordInitialScores()
        applyShutdownLocks()
        for position in locations.indices.reversed() { applyLocation(LocationIndex(position)) }
        for r in topLevel { addStickiness(r) }
        for node in nodeOrder where !nodes[node].failures.records.isEmpty {
            for r in topLevel {
                var banned: ResourceIndex?
                checkFailureThreshold(r, node, &banned)
            }
        }
        for r in topLevel { checkExclusiveDiscovery(r) }
    }

    /// Makes all rows as long as the node list, so that they can be walked side by side.
    private mutating func prepareTables() {
        refreshAvailability()
        for position in resources.indices { resources[position].nodes.cover(nodes.count) }
    }

    // MARK: Locations (12.3)

    /// Applies a location constraint to its resource.
    mutating func applyLocation(_ location: LocationIndex) {
        applyLocation(location, to: locations[location].resource, withScores: true)
    }

    private mutating func applyLocation(_ location: LocationIndex, to r: ResourceIndex, withScores: Bool) {
        let role = locations[location].role
        switch resources[r].variant {
        case .primitive:
            applyOwn(location, to: r, withScores)
        case .group:
            applyOwn(location, to: r, withScores)
            let isColocated = resources[r].has(.groupColocated)
            for (position, member) in resources[r].children.enumerated() {
                applyLocation(location, to: member, withScores: withScores && (position == 0 || !isColocated))
            }
        case .clone:
            applyOwn(location, to: r, withScores)
            for child in resources[r].children { applyLocation(location, to: child, withScores: withScores) }
        case .bundle:
            guard let bundle = bundle(r) else { return }
            applyOwn(location, to: r, withScores)
            for replica in bundle.replicas {
                applyLocation(location, to: replica.container, withScores: withScores)
                if let ip = replica.ip { applyLocation(location, to: ip, withScores: withScores) }
            }
            if role == .unpromoted || role == .promoted, let clone = bundle.clone {
                applyLocation(location, to: clone, withScores: withScores)
                resources[clone].locations.append(location)
            }
        }
    }

    private mutating func applyOwn(_ location: LocationIndex, to r: ResourceIndex, _ withScores: Bool) {
        var table = NodeTable()
        swap(&table, &resources[r].nodes)
        let isExclusive = apply(location, to: r, &table, withScores: withScores)
        swap(&table, &resources[r].nodes)
        if isExclusive { resources[r].flags.insert(.exclusiveProbes) }
        recordScores(r, .location(location))
    }

    /// Applies a location constraint to a table as if it were the resource's.
    /// - Returns: whether it limits probes of the resource to some nodes.
    @discardableResult
    func apply(_ location: LocationIndex, to r: ResourceIndex, _ table: inout NodeTable, withScores: Bool = true) -> Bool {
        let (role, probe, list) = (locations[location].role, locations[location].probe, locations[location].nodes)
        if role != .unknown, role != resources[r].nextRole { return false }
        var isExclusive = false
        table.cover(nodes.count)
        for (node, score) in list {
            let (position, score) = (node.position, withScores ? score : .zero)
            if table.row[position].present {
                table.row[position].score += score
            } else {
                // The nodes of a bundle keep saying that nothing is to be probed there.
                table.row[position] = NodeEntry(score: score, probe: nodes[node].probe)
            }
            if table.row[position].probe < probe {
                table.row[position].probe = probe
                isExclusive = isExclusive || probe == .exclusive
            }
        }
        return isExclusive
    }

    // MARK: Stickiness (12.4)

    private mutating func addStickiness(_ r: ResourceIndex) {
        if !resources[r].isPrimitive {
            for child in resources[r].children { addStickiness(child) }
            return
        }
        guard resources[r].isManaged, resources[r].stickiness.value >= 1, resources[r].activeNodes.count == 1,
            let node = resources[r].activeNodes.first
        else { return }
        if !options.symmetric, !resources[r].nodes.contains(node) { return }
        addScore(resources[r].stickiness, to: r, node: node)
        recordScores(r, .stickiness)
    }

    // MARK: Failures and discovery (12.5)

    /// - Parameter last: what was banned last: the instances of a clone ask for the same ban one after the other.
    private mutating func checkFailureThreshold(_ r: ResourceIndex, _ node: NodeIndex, _ last: inout ResourceIndex?) {
        if !resources[r].isPrimitive {
            for child in resources[r].children { checkFailureThreshold(child, node, &last) }
            return
        }
        guard hasReachedThreshold(r, node), firstAction(r, ActionKey(.clearFailCount), node: node) == nil else { return }
        let banned = resources[r].has(.unique) ? r : resources[r].top
        if last == banned { return }
        addScore(.minusInfinity, to: banned, node: node)
        recordScores(banned, .failureThreshold)
        last = banned
    }

    /// Whether a resource failed so often on a node that it must not run there.
    mutating func hasReachedThreshold(_ r: ResourceIndex, _ node: NodeIndex) -> Bool {
        let threshold = resources[r].migrationThreshold
        if threshold == .zero || resources[r].has(.ignoreFailure) { return false }
        let failures = failCount(of: r, on: node, [.effective, .launched]).count
        return failures.value > 0 && threshold.value - failures.value <= 0
    }

    private mutating func checkExclusiveDiscovery(_ r: ResourceIndex) {
        guard resources[r].has(.exclusiveProbes) || resources[resources[r].top].has(.exclusiveProbes) else { return }
        for child in resources[r].children { checkExclusiveDiscovery(child) }
        resources[r].nodes.updateAll { _, entry in
            if entry.probe != .exclusive { entry.score = .minusInfinity }
        }
        recordScores(r, .exclusiveDiscovery)
    }

    // MARK: Shutdown locks (12.2)

    private mutating func applyShutdownLocks() {
        guard options.shutdownLock else { return }
        for r in topLevel { applyShutdownLock(r) }
    }

    private mutating func applyShutdownLock(_ r: ResourceIndex) {
        if resources[r].variant == .group {
            for member in resources[r].children { applyShutdownLock(member) }
            return
        }
        guard resources[r].isPrimitive, !resources[r].has(.fenceDevice), !resources[r].has(.remoteConnection) else { return }
        if let lock = resources[r].lockNode {
            if !resources[r].activeNodes.isEmpty {
                resources[r].lockNode = nil
                resources[r].lockTime = 0
                getAction(r, ActionKey(.lrmDelete), node: lock, optional: false)
            }
        } else if resources[r].activeNodes.count == 1, let node = resources[r].activeNodes.first,
            nodes[node].isShuttingDown, !nodes[node].isUnclean
        {
            let asked = nodes[node].attributes["shutdown"].flatMap(Scan.integer) ?? 0
            resources[r].lockNode = node
            resources[r].lockTime = asked == 0 ? now.epoch : asked
        }
        guard let lock = resources[r].lockNode else { return }
        if options.shutdownLockLimitMs > 0 {
            recheck(at: resources[r].lockTime &+ options.shutdownLockLimitMs / 1000 &+ 1)
        }
        for node in nodeOrder where node != lock {
            addScore(.minusInfinity, to: r, node: node)
        }
        recordScores(r, .shutdownLock)
    }
}
