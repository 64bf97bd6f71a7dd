// SPDX-License-Identifier: GPL-2.0-or-later
// What stonith_admin prints of the fencing history.
import CIBModel
import Client
import ClusterXML
import Glibc
import Reports

struct FencingHistoryReport {
    private let client: ClusterClient
    private let quiet: Bool
    private let verbose: Int
    private let cleanup: Bool

    init(_ client: ClusterClient, quiet: Bool, verbose: Int, cleanup: Bool) {
        self.client = client
        self.quiet = quiet
        self.verbose = verbose
        self.cleanup = cleanup
    }

    private struct Event {
        var target, action, client, origin: String
        var delegate, reason: String?
        var seconds, nanoseconds: Int64
        var state: Int
        var moment: String { UTCTime.text(seconds, microseconds: nanoseconds / 1000) }
    }

    private func events(_ node: String, options: Int = 0) throws -> [Event] {
        var data: XMLElement?
        if node != "*" { data = XMLElement("st_history", [("st_target", node)]) }
        let answer = try client.fencer("st_fence_history", data: data, options: options)
        let entries = answer.first("st_calldata")?.elements.first?.elements("st_execute").map { $0 } ?? []
        return entries.map { entry in
            Event(
                target: entry["st_target"] ?? "", action: entry["st_device_action"] ?? "", client: entry["st_clientname"] ?? "",
                origin: entry["st_origin"] ?? "", delegate: entry["st_delegate"], reason: entry["exit-reason"],
                seconds: entry["st_date"].flatMap { Int64($0) } ?? 0, nanoseconds: entry["st_date_nsec"].flatMap { Int64($0) } ?? 0,
                state: entry["st_state"].flatMap { Int($0) } ?? 0)
        }
    }

    func show(_ node: String, _ output: ToolOutput) throws {
        if cleanup {
            _ = try events(node, options: 0x80000)
            if !quiet { output.line("cleaning up fencing-history\(node == "*" ? "" : " for node \(node)")") }
            return
        }
        let all = try events(node)
        // Of repeated successes only the latest is shown unless all are wanted.
        var seen: Set<String> = []
        let shown = verbose > 0 || output.isStructured
            ? all : all.filter { $0.state != 2 || seen.insert("\($0.target) \($0.action) \($0.delegate ?? "")").inserted }
        for event in shown { output.line(line(event)) }
        if !quiet { output.line("\(shown.count) event\(shown.count == 1 ? "" : "s") found") }
        output.result(XMLElement("list", [("name", "fencing history"), ("count", "\(shown.count)")], children: shown.map(element)))
    }

    private func line(_ event: Event) -> String {
        let what = event.action == "off" ? "turning off" : event.action == "on" ? "turning on" : event.action
        let tail = "delegate=\(event.delegate ?? ""), client=\(event.client), origin=\(event.origin)"
        switch event.state {
        case 2: return "\(what) of \(event.target) successful: \(tail), last-successful='\(event.moment)'"
        case 4:
            let reason = event.reason.map { " (\($0))" } ?? ""
            return "\(what) of \(event.target) failed\(reason): \(tail), last-failed='\(event.moment)'"
        default: return "\(what) of \(event.target) pending: client=\(event.client), origin=\(event.origin)"
        }
    }

    private func element(_ event: Event) -> XMLElement {
        let status = event.state == 2 ? "success" : event.state == 4 ? "failed" : "pending"
        var element = XMLElement("fence_event", [
            ("action", event.action), ("target", event.target), ("client", event.client), ("origin", event.origin), ("status", status),
        ])
        element["delegate"] = event.delegate
        if event.state == 2 || event.state == 4 { element["completed"] = event.moment }
        if let reason = event.reason { element["exit-reason"] = reason }
        return element
    }

    func showLast(_ node: String, _ output: ToolOutput) throws {
        let latest = try events(node).filter { $0.state == 2 }.map(\.seconds).max()
        guard let latest else {
            output.result(XMLElement("last-fenced", [("target", node), ("when", "")]), text: quiet ? "" : "Node \(node) has never been fenced")
            return
        }
        var (time, parts) = (time_t(latest), tm())
        localtime_r(&time, &parts)
        let text = WriteTime.text(latest + Int64(parts.tm_gmtoff))
        output.result(XMLElement("last-fenced", [("target", node), ("when", text)]), text: "Node \(node) last fenced at: \(text)")
    }
}
