// SPDX-License-Identifier: GPL-2.0-or-later
// The report on a cluster's status: which sections, in which order. Each section's content has a file of its own.
import CIBModel
package import ClusterStatus
package import ClusterXML

/// The status of a cluster, ready to be printed as text blocks or as elements.
package struct StatusReport: Sendable {
    package let state: ClusterState
    package let show: StatusOptions
    package var live: LiveFacts?
    package var clock: ReportClock
    /// When the report is made, epoch seconds.
    package var now: Int64

    package init(
        _ state: ClusterState, show: StatusOptions = StatusOptions(), live: LiveFacts? = nil,
        clock: ReportClock = ReportClock(), now: Int64? = nil
    ) {
        self.state = state
        self.show = show
        self.live = live
        self.clock = clock
        self.now = now ?? state.now.epoch
    }

    func shows(_ sections: StatusSections) -> Bool { !show.sections.intersection(sections).isEmpty }

    /// The sections as text, an empty line between them.
    package func textBlocks() -> [TextBlock] {
        var sections: [[TextBlock]] = []
        sections.append(summaryBlocks())
        if shows(.nodes) { sections.append(nodeBlocks()) }
        if shows(.resources) { sections.append(resourceBlocks(withSummary: true)) }
        if shows(.attributes) { sections.append(attributeBlocks()) }
        if shows([.operations, .failcounts]) { sections.append(historyBlocks()) }
        if shows(.failures) { sections.append(failureBlocks()) }
        if shows(.fencingFailed) { sections.append(failedFencingBlocks()) }
        if shows(.tickets) { sections.append(ticketBlocks()) }
        if shows(.bans) { sections.append(banBlocks()) }
        sections += otherFencingBlocks()
        return Array(sections.filter { !$0.isEmpty }.joined(separator: [.blank]))
    }

    /// The sections as children of a result frame.
    package func elements() -> [XMLElement] {
        var elements: [XMLElement] = []
        if let daemons = daemonElement() { elements.append(daemons) }
        if let summary = summaryElement() { elements.append(summary) }
        if shows(.nodes) { elements.append(nodesElement()) }
        if shows(.resources), let resources = resourcesElement() { elements.append(resources) }
        if shows(.attributes), let attributes = attributesElement() { elements.append(attributes) }
        if shows([.operations, .failcounts]), let history = historyElement() { elements.append(history) }
        if shows(.failures), let failures = failuresElement() { elements.append(failures) }
        if let fencing = fencingElement() { elements.append(fencing) }
        if shows(.tickets), let tickets = ticketsElement() { elements.append(tickets) }
        if shows(.bans), let bans = bansElement() { elements.append(bans) }
        return elements
    }

    /// The two lists that `crm_simulate` prints as a cluster's status, one level down: nodes and all resources
    /// (scheduler §26.3, §26.4).
    ///
    /// - Parameters:
    ///   - pending: show actions that are under way (the current status does, the revised one does not).
    ///   - attributes: the list of node attributes, too (`--show-attrs`).
    ///   - failcounts: the fail counts and the failed actions, too (`--show-failcounts`).
    package static func simulationBlocks(
        _ state: ClusterState, pending: Bool, attributes: Bool = false, failcounts: Bool = false,
        clock: ReportClock = ReportClock()
    ) -> [TextBlock] {
        var options = StatusOptions()
        options.inactive = true
        options.pending = pending
        options.sections = [.nodes, .resources]
        if failcounts { options.sections.insert(.failcounts) }
        let report = StatusReport(state, show: options, clock: clock)
        var sections = [report.nodeBlocks(), report.resourceBlocks(withSummary: true)]
        if attributes { sections.append(report.attributeBlocks()) }
        if failcounts { sections += [report.historyBlocks(), report.failureBlocks(isTechnical: true)] }
        return Array(sections.filter { !$0.isEmpty }.joined(separator: [.blank]))
    }

    /// `simulationBlocks` as text under a title such as `Current cluster status`.
    package static func simulationText(
        _ state: ClusterState, title: String, pending: Bool, attributes: Bool = false, failcounts: Bool = false
    ) -> String {
        let blocks = simulationBlocks(state, pending: pending, attributes: attributes, failcounts: failcounts)
        return TextPrinter.print([.list(title, blocks)])
    }
}
