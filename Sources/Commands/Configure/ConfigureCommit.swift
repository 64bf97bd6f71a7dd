// SPDX-License-Identifier: GPL-2.0-or-later
// Checking and committing the edited configuration (crm-configure.md section 8), schema and upgrade.
import CIBModel
import ClusterStatus
import ClusterXML
import ConfigurationLanguage
import Glibc

extension ConfigureLevel {
    /// What checking a configuration found.
    struct Verdict {
        var messages: [Message]
        /// The document can not be stored at all.
        var isInvalid: Bool

        var hasErrors: Bool { messages.contains { $0.level == .error } }
    }

    /// Checks a configuration.
    /// - Parameter all: all objects, not only the changed ones.
    func check(_ configuration: Configuration, document: XMLElement, all: Bool) -> Verdict {
        var messages = schemaErrors(document, configuration)
        let isInvalid = !messages.isEmpty
        let hasPrimitives = !configuration.objects(of: .primitive).isEmpty
        guard hasPrimitives || (all && isInvalid) else { return Verdict(messages: messages, isInvalid: isInvalid) }
        if !isInvalid {
            let structure = configuration.structureErrors()
            messages += structure.isEmpty ? schedulerMessages(document) : structure
        }
        if session.options.setting("core.check_frequency") != "never" {
            let objects = all ? configuration.allObjects : configuration.changedObjects
            messages += agentMessages(objects, configuration)
        }
        return Verdict(messages: messages, isInvalid: isInvalid)
    }

    /// What the scheduler says about the configuration itself. Warnings do not stop a commit (section 15 no. 7).
    private func schedulerMessages(_ document: XMLElement) -> [Message] {
        var configured = document
        configured.children.removeAll { $0.name == "status" }
        let verification = Verification(ofValid: configured, at: Timestamp(epoch: Int64(time(nil))), deciding: false)
        return verification.findings.compactMap { finding in
            switch finding.severity {
            case .error: .error(finding.text)
            case .warning where finding.isDeprecation: .warning(finding.text)
            case .warning, .notice, .info: nil
            }
        }
    }

    private func agentMessages(_ objects: [ConfigurationObject], _ configuration: Configuration) -> [Message] {
        let agents = session.agents
        agents.prepare(ConfigurationCheck.agents(of: objects, in: configuration))
        var check = ConfigurationCheck(configuration) { agents.answer($0) }
        var found = check.run(on: objects)
        if isSpread(configuration) {
            // Another node may have what is missing here.
            for index in found.indices where Self.isAboutMissingAgent(found[index]) { found[index].level = .warning }
        }
        for index in found.indices where found[index].text.hasSuffix("no such resource agent") {
            let name = found[index].text.split(separator: " ").first?.split(separator: ":").last.map(String.init) ?? ""
            let types = agents.installed.providers.flatMap { $0.types.sorted() }
            found[index].hint = Spelling.nearest(to: name, among: types).map { "did you mean \"\($0)\"?" }
        }
        if session.options.setting("core.ignore_missing_metadata") == "yes" {
            found.removeAll(where: Self.isAboutMissingAgent)
        }
        if session.options.setting("core.check_mode") == "relaxed" {
            for index in found.indices where found[index].level == .error { found[index].level = .warning }
        }
        return found
    }

    private static func isAboutMissingAgent(_ message: Message) -> Bool {
        message.text.hasSuffix("does this RA exist?") || message.text.hasSuffix("no such resource agent")
    }

    /// Whether resources of a running cluster may run on other hosts than this one (section 15 no. 14).
    private func isSpread(_ configuration: Configuration) -> Bool {
        guard case .live = session.store.place else { return false }
        return configuration.nodeNames.count > 1
            || configuration.objects(of: .primitive).contains {
                configuration.agentName(of: $0) == AgentName(standard: "ocf", provider: "pacemaker", type: "remote")
            }
    }

    private func schemaErrors(_ document: XMLElement, _ configuration: Configuration) -> [Message] {
        switch CIBValidator.validity(of: document) {
        case .valid, .unchecked: return []
        case .unknownSchema(let name):
            let release = document["crm_feature_set"] ?? "None"
            return [.error("Unsupported CIB: validator '\(name ?? "None")', release '\(release)'")]
        case .invalid(let problems):
            let dangling = configuration.danglingReferences()
            if !dangling.isEmpty { return dangling }
            return problems.map { problem in
                let object = problem.id.map { "\($0): " } ?? ""
                return .error("\(object)\(problem.element): \(problem.message)", hint: Self.advice(problem, document))
            }
        }
    }

    private static func advice(_ problem: GrammarProblem, _ document: XMLElement) -> String? {
        if problem.element == "rule", document["validate-with"] == "pacemaker-4.0" {
            return "since schema 4.0 a location has one rule: write one location per rule"
        }
        return nil
    }

    // MARK: commit

    func commit(_ arguments: [String]) {
        var rest = arguments
        let isForced = rest.contains("force") || session.options.force
        let replacing = rest.contains("replace")
        rest.removeAll { $0 == "force" || $0 == "replace" }
        guard rest.isEmpty else { return ConfigurePlans(session).commit(rest, isForced: isForced) }
        guard let configuration = session.configuration() else { return }
        guard configuration.isChanged else {
            session.report([
                .info("apparently there is nothing to commit"), .info("try changing something first"),
            ])
            return
        }
        commit(isForced: isForced, replacing: replacing)
    }

    /// Checks and writes what was edited. Refused changes stay pending.
    /// - Parameter confirm: seconds after which the cluster takes it back unless it is confirmed.
    /// - Returns: whether it was written.
    @discardableResult
    func commit(isForced: Bool, replacing: Bool, confirm: Int? = nil) -> Bool {
        guard let configuration = session.configuration() else { return false }
        let document = configuration.committed()
        let verdict = check(configuration, document: document, all: false)
        let failedBefore = session.failed
        session.report(verdict.messages)
        if verdict.isInvalid { return false }
        if verdict.hasErrors {
            if isForced {
                session.report(.info("commit forced"))
            } else if !session.asks("Do you still want to commit") {
                return false
            }
            session.failed = failedBefore
        }
        return write(document, configuration, isForced: isForced, confirm: confirm)
    }

    func write(_ document: XMLElement, _ configuration: Configuration, isForced: Bool, confirm: Int? = nil) -> Bool {
        do throws(CIBStore.Failure) {
            let unconfirmed = try session.store.write(document, replacing: configuration.original, confirm: confirm)
            if let unconfirmed {
                let until = "taken back in \(unconfirmed.seconds)s unless \"crm configure confirm\" is run"
                session.report(confirm == nil
                    ? .warning("this change goes with a commit by \(unconfirmed.user) that is not confirmed: \(until)")
                    : .info("committed; \(until)"))
            }
            ConfigureHistory(session.store.place).remember(configuration.original)
        } catch {
            session.report(.error(error.text))
            return false
        }
        session.edited = nil
        if session.options.waits || session.options.setting("core.wait") == "yes", !session.store.waitForIdle(seconds: 3600) { session.report(.warning("can't find DC")) }
        return true
    }

    func verifyAll(_ configuration: Configuration) {
        session.report(check(configuration, document: configuration.committed(), all: true).messages)
    }

    // MARK: schema

    func schema(_ arguments: [String], _ configuration: Configuration) {
        guard let name = arguments.first else {
            print(configuration.schema)
            return
        }
        guard name != configuration.schema else { return session.report(.info("already using schema \(name)")) }
        guard SchemaVersion(name: name) != nil else {
            return session.report(
                .error("schema \(name) does not exist", hint: "the newest is \(SchemaVersion.newest)"))
        }
        var document = configuration.assembled()
        document["validate-with"] = name
        if case .invalid(let problems) = CIBValidator.validity(of: document) {
            let text = problems.first.map { ": \($0.description)" } ?? ""
            return session.report(
                .error("the configuration is not valid for \(name)\(text)", hint: "newer schemas: use upgrade force"))
        }
        change { configuration throws(EditError) in
            configuration.root["validate-with"] = name
            return []
        }
    }

    func upgrade(_ arguments: [String], _ configuration: Configuration) {
        let words = arguments.filter { $0 != "force" }
        guard arguments.contains("force") || session.options.force, words.count < 2 else {
            return fail("upgrade", "'force' is required", hint: "upgrade force [SCHEMA]")
        }
        guard let version = SchemaVersion(name: configuration.schema) else {
            return session.report(.error("schema \(configuration.schema) does not exist"))
        }
        // Without a wish no further than the tools that clusters are mixed with can follow.
        guard let limit = words.isEmpty ? SchemaVersion(3, 9) : SchemaVersion(name: words[0]) else {
            return session.report(.error("schema \(words[0]) does not exist", hint: "the newest is \(SchemaVersion.newest)"))
        }
        guard version < limit else {
            return session.report(
                .info("the configuration is at \(version) already; the newest schema is \(SchemaVersion.newest)"))
        }
        let upgrade = SchemaUpgrade(configuration.assembled(), from: version, upTo: limit)
        guard let reached = upgrade.reached, reached > version else {
            return session.report(upgrade.problems.map { .error($0.description) })
        }
        session.report(upgrade.notes.map { Message.warning($0.text) })
        session.report(.info("upgraded to \(reached)"))
        var next = Configuration(upgrade.cib)
        next.root["validate-with"] = reached.name
        session.edited = Configuration(replacing: configuration.original, with: next)
    }
}
