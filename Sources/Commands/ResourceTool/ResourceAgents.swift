// SPDX-License-Identifier: GPL-2.0-or-later
// crm_resource: running agents on this host, and what agents there are.
import CIBModel
import ClusterStatus
import ClusterXML
import Glibc
import Reports

extension ResourceWork {
    /// `--force-*` and `--validate` for a configured resource.
    func runAgent(_ action: ResourceAction) throws {
        var resource = try requestedResource()
        if !state.resources[resource].isPrimitive {
            guard state.resources[resource].variant == .clone, let child = state.resources[resource].children.first,
                state.resources[child].isPrimitive
            else { throw failure(.unimplemented, "Resource '\(tool.resource ?? "")' is no primitive: its agent can not be run") }
            resource = child
        }
        guard let agent = state.resources[resource].agent else { throw failure(.notConfigured) }
        if action == .forceStart || action == .forceDemote || action == .forcePromote,
            state.resources[state.resources[resource].top].variant == .clone, !tool.force, action == .forceStart
        {
            let active = state.resources[state.resources[resource].top].activeNodes
            if !active.isEmpty {
                out.error("It is not safe to start \(state.resources[resource].id) here: the cluster claims it is already active")
                throw failure(.unsafe, "Try setting target-role=Stopped first or specifying the force option")
            }
        }
        var copy = state
        let local = state.currentNode(resource)
        var parameters = copy.parameters(of: resource, on: local).entries.map { (name: $0.name, value: $0.value) }
        for entry in state.resources[resource].meta.entries {
            let name = "CRM_meta_" + entry.name.map { $0 == "-" ? "_" : String($0) }.joined()
            parameters.append((name: name, value: entry.value))
        }
        parameters += CrmResource.pairs(tool.words + tool.options)
        try tool.report(
            action, AgentRun(agent: agent, resource: state.resources[resource].id, parameters: parameters),
            name: state.resources[resource].id, out)
    }
}

extension CrmResource {
    /// `NAME=VALUE` words as pairs.
    static func pairs(_ words: [String]) -> [(name: String, value: String)] {
        words.map { word in
            let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            return (String(parts[0]), parts.count > 1 ? String(parts[1]) : "")
        }
    }

    /// Actions that need no CIB.
    /// - Returns: whether the action was one of those.
    func performWithoutCluster(_ chosen: ResourceAction, _ out: ToolOutput) throws -> Bool {
        switch chosen {
        case .listStandards: try AgentLists.listStandards(out)
        case .listProviders: try AgentLists.listProviders(listProviders == OptionalValue.absent ? nil : listProviders, out)
        case .listAlternatives: try AgentLists.listProviders(listAlternatives, out)
        case .listAgents: try AgentLists.listAgents(listAgents ?? "", out)
        case .showMetadata: try AgentLists.showMetadata(showMetadata ?? "", out)
        case .listOptions: OptionCatalog.list(listOptions ?? "", all: all, out)
        default:
            guard chosen.runsAgent, let standard, let agent else { return false }
            let run = AgentRun(
                agent: Agent(standard: standard, provider: provider, type: agent), resource: "test",
                parameters: Self.pairs(words + options))
            try report(chosen, run, name: nil, out)
        }
        return true
    }

    /// Runs an agent's action and answers with what came of it.
    func report(_ action: ResourceAction, _ run: AgentRun, name: String?, _ out: ToolOutput) throws {
        let (word, task): (String, String)
        switch action {
        case .validate: (word, task) = ("validate", "validate-all")
        case .forceCheck: (word, task) = ("force-check", "monitor")
        case .forceStart: (word, task) = ("force-start", "start")
        case .forceStop: (word, task) = ("force-stop", "stop")
        case .forcePromote: (word, task) = ("force-promote", "promote")
        default: (word, task) = ("force-demote", "demote")
        }
        var run = run
        let level = action == .validate ? validate : forceCheck
        if let level, level != OptionalValue.absent { run.level = level }
        if let timeout, let milliseconds = Scan.duration(timeout) { run.timeoutSeconds = Int(clamping: Scan.timeoutSeconds(milliseconds)) }
        let result = run.run(task)
        let text = ExitCode.text(for: result.code)
        if out.isStructured {
            out.result(element(word, run, name: name, result, text))
        } else {
            let subject = name.map { " for \($0)" } ?? ""
            let reason = result.reason.map { ": \($0)" } ?? ""
            let outcome = result.isExecuted ? "returned \(result.code) (\(text)\(reason))" : "could not be executed (\(text))"
            out.line("Operation \(word)\(subject) (\(run.agent.text)) \(outcome)")
            if common.verbose > 0 {
                if !result.output.isEmpty { out.raw(result.output) }
                if !result.errors.isEmpty { complain(result.errors) }
            }
        }
        guard result.code != 0, let code = ExitCode(rawValue: result.code) else { return }
        throw CommandFailure(code, "\(calledAs): Error performing operation: \(text)")
    }

    private func element(_ word: String, _ run: AgentRun, name: String?, _ result: AgentRun.Result, _ text: String) -> XMLElement {
        var element = XMLElement("resource-agent-action", [("action", word), ("class", run.agent.standard), ("type", run.agent.type)])
        if let name { element["rsc"] = name }
        if let provider = run.agent.provider { element["provider"] = provider }
        let overrides = Self.pairs(words + options).map { XMLElement("override", [("name", $0.name), ("value", $0.value)]) }
        element.children = [XMLElement("overrides", children: overrides)]
        var status = XMLElement("agent-status", [("code", String(result.code)), ("message", text)])
        if let reason = result.reason { status["exit_reason"] = reason }
        status["execution_code"] = result.isExecuted ? "0" : "7"
        status["execution_message"] = result.isExecuted ? "Done" : "Not installed"
        element.children.append(status)
        return element
    }
}

/// The agents installed on this host.
enum AgentLists {
    private static func names(in directory: String) -> [String] {
        guard let stream = opendir(directory) else { return [] }
        defer { closedir(stream) }
        var result: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if !name.hasPrefix(".") { result.append(name) }
        }
        return result.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    private static func isDirectory(_ path: String) -> Bool {
        var info = stat()
        return stat(path, &info) == 0 && info.st_mode & S_IFMT == S_IFDIR
    }

    private static func answer(_ names: [String], _ list: String, _ item: String, _ attributes: [(String, String)], _ out: ToolOutput) {
        if out.isStructured {
            out.result(XMLElement(list, attributes, children: names.map { XMLElement(item, children: [.text($0)]) }))
        } else {
            for name in names { out.line(name) }
        }
    }

    static func listStandards(_ out: ToolOutput) throws {
        var standards = ["ocf"]
        if isDirectory("/run/systemd/system") { standards += ["service", "lsb", "systemd"] } else { standards += ["service", "lsb"] }
        standards.append("stonith")
        answer(standards, "standards", "standard", [], out)
    }

    /// - Parameter agent: only providers that have it.
    static func listProviders(_ agent: String?, _ out: ToolOutput) throws {
        let providers = AgentPlaces.ocfProviders.filter { provider in
            guard AgentPlaces.ocfFolders.contains(where: { isDirectory("\($0)/\(provider)") }) else { return false }
            return agent.map { AgentPlaces.ocfProgram(provider, $0) != nil } ?? true
        }
        if providers.isEmpty {
            let subject = agent.map { " for \($0)" } ?? ""
            throw CommandFailure(
                .noSuchObject, "\(calledAs): No OCF providers found\(subject)\nError performing operation: \(ExitCode.noSuchObject.text)")
        }
        answer(providers, "providers", "provider", [("standard", "ocf")] + (agent.map { [("agent", $0)] } ?? []), out)
    }

    static func listAgents(_ specification: String, _ out: ToolOutput) throws {
        let parts = specification.split(separator: ":", maxSplits: 1).map(String.init)
        let standard = parts.first ?? ""
        let provider = parts.count > 1 ? parts[1] : nil
        let found: [String]
        switch standard {
        case "ocf":
            found = (provider.map { [$0] } ?? AgentPlaces.ocfProviders).flatMap(AgentPlaces.ocfTypes)
        case "lsb", "service": found = names(in: "/etc/init.d").filter { AgentPlaces.isProgram("/etc/init.d/\($0)") }
        case "stonith":
            found = AgentPlaces.fenceFolders.prefix(1).flatMap { directory in
                names(in: directory).filter { $0.hasPrefix("fence_") && AgentPlaces.isProgram("\(directory)/\($0)") }
            }
        case "systemd":
            found = names(in: "/usr/lib/systemd/system").filter { $0.hasSuffix(".service") }.map { String($0.dropLast(8)) }
        default: found = []
        }
        if found.isEmpty {
            throw CommandFailure(
                .noSuchObject,
                "\(calledAs): No agents found for standard '\(standard)'" + (provider.map { " and provider '\($0)'" } ?? "")
                    + "\nError performing operation: \(ExitCode.noSuchObject.text)")
        }
        answer(found, "agents", "agent", [("standard", standard)] + (provider.map { [("provider", $0)] } ?? []), out)
    }

    static func showMetadata(_ specification: String, _ out: ToolOutput) throws {
        let parts = specification.split(separator: ":").map(String.init)
        guard parts.count == 2 || parts.count == 3 else {
            throw CommandFailure(
                .noSuchObject,
                "\(calledAs): '\(specification)' is not a valid agent specification\nError performing operation: \(ExitCode.noSuchObject.text)")
        }
        let agent = Agent(standard: parts[0], provider: parts.count == 3 ? parts[1] : nil, type: parts[parts.count - 1])
        let run = AgentRun(agent: agent, resource: agent.type, parameters: [], timeoutSeconds: 30)
        let result = run.run(agent.standard == "stonith" ? "metadata" : "meta-data")
        guard result.isExecuted, result.code == 0 else {
            throw CommandFailure(
                .noSuchObject,
                "\(calledAs): Metadata query for \(specification) failed: No such device or address\nError performing operation: \(ExitCode.noSuchObject.text)")
        }
        out.xml(result.output, as: "metadata", [("class", agent.standard), ("provider", agent.provider ?? ""), ("type", agent.type)])
    }
}
