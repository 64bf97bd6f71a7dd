// SPDX-License-Identifier: GPL-2.0-or-later
// `template`: common configurations from a few values. What is made is kept as a file of statements until it is applied.
import ConfigurationLanguage
import Glibc

/// A pattern of statements with the values it needs.
struct ConfigurationPattern {
    var name: String
    var summary: String
    /// Values that must be given.
    var required: [String]
    /// Values with a default.
    var optional: [(name: String, value: String)]
    /// Statements with `{NAME}` where values go.
    var text: String

    static let all = [
        ConfigurationPattern(
            name: "virtual-ip", summary: "an address that follows the service", required: ["ip"],
            optional: [("cidr_netmask", "24")],
            text: "primitive {id} IPaddr2 params ip={ip} cidr_netmask={cidr_netmask} op monitor interval=10s timeout=20s\n"),
        ConfigurationPattern(
            name: "filesystem", summary: "a file system mounted on one node", required: ["device", "directory", "fstype"],
            optional: [("options", "defaults")],
            text: """
                primitive {id} Filesystem params device="{device}" directory="{directory}" fstype={fstype} options="{options}" \\
                    op start timeout=60s op stop timeout=60s op monitor interval=20s timeout=40s

                """),
        ConfigurationPattern(
            name: "apache", summary: "a web server", required: ["configfile"], optional: [("statusurl", "http://localhost/server-status")],
            text: """
                primitive {id} apache params configfile="{configfile}" statusurl="{statusurl}" \\
                    op start timeout=60s op stop timeout=60s op monitor interval=30s timeout=30s

                """),
        ConfigurationPattern(
            name: "ping", summary: "reachability of addresses, measured on every node", required: ["host_list"],
            optional: [("multiplier", "100")],
            text: """
                primitive {id} ocf:pacemaker:ping params host_list="{host_list}" multiplier={multiplier} \\
                    op start timeout=60s op monitor interval=10s timeout=60s
                clone {id}-clone {id} meta interleave=true

                """),
        ConfigurationPattern(
            name: "remote-node", summary: "a node that runs only the remote executor", required: ["server"], optional: [("port", "3121")],
            text: "primitive {id} ocf:pacemaker:remote params server=\"{server}\" port={port} op monitor interval=10s timeout=30s\n"),
        ConfigurationPattern(
            name: "sbd", summary: "fencing by way of shared disks", required: ["devices"], optional: [("delay", "15")],
            text: "primitive {id} stonith:fence_sbd params devices=\"{devices}\" pcmk_delay_max={delay}\nproperty stonith-enabled=true\n"),
    ]

    /// The statements with values filled in, or the names of those that are missing.
    func statements(id: String, values: [String: String]) -> (text: String, missing: [String]) {
        var all = Dictionary(uniqueKeysWithValues: optional.map { ($0.name, $0.value) })
        for (name, value) in values { all[name] = value }
        let missing = required.filter { all[$0] == nil }
        var result = ""
        var rest = text[...]
        while let open = rest.firstIndex(of: "{"), let close = rest[open...].firstIndex(of: "}") {
            let name = String(rest[rest.index(after: open)..<close])
            result += rest[..<open] + (name == "id" ? id : all[name] ?? "")
            rest = rest[rest.index(after: close)...]
        }
        return (result + rest, missing)
    }
}

/// `crm configure template`.
struct TemplateLevel {
    let session: CrmSession
    static let commands = ["new", "list", "show", "edit", "apply", "delete", "load"]

    init(_ session: CrmSession) { self.session = session }

    func perform(_ arguments: [String]) {
        guard let command = arguments.first else { return list() }
        let rest = Array(arguments.dropFirst())
        switch command {
        case "new": new(rest)
        case "list": list()
        case "show": if let text = stored(rest) { print(text, terminator: "") }
        case "load", "edit": edit(rest)
        case "apply": apply(rest)
        case "delete": if let file = file(rest), unlink(file) != 0 { fail("there is no configuration \(rest[0])") }
        default: fail("\(command): No such command", hint: "one of \(Self.commands.joined(separator: ", "))")
        }
    }

    private func fail(_ text: String, hint: String? = nil) { session.report(.error("template: \(text)", hint: hint)) }

    private var folder: String? {
        (AgentCatalog.environment("XDG_DATA_HOME") ?? AgentCatalog.environment("HOME").map { "\($0)/.local/share" })
            .map { "\($0)/clusterctl/templates" }
    }

    private func file(_ arguments: [String]) -> String? {
        guard let name = arguments.first, Spelling.isObjectID(name), let folder else {
            fail("name a configuration", hint: "template list shows them")
            return nil
        }
        return "\(folder)/\(name)"
    }

    private func stored(_ arguments: [String]) -> String? {
        guard let file = file(arguments) else { return nil }
        guard let bytes = TextFile.bytes(file) else {
            fail("there is no configuration \(arguments[0])", hint: "template new \(arguments[0]) TEMPLATE params NAME=VALUE… makes it")
            return nil
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private func list() {
        print("Templates:")
        for pattern in ConfigurationPattern.all {
            let values = pattern.required.map { "\($0)=…" } + pattern.optional.map { "[\($0.name)=\($0.value)]" }
            print("  \(pattern.name) \(values.joined(separator: " "))   (\(pattern.summary))")
        }
        print("Configurations:")
        for name in folder.map({ Directory.names(in: $0).sorted() }) ?? [] { print("  \(name)") }
    }

    /// `new NAME TEMPLATE… [params NAME=VALUE…]`.
    private func new(_ arguments: [String]) {
        guard arguments.count > 1, let file = file(arguments), let folder, Directory.make(folder) else {
            return fail("new: expected NAME TEMPLATE… [params NAME=VALUE…]")
        }
        let split = arguments.firstIndex(of: "params") ?? arguments.count
        var values: [String: String] = [:]
        for word in arguments[min(split + 1, arguments.count)...] {
            guard let equals = word.firstIndex(of: "=") else { return fail("new: \(word): expected NAME=VALUE") }
            values[String(word[..<equals])] = String(word[word.index(after: equals)...])
        }
        let names = arguments[1..<split]
        var text = ""
        for name in names {
            guard let pattern = ConfigurationPattern.all.first(where: { $0.name == name }) else {
                let known = ConfigurationPattern.all.map(\.name)
                return fail("there is no template \(name)", hint: "one of \(known.joined(separator: ", "))")
            }
            let id = names.count == 1 ? arguments[0] : "\(arguments[0])-\(name)"
            let made = pattern.statements(id: id, values: values)
            guard made.missing.isEmpty else {
                return fail("template \(name) needs \(made.missing.joined(separator: ", "))", hint: "params \(made.missing.map { "\($0)=…" }.joined(separator: " "))")
            }
            text += made.text
        }
        do throws(TextFile.Failure) {
            try TextFile.write(Array(text.utf8), to: file)
        } catch {
            fail("\(file): \(error.text)")
        }
    }

    private func edit(_ arguments: [String]) {
        guard stored(arguments) != nil, let file = file(arguments) else { return }
        guard session.isInteractive else { return session.report(.info("edit not allowed in batch mode")) }
        _ = ProgramRun.interactive("/bin/sh", ["-c", "\(AgentCatalog.environment("EDITOR") ?? "vi") \"$0\"", file])
    }

    /// `apply [replace|update] NAME`.
    private func apply(_ arguments: [String]) {
        var words = arguments
        var method = LoadMethod.update
        if let first = words.first, let named = LoadMethod(rawValue: first), words.count > 1 {
            method = named
            words.removeFirst()
        }
        guard let text = stored(words) else { return }
        let agents = session.agents.installed
        ConfigureLevel(session).change(source: MessagePrinter.Source(name: words[0], text: text)) { configuration throws(EditError) in
            try configuration.load(text, method: method, agents: agents)
        }
    }
}
