// SPDX-License-Identifier: GPL-2.0-or-later
// The levels beside configure (crm-configure.md section 13): short names for what the other tools do.
import CIBModel
import ClusterXML
import ConfigurationLanguage

struct CrmLevels {
    let session: CrmSession

    init(_ session: CrmSession) { self.session = session }

    static func commands(of level: CrmSession.Level) -> [String] {
        switch level {
        case .root, .configure: []
        case .resource:
            [
                "status", "start", "stop", "restart", "promote", "demote", "manage", "unmanage", "maintenance", "move",
                "ban", "clear", "cleanup", "refresh", "locate", "operations", "constraints", "param", "meta",
                "utilization", "failcount", "scores", "trace", "untrace",
            ]
        case .node:
            ["show", "standby", "online", "maintenance", "ready", "fence", "clearstate", "delete", "attribute",
                "utilization", "status-attr"]
        case .ra: ["classes", "list", "providers", "info", "validate"]
        case .cib: ["new", "use", "list", "diff", "commit", "reset", "delete"]
        case .corosync: ["show", "get", "status"]
        case .options: ["show", "set"]
        case .template: TemplateLevel.commands
        }
    }

    private static let aliases: [String: String] = [
        "show": "status", "list": "status", "migrate": "move", "unmove": "clear", "unmigrate": "clear",
        "unban": "clear", "reprobe": "refresh",
    ]

    func execute(_ words: [Word]) {
        let level = session.level
        let typed = words[0].text
        let names = Self.commands(of: level)
        let alias = level == .resource ? Self.aliases[typed] : level == .ra && typed == "meta" ? "info" : nil
        let second = level == .node && typed == "list" ? "show" : alias
        guard let name = second ?? session.match(typed, names) else {
            session.report(.error("\(level.rawValue).\(typed): No such command"))
            return
        }
        let arguments = words.dropFirst().map(\.text)
        switch level {
        case .resource: ResourceLevel(session).perform(name, arguments)
        case .node: NodeLevel(session).perform(name, arguments)
        case .ra: AgentLevel(session).perform(name, arguments)
        case .cib: ShadowLevel(session).perform(name, arguments)
        case .corosync: CorosyncLevel(session).perform(name, arguments)
        case .options: OptionsLevel(session).perform(name, arguments)
        case .template: TemplateLevel(session).perform([name] + arguments)
        case .root, .configure: break
        }
    }

    /// Commands of the top level that are no levels.
    func executeAtRoot(_ name: String, _ arguments: [String]) {
        switch name {
        case "status": status(arguments)
        case "verify": verify(arguments)
        default: cluster(arguments)
        }
    }

    private func status(_ words: [String]) {
        let options = [
            "bynode": "-n", "inactive": "-r", "ops": "-o", "timing": "-t", "failcounts": "-f", "verbose": "-V",
            "quiet": "-Q", "html": "--output-as=html", "xml": "--output-as=xml", "simple": "-s", "tickets": "-c",
            "noheaders": "-D", "detail": "-R", "brief": "-b", "full": "-ncrft",
        ]
        var arguments = ["-1", "-r"]
        for word in words {
            guard let name = session.match(word, options.keys.sorted()), let option = options[name] else {
                session.report(.error("status: \(word): unknown argument"))
                return
            }
            arguments.append(option)
        }
        tool("crm_mon", arguments)
        guard !words.contains(where: { $0 == "xml" || $0 == "html" || $0 == "simple" }) else { return }
        showLeftOvers()
    }

    /// Constraints that moves and bans left behind: easily forgotten, and then the cause of surprises.
    private func showLeftOvers() {
        guard let cib = session.configuration()?.original else { return }
        let stored = switch session.store.place {
        case .live: StoredVersions()
        case .file(let path): StoredVersions(file: path)
        }
        let lines = LeftOverConstraints(in: cib, stored: stored).lines
        guard !lines.isEmpty else { return }
        print("\nLeft by moves and bans (remove with: crm resource clear RESOURCE):")
        for line in lines { print("  * \(line)") }
    }

    private func verify(_ words: [String]) {
        guard let configuration = session.configuration() else { return }
        session.level = .configure
        ConfigureLevel(session).verifyAll(configuration)
        session.level = .root
    }

    private func cluster(_ arguments: [String]) {
        switch arguments.first {
        case "status": status([])
        case "start", "stop", "restart", "enable", "disable":
            let status = ProgramRun.interactive("systemctl", [arguments[0], "pacemaker"])
            if status != 0 { session.failed = true }
        default:
            session.report(.error("cluster: expected start, stop, restart, enable, disable or status"))
        }
    }

    /// Runs another role of this program in place.
    func tool(_ role: String, _ arguments: [String]) {
        guard Role.named(role) != nil else { return session.report(.error("\(role) is not part of this program")) }
        let status = dispatch(argv: [role] + arguments)
        if status != 0 { session.failed = true }
    }
}

/// `crm resource`: by way of crm_resource and crm_mon.
struct ResourceLevel {
    let session: CrmSession

    init(_ session: CrmSession) { self.session = session }

    func perform(_ name: String, _ arguments: [String]) {
        let levels = CrmLevels(session)
        guard name == "status" || name == "cleanup" || name == "refresh" || name == "scores" || !arguments.isEmpty else {
            session.report(.error("resource.\(name): Expected at least 1 argument (0 given)"))
            return
        }
        switch name {
        case "status":
            if arguments.isEmpty { return levels.tool("crm_resource", ["--list"]) }
            for id in arguments { levels.tool("crm_resource", ["--resource", id, "--locate"]) }
        case "locate":
            for id in arguments { levels.tool("crm_resource", ["--resource", id, "--locate"]) }
        case "start", "stop":
            for id in arguments { meta(id, "target-role", name == "start" ? "Started" : "Stopped") }
        case "restart": for id in arguments { levels.tool("crm_resource", ["--resource", id, "--restart"]) }
        case "promote", "demote": setRole(arguments[0], promoted: name == "promote")
        case "manage", "unmanage": meta(arguments[0], "is-managed", name == "manage" ? "true" : "false")
        case "maintenance":
            let isOn = arguments.count < 2 || arguments[1] != "off"
            meta(arguments[0], "maintenance", isOn ? "true" : "false")
        case "move", "ban": move(name, arguments)
        case "clear": levels.tool("crm_resource", ["--resource", arguments[0], "--clear"] + node(arguments.dropFirst()))
        case "cleanup", "refresh":
            var words = ["--\(name)"]
            if let id = arguments.first { words += ["--resource", id] }
            levels.tool("crm_resource", words + node(arguments.dropFirst()))
        case "operations": levels.tool("crm_resource", ["--list-all-operations", "--resource", arguments[0]])
        case "constraints": levels.tool("crm_resource", ["--constraints", "--resource", arguments[0]])
        case "scores": levels.tool("crm_simulate", ["-sL"])
        case "failcount": failCount(arguments)
        case "trace", "untrace": trace(arguments, isOn: name == "trace")
        default: attribute(name, arguments)
        }
    }

    private func node(_ words: ArraySlice<String>) -> [String] {
        words.first.map { ["--node", $0] } ?? []
    }

    private func meta(_ id: String, _ name: String, _ value: String) {
        CrmLevels(session).tool(
            "crm_resource", ["--quiet", "--resource", id, "--meta", "--set-parameter", name, "--parameter-value", value])
    }

    /// Under the name that every cluster of the CIB's age understands, as crmsh writes it.
    private func setRole(_ id: String, promoted: Bool) {
        let schema = session.configuration().flatMap { SchemaVersion(name: $0.schema) } ?? .newest
        let usesNewNames = schema >= SchemaVersion(4, 0) || (schema >= SchemaVersion(3, 7) && session.options.setting("core.OCF_1_1_SUPPORT") == "yes")
        let value = usesNewNames ? (promoted ? "Promoted" : "Unpromoted") : promoted ? "Master" : "Slave"
        CrmLevels(session).tool("crm_resource", ["--resource", id, "--meta", "--set-parameter", "target-role", "--parameter-value", value])
    }

    private func move(_ name: String, _ arguments: [String]) {
        var words = Array(arguments.dropFirst())
        let isForced = words.contains("force")
        words.removeAll { $0 == "force" }
        var options = ["--resource", arguments[0], "--\(name)"]
        if let target = words.first { options += ["--node", target] }
        if words.count > 1 { options += ["--lifetime", words[1]] }
        if isForced || session.options.force { options.append("--force") }
        guard name == "ban" || words.first != nil || isForced || session.options.force else {
            return session.report(.error("resource.move: No target node: Move requires either a target node or 'force'"))
        }
        let failedBefore = session.failed
        session.failed = false
        CrmLevels(session).tool("crm_resource", options)
        if !session.failed {
            let place = words.first.map { " to \($0)" } ?? ""
            session.report([
                .info("\(name == "move" ? "Move" : "Ban") constraint created for \(arguments[0])\(place)"),
                .info("Use `crm resource clear \(arguments[0])` to remove this constraint"),
            ])
        }
        session.failed = session.failed || failedBefore
    }

    /// `trace RSC [OP [INTERVAL]]`: lets the agent write down what it does, by the parameter `trace_ra` of its operations.
    private func trace(_ arguments: [String], isOn: Bool) {
        guard let configuration = session.configuration() else { return }
        guard let object = configuration[arguments[0]], object.kind == .primitive else {
            return session.report(.error("resource.trace: \(arguments[0]) is not a primitive"))
        }
        let wanted = arguments.count > 1 ? arguments[1] : nil
        let interval = arguments.count > 2 ? arguments[2] : nil
        let changed = ConfigureLevel(session).change { configuration throws(EditError) in
            try configuration.setTracing(arguments[0], operation: wanted, interval: interval, isOn: isOn)
        }
        guard changed, let edited = session.edited else { return }
        if edited.isChanged { ConfigureLevel(session).commit(isForced: session.options.force, replacing: false) }
        session.edited = nil
        session.report(.info(isOn ? "Trace set for \(arguments[0])" : "Stop tracing \(arguments[0])"))
    }

    private func attribute(_ kind: String, _ arguments: [String]) {
        guard arguments.count >= 3, ["set", "delete", "show"].contains(arguments[1]) else {
            session.report(.error("resource.\(kind): expected RSC (set A V | delete A | show A)"))
            return
        }
        var options = ["--resource", arguments[0]]
        if kind == "meta" { options.append("--meta") }
        if kind == "utilization" { options.append("--utilization") }
        switch arguments[1] {
        case "set" where arguments.count == 4:
            options += ["--set-parameter", arguments[2], "--parameter-value", arguments[3]]
        case "delete": options += ["--delete-parameter", arguments[2]]
        default: options += ["--get-parameter", arguments[2]]
        }
        CrmLevels(session).tool("crm_resource", options)
    }

    private func failCount(_ arguments: [String]) {
        guard arguments.count >= 3 else {
            session.report(.error("resource.failcount: expected RSC (set|delete|show) NODE [VALUE]"))
            return
        }
        var options = ["--resource", arguments[0], "--node", arguments[2]]
        switch arguments[1] {
        case "set": options += ["--update", arguments.count > 3 ? arguments[3] : "0"]
        case "delete": options.append("--delete")
        default: options.append("--query")
        }
        CrmLevels(session).tool("crm_failcount", options)
    }
}

/// `crm node`: by way of crm_attribute, crm_standby, crm_node and stonith_admin.
struct NodeLevel {
    let session: CrmSession

    init(_ session: CrmSession) { self.session = session }

    func perform(_ name: String, _ arguments: [String]) {
        let levels = CrmLevels(session)
        let node = arguments.first
        let target = node.map { ["--node", $0] } ?? []
        switch name {
        case "show": show(node)
        case "standby", "online":
            var options = target + ["--update", name == "standby" ? "on" : "off"]
            if arguments.dropFirst().contains("reboot") { options += ["--lifetime", "reboot"] }
            levels.tool("crm_standby", options)
        case "maintenance", "ready":
            levels.tool(
                "crm_attribute", target + ["--name", "maintenance", "--update", name == "maintenance" ? "true" : "off"])
        case "fence", "clearstate", "delete":
            guard let node else { return session.report(.error("node.\(name): Expected (node), takes exactly 1 arguments (0 given)")) }
            guard session.asks("Do you really want to \(name) \(node)") || session.options.force else {
                session.report(.error("node.\(name): not confirmed", hint: "use -F to confirm"))
                return
            }
            switch name {
            case "fence": levels.tool("stonith_admin", ["--reboot", node])
            case "clearstate": levels.tool("crm_node", ["--remove", node, "--force"])
            default: levels.tool("crm_node", ["--remove", node, "--force"])
            }
        default: attribute(name, arguments)
        }
    }

    private func show(_ node: String?) {
        guard let configuration = session.configuration() else { return }
        for object in configuration.objects(of: .node) where node == nil || node == object.id {
            let id = object.element.id ?? object.id
            print("\(object.id)(\(id)): \(object.element["type"] ?? "member")")
            for set in object.element.elements("instance_attributes") {
                for pair in set.elements("nvpair") { print("\t\(pair["name"] ?? "")=\(pair["value"] ?? "")") }
            }
        }
    }

    private func attribute(_ kind: String, _ arguments: [String]) {
        guard arguments.count >= 3, ["set", "delete", "show"].contains(arguments[1]) else {
            session.report(.error("node.\(kind): expected NODE (set A V | delete A | show A)"))
            return
        }
        var options = ["--node", arguments[0], "--name", arguments[2]]
        if kind == "utilization" { options.append("--utilization") }
        if kind == "status-attr" { options += ["--lifetime", "reboot"] }
        switch arguments[1] {
        case "set" where arguments.count == 4: options += ["--update", arguments[3]]
        case "delete": options.append("--delete")
        default: options.append("--query")
        }
        CrmLevels(session).tool("crm_attribute", options)
    }
}
