// SPDX-License-Identifier: GPL-2.0-or-later
// The levels ra, cib and corosync.
import ClusterXML
import ConfigurationLanguage
import Glibc

/// `crm ra`: what is installed and what it says about itself.
struct AgentLevel {
    let session: CrmSession

    init(_ session: CrmSession) { self.session = session }

    func perform(_ name: String, _ arguments: [String]) {
        switch name {
        case "classes":
            for standard in ["lsb", "service", "stonith", "systemd"] { print(standard) }
            print("ocf / " + session.agents.installed.providers.map(\.name).joined(separator: " "))
        case "list": list(arguments)
        case "providers":
            guard let type = arguments.first else { return missing(name, "a type") }
            let found = session.agents.installed.providers.filter { $0.types.contains(type) }.map(\.name)
            print(found.joined(separator: " "))
        case "info":
            guard let word = arguments.first else { return missing(name, "an agent") }
            info(word)
        default:
            guard let word = arguments.first, let agent = agent(word) else { return missing(name, "an agent") }
            ConfigureAgents(session).validate(agent, Array(arguments.dropFirst()))
        }
    }

    private func missing(_ name: String, _ what: String) { session.report(.error("ra.\(name): expected \(what)")) }

    private func list(_ arguments: [String]) {
        guard let standard = arguments.first else { return missing("list", "a class") }
        let names: [String]
        if standard == "ocf" {
            let providers = arguments.count > 1 ? [arguments[1]] : session.agents.installed.providers.map(\.name)
            names = Array(Set(providers.flatMap(session.agents.types(of:)))).sorted()
        } else {
            names = session.agents.types(ofClass: standard)
        }
        for name in names { print(name) }
    }

    func agent(_ word: String) -> AgentName? {
        let parts = word.split(separator: ":").map(String.init)
        switch parts.count {
        case 1: return AgentName(standard: "ocf", provider: session.agents.installed.provider(of: parts[0]), type: parts[0])
        case 2 where parts[0] == "ocf":
            return AgentName(standard: "ocf", provider: session.agents.installed.provider(of: parts[1]), type: parts[1])
        case 2: return AgentName(standard: parts[0], provider: nil, type: parts[1])
        case 3: return AgentName(standard: parts[0], provider: parts[1], type: parts[2])
        default: return nil
        }
    }

    private func info(_ word: String) {
        guard let agent = agent(word), case .metadata(let metadata) = session.agents.answer(agent) else {
            session.report(.error("\(word): no such resource agent, or it does not describe itself"))
            return
        }
        var lines = ["\(metadata.shortDescription.isEmpty ? agent.type : metadata.shortDescription) (\(agent))", ""]
        if !metadata.longDescription.isEmpty { lines += [metadata.longDescription, ""] }
        if !metadata.parameters.isEmpty { lines += ["Parameters (*: required, []: default):", ""] }
        for parameter in metadata.parameters where !parameter.isDeprecated {
            let standard = parameter.defaultValue.map { ", [\($0)]" } ?? ""
            lines.append("\(parameter.name)\(parameter.isRequired ? "*" : "")\(standard): \(parameter.shortDescription)")
        }
        lines += ["", "Operations' defaults (advisory minimum):", ""]
        for action in metadata.actions where !["meta-data", "validate-all"].contains(action.name) {
            let role = action.role.map { " role=\($0)" } ?? ""
            lines.append(
                "    \(action.name)\(role) timeout=\(action.timeout ?? "20s")"
                    + (action.interval.map { " interval=\($0)" } ?? ""))
        }
        print(lines.joined(separator: "\n"))
    }
}

/// `crm cib`: shadow CIBs, by way of crm_shadow.
struct ShadowLevel {
    let session: CrmSession

    init(_ session: CrmSession) { self.session = session }

    func perform(_ name: String, _ arguments: [String]) {
        let levels = CrmLevels(session)
        switch name {
        case "use":
            let target = arguments.first ?? "live"
            guard target == "live" || access(CIBSource.shadowPath(target), F_OK) == 0 else {
                return session.report(.error("cib.use: \(target): no such shadow CIB", hint: "crm cib list shows them"))
            }
            session.edited = nil
            session.store = target == "live" ? CIBStore() : CIBStore(shadow: target)
        case "new":
            let flags = ["withstatus", "force", "empty"]
            let id = arguments.first { !flags.contains($0) } ?? "tmp\(getpid())"
            var options = [arguments.contains("empty") ? "--create-empty" : "--create", id, "--batch"]
            if arguments.contains("force") || session.options.force { options.append("--force") }
            let failedBefore = session.failed
            session.failed = false
            levels.tool("crm_shadow", options)
            if !session.failed {
                session.store = CIBStore(shadow: id)
                session.report(.info("cib.new: \(id) shadow CIB created"))
            }
            session.failed = session.failed || failedBefore
            session.edited = nil
        case "list":
            for name in Directory.names(in: CIBSource.shadowFolder).sorted() where name.hasPrefix("shadow.") { print(name.dropFirst(7)) }
        case "diff": levels.tool("crm_shadow", ["--diff"])
        case "commit": levels.tool("crm_shadow", ["--commit", arguments.first ?? "", "--force", "--batch"])
        case "reset": levels.tool("crm_shadow", ["--reset", arguments.first ?? "", "--force", "--batch"])
        default: levels.tool("crm_shadow", ["--delete", arguments.first ?? "", "--force", "--batch"])
        }
    }
}

/// `crm corosync`: reads the membership layer's configuration.
struct CorosyncLevel {
    let session: CrmSession

    init(_ session: CrmSession) { self.session = session }

    func perform(_ name: String, _ arguments: [String]) {
        let path = "/etc/corosync/corosync.conf"
        if name == "status" {
            if ProgramRun.interactive("corosync-cfgtool", ["-s"]) != 0 { session.failed = true }
            return
        }
        do throws(TextFile.Failure) {
            let text = String(decoding: try TextFile.read(path), as: UTF8.self)
            if name == "show" { return print(text, terminator: "") }
            guard let key = arguments.first else { return session.report(.error("corosync.get: expected a path such as totem.version")) }
            let values = Self.values(of: key, in: text)
            guard !values.isEmpty else { return session.report(.error("corosync.get: \(key) is not set")) }
            print(values.joined(separator: "\n"))
        } catch {
            session.report(.error("\(path): \(error.text)"))
        }
    }

    private static func values(of key: String, in text: String) -> [String] {
        var path: [String] = []
        var result: [String] = []
        for line in text.split(separator: "\n") {
            let words = line.split(separator: " ").flatMap { $0.split(separator: "\t") }.joined(separator: " ")
            if words.hasPrefix("#") { continue }
            if words.hasSuffix("{") {
                path.append(words.dropLast().split(separator: " ").joined())
            } else if words == "}" {
                _ = path.popLast()
            } else if let colon = words.firstIndex(of: ":") {
                let name = (path + [words[..<colon].split(separator: " ").joined()]).joined(separator: ".")
                if name == key { result.append(words[words.index(after: colon)...].split(separator: " ").joined(separator: " ")) }
            }
        }
        return result
    }
}
