// SPDX-License-Identifier: GPL-2.0-or-later
// The names that 3.0 took out of use and what becomes of each (spec: cib-schema section 3, step B).

/// One row: a name, perhaps with some values only, and its fate.
struct OldName {
    var name: String
    /// The new name; nil when the pair is dropped.
    var becomes: String?
    /// Where the pair goes, in the words of the messages; nil when it stays.
    var movesTo: String?
    /// Values (or operations) the row is for; empty means all others.
    var cases: [String] = []
    /// The value is taken off this prefix, when it has it and no comma.
    var prefix: String?
    var value: String?
    var advice: String?
    var severity: UpgradeNote.Severity?

    init(
        _ name: String, _ becomes: String?, to movesTo: String? = nil, in cases: [String] = [], prefix: String? = nil,
        value: String? = nil, advice: String? = nil, severity: UpgradeNote.Severity? = nil
    ) {
        self.name = name
        self.becomes = becomes
        self.movesTo = movesTo
        self.cases = cases
        self.prefix = prefix
        self.value = value
        self.advice = advice
        self.severity = severity
    }

    /// The messages that tell about it.
    /// - Parameters:
    ///   - subject: the kind of thing, for example `Cluster properties`.
    ///   - place: ids that lead there.
    func notes(_ subject: String, _ place: String) -> [UpgradeNote] {
        var text = "\(subject): \(place): "
        if let becomes {
            if let movesTo { text += "moving \(name) under \(movesTo)" } else { text += (becomes == name ? "keeping " : "renaming ") + name }
            text += " as \(becomes)"
            if movesTo != nil { text += " unless already defined there" }
        } else {
            text += "dropping \(name)"
        }
        if let value { text += ", redefined as \(value)" + (cases.isEmpty ? "" : ",") }
        if !cases.isEmpty { text += " for matching " + cases.joined(separator: "|") }
        if let prefix { text += " for matching \(prefix) prefix that will, meanwhile, get dropped" }
        let severity = severity ?? (advice == nil ? .debug : .info)
        var notes = [UpgradeNote(severity: severity, text: text)]
        if let advice { notes.append(UpgradeNote(severity: severity, text: "\(subject): ... \(advice)")) }
        return notes
    }
}

/// Rows for one place of the configuration.
struct OldNames {
    var subject: String
    var rows: [OldName]

    /// The row for a name with this value (or of this operation): a row with cases wins over one without.
    func row(_ name: String, _ text: String) -> OldName? {
        let candidates = rows.filter { $0.name == name }
        return candidates.first { $0.cases.contains(text) }
            ?? candidates.first { row in row.prefix.map { text.hasPrefix($0) && !text.contains(",") } ?? false }
            ?? candidates.first { $0.cases.isEmpty && $0.prefix == nil }
    }

    static let properties = OldNames(subject: "Cluster properties", rows: [
        OldName(
            "cluster-infrastructure", nil, in: ["heartbeat", "openais", "classic openais", "classic openais (with plugin)", "cman"],
            advice: "corosync (2+) infrastructure can be used instead, though the value is not of significance"),
        OldName("default-action-timeout", "timeout", to: "op_defaults"),
        OldName("default_action_timeout", "timeout", to: "op_defaults"),
        OldName("default-resource-stickiness", "resource-stickiness", to: "rsc_defaults"),
        OldName("default_resource_stickiness", "resource-stickiness", to: "rsc_defaults"),
        OldName("is-managed-default", "is-managed", to: "rsc_defaults"),
        OldName("is_managed_default", "is-managed", to: "rsc_defaults"),
        OldName("default-migration-threshold", nil, advice: thresholdAdvice),
        OldName("default_migration_threshold", nil, advice: thresholdAdvice),
        OldName("default-resource-failure-stickiness", "migration-threshold", to: "rsc_defaults", in: ["-INFINITY"], value: "1"),
        OldName("default-resource-failure-stickiness", nil, advice: thresholdAdvice),
        OldName("default_resource_failure_stickiness", "migration-threshold", to: "rsc_defaults", in: ["-INFINITY"], value: "1"),
        OldName("default_resource_failure_stickiness", nil, advice: thresholdAdvice),
        OldName("expected-quorum-votes", nil, advice: "corosync (2+) infrastructure tracks quorum on its own"),
        OldName("notification-agent", nil, advice: "standalone alerts can be configured instead"),
        OldName("notification-recipient", nil, advice: "standalone alerts can be configured instead"),
        OldName("transition_idle_timeout", "cluster-delay"),
    ] + [
        "cluster_recheck_interval", "dc_deadtime", "election_timeout", "no_quorum_policy", "remove_after_stop",
        "shutdown_escalation", "startup_fencing", "stonith_action", "stonith_enabled", "stop_orphan_actions",
        "stop_orphan_resources", "symmetric_cluster",
    ].map { OldName($0, dashed($0)) })

    static let resourceParameters = OldNames(subject: "Resource instance_attributes", rows: [
        OldName("pcmk_arg_map", nil), OldName("pcmk_arg_map", "pcmk_host_argument", prefix: "port:"),
    ] + ["list", "monitor", "off", "on", "reboot", "status"].map { OldName("pcmk_\($0)_cmd", "pcmk_\($0)_action") })

    static let resourceMeta = OldNames(
        subject: "Resource meta_attributes",
        rows: ["isolation", "isolation-host", "isolation-instance", "isolation-wrapper"].map {
            OldName(
                $0, "target-role", value: "Stopped",
                advice: "i.e. resource at hand disabled; isolation wrappers obsoleted with bundle resources", severity: .warning)
        } + ["resource-failure-stickiness", "resource_failure_stickiness"].flatMap {
            [
                OldName($0, "migration-threshold", in: ["-INFINITY"], value: "1"),
                OldName($0, nil, advice: "migration-threshold can be configured instead"),
            ]
        })

    /// What operations may require is a matter of their resource; cases are names of operations.
    static let operationMeta = OldNames(subject: "Resources-operation", rows: requires(movesTo: "meta_attributes"))
    static let operationParameters = OldNames(
        subject: "Resources-operation instance_attributes",
        rows: requires(movesTo: "per-resource-meta_attributes")
            + ["interval-origin", "start-delay", "enabled", "on-fail", "record-pending", "role", "timeout"].map {
                OldName($0, $0, to: "meta_attributes")
            })

    private static func requires(movesTo place: String) -> [OldName] {
        [
            OldName("requires", nil, advice: "only start/promote operation taken into account"),
            OldName("requires", "requires", to: place, in: ["start", "promote"]),
        ]
    }

    private static let thresholdAdvice = "migration-threshold in rsc_defaults can be configured instead"

    private static func dashed(_ name: String) -> String {
        String(decoding: name.utf8.map { $0 == UInt8(ascii: "_") ? UInt8(ascii: "-") : $0 }, as: UTF8.self)
    }
}
