// SPDX-License-Identifier: GPL-2.0-or-later
// The role `crm_simulate`: what the cluster would do, and what it would look like then (cli-tools §12, scheduler §26).
package import ArgumentParser
import CIBModel
import NodeRuntime

/// The long names are spelled out: deriving them from those of the properties costs as much as reading a small CIB.
package struct CrmSimulate: ParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "crm_simulate", abstract: "Show what the cluster would do, now or after an event, without doing it.",
        discussion: """
            Operations to inject or to let fail are written RESOURCE_TASK_INTERVAL@NODE=RC, with the interval in milliseconds: \
            --op-inject memcached:0_monitor_20000@bart.example.com=7
            """)

    // Source
    @Flag(
        name: [.customShort("L"), .customLong("live-check")], help: "Use the CIB of the running cluster, of CIB_file or CIB_shadow.")
    var liveCheck = false
    @Option(name: [.customShort("x"), .customLong("xml-file")], help: "Use the CIB in this file.")
    var xmlFile: String?
    @Flag(name: [.customShort("p"), .customLong("xml-pipe")], help: "Use the CIB on standard input.")
    var xmlPipe = false

    // Operation
    @Flag(name: [.customShort("R"), .customLong("run")], help: "Decide what the cluster would do, and show it.")
    var process = false
    @Flag(name: [.customShort("S"), .customLong("simulate")], help: "Like --run, and show what happens when that is done.")
    var simulate = false
    @Flag(
        name: [.customShort("X"), .customLong("in-place")], help: "Like --simulate, and store the result where the CIB came from.")
    var inPlace = false
    @Flag(name: [.customShort("A"), .customLong("show-attrs")], help: "Show node attributes.")
    var showAttrs = false
    @Flag(name: [.customShort("c"), .customLong("show-failcounts")], help: "Show fail counts.")
    var showFailcounts = false
    @Flag(
        name: [.customShort("s"), .customLong("show-scores")], help: "Show how resources were placed: their scores for each node.")
    var showScores = false
    @Flag(name: [.customShort("U"), .customLong("show-utilization")], help: "Show utilization and capacities.")
    var showUtilization = false
    @Option(help: "Say where every score of this resource comes from, and what decided; a node after it limits the answer.")
    var explain: String?
    @Argument(help: .hidden)
    var explainNode: String?
    @Option(
        name: [.customShort("P"), .customLong("profile")], help: "Decide for every *.xml in this folder and say how long it took.")
    var profile: String?
    @Option(name: [.customShort("N"), .customLong("repeat")], help: "With --profile: decide so many times for each. (default: 1)")
    var repetitions: Int?
    @Flag(name: [.customShort("j"), .customLong("pending")], help: .hidden)
    var pending = false

    @OptionGroup var events: SimulatedEvents
    @OptionGroup var output: OutputOptions

    // Files
    @Option(name: [.customShort("I"), .customLong("save-input")], help: "Write the CIB as it was used to this file.")
    var saveInput: String?
    @Option(name: [.customShort("O"), .customLong("save-output")], help: "Write the CIB after the simulation to this file.")
    var saveOutput: String?
    @Option(name: [.customShort("G"), .customLong("save-graph")], help: "Write the transition graph to this file.")
    var saveGraph: String?
    @Option(name: [.customShort("D"), .customLong("save-dotfile")], help: "Write the transition as a Graphviz file.")
    var saveDotfile: String?
    @Flag(name: [.customShort("a"), .customLong("all-actions")], help: "With --save-dotfile: show optional actions, too.")
    var allActions = false

    @Flag(name: [.customShort("V"), .customLong("verbose")], help: "Say more; may be repeated.")
    var verbose: Int
    @Flag(name: [.customShort("Q"), .customLong("quiet")], help: "Say only what was asked for.")
    var quiet = false

    package init() {}

    package func validate() throws {
        if let word = explainNode, explain == nil { throw ValidationError("Unexpected argument '\(word)'") }
    }

    package mutating func run() throws {
        // A program that reads the answer wants all of it.
        if output.format == "xml" || output.format == "json" { quiet = false }
        if explain != nil {
            if !process, !simulate, !showScores { quiet = true }
            process = true
        }
        if inPlace || !events.failures.isEmpty { simulate = true }
        if simulate || showScores || showUtilization || saveGraph != nil || saveDotfile != nil { process = true }
        let options = self
        ResidentMemory.useOneHeap()
        try onLargeStack {
            if let folder = options.profile {
                try options.output.run { try Profiling(options, folder).run($0) }
            } else {
                try options.output.run { out in
                    var simulation = try Simulation(options, out)
                    try simulation.run()
                }
            }
        }
    }
}

/// Events to suppose before the decision.
package struct SimulatedEvents: ParsableArguments {
    @Option(name: [.customShort("u"), .customLong("node-up")], parsing: .singleValue, help: "Bring this node online.")
    var up: [String] = []
    @Option(name: [.customShort("d"), .customLong("node-down")], parsing: .singleValue, help: "Take this node offline.")
    var down: [String] = []
    @Option(name: [.customShort("f"), .customLong("node-fail")], parsing: .singleValue, help: "Let this node fail.")
    var fail: [String] = []
    @Option(
        name: [.customShort("i"), .customLong("op-inject")], parsing: .singleValue, help: "Inject the result of an operation.")
    var operations: [String] = []
    @Option(
        name: [.customShort("F"), .customLong("op-fail")], parsing: .singleValue, help: "Let an operation of the transition fail.")
    var failures: [String] = []
    @Option(name: [.customShort("t"), .customLong("set-datetime")], help: "Suppose this date and time.")
    var time: String?
    @Option(name: [.customShort("q"), .customLong("quorum")], help: "Together with other events: set quorum, true or false.")
    var quorum: String?
    @Option(name: [.customShort("w"), .customLong("watchdog")], help: "Set whether a watchdog is present: true or false.")
    var watchdog: String?
    @Option(name: [.customShort("g"), .customLong("ticket-grant")], parsing: .singleValue, help: "Grant this ticket.")
    var grant: [String] = []
    @Option(name: [.customShort("r"), .customLong("ticket-revoke")], parsing: .singleValue, help: "Revoke this ticket.")
    var revoke: [String] = []
    @Option(
        name: [.customShort("b"), .customLong("ticket-standby")], parsing: .singleValue, help: "Put this ticket on standby.")
    var standby: [String] = []
    @Option(name: [.customShort("e"), .customLong("ticket-activate")], parsing: .singleValue, help: "Activate this ticket.")
    var activate: [String] = []

    package init() {}

    /// A quorum of its own is no event: it only counts together with others (as in every version of the reference).
    package var areEmpty: Bool {
        up.isEmpty && down.isEmpty && fail.isEmpty && operations.isEmpty && watchdog == nil && grant.isEmpty
            && revoke.isEmpty && standby.isEmpty && activate.isEmpty
    }
}
