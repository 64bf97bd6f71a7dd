// SPDX-License-Identifier: GPL-2.0-or-later
// Probes: finding out where resources run whose state is not known yet (scheduler spec 18.2).

import CIBModel
import ClusterStatus

extension ClusterState {
    mutating func createProbes() {
        guard options.startupProbes else { return }
        for node in nodeOrder {
            if !nodes[node].isOnline {
                if isRemoteNode(node), connectionState(of: node) == .failed {
                    fence(node, reason: "the connection is unrecoverable")
                }
                continue
            }
            guard !nodes[node].isUnclean, nodes[node].flags.contains(.probesAllowed) else { continue }
            for resource in topLevel { createProbe(resource, node) }
        }
    }

    /// - Returns: whether a probe was created.
    @discardableResult
    private mutating func createProbe(_ r: ResourceIndex, _ node: NodeIndex) -> Bool {
        switch resources[r].variant {
        case .primitive, .group: return createPlainProbe(r, node)
        case .clone: return createCloneProbe(r, node)
        case .bundle: return createBundleProbes(r, node)
        }
    }

    private mutating func createProbes(_ list: ContiguousArray<ResourceIndex>, _ node: NodeIndex) -> Bool {
        var created = false
        for resource in list where createProbe(resource, node) { created = true }
        return created
    }

    // MARK: Clone and bundle

    private mutating func createCloneProbe(_ r: ResourceIndex, _ node: NodeIndex) -> Bool {
        if resources[r].flags.contains(.exclusiveProbes), resources[r].nodes[node].probe != .exclusive || !resources[r].nodes.contains(node) {
            resources[r].nodes.remove(node)  // [Q15]
            return false
        }
        sortInstancesByNumber(r)
        if resources[r].flags.contains(.unique) { return createProbes(resources[r].children, node) }
        let children = resources[r].children
        let chosen = children.first { isKnownInPart($0, node) }
            ?? children.first { location(of: $0, current: false) == node } ?? children.first
        return chosen.map { createProbe($0, node) } ?? false
    }

    private func isKnownInPart(_ r: ResourceIndex, _ node: NodeIndex) -> Bool {
        if resources[r].variant == .primitive { return resources[r].knownOn.contains(node) }
        return resources[r].children.contains { isKnownInPart($0, node) }
    }

    private mutating func createBundleProbes(_ r: ResourceIndex, _ node: NodeIndex) -> Bool {
        guard let bundle = bundle(r) else { return false }
        var created = false
        for (position, replica) in bundle.replicas.enumerated() {
            if let ip = replica.ip, createProbe(ip, node) { created = true }
            if let child = replica.child, replica.node == node, createProbe(child, node) { created = true }
            if createProbe(replica.container, node) {
                created = true
                if bundle.replicasPerHost == 1, !replica.isProbedBeforeOthers { probe(position, beforeOthersOf: r) }
            }
            if let connection = replica.connection, createProbe(connection, node) {
                created = true
                // Where the container runs must be known first.
                if let probe = firstAction(connection, .probe, node: node) {
                    order(replica.container, .start, probe, .nestedRemoteProbe)
                }
            }
        }
        return created
    }

    /// Orders the starts of a bundle's other containers after the probes of one, on whatever node: once is enough.
    private mutating func probe(_ position: Int, beforeOthersOf r: ResourceIndex) {
        guard let replicas = bundle(r)?.replicas else { return }
        for other in replicas where other.container != replicas[position].container {
            order(replicas[position].container, .monitor, other.container, .start, [.ordered, .ifOnSameNode])
        }
        bundles[Int(resources[r].bundleRecord)].replicas[position].isProbedBeforeOthers = true
    }

    // MARK: Primitive and group

    private mutating func createPlainProbe(_ r: ResourceIndex, _ node: NodeIndex) -> Bool {
        if nodes[node].isRemote {
            if resources[r].flags.contains(.fenceDevice) || resources[r].flags.contains(.remoteConnection) { return false }
            if isGuest(node), containsGuestNode(r) { return false }
        }
        if resources[r].variant != .primitive { return createProbes(resources[r].children, node) }
        guard mayProbe(r, node) else { return false }
        let top = resources[r].top
        if isGuest(node), let connection = nodes[node].connection, let guest = resources[connection].launcher,
            skipsProbe(inside: guest, node, top)
        {
            return false
        }
        probe(r, node, top)
        return true
    }

    /// Whether a resource launched the connection of a guest node.
    func containsGuestNode(_ r: ResourceIndex) -> Bool {
        resources[r].launched.contains { resources[$0].flags.contains(.remoteConnection) }
    }

    private func mayProbe(_ r: ResourceIndex, _ node: NodeIndex) -> Bool {
        let flags = resources[r].flags
        if resources[r].launcher != nil, !flags.contains(.remoteConnection) { return false }
        if flags.contains(.removed) || resources[r].knownOn.contains(node) { return false }
        let entry = resources[r].nodes[node]
        let isExclusive = flags.contains(.exclusiveProbes) || resources[resources[r].top].flags.contains(.exclusiveProbes)
        if isExclusive, !entry.present || entry.probe != .exclusive { return false }
        return (entry.present ? entry.probe : nodes[node].probe) != .never
    }

    /// Whether the state inside a guest follows from the guest's own: it is stopped, or will stop first.
    private mutating func skipsProbe(inside guest: ResourceIndex, _ node: NodeIndex, _ top: ResourceIndex) -> Bool {
        if resources[guest].originalRole == .stopped {
            if let assigned = resources[guest].assigned, !resources[guest].knownOn.contains(assigned) {
                order(guest, .monitor, top, .start, .ordered)
            }
            return true
        }
        var stops = nodes[node].flags.contains(.remoteReset) || nodes[node].isUnclean
        stops = stops || resources[guest].flags.contains(.failed) || resources[guest].nextRole == .stopped
        if let assigned = resources[guest].assigned, resources[guest].originalRole > .stopped,
            !resources[guest].activeNodes.contains(assigned)
        {
            stops = true
        }
        if stops { order(guest, .stop, top, .start, .ordered) }
        return stops
    }

    private mutating func probe(_ r: ResourceIndex, _ node: NodeIndex, _ top: ResourceIndex) {
        let probe = getAction(r, .probe, node: node, optional: false)
        // Probes of resources that are not managed are wanted as well.
        actions[probe].flags.remove(.optional)
        orderAfterUnfencing(r, node, probe, .ordered)
        if !resources[r].activeNodes.contains(node) {
            actions.setMeta(probe, "op_target_rc", "7")
        } else if resources[r].originalRole == .promoted {
            actions.setMeta(probe, "op_target_rc", "8")
        }
        let whole = resources[top].variant == .clone ? top : r
        var flags: OrderFlags = .ordered
        if !actions[probe].isRunnable, resources[whole].activeNodes.isEmpty { flags.insert(.unrunnableFirstBlocks) }
        order(probe, whole, .start, flags)
        if whole == r { order(probe, r, .reloadAgent, .ordered) }
    }

    // MARK: Removed resources

    /// Failures of what is not configured any more are forgotten (18.3).
    mutating func clearRemovedFailCounts() {
        guard options.stopRemovedResources else { return }
        for resource in topLevel where resources[resource].flags.contains(.removed) {
            for node in nodeOrder where nodes[node].isOnline && failCount(of: resource, on: node, [.effective]).count > .zero {
                let clear = clearFailCount(resource, on: node, reason: "it is removed")
                order(clear, resource, .stop, .ordered)
            }
        }
    }
}
