// SPDX-License-Identifier: GPL-2.0-or-later
// The role `exporter`: the cluster's status over HTTP, for Prometheus, browsers and scripts.
package import ArgumentParser
import CIBModel
import ClusterStatus
import ClusterXML
import Glibc
import Reports
import Scheduling

package struct Exporter: ParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "exporter", abstract: "Serve the cluster's status over HTTP: metrics, a page, XML and JSON.",
        discussion: """
            Paths: /metrics for Prometheus (names as of ha_cluster_exporter), / for a page that follows the cluster, \
            /status.json and /status.xml for programs. Answers while the cluster is down, too: then \
            ha_cluster_scrape_success is 0. Read-only; needs the rights of the tools.
            """)

    @Option(help: "Address to listen on; default is every address.")
    var address: String?
    @Option(name: [.customShort("p"), .long], help: "Port to listen on.")
    var port = 9664
    @OptionGroup var common: CommonToolOptions

    package init() {}

    package func run() throws {
        guard (1...65535).contains(port) else {
            throw CommandFailure(.usage, "\(calledAs): '\(port)' is no port number, use 1 to 65535")
        }
        signal(SIGPIPE, SIG_IGN)
        let listener = try HTTPListener(address: address, port: UInt16(port))
        var pages = StatusPages()
        while true { listener.serveOne { pages.answer($0) } }
    }
}

/// The answers to the paths. What was fetched a moment ago serves again, so that many readers cost no more than one.
struct StatusPages {
    private var report: Result<StatusReport, CommandFailure>?
    private var fetchedAt: Int64 = 0
    private var fetchSeconds = 0.0

    mutating func answer(_ path: String) -> HTTPListener.Answer {
        switch path {
        case "/metrics": return .init(200, "text/plain; version=0.0.4; charset=utf-8", metrics())
        case "/", "/index.html": return .init(200, "text/html; charset=utf-8", page())
        case "/status.json": return .init(200, "application/json", frame { JSONPrinter.print($0.element) })
        case "/status.xml": return .init(200, "application/xml; charset=utf-8", frame(\.xml))
        default: return .init(404, "text/plain; charset=utf-8", "There is /metrics, /, /status.json and /status.xml\n")
        }
    }

    private mutating func fetch() -> Result<StatusReport, CommandFailure> {
        let start = Self.milliseconds()
        if let report, start - fetchedAt < 500 { return report }
        let fresh: Result<StatusReport, CommandFailure>
        do {
            fresh = .success(try Self.look())
        } catch {
            fresh = .failure(error as? CommandFailure ?? CommandFailure(.error, "\(error)"))
        }
        fetchedAt = Self.milliseconds()
        fetchSeconds = Double(fetchedAt - start) / 1000
        report = fresh
        return fresh
    }

    private static func look() throws -> StatusReport {
        var show = StatusOptions()
        show.sections = .all
        show.inactive = true
        let (cib, live) = if let file = CIBReading.fileFromEnvironment {
            (try CIBReading.read(file), LiveFacts?.none)
        } else {
            try LiveCluster.fetch(try LiveCluster.connect(), fencing: true)
        }
        var state = ClusterState(reading: cib, at: Timestamp(epoch: epochNow()))
        state.unpackConstraints()
        return StatusReport(state, show: show, live: live, clock: .here)
    }

    private mutating func metrics() -> String {
        var page = MetricsPage()
        let result = fetch()
        var succeeded = false
        if case .success(let report) = result {
            succeeded = true
            report.addMetrics(to: &page)
        }
        page.metric("ha_cluster_scrape_duration_seconds", help: "How long it took to collect")
        page.sample("ha_cluster_scrape_duration_seconds", [("collector", "pacemaker")], "\(fetchSeconds)")
        page.metric("ha_cluster_scrape_success", help: "Whether collecting succeeded")
        page.sample("ha_cluster_scrape_success", [("collector", "pacemaker")], succeeded ? "1" : "0")
        return page.text
    }

    private mutating func page() -> String {
        var page = HTMLPage()
        page.refresh = 5
        switch fetch() {
        case .success(let report): return page.print(report.textBlocks())
        case .failure(let failure): return page.print([], errors: [failure.message])
        }
    }

    private mutating func frame(_ print: (ResultFrame) -> String) -> String {
        var frame = ResultFrame(request: "exporter")
        switch fetch() {
        case .success(let report): frame.elements = report.elements()
        case .failure(let failure):
            frame.status = failure.exitCode
            frame.errors = [failure.message]
        }
        return print(frame)
    }

    private static func milliseconds() -> Int64 {
        var now = timespec()
        clock_gettime(CLOCK_MONOTONIC, &now)
        return Int64(now.tv_sec) * 1000 + Int64(now.tv_nsec) / 1_000_000
    }
}
