// SPDX-License-Identifier: GPL-2.0-or-later
// Cluster options: evaluate the property sets, then give every option its type and default (scheduler spec section 4).

package import CIBModel
import ClusterXML

extension ClusterState {
    mutating func unpackOptions(_ section: XMLElement?) {
        if let section {
            let sets = blocks("cluster_property_set", in: section, first: "cib-bootstrap-options")
            var table = NameValueTable()
            evaluate(sets, RuleInput(now: now), into: &table)
            options.table = table
        }
        options.symmetric = flag("symmetric-cluster", true)
        options.shutdownLock = flag("shutdown-lock", false)
        options.shutdownLockLimitMs = duration("shutdown-lock-limit")
        options.maintenanceMode = flag("maintenance-mode", false)
        options.startFailureIsFatal = flag("start-failure-is-fatal", true)
        options.startupProbes = flag("enable-startup-probes", true)
        options.stopAllResources = flag("stop-all-resources", false)
        options.stopRemovedResources = flag("stop-removed-resources", old: "stop-orphan-resources", true)
        options.cancelRemovedActions = flag("cancel-removed-actions", old: "stop-orphan-actions", true)
        options.nodePendingTimeoutMs = duration("node-pending-timeout")
        options.clusterDelayText = text("cluster-delay", "60s", Scan.isInterval)
        options.batchLimitText = text("batch-limit", "0", Scan.isInteger)
        options.migrationLimitText = text("migration-limit", "-1", Scan.isInteger)
        options.clusterName = options.table["cluster-name"]
        options.placementStrategy = PlacementStrategy(
            rawValue: text("placement-strategy", "default") { PlacementStrategy(rawValue: $0.lowercased()) != nil }.lowercased()) ?? .standard
        unpackFencingOptions()
        unpackHealthOptions()
    }

    private mutating func unpackFencingOptions() {
        options.fencingEnabled = flag("fencing-enabled", old: "stonith-enabled", true)
        options.fencingAction = text("fencing-action", old: "stonith-action", "reboot") {
            ["reboot", "off", "poweroff"].contains($0)
        }
        if options.fencingAction == "poweroff" { options.fencingAction = "off" }
        options.fencingTimeoutText = text("fencing-timeout", old: "stonith-timeout", "60s", Scan.isInterval)
        options.fencingTimeoutMs = Int64(Scan.interval(options.fencingTimeoutText))
        options.haveWatchdog = flag("have-watchdog", false)
        haveFencing = options.haveWatchdog
        options.concurrentFencing = flag("concurrent-fencing", false)
        options.fenceRemoteWithoutQuorum = flag("fence-remote-without-quorum", false)
        options.priorityFencingDelayMs = duration("priority-fencing-delay")
        options.startupFencing = options.fencingEnabled && flag("startup-fencing", true)
        let policy = text("no-quorum-policy", "stop") {
            ["stop", "freeze", "ignore", "demote", "fence", "suicide"].contains($0)
        }
        configuredQuorumPolicy = policy == "fence" ? .fence : (NoQuorumPolicy(rawValue: policy) ?? .stop)
        options.noQuorumPolicy = configuredQuorumPolicy
        if configuredQuorumPolicy == .fence, !(options.fencingEnabled && (haveQuorum || noQuorumPanic)) {
            if !options.fencingEnabled {
                error("Resetting no-quorum-policy to 'stop' because fencing is disabled")
            }
            options.noQuorumPolicy = .stop
        }
    }

    private mutating func unpackHealthOptions() {
        let strategy = text("node-health-strategy", "none") { HealthStrategy(rawValue: $0) != nil }
        options.healthStrategy = HealthStrategy(rawValue: strategy) ?? .none
        options.healthBase = score("node-health-base", .zero)
        switch options.healthStrategy {
        case .none:
            (options.healthGreen, options.healthYellow, options.healthRed) = (.zero, .zero, .zero)
        case .migrateOnRed:
            (options.healthGreen, options.healthYellow, options.healthRed) = (.zero, .zero, .minusInfinity)
        case .onlyGreen:
            (options.healthGreen, options.healthYellow, options.healthRed) = (.zero, .minusInfinity, .minusInfinity)
        case .progressive, .custom:
            options.healthGreen = score("node-health-green", .zero)
            options.healthYellow = score("node-health-yellow", .zero)
            options.healthRed = score("node-health-red", .minusInfinity)
        }
    }

    /// A score as node attributes write it: also the three colours of node health (1.1).
    package func healthScore(_ text: String) -> Score? {
        switch text.lowercased() {
        case "red": options.healthRed
        case "yellow": options.healthYellow
        case "green": options.healthGreen
        default: Score(parsing: text)
        }
    }

    /// Health of a node as people see it: its worst `#health…` attribute (26.3). Green without a strategy.
    func shownHealth(_ node: NodeIndex) -> NodeHealth {
        if options.healthStrategy == .none { return .green }
        var worst = NodeHealth.green
        for entry in nodes[node].attributes.entries where entry.name.hasPrefix("#health") {
            if entry.value.lowercased() == "yellow" {
                worst = .yellow
                continue
            }
            // Other colours count by their scores: where red is scored like green, green nodes are red.
            guard let score = healthScore(entry.value) else { continue }
            if score <= options.healthRed { return .red }
            if options.healthYellow != options.healthGreen, score <= options.healthYellow { worst = .yellow }
        }
        return worst
    }

    /// A valid text, or the default with a remark.
    private mutating func text(_ name: String, old: String? = nil, _ fallback: String, _ isValid: (String) -> Bool) -> String {
        guard let value = options.table[name] ?? old.flatMap({ options.table[$0] }) else { return fallback }
        if isValid(value) { return value }
        error("Using default value '\(fallback)' for cluster option '\(name)' because '\(value)' is invalid")
        return fallback
    }

    private mutating func flag(_ name: String, old: String? = nil, _ fallback: Bool) -> Bool {
        Scan.isTrue(text(name, old: old, fallback ? "true" : "false") { Scan.boolean($0) != nil })
    }

    /// Milliseconds of an option, at most what 32 bits hold (49 days).
    private mutating func duration(_ name: String) -> Int64 {
        Int64(Scan.interval(text(name, "0") { text in Scan.duration(text) != nil || text.hasPrefix("P") }))
    }

    private mutating func score(_ name: String, _ fallback: Score) -> Score {
        Score(parsing: text(name, fallback.description) { Score(parsing: $0) != nil }) ?? fallback
    }
}
