// SPDX-License-Identifier: GPL-2.0-or-later
// crm_attribute: cluster options, defaults and node attributes (spec: cli-tools section 8.1).
package import ArgumentParser
import CIBModel
import ClusterXML
import Glibc

package struct CrmAttribute: ParsableCommand, AdaptsArguments {
    package static let configuration = CommandConfiguration(
        commandName: "crm_attribute", abstract: "Query and change cluster options and node attributes.")

    @OptionGroup var common: CommonToolOptions
    @OptionGroup var output: OutputOptions
    @Option(name: [.short, .customLong("name"), .customLong("attr-name")], help: "The name of the option or attribute.")
    var name: String?
    @Option(name: [.customShort("P"), .long], help: "All attributes whose name matches this regular expression.")
    var pattern: String?
    @Option(name: [.customShort("v"), .customLong("update"), .customLong("attr-value")], parsing: .unconditional, help: "Set this value.")
    var update: String?
    @Flag(name: [.customShort("D"), .customLong("delete"), .customLong("delete-attr")], help: "Delete the option or attribute.")
    var delete = false
    @Flag(name: [.customShort("G"), .customLong("query"), .customLong("get-value")], help: "Show the value (the default).")
    var query = false
    @Option(name: [.customShort("N"), .customLong("node")], help: "The node whose attribute is meant.")
    var node: String?
    @Option(name: [.customShort("U"), .customLong("node-uname")], help: .hidden)
    var nodeName: String?
    @Option(name: [.short, .long], help: "How long the attribute lives: forever or reboot.")
    var lifetime: String?
    @Option(name: [.short, .long], help: "The part of the CIB: crm_config, rsc_defaults, op_defaults, tickets, nodes or status.")
    var type: String?
    @Flag(name: [.customShort("z"), .long], help: "A utilization attribute of the node.")
    var utilization = false
    @Option(name: [.short, .customLong("set-name")], help: "Only the set with this id.")
    var setName: String?
    @Option(name: [.customShort("i"), .customLong("id"), .customLong("attr-id")], help: "Only the pair with this id.")
    var id: String?
    @Option(name: [.short, .long], parsing: .unconditional, help: "What to show if there is no value.")
    var `default`: String?
    @Option(name: [.short, .long], help: ArgumentHelp("The promotion score of a resource.", valueName: "resource"))
    var promotion: String?
    @Flag(name: [.customShort("q"), .customShort("Q"), .long], help: "Print the value only.")
    var quiet = false
    @Option(name: [.customShort("W"), .long], help: "Wait for a change to reach: no, local or cluster.")
    var wait: String?
    @Flag(help: .hidden)
    var score = false
    @Option(name: [.customShort("L"), .customLong("list-options")], help: ArgumentHelp("List the known options: cluster.", valueName: "kind"))
    var listOptions: String?
    @Flag(help: "With --list-options: the advanced and deprecated ones, too.")
    var all = false

    package init() {}

    package static func adapted(_ arguments: [String]) -> [String] {
        OptionalValue.filled(arguments, options: ["-p", "--promotion"])
    }

    package func run() throws {
        try output.run { output in
            if let listOptions {
                guard listOptions == "cluster" else {
                    throw CommandFailure(.usage, "crm_attribute: Invalid --list-options value '\(listOptions)'. Allowed values: cluster")
                }
                return OptionListing.show(ClusterOptionCatalog.listing, all: all, output)
            }
            try AttributeCommand(try arguments()).run(output)
        }
    }

    private func arguments() throws -> AttributeArguments {
        var result = AttributeArguments()
        if let wait, !["no", "local", "cluster"].contains(wait) {
            throw CommandFailure(.usage, "crm_attribute: --wait=\(wait) must be one of 'no', 'local', 'cluster'")
        }
        result.name = name
        result.pattern = pattern
        result.node = node ?? nodeName
        result.section = try section()
        if let promotion {
            let resource = promotion == OptionalValue.absent || promotion.isEmpty ? CIBSource.variable("OCF_RESOURCE_INSTANCE") : promotion
            guard let resource else {
                throw CommandFailure(
                    .usage,
                    "crm_attribute: -p/--promotion must be called from an OCF resource agent or with a resource ID specified")
            }
            result.name = AttributeArguments.promotionName(resource)
            if type == nil, lifetime == nil { result.section = .status }
        }
        result.isUtilization = utilization
        result.set = setName
        result.id = id
        result.standard = `default`
        result.isQuiet = quiet
        result.value = update
        result.isDeletion = delete
        return result
    }

    private func section() throws -> AttributeScope.Section {
        switch type ?? lifetime {
        case nil: return node != nil || nodeName != nil ? .nodes : .crmConfig
        case "reboot": return .status
        case "forever": return .nodes
        case let word?:
            guard let section = AttributeScope.Section(rawValue: word) else {
                throw CommandFailure(.usage, "crm_attribute: Invalid --\(type == nil ? "lifetime" : "type") value '\(word)'")
            }
            return section
        }
    }
}
