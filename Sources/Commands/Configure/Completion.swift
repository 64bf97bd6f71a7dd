// SPDX-License-Identifier: GPL-2.0-or-later
// What may follow in a command line (crm-configure.md section 12).
import ClusterXML
import ConfigurationLanguage

struct Completion {
    let session: CrmSession

    init(_ session: CrmSession) { self.session = session }

    /// A line up to the cursor: the finished words after the level's name, the unfinished one, and the level they belong to.
    private func parts(of head: String) -> (words: [String], current: String, level: CrmSession.Level) {
        var words = head.split(separator: " ", omittingEmptySubsequences: true).map(String.init)
        let current = head.hasSuffix(" ") || head.isEmpty ? "" : words.popLast() ?? ""
        var level = session.level
        if level == .root, let first = words.first, let found = CrmSession.Level(rawValue: first) {
            level = found
            words.removeFirst()
        }
        return (words, current, level)
    }

    /// What is known about the parameter or property of which only the name is there: `NAME=`.
    func explanation(for head: String) -> String? {
        let (words, current, level) = parts(of: head)
        guard level == .configure, let command = words.first, current.hasSuffix("=") else { return nil }
        let name = String(current.dropLast())
        if command == "property" {
            guard let option = ClusterOptionCatalog.listing.options.first(where: { $0.name == name }) else { return nil }
            return Self.explanation(name, option.summary, option.details, standard: option.standard)
        }
        guard command == "primitive" || command == "rsc_template", words.count > 2, let agent = AgentLevel(session).agent(words[2]),
            case .metadata(let metadata) = session.agents.answer(agent), let parameter = metadata.parameters.first(where: { $0.name == name })
        else { return nil }
        return Self.explanation(name, parameter.shortDescription, nil, standard: parameter.defaultValue)
    }

    private static func explanation(_ name: String, _ short: String, _ long: String?, standard: String?) -> String {
        var text = short.isEmpty ? name : "\(name): \(short)"
        if let standard, !standard.isEmpty { text += " (default \(standard))" }
        if let long, !long.isEmpty { text += "\n\(long)" }
        return text
    }

    /// Words that may stand in place of the last, unfinished one.
    func candidates(for head: String) -> [String] {
        let (words, current, level) = parts(of: head)
        let offered = words.isEmpty ? commands(of: level) : arguments(words, current, level)
        return offered.filter { $0.hasPrefix(current) && $0 != current }
    }

    private func commands(of level: CrmSession.Level) -> [String] {
        let general = ["help", "quit"] + (level == .root ? [] : ["up", "cd", "ls"])
        switch level {
        case .root: return CrmSession.levelNames + general
        case .configure: return ConfigureLevel.commandNames + general
        default: return CrmLevels.commands(of: level) + general
        }
    }

    private func arguments(_ words: [String], _ current: String, _ level: CrmSession.Level) -> [String] {
        guard let configuration = session.configuration() else { return [] }
        switch level {
        case .configure: return configureArguments(words, current, configuration)
        case .resource:
            return words.count == 1
                ? configuration.allObjects.filter { $0.kind.isResource }.map(\.id) : configuration.nodeNames
        case .node: return words.count == 1 ? configuration.nodeNames : []
        case .ra: return agentNames(current)
        default: return []
        }
    }

    private func configureArguments(_ words: [String], _ current: String, _ configuration: Configuration) -> [String] {
        let ids = configuration.allObjects.map(\.id)
        let resources = configuration.allObjects.filter { $0.kind.isResource && $0.parent == nil }.map(\.id)
        let command = ConfigureLevel.aliases[words[0]] ?? words[0]
        switch command {
        case "show", "save":
            let kinds = ObjectKind.allCases.map { "type:\($0.rawValue)" }
            return ids + ["xml", "changed"] + kinds + configuration.objects(of: .tag).map { "tag:\($0.id)" }
        case "edit", "filter", "delete", "rename", "set", "default-timeouts", "validate-all", "rsctest": return ids
        case "load": return words.count == 1 ? ["xml", "replace", "update", "push"] : words.last == "xml" ? ["replace", "update", "push"] : []
        case "commit": return ["force", "replace", "--dry-run", "--plan", "--confirm"]
        case "erase": return ["nodes"]
        case "upgrade": return ["force"]
        case "graph": return ["dot"]
        case "plan": return ["--json"] + ConfigureLevel.commandNames
        case "get-property": return ClusterProperties.known.map(\.name)
        case "property": return ClusterProperties.known.map { "\($0.name)=" }
        case "rsc_defaults": return Vocabulary.resourceMeta.map { "\($0)=" }
        case "op_defaults": return Vocabulary.operationAttributes.map { "\($0)=" }
        case "primitive", "rsc_template": return primitive(words, current, configuration)
        case "group":
            let free = configuration.objects(of: .primitive).filter { $0.parent == nil }.map(\.id)
            return words.count == 1 ? ["id="] : free + ["meta", "params"]
        case "clone", "ms":
            let free = resources.filter { configuration[$0].map { $0.kind == .primitive || $0.kind == .group } ?? false }
            return words.count == 1 ? ["id="] : words.count == 2 ? free : ["meta", "params"] + Vocabulary.cloneMeta.map { "\($0)=" }
        case "bundle": return words.count == 1 ? ["id="] : ["docker", "podman", "network", "storage", "primitive", "meta"]
        case "location":
            return words.count == 1 ? ["id="] : words.count == 2 ? resources : ["rule", "inf:", "-inf:"] + configuration.nodeNames
        case "colocation": return words.count == 1 ? ["id="] : words.count == 2 ? ["inf:", "-inf:"] : resources
        case "order": return words.count == 1 ? ["id="] : words.count == 2 ? ["Mandatory:", "Optional:", "Serialize:"] + resources : resources
        case "rsc_ticket": return words.count == 1 ? ["id="] : words.count == 2 ? [] : resources + ["loss-policy="]
        case "fencing_topology":
            let devices = configuration.objects(of: .primitive).filter { configuration.agentName(of: $0)?.standard == "stonith" }
            return configuration.nodeNames.map { "\($0):" } + devices.map(\.id)
        case "modgroup": return modgroup(words, configuration)
        case "tag": return words.count == 1 ? ["id="] : ids
        case "monitor": return configuration.objects(of: .primitive).map(\.id)
        case "role": return words.count == 1 ? ["id="] : ["read", "write", "deny", "xpath:", "ref:", "type:", "meta:", "params:", "node", "cib", "status"]
        case "acl_target", "acl_group": return words.count == 1 ? [] : configuration.objects(of: .role).map(\.id)
        default: return []
        }
    }

    private func modgroup(_ words: [String], _ configuration: Configuration) -> [String] {
        let groups = configuration.objects(of: .group)
        guard words.count > 1, let group = groups.first(where: { $0.id == words[1] }) else { return groups.map(\.id) }
        switch words.count {
        case 2: return ["add", "remove"]
        case 3 where words[2] == "remove": return group.members
        case 3: return configuration.objects(of: .primitive).filter { $0.parent == nil }.map(\.id)
        case 4: return ["after", "before"]
        default: return group.members
        }
    }

    private func primitive(_ words: [String], _ current: String, _ configuration: Configuration) -> [String] {
        switch words.count {
        case 1: return ["id="]
        case 2: return agentNames(current) + configuration.objects(of: .template).map { "@\($0.id)" }
        default: break
        }
        let sections = ["params", "meta", "op", "utilization"]
        guard let agent = AgentLevel(session).agent(words[2]), case .metadata(let metadata) = session.agents.answer(agent) else {
            return sections
        }
        let position = words.lastIndex { sections.contains($0) } ?? 2
        switch words[position] {
        case "meta": return Vocabulary.resourceMeta.map { "\($0)=" } + sections
        case "op" where position == words.count - 1: return metadata.actions.map(\.name).filter { $0 != "meta-data" }
        case "op":
            let advice = metadata.action(words[position + 1], role: nil)
            return ["interval=\(advice?.interval ?? "")", "timeout=\(advice?.timeout ?? "")", "on-fail=", "role="] + sections
        default:
            return metadata.parameters.filter { !$0.isDeprecated }.map { "\($0.name)=" } + sections
        }
    }

    /// Classes, then providers, then types, step by step at each colon.
    private func agentNames(_ current: String) -> [String] {
        let parts = current.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        let catalog = session.agents
        switch parts.count {
        case 0, 1:
            return ["ocf:", "stonith:", "systemd:", "lsb:", "service:"] + catalog.types(of: "heartbeat")
        case 2 where parts[0] == "ocf": return catalog.installed.providers.map { "ocf:\($0.name):" }
        case 2: return catalog.types(ofClass: parts[0]).map { "\(parts[0]):\($0)" }
        default: return catalog.types(of: parts[1]).map { "ocf:\(parts[1]):\($0)" }
        }
    }
}
