// SPDX-License-Identifier: GPL-2.0-or-later
// Looking before leaping: plan, diff, simulate, graph; and the way back: history, revert, confirm.
import CIBModel
import ClusterStatus
import ClusterXML
import ConfigurationLanguage
import Glibc
import Reports
import Scheduling

struct ConfigurePlans {
    let session: CrmSession
    private let history: ConfigureHistory

    init(_ session: CrmSession) {
        self.session = session
        history = ConfigureHistory(session.store.place)
    }

    func perform(_ name: String, _ arguments: [String], _ configuration: Configuration) {
        switch name {
        case "plan": plan(arguments)
        case "diff": diff(arguments, configuration)
        case "ptest", "simulate": simulate(arguments, configuration)
        case "graph": graph(arguments, configuration)
        case "history": list()
        case "revert": revert(arguments, configuration)
        default: confirm()
        }
    }

    private func fail(_ command: String, _ text: String, hint: String? = nil) {
        session.report(.error("configure.\(command): \(text)", hint: hint))
    }

    // MARK: plan

    /// `plan [--json] [COMMAND ARGUMENTS…]`: what is pending, or what a command would do. Nothing is written.
    private func plan(_ arguments: [String]) {
        let asJSON = arguments.contains("--json")
        let words = arguments.filter { $0 != "--json" }
        let pending = session.edited
        if !words.isEmpty {
            session.edited = nil
            session.isPlanning = true
            ConfigureLevel(session).execute(words.map { Word($0) })
            session.isPlanning = false
            guard !session.failed else { return session.edited = pending }
        }
        if let configuration = session.configuration() {
            show(configuration, asJSON: asJSON)
            if words.isEmpty { session.previewed = configuration.committed() }
        }
        if !words.isEmpty { session.edited = pending }
    }

    /// Prints the difference and what the cluster would do.
    func show(_ configuration: Configuration, asJSON: Bool) {
        let document = configuration.committed()
        let verdict = ConfigureLevel(session).check(configuration, document: document, all: false)
        let outcome = verdict.isInvalid ? nil : Self.outcome(of: document)
        let id = Self.identifier(configuration.original, document, outcome)
        history.storePlan(id, document)
        let changes = Change.between(Configuration(configuration.original), configuration, session.agents.installed)
        if asJSON {
            print(json(id, configuration, changes, outcome, verdict.messages), terminator: "")
            if verdict.hasErrors { session.failed = true }
            return
        }
        session.report(verdict.messages)
        if changes.isEmpty { return print("Nothing would change.") }
        print("Plan \(id)\n\nChanges:")
        for change in changes { print(change.text, terminator: "") }
        print("\nThe cluster would:")
        let lines = outcome?.lines ?? []
        for line in lines { print("  * \(line)") }
        if outcome == nil { print("  (not known: the configuration is not valid)") } else if lines.isEmpty { print("  do nothing") }
        print("\nCarry it out with: crm configure commit --plan \(id)")
    }

    private func json(
        _ id: String, _ configuration: Configuration, _ changes: [Change], _ outcome: TransitionSummary?, _ messages: [Message]
    ) -> String {
        let quoted = JSONPrinter.quoted
        func list(_ items: [String]) -> String { items.isEmpty ? "[]" : "[\n    " + items.joined(separator: ",\n    ") + "\n  ]" }
        let changed = changes.map { change in
            "{\"operation\": \(quoted(change.operation)), \"kind\": \(quoted(change.kind)), \"id\": \(quoted(change.id)), "
                + "\"before\": \(change.before.map(quoted) ?? "null"), \"after\": \(change.after.map(quoted) ?? "null")}"
        }
        let actions = (outcome.map(SummaryElements.elements) ?? []).map { element in
            "{" + element.attributes.map { "\(quoted($0.name)): \(quoted($0.value))" }.joined(separator: ", ") + "}"
        }
        let said = messages.map { "{\"level\": \(quoted($0.level.rawValue)), \"text\": \(quoted($0.text))}" }
        return """
            {
              "plan": \(quoted(id)),
              "base": \(quoted(CIBVersion(of: configuration.original).description)),
              "changes": \(list(changed)),
              "actions": \(outcome == nil ? "null" : list(actions)),
              "messages": \(list(said))
            }

            """
    }

    /// Names a change of one configuration into another and what the cluster would do then; all must be the same for the same name.
    private static func identifier(_ old: XMLElement, _ new: XMLElement, _ outcome: TransitionSummary?) -> String {
        let parts = [old, new].map { $0.first("configuration")?.serialized() ?? "" } + (outcome?.lines ?? [])
        return String(Digest.md5Hex(Array(parts.joined(separator: "\n").utf8)).prefix(12))
    }

    /// What the scheduler would do with a document and the status in it.
    private static func outcome(of document: XMLElement) -> TransitionSummary? {
        guard var cib = try? CIBUpgrade.upgradedInMemory(document) else { return nil }
        if cib.first("status") == nil { cib.children.append(XMLElement("status")) }
        let wall = Int64(time(nil))
        var summary: TransitionSummary?
        try? onLargeStack {
            var state = ClusterState(reading: cib, at: Timestamp(epoch: wall))
            state.isSimulation = true
            _ = state.schedule(transitionID: 1)
            summary = state.summarizeTransition()
        }
        return summary
    }

    // MARK: commit

    /// `commit [--dry-run] [--json] [--plan ID] [--confirm SECONDS]`.
    func commit(_ arguments: [String], isForced: Bool) {
        var rest = arguments[...]
        var isDry = false
        var asJSON = false
        var planned: String?
        var seconds: Int?
        while let word = rest.popFirst() {
            switch word {
            case "--dry-run": isDry = true
            case "--json": asJSON = true
            case "--plan":
                guard let id = rest.popFirst() else { return fail("commit", "--plan needs the name of a plan") }
                planned = id
            case "--confirm":
                guard let text = rest.popFirst(), let number = Int(text), number > 0 else {
                    return fail("commit", "--confirm needs a number of seconds")
                }
                guard case .live = session.store.place else {
                    return fail(
                        "commit", "--confirm is for a running cluster, whose controller takes the commit back",
                        hint: "a file stays as it was committed: crm configure revert N takes it back")
                }
                guard number <= 7 * 86_400 else { return fail("commit", "--confirm takes at most a week (604800)") }
                seconds = number
            default: return fail("commit", "unknown argument \(word)")
            }
        }
        guard let configuration = session.configuration() else { return }
        if isDry {
            show(configuration, asJSON: asJSON)
            session.previewed = configuration.committed()
            return
        }
        if let planned {
            guard take(planned, configuration) else { return }
        }
        guard let changed = session.configuration(), changed.isChanged else {
            return session.report([.info("apparently there is nothing to commit"), .info("try changing something first")])
        }
        ConfigureLevel(session).commit(isForced: isForced, replacing: false, confirm: seconds)
    }

    /// Makes a stored plan the pending change, if the configuration is still the one it was made for.
    private func take(_ id: String, _ configuration: Configuration) -> Bool {
        let pending = configuration.committed()
        if Self.identifier(configuration.original, pending, Self.outcome(of: pending)) == id { return true }
        guard let document = history.plan(id) else {
            fail("commit", "there is no plan \(id)", hint: "crm configure plan makes one")
            return false
        }
        let planned = Configuration(replacing: configuration.original, with: Configuration(complete(document, configuration)))
        let target = planned.committed()
        guard Self.identifier(configuration.original, target, Self.outcome(of: target)) == id else {
            fail(
                "commit", "the configuration or the state of the cluster has changed since plan \(id) was made",
                hint: "make a new plan and look at it")
            return false
        }
        session.edited = planned
        return true
    }

    /// A stored document with the status of the present one.
    private func complete(_ document: XMLElement, _ configuration: Configuration) -> XMLElement {
        var result = configuration.root
        result["validate-with"] = document["validate-with"]
        result.children = document.children.filter { $0.name == "configuration" } + configuration.rest
        return result
    }

    // MARK: confirmation

    /// Tells the cluster that a commit stays.
    private func confirm() {
        do throws(CIBStore.Failure) {
            session.report(.info(try session.store.confirm() ? "confirmed" : "no commit waits for confirmation"))
        } catch {
            fail("confirm", error.text)
        }
    }

    // MARK: history

    private func list() {
        let entries = history.entries
        for (index, entry) in entries.enumerated() {
            let next = index + 1 < entries.count ? entries[index + 1].document : session.configuration()?.original
            let changes = next.map {
                Change.between(Configuration(entry.document), Configuration($0), session.agents.installed)
            } ?? []
            let names = changes.prefix(5).map { "\($0.sign)\($0.id)" }.joined(separator: " ")
            print("\(entry.number)  \(entry.time)  \(entry.user)  \(names)\(changes.count > 5 ? " …" : "")")
        }
    }

    private func diff(_ arguments: [String], _ configuration: Configuration) {
        var before = Configuration(configuration.original)
        if let word = arguments.first {
            guard let number = Int(word), let entry = history.entry(number) else {
                return fail("diff", "there is no commit \(word) in the history")
            }
            before = Configuration(entry.document)
        }
        for change in Change.between(before, configuration, session.agents.installed) { print(change.text, terminator: "") }
    }

    private func revert(_ arguments: [String], _ configuration: Configuration) {
        guard arguments.count == 1, let number = Int(arguments[0]), let entry = history.entry(number) else {
            return fail("revert", "expected the number of a commit", hint: "crm configure history lists them")
        }
        session.edited = Configuration(replacing: configuration.original, with: Configuration(complete(entry.document, configuration)))
    }

    // MARK: simulation

    private func simulate(_ arguments: [String], _ configuration: Configuration) {
        var pattern = Array("/tmp/clusterctl-simulate-XXXXXX".utf8CString)
        let descriptor = mkstemp(&pattern)
        guard descriptor >= 0 else { return fail("simulate", String(cString: strerror(errno))) }
        close(descriptor)
        let path = String(decoding: pattern.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        defer { unlink(path) }
        guard (try? TextFile.write(configuration.committed().serializedBytes(.indented), to: path, sync: false)) != nil else { return }
        var options = ["-x", path, "-S"]
        if arguments.contains("scores") { options.append("-s") }
        if arguments.contains("utilization") { options.append("-U") }
        for word in arguments where !word.isEmpty && word.allSatisfy({ $0 == "v" }) { options.append("-" + word.uppercased()) }
        CrmLevels(session).tool("crm_simulate", options)
    }

    /// `graph [dot [FILE [FORMAT]]]`: resources and constraints as a graphviz picture; text without a format.
    private func graph(_ arguments: [String], _ configuration: Configuration) {
        if let type = arguments.first, type != "dot" { return session.report(.error("graph type \(type) is not supported")) }
        let text = ConfigurationGraph.text(configuration)
        guard arguments.count > 1 else { return print(text, terminator: "") }
        guard arguments.count == 2 else {
            // graphviz reads the text from standard input and writes the picture.
            let format = arguments[2]
            guard !format.isEmpty, format.utf8.allSatisfy({ ($0 | 0x20) >= 0x61 && ($0 | 0x20) <= 0x7A }) else {
                return fail("graph", "\(format) is no format", hint: "svg, png and pdf are")
            }
            let picture = ProgramRun.filter("dot -T\(format)", Array(text.utf8))
            guard let picture, !picture.isEmpty else {
                return fail("graph", "dot failed", hint: "install graphviz, which draws the pictures, and check the format")
            }
            return write(picture, to: arguments[1])
        }
        write(Array(text.utf8), to: arguments[1])
    }

    private func write(_ bytes: [UInt8], to path: String) {
        do throws(TextFile.Failure) {
            try TextFile.write(bytes, to: path)
        } catch {
            fail("graph", "could not write \(path): \(error.text)")
        }
    }
}

/// One object that differs between two configurations, as statements.
struct Change {
    var operation: String
    var sign: String
    var kind: String
    var id: String
    var before: String?
    var after: String?

    /// The statement with signs in front of lines that go or come.
    var text: String {
        let old = (before ?? "").split(separator: "\n").map(Self.withoutContinuation)
        let new = (after ?? "").split(separator: "\n").map(Self.withoutContinuation)
        var result = ""
        var rest = old[...]
        for line in new {
            if let place = rest.firstIndex(of: line) {
                result += rest[..<place].map { "  - \($0)\n" }.joined() + "    \(line)\n"
                rest = rest[(place + 1)...]
            } else {
                result += "  + \(line)\n"
            }
        }
        return result + rest.map { "  - \($0)\n" }.joined()
    }

    private static func withoutContinuation(_ line: Substring) -> Substring {
        line.hasSuffix(" \\") ? line.dropLast(2) : line
    }

    static func between(_ old: Configuration, _ new: Configuration, _ agents: InstalledAgents) -> [Change] {
        let (oldWriter, newWriter) = (StatementWriter(old, agents: agents), StatementWriter(new, agents: agents))
        var result: [Change] = []
        for object in StatementWriter.ordered(old.allObjects) where new[object.key] == nil {
            result.append(
                Change(
                    operation: "delete", sign: "-", kind: object.kind.rawValue, id: object.id, before: oldWriter.statement(object)))
        }
        for object in StatementWriter.ordered(new.allObjects) {
            guard let before = old[object.key] else {
                result.append(
                    Change(operation: "create", sign: "+", kind: object.kind.rawValue, id: object.id, after: newWriter.statement(object)))
                continue
            }
            guard before.element != object.element else { continue }
            let (was, becomes) = (oldWriter.statement(before), newWriter.statement(object))
            guard was != becomes else { continue }
            result.append(
                Change(operation: "modify", sign: "~", kind: object.kind.rawValue, id: object.id, before: was, after: becomes))
        }
        return result
    }
}

/// Resources and constraints as a graph in the dot language.
enum ConfigurationGraph {
    static func text(_ configuration: Configuration) -> String {
        func quoted(_ text: String) -> String { "\"" + text.split(separator: "\"").joined(separator: "\\\"") + "\"" }
        var lines = ["digraph G {"]
        for object in configuration.allObjects {
            switch object.kind {
            case .primitive where object.parent == nil: lines.append("  \(quoted(object.id)) [shape=box];")
            case .group, .clone, .ms, .bundle:
                lines.append("  subgraph \(quoted("cluster_" + object.id)) {")
                lines.append("    label=\(quoted(object.id));")
                for member in object.members { lines.append("    \(quoted(member)) [shape=box];") }
                lines.append("  }")
            default: break
            }
        }
        for object in configuration.allObjects where object.kind == .order || object.kind == .colocation {
            let names = configuration.constrainedResources(object)
            let (first, style) = object.kind == .order ? (names, "color=black") : (names.reversed(), "color=gray, style=dashed")
            for (from, to) in zip(first, first.dropFirst()) {
                lines.append("  \(quoted(from)) -> \(quoted(to)) [label=\(quoted(object.id)), \(style)];")
            }
        }
        return (lines + ["}", ""]).joined(separator: "\n")
    }
}
