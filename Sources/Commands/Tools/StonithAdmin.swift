// SPDX-License-Identifier: GPL-2.0-or-later
// stonith_admin: fence nodes, and look after fence devices and the topology (spec: cli-tools section 14).
package import ArgumentParser
import CIBModel
import Client
import ClusterXML
import Glibc
import Messages

package struct StonithAdmin: ParsableCommand, AdaptsArguments {
    package static let configuration = CommandConfiguration(
        commandName: "stonith_admin", abstract: "Fence nodes, and show or change fence devices and the fencing topology.")

    @OptionGroup var common: CommonToolOptions
    @OptionGroup var output: OutputOptions

    @Flag(name: [.customShort("I"), .customLong("list-installed")], help: "The fence agents on this host.")
    var listInstalled = false
    @Flag(name: [.customShort("L"), .customLong("list-registered")], help: "The devices the fencer knows.")
    var listRegistered = false
    @Option(name: [.customShort("l"), .customLong("list")], help: ArgumentHelp("The devices that can fence a node.", valueName: "node"))
    var list: String?
    @Option(name: [.customShort("s"), .customLong("list-targets")], help: ArgumentHelp("The nodes a device can fence.", valueName: "device"))
    var listTargets: String?
    @Option(name: [.customShort("H"), .long], help: ArgumentHelp("What was fenced; '*' for all nodes.", valueName: "node"))
    var history: String?
    @Option(name: [.customShort("h"), .customLong("last")], help: ArgumentHelp("When a node was fenced last.", valueName: "node"))
    var last: String?
    @Flag(name: [.customShort("n"), .customLong("as-node-id")], help: "With --last: the name is a node id.")
    var asNodeID = false
    @Flag(name: [.customShort("M"), .long], help: "Show an agent's meta-data (-a).")
    var metadata = false
    @Flag(name: [.customShort("K"), .long], help: "Check a device's settings (-a, -o).")
    var validate = false
    @Option(name: [.customShort("Q"), .long], help: ArgumentHelp("Ask a device's agent for its status.", valueName: "device"))
    var query: String?

    @Option(name: [.customShort("F"), .long], help: ArgumentHelp("Switch a node off.", valueName: "node"))
    var fence: String?
    @Option(name: [.customShort("U"), .long], help: ArgumentHelp("Switch a node on.", valueName: "node"))
    var unfence: String?
    @Option(name: [.customShort("B"), .long], help: ArgumentHelp("Restart a node.", valueName: "node"))
    var reboot: String?
    @Option(name: [.customShort("C"), .long], help: ArgumentHelp("Confirm that a node is down for sure.", valueName: "node"))
    var confirm: String?

    @Option(name: [.customShort("R"), .long], help: ArgumentHelp("Register a device (-a, -o).", valueName: "device"))
    var register: String?
    @Option(name: [.customShort("D"), .long], help: ArgumentHelp("Forget a device.", valueName: "device"))
    var deregister: String?
    @Option(name: [.customShort("r"), .customLong("register-level")], help: ArgumentHelp("Add a level for a node, @regex or attribute=value.", valueName: "target"))
    var registerLevel: String?
    @Option(name: [.customShort("d"), .customLong("deregister-level")], help: ArgumentHelp("Remove a level.", valueName: "target"))
    var deregisterLevel: String?

    @Option(name: [.customShort("a"), .long], help: "The fence agent to use.")
    var agent: String?
    @Option(name: [.customShort("o"), .long], parsing: .unconditionalSingleValue, help: ArgumentHelp("A parameter of the device.", valueName: "name=value"))
    var option: [String] = []
    @Option(name: [.customShort("e"), .customLong("env-option")], help: ArgumentHelp("A parameter whose value is in the environment.", valueName: "name"))
    var envOption: [String] = []
    @Option(name: [.customShort("i"), .long], help: "The number of a level, 1 to 9.")
    var index: Int?
    @Option(name: [.customShort("v"), .long], parsing: .unconditionalSingleValue, help: "A device of a level.")
    var device: [String] = []
    @Option(name: [.customShort("T"), .long], help: "Name this request, for logs.")
    var tag: String?
    @Option(name: [.customShort("t"), .long], help: "How long an action may take (seconds).")
    var timeout = "120"
    @Option(name: [.customShort("y"), .long], parsing: .unconditional, help: "Delay fencing by this many seconds; -1: no delays at all.")
    var delay: Int?
    @Option(name: .long, help: "Accept a fencing that was done at most this long ago.")
    var tolerance: String?
    @Flag(name: [.customShort("b"), .long], help: "With --history: of all hosts (this one has them all).")
    var broadcast = false
    @Flag(name: [.customShort("c"), .long], help: "With --history: forget it instead.")
    var cleanup = false
    @Flag(name: [.customShort("q"), .long], help: "Print as little as possible.")
    var quiet = false

    package init() {}

    package static func adapted(_ arguments: [String]) -> [String] {
        OptionalValue.filled(arguments, options: ["-L"]).filter { $0 != OptionalValue.absent }
    }

    package func run() throws {
        try output.run { output in
            if listInstalled { return FenceAgents.list(output, quiet: quiet) }
            if metadata { return try FenceAgents.showMetaData(agent, output) }
            if validate { return try FenceAgents.validate(agent, parameters(), output, timeout: seconds) }
            try ClusterAccess.with { client in try act(output, client) }
        }
    }

    private var seconds: Int { max(1, (Duration.parsed(timeout) ?? 120_000) / 1000) }

    private func act(_ output: ToolOutput, _ client: ClusterClient) throws {
        if let fence { return try fenceNode(fence, "off", output, client) }
        if let reboot { return try fenceNode(reboot, "reboot", output, client) }
        if let unfence { return try fenceNode(unfence, "on", output, client) }
        if let confirm { return try fenceNode(confirm, "off", output, client, options: 0x8) }
        if let history { return try FencingHistoryReport(client, quiet: quiet, verbose: common.verbose, cleanup: cleanup).show(history, output) }
        if let last { return try FencingHistoryReport(client, quiet: quiet, verbose: common.verbose, cleanup: false).showLast(last, output) }
        if listRegistered { return try listDevices(nil, output, client) }
        if let list { return try listDevices(list, output, client) }
        if let listTargets { return try showTargets(listTargets, output, client) }
        if let query { return try check(client.fencer("st_execute", data: XMLElement("st_device", [("st_device_id", query), ("st_device_action", "status")]), timeout: seconds), query) }
        if let register { return try registerDevice(register, client) }
        if let deregister { return try check(client.fencer("st_device_remove", data: XMLElement("st_device_id", [("id", deregister)])), deregister) }
        if let registerLevel { return try changeLevel(registerLevel, "st_level_add", client) }
        if let deregisterLevel { return try changeLevel(deregisterLevel, "st_level_remove", client) }
        throw CommandFailure(.usage, "\(calledAs): Please specify an operation to perform")
    }

    /// Turns a refusal of the fencer into the tool's error.
    private func check(_ answer: XMLElement, _ name: String) throws {
        let rc = answer["st_rc"].flatMap { Int($0) } ?? 0
        guard rc != 0 else { return }
        let reason = answer["exit-reason"]
        switch rc {
        case -19: throw CommandFailure(.noSuchObject, "\(calledAs): \(reason ?? "No such device"): \(name)")
        case -62: throw CommandFailure(.timeout, "\(calledAs): \(reason ?? "Timer expired")")
        default: throw CommandFailure(.error, "\(calledAs): \(reason ?? "The fencer refused (\(rc))")")
        }
    }

    // MARK: Fencing

    private func fenceNode(_ target: String, _ action: String, _ output: ToolOutput, _ client: ClusterClient, options: Int = 0) throws {
        var data = XMLElement("stonith_api_fence", [("st_target", target), ("st_device_action", action), ("st_timeout", "\(seconds)")])
        data["st_delay"] = "\(delay ?? 0)"
        data["st_tolerance"] = "\((Duration.parsed(tolerance) ?? 0) / 1000)"
        let answer = try client.fencer("st_fence", data: data, options: options, timeout: seconds)
        let rc = answer["st_rc"].flatMap { Int($0) } ?? 0
        guard rc != 0 else { return }
        let reason = answer["exit-reason"] ?? "unknown reason"
        let message = "\(calledAs): Couldn't \(action == "on" ? "unfence" : "fence") \(target): \(reason)"
        throw CommandFailure(rc == -19 ? .noSuchObject : rc == -62 ? .timeout : .error, message)
    }

    // MARK: Devices

    private func listDevices(_ target: String?, _ output: ToolOutput, _ client: ClusterClient) throws {
        var data = XMLElement("st_device_id", [("st_device_action", "off")])
        data["st_target"] = target
        let answer = try client.fencer("st_query", data: data, timeout: seconds)
        try check(answer, target ?? "")
        let devices = answer.first("st_calldata")?.elements.first?.elements("st_device_id").compactMap { $0.id } ?? []
        FenceAgents.printList(devices, "fence device", title: "fence devices", output, quiet: quiet)
    }

    private func showTargets(_ device: String, _ output: ToolOutput, _ client: ClusterClient) throws {
        let answer = try client.fencer("st_execute", data: XMLElement("st_device", [("st_device_id", device), ("st_device_action", "list")]), timeout: seconds)
        try check(answer, device)
        let names = (answer["st_output"] ?? "").split(separator: "\n").map(String.init)
        output.result(XMLElement("list", [("name", "fence targets"), ("count", "\(names.count)")], children: names.map {
            var item = XMLElement("item")
            item.text = $0
            return item
        }))
        for name in names { output.line(name) }
    }

    private func parameters() throws -> [(String, String)] {
        var result: [(String, String)] = []
        for text in option {
            guard let equals = text.firstIndex(of: "=") else {
                throw CommandFailure(.usage, "\(calledAs): '\(text)' is no parameter; write it as name=value")
            }
            result.append((String(text[..<equals]), String(text[text.index(after: equals)...])))
        }
        for name in envOption {
            guard let value = CIBSource.variable("OCF_RESKEY_\(name)") ?? CIBSource.variable(name) else {
                throw CommandFailure(.usage, "\(calledAs): The environment has no value for \(name)")
            }
            result.append((name, value))
        }
        return result
    }

    private func registerDevice(_ id: String, _ client: ClusterClient) throws {
        guard let agent else { throw CommandFailure(.usage, "\(calledAs): Please specify an agent with -a") }
        let data = XMLElement("st_device_id", [("id", id), ("agent", agent), ("namespace", "any"), ("origin", calledAs)],
            children: [XMLElement("attributes", try parameters())])
        try check(client.fencer("st_device_register", data: data), id)
    }

    private func changeLevel(_ target: String, _ operation: String, _ client: ClusterClient) throws {
        guard let index, (1...9).contains(index) else { throw CommandFailure(.usage, "\(calledAs): Please specify a level from 1 to 9 with -i") }
        var data = XMLElement("fencing-level", [("index", "\(index)")])
        if target.hasPrefix("@") {
            data["target-pattern"] = String(target.dropFirst())
        } else if let equals = target.firstIndex(of: "=") {
            data["target-attribute"] = String(target[..<equals])
            data["target-value"] = String(target[target.index(after: equals)...])
        } else {
            data["target"] = target
        }
        if operation == "st_level_add" {
            guard !device.isEmpty else { throw CommandFailure(.usage, "\(calledAs): Please specify devices with -v") }
            data["devices"] = device.joined(separator: ",")
        }
        try check(client.fencer(operation, data: data), target)
    }
}
