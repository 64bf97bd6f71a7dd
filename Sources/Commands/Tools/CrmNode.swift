// SPDX-License-Identifier: GPL-2.0-or-later
// crm_node: names, ids and membership of nodes (spec: cli-tools section 10).
package import ArgumentParser
import CIBModel
import Client
import ClusterXML

package struct CrmNode: ParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "crm_node", abstract: "Show or change what the cluster knows about its nodes.")

    @OptionGroup var common: CommonToolOptions
    @OptionGroup var output: OutputOptions
    @Flag(name: [.customShort("n"), .customLong("name")], help: "The name of this node.")
    var name = false
    @Flag(name: [.customShort("i"), .customLong("cluster-id")], help: "The id of this node.")
    var clusterID = false
    @Flag(name: [.customShort("l"), .customLong("list")], help: "All nodes that were ever seen, with id and state.")
    var list = false
    @Flag(name: [.customShort("p"), .customLong("partition")], help: "The names of the nodes in this partition.")
    var partition = false
    @Flag(name: [.customShort("q"), .customLong("quorum")], help: "1 if this partition has quorum, else 0.")
    var quorum = false
    @Option(name: [.customShort("N"), .customLong("name-for-id")], help: ArgumentHelp("The name of the node with this id.", valueName: "id"))
    var nameForID: String?
    @Option(name: [.customShort("R"), .customLong("remove")], help: ArgumentHelp("Forget a node that has left for good (needs --force).", valueName: "name"))
    var remove: String?
    @Flag(name: [.customShort("f"), .long], help: "Do dangerous things.")
    var force = false
    @Flag(name: [.customShort("Q"), .long], help: "Print as little as possible.")
    var quiet = false
    @Flag(name: [.customShort("C"), .customLong("corosync")], help: .hidden)
    var corosync = false

    package init() {}

    package func run() throws {
        try output.run { output in
            if name, let node = CIBSource.variable("OCF_RESKEY_CRM_meta_on_node") {
                // Agents ask this all the time; what they are told in their environment needs no cluster.
                output.result(XMLElement("node-info", [("nodeid", "0"), ("uname", node)]), text: node)
                return
            }
            if let remove { return try forget(remove) }
            guard name || clusterID || list || partition || quorum || nameForID != nil else {
                throw CommandFailure(.usage, "\(calledAs): Must specify a command option")
            }
            try ClusterAccess.with { client in try answer(output, client) }
        }
    }

    private func answer(_ output: ToolOutput, _ client: ClusterClient) throws {
        if list || partition {
            let nodes = try client.controller("list-nodes").first?.elements("node").map { $0 } ?? []
            try printNodes(nodes.sorted { ($0["uname"] ?? "") < ($1["uname"] ?? "") }, output)
            return
        }
        let wanted = nameForID.map { [("id", $0)] } ?? []
        let info = try client.controller("node-info", attributes: wanted).first ?? XMLElement("node")
        if nameForID != nil {
            guard let name = info["uname"] else { throw CommandFailure(.noHost, "\(calledAs): Node is not known to cluster") }
            output.result(XMLElement("node-info", [("nodeid", info["id"] ?? nameForID ?? ""), ("uname", name)]), text: name)
        } else if quorum {
            let has = info["have-quorum"] == "true"
            output.result(XMLElement("cluster-info", [("quorum", has ? "true" : "false")]), text: has ? "1" : "0")
        } else {
            let element = XMLElement("node-info", [("nodeid", info["id"] ?? ""), ("uname", info["uname"] ?? "")])
            output.result(element, text: name ? info["uname"] ?? "" : info["id"] ?? "")
        }
    }

    private func printNodes(_ nodes: [XMLElement], _ output: ToolOutput) throws {
        let shown = partition ? nodes.filter { $0["in_ccm"] == "member" } : nodes
        let elements = shown.map { node in
            var element = XMLElement("node", [("id", node["id"] ?? ""), ("name", node["uname"] ?? "")])
            if let state = node["in_ccm"] { element["state"] = state }
            return element
        }
        output.result(XMLElement("nodes", children: elements))
        if partition {
            output.line(shown.map { $0["uname"] ?? "" }.joined(separator: " "))
        } else {
            for node in shown { output.line([node["id"] ?? "", node["uname"] ?? "", node["in_ccm"] ?? ""].joined(separator: " ")) }
        }
    }

    /// Removes a node from the configuration, the status and the daemons' memory.
    private func forget(_ node: String) throws {
        guard force else {
            throw CommandFailure(
                .usage, "\(calledAs): Forgetting node \(node) is dangerous while it may still be active; use --force if it is gone for good")
        }
        try ClusterAccess.with { client in
            let info = try client.controller("node-info").first
            if info?["uname"] == node || info?["id"] == node {
                throw CommandFailure(.unsafe, "\(calledAs): \(node) is this host, which is an active member of the cluster")
            }
            _ = try client.controller("rm_node_cache", data: XMLElement("node", [("uname", node)]), expectReplies: 0)
            for path in ["//cib/configuration/nodes/node[@uname='\(node)']", "//cib/status/node_state[@uname='\(node)']"] where !node.contains("'") {
                let answer = try client.cib("cib_delete", section: path, options: ClusterClient.CIBOption.xpath | ClusterClient.CIBOption.multiple)
                guard answer.rc == 0 || answer.rc == -6 else {
                    throw CommandFailure(.error, "\(calledAs): The CIB refused to forget \(node) (\(answer.rc))")
                }
            }
        }
    }
}
