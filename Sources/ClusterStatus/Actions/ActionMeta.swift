// SPDX-License-Identifier: GPL-2.0-or-later
// Meta-attributes of operations, and what a failure of one leads to (scheduler spec 8.4, 8.5).

package import CIBModel
import ClusterXML

extension ClusterState {
    /// The meta-attributes of an operation, with interval, timeout and start delay in milliseconds (8.4).
    /// - Parameters:
    ///   - operation: position among the resource's operations, nil for one that is not configured.
    ///   - node: for parameters that decide a timeout.
    package mutating func operationMeta(
        _ r: ResourceIndex, task: String, interval: UInt32, operation: Int?, node: NodeIndex?
    ) -> NameValueTable {
        var table = NameValueTable()
        var input = RuleInput(now: now)
        input.standard = resources[r].agent?.standard
        input.provider = resources[r].agent?.provider
        input.type = resources[r].agent?.type
        input.operationName = task
        input.operationIntervalMs = interval
        if let operation, resources[r].operations.indices.contains(operation) {
            evaluate(resources[r].operations[operation].metaBlocks, input, into: &table)
            for attribute in resources[r].operations[operation].xml.attributes { table[attribute.name] = attribute.value }
        }
        let isProbe = task == "monitor" && interval == 0
        if isProbe, table["timeout"] == nil, let timeout = fastestMonitorTimeout(r) { table["timeout"] = timeout }
        if !operationDefaults.isEmpty { evaluate(operationDefaults, input, into: &table) }
        table.remove("id")
        table["interval"] = interval > 0 ? String(interval) : nil
        if resources[r].flags.contains(.fenceDevice), isProbe || task == "start" {
            if let timeout = parameters(of: r, on: node)["pcmk_monitor_timeout"] { table["timeout"] = timeout }
        }
        let timeout = table["timeout"].flatMap(Scan.duration) ?? 0
        table["timeout"] = timeout > 0 ? String(min(timeout, Int64(Int32.max))) : "20000"
        validateOnFail(r, task, operation, &table)
        normalizeStartDelay(interval, &table)
        return table
    }

    /// `timeout` of the enabled recurring monitor with the smallest interval.
    private func fastestMonitorTimeout(_ r: ResourceIndex) -> String? {
        var best: Int?
        for (position, operation) in resources[r].operations.enumerated()
        where operation.name == "monitor" && operation.intervalMs > 0 && operation.intervalMs < .max && operation.isEnabled {
            if let current = best, resources[r].operations[current].intervalMs <= operation.intervalMs { continue }
            best = position
        }
        return best.flatMap { resources[r].operations[$0].timeoutText }
    }

    private mutating func validateOnFail(_ r: ResourceIndex, _ task: String, _ operation: Int?, _ table: inout NameValueTable) {
        let value = table["on-fail"]
        if task == "stop", let value, ["standby", "demote", "stop"].contains(value.lowercased()) {
            error("Resetting 'on-fail' for \(resources[r].id) stop action to default value because '\(value)' is not allowed for stop")
            return table.remove("on-fail")
        }
        if task == "demote", value == nil {
            for monitor in resources[r].operations
            where monitor.name == "monitor" && monitor.role == .promoted && monitor.intervalMs > 0 && monitor.isEnabled {
                if let text = monitor.onFailText, !Compare.equalIgnoringCase(text, "demote") { table["on-fail"] = text }  // the last one wins [Q5]
            }
            return
        }
        if task == "lrm_delete" {
            table["on-fail"] = "ignore"
            return
        }
        guard Compare.equalIgnoringCase(value, "demote") else { return }
        let configured = operation.flatMap { resources[r].operations.indices.contains($0) ? resources[r].operations[$0] : nil }
        let isPromotedMonitor = configured.map { $0.name == "monitor" && $0.role == .promoted && $0.intervalMs > 0 } ?? false
        guard configured?.name != "promote", !isPromotedMonitor else { return }
        error("Resetting 'on-fail' for \(resources[r].id) \(task) action to default value because 'demote' is not allowed for it")
        table.remove("on-fail")
    }

    private func normalizeStartDelay(_ interval: UInt32, _ table: inout NameValueTable) {
        if let text = table["start-delay"] {
            table["start-delay"] = String(min(max(Scan.duration(text) ?? 0, 0), Int64(Int32.max)))
        } else if let text = table["interval-origin"], interval > 0, let origin = try? Timestamp(parsing: text, now: now) {
            // Rounded to the nearest second, and one at least.
            let seconds = max((Int64(interval) + 500) / 1000, 1)
            let rest = (now.epoch - origin.epoch) % seconds
            table["start-delay"] = String((rest <= 0 ? -rest : seconds - rest) * 1000)
        }
    }

    // MARK: Failures

    /// What a failure of an operation leads to, and the role after it (8.5).
    package mutating func onFail(
        of r: ResourceIndex, task: TaskName, interval: UInt32, node: NodeIndex?
    ) -> (OnFail, failRole: ResourceRole) {
        let name = actions.tasks.name(of: task)
        let operation = configuredOperation(r, task: task, interval: interval)
        let meta = operationMeta(r, task: name, interval: interval, operation: operation, node: node)
        let response = onFail(of: r, task: task, interval: interval, text: meta["on-fail"])
        if response == .stop || (response == .resetRemote && resources[r].reconnectIntervalMs > 0) { return (response, .stopped) }
        return (response, task == .promote ? .unpromoted : .started)
    }

    /// Whether the node of a connection is one: the section of nodes may have declared it a cluster node.
    private func connectsRemoteNode(_ connection: ResourceIndex) -> Bool {
        node(named: resources[connection].id).map(isRemoteNode) ?? false
    }

    private mutating func onFail(of r: ResourceIndex, task: TaskName, interval: UInt32, text: String?) -> OnFail {
        let hasLauncher = resources[r].launcher != nil
        let isRemoteNodeConnection = resources[r].flags.contains(.remoteConnection) && !hasLauncher && connectsRemoteNode(r)
        let isProbeOrStart = task == .start || (task == .monitor && interval == 0)
        var explicit: OnFail?
        switch text?.lowercased() {
        case nil: break
        case "block": explicit = .block
        case "fence":
            explicit = .fence
            if !options.fencingEnabled {
                error("Resetting 'on-fail' for \(resources[r].id) to 'stop' because 'fence' is not valid when fencing is disabled")
                explicit = .stop
            }
        case "standby": explicit = .standby
        case "ignore", "nothing": explicit = .ignore
        case "migrate": explicit = .ban
        case "stop": explicit = .stop
        case "restart": explicit = .restart
        case "restart-container": explicit = hasLauncher ? .restartContainer : nil
        case "demote": explicit = .demote
        case .some: error("Using default on-fail for \(resources[r].id) because '\(text ?? "")' is not valid")
        }
        let isUnmanagedConnection = isRemoteNodeConnection && !isProbeOrStart && !resources[r].isManaged
        if let explicit, !isUnmanagedConnection { return explicit }
        if hasLauncher { return .restartContainer }
        if isRemoteNodeConnection, !isProbeOrStart { return resources[r].isManaged ? .resetRemote : .stop }
        if task == .stop { return options.fencingEnabled ? .fence : .block }
        return .restart
    }
}
