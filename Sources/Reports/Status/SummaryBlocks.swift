// SPDX-License-Identifier: GPL-2.0-or-later
// The summary: stack, designated controller, times, counts, options, maintenance (cli-tools §5.3), as text and as elements.
import CIBModel
import ClusterStatus
import ClusterXML

extension StatusReport {
    private func option(_ name: String) -> String? { state.options.table[name] }

    private var stack: String { option("cluster-infrastructure") ?? "unknown" }

    /// Whether online nodes run versions that differ.
    private var isMixedVersion: Bool {
        var first: String?
        for n in state.nodeOrder {
            guard let version = featureSet(n) else { continue }
            if let first, first != version { return true }
            first = version
        }
        return false
    }

    package func summaryBlocks() -> [TextBlock] {
        var items: [TextBlock] = []
        if shows(.stack) { items.append(.line(StyledText("Stack: ", .bold) + StyledText(stackText))) }
        // Without a controller that is told even where the summary is left out.
        if shows(.dc) || state.dc == nil { items.append(.line(StyledText("Current DC: ", .bold) + dcText)) }
        if shows(.times) {
            items.append(.line(StyledText("Last updated: ", .bold) + StyledText(clock.local(now) + originText)))
            items.append(.line(StyledText("Last change: ", .bold) + StyledText(" " + changeText)))
        }
        if shows(.counts) { items += countLines() }
        if shows(.options) { items += optionLines() }
        var blocks: [TextBlock] = items.isEmpty ? [] : [.list("Cluster Summary", items)]
        let maintenance = shows(.maintenanceMode) ? maintenanceLines() : []
        if !maintenance.isEmpty { blocks += [.blank] + maintenance }
        return blocks
    }

    private var stackText: String {
        guard let daemons = live?.daemonState else { return stack }
        return "\(stack) (\(daemons))"
    }

    private var originText: String { live?.localNode.map { " on \($0)" } ?? "" }

    private var dcText: StyledText {
        guard let dc = state.dc else { return StyledText("NONE") }
        var text = StyledText("\(displayName(dc)) (version \(option("dc-version") ?? "unknown")) - ")
        if isMixedVersion { text += StyledText("MIXED-VERSION ", .warning) }
        text += "partition "
        return text + (state.haveQuorum ? StyledText("with quorum") : StyledText("WITHOUT", .warning) + " quorum")
    }

    private var changeText: String {
        var text = state.cib["cib-last-written"] ?? ""
        if let user = state.cib["update-user"] { text += " by \(user)" }
        if let client = state.cib["update-client"] { text += " via \(client)" }
        if let origin = state.cib["update-origin"] { text += " on \(origin)" }
        return text
    }

    private func countLines() -> [TextBlock] {
        let nodes = state.nodes.count
        var resources = StyledText("\(state.instanceCount) resource instance\(state.instanceCount == 1 ? "" : "s") configured")
        let disabled = StyledText("\(state.disabledCount) ") + StyledText("DISABLED", .bold)
        let blocked = StyledText("\(state.blockedCount) ") + StyledText("BLOCKED", .bold)
            + " from further action due to failure"
        switch (state.disabledCount > 0, state.blockedCount > 0) {
        case (true, true): resources = resources + " (" + disabled + ", " + blocked + ")"
        case (true, false): resources = resources + " (" + disabled + ")"
        case (false, true): resources = resources + " (" + blocked + ")"
        case (false, false): break
        }
        return [.line("\(nodes) node\(nodes == 1 ? "" : "s") configured"), .line(resources)]
    }

    private func optionLines() -> [TextBlock] {
        let policy = switch state.options.noQuorumPolicy {
        case .freeze: "Freeze resources"
        case .stop: "Stop ALL resources"
        case .ignore: "Ignore"
        case .demote: "Demote promotable resources and stop all other resources"
        case .fence: "Fence nodes in partition"
        }
        return [
            .line("Fencing of failed nodes \(state.options.fencingEnabled ? "enabled" : "disabled")"),
            .line("Cluster is \(state.options.symmetric ? "symmetric" : "asymmetric")"),
            .line("No quorum policy: \(policy)"),
        ]
    }

    /// The banner of a cluster in which nothing is managed. Two blanks or more stand before its lines in every format of text.
    private func maintenanceLines() -> [TextBlock] {
        if state.options.maintenanceMode {
            return [
                .line(StyledText("              *** Resource management is DISABLED ***", .warning)),
                .line("  The cluster will not attempt to start, stop or recover services"),
            ]
        }
        guard state.options.stopAllResources else { return [] }
        return [
            .line(StyledText("    *** Resource management is DISABLED ***", .warning)),
            .line("  The cluster will keep all resources stopped"),
        ]
    }

    // MARK: Elements

    func daemonElement() -> XMLElement? {
        guard let word = live?.daemonStateWord else { return nil }
        var element = XMLElement("pacemakerd", [("sys_from", "pacemakerd"), ("state", word)])
        if let time = live?.daemonStateTime { element["last_updated"] = clock.standard(time) }
        return element
    }

    func summaryElement() -> XMLElement? {
        guard shows([.stack, .dc, .times, .counts, .options]) else { return nil }
        var summary = XMLElement("summary")
        if shows(.stack) {
            var element = XMLElement("stack", [("type", stack)])
            if let word = live?.daemonStateWord { element["pacemakerd-state"] = word }
            summary.children.append(element)
        }
        if shows(.dc) { summary.children.append(dcElement()) }
        if shows(.times) { summary.children += timeElements() }
        if shows(.counts) {
            summary.children.append(XMLElement("nodes_configured", [("number", "\(state.nodes.count)")]))
            summary.children.append(
                XMLElement(
                    "resources_configured",
                    [
                        ("number", "\(state.instanceCount)"), ("disabled", "\(state.disabledCount)"),
                        ("blocked", "\(state.blockedCount)"),
                    ]))
        }
        if shows(.options) { summary.children.append(optionsElement()) }
        return summary
    }

    private func dcElement() -> XMLElement {
        guard let dc = state.dc else { return XMLElement("current_dc", [("present", "false")]) }
        return XMLElement(
            "current_dc",
            [
                ("present", "true"), ("version", option("dc-version") ?? ""), ("name", state.nodes[dc].name),
                ("id", state.nodes[dc].id), ("with_quorum", "\(state.haveQuorum)"), ("mixed_version", "\(isMixedVersion)"),
            ])
    }

    private func timeElements() -> [XMLElement] {
        var update = XMLElement("last_update", [("time", clock.local(now))])
        if let node = live?.localNode { update["origin"] = node }
        let change = XMLElement(
            "last_change",
            [
                ("time", state.cib["cib-last-written"] ?? ""), ("user", state.cib["update-user"] ?? ""),
                ("client", state.cib["update-client"] ?? ""), ("origin", state.cib["update-origin"] ?? ""),
            ])
        return [update, change]
    }

    private func optionsElement() -> XMLElement {
        let options = state.options
        let fencing = "\(options.fencingEnabled)"
        let timeout = "\(options.fencingTimeoutMs)"
        return XMLElement(
            "cluster_options",
            [
                ("fencing-enabled", fencing), ("fencing-timeout-ms", timeout), ("symmetric-cluster", "\(options.symmetric)"),
                ("no-quorum-policy", options.noQuorumPolicy.rawValue), ("maintenance-mode", "\(options.maintenanceMode)"),
                ("stop-all-resources", "\(options.stopAllResources)"),
                ("priority-fencing-delay-ms", "\(options.priorityFencingDelayMs)"), ("stonith-enabled", fencing),
                ("stonith-timeout-ms", timeout),
            ])
    }
}
