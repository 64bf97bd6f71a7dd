// SPDX-License-Identifier: GPL-2.0-or-later
// Meta-attributes, operations and flags of one resource (scheduler spec 7.3, 7.4, 7.7).

import CIBModel
import ClusterXML

extension ClusterState {
    private func ruleInput(_ index: ResourceIndex) -> RuleInput {
        var input = RuleInput(now: now)
        input.standard = resources[index].xml["class"]
        input.provider = resources[index].xml["provider"]
        input.type = resources[index].xml["type"]
        return input
    }

    /// Collects meta-attributes; the first value found wins (7.3).
    mutating func readMeta(_ index: ResourceIndex) {
        var table = NameValueTable()
        func isDefault(_ value: String) -> Bool { Compare.ignoringCase(value, "#default") == 0 }
        let element = resources[index].xml
        for attribute in element.attributes where !isDefault(attribute.value) {
            table.setIfAbsent(attribute.name, attribute.value)
        }
        let input = ruleInput(index)
        evaluate(blocks("meta_attributes", in: element), input, into: &table)
        // By itself, so that a default that is asked for there takes nothing away from what the resource itself says.
        var inherited = NameValueTable()
        var ancestor = resources[index].parent
        while let current = ancestor {
            evaluate(blocks("meta_attributes", in: resources[current].xml), input, into: &inherited)
            ancestor = resources[current].parent
        }
        for entry in inherited.entries { table.setIfAbsent(entry.name, entry.value) }
        evaluate(resourceDefaults, input, into: &table)
        if let parent = resources[index].parent {
            for entry in resources[parent].meta.entries where !isDefault(entry.value) {
                table.setIfAbsent(entry.name, entry.value)
            }
        }
        resources[index].meta = table
    }

    /// Reads the `op` elements.
    mutating func readOperations(_ index: ResourceIndex) {
        if let model = firstInstance(like: index) {
            resources[index].operations = resources[model].operations
            return
        }
        guard let operations = resources[index].xml.first("operations") else { return }
        let source = operations["id-ref"].flatMap { references.find("operations", $0) } ?? operations
        var result: ContiguousArray<ConfiguredOperation> = []
        for written in source.elements("op") {
            let element = written["id-ref"].flatMap { references.find("op", $0) } ?? written
            result.append(
                ConfiguredOperation(
                    id: element.id, name: element["name"] ?? "", intervalMs: Scan.interval(element["interval"]),
                    intervalText: element["interval"], roleText: element["role"],
                    role: ResourceRole(parsing: element["role"]), onFailText: element["on-fail"],
                    timeoutText: element["timeout"], isEnabled: element["enabled"].flatMap(Scan.boolean) ?? true,
                    xml: element, metaBlocks: blocks("meta_attributes", in: element),
                    parameterBlocks: blocks("instance_attributes", in: element)))
        }
        resources[index].operations = result
    }

    /// Whether what an action of the resource is like may change with time. The timeouts of fence devices may stand among
    /// their parameters.
    private func operationsLookAtTime(_ index: ResourceIndex, isFenceDevice: Bool) -> Bool {
        let looks = { (block: NameValueBlock) in block.rule?.looksAtTime ?? false }
        if operationDefaults.contains(where: looks) { return true }
        if resources[index].operations.contains(where: { $0.metaBlocks.contains(where: looks) }) { return true }
        var current: ResourceIndex? = isFenceDevice ? index : nil
        while let ancestor = current {
            if resources[ancestor].parameterBlocks.contains(where: looks) { return true }
            current = resources[ancestor].parent
        }
        return false
    }

    /// Flags and typed settings that follow from the meta-attributes.
    mutating func applySettings(_ index: ResourceIndex) {
        let meta = resources[index].meta
        var flags = resources[index].flags
        if let agent = resources[index].agent {
            if agent.standard == "stonith" { flags.insert(.fenceDevice) }
            if agent.standard == "ocf", agent.provider == "pacemaker", agent.type == "remote" { flags.insert(.remoteConnection) }
        }
        if Scan.isTrue(meta["notify"]) { flags.insert(.notify) }
        if meta["critical"].map({ Scan.isTrue($0) }) ?? true { flags.insert(.critical) }
        if Scan.isTrue(meta["allow-unhealthy-nodes"]) { flags.insert(.allowUnhealthyNodes) }
        if Scan.isTrue(meta["internal_rsc"]) { flags.insert(.isInternal) }
        if meta["container-attribute-target"] == "host" { flags.insert(.attributesFromHost) }
        let isRemoteNode = flags.contains(.remoteConnection) && meta["container"] == nil
        if let migrate = meta["allow-migrate"] {
            if Scan.isTrue(migrate) { flags.insert(.migratable) }
        } else if isRemoteNode {
            flags.insert(.migratable)
        }
        if operationsLookAtTime(index, isFenceDevice: flags.contains(.fenceDevice)) { flags.insert(.timedOperations) }
        applyManagement(meta, &flags)
        applyCloneFlags(index, meta, &flags)
        resources[index].flags = flags
        applyRequirement(index, meta["requires"])
        applyNumbers(index, meta)
        applyTargetRole(index, meta["target-role"])
        if isRemoteNode, let interval = parameters(of: index, on: nil)["reconnect_interval"] {
            let milliseconds = Int64(Scan.interval(interval))
            resources[index].reconnectIntervalMs = milliseconds
            resources[index].failureTimeoutMs = milliseconds
        }
    }

    private func applyManagement(_ meta: NameValueTable, _ flags: inout ResourceFlags) {
        flags.insert(.managed)
        if options.maintenanceMode {
            flags.remove(.managed)
            flags.insert(.maintenance)
            return
        }
        // What is no truth value, and not the old word "default", leaves the resource alone.
        if let managed = meta["is-managed"], !Compare.equalIgnoringCase(managed, "default"), !Scan.isTrue(managed) { flags.remove(.managed) }
        if Scan.isTrue(meta["maintenance"]) {
            flags.remove(.managed)
            flags.insert(.maintenance)
        }
    }

    private func applyCloneFlags(_ index: ResourceIndex, _ meta: NameValueTable, _ flags: inout ResourceFlags) {
        guard resources[resources[index].top].variant == .clone else {
            flags.insert(.unique)
            return
        }
        // A number of more than 32 bits is none here.
        let allowsSeveral = meta["clone-node-max"].flatMap(Scan.integer).map { $0 > 1 && $0 <= Int64(Int32.max) } ?? false
        let unique = meta["globally-unique"].map(Scan.isTrue) ?? allowsSeveral
        if unique { flags.insert(.unique) }
        if Scan.isTrue(meta["promotable"]) { flags.insert(.promotable) }
    }

    private mutating func applyRequirement(_ index: ResourceIndex, _ text: String?) {
        let isDevice = resources[index].has(.fenceDevice)
        let isConnection = resources[index].has(.remoteConnection)
        var value = text?.lowercased()
        if let given = value, !["nothing", "quorum", "fencing", "unfencing"].contains(given) {
            error("Invalid value for requires: \(given) for \(resources[index].id)")
            value = nil
        }
        if value == "fencing", !options.fencingEnabled {
            warn("\(resources[index].id) requires fencing but fencing is disabled")
        }
        if value == nil {
            if isDevice || isConnection {
                value = "quorum"
            } else if unfencingEnabled {
                value = "unfencing"
            } else if options.fencingEnabled {
                value = "fencing"
            } else {
                value = configuredQuorumPolicy == .ignore ? "nothing" : "quorum"
            }
        }
        // Holds for the default, too: one resource that asks for unfencing makes all others ask.
        if value == "unfencing", isDevice || !options.fencingEnabled {
            warn("Resetting \"requires\" for \(resources[index].id) to \"quorum\" because unfencing is not possible for it")
            value = "quorum"
        }
        switch value {
        case "fencing":
            resources[index].requires = .fencing
            resources[index].flags.insert(.needsFencing)
        case "unfencing":
            resources[index].requires = .fencing
            resources[index].flags.formUnion([.needsFencing, .needsUnfencing])
        case "quorum":
            resources[index].requires = .quorum
            resources[index].flags.insert(.needsQuorum)
        default: resources[index].requires = .nothing
        }
    }

    private mutating func applyNumbers(_ index: ResourceIndex, _ meta: NameValueTable) {
        resources[index].priority = meta["priority"].flatMap { Score(parsing: $0) } ?? .zero
        // A clone hands a default of 1 to its instances; its own stays 0 (seen where anti-colocations ask for it).
        resources[index].stickiness = meta["resource-stickiness"].flatMap { Score(parsing: $0) } ?? .zero
        if let text = meta["migration-threshold"] {
            let threshold = Score(parsing: text) ?? .infinity
            if threshold < .zero { warn("migration-threshold of \(resources[index].id) must be non-negative, using INFINITY instead") }
            resources[index].migrationThreshold = threshold < .zero ? .infinity : threshold
        }
        if let text = meta["failure-timeout"] {
            resources[index].failureTimeoutMs = Int64(Scan.interval(text))
        }
        switch meta["multiple-active"]?.lowercased() {
        case "block": resources[index].multipleActive = .block
        case "stop_only": resources[index].multipleActive = .stopOnly
        case "stop_unexpected": resources[index].multipleActive = .stopUnexpected
        case nil, "stop_start": resources[index].multipleActive = .stopStart
        case let other?:
            warn("\(other) is not a valid value for multiple-active of \(resources[index].id), using default of stop_start")
            resources[index].multipleActive = .stopStart
        }
    }

    private mutating func applyTargetRole(_ index: ResourceIndex, _ text: String?) {
        guard let text else { return }
        let role = ResourceRole(parsing: text)
        let id = resources[index].id
        if role == .unknown {
            if text.lowercased() != "unknown" { error("Ignoring 'target-role' for \(id) because '\(text)' is not valid") }
            return
        }
        if role > .started, !resources[resources[index].top].has(.promotable) {
            error("Ignoring 'target-role' for \(id) because '\(text)' only makes sense for promotable clones")
            return
        }
        resources[index].targetRole = role
        // Started and Promoted are no limits.
        if role == .stopped || role == .unpromoted { resources[index].nextRole = role }
    }

    /// The role `target-role` limits the resource to; nil without limit (7.4).
    package func limitingRole(_ index: ResourceIndex) -> ResourceRole? {
        let role = resources[index].targetRole
        return role == .stopped || role == .unpromoted ? role : nil
    }
}
