// SPDX-License-Identifier: GPL-2.0-or-later
// The names of daemons that are parts of the controller here. Programs call them for their options: `pacemaker-controld metadata`.
package import ArgumentParser
import CIBModel
import ClusterXML
import Reports

package struct DaemonInformation: ParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "pacemaker-controld", abstract: "Show the options that a part of the cluster's daemon reads.",
        discussion: "All parts run in one process, which 'pacemakerd' starts; under their own names they only describe themselves.")

    @Argument(help: "'metadata': print the options.")
    var word: String?
    @OptionGroup var common: CommonToolOptions

    package init() {}

    package func run() throws {
        guard word == "metadata" else {
            throw CommandFailure(.usage, "\(calledAs): This is a part of the process that 'pacemakerd' starts; its only use by itself is '\(calledAs) metadata'")
        }
        guard let daemon = DaemonOptions.all.first(where: { $0.daemon == calledAs }) ?? DaemonOptions.all.first else { return }
        print(daemon.text, terminator: "")
    }
}

/// The options of one part, in the form of an agent's meta-data.
struct DaemonOptions {
    let daemon: String
    let title: String
    let introduction: String
    let options: [KnownOption]

    static let all = [
        DaemonOptions("pacemaker-based", "CIB manager options", "Cluster options that the CIB manager reads", ["enable-acl", "cluster-ipc-limit"]),
        DaemonOptions("pacemaker-controld", "Controller options", "Cluster options that the controller reads", [
            "dc-version", "cluster-infrastructure", "cluster-name", "dc-deadtime", "cluster-recheck-interval", "election-timeout",
            "shutdown-escalation", "join-integration-timeout", "join-finalization-timeout", "transition-delay", "fencing-reaction",
            "fence-reaction", "fencing-watchdog-timeout", "stonith-watchdog-timeout", "fencing-max-attempts", "stonith-max-attempts",
            "load-threshold", "node-action-limit",
        ]),
        DaemonOptions(
            daemon: "pacemaker-fenced", title: "Parameters of all fence devices",
            introduction: "Parameters that the fencer reads of every resource of class stonith", options: OptionCatalog.fencing.options),
        DaemonOptions("pacemaker-schedulerd", "Scheduler options", "Cluster options that the scheduler reads", [
            "no-quorum-policy", "shutdown-lock", "shutdown-lock-limit", "symmetric-cluster", "maintenance-mode", "start-failure-is-fatal",
            "enable-startup-probes", "fence-remote-without-quorum", "fencing-enabled", "stonith-enabled", "fencing-action", "stonith-action",
            "fencing-timeout", "stonith-timeout", "have-watchdog", "concurrent-fencing", "startup-fencing", "priority-fencing-delay",
            "node-pending-timeout", "cluster-delay", "batch-limit", "migration-limit", "stop-all-resources", "stop-removed-resources",
            "stop-orphan-resources", "cancel-removed-actions", "stop-orphan-actions", "pe-error-series-max", "pe-warn-series-max",
            "pe-input-series-max", "node-health-strategy", "node-health-base", "node-health-green", "node-health-yellow",
            "node-health-red", "placement-strategy",
        ]),
    ]

    private init(daemon: String, title: String, introduction: String, options: [KnownOption]) {
        self.daemon = daemon
        self.title = title
        self.introduction = introduction
        self.options = options
    }

    private init(_ daemon: String, _ title: String, _ introduction: String, _ names: [String]) {
        let known = ClusterOptionCatalog.listing.options
        self.init(
            daemon: daemon, title: title, introduction: introduction, options: names.compactMap { name in known.first { $0.name == name } })
    }

    /// The document: every text on lines of its own.
    var text: String {
        var lines = ["<resource-agent name=\"\(daemon)\" version=\"\(Compatibility.version)\">"]
        lines += Self.element("version", "1.1", depth: 1)
        lines += Self.element("longdesc", introduction, depth: 1, language: true)
        lines += Self.element("shortdesc", title, depth: 1, language: true)
        lines.append("  <parameters>")
        for option in options { lines += Self.parameter(option) }
        lines += ["  </parameters>", "</resource-agent>"]
        return lines.joined(separator: "\n") + "\n"
    }

    private static func element(_ name: String, _ text: String, depth: Int, language: Bool = false) -> [String] {
        let margin = String(repeating: "  ", count: depth)
        return ["\(margin)<\(name)\(language ? " lang=\"en\"" : "")>", "\(margin)  \(escaped(text))", "\(margin)</\(name)>"]
    }

    private static func parameter(_ option: KnownOption) -> [String] {
        var summary = option.summary
        if option.isDeprecated {
            summary = "*** Deprecated ***"
        } else if option.isAdvanced {
            summary = option.details == nil ? "*** Advanced Use Only ***" : "*** Advanced Use Only *** " + option.summary
        }
        var details = option.replacement.map { "Use \($0) instead." } ?? option.details ?? option.summary
        var lines = ["    <parameter name=\"\(option.name)\">"]
        var values: [String] = []
        if case .select(let words) = option.kind {
            values = words
            details += "  Allowed values: " + words.joined(separator: ", ")
        }
        lines += element("longdesc", details, depth: 3, language: true)
        lines += element("shortdesc", summary, depth: 3, language: true)
        let standard = option.standard.map { " default=\"\(escaped($0))\"" } ?? ""
        let start = "      <content type=\"\(typeName(option.kind))\"\(standard)"
        if values.isEmpty {
            lines.append(start + "/>")
        } else {
            lines.append(start + ">")
            lines += values.map { "        <option value=\"\(escaped($0))\"/>" }
            lines.append("      </content>")
        }
        return lines + ["    </parameter>"]
    }

    /// The kinds of values that agents' meta-data knows.
    private static func typeName(_ kind: KnownOption.Kind) -> String {
        switch kind {
        case .string, .version: "string"
        case .boolean: "boolean"
        case .duration, .timeout: "time"
        case .score, .integer, .nonnegativeInteger, .portNumber: "integer"
        case .percentage: "percentage"
        case .select: "select"
        }
    }

    private static func escaped(_ text: String) -> String {
        var result = ""
        FramePrinter.appendEscaped(text, inAttribute: true, to: &result)
        return result
    }
}
