// SPDX-License-Identifier: GPL-2.0-or-later
// Has the configuration of a resource changed since an operation was run? Told by digests of its parameters (spec 14.3).

import CIBModel
import ClusterXML

/// How the digests in an operation's history compare with the configuration.
package enum DigestVerdict: Sendable {
    case match
    /// Something changed that a reload can take over, if the agent can reload.
    case mismatch
    /// Something changed that takes a restart.
    case restart
    /// The history has no digest.
    case unknown
}

/// Calculated digests of an operation's parameters.
package struct OperationDigests: Sendable {
    package var all: String
    package var restart: String?
    /// Without private parameters.
    package var secure: String?
    /// The last comparison. It begins as `.restart` if a one-off operation has instance attributes of its own: any change of
    /// its parameters means a restart then.
    package var verdict: DigestVerdict
}

/// Whose digests are calculated once: several results of one operation on a node are compared with those that were made for the
/// first of them, and a restart found for one stays until another matches (14.3).
package struct DigestKey: Hashable, Sendable {
    package var resource: ResourceIndex
    package var node: NodeIndex
    package var task: String
    /// Milliseconds.
    package var interval: UInt32
}

extension ClusterState {
    /// Compares an operation of the history with the configuration.
    package mutating func digestVerdict(
        of operation: OperationReference, resource: ResourceIndex, node: NodeIndex
    ) -> DigestVerdict {
        compareDigests(of: operation, resource, on: node).verdict
    }

    /// Compares an operation of the history with the configuration.
    /// - Returns: the verdict, and whether nothing but private parameters changed (seen in simulations only).
    package mutating func compareDigests(
        of operation: OperationReference, _ r: ResourceIndex, on node: NodeIndex
    ) -> (verdict: DigestVerdict, onlyPrivate: Bool) {
        let result = history[Int(operation.entry)].operations[Int(operation.operation)]
        let isShared = isOneOfSeveral(operation)
        let key = DigestKey(resource: r, node: node, task: result.taskName, interval: result.intervalMs)
        var digests = (isShared ? sharedDigests[key] : nil) ?? operationDigests(r, result, on: node, isShared: isShared)
        if let calculated = digests.restart, result.restartDigestIsVoid || result.restartDigest.map({ $0 != calculated }) ?? false {
            digests.verdict = .restart
        } else if let recorded = result.digest {
            if recorded == digests.all {
                digests.verdict = .match
            } else if result.intervalMs > 0 || digests.verdict != .restart {
                digests.verdict = .mismatch
            }
        } else {
            digests.verdict = .unknown
        }
        if isShared { sharedDigests[key] = digests }
        let onlyPrivate = isSimulation && digests.verdict != .match && digests.secure.map { $0 == result.secureDigest } ?? false
        return (digests.verdict, onlyPrivate)
    }

    /// Whether the entry has another result of the same operation, a failure beside the last result mostly.
    private func isOneOfSeveral(_ operation: OperationReference) -> Bool {
        let results = history[Int(operation.entry)].operations
        let this = results[Int(operation.operation)]
        return results.count { $0.intervalMs == this.intervalMs && $0.task == this.task && $0.taskName == this.taskName } > 1
    }

    /// - Parameter isShared: whether other results of the operation are compared with these digests, too.
    private mutating func operationDigests(
        _ r: ResourceIndex, _ result: OperationResult, on node: NodeIndex, isShared: Bool
    ) -> OperationDigests {
        let task = actions.tasks.task(named: result.taskName)
        let operation = configuredOperation(r, task: task, interval: result.intervalMs)
        let all = digestParameters(r, task, result.intervalMs, operation, on: node)
        let hasOwnParameters = operation.map { !ownParameters(r, $0, on: node).isEmpty } ?? false
        var digests = OperationDigests(
            all: digest(all), restart: nil, secure: nil, verdict: result.intervalMs == 0 && hasOwnParameters ? .restart : .match)
        if result.restartDigest != nil || result.restartDigestIsVoid {
            if let names = result.forceRestart {
                digests.restart = digest(all.filter { Self.lists(names, $0.name) })
            } else {
                digests.restart = digests.all
            }
        }
        if isSimulation, isShared || result.secureDigest != nil { digests.secure = secureDigest(r, all, result, on: node) }
        return digests
    }

    /// Names in history attributes stand between blanks.
    static func lists(_ names: String, _ name: String) -> Bool {
        names.split(separator: " ").contains { $0 == name }
    }

    /// All parameters of an operation that count for digests, in no particular order.
    mutating func digestParameters(
        _ r: ResourceIndex, _ task: TaskName, _ interval: UInt32, _ operation: Int?, on node: NodeIndex
    ) -> [NameValueTable.Entry] {
        var table = parameters(of: r, on: node)
        if let address = connectionAddress(of: r) { table["addr"] = address }
        if let operation {
            for entry in ownParameters(r, operation, on: node).entries { table.setIfAbsent(entry.name, entry.value) }
        }
        var entries = table.entries.filter { Self.countsForDigest($0.name) }
        if interval > 0 {
            let name = actions.tasks.name(of: task)
            let meta = operationMeta(r, task: name, interval: interval, operation: operation, node: node)
            if let timeout = meta["timeout"] { entries.append(.init(name: "CRM_meta_timeout", value: timeout)) }
        }
        return Array(entries)
    }

    /// The instance attributes of a configured operation itself.
    private mutating func ownParameters(_ r: ResourceIndex, _ operation: Int, on node: NodeIndex) -> NameValueTable {
        var table = NameValueTable()
        if resources[r].operations[operation].parameterBlocks.isEmpty { return table }
        var input = RuleInput(now: now)
        input.nodeAttributes = nodes[node].attributes
        evaluate(resources[r].operations[operation].parameterBlocks, input, into: &table)
        return table
    }

    static func countsForDigest(_ name: String) -> Bool {
        switch name {
        case "id", "crm_feature_set", "op-digest", "on_node", "on_node_uuid", "pcmk_external_ip": false
        default: !name.hasPrefix("CRM_meta_")
        }
    }

    func digest(_ entries: [NameValueTable.Entry]) -> String {
        var attributes = entries.map { XMLAttribute($0.name, $0.value) }
        attributes.sort { Compare.precedes($0.name, $1.name) }
        return Digest.ofParameters(attributes)
    }

    private mutating func secureDigest(
        _ r: ResourceIndex, _ all: [NameValueTable.Entry], _ result: OperationResult, on node: NodeIndex
    ) -> String {
        let names = result.secureParameters
        return secureDigest(r, all, on: node, featureSet: result.featureSet) { name in names.map { Self.lists($0, name) } ?? false }
    }

    /// Digest without private parameters and, even of recurring operations, without the timeout. Before feature set 3.16.0 only
    /// the resource's own parameters counted; an operation that does not tell its feature set has that of the CIB.
    private mutating func secureDigest(
        _ r: ResourceIndex, _ all: [NameValueTable.Entry], on node: NodeIndex, featureSet: String?,
        isPrivate: (String) -> Bool
    ) -> String {
        var entries = all
        if let version = featureSet ?? cib["crm_feature_set"], Compare.versions(version, "3.16.0") < 0 {
            entries = parameters(of: r, on: node).entries.filter { Self.countsForDigest($0.name) }
            if resources[r].flags.contains(.fenceDevice) { entries.removeAll { Self.isFencingParameter($0.name) } }
        }
        entries.removeAll { isPrivate($0.name) || $0.name == "CRM_meta_timeout" }
        return digest(entries)
    }

    /// Parameters the fencer itself reads, of whatever agent: `pcmk_` and a fixed word, or `pcmk_ACTION_` and what is to be done
    /// differently for that action.
    static func isFencingParameter(_ name: String) -> Bool {
        if name == "provides" || name == "stonith-timeout" { return true }
        guard name.hasPrefix("pcmk_") else { return false }
        let word = name.dropFirst(5)
        switch word {
        case "action_limit", "delay_base", "delay_max", "host_argument", "host_check", "host_list", "host_map": return true
        default: break
        }
        guard let underscore = word.firstIndex(of: "_") else { return false }
        return ["_action", "_timeout", "_retries"].contains(word[underscore...])
    }

    /// The address of a bundle's connection whose configuration says `#uname`: the host of its container.
    package func connectionAddress(of r: ResourceIndex) -> String? {
        guard resources[r].flags.contains(.addressIsHostName), let container = resources[r].launcher else { return nil }
        let host = resources[container].assigned ?? resources[container].activeNodes.first
        return host.map { nodes[$0].name }
    }

    // MARK: Fence devices

    /// Records the digests of all devices that unfence in a fencing operation (21.2).
    /// - Returns: whether a device changed since it unfenced the node.
    mutating func addDeviceDigests(_ action: ActionIndex, _ node: NodeIndex) -> Bool {
        var all = ""
        var secure = ""
        var changed = false
        for device in unfencingDevices() {
            let entries = digestParameters(device, .unknown, 0, nil, on: node)
            let allDigest = digest(entries)
            let secureDigest = secureDigest(device, entries, on: node, featureSet: nil) {
                ["passwd", "password", "user"].contains($0)
            }
            let prefix = "\(resources[device].id):\(resources[device].agent?.type ?? ""):"
            all += "\(prefix)\(allDigest),"
            secure += "\(prefix)\(secureDigest),"
            // A node without record was never unfenced by a device: that is no change of a definition.
            guard let known = nodes[node].attributes["#digests-all"] else { continue }
            if Self.summary(known, has: prefix + allDigest) { continue }
            if Self.summary(nodes[node].attributes["#digests-secure"], has: prefix + secureDigest) {
                inform("Only 'private' parameters to \(resources[device].id) for unfencing \(nodes[node].name) changed")
                continue
            }
            changed = true
            if isSimulation {
                let summary = prefix + secureDigest
                inform("Parameters to \(resources[device].id) for unfencing \(nodes[node].name) changed, try '\(summary)'")
            }
            inform("notice: Unfencing node \(nodes[node].name) because the definition of \(resources[device].id) changed")
        }
        actions.setMeta(action, "digests-all", all)
        actions.setMeta(action, "digests-secure", secure)
        return changed
    }

    private static func summary(_ list: String?, has entry: String) -> Bool {
        list?.split(separator: ",").contains { $0 == entry } ?? false
    }

    /// Fence devices that unfence, the last of the resource list first.
    private func unfencingDevices() -> [ResourceIndex] {
        var found: [ResourceIndex] = []
        func collect(_ r: ResourceIndex) {
            if !resources[r].children.isEmpty {
                for child in resources[r].children { collect(child) }
            } else if resources[r].flags.contains(.fenceDevice) {
                let provides = resources[r].meta["provides"]
                if resources[r].flags.contains(.needsUnfencing) || provides?.lowercased() == "unfencing" { found.append(r) }
            }
        }
        for r in topLevel { collect(r) }
        return found.reversed()
    }
}
