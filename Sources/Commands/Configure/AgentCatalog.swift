// SPDX-License-Identifier: GPL-2.0-or-later
// The agents of this machine: which are installed, and what each says about itself (run once, then cached by mtime).
import ClusterXML
import ConfigurationLanguage
import Glibc

/// Asks agents for their meta-data, several at once.
final class AgentCatalog {
    private var answers: [AgentName: AgentAnswer] = [:]
    private var cachedInstalled: InstalledAgents?
    private let cache: MetadataCache

    init() { cache = MetadataCache() }

    static func environment(_ name: String) -> String? {
        guard let value = getenv(name) else { return nil }
        let text = String(cString: value)
        return text.isEmpty ? nil : text
    }

    // MARK: what is installed

    var installed: InstalledAgents {
        if let cachedInstalled { return cachedInstalled }
        let providers = AgentPlaces.ocfProviders.map { provider in
            (name: provider, types: Set(types(of: provider)))
        }
        let result = InstalledAgents(providers: providers.filter { !$0.types.isEmpty })
        cachedInstalled = result
        return result
    }

    /// Agents of an OCF provider, sorted.
    func types(of provider: String) -> [String] { AgentPlaces.ocfTypes(of: provider) }

    /// Agents of a class without providers, sorted.
    func types(ofClass standard: String) -> [String] {
        switch standard {
        case "stonith":
            let found = Self.searchPath.flatMap { Directory.names(in: $0) }.filter { $0.hasPrefix("fence_") }
            return Array(Set(found)).sorted()
        case "lsb": return Directory.names(in: "/etc/init.d").filter { !$0.hasPrefix(".") }.sorted()
        case "systemd":
            let units = Self.unitDirectories.flatMap { Directory.names(in: $0) }
            return Array(Set(units.filter { $0.hasSuffix(".service") }.map { String($0.dropLast(8)) })).sorted()
        case "service": return Array(Set(types(ofClass: "lsb") + types(ofClass: "systemd"))).sorted()
        default: return []
        }
    }

    private static let unitDirectories = [
        "/etc/systemd/system", "/run/systemd/system", "/lib/systemd/system", "/usr/lib/systemd/system",
    ]

    private static var searchPath: [String] {
        if let only = AgentPlaces.ownFenceFolder { return [only] }
        return (environment("PATH") ?? "").split(separator: ":").map(String.init) + AgentPlaces.fenceFolders
    }

    /// The program of an agent; nil if there is none.
    func program(of agent: AgentName) -> String? {
        guard !agent.type.contains("/"), !(agent.provider ?? "").contains("/") else { return nil }
        switch agent.standard {
        case "ocf":
            guard let provider = agent.provider else { return nil }
            return AgentPlaces.ocfProgram(provider, agent.type)
        case "stonith": return Self.searchPath.map { "\($0)/\(agent.type)" }.first { access($0, X_OK) == 0 }
        case "lsb":
            let path = "/etc/init.d/\(agent.type)"
            return access(path, X_OK) == 0 ? path : nil
        case "systemd":
            let names = agent.type.contains(".") ? [agent.type] : ["\(agent.type).service"]
            return Self.unitDirectories.flatMap { directory in names.map { "\(directory)/\($0)" } }
                .first { access($0, F_OK) == 0 }
        case "service":
            return program(of: AgentName(standard: "systemd", provider: nil, type: agent.type))
                ?? program(of: AgentName(standard: "lsb", provider: nil, type: agent.type))
        default: return nil
        }
    }

    // MARK: meta-data

    /// What is known about an agent; runs it if it was not asked before.
    func answer(_ agent: AgentName) -> AgentAnswer {
        if let known = answers[agent] { return known }
        prepare([agent])
        return answers[agent] ?? .missing
    }

    /// Asks all agents at once.
    func prepare(_ agents: [AgentName]) {
        var requests: [ProgramRun] = []
        var asked: [(agent: AgentName, program: String)] = []
        for agent in agents where answers[agent] == nil {
            guard let program = program(of: agent) else {
                answers[agent] = Self.builtIn(agent).map(AgentAnswer.metadata) ?? .missing
                continue
            }
            guard agent.standard == "ocf" || agent.standard == "stonith" else {
                answers[agent] = .silent
                continue
            }
            if let text = cache.text(of: program), let metadata = Self.metadata(text) {
                answers[agent] = .metadata(metadata)
                continue
            }
            asked.append((agent, program))
            requests.append(
                ProgramRun(
                    program: program, arguments: agent.standard == "stonith" ? ["-o", "metadata"] : ["meta-data"],
                    environment: environment(for: agent)))
        }
        let outputs = ProgramRun.outputs(of: requests, timeoutSeconds: 20)
        for (entry, output) in zip(asked, outputs) {
            guard let output, let metadata = Self.metadata(output) else {
                answers[entry.agent] = Self.builtIn(entry.agent).map(AgentAnswer.metadata) ?? .missing
                continue
            }
            answers[entry.agent] = .metadata(metadata)
            cache.store(output, for: entry.program)
        }
    }

    /// The document of an agent as it prints it.
    func document(_ agent: AgentName) -> XMLElement? {
        guard let program = program(of: agent) else { return Self.builtInDocument(agent) }
        let run = ProgramRun(
            program: program, arguments: agent.standard == "stonith" ? ["-o", "metadata"] : ["meta-data"],
            environment: environment(for: agent))
        guard let output = ProgramRun.outputs(of: [run], timeoutSeconds: 20)[0] else { return nil }
        return try? XMLParser.parse(metaData: output)
    }

    private static func metadata(_ text: [UInt8]) -> AgentMetadata? {
        guard let element = try? XMLParser.parse(metaData: text) else { return nil }
        return AgentMetadata(element)
    }

    func environment(for agent: AgentName) -> [String: String] {
        var result = ["OCF_ROOT": AgentPlaces.ocfRoot, "OCF_RA_VERSION_MAJOR": "1", "OCF_RA_VERSION_MINOR": "1"]
        result["OCF_RESOURCE_TYPE"] = agent.type
        result["OCF_RESOURCE_PROVIDER"] = agent.provider
        result["OCF_RESOURCE_INSTANCE"] = agent.type
        return result
    }

    /// The connection agent is part of this program, so that it is known where no agent files are installed.
    private static func builtIn(_ agent: AgentName) -> AgentMetadata? { builtInDocument(agent).flatMap(AgentMetadata.init) }

    private static func builtInDocument(_ agent: AgentName) -> XMLElement? {
        guard agent.standard == "ocf", agent.provider == "pacemaker", agent.type == "remote" else { return nil }
        func parameter(_ name: String, _ text: String, _ standard: String?) -> XMLElement {
            var content = XMLElement("content", [("type", "string")])
            content["default"] = standard
            var description = XMLElement("shortdesc")
            description.text = text
            return XMLElement("parameter", [("name", name)], children: [description, content])
        }
        let timeouts = [
            ("start", "60s"), ("stop", "60s"), ("monitor", "30s"), ("migrate_to", "60s"), ("migrate_from", "60s"),
            ("reload", "60s"), ("reload-agent", "60s"), ("meta-data", "5s"),
        ]
        return XMLElement(
            "resource-agent", [("name", "remote"), ("version", "1.0")],
            children: [
                XMLElement(
                    "parameters",
                    children: [
                        parameter("server", "Address of the remote node; by default the resource's name", nil),
                        parameter("port", "Port of its daemon", "3121"),
                        parameter("reconnect_interval", "How long to wait after a lost connection", "0"),
                    ]),
                XMLElement(
                    "actions",
                    children: timeouts.map { XMLElement("action", [("name", $0.0), ("timeout", $0.1)]) }),
            ])
    }
}

/// Names in a directory.
enum Directory {
    static func names(in path: String) -> [String] {
        guard let directory = opendir(path) else { return [] }
        defer { closedir(directory) }
        var result: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { result.append(name) }
        }
        return result
    }

    /// Makes a directory and those above it.
    static func make(_ path: String) -> Bool {
        if mkdir(path, 0o700) == 0 || errno == EEXIST { return true }
        guard errno == ENOENT, let slash = path.lastIndex(of: "/"), slash != path.startIndex else { return false }
        return make(String(path[..<slash])) && (mkdir(path, 0o700) == 0 || errno == EEXIST)
    }
}

/// Meta-data of agents on disk, valid as long as the agent's file does not change.
struct MetadataCache {
    private let directory: String?

    init() {
        let base = AgentCatalog.environment("XDG_CACHE_HOME") ?? AgentCatalog.environment("HOME").map { "\($0)/.cache" }
        directory = base.map { "\($0)/clusterctl/meta-data" }
    }

    private func name(of program: String) -> String? {
        guard let directory else { return nil }
        var facts = stat()
        guard stat(program, &facts) == 0 else { return nil }
        let label = program.map { $0 == "/" ? "+" : String($0) }.joined()
        guard label.utf8.count < 200 else { return nil }
        return "\(directory)/\(label)@\(facts.st_mtim.tv_sec).\(facts.st_mtim.tv_nsec).\(facts.st_size)"
    }

    func text(of program: String) -> [UInt8]? {
        guard let name = name(of: program) else { return nil }
        return TextFile.bytes(name)
    }

    func store(_ text: [UInt8], for program: String) {
        guard let directory, let name = name(of: program), Directory.make(directory) else { return }
        _ = try? TextFile.write(text, to: name, sync: false)
    }
}
