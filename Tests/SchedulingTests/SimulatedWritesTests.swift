// SPDX-License-Identifier: GPL-2.0-or-later
// What simulated events and transitions leave in the CIB: situation, event, outcome.

import CIBModel
import ClusterStatus
import ClusterXML
import Scheduling
import Testing

@Suite("What simulations write")
struct SimulatedWritesTests: HistorySituations {
    private func paper(_ text: String) throws -> PaperStatus { PaperStatus(try XMLParser.parse(text)) }

    private func plain() -> String { cib(resources: dummy("r"), histories: ["a": entry("r", operation("r", "start", call: 1))]) }

    private func node(_ status: PaperStatus) -> XMLElement? { status.cib.first("status")?.first("node_state") }

    @Test("A write that changes nothing does not count")
    func idleWrites() throws {
        var status = try paper(plain())
        status.setMembership(of: "a", online: true)
        #expect(status.cib["num_updates"] == "1")
        status.setMembership(of: "a", online: true)
        status.setTicket("t", "granted", "true")
        status.setTicket("t", "granted", "true")
        #expect(status.cib["num_updates"] == "2")
    }

    @Test("Fencing on paper is one write, even if the state says the same already, and one for each thing it forgets")
    func fencing() throws {
        var status = try paper(plain())
        status.setFenced("a")
        #expect(node(status)?["crm-debug-origin"] == "simulate_fencing_action")
        #expect(node(status)?.first("lrm") == nil)
        #expect(status.cib["num_updates"] == "2")
        status.setFenced("a")
        #expect(status.cib["num_updates"] == "3")
    }

    @Test("A state that is known by its id only gets the node's name")
    func nameless() throws {
        var status = try paper(plain().replacing("<node_state id=\"a\" uname=\"a\"", with: "<node_state id=\"a\""))
        status.setMembership(of: "a", online: true)
        #expect(node(status)?["uname"] == "a")
        #expect(status.cib.first("status")?.children.count { $0.name == "node_state" } == 1)
    }

    @Test("A node may be named in other letters than the configuration has: its state is the one with its id")
    func otherLetters() throws {
        for entersNodes in [false, true] {
            var status = PaperStatus(try XMLParser.parse(plain()), entersNodes: entersNodes)
            status.setMembership(of: "A", online: false)
            #expect(node(status)?["uname"] == "A" && node(status)?["in_ccm"] == "false")
            #expect(status.cib.first("status")?.children.count { $0.name == "node_state" } == 1)
            let known = status.cib.first("configuration")?.first("nodes")?.children.compactMap { $0["uname"] }
            #expect(known == (entersNodes ? ["a", "A"] : ["a"]))
        }
    }

    @Test("A cluster option is changed where it is; a new one goes to the block of tools, which may have to be made")
    func options() throws {
        var status = try paper(plain())
        status.setOption("fencing-enabled", "true")
        status.setOption("have-watchdog", "true")
        status.setOption("have-watchdog", "false")
        let sets = try #require(status.cib.first("configuration")?.first("crm_config")).children.filter(\.isElement)
        #expect(sets.map(\.id) == ["options", "cib-bootstrap-options"])
        #expect(sets[0].first("nvpair")?["value"] == "true")
        #expect(sets[1].children.map { "\($0.id ?? "")=\($0["value"] ?? "")" } == ["cib-bootstrap-options-have-watchdog=false"])
        #expect(status.cib["epoch"] == "4" && status.cib["num_updates"] == "0")
    }

    @Test("A failure may be asked for by an instance's own id or without its number", arguments: ["r", "R", "r:0"])
    func failures(_ name: String) throws {
        let text = cib(resources: "<clone id=\"c\">\(dummy("r"))</clone>", histories: ["a": ""])
        let result = Scheduler.run(try state(text))
        let failure = try #require(PretendedFailure("\(name)_start_0@a=1"))
        var execution = PaperExecution(result.transition, on: try paper(text), failures: [failure], time: 5)
        execution.run(result.state)
        let pretended = execution.events.contains { if case .pretendedFailure = $0 { true } else { false } }
        #expect(pretended)
    }

    @Test("The connection of a node declared a cluster node is recovered after a failure, not fenced")
    func declaredClusterNode() throws {
        let far = "<primitive id=\"far\" class=\"ocf\" provider=\"pacemaker\" type=\"remote\"/>"
        func response(_ text: String) throws -> OnFail {
            var result = try state(text)
            let connection = try #require(result.findResource("far"))
            return result.onFail(of: connection, task: .monitor, interval: 10000, node: nil).0
        }
        let text = cib(resources: far, histories: ["a": ""])
        #expect(try response(text) == .resetRemote)
        #expect(try response(text.replacing("</nodes>", with: "<node id=\"far\" uname=\"far\"/></nodes>")) == .restart)
    }

    private func operations(_ result: PaperResult) throws -> [XMLElement] {
        var status = try paper(cib(resources: dummy("r"), histories: ["a": ""]))
        status.record(result, names: [result.resource], node: "a", nodeID: nil)
        let entries = node(status)?.first("lrm")?.first("lrm_resources")?.children ?? []
        return entries.flatMap(\.children).filter { $0.name == "lrm_rsc_op" }
    }

    @Test("A failure stands beside the last result and says why; a migration is kept by its own key and doesn't", arguments: [
        ("start", 0, ["r_last_failure_0": "why", "r_last_0": "why"]), ("monitor", 10000, ["r_last_failure_0": "why"]),
        ("migrate_to", 0, ["r_migrate_to_0": ""]), ("migrate_from", 0, ["r_migrate_from_0": ""]),
    ] as [(String, UInt32, [String: String])])
    func reasons(task: String, interval: UInt32, expected: [String: String]) throws {
        var result = PaperResult(resource: "r", task: task, interval: interval, rc: 1, expectedRC: 0, node: "a", time: 5)
        result.failureReason = "why"
        let found = try operations(result).map { ($0.id ?? "", $0["exit-reason"] ?? "none") }
        #expect(Dictionary(found) { $1 } == expected)
    }

    @Test("An operation named notify with an interval is the last result; a notification is kept by what it is about")
    func notifications() throws {
        var result = PaperResult(resource: "r", task: "notify", interval: 10000, rc: 0, expectedRC: 0, node: "a", time: 5)
        #expect(try operations(result).map { "\($0.id ?? "") \($0["operation_key"] ?? "")" } == ["r_last_0 r_notify_10000"])
        result.notifyType = "post"
        result.notifyOperation = "start"
        #expect(try operations(result).map(\.id) == ["r_post_notify_start_0"])
    }

    @Test("The id of a fail count keeps the colon of an instance's number, and has dots for what no id may have")
    func idsOfFailCounts() throws {
        var status = try paper(cib(resources: dummy("r"), histories: ["a": ""]))
        _ = status.countFailure(resource: "r:0", task: "monitor", interval: 10000, rc: 1, node: "a", startFailureIsFatal: true, time: 5)
        let pairs = node(status)?.first("transient_attributes")?.first("instance_attributes")?.children ?? []
        #expect(pairs.map(\.id) == ["a-fail-count-r:0.monitor_10000", "a-last-failure-r:0.monitor_10000"])
    }

    /// The entries of a node's fail counts, as `id=value`, after a failure that is supposed twice.
    private func counted(_ entries: String, block: String = "<instance_attributes id=\"s\">") throws -> [[String]] {
        let history = "</lrm_resources></lrm><transient_attributes id=\"a\">\(block)\(entries)</instance_attributes></transient_attributes><lrm id=\"b\"><lrm_resources>"
        var status = try paper(cib(resources: dummy("r"), histories: ["a": history]))
        return try (0..<2).map { _ in
            _ = status.countFailure(resource: "r", task: "monitor", interval: 10000, rc: 1, node: "a", startFailureIsFatal: true, time: 5)
            let block = try #require(node(status)?.first("transient_attributes")?.first("instance_attributes"))
            return block.children.filter { $0["name"] == "fail-count-r#monitor_10000" }.map { "\($0.id ?? "")=\($0["value"] ?? "")" }
        }
    }

    private func count(_ id: String, _ value: String) -> String { "<nvpair id=\"\(id)\" name=\"fail-count-r#monitor_10000\" value=\"\(value)\"/>" }

    @Test("A supposed failure changes the fail count that has the usual id; one of another id stays, and a second one is written")
    func identityOfFailCounts() throws {
        let usual = "s-fail-count-r.monitor_10000"
        #expect(try counted(count(usual, "4")) == [["\(usual)=5"], ["\(usual)=6"]])
        #expect(try counted(count("x", "4")) == [["x=4", "\(usual)=5"], ["x=4", "\(usual)=1"]])
        #expect(try counted("<nvpair id=\"\(usual)\" name=\"other\" value=\"4\"/>") == [["\(usual)=1"], ["\(usual)=2"]])
        #expect(try counted("", block: "<instance_attributes>").last == ["nvpair-fail-count-r.monitor_10000=2"])
    }

    @Test("A fail count is read as a number of 32 bits before it grows; what is none counts as nothing", arguments: [
        ("INFINITY", "1"), ("12x", "13"), ("-3", "-2"), ("999999", "1000000"), ("2147483647", "-2147483648"), ("2147483648", "1"), ("", "1"), (" +3", "4"),
    ])
    func valueOfFailCounts(old: String, new: String) throws {
        #expect(try counted(count("s-fail-count-r.monitor_10000", old)).first == ["s-fail-count-r.monitor_10000=\(new)"])
    }
}
