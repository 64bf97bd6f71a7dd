// SPDX-License-Identifier: GPL-2.0-or-later
// The role `crm_mon`: the status of the cluster, once or continuously (cli-tools §5).
package import ArgumentParser
import CIBModel
import Glibc
import Reports

package struct CrmMon: ParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "crm_mon", abstract: "Show the status of the cluster, once or continuously.",
        discussion: """
            Sections for --include and --exclude, separated by commas: all, attributes, bans[:PREFIX], counts, dc, default, \
            failcounts, failures, fencing, fencing-failed, fencing-pending, fencing-succeeded, maint-mode, nodes, none, \
            operations, options, resources, stack, summary, tickets, times. Options that choose sections act from left to right.
            """,
        helpNames: [.customShort("?"), .long])

    // Mode
    @Flag(name: [.customShort("1"), .customLong("one-shot")], help: "Print the status once, as plain text.")
    var oneShot = false
    @Option(name: [.customShort("i"), .long], help: "Look again after this time at the latest (default 5s).")
    var interval: String?
    @Flag(name: [.customShort("d"), .long], help: "Go on in the background; needs --output-to or --external-agent.")
    var daemonize = false
    @Option(name: [.customShort("p"), .long], help: .hidden)
    var pidFile: String?
    @OptionGroup var output: OutputOptions
    @Flag(name: .customLong("html-cgi"), help: "Print the page as a CGI program does.")
    var htmlCGI = false
    @Option(name: .customLong("html-stylesheet"), help: "URI of a style sheet for the page.")
    var htmlStylesheet: String?
    @Option(name: .customLong("html-title"), help: "Title of the page.")
    var htmlTitle: String?
    @Option(name: [.customShort("E"), .long], help: "Program to run for every event, with CRM_notify_* variables.")
    var externalAgent: String?
    @Option(name: [.customShort("e"), .long], help: "What the program finds in CRM_notify_recipient.")
    var externalRecipient: String?
    @Flag(name: [.customShort("W"), .long], help: "Listen for fencing events, too; for --external-agent.")
    var watchFencing = false

    // Sections; applied in order by SectionArguments.
    @Option(name: [.customShort("I"), .long], help: "Sections to show, too.")
    var include: [String] = []
    @Option(name: [.customShort("U"), .long], help: "Sections to leave out.")
    var exclude: [String] = []
    @Flag(name: [.customShort("A"), .long], help: "Show node attributes.")
    var showNodeAttributes = false
    @Flag(name: [.customShort("c"), .long], help: "Show tickets.")
    var tickets = false
    @Flag(name: [.customShort("f"), .long], help: "Show fail counts.")
    var failcounts = false
    @Flag(name: [.customShort("o"), .long], help: "Show the history of operations.")
    var operations = false
    @Flag(name: [.customShort("t"), .long], help: "Show the history of operations, with times.")
    var timingDetails = false
    @Option(
        name: [.customShort("L"), .long], defaultAsFlag: "", help: "Show negative location constraints (whose ids begin so).")
    var negLocations: String?
    @Option(
        name: [.customShort("m"), .long], defaultAsFlag: 2,
        help: "Fencing history: 0 none, 1 failed and pending, 2 successes too, 3 everything.")
    var fenceHistory: Int?
    @Flag(name: [.customShort("D"), .long], help: "Leave out the summary.")
    var hideHeaders = false

    // What is shown of resources
    @Option(name: .long, help: "Only what belongs to this node, or to nodes with this tag.")
    var node: String?
    @Option(name: .long, help: "Only this resource, or resources with this tag.")
    var resource: String?
    @Flag(name: [.customShort("n"), .long], help: "Show resources below their nodes.")
    var groupByNode = false
    @Flag(name: [.customShort("r"), .long], help: "Show stopped resources, too.")
    var inactive = false
    @Flag(name: [.customShort("b"), .long], help: "Show counts instead of resources.")
    var brief = false
    @Flag(name: [.customShort("R"), .long], help: "Show ids, feature sets, every instance, details of failures.")
    var showDetail = false
    @Flag(name: .long, help: "Show descriptions of resources.")
    var showDescription = false

    // Input and old spellings
    @Option(name: [.customShort("x"), .long], help: .hidden)
    var xmlFile: String?
    @Flag(name: [.customShort("X"), .customLong("as-xml")], help: .hidden)
    var asXML = false
    @Option(name: [.customShort("h"), .customLong("as-html")], help: .hidden)
    var asHTML: String?
    @Flag(name: [.customShort("w"), .customLong("web-cgi")], help: .hidden)
    var webCGI = false
    @Flag(name: [.customShort("s"), .customLong("simple-status")], help: .hidden)
    var simpleStatus = false
    @Flag(name: [.customShort("N"), .customLong("disable-ncurses")], help: .hidden)
    var withoutScreen = false
    @Flag(name: [.customShort("j"), .long], help: .hidden)
    var pending = false
    @OptionGroup var common: CommonToolOptions
    @Flag(name: [.customShort("Q"), .long], help: "Say less.")
    var quiet = false

    package init() {}

    package mutating func run() throws {
        if let asHTML {
            output.format = "html"
            output.file = asHTML
        }
        if webCGI || calledAs == "crm_mon.cgi" {
            output.format = output.format ?? "html"
            htmlCGI = true
        }
        if asXML { output.format = output.format ?? "xml" }
        if daemonize, output.file == nil, externalAgent == nil {
            throw CommandFailure(.usage, "\(calledAs): --daemonize requires at least one of --output-to (or --external-agent)")
        }
        let monitor = try Monitor(self)
        if daemonize || (externalAgent != nil && !oneShot) || isInteractive {
            var watch = try Watch(monitor, self)
            try watch.run()
        } else {
            try monitor.printOnce()
        }
    }

    /// Without any other wish, people at a terminal get a screen that follows the cluster.
    private var isInteractive: Bool {
        guard !oneShot, !simpleStatus, output.file == nil, isatty(STDOUT_FILENO) == 1 else { return false }
        return output.format == nil || output.format == "console"
    }
}
