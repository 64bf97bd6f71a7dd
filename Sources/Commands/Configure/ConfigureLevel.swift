// SPDX-License-Identifier: GPL-2.0-or-later
// The commands of `crm configure` (crm-configure.md section 7).
import ClusterXML
import ConfigurationLanguage
import Glibc

struct ConfigureLevel {
    let session: CrmSession

    init(_ session: CrmSession) { self.session = session }

    static let statementNames =
        ObjectKind.allCases.map(\.rawValue).filter { $0 != "ms" && $0 != "user" } + ["monitor", "xml"]
    static let otherNames = [
        "show", "edit", "filter", "delete", "rename", "modgroup", "set", "default-timeouts", "get-property", "load",
        "save", "commit", "verify", "validate-all", "erase", "refresh", "upgrade", "schema", "ptest", "simulate",
        "graph", "rsctest", "plan", "diff", "history", "revert", "confirm", "cib", "template", "ra",
    ]
    static let commandNames = statementNames + otherNames
    /// Accepted without a remark.
    static let aliases = [
        "rm": "delete", "get_property": "get-property", "resource": "primitive", "collocation": "colocation",
        "master": "ms", "ms": "ms", "user": "user", "default_timeouts": "default-timeouts",
        "fencing-topology": "fencing_topology", "validate_all": "validate-all",
    ]

    func execute(_ words: [Word]) {
        let typed = words[0].text
        guard let name = Self.aliases[typed] ?? session.match(typed, Self.commandNames) else {
            let known = Self.commandNames + Self.aliases.keys.sorted()
            session.report(
                .error(
                    "configure.\(typed): No such command",
                    hint: Spelling.nearest(to: typed, among: known).map { "did you mean \"\($0)\"?" }))
            return
        }
        guard let configuration = session.configuration() else { return }
        if ObjectKind.of(keyword: name) != nil || name == "monitor" || name == "xml" {
            var statement = Statement(words: words)
            statement.words[0].text = name
            create(statement)
            return
        }
        perform(name, words.dropFirst().map(\.text), configuration)
    }

    private func perform(_ name: String, _ arguments: [String], _ configuration: Configuration) {
        switch name {
        case "show": show(arguments, configuration)
        case "save": save(arguments, configuration)
        case "edit": edit(arguments, configuration)
        case "filter": filter(arguments, configuration)
        case "delete": delete(arguments, configuration)
        case "rename":
            guard checkCount(name, "(old_id new_id)", arguments, 2) else { return }
            change { configuration throws(EditError) in try configuration.rename(arguments[0], to: arguments[1]) }
        case "modgroup": modgroup(arguments)
        case "set":
            guard checkCount(name, "(path value)", arguments, 2) else { return }
            change { configuration throws(EditError) in
                try configuration.setValue(arguments[0], to: arguments[1])
                return []
            }
        case "default-timeouts": defaultTimeouts(arguments, configuration)
        case "get-property": getProperty(arguments, configuration)
        case "load": load(arguments)
        case "commit": commit(arguments)
        case "verify": verifyAll(configuration)
        case "validate-all": validateAll(arguments, configuration)
        case "erase": erase(arguments)
        case "refresh":
            session.edited = nil
        case "upgrade": upgrade(arguments, configuration)
        case "schema": schema(arguments, configuration)
        case "rsctest": resourceTest(arguments, configuration)
        case "cib", "ra", "template": session.perform(arguments, at: CrmSession.Level(rawValue: name) ?? .cib)
        default: ConfigurePlans(session).perform(name, arguments, configuration)
        }
    }

    /// Reports a wrong number of arguments.
    func checkCount(_ name: String, _ expected: String, _ arguments: [String], _ count: Int) -> Bool {
        guard arguments.count != count else { return true }
        fail(name, "Expected \(expected), takes exactly \(count) arguments (\(arguments.count) given)")
        return false
    }

    func fail(_ command: String, _ text: String, hint: String? = nil) {
        session.report(.error("configure.\(command): \(text)", hint: hint))
    }

    // MARK: changes

    /// Changes the edited configuration; on an error it stays as it was.
    @discardableResult
    func change(
        source: MessagePrinter.Source? = nil,
        _ operation: (inout Configuration) throws(EditError) -> [Message]
    ) -> Bool {
        guard var configuration = session.configuration() else { return false }
        do throws(EditError) {
            let messages = try operation(&configuration)
            session.report(messages, source: source)
            session.edited = configuration
            return true
        } catch {
            session.report(error.messages, source: source)
            return false
        }
    }

    private func create(_ statement: Statement) {
        let parser = StatementParser(agents: session.agents.installed, isTyped: true)
        var parsed: ParsedStatement
        do throws(SyntaxError) {
            parsed = try parser.parse(statement)
        } catch {
            session.report(error.messages)
            return
        }
        if parsed.kind == .ms, !parsed.addsOperation {
            session.report(
                .warning("\"ms\" is deprecated. Please use \"clone \(parsed.id) RSC … meta promotable=true\""))
        }
        parsed = corrected(parsed)
        change { configuration throws(EditError) in try configuration.create(parsed) }
    }

    /// Parameter names with `-` that the agent knows with `_`.
    private func corrected(_ parsed: ParsedStatement) -> ParsedStatement {
        var result = parsed
        let needsAgent = parsed.element.elements("instance_attributes").contains { set in
            set.elements("nvpair").contains { ($0["name"] ?? "").utf8.contains(UInt8(ascii: "-")) }
        }
        guard needsAgent, let name = AgentName(of: parsed.element), case .metadata(let metadata) = session.agents.answer(name)
        else { return result }
        result.correctParameterNames(metadata)
        return result
    }

    private func delete(_ arguments: [String], _ configuration: Configuration) {
        let isForced = arguments.contains { $0 == "-f" || $0 == "--force" }
        let ids = arguments.filter { $0 != "-f" && $0 != "--force" }
        guard !ids.isEmpty else { return fail("delete", "Expected at least 1 argument (0 given)", hint: "name the objects to delete") }
        let force = session.options.force
        if !force, !isForced, !session.isPlanning {
            let running = RunningResources.names(in: configuration, session.store)
            let refused = ids.filter(running.contains)
            guard refused.isEmpty else {
                session.report(refused.map { .error("resource \($0) is running, can't delete it", hint: "stop it first, or use -f") })
                return
            }
        }
        change { configuration throws(EditError) in try configuration.delete(ids, ignoringMissing: force) }
    }

    private func modgroup(_ arguments: [String]) {
        guard arguments.count >= 3 else {
            return fail("modgroup", "Expected (group_id subcmd prim_id), takes at least 3 arguments (\(arguments.count) given)")
        }
        let (group, command, member) = (arguments[0], arguments[1], arguments[2])
        switch command {
        case "add":
            var place = Configuration.GroupPlace.end
            if arguments.count > 3 {
                guard arguments.count == 5 || !["after", "before"].contains(arguments[3]) else {
                    return fail("modgroup", "Expected the member after \(arguments[3])")
                }
                switch arguments[3] {
                case "after": place = .after(arguments[4])
                case "before": place = .before(arguments[4])
                default: return fail("modgroup", "Expected after|before (found \(arguments[3]))")
                }
            }
            change { configuration throws(EditError) in try configuration.addMember(member, to: group, place) }
        case "remove":
            guard arguments.count == 3 else { return fail("modgroup", "Expected add (found remove)", hint: "one member at a time") }
            change { configuration throws(EditError) in try configuration.removeMember(member, from: group) }
        default: fail("modgroup", "modgroup subcommand \(command) unknown")
        }
    }

    private func erase(_ arguments: [String]) {
        guard arguments.isEmpty || arguments == ["nodes"] else { return fail("erase", "Expected nothing or nodes") }
        change { configuration throws(EditError) in
            configuration.erase(nodes: !arguments.isEmpty)
            return []
        }
    }

    private func defaultTimeouts(_ arguments: [String], _ configuration: Configuration) {
        guard !arguments.isEmpty else { return session.report(.info("default-timeouts: name the primitives")) }
        for id in arguments {
            guard let object = configuration[id] else {
                session.report(.error("object \(id) does not exist"))
                return
            }
            guard object.kind == .primitive else {
                session.report(.warning("element \(id) is not a primitive"))
                session.failed = true
                return
            }
        }
        change { configuration throws(EditError) in
            for id in arguments {
                guard let object = configuration[id], let name = configuration.agentName(of: object),
                    case .metadata(let metadata) = session.agents.answer(name)
                else { continue }
                try configuration.setDefaultTimeouts(id, advice: metadata)
            }
            return []
        }
    }

    // MARK: load

    private func load(_ arguments: [String]) {
        var words = arguments
        let isXML = words.first == "xml"
        if isXML { words.removeFirst() }
        guard words.count == 2 else { return fail("load", "Expected 2 arguments (\(words.count) given)") }
        guard let method = LoadMethod(rawValue: words[0]) else { return fail("load", "Unknown method \(words[0])") }
        let name = words[1]
        guard let text = contents(of: name) else { return }
        let source = MessagePrinter.Source(name: name == "-" ? "standard input" : name, text: text)
        let isDocument = isXML && (try? XMLParser.parse(text)) != nil
        let done = change(source: source) { configuration throws(EditError) in
            if isXML { return try configuration.loadXML(text, method: method) }
            let agents = session.agents.installed
            let statements = try StatementFile.parsed(text, agents: agents)
            return try configuration.load(
                StatementFile(messages: statements.messages, statements: statements.statements.map(corrected)),
                method: method)
        }
        // The offending text was followed by an empty line on standard output; scripts that compare output expect it.
        if isXML, !done, !isDocument { print("") }
    }

    private func contents(of name: String) -> String? {
        if name.hasPrefix("http://") || name.hasPrefix("https://") || name.hasPrefix("ftp://") {
            let run = ProgramRun(program: "/usr/bin/curl", arguments: ["-fsSL", name])
            guard let output = ProgramRun.outputs(of: [run], timeoutSeconds: 60)[0] else {
                session.report(.error("could not open \(name): fetching it with curl failed"))
                return nil
            }
            return String(decoding: output, as: UTF8.self)
        }
        let path = name.hasPrefix("file://") ? String(name.dropFirst(7)) : name
        do throws(TextFile.Failure) {
            return String(decoding: try TextFile.read(path), as: UTF8.self)
        } catch {
            session.report(.error("could not open \(name): [Errno \(error.code)] \(error.text): '\(name)'"))
            return nil
        }
    }

    // MARK: properties, schema

    private func getProperty(_ arguments: [String], _ configuration: Configuration) {
        let asTruth = arguments.contains { $0 == "-t" || $0 == "--true" }
        let names = arguments.filter { $0 != "-t" && $0 != "--true" }
        guard !names.isEmpty else {
            print(ClusterProperties.known.map(\.name).sorted().joined(separator: "\n"))
            return
        }
        for name in names {
            let value = configuration.property(name) ?? ClusterProperties.defaultValue(name)
            if asTruth {
                print(value.flatMap(Vocabulary.boolean) ?? false ? "true" : "false")
            } else if let value {
                print(value)
            } else {
                fail("get_property", "\(name): Property not set")
            }
        }
    }

    private func resourceTest(_ arguments: [String], _ configuration: Configuration) {
        guard !arguments.isEmpty else { return session.report(.error("specify at least one resource")) }
        for id in arguments where configuration.object(id: id) == nil {
            return session.report(.error("element \(id) does not exist"))
        }
        ConfigureAgents(session).test(arguments, configuration)
    }

    private func validateAll(_ arguments: [String], _ configuration: Configuration) {
        guard arguments.count == 1 else {
            return fail("validate-all", "Expected (rsc), takes exactly 1 arguments (\(arguments.count) given)")
        }
        let id = arguments[0]
        guard let object = configuration[id] else { return fail("validate-all", "Not found: \(id)") }
        guard object.kind == .primitive else { return fail("validate-all", "Not a primitive: \(id)") }
        ConfigureAgents(session).validate(object, configuration)
    }
}
