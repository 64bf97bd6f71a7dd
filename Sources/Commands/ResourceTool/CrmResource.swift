// SPDX-License-Identifier: GPL-2.0-or-later
// crm_resource: query and change resources (cli-tools section 6). Options and dispatch; the actions have files of their own.
package import ArgumentParser
import CIBModel
import ClusterStatus
import ClusterXML
import Reports

package struct CrmResource: ParsableCommand, AdaptsArguments {
    package static let configuration = CommandConfiguration(
        commandName: "crm_resource", abstract: "Query and change cluster resources.",
        discussion: "One action per call; without any, resources are listed.")

    @OptionGroup var common: CommonToolOptions
    @OptionGroup var output: OutputOptions
    @Flag(exclusivity: .chooseLast, help: "What to do:") var action: ResourceAction = .list

    @Option(name: [.customShort("g"), .customLong("get-parameter")], help: "Show a parameter (see --meta, --utilization, --element).")
    var getParameter: String?
    @Option(name: [.customShort("p"), .customLong("set-parameter")], help: "Set a parameter to the value of -v.")
    var setParameter: String?
    @Option(name: [.customShort("d"), .customLong("delete-parameter")], help: "Delete a parameter.")
    var deleteParameter: String?
    @Option(name: [.customShort("G"), .customLong("get-property")], help: .hidden) var getProperty: String?
    @Option(name: [.customShort("S"), .customLong("set-property")], help: .hidden) var setProperty: String?
    @Option(name: .customLong("list-agents"), help: "List the agents of STANDARD or STANDARD:PROVIDER.") var listAgents: String?
    @Option(name: .customLong("list-ocf-alternatives"), help: "List the providers of an agent.") var listAlternatives: String?
    @Option(name: .customLong("list-ocf-providers"), help: "List the providers of OCF agents.") var listProviders: String?
    @Option(name: .customLong("list-options"), help: "Describe the options of primitives or of fencing.") var listOptions: String?
    @Option(name: .customLong("show-metadata"), help: "Show the metadata of CLASS:PROVIDER:AGENT.") var showMetadata: String?
    @Option(name: .customLong("validate"), help: "Let the agent check its parameters, at a level.") var validate: String?
    @Option(name: .customLong("force-check"), help: "Run the agent's monitor here, past the cluster, at a level.")
    var forceCheck: String?

    @Option(name: .shortAndLong, help: "The id of a resource.") var resource: String?
    @Option(name: [.customShort("N"), .long], help: "The name of a node.") var node: String?
    @Option(name: [.customShort("H"), .customLong("host-uname")], help: .hidden) var host: String?
    @Option(name: [.customShort("v"), .customLong("parameter-value")], parsing: .unconditional, help: "The value for -p.")
    var value: String?
    @Flag(name: .shortAndLong, help: "Use meta-attributes.") var meta = false
    @Flag(name: [.customShort("z"), .long], help: "Use utilization attributes.") var utilization = false
    @Flag(help: "Use attributes of the resource's element.") var element = false
    @Option(name: [.short, .customLong("set-name")], help: "The id of the set of attributes.") var setName: String?
    @Option(name: [.customShort("i"), .long], help: "The id of the nvpair.") var nvpair: String?
    @Flag(help: "Also for resources colocated with this one.") var recursive = false
    @Option(name: [.customShort("n"), .long], help: "Only this operation, for --cleanup.") var operation: String?
    @Option(name: [.customShort("I"), .long], help: "The interval of that operation.") var interval: String?
    @Option(name: [.customShort("u"), .long], help: "How long a constraint lasts, as ISO 8601 duration.") var lifetime: String?
    @Flag(name: [.long, .customLong("master")], help: "Only the promoted role.") var promoted = false
    @Flag(name: [.customShort("e"), .long], help: "With --clear: only expired constraints.") var expired = false
    @Option(name: [.customShort("T"), .long], help: "How long to wait.") var timeout: String?
    @Option(name: [.customShort("t"), .customLong("resource-type")], help: "The type of a resource, for --delete.") var type: String?
    @Option(name: .customLong("class"), help: "The standard of an agent.") var standard: String?
    @Option(help: "The provider of an agent.") var provider: String?
    @Option(help: "The name of an agent.") var agent: String?
    @Option(name: .customLong("option"), help: "A parameter NAME=VALUE for the agent.") var options: [String] = []
    @Flag(help: "With --list-options: advanced ones, too.") var all = false
    @Flag(name: .shortAndLong, help: "Do it although it may be wrong.") var force = false
    @Flag(name: [.customShort("Q"), .long], help: "Say less.") var quiet = false
    @Argument(help: .hidden) var words: [String] = []

    package init() {}

    package static func adapted(_ arguments: [String]) -> [String] {
        var result: [String] = []
        for word in arguments {
            result.append(word)
            // Their values may be left out and are given with an equals sign only.
            if ["--validate", "--force-check", "--list-ocf-providers"].contains(word) { result.append(OptionalValue.absent) }
        }
        return result
    }

    package func run() throws {
        if let listOptions, !["primitive", "fencing"].contains(listOptions) {
            throw CommandFailure(.usage, "\(calledAs): Error parsing option --list-options")
        }
        if let timeout, Scan.duration(timeout) == nil {
            throw CommandFailure(.usage, "\(calledAs): '\(timeout)' is no time for --timeout: use for example 30s, 2min or 500ms")
        }
        if setParameter?.isEmpty == true { throw CommandFailure(.usage, "\(calledAs): the name of the parameter is empty") }
        try output.run { out in
            do {
                try perform(out)
            } catch let error as CIBAccessError {
                throw CommandFailure(error.exitCode, "\(calledAs): Error performing operation: \(error.text)")
            }
        }
    }

    /// The action that the options ask for; those with a value count before flags.
    var chosen: ResourceAction {
        if getParameter != nil { return .getParameter }
        if setParameter != nil { return .setParameter }
        if deleteParameter != nil { return .deleteParameter }
        if getProperty != nil { return .getParameter }
        if setProperty != nil { return .setParameter }
        if listAgents != nil { return .listAgents }
        if listAlternatives != nil { return .listAlternatives }
        if listProviders != nil { return .listProviders }
        if listOptions != nil { return .listOptions }
        if showMetadata != nil { return .showMetadata }
        if validate != nil { return .validate }
        if forceCheck != nil { return .forceCheck }
        return action
    }

    /// The node that -N names.
    var nodeName: String? { node ?? host }

    private func perform(_ out: ToolOutput) throws {
        let chosen = chosen
        try checkUsage(chosen)
        if try performWithoutCluster(chosen, out) { return }
        let work = try ResourceWork(self, out)
        switch chosen {
        case .list: try work.list()
        case .listRaw: try work.listRaw()
        case .listForTests: work.listForTests()
        case .listOperations, .listAllOperations: try work.listOperations(activeOnly: chosen == .listOperations)
        case .locate: try work.locate()
        case .queryXML, .queryXMLRaw: try work.queryXML(raw: chosen == .queryXMLRaw)
        case .constraints, .stack: try work.constraints(recursive: chosen == .stack)
        case .why: try work.why()
        case .digests: try work.digests(words)
        case .getParameter: try work.getParameter(getParameter ?? getProperty ?? "")
        case .setParameter: try work.setParameter(setParameter ?? setProperty ?? "")
        case .deleteParameter: try work.deleteParameter(deleteParameter ?? "")
        case .move, .ban: try work.moveOrBan(chosen == .move)
        case .clear: try work.clear()
        case .delete: try work.deleteResource()
        case .cleanup: try work.cleanup()
        case .refresh: try work.refresh()
        case .fail: try work.fail()
        case .restart: try work.restart()
        case .wait: try work.wait()
        case .validate, .forceCheck, .forceStart, .forceStop, .forcePromote, .forceDemote: try work.runAgent(chosen)
        case .listAgents, .listAlternatives, .listProviders, .listStandards, .listOptions, .showMetadata: break
        }
    }

    private func checkUsage(_ chosen: ResourceAction) throws {
        func usage(_ text: String) -> CommandFailure { CommandFailure(.usage, "\(calledAs): \(text)") }
        let takesWords = chosen.runsAgent || chosen == .digests
        if !words.isEmpty, !takesWords {
            let list = words.enumerated().map { "[\($0.offset + 1) of \(words.count)] \($0.element)" }
            throw usage((["non-option ARGV-elements:"] + list).joined(separator: "\n"))
        }
        if let bad = words.first(where: { !$0.contains("=") }) { throw usage("'\(bad)' is not NAME=VALUE") }
        if standard != nil || provider != nil || agent != nil {
            if resource != nil { throw usage("--class, --agent, and --provider cannot be used with -r/--resource") }
            if !chosen.runsAgent { throw usage("--class, --agent, and --provider can only be used with --validate and --force-*") }
            if standard == nil || agent == nil { throw usage("--class and --agent are both needed to name an agent") }
        } else if chosen.needsResource, resource == nil {
            throw usage("Must supply a resource ID with -r/--resource")
        }
        if (chosen == .fail || chosen == .digests) && nodeName == nil { throw usage("Must supply a node name with -N/--node") }
        if chosen == .setParameter, value == nil { throw usage("You need to supply a value with the -v option") }
    }
}

/// The actions of crm_resource; those without a value are flags.
enum ResourceAction: String, EnumerableFlag {
    case list, listRaw, listForTests, listOperations, listAllOperations, locate, queryXML, queryXMLRaw, constraints, stack, why, digests
    case move, ban, clear, delete, cleanup, refresh, fail, restart, wait
    case forceStart, forceStop, forcePromote, forceDemote, listStandards
    case getParameter, setParameter, deleteParameter, listAgents, listAlternatives, listProviders, listOptions, showMetadata
    case validate, forceCheck

    static var allCases: [ResourceAction] {
        [
            .list, .listRaw, .listOperations, .listAllOperations, .locate, .queryXML, .queryXMLRaw, .constraints, .stack, .why,
            .digests, .move, .ban, .clear, .delete, .cleanup, .refresh, .fail, .restart, .wait, .forceStart, .forceStop,
            .forcePromote, .forceDemote, .listStandards, .listForTests,
        ]
    }

    static func name(for value: ResourceAction) -> NameSpecification {
        switch value {
        case .list: [.customShort("L"), .customLong("list")]
        case .listRaw: [.customShort("l"), .customLong("list-raw")]
        case .listForTests: [.customShort("c"), .customLong("list-cts")]
        case .listOperations: [.customShort("O"), .customLong("list-operations")]
        case .listAllOperations: [.customShort("o"), .customLong("list-all-operations")]
        case .locate: [.customShort("W"), .customLong("locate")]
        case .queryXML: [.customShort("q"), .customLong("query-xml")]
        case .queryXMLRaw: [.customShort("w"), .customLong("query-xml-raw")]
        case .constraints: [.customShort("a"), .customLong("constraints")]
        case .stack: [.customShort("A"), .customLong("stack")]
        case .why: [.customShort("Y"), .customLong("why")]
        case .move: [.customShort("M"), .customLong("move")]
        case .ban: [.customShort("B"), .customLong("ban")]
        case .clear: [.customShort("U"), .customLong("clear")]
        case .delete: [.customShort("D"), .customLong("delete")]
        case .cleanup: [.customShort("C"), .customLong("cleanup")]
        case .refresh: [.customShort("R"), .customLong("refresh")]
        case .fail: [.customShort("F"), .customLong("fail")]
        default: .customLong(value.longName)
        }
    }

    private var longName: String {
        switch self {
        case .forceStart: "force-start"
        case .forceStop: "force-stop"
        case .forcePromote: "force-promote"
        case .forceDemote: "force-demote"
        case .listStandards: "list-standards"
        default: rawValue
        }
    }

    static func help(for value: ResourceAction) -> ArgumentHelp? {
        switch value {
        case .list: "List all resources with their status."
        case .listRaw: "List the ids of all primitives and instances."
        case .listOperations: "List the operations of active resources."
        case .listAllOperations: "List all operations on record."
        case .locate: "Show where a resource runs."
        case .queryXML: "Show the configuration of a resource, templates expanded."
        case .queryXMLRaw: "Show the configuration of a resource as it is written."
        case .constraints: "Show the location and colocation constraints of a resource."
        case .stack: "The same, following colocations."
        case .why: "Say why resources are not running."
        case .digests: "Show the digests of a resource's parameters on a node."
        case .move: "Move a resource to another node by a constraint."
        case .ban: "Keep a resource off a node by a constraint."
        case .clear: "Remove the constraints of --move and --ban."
        case .delete: "Delete a resource (see -t)."
        case .cleanup: "Forget failures."
        case .refresh: "Forget the history, so that the state is probed."
        case .fail: "Report a failure of a resource on a node."
        case .restart: "Stop a resource and start it again."
        case .wait: "Wait until the cluster has nothing to do."
        case .forceStart, .forceStop, .forcePromote, .forceDemote: "Run this action of the agent here, past the cluster."
        case .listStandards: "List the standards of agents."
        case .listForTests: .hidden
        default: nil
        }
    }

    /// Runs an agent on this host.
    var runsAgent: Bool {
        switch self {
        case .validate, .forceCheck, .forceStart, .forceStop, .forcePromote, .forceDemote: true
        default: false
        }
    }

    var needsResource: Bool {
        switch self {
        case .list, .listRaw, .listForTests, .listOperations, .listAllOperations, .why, .cleanup, .refresh, .wait, .clear, .listAgents,
            .listAlternatives, .listProviders, .listOptions, .listStandards, .showMetadata:
            false
        default: true
        }
    }
}
