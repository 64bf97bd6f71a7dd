// SPDX-License-Identifier: GPL-2.0-or-later
// One look at the cluster for crm_mon: fetch, report, print.
import CIBModel
import ClusterStatus
import ClusterXML
import Glibc
import Reports
import Scheduling

/// Makes reports as the options of `crm_mon` say.
struct Monitor {
    let options: CrmMon
    let source: CIBReading.Source
    private let sections: SectionArguments

    init(_ options: CrmMon) throws {
        self.options = options
        source = options.xmlFile.map { .file($0) } ?? CIBReading.source()
        let words = LegacyArguments.normalized(
            Array(CommandLine.arguments.dropFirst()), valueLetters: Role.named(calledAs)?.valueLetters ?? "")
        do {
            sections = try SectionArguments(
                words, structured: options.output.format == "xml" || options.output.format == "json", live: source == .cluster)
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
    func look() throws -> StatusReport {
        let (cib, live) = try fetch()
        var state = ClusterState(reading: cib, at: Timestamp(epoch: epochNow()))
        state.unpackLocations()
        DiagnosticLog.print(state.diagnostics, verbosity: options.verbose)
        return StatusReport(state, show: show(state), live: live, clock: .here)
    }

    private func fetch() throws -> (XMLElement, LiveFacts?) {
        switch source {
        case .file(let path):
            do {
                return (try CIBReading.upgraded(try CIBReading.parse(file: path)), nil)
            } catch let failure as CommandFailure {
                throw CommandFailure(failure.exitCode, "\(calledAs): Connection to cluster failed: \(failure.message)")
            }
        case .cluster:
            return try LiveCluster.fetch(fencing: sections.choice.sections.intersection(.fencing) != [])
        }
    }

    private func show(_ state: ClusterState) -> StatusOptions {
        var show = StatusOptions()
        show.sections = sections.choice.sections
        show.banPrefix = sections.choice.banPrefix
        show.groupByNode = options.groupByNode
        show.inactive = options.inactive
        show.brief = options.brief
        show.detail = options.showDetail
        show.descriptions = options.showDescription
        show.timing = options.timingDetails
        show.fullFencingHistory = sections.fenceHistory ?? 1 >= 3
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
        return max(1, IntervalText.milliseconds(text) ?? 5000)
    }
}
