// SPDX-License-Identifier: GPL-2.0-or-later
// crmadmin: state of the controller and of the launcher, and the list of nodes (spec: cli-tools section 11).
package import ArgumentParser
import CIBModel
import Client
import ClusterXML

package struct Crmadmin: ParsableCommand, AdaptsArguments {
    package static let configuration = CommandConfiguration(commandName: "crmadmin", abstract: "Ask the controller how it is.")

    @OptionGroup var common: CommonToolOptions
    @OptionGroup var output: OutputOptions
    @Option(name: [.customShort("S"), .customLong("status")], help: ArgumentHelp("The state of the controller on a node.", valueName: "node"))
    var status: String?
    @Flag(name: [.customShort("P"), .customLong("pacemakerd")], help: "The state of the launcher on this host.")
    var pacemakerd = false
    @Flag(name: [.customShort("D"), .customLong("dc_lookup")], help: "The node that is the designated controller.")
    var lookup = false
    @Option(name: [.customShort("N"), .customLong("nodes")], help: ArgumentHelp("The nodes: all, cluster, guest or remote, or several with commas.", valueName: "type"))
    var nodes: String?
    @Flag(name: [.customShort("B"), .customLong("bash-export")], help: "With -N: as shell commands 'export NAME=ID'.")
    var bashExport = false
    @Flag(name: [.customShort("q"), .long], help: "Print only what was asked for.")
    var quiet = false
    @Option(name: [.customShort("t"), .long], help: "How long to wait for an answer (seconds, or with a unit).")
    var timeout: String?
    @Flag(name: [.customShort("i"), .customLong("ipc-name")], help: .hidden)
    var ipcName = false

    package init() {}

    package static func adapted(_ arguments: [String]) -> [String] {
        // The type of -N may be left out, and it is the next word only if that names types.
        var result: [String] = []
        for (index, word) in arguments.enumerated() {
            result.append(word)
            guard word == "-N" || word == "--nodes" else { continue }
            let next = index + 1 < arguments.count ? arguments[index + 1] : "-"
            if next.hasPrefix("-") { result.append("all") }
        }
        return result
    }

    package func run() throws {
        try output.run { output in
            if nodes != nil {
                try listNodes(output)
            } else if pacemakerd {
                try ClusterAccess.with { try launcher(output, $0) }
            } else if let status {
                try ClusterAccess.with { try controller(status, output, $0) }
            } else if lookup {
                try ClusterAccess.with { try designated(output, $0) }
            } else {
                throw CommandFailure(.usage, "\(calledAs): Must specify a command option")
            }
        }
    }

    private var seconds: Int { max(1, (Duration.parsed(timeout) ?? 30_000) / 1000) }

    private func designated(_ output: ToolOutput, _ client: ClusterClient) throws {
        let reply = try? client.messages("ping", to: "dc", timeout: seconds).first
        guard let reply else { throw CommandFailure(.noDC, "\(calledAs): No DC is known yet") }
        let name = reply["src"] ?? ""
        output.result(XMLElement("dc", [("node_name", name)]), text: quiet ? name : "Designated Controller is: \(name)")
    }

    private func controller(_ node: String, _ output: ToolOutput, _ client: ClusterClient) throws {
        let known = try client.controller("list-nodes", timeout: seconds).first?.elements("node").contains { $0["uname"] == node } ?? false
        guard known else { throw CommandFailure(.timeout, "\(calledAs): No controller answers on node \(node)") }
        let state = try client.controller("ping", to: "crmd", host: node, timeout: seconds).first ?? XMLElement("ping_response")
        let (name, result) = (state["crmd_state"] ?? "", state["result"] ?? "")
        output.result(
            XMLElement("crmd", [("node_name", node), ("state", name), ("result", result)]),
            text: quiet ? name : "Controller on \(node) in state \(name): \(result)")
    }

    private func launcher(_ output: ToolOutput, _ client: ClusterClient) throws {
        let answer = try client.launcherState()
        let state = answer?["crmd_state"] ?? "invalid"
        let updated = answer?["crm-tstamp"].flatMap { Int64($0) }.map { UTCTime.text($0) }
        output.result(
            XMLElement("pacemakerd", [("sys_from", "pacemakerd"), ("state", state)] + (updated.map { [("last_updated", $0)] } ?? [])),
            text: quiet ? state : "Status of pacemakerd: '\(Self.words[state] ?? state)'" + (updated.map { " (last updated \($0))" } ?? ""))
    }

    private static let words = [
        "init": "Pacemaker is initializing", "starting_daemons": "Pacemaker daemons are starting", "running": "Pacemaker is running",
        "shutting_down": "Pacemaker daemons are shutting down", "shutdown_complete": "Pacemaker daemons are shut down",
        "remote": "pacemaker-remoted is running (on a Pacemaker Remote node)",
    ]

    // MARK: Nodes

    private func listNodes(_ output: ToolOutput) throws {
        let types = Set((nodes ?? "all").split(separator: ",").map(String.init))
        for type in types.sorted() where !["all", "cluster", "guest", "remote"].contains(type) {
            throw CommandFailure(.usage, "\(calledAs): '\(type)' is no type of node; use all, cluster, guest or remote")
        }
        let cib: XMLElement
        do {
            cib = try CIBSession().query()
        } catch {
            throw CommandFailure(error.exitCode, "\(calledAs): \(error)")
        }
        var found: [(type: String, name: String, id: String)] = []
        let all = types.contains("all")
        if all || types.contains("cluster") { found += NodeListing.cluster(cib).map { ("cluster", $0.name, $0.id) } }
        if all || types.contains("guest") { found += NodeListing.guests(cib).map { ("guest", $0, $0) } }
        if all || types.contains("remote") { found += NodeListing.remotes(cib).map { ("remote", $0, $0) } }
        output.result(XMLElement("nodes", children: found.map {
            XMLElement("node", [("type", $0.type), ("name", $0.name), ("id", $0.id)])
        }))
        for node in found {
            if bashExport {
                output.line("export \(node.name)=\(node.id)")
            } else {
                output.line(quiet ? node.name : "\(node.type) node: \(node.name) (\(node.id))")
            }
        }
    }
}

/// The nodes that a configuration defines.
enum NodeListing {
    static func cluster(_ cib: XMLElement) -> [(name: String, id: String)] {
        guard let nodes = cib.first("configuration")?.first("nodes") else { return [] }
        return nodes.elements("node").filter { $0["type"] == nil || $0["type"] == "member" }
            .map { ($0["uname"] ?? $0.id ?? "", $0.id ?? "") }
    }

    /// Names given by the meta-attribute `remote-node`.
    static func guests(_ cib: XMLElement) -> [String] {
        primitives(cib).flatMap { primitive in
            primitive.elements("meta_attributes").flatMap { block in
                block.elements("nvpair").filter { $0["name"] == "remote-node" }.compactMap { $0["value"] }
            }
        }
    }

    /// Ids of connection resources.
    static func remotes(_ cib: XMLElement) -> [String] {
        primitives(cib).filter { $0["class"] == "ocf" && $0["provider"] == "pacemaker" && $0["type"] == "remote" }.compactMap { $0.id }
    }

    private static func primitives(_ cib: XMLElement) -> [XMLElement] {
        cib.first("configuration")?.first("resources").map { collect($0) } ?? []
    }

    private static func collect(_ parent: XMLElement) -> [XMLElement] {
        parent.elements.flatMap { $0.name == "primitive" ? [$0] : collect($0) }
    }
}
