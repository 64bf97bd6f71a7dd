// SPDX-License-Identifier: GPL-2.0-or-later
// One look at the cluster for crm_mon: fetch, report, print.
import CIBModel
import Client
import ClusterStatus
import ClusterXML
import Glibc
import Reports
import Scheduling

/// Makes reports as the options of `crm_mon` say.
struct Monitor {
    private(set) var options: CrmMon
    /// The file to look at; nil for the cluster.
    let file: String?
    private var choice: SectionChoice
    private let fenceHistory: Int

    init(_ options: CrmMon) throws {
        self.options = options
        file = options.xmlFile ?? CIBReading.fileFromEnvironment
        let words = LegacyArguments.normalized(
            Array(CommandLine.arguments.dropFirst()), valueLetters: Role.named(calledAs)?.valueLetters ?? "")
        do {
            let structured = options.output.format == "xml" || options.output.format == "json"
            let sections = try SectionArguments(words, structured: structured, live: file == nil)
            choice = sections.choice
            fenceHistory = sections.fenceHistory ?? 1
        } catch {
            throw CommandFailure(.usage, "\(calledAs): \(error.message)")
        }
    }

    /// Prints the status once in the format asked for.
    func printOnce() throws {
        let output = try options.output.open()
        output.page = page()
        do {
            try emit(try look(), to: output)
        } catch let failure as CommandFailure {
            if !failure.message.isEmpty { output.error(failure.message) }
            output.status = failure.exitCode
        }
        try output.end()
    }

    /// The status as it is now.
    /// - Throws: exit status 102 without a cluster, 105 or 78 for a file that cannot be used.
    /// - Parameter client: a connection that is open already.
    func look(_ client: ClusterClient? = nil) throws -> StatusReport {
        let (cib, live) = try fetch(client)
        var state = ClusterState(reading: cib, at: Timestamp(epoch: epochNow()))
        if !choice.sections.isDisjoint(with: [.bans, .tickets]) { state.unpackConstraints() }
        DiagnosticLog.print(state.diagnostics, verbosity: options.common.verbose)
        return StatusReport(state, show: show(state), live: live, clock: .here)
    }

    private func fetch(_ client: ClusterClient?) throws -> (XMLElement, LiveFacts?) {
        guard let file else {
            return try LiveCluster.fetch(
                try client ?? LiveCluster.connect(), fencing: !choice.sections.isDisjoint(with: .fencing))
        }
        do {
            return (try CIBReading.read(file), nil)
        } catch let failure as CommandFailure {
            throw CommandFailure(failure.exitCode, "\(calledAs): Connection to cluster failed: \(failure.message)")
        }
    }

    private func show(_ state: ClusterState) -> StatusOptions {
        var show = StatusOptions()
        show.sections = choice.sections
        show.banPrefix = choice.banPrefix
        show.groupByNode = options.groupByNode
        show.inactive = options.inactive
        show.brief = options.brief
        show.detail = options.showDetail
        show.descriptions = options.showDescription
        show.timing = options.timingDetails
        show.fullFencingHistory = fenceHistory >= 3
        show.onlyNodes = options.node.flatMap { StatusFilter.nodes($0, state) }
        show.onlyResources = options.resource.flatMap { StatusFilter.resources($0, state) }
        return show
    }

    /// Writes a report in the output's format.
    func emit(_ report: StatusReport, to output: ToolOutput) throws {
        if options.simpleStatus {
            let (line, isGood) = report.simpleStatus()
            output.line(line)
            if !isGood { output.status = .error }
            return
        }
        if output.isText {
            report.textBlocks().forEach(output.block)
        } else {
            report.elements().forEach { output.result($0) }
        }
    }

    func page() -> HTMLPage {
        var page = HTMLPage()
        if let title = options.htmlTitle { page.title = title }
        page.stylesheet = options.htmlStylesheet
        page.asCGI = options.htmlCGI
        if options.daemonize { page.refresh = Int(max(1, intervalMs() / 1000)) }
        return page
    }

    /// How long to wait for a change at most.
    func intervalMs() -> Int64 {
        guard let text = options.interval else { return 5000 }
        if let seconds = Int64(text) { return max(1, seconds).multipliedReportingOverflow(by: 1000).partialValue }
        return max(1, Int64(Scan.interval(text)))
    }

    /// Shows or hides what a key of the screen stands for.
    mutating func toggle(_ key: Character) {
        switch key {
        case "A": toggle(.attributes)
        case "c": toggle(.tickets)
        case "f": toggle(.failcounts)
        case "o": toggle(.operations)
        case "t":
            options.timingDetails.toggle()
            if options.timingDetails { choice.insert(.operations) }
        case "L": toggle(.bans)
        case "D": toggle(.summary)
        case "m": toggle(.fencing)
        case "n": options.groupByNode.toggle()
        case "r": options.inactive.toggle()
        case "R": options.showDetail.toggle()
        case "b": options.brief.toggle()
        default: break
        }
    }

    private mutating func toggle(_ sections: StatusSections) {
        if choice.sections.isSuperset(of: sections) { choice.remove(sections) } else { choice.insert(sections) }
    }
}
