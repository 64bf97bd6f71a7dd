// SPDX-License-Identifier: GPL-2.0-or-later
// After the operations of an entry: what state the resource is in on the node (scheduler spec 9.8 step 2).

import CIBModel

extension ClusterState {
    mutating func finishResourceState(_ progress: inout EntryProgress) {
        let (resource, node) = (progress.resource, progress.node)
        noteKnown(resource, node)
        if resources[resource].originalRole > .stopped, !nodes[node].isOnline, !nodes[node].isInMaintenance,
            resources[resource].isManaged
        {
            fenceActiveElsewhere(resource, node)
        }
        let onFail = nodes[node].isUnclean ? OnFail.ignore : progress.onFail
        recover(onFail, resource, node)
        if resources[resource].has(.failed), resources[resource].has(.remoteConnection),
            let remote = self.node(named: resources[resource].id), nodes[remote].isUnclean
        {
            nodes[remote].flags.insert(.seen)
        }
        if resources[resource].originalRole > .stopped {
            if resources[resource].has(.removed) {
                warn("Detected active removed resource \(resources[resource].id) running on \(nodes[node].name)")
            }
            addRunning(resource, node, failed: progress.onFail != .ignore)
            switch onFail {
            case .ignore: break
            case .demote, .block: resources[resource].flags.insert(.failed)
            default: resources[resource].flags.formUnion([.failed, .stopIfFailed])
            }
        } else if resources[resource].historyName?.utf8.contains(UInt8(ascii: ":")) ?? false {
            setHistoryName(nil, of: resource)
        } else {
            for action in allActions(resource, .stop, node: node) { actions[action].flags.insert(.optional) }
        }
        if resources[resource].originalRole == .stopped, !resources[resource].activeNodes.isEmpty,
            resources[resource].partialMigrationSource == node
        {
            resources[resource].originalRole = .started
        }
    }

    private mutating func noteKnown(_ resource: ResourceIndex, _ node: NodeIndex) {
        guard resources[resource].originalRole != .unknown else { return }
        var current: ResourceIndex? = resource
        while let index = current {
            if !resources[index].knownOn.contains(node) { resources[index].knownOn.append(node) }
            if resources[index].has(.unique) { break }
            current = resources[index].parent
        }
    }

    private mutating func fenceActiveElsewhere(_ resource: ResourceIndex, _ node: NodeIndex) {
        let id = resources[resource].id
        var reason = "\(id) is thought to be active there"
        if isGuest(node) {
            resources[resource].flags.formUnion([.failed, .stopIfFailed])
        } else if options.fencingEnabled {
            if isRemoteNode(node), let connection = nodes[node].connection, !resources[connection].has(.failed) {
                nodes[node].flags.remove(.seen)
                reason =
                    "\(id) is active there (fencing will be revoked if remote connection can be re-established elsewhere)"
            }
        } else {
            return
        }
        fence(node, reason: reason)
    }

    private mutating func recover(_ onFail: OnFail, _ resource: ResourceIndex, _ node: NodeIndex) {
        let isActive = resources[resource].originalRole > .stopped
        switch onFail {
        case .ignore: break
        case .demote:
            resources[resource].flags.insert(.failed)
            getAction(resource, .demote, node: node, optional: false)
        case .fence: fence(node, reason: "\(resources[resource].id) failed there")
        case .standby: nodes[node].flags.formUnion([.standby, .failStandby])
        case .block:
            resources[resource].flags.remove(.managed)
            resources[resource].flags.insert(.blocked)
        case .ban: addScore(.minusInfinity, to: resource, node: node)
        case .stop: resources[resource].nextRole = .stopped
        case .restart:
            if isActive {
                resources[resource].flags.formUnion([.failed, .stopIfFailed])
                getAction(resource, .stop, node: node, optional: false)
            }
        case .restartContainer:
            resources[resource].flags.formUnion([.failed, .stopIfFailed])
            if let launcher = resources[resource].launcher {
                if resources[resource].bundle != nil {
                    containersToStop.insert(launcher, at: 0)
                } else {
                    getAction(launcher, .stop, node: node, optional: false)
                }
            } else if isActive {
                getAction(resource, .stop, node: node, optional: false)
            }
        case .resetRemote: resetRemote(resource, node, isActive: isActive)
        }
    }

    private mutating func resetRemote(_ resource: ResourceIndex, _ node: NodeIndex, isActive: Bool) {
        resources[resource].flags.formUnion([.failed, .stopIfFailed])
        if options.fencingEnabled, resources[resource].has(.remoteConnection),
            let remote = self.node(named: resources[resource].id), isRemoteNode(remote),
            !nodes[remote].flags.contains(.remoteFenced)
        {
            fence(remote, reason: "remote connection is unrecoverable")
        }
        if isActive { getAction(resource, .stop, node: node, optional: false) }
        if resources[resource].reconnectIntervalMs != 0 { resources[resource].nextRole = .stopped }
    }

    // MARK: - Add to running

    /// Enters the node in the active list of the resource and of everything above it.
    package mutating func addRunning(_ resource: ResourceIndex, _ node: NodeIndex, failed: Bool) {
        if resources[resource].activeNodes.contains(node) { return }
        resources[resource].activeNodes.append(node)
        if resources[resource].variant == .primitive {
            nodes[node].running.append(resource)
            addPriority(resource, node, failed: failed)
            if nodes[node].isInMaintenance {
                resources[resource].flags.remove(.managed)
                resources[resource].flags.insert(.maintenance)
            }
        }
        if !resources[resource].isManaged {
            addScore(.infinity, to: resource, node: node)
            var ancestor = resources[resource].parent
            while let current = ancestor {
                resources[current].activeNodes.append(node)
                ancestor = resources[current].parent
            }
            return
        }
        if isMultiplyActive(resource) { applyMultipleActive(resource) }
        if let parent = resources[resource].parent { addRunning(parent, node, failed: false) }
    }

    private mutating func addPriority(_ resource: ResourceIndex, _ node: NodeIndex, failed: Bool) {
        guard resources[resource].priority != .zero, !failed else { return }
        let priority = resources[resource].priority.value + (resources[resource].originalRole == .promoted ? 1 : 0)
        func add(_ target: NodeIndex) {
            nodes[target].priority = Int32(clamping: Int64(nodes[target].priority) + Int64(priority))
        }
        add(node)
        if let launcher = nodes[node].connection.flatMap({ resources[$0].launcher }) {
            for host in resources[launcher].activeNodes { add(host) }
        }
    }

    private func isMultiplyActive(_ resource: ResourceIndex) -> Bool {
        guard resources[resource].variant == .primitive, resources[resource].activeNodes.count > 1 else { return false }
        if resources[resource].has(.needsFencing) { return true }
        return resources[resource].activeNodes.count { nodes[$0].isOnline && !nodes[$0].isUnclean } > 1
    }

    private mutating func applyMultipleActive(_ resource: ResourceIndex) {
        switch resources[resource].multipleActive {
        case .stopOnly: banEverywhereAfresh(resource)
        case .block:
            block(resource)
            if let parent = resources[resource].parent,
                resources[parent].variant == .group || resources[parent].variant == .bundle,
                resources[parent].multipleActive == .block
            {
                for sibling in resources[parent].children { block(sibling) }
            }
        case .stopStart, .stopUnexpected: break
        }
    }

    private mutating func block(_ resource: ResourceIndex) {
        resources[resource].flags.remove(.managed)
        resources[resource].flags.insert(.blocked)
    }
}
