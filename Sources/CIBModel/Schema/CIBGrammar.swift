// SPDX-License-Identifier: GPL-2.0-or-later
// The grammar of the CIB for every version, from one description (spec: cib-schema sections 1, 2, 4 and 6).
// This file holds the document, sets of name-value pairs and rules; CIBGrammarSections holds the sections.
package import ClusterXML

/// Builds the grammar of one version. Every condition on `version` is one row of the table of versions.
package struct CIBGrammar: Sendable {
    let version: SchemaVersion

    package init(_ version: SchemaVersion) {
        self.version = version
    }

    /// The grammar of the whole document.
    package var grammar: Grammar { version == .newest ? Self.newest : made() }

    /// Every CIB that is read is checked against the newest version: that grammar is made once and never taken apart again.
    private static let newest = CIBGrammar(.newest).made()

    private func made() -> Grammar {
        var definitions: [String: GrammarPattern] = [:]
        for (name, pattern) in namedPatterns { definitions[name] = pattern }
        return Grammar(start: document, definitions: definitions)
    }

    /// Whether this version is at least major.minor.
    func since(_ major: Int, _ minor: Int) -> Bool { version >= SchemaVersion(major, minor) }
    /// Whether this version is older than major.minor.
    func until(_ major: Int, _ minor: Int) -> Bool { version < SchemaVersion(major, minor) }

    private var namedPatterns: [(String, GrammarPattern)] {
        [
            ("rule", rule), ("expression", expression), ("date_expression", dateExpression),
            ("rsc_expression", element("rsc_expression", id, optional("class"), optional("provider"), optional("type"))),
            ("op_expression", element("op_expression", id, required("name"), optional("interval"))),
            ("nvpair", nvpair(named: required("name"))), ("property", property),
            ("resource_meta_pair", nvpair(named: required("name", except(forbiddenResourceMeta)))),
            ("resource_parameter_pair", nvpair(named: required("name", except(forbiddenParameters)))),
            ("op_meta_pair", nvpair(named: required("name", except(forbiddenOpMeta)))),
            ("op_parameter_pair", nvpair(named: required("name", except(forbiddenOpParameters)))),
            ("primitive", primitive), ("group", group), ("resource_set", resourceSet), ("lifetime", lifetime),
            ("acl_rule", aclRuleOfVersion1),
        ]
    }

    private var document: GrammarPattern {
        let names = ["none"] + SchemaVersion.all.map(\.name)
        let header: [GrammarPattern] = [
            optional("validate-with", .oneOf(names)), required("admin_epoch", .nonNegativeInteger),
            required("epoch", .nonNegativeInteger), required("num_updates", .nonNegativeInteger),
            optional("crm_feature_set"), optional("remote-tls-port", .nonNegativeInteger),
            optional("remote-clear-port", .nonNegativeInteger), optional("have-quorum", .boolean), optional("dc-uuid"),
            optional("cib-last-written"), optional("no-quorum-panic", .boolean),
        ]
        let writer = since(1, 2) ? ["update-origin", "update-client", "update-user", "execution-date"] : []
        let body: [GrammarPattern] = [configuration, .optional(.element("status", .anything))]
        return .element("cib", .sequence(header + writer.map { optional($0) } + body))
    }

    private var configuration: GrammarPattern {
        var sections: [GrammarPattern] = [
            crmConfig, .optional(rscDefaults), .optional(opDefaults), nodes, resources, constraints,
        ]
        if since(1, 2) { sections += [.optional(fencingTopology), .optional(acls)] }
        if since(1, 3) { sections.append(.optional(tags)) }
        if since(2, 5) { sections.append(.optional(alerts)) }
        return .element("configuration", .interleave(sections))
    }

    // MARK: Sets of name-value pairs

    /// The content of a set: a reference, or an id with at most one rule, a score and pairs of the given kind.
    func nvset(_ name: String, pairs: String = "nvpair") -> GrammarPattern {
        let own: GrammarPattern = .interleave([
            .optional(.named("rule")), .zeroOrMore(.named(pairs)), optional("score", .score),
        ])
        return .element(name, .choice([required("id-ref", .reference), .sequence([id, own])]))
    }

    private func nvpair(named name: GrammarPattern) -> GrammarPattern {
        pair(definition: .sequence([name, since(4, 0) ? required("value") : optional("value")]))
    }

    /// From 1.3 a pair may refer to another one; until 3.10 it could rename it, too.
    private func pair(definition: GrammarPattern) -> GrammarPattern {
        let own: GrammarPattern = .sequence([id, definition])
        if until(1, 3) { return .element("nvpair", own) }
        let reference = required("id-ref", .reference)
        let other: GrammarPattern = since(4, 0) ? reference : .sequence([reference, optional("name")])
        return .element("nvpair", .choice([other, own]))
    }

    /// A cluster property, with the names that the version took out of use.
    private var property: GrammarPattern {
        if since(4, 0) {
            let withdrawn = [
                "crmd-finalization-timeout", "crmd-integration-timeout", "crmd-transition-delay", "remove-after-stop",
            ]
            return pair(definition: .choice([
                .sequence([required("name", .oneOf(["stonith-action"])), required("value", .noneOf(["poweroff"]))]),
                .sequence([required("name", .noneOf(["stonith-action"] + withdrawn)), required("value")]),
            ]))
        }
        guard since(3, 0) else { return nvpair(named: required("name")) }
        let withdrawnStacks = ["heartbeat", "openais", "classic openais", "classic openais (with plugin)", "cman"]
        return pair(definition: .choice([
            .sequence([required("name", .oneOf(["cluster-infrastructure"])), required("value", .noneOf(withdrawnStacks))]),
            .sequence([
                required("name", .noneOf(["cluster-infrastructure"] + CIBGrammar.propertiesWithdrawnIn3)), optional("value"),
            ]),
        ]))
    }

    /// Old spellings of properties that 3.0 rejects; the upgrade step renames or drops them.
    static let propertiesWithdrawnIn3 = [
        "cluster_recheck_interval", "dc_deadtime", "default-action-timeout", "default_action_timeout",
        "default-migration-threshold", "default_migration_threshold", "default-resource-failure-stickiness",
        "default_resource_failure_stickiness", "default-resource-stickiness", "default_resource_stickiness",
        "election_timeout", "expected-quorum-votes", "is-managed-default", "is_managed_default", "no_quorum_policy",
        "notification-agent", "notification-recipient", "remove_after_stop", "shutdown_escalation", "startup_fencing",
        "stonith_action", "stonith_enabled", "stop_orphan_actions", "stop_orphan_resources", "symmetric_cluster",
        "transition_idle_timeout",
    ]
    private var forbiddenResourceMeta: [String] {
        since(4, 0) ? ["restart-type"]
            : since(3, 0) ? ["isolation", "isolation-host", "isolation-instance", "isolation-wrapper"] : []
    }
    private var forbiddenOpMeta: [String] {
        since(4, 0) ? ["can_fail", "role_after_failure"] : since(3, 0) ? ["requires"] : []
    }
    /// 3.0 alone forbade some names here; 3.1 took that back.
    private var forbiddenParameters: [String] {
        guard version == SchemaVersion(3, 0) else { return [] }
        return ["pcmk_arg_map"] + ["list", "monitor", "off", "on", "reboot", "status"].map { "pcmk_\($0)_cmd" }
    }
    private var forbiddenOpParameters: [String] {
        guard version == SchemaVersion(3, 0) else { return [] }
        return ["interval-origin", "start-delay", "enabled", "on-fail", "record-pending", "role", "timeout", "requires"]
    }

    // MARK: Rules

    private var rule: GrammarPattern {
        let score: GrammarPattern = .choice([required("score", .score), required("score-attribute")])
        var parts: [GrammarPattern] = [.named("expression"), .named("date_expression"), .named("rule")]
        if since(3, 4) { parts += [.named("rsc_expression"), .named("op_expression")] }
        let own: GrammarPattern = .sequence([
            id, since(3, 9) ? .optional(score) : score, optional("boolean-op", .oneOf(["or", "and"])), optional("role"),
            .oneOrMore(.choice(parts)),
        ])
        return .element("rule", .choice([required("id-ref", .reference), own]))
    }

    private var expression: GrammarPattern {
        let operations = ["lt", "gt", "lte", "gte", "eq", "ne", "defined", "not_defined"]
        let types = since(3, 5) ? ["string", "integer", "number", "version"] : ["string", "number", "version"]
        var parts = [
            id, required("attribute"), required("operation", .oneOf(operations)), optional("value"),
            optional("type", .oneOf(types)),
        ]
        if since(2, 9) { parts.append(optional("value-source", .oneOf(["literal", "param", "meta"]))) }
        return .element("expression", .sequence(parts))
    }

    private var dateExpression: GrammarPattern {
        func operation(_ name: String) -> GrammarPattern { required("operation", .oneOf([name])) }
        let start = required("start")
        let end = required("end")
        let range: GrammarPattern =
            since(3, 9)
            ? .sequence([.choice([start, end, .sequence([start, end])]), .optional(duration)])
            : .choice([.sequence([optional("start"), end]), .sequence([start, duration])])
        return .element("date_expression", .sequence([
            id,
            .choice([
                .sequence([operation("in_range"), range]), .sequence([operation("gt"), start]),
                .sequence([operation("lt"), end]), .sequence([operation("date_spec"), dateSpec]),
            ]),
        ]))
    }

    /// Until 3.8 durations and date specifications shared one list of units.
    private static let sharedUnits = [
        "hours", "monthdays", "weekdays", "yearsdays", "months", "weeks", "years", "weekyears", "moon",
    ]

    private var duration: GrammarPattern {
        units("duration", since(3, 9) ? CIBGrammar.sharedUnits + ["days", "minutes", "seconds"] : CIBGrammar.sharedUnits)
    }

    private var dateSpec: GrammarPattern {
        let names = since(3, 9) ? CIBGrammar.sharedUnits + ["minutes", "seconds", "yeardays"] : CIBGrammar.sharedUnits
        return units("date_spec", names.filter { $0 != "moon" || until(4, 0) })
    }

    private func units(_ name: String, _ names: [String]) -> GrammarPattern {
        .element(name, .interleave([id] + names.map { optional($0) }))
    }

    // MARK: Shorthand

    var id: GrammarPattern { .attribute("id", .id) }

    func required(_ name: String, _ type: GrammarType = .text) -> GrammarPattern { .attribute(name, type) }

    func optional(_ name: String, _ type: GrammarType = .text) -> GrammarPattern { .optional(.attribute(name, type)) }

    /// Any text but these words.
    func except(_ words: [String]) -> GrammarType { words.isEmpty ? .text : .noneOf(words) }

    func element(_ name: String, _ parts: GrammarPattern...) -> GrammarPattern { .element(name, .sequence(parts)) }

    func anyOf(_ parts: GrammarPattern...) -> GrammarPattern { .zeroOrMore(.choice(parts)) }
}
