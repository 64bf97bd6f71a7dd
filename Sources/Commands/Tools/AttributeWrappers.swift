// SPDX-License-Identifier: GPL-2.0-or-later
// crm_standby, crm_failcount and crm_master: shorter ways to some attributes (spec: cli-tools section 8.2).
package import ArgumentParser
import CIBModel
import ClusterXML

package struct CrmStandby: ParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "crm_standby", abstract: "Show or change whether a node may run resources.")

    @OptionGroup var common: CommonToolOptions
    @OptionGroup var output: OutputOptions
    @Flag(name: [.customShort("G"), .customLong("query")], help: "Show whether the node is in standby.")
    var query = false
    @Option(name: [.customShort("v"), .customLong("update")], help: "on, off, true or false.")
    var update: String?
    @Flag(name: [.customShort("D"), .long], help: "Let the node run resources again.")
    var delete = false
    @Option(name: [.customShort("N"), .customLong("node")], help: "The node; this host by default.")
    var node: String?
    @Option(name: [.short, .long], help: "How long: forever or reboot.")
    var lifetime: String?
    @Flag(name: [.customShort("q"), .customShort("Q"), .long], help: "Print the value only.")
    var quiet = false

    package init() {}

    package func run() throws {
        try output.run { output in
            guard query || delete || update != nil else {
                throw CommandFailure(.usage, "crm_standby: must specify --query, --update or --delete")
            }
            var arguments = AttributeArguments()
            arguments.name = "standby"
            arguments.node = node
            arguments.isQuiet = quiet
            arguments.value = update
            arguments.isDeletion = delete
            arguments.section = lifetime == "reboot" ? .status : .nodes
            guard update == nil, !delete, lifetime == nil else { return try AttributeCommand(arguments).run(output) }
            do {
                try AttributeCommand(arguments).run(output)
            } catch let failure as CommandFailure where failure.exitCode == .noSuchObject {
                arguments.section = .status
                arguments.standard = "off"
                try AttributeCommand(arguments).run(output)
            }
        }
    }
}

package struct CrmFailcount: ParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "crm_failcount", abstract: "Show or forget how often a resource failed on a node.")

    @OptionGroup var common: CommonToolOptions
    @OptionGroup var output: OutputOptions
    @Flag(name: [.customShort("G"), .long], help: "Show the fail count.")
    var query = false
    @Flag(name: [.customShort("D"), .long], help: "Set the fail count to 0.")
    var delete = false
    @Option(name: [.short, .customLong("resource")], help: "The resource.")
    var resource: String?
    @Option(name: [.short, .customLong("operation")], help: "Failures of this operation only.")
    var name: String?
    @Option(name: [.customShort("I"), .long], help: "With an operation: its interval.")
    var interval: String?
    @Option(name: [.customShort("N"), .customLong("node")], help: "The node; this host by default.")
    var node: String?
    @Flag(name: [.customShort("q"), .customShort("Q"), .long], help: "Print the value only.")
    var quiet = false

    package init() {}

    package func run() throws {
        try output.run { output in
            guard let resource else { throw CommandFailure(.usage, "crm_failcount: must specify a resource with -r") }
            guard query != delete else { throw CommandFailure(.usage, "crm_failcount: must specify one of --query and --delete") }
            var arguments = AttributeArguments()
            arguments.pattern = try pattern(resource)
            arguments.node = node
            arguments.section = .status
            arguments.isDeletion = delete
            if delete { return try AttributeCommand(arguments).run(output) }
            try show(resource, arguments, output)
        }
    }

    /// The attributes of a resource: one for each operation that failed, or an old one without an operation.
    private func pattern(_ resource: String) throws -> String {
        let base = "^fail-count-" + escaped(resource)
        guard let name else { return base + "($|#)" }
        var milliseconds = "0"
        if let interval {
            milliseconds = String(Scan.interval(interval))
        }
        return base + "#\(escaped(name))_\(milliseconds)$"
    }

    private func escaped(_ text: String) -> String {
        text.map { ".[]()*+?{}|^$\\".contains($0) ? "\\\($0)" : String($0) }.joined()
    }

    private func show(_ resource: String, _ arguments: AttributeArguments, _ output: ToolOutput) throws {
        let total: Score
        do {
            let session = try CIBSession()
            let cib = try session.query()
            let nodeName = LocalNode.name(given: node, session)
            guard let found = CIBNodes.id(ofNode: nodeName, in: cib) else {
                throw CommandFailure(.noSuchObject, "crm_failcount: Could not map name=\(nodeName) to a UUID")
            }
            let expression = arguments.pattern.flatMap { RegularExpression($0) }
            let scope = AttributeScope(.status, node: found.id)
            total = scope.matches(in: cib) { expression?.matches($0) ?? false }
                .reduce(.zero) { $0 + (Score(parsing: $1.value) ?? .zero) }
        } catch let error as CIBAccessError {
            throw CommandFailure(error.exitCode, "crm_failcount: Could not connect to the CIB: \(error.text)")
        }
        let name = "fail-count-\(resource)"
        output.result(
            XMLElement("attribute", [("name", name), ("value", total.description), ("scope", "status")]),
            text: quiet ? total.description : "scope=status  name=\(name) value=\(total)")
    }
}

package struct CrmMaster: ParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "crm_master", abstract: "Show or change a resource's promotion score (use crm_attribute --promotion).")

    @OptionGroup var common: CommonToolOptions
    @OptionGroup var output: OutputOptions
    @Option(name: [.customShort("v"), .customLong("update")], parsing: .unconditional, help: "Set the score.")
    var update: String?
    @Flag(name: [.customShort("G"), .customLong("query"), .customLong("get-value")], help: "Show the score.")
    var query = false
    @Flag(name: [.customShort("D"), .long], help: "Delete the score.")
    var delete = false
    @Option(name: [.short, .long], help: "How long: forever or reboot.")
    var lifetime: String?
    @Option(name: [.customShort("N"), .customLong("node")], help: "The node; this host by default.")
    var node: String?
    @Option(name: [.short, .customLong("resource")], help: "The resource; that of the calling agent by default.")
    var resource: String?
    @Flag(name: [.customShort("q"), .customShort("Q"), .long], help: "Print the value only.")
    var quiet = false

    package init() {}

    package func run() throws {
        try output.run { output in
            guard let resource = resource ?? CIBSource.variable("OCF_RESOURCE_INSTANCE") else {
                throw CommandFailure(.usage, "This program should only ever be invoked from inside an OCF resource agent.")
            }
            var arguments = AttributeArguments()
            arguments.name = AttributeArguments.promotionName(resource)
            arguments.node = node
            arguments.section = lifetime == "forever" ? .nodes : .status
            arguments.isQuiet = quiet
            arguments.value = update
            arguments.isDeletion = delete
            try AttributeCommand(arguments).run(output)
        }
    }
}
