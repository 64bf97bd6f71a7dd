// SPDX-License-Identifier: GPL-2.0-or-later
// The cluster properties that exist, with their defaults (Pacemaker 2.1 and 3.0), and spellings that are gone.

package enum ClusterProperties {
    /// Name and default of every property; nil where none is set by default.
    package static let known: [(name: String, defaultValue: String?)] = [
        ("dc-version", "none"), ("cluster-infrastructure", "corosync"), ("cluster-name", nil), ("last-lrm-refresh", nil),
        ("dc-deadtime", "20s"), ("cluster-recheck-interval", "15min"), ("load-threshold", "80%"),
        ("node-action-limit", "0"), ("fence-reaction", "stop"), ("election-timeout", "2min"),
        ("shutdown-escalation", "20min"), ("crmd-integration-timeout", "3min"),
        ("crmd-finalization-timeout", "30min"), ("crmd-transition-delay", "0s"),
        ("join-integration-timeout", "3min"), ("join-finalization-timeout", "30min"), ("transition-delay", "0s"),
        ("stonith-watchdog-timeout", "0"), ("stonith-max-attempts", "10"), ("no-quorum-policy", "stop"),
        ("shutdown-lock", "false"), ("shutdown-lock-limit", "0"), ("symmetric-cluster", "true"),
        ("maintenance-mode", "false"), ("start-failure-is-fatal", "true"), ("enable-startup-probes", "true"),
        ("stonith-enabled", "true"), ("stonith-action", "reboot"), ("stonith-timeout", "60s"),
        ("have-watchdog", "false"), ("concurrent-fencing", "true"), ("startup-fencing", "true"),
        ("priority-fencing-delay", "0"), ("node-pending-timeout", "0"), ("cluster-delay", "60s"),
        ("batch-limit", "0"), ("migration-limit", "-1"), ("stop-all-resources", "false"),
        ("stop-orphan-resources", "true"), ("stop-orphan-actions", "true"), ("remove-after-stop", "false"),
        ("pe-error-series-max", "-1"), ("pe-warn-series-max", "5000"), ("pe-input-series-max", "4000"),
        ("node-health-strategy", "none"), ("node-health-base", "0"), ("node-health-green", "0"),
        ("node-health-yellow", "0"), ("node-health-red", "-INFINITY"), ("placement-strategy", "default"),
        ("enable-acl", "false"), ("cluster-ipc-limit", "500"),
        // New names beside the old ones.
        ("fencing-enabled", "true"), ("fencing-action", "reboot"), ("fencing-timeout", "60s"),
        ("fencing-max-attempts", "10"), ("fencing-watchdog-timeout", "0"), ("fencing-reaction", "stop"),
    ]

    package static func defaultValue(_ name: String) -> String? {
        known.first { $0.name == name }?.defaultValue
    }

    static func isKnown(_ name: String) -> Bool { known.contains { $0.name == name } }

    /// The new spelling of a property that was renamed.
    static func renamed(_ name: String) -> String? {
        let dashed = String(name.map { $0 == "_" ? "-" : $0 })
        if dashed != name, isKnown(dashed) { return dashed }
        return Spelling.nearest(to: name, among: known.map(\.name))
    }
}
