// SPDX-License-Identifier: GPL-2.0-or-later
// The sections of the configuration in the grammar of the CIB (spec: cib-schema sections 2, 4.2 and 6).
import ClusterXML

extension CIBGrammar {
    var crmConfig: GrammarPattern { section("crm_config", nvset("cluster_property_set", pairs: "property")) }

    var rscDefaults: GrammarPattern {
        section("rsc_defaults", nvset("meta_attributes", pairs: since(4, 0) ? "resource_meta_pair" : "nvpair"))
    }

    var opDefaults: GrammarPattern {
        section("op_defaults", nvset("meta_attributes", pairs: since(4, 0) ? "op_meta_pair" : "nvpair"))
    }

    var nodes: GrammarPattern {
        var types = ["member"]
        if until(3, 0) { types.append("normal") }
        if until(4, 0) { types.append("ping") }
        if since(1, 3) { types.append("remote") }
        let head = [required("id"), required("uname"), optional("description")]
        if until(1, 2) {
            let sets: GrammarPattern = .zeroOrMore(nvset("instance_attributes"))
            return section("nodes", .element("node", .sequence(head + [required("type", .oneOf(types)), sets])))
        }
        let tail = [
            optional("type", .oneOf(types)), optional("score", .score),
            anyOf(nvset("instance_attributes"), nvset("utilization")),
        ]
        return section("nodes", .element("node", .sequence(head + tail)))
    }

    private func section(_ name: String, _ item: GrammarPattern) -> GrammarPattern { .element(name, .zeroOrMore(item)) }

    // MARK: Resources

    var resources: GrammarPattern {
        var kinds: [GrammarPattern] = [.named("primitive"), .named("group"), instances("clone")]
        if until(4, 0) { kinds.append(instances("master")) }
        if since(1, 2) { kinds.append(template) }
        if since(2, 8) { kinds.append(bundle) }
        return .element("resources", .zeroOrMore(.choice(kinds)))
    }

    var primitive: GrammarPattern {
        var kind: GrammarPattern = .sequence([agentClass(ofTemplate: false), required("type")])
        if since(1, 2) { kind = .choice([kind, required("template", .reference)]) }
        return .element("primitive", .interleave([id, kind, optional("description")] + primitiveContent))
    }

    private var template: GrammarPattern {
        .element("template", .interleave(
            [id, agentClass(ofTemplate: true), required("type"), optional("description")] + primitiveContent))
    }

    private var primitiveContent: [GrammarPattern] {
        let parameters = nvset("instance_attributes", pairs: "resource_parameter_pair")
        let sets: GrammarPattern = anyOf(nvset("meta_attributes", pairs: "resource_meta_pair"), parameters)
        let operations = element("operations", optional("id", .id), optional("id-ref", .reference), .zeroOrMore(operation))
        return [sets, .optional(operations)] + (since(1, 2) ? [.zeroOrMore(nvset("utilization"))] : [])
    }

    /// Templates got the newer classes only with 2.7.
    private func agentClass(ofTemplate: Bool) -> GrammarPattern {
        var classes = ["lsb", "heartbeat", "stonith"]
        if until(4, 0) { classes.append("upstart") }
        if since(2, 7) || (since(1, 2) && !ofTemplate) {
            classes += ["service", "systemd"]
            if until(4, 0) { classes.append("nagios") }
        }
        return .choice([
            .sequence([required("class", .oneOf(["ocf"])), required("provider")]), required("class", .oneOf(classes)),
        ])
    }

    private var operation: GrammarPattern {
        var reactions = ["ignore", "block", "stop", "restart", "standby", "fence"]
        if since(1, 2) { reactions.append("restart-container") }
        if since(3, 4) { reactions.append("demote") }
        var parts: [GrammarPattern] = [
            id, required("name"), required("interval"), optional("description"),
            .optional(.choice([required("start-delay"), required("interval-origin")])), optional("timeout"),
            optional("enabled", .boolean), optional("record-pending", .boolean), optional("role", .oneOf(roles)),
            optional("on-fail", .oneOf(reactions)),
        ]
        if until(3, 0) {
            let needs = ["nothing", "quorum", "fencing"] + (since(1, 3) ? ["unfencing"] : [])
            parts.append(optional("requires", .oneOf(needs)))
        }
        parts.append(
            anyOf(
                nvset("meta_attributes", pairs: "op_meta_pair"), nvset("instance_attributes", pairs: "op_parameter_pair")))
        return .element("op", .sequence(parts))
    }

    /// Sets of groups, clones and bundles. Only 4.0 restricts names here.
    private var collectiveSets: GrammarPattern {
        anyOf(
            nvset("meta_attributes", pairs: since(4, 0) ? "resource_meta_pair" : "nvpair"), nvset("instance_attributes"))
    }

    var group: GrammarPattern {
        element(
            "group", id, optional("description"), .interleave([collectiveSets, .oneOrMore(.named("primitive"))]))
    }

    private func instances(_ name: String) -> GrammarPattern {
        element(
            name, id, optional("description"),
            .interleave([collectiveSets, .choice([.named("primitive"), .named("group")])]))
    }

    private var bundle: GrammarPattern {
        var engines = ["docker"]
        if since(2, 10), until(4, 0) { engines.append("rkt") }
        if since(3, 2) { engines.append("podman") }
        var networkParts = [
            optional("ip-range-start"), optional("control-port", .integer), optional("host-interface"),
            optional("host-netmask", .integer),
        ]
        if since(3, 0) { networkParts.append(optional("add-host", .boolean)) }
        let port: GrammarPattern = .choice([
            .sequence([required("port", .integer), optional("internal-port", .integer)]),
            required("range", .digitsAndHyphens),
        ])
        networkParts.append(.zeroOrMore(element("port-mapping", id, port)))
        let source: GrammarPattern = .choice([required("source-dir"), required("source-dir-root")])
        let mapping = element("storage-mapping", id, source, required("target-dir"), optional("options"))
        return .element("bundle", .interleave([
            id, optional("description"), collectiveSets, .choice(engines.map(container)),
            .optional(.element("network", .sequence(networkParts))),
            .optional(.element("storage", .zeroOrMore(mapping))), .optional(.named("primitive")),
        ]))
    }

    private func container(_ engine: String) -> GrammarPattern {
        let promoted: GrammarPattern =
            if since(4, 0) {
                optional("promoted-max", .integer)
            } else if since(3, 0) {
                .optional(.choice([required("masters", .integer), required("promoted-max", .integer)]))
            } else {
                optional("masters", .integer)
            }
        return element(
            engine, required("image"), optional("replicas", .integer), optional("replicas-per-host", .integer), promoted,
            optional("run-command"), optional("network"), optional("options"))
    }

    // MARK: Constraints

    private var roles: [String] {
        ["Stopped", "Started", "Master", "Slave"] + (since(3, 7) ? ["Promoted", "Unpromoted"] : [])
    }
    private var actions: [String] { ["start", "promote", "demote", "stop"] }
    private var scoreOrKind: GrammarPattern {
        .choice([required("score", .score), required("kind", .oneOf(["Optional", "Mandatory", "Serialize"]))])
    }

    var constraints: GrammarPattern {
        .element("constraints", .zeroOrMore(.choice([location, colocation, order] + (since(1, 2) ? [ticket] : []))))
    }

    var lifetime: GrammarPattern { .element("lifetime", .oneOrMore(.named("rule"))) }

    private var optionalLifetime: GrammarPattern { until(4, 0) ? .optional(.named("lifetime")) : .empty }

    private var location: GrammarPattern {
        var subject = required("rsc", .reference)
        if since(2, 6) { subject = .choice([subject, required("rsc-pattern")]) }
        if since(1, 2) {
            subject = .choice([
                .sequence([subject, optional("role", .oneOf(roles))]), .oneOrMore(.named("resource_set")),
            ])
        }
        let rules: GrammarPattern = since(4, 0) ? .named("rule") : .oneOrMore(.named("rule"))
        let place: GrammarPattern = .choice([.sequence([required("score", .score), required("node")]), rules])
        let discovery = since(2, 2) ? optional("resource-discovery", .oneOf(["always", "never", "exclusive"])) : .empty
        return element("rsc_location", id, subject, place, optionalLifetime, discovery)
    }

    var resourceSet: GrammarPattern {
        var parts = [id, optional("sequential", .boolean)]
        if since(1, 2) { parts.append(optional("require-all", .boolean)) }
        if since(2, 1) { parts.append(optional("ordering", .oneOf(["group", "listed"]))) }
        parts += [optional("action", .oneOf(actions)), optional("role", .oneOf(roles))]
        parts.append(since(3, 0) ? .optional(scoreOrKind) : optional("score", .score))
        parts.append(.oneOrMore(element("resource_ref", required("id", .reference))))
        return .element("resource_set", .choice([required("id-ref", .reference), .sequence(parts)]))
    }

    private var colocation: GrammarPattern {
        let score: GrammarPattern =
            since(3, 0)
            ? required("score", .score)
            : .choice([required("score", .score), required("score-attribute"), required("score-attribute-mangle")])
        let pair: GrammarPattern = .sequence([
            required("rsc", .reference), required("with-rsc", .reference), optional("node-attribute"),
            optional("rsc-role", .oneOf(roles)), optional("with-rsc-role", .oneOf(roles)),
        ])
        return element(
            "rsc_colocation", id, .optional(score), since(3, 6) ? optional("influence") : .empty, optionalLifetime,
            .choice([.oneOrMore(.named("resource_set")), pair]))
    }

    private var order: GrammarPattern {
        let pair: GrammarPattern = .sequence([
            required("first", .reference), required("then", .reference), optional("first-action", .oneOf(actions)),
            optional("then-action", .oneOf(actions)),
        ])
        return element(
            "rsc_order", id, optionalLifetime, optional("symmetrical", .boolean),
            since(2, 3) ? optional("require-all", .boolean) : .empty, .optional(scoreOrKind),
            .choice([.oneOrMore(.named("resource_set")), pair]))
    }

    private var ticket: GrammarPattern {
        let one: GrammarPattern = .sequence([required("rsc", .reference), optional("rsc-role", .oneOf(roles))])
        return element(
            "rsc_ticket", id, .choice([.oneOrMore(.named("resource_set")), one]), required("ticket"),
            optional("loss-policy", .oneOf(["stop", "demote", "fence", "freeze"])))
    }

    // MARK: Fencing, access, tags, alerts

    var fencingTopology: GrammarPattern {
        var targets = [required("target"), required("target-pattern")]
        if since(2, 4) { targets.append(.sequence([required("target-attribute"), required("target-value")])) }
        let index: GrammarType = since(4, 0) ? .oneOf((1...9).map(String.init)) : .positiveInteger
        return section(
            "fencing-topology",
            element("fencing-level", id, .choice(targets), required("index", index), required("devices", .nameList)))
    }

    var acls: GrammarPattern {
        if until(2, 0) {
            let references: GrammarPattern = .zeroOrMore(element("role_ref", required("id", .reference)))
            let user = element("acl_user", id, .choice([references, .zeroOrMore(.named("acl_rule"))]))
            return .element("acls", anyOf(user, element("acl_role", id, .zeroOrMore(.named("acl_rule")))))
        }
        let name = since(3, 8) ? optional("name") : .empty
        let references: GrammarPattern = .zeroOrMore(element("role", required("id", .reference)))
        let subject: GrammarPattern = .choice([
            required("xpath"), required("reference", .reference),
            .sequence([required("object-type"), optional("attribute")]),
        ])
        let permission = element(
            "acl_permission", id, required("kind", .oneOf(["read", "write", "deny"])), subject, optional("description"))
        return .element("acls", anyOf(
            element("acl_target", required("id"), name, references), element("acl_group", id, name, references),
            element("acl_role", id, optional("description"), .zeroOrMore(permission))))
    }

    /// `read`, `write` and `deny` of the access lists before 2.0.
    var aclRuleOfVersion1: GrammarPattern {
        let reference = required("ref", .reference)
        let subject: GrammarPattern = .choice([
            required("tag"), reference, .sequence([required("tag"), reference]), required("xpath"),
        ])
        return .choice(["read", "write", "deny"].map { element($0, id, subject, optional("attribute")) })
    }

    var tags: GrammarPattern {
        let target: GrammarType = since(3, 3) ? .text : .reference
        return section("tags", element("tag", id, .oneOrMore(element("obj_ref", required("id", target)))))
    }

    var alerts: GrammarPattern {
        let sets = anyOf(nvset("meta_attributes"), nvset("instance_attributes"))
        let recipients: GrammarPattern = .zeroOrMore(
            element("recipient", id, optional("description"), required("value"), sets))
        let content: GrammarPattern =
            since(2, 10) ? .interleave([sets, .optional(select), recipients]) : .sequence([sets, recipients])
        return section("alerts", element("alert", id, optional("description"), required("path"), content))
    }

    private var select: GrammarPattern {
        let attributes = section("select_attributes", element("attribute", id, required("name")))
        let kinds = ["select_fencing", "select_nodes", "select_resources"].map {
            GrammarPattern.optional(.element($0, .empty))
        }
        return .element("select", .interleave([.optional(attributes)] + kinds))
    }
}
