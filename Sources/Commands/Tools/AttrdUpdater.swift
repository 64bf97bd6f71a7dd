// SPDX-License-Identifier: GPL-2.0-or-later
// attrd_updater: transient node attributes, straight from and to the attribute manager (spec: cli-tools section 9).
package import ArgumentParser
import CIBModel
import Client
import ClusterXML

package struct AttrdUpdater: ParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "attrd_updater", abstract: "Set, query or delete a node attribute that lives in the attribute manager.")

    @OptionGroup var common: CommonToolOptions
    @OptionGroup var output: OutputOptions
    @Option(name: [.short, .long], help: "Name of the attribute.")
    var name: String?
    @Option(name: [.customShort("P"), .long], help: ArgumentHelp("All attributes whose name matches this regular expression.", valueName: "regex"))
    var pattern: String?
    @Option(name: [.customShort("U"), .long, .customLong("value"), .customShort("v")], parsing: .unconditional, help: "Set the value; VALUE++ and VALUE+=N count.")
    var update: String?
    @Option(name: [.customShort("B"), .customLong("update-both")], parsing: .unconditional, help: "Set the value and the delay.")
    var updateBoth: String?
    @Flag(name: [.customShort("Y"), .customLong("update-delay")], help: "Set the delay only.")
    var updateDelay = false
    @Flag(name: [.customShort("D"), .long], help: "Delete the value.")
    var delete = false
    @Flag(name: [.customShort("Q"), .long], help: "Print the value.")
    var query = false
    @Flag(name: [.customShort("A"), .customLong("all")], help: "With -Q: on all nodes.")
    var all = false
    @Flag(name: [.customShort("R"), .long], help: "Write all attributes to the CIB again.")
    var refresh = false
    @Option(name: [.short, .long], help: "Wait this long before writing to the CIB (dampening).")
    var delay: String?
    @Option(name: [.short, .long], help: "Id of the attribute set to use.")
    var set: String?
    @Option(name: [.customShort("N"), .long], help: "The node; default: this one.")
    var node: String?
    @Flag(name: [.customShort("p"), .customLong("private")], help: "Never write it to the CIB.")
    var isPrivate = false
    @Flag(name: [.customShort("z"), .long], help: "A utilization attribute.")
    var utilization = false
    @Option(name: [.customShort("W"), .long], help: ArgumentHelp("Wait until the value is set: no, local or cluster.", valueName: "where"))
    var wait: String?
    @Option(name: [.customShort("S"), .customLong("lifetime"), .customLong("section")], help: .hidden)
    var section: String?
    @Flag(name: [.customShort("q"), .long], help: .hidden)
    var quiet = false

    package init() {}

    package func run() throws {
        try output.run { output in
            if let wait, !["no", "local", "cluster"].contains(wait) {
                throw CommandFailure(.usage, "\(calledAs): --wait=\(wait) is not understood; use no, local or cluster")
            }
            if query { return try ClusterAccess.with { try show(output, $0) } }
            let message = try request()
            try ClusterAccess.with { _ = try $0.attrd(message) }
        }
    }

    private var target: String? {
        guard let node else { return ClusterAccess.agentNode }
        return node == "localhost" || node == "." || node == "auto" ? ClusterAccess.agentNode : node
    }

    private func request() throws -> XMLElement {
        if refresh { return XMLElement("create_attrd_op", [("task", "refresh")]) }
        var message = XMLElement("create_attrd_op")
        if let pattern {
            message["attr_regex"] = pattern
        } else if let name {
            guard !name.isEmpty else { throw CommandFailure(.usage, "\(calledAs): The attribute's name (-n) is empty") }
            message["attr_name"] = name
        } else {
            throw CommandFailure(.usage, "\(calledAs): An attribute name (-n) or pattern (-P) is needed")
        }
        if updateDelay || updateBoth != nil {
            guard delay != nil else { throw CommandFailure(.usage, "\(calledAs): -Y and -B need a delay (-d)") }
        }
        if updateDelay {
            message["task"] = "update-delay"
        } else if let updateBoth {
            message["task"] = "update-both"
            message["attr_value"] = updateBoth
        } else if delete {
            message["task"] = "update"
        } else if let update {
            message["task"] = "update"
            message["attr_value"] = update
        } else {
            throw CommandFailure(.usage, "\(calledAs): Nothing to do: use -U, -B, -Y, -D, -Q or -R")
        }
        message["attr_dampening"] = delay
        message["attr_set"] = set
        message["attr_set_type"] = utilization ? "utilization" : "instance_attributes"
        message["attr_host"] = target
        message["attr_is_private"] = isPrivate ? "1" : "0"
        message["attr_is_remote"] = "0"
        return message
    }

    private func show(_ output: ToolOutput, _ client: ClusterClient) throws {
        guard let name else { throw CommandFailure(.usage, "\(calledAs): An attribute name (-n) is needed") }
        var message = XMLElement("create_attrd_op", [("task", "query"), ("attr_name", name)])
        if !all { message["attr_host"] = try target ?? client.controller("node-info").first?["uname"] }
        let answer = try client.attrd(message)
        let found = answer.elements("node").filter { $0["attr_value"] != nil }.sorted { ($0["attr_host"] ?? "") < ($1["attr_host"] ?? "") }
        guard answer["attr_name"] != nil, !found.isEmpty else {
            throw CommandFailure(.configuration, "\(calledAs): Could not query value of \(name): attribute does not exist")
        }
        for value in found {
            let (host, text) = (value["attr_host"] ?? "", value["attr_value"] ?? "")
            output.result(
                XMLElement("attribute", [("name", name), ("value", text), ("host", host)]),
                text: quiet ? text : "name=\"\(name)\" host=\"\(host)\" value=\"\(text)\"")
        }
    }
}
