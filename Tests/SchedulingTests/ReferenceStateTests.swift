// SPDX-License-Identifier: GPL-2.0-or-later
// Details of nodes that went away, and of what is left of resources: situation, outcome.

import CIBModel
import ClusterStatus
import Scheduling
import Testing

@Suite("States as the reference reads them")
struct ReferenceStateTests: HistorySituations {
    @Test("A guest's host is where its connection is, even if its container seems to be on several nodes")
    func hostOfAGuest() throws {
        let device = "<primitive id=\"f\" class=\"stonith\" type=\"fence_x\"/>"
        let host = dummy("v", "<meta_attributes id=\"m\"><nvpair id=\"g\" name=\"remote-node\" value=\"guest\"/></meta_attributes>")
        let connection = """
            <lrm_resource id="guest" class="ocf" provider="pacemaker" type="remote">\(operation("guest", "start", call: 3))</lrm_resource>
            """
        let lost = """
            <node_state id="b" uname="b" in_ccm="false" crmd="offline" join="down" expected="member"><lrm id="b"><lrm_resources>
            \(entry("v", operation("v", "start", call: 2)))\(connection)</lrm_resources></lrm></node_state>
            """
        let running = entry("v", operation("v", "start", call: 2))
        let text = cib(resources: device + host, histories: ["a": running], more: lost)
            .replacing("name=\"fencing-enabled\" value=\"false\"", with: "name=\"fencing-enabled\" value=\"true\"")
            .replacing("<node id=\"a\" uname=\"a\"/>", with: "<node id=\"b\" uname=\"b\"/><node id=\"a\" uname=\"a\"/>")
        let result = try state(text)
        let container = try #require(result.findResource("v"))
        let guest = try #require(result.node(named: "guest"))
        #expect(result.resources[container].activeNodes.count == 2)
        #expect(result.nodes[guest].flags.contains(.remoteReset))
    }

    @Test("The source of half a migration that stopped the resource since then is not where an unmanaged resource is")
    func stoppedSource() throws {
        let ends = "migrate_source=\"a\" migrate_target=\"b\""
        let source = entry(
            "r", operation("r", "start", call: 5), operation("r", "migrate_to", call: 9, more: ends),
            operation("r", "stop", call: 10, id: "r_last_0"))
        let target = entry("r", operation("r", "monitor", call: 1, rc: 7, expected: 7, changed: 1_699_998_000))
        let unmanaged = dummy("r", "<meta_attributes id=\"m\"><nvpair id=\"n\" name=\"is-managed\" value=\"false\"/></meta_attributes>")
        let result = Scheduler.run(try state(cib(resources: unmanaged, histories: ["a": source, "b": target])))
        let r = try #require(result.state.findResource("r"))
        #expect(result.state.resources[r].assigned == result.state.node(named: "b"))
    }

    @Test("A stop that is implied by the end of its guest tells nothing of a lock", arguments: [true, false])
    func lockOfAnImpliedStop(hasFailed: Bool) throws {
        let host = dummy("v", "<meta_attributes id=\"m\"><nvpair id=\"g\" name=\"remote-node\" value=\"guest\"/></meta_attributes>")
        let connection = """
            <lrm_resource id="guest" class="ocf" provider="pacemaker" type="remote">\(operation("guest", "start", call: 3))</lrm_resource>
            """
        let monitor = operation("v", "monitor", interval: 10000, call: 4, rc: hasFailed ? 1 : 0)
        let guest = """
            <node_state id="guest" uname="guest" remote_node="true"><transient_attributes id="guest"><instance_attributes id="t">
            <nvpair id="s" name="shutdown" value="1699999999"/></instance_attributes></transient_attributes><lrm id="guest"><lrm_resources>
            \(entry("r", operation("r", "start", call: 2)))</lrm_resources></lrm></node_state>
            """
        let lock = "<nvpair id=\"k\" name=\"shutdown-lock\" value=\"true\"/>"
        let text = cib(
            resources: host + dummy("r"), histories: ["a": entry("v", operation("v", "start", call: 2), monitor) + connection],
            options: lock, more: guest)
        let stop = try #require(Scheduler.run(try state(text)).transition.synapses.map(\.action).first { $0.key == "r_stop_0" })
        #expect(stop.kind == (hasFailed ? .pseudo : .resource))
        #expect((stop.shutdownLock != nil) == !hasFailed)
    }

    @Test("A probe that has no node comes before every shutdown")
    func probeWithoutNode() throws {
        let host = dummy("v", "<meta_attributes id=\"m\"><nvpair id=\"g\" name=\"remote-node\" value=\"guest\"/></meta_attributes>")
        let connection = """
            <lrm_resource id="guest" class="ocf" provider="pacemaker" type="remote">\(operation("guest", "start", call: 3))</lrm_resource>
            """
        let leaving = "<instance_attributes id=\"t\"><nvpair id=\"s\" name=\"shutdown\" value=\"1699999999\"/></instance_attributes>"
        let text = cib(resources: host, histories: ["a": entry("v", operation("v", "start", call: 2)) + connection])
            .replacing("<lrm id=\"a\">", with: "<transient_attributes id=\"a\">\(leaving)</transient_attributes><lrm id=\"a\">")
        let result = Scheduler.run(try state(text)).state
        let v = try #require(result.findResource("v"))
        let probe = try #require(result.actions.actions(of: v).first { result.actions[$0].task == .monitor && result.actions[$0].node == nil })
        #expect(result.actions.relations.contains { $0.first == probe && result.actions[$0.then].task == .shutdown })
    }

    @Test("A node that is probed anyway needs no clean-up of what another agent left there", arguments: [(-1, 193), (0, 7)])
    func probedInsteadOfCleaned(status: Int, rc: Int) throws {
        let probe = operation("r", "monitor", call: 2, rc: rc, expected: 7, status: status)
        let history = entry("r", probe).replacing("type=\"Dummy\"", with: "type=\"Other\"")
        let tasks = try tasks(cib(resources: dummy("r"), histories: ["a": history]))
        #expect(tasks.contains("r_monitor_0") == (status == -1))
        #expect(tasks.contains("r_delete_0") == (status != -1))
    }

    @Test("Transient attributes replace permanent ones; of several of a name the first of the last block counts", arguments: [
        ("5,6", "5"), ("5|6", "6"), ("5,6|7,8", "7"), ("", "1"), ("#default", "1"),
    ])
    func transientAttributes(values: String, expected: String) throws {
        func block(_ id: String, _ values: Substring) -> String {
            let pairs = values.split(separator: ",").enumerated().map { "<nvpair id=\"\(id)\($0.offset)\" name=\"x\" value=\"\($0.element)\"/>" }
            return "<instance_attributes id=\"\(id)\">\(pairs.joined())</instance_attributes>"
        }
        let blocks = values.split(separator: "|").enumerated().map { block("t\($0.offset)", $0.element) }.joined()
        let text = cib(resources: dummy("r"), histories: ["a": ""])
            .replacing("<node id=\"a\" uname=\"a\"/>", with: "<node id=\"a\" uname=\"a\">\(block("p", "1"))</node>")
            .replacing("<lrm id=\"a\">", with: "<transient_attributes id=\"a\">\(blocks)</transient_attributes><lrm id=\"a\">")
        let result = try state(text)
        #expect(result.nodes[try #require(result.node(named: "a"))].attributes["x"] == expected)
    }
}
