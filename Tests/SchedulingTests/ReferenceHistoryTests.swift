// SPDX-License-Identifier: GPL-2.0-or-later
// Details of histories, digests and ties that comparisons with the reference brought to light: situation, outcome.

import CIBModel
import ClusterStatus
import ClusterXML
import Scheduling
import Testing

@Suite("Histories as the reference reads them")
struct ReferenceHistoryTests: HistorySituations {
    @Test("A migration of an instance whose history has no number leads nowhere: nothing is known of it on the target")
    func migrationOfAnInstance() throws {
        let ends = "migrate_source=\"a\" migrate_target=\"b\""
        let histories = [
            "a": entry("r", operation("r", "migrate_to", call: 5, more: ends)),
            "b": entry("r", operation("r", "monitor", call: 9, rc: 7, expected: 7, changed: 1_699_999_900)),
        ]
        let instance = try state(cib(resources: "<clone id=\"c\">\(dummy("r"))</clone>", histories: histories))
        let r = try #require(instance.findResource("r:0"))
        #expect(!instance.resources[r].flags.contains(.failed))
        let alone = try state(cib(resources: dummy("r"), histories: histories))
        #expect(alone.resources[try #require(alone.findResource("r"))].flags.contains(.failed))
    }

    @Test("Of two monitors that found nothing none is taken as news about a migration")
    func severalMonitors() throws {
        let from = operation("r", "migrate_from", call: 5, rc: 1, more: "migrate_source=\"b\" migrate_target=\"a\"")
        let probe = operation("r", "monitor", call: 9, rc: 7, expected: 7, changed: 1_699_999_900)
        let recurring = operation("r", "monitor", interval: 10000, call: 10, rc: 7, expected: 7, changed: 1_699_999_900)
        func places(_ source: String...) throws -> Int {
            let text = cib(resources: dummy("r"), histories: ["a": entry("r", from), "b": entry("r", source.joined())])
            let result = try state(text)
            return result.resources[try #require(result.findResource("r"))].activeNodes.count
        }
        #expect(try places(probe) == 1)
        #expect(try places(probe, recurring) == 2)
    }

    @Test("A probe's parameters are compared with what a probe gets, not with what a start gets")
    func probeDigest() throws {
        func restarts(_ configured: String) throws -> Bool {
            let own = "<instance_attributes id=\"i\"><nvpair id=\"d\" name=\"depth\" value=\"10\"/></instance_attributes>"
            let operations = "<operations><op id=\"o1\" name=\"\(configured)\" interval=\"0\">\(own)</op></operations>"
            let history = entry("r", operation("r", "monitor", call: 3, expected: 7, id: "r_last_0", more: nothing))
            return try tasks(cib(resources: dummy("r", operations), histories: ["a": history])).contains("r_stop_0")
        }
        #expect(try !restarts("start"))
        #expect(try restarts("monitor"))
    }

    @Test("A failed monitor that expired is ordered again, unless a successful one beside it was compared first")
    func expiredBesideSuccessful() throws {
        let resource = dummy(
            "r",
            """
            <meta_attributes id="m"><nvpair id="t" name="failure-timeout" value="60s"/></meta_attributes>
            <operations><op id="o1" name="monitor" interval="10s" timeout="20s"/></operations>
            """)
        let digest = "op-digest=\"4811cef7f7f94e3a35a70be7916cb2fd\""
        let start = operation("r", "start", call: 2, id: "r_last_0", more: nothing)
        let good = operation("r", "monitor", interval: 10000, call: 3, more: digest)
        let bad = operation("r", "monitor", interval: 10000, call: 4, rc: 7, id: "r_last_failure_0", more: digest)
        #expect(try tasks(cib(resources: resource, histories: ["a": entry("r", start, bad)])).contains("r_monitor_10000"))
        #expect(try !tasks(cib(resources: resource, histories: ["a": entry("r", start, good, bad)])).contains("r_monitor_10000"))
    }

    @Test("Rules about the date in a fence device's parameters are looked at for its probes")
    func timedDevice() throws {
        let rule = "<rule id=\"ru\"><date_expression id=\"d\" operation=\"lt\" end=\"2024-01-01 00:00:00Z\"/></rule>"
        let device = """
            <primitive id="f" class="stonith" type="fence_x"><instance_attributes id="i">\(rule)<nvpair id="n" name="x" value="1"/>
            </instance_attributes></primitive>
            """
        #expect(Scheduler.run(try state(cib(resources: device, histories: ["a": ""]))).transition.recheckBy == 1_704_067_200)
        let other = device.replacing("class=\"stonith\" type=\"fence_x\"", with: "class=\"ocf\" provider=\"pacemaker\" type=\"Dummy\"")
        #expect(Scheduler.run(try state(cib(resources: other, histories: ["a": ""]))).transition.recheckBy == nil)
    }

    @Test("An operation that did not reach its guest node makes the node's connection fail")
    func unreachedGuest() throws {
        let host = dummy("v", "<meta_attributes id=\"m\"><nvpair id=\"g\" name=\"remote-node\" value=\"guest\"/></meta_attributes>")
        let histories = ["a": entry("v", operation("v", "start", call: 2)) + entry("guest", operation("guest", "start", call: 3))]
        let guest = """
            <node_state id="guest" uname="guest" remote_node="true" in_ccm="true"><lrm id="guest"><lrm_resources>
            \(entry("r", operation("r", "start", call: 1), operation("r", "monitor", interval: 10000, call: 2, rc: 1, status: 8)))
            </lrm_resources></lrm></node_state>
            """
        let result = try state(cib(resources: host + dummy("r"), histories: histories, more: guest))
        let connection = try #require(result.findResource("guest"))
        #expect(result.resources[connection].flags.contains(.failed))
    }

    @Test("A guest stays online while its container's remote node is lost: the host of its connection counts")
    func guestOnLostRemoteNode() throws {
        let far = "<primitive id=\"far\" class=\"ocf\" provider=\"pacemaker\" type=\"remote\"/>"
        let container = dummy("v", "<meta_attributes id=\"m\"><nvpair id=\"g\" name=\"remote-node\" value=\"guest\"/></meta_attributes>")
        let device = "<primitive id=\"device\" class=\"stonith\" type=\"fence_x\"/>"
        let failed = entry("far", operation("far", "start", call: 2), operation("far", "monitor", interval: 10000, call: 3, rc: 1))
        let histories = ["a": failed + entry("guest", operation("guest", "start", call: 4))]
        func remote(_ name: String, _ history: String) -> String {
            """
            <node_state id="\(name)" uname="\(name)" remote_node="true" in_ccm="true"><lrm id="\(name)"><lrm_resources>\(history)
            </lrm_resources></lrm></node_state>
            """
        }
        let states = remote("far", entry("v", operation("v", "start", call: 1))) + remote("guest", "")
        let text = cib(resources: far + container + device, histories: histories, more: states)
        let result = try state(text.replacing("name=\"fencing-enabled\" value=\"false\"", with: "name=\"fencing-enabled\" value=\"true\""))
        let (lost, guest) = (try #require(result.node(named: "far")), try #require(result.node(named: "guest")))
        #expect(result.nodes[lost].isUnclean && !result.nodes[lost].isOnline)
        #expect(result.nodes[guest].isOnline && !result.nodes[guest].flags.contains(.remoteReset))
    }

    @Test("A removed resource counts while its role says that it is active, even on a node that is off")
    func removedCounts() throws {
        let text = cib(resources: dummy("r"), histories: ["a": ""]).replacing(
            "</status>",
            with: """
                <node_state id="b" uname="b" in_ccm="false" crmd="offline" join="down" expected="down"><lrm id="b"><lrm_resources>
                \(entry("gone", operation("gone", "start", call: 1)))</lrm_resources></lrm></node_state></status>
                """
        ).replacing("</nodes>", with: "<node id=\"b\" uname=\"b\"/></nodes>").replacing("name=\"fencing-enabled\" value=\"false\"", with: "name=\"fencing-enabled\" value=\"true\"")
        #expect(try state(text).instanceCount == 2)
    }

    @Test("A connection that is removed does not migrate by itself if a container had launched it", arguments: [
        ("", true), ("container=\"v\"", false),
    ])
    func removedConnection(container: String, migrates: Bool) throws {
        let connection = """
            <lrm_resource id="guest" class="ocf" provider="pacemaker" type="remote" \(container)>\(operation("guest", "start", call: 3))</lrm_resource>
            """
        let history = entry("v", operation("v", "start", call: 2)) + connection
        let result = try state(cib(resources: dummy("v"), histories: ["a": history]))
        let guest = try #require(result.findResource("guest"))
        #expect(result.resources[guest].flags.contains(.removed))
        #expect(result.resources[guest].flags.contains(.migratable) == migrates)
    }

    @Test("The timeout of a recurring operation is no part of its secure digest: another timeout alone orders nothing again")
    func timeoutInSecureDigest() throws {
        let resource = dummy("r", "<operations><op id=\"o1\" name=\"monitor\" interval=\"10s\" timeout=\"20s\"/></operations>")
        func notes(secure: String) throws -> [String] {
            let digests = "op-digest=\"of-another-timeout\" op-secure-params=\" passwd \" op-secure-digest=\"\(secure)\""
            let history = entry(
                "r", operation("r", "start", call: 2, id: "r_last_0", more: nothing),
                operation("r", "monitor", interval: 10000, call: 3, more: digests))
            let cib = try XMLParser.parse(cib(resources: resource, histories: ["a": history]))
            let result = Scheduler.run(ClusterState(reading: cib, at: Timestamp(epoch: 1_700_000_000), isSimulation: true))
            let monitors = result.transition.synapses.count { $0.action.key == "r_monitor_10000" }
            return result.state.decisionNotes.map(\.text) + (monitors > 0 ? ["ordered again"] : [])
        }
        let ofNothing = String(nothing.split(separator: "\"")[1])
        #expect(
            try notes(secure: ofNothing)
                == ["Only 'private' parameters to 10s-interval monitor for r on a changed: 0:0;1:1:0:u"])
        #expect(try notes(secure: "of-other-parameters") == ["ordered again"])
    }

    @Test("A history is compared with the configuration if the node's exact name has one, and no other", arguments: [
        ("", "", true), ("<lrm id=\"b\"><lrm_resources/></lrm></node_state>", "</node_state>", false), ("uname=\"A\" in_ccm", "uname=\"a\" in_ccm", false),
    ])
    func severalHistories(new: String, old: String, isCompared: Bool) throws {
        let changed = entry("r", operation("r", "start", call: 2, more: "op-digest=\"of-others\""))
        let text = cib(resources: dummy("r"), histories: ["a": changed])
        #expect(try tasks(old.isEmpty ? text : text.replacing(old, with: new)).contains("r_stop_0") == isCompared)
    }

    @Test("A cancelled operation is named by its call as that is written, if it is", arguments: [
        ("call-id=\"3\"", "3"), ("call-id=\"007\"", "007"), ("call-id=\"99999999999\"", "99999999999"), ("call-id=\"x\"", "x"), ("", nil),
    ] as [(String, String?)])
    func callOfCancellation(written: String, named: String?) throws {
        let monitor = operation("r", "monitor", interval: 10000, call: 3).replacing("call-id=\"3\"", with: written)
        let text = cib(resources: dummy("r"), histories: ["a": entry("r", operation("r", "start", call: 2, more: nothing), monitor)])
        let actions = Scheduler.run(try state(text)).transition.synapses.map(\.action)
        let cancel = try #require(actions.first { $0.task == "cancel" })
        #expect(cancel.attributes.first { $0.name == "CRM_meta_call_id" }?.value == named)
    }

    @Test("A failure that blocks does not expire, also one on a node that is off and that nothing else is read of")
    func blockingFailureElsewhere() throws {
        let failed = operation("r", "stop", call: 3, rc: 1, id: "r_last_failure_0")
        let text = cib(
            resources: dummy(
                "r",
                """
                <meta_attributes id="m"><nvpair id="t" name="failure-timeout" value="60s"/></meta_attributes>
                <operations><op id="o1" name="stop" interval="0" on-fail="block"/></operations>
                """), histories: ["a": "", "b": entry("r", failed)]
        ).replacing("uname=\"b\" in_ccm=\"true\" crmd=\"online\" join=\"member\" expected=\"member\">", with: """
            uname="b" in_ccm="false" crmd="offline" join="down" expected="down"><transient_attributes id="b"><instance_attributes id="s">
            <nvpair id="s1" name="fail-count-r#stop_0" value="INFINITY"/><nvpair id="s2" name="last-failure-r#stop_0" value="1699999000"/>
            </instance_attributes></transient_attributes>
            """)
        func count(_ text: String) throws -> Score {
            var state = try state(text)
            return state.failCount(of: try #require(state.findResource("r")), on: try #require(state.node(named: "b")), [.effective]).count
        }
        #expect(try count(text) == .infinity)
        #expect(try count(text.replacing("on-fail=\"block\"", with: "on-fail=\"restart\"")) == .zero)
    }
}

@Suite("Simulated results in ambiguous histories")
struct AmbiguousHistoryTests: HistorySituations {
    @Test("A result for a node merges the state into itself: the first of two operations with one id takes what the second says")
    func duplicates() throws {
        let history = entry(
            "r", operation("r", "start", call: 5, rc: 7, id: "r_start_0"), operation("r", "start", call: 8, id: "r_start_0"))
        var status = PaperStatus(try XMLParser.parse(cib(resources: dummy("r"), histories: ["a": history])))
        let result = PaperResult(resource: "s", task: "monitor", interval: 0, rc: 7, expectedRC: 7, node: "a", time: 1)
        status.record(result, names: ["s"], node: "a", nodeID: "a")
        let entries = status.cib.first("status")?.first("node_state")?.first("lrm")?.first("lrm_resources")?.children ?? []
        let operations = entries.first { $0.id == "r" }?.children.filter(\.isElement) ?? []
        #expect(operations.map { $0["call-id"] } == ["8", "8"])
        #expect(operations.map { $0["rc-code"] } == ["0", "0"])
        #expect(entries.contains { $0.id == "s" })
    }

    @Test("A node's id at its history and at its attributes is none that occurs twice; two entries with one id are", arguments: [
        ("<lrm id='1'><lrm_resources/></lrm><transient_attributes id='1'/>", false),
        ("<lrm id='1'><lrm_resources><lrm_resource id='r'/><lrm_resource id='r'/></lrm_resources></lrm>", true),
    ])
    func repeatedIDs(inside: String, isAmbiguous: Bool) throws {
        let state = try XMLParser.parse("<node_state id='1'>\(inside)</node_state>")
        #expect(AmbiguousHistory.isFound(in: state) == isAmbiguous)
    }

    @Test("Where ids are unique the other operations stay as they are")
    func unique() throws {
        let history = entry("r", operation("r", "start", call: 5), operation("r", "monitor", call: 8))
        var status = PaperStatus(try XMLParser.parse(cib(resources: dummy("r"), histories: ["a": history])))
        status.record(
            PaperResult(resource: "r", task: "stop", interval: 0, rc: 0, expectedRC: 0, node: "a", time: 1), names: ["r"], node: "a", nodeID: "a")
        let entries = status.cib.first("status")?.first("node_state")?.first("lrm")?.first("lrm_resources")?.children ?? []
        #expect(entries.first { $0.id == "r" }?.children.filter(\.isElement).map { $0["call-id"] } == ["5", "8", "9"])
    }
}

@Suite("The order of a table of names")
struct StringHashOrderTests: HistorySituations {
    private func order(_ names: [String]) -> [String] { StringHashOrder.positions(of: names).map { names[$0] } }

    @Test("Names lie where their hashes put them, collisions further on", arguments: [
        (["1", "2", "3", "4", "5"], ["1", "3", "5", "2", "4"]),
        (["1", "2", "3", "4", "remote25", "remote31"], ["1", "3", "remote31", "2", "4", "remote25"]),
        (["guest42", "1", "2", "3", "4", "remote24", "remote29"], ["1", "3", "guest42", "remote29", "2", "4", "remote24"]),
    ])
    func smallTables(_ names: [String], _ walked: [String]) { #expect(order(names) == walked) }

    @Test("A table that grew still has every name once", arguments: [0, 1, 8, 31, 500])
    func growth(_ count: Int) {
        let names = (0..<count).map { "node-\($0)" }
        #expect(order(names).sorted() == names.sorted())
    }

    @Test("A copy has its names in the order of the walk through the original")
    func copies() throws {
        let names = ["bh", "cg", "db", "dc", "de", "ff", "gf", "gg"]
        let state = try state(cib(resources: "", histories: Dictionary(uniqueKeysWithValues: names.map { ($0, "") })))
        let orders = state.tableOrders(of: Array(state.nodeOrder), copies: 9).map { $0.map { state.nodes[$0].name } }
        #expect(orders.prefix(2) == [["cg", "gf", "db", "de", "bh", "dc", "ff", "gg"], ["db", "cg", "gf", "de", "bh", "dc", "gg", "ff"]])
        // From here on the last two change places with every copy.
        #expect(orders.count == 10 && orders[8] == orders[2] && orders[9] == orders[1] && orders[2] != orders[1])
        #expect(state.tableOrders(of: Array(state.nodeOrder.prefix(4)), copies: 9).count == 1)
        // The first member's scores were copied when the second's were added; no node has room for both.
        let need = "<utilization id=\"u\"><nvpair id=\"u1\" name=\"cpu\" value=\"3\"/></utilization>"
        let text = cib(
            resources: "<group id=\"g\">\(dummy("r"))\(dummy("s", need))</group>",
            histories: Dictionary(uniqueKeysWithValues: names.map { ($0, "") }), options: "<nvpair id=\"p\" name=\"placement-strategy\" value=\"minimal\"/>")
        #expect(try steps(text).contains("start r db"))
    }
}

@Suite("Simulated events in a status")
struct SimulatedEventTests: HistorySituations {
    private func paper(_ history: String = "", entersNodes: Bool = false) throws -> PaperStatus {
        PaperStatus(try XMLParser.parse(cib(resources: dummy("r"), histories: ["a": history])), entersNodes: entersNodes)
    }

    private func configured(_ status: PaperStatus) -> [String?] {
        status.cib.first("configuration")?.first("nodes")?.children.filter(\.isElement).map { $0["uname"] } ?? []
    }

    @Test("A node that something happens on is entered in the configuration only once nodes are brought online by name")
    func enteredNodes() throws {
        var plain = try paper()
        plain.setMembership(of: "guest", online: false)
        #expect(configured(plain) == ["a"])
        var entering = try paper(entersNodes: true)
        entering.setMembership(of: "guest", online: false)
        #expect(configured(entering) == ["a", "guest"])
    }

    @Test("A reload is recorded as a start, even if it failed", arguments: [0, 8])
    func recordedReload(rc: Int) throws {
        var status = try paper()
        let result = PaperResult(resource: "r", task: "reload-agent", interval: 0, rc: rc, expectedRC: 0, node: "a", time: 5)
        status.record(result, names: ["r"], node: "a", nodeID: nil)
        let entries = status.cib.first("status")?.first("node_state")?.first("lrm")?.first("lrm_resources")?.children ?? []
        let operations = entries.first { $0.id == "r" }?.children.filter(\.isElement) ?? []
        #expect(operations.allSatisfy { $0["operation"] == "start" && $0["operation_key"] == "r_start_0" })
        #expect(!operations.isEmpty)
    }

    @Test("A failure that is supposed has an attribute with a valid id, and a result without digest")
    func supposedFailure() throws {
        var status = try paper()
        _ = status.countFailure(resource: "r", task: "monitor", interval: 10000, rc: 7, node: "a", startFailureIsFatal: true, time: 5)
        let pairs = status.cib.first("status")?.first("node_state")?.first("transient_attributes")?.first("instance_attributes")?.children ?? []
        #expect(pairs.first?.id == "a-fail-count-r.monitor_10000")
        #expect(pairs.first?["name"] == "fail-count-r#monitor_10000")
        status.record(PaperResult(resource: "r", task: "monitor", interval: 10000, rc: 7, expectedRC: 0, node: "a", time: 5), names: ["r"], node: "a", nodeID: nil)
        let entries = status.cib.first("status")?.first("node_state")?.first("lrm")?.first("lrm_resources")?.children ?? []
        let operation = entries.first { $0.id == "r" }?.children.first { $0.isElement }
        #expect(operation?.id == "r_last_failure_0")
        #expect(operation?["op-digest"] == nil)
    }
}
