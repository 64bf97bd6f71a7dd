// SPDX-License-Identifier: GPL-2.0-or-later
// Details of states that hardly any cluster has, which comparisons with the reference brought to light: situation, outcome.

import CIBModel
import ClusterStatus
import ClusterXML
import Scheduling
import Testing

@Suite("Seldom states as the reference reads them")
struct ReferenceSeldomTests: HistorySituations {
    @Test("A state without a name says nothing of what a migration found on its node", arguments: ["uname=\"b\"", ""])
    func namelessState(_ name: String) throws {
        let failed = operation("r", "migrate_to", call: 9, rc: 1, more: "migrate_source=\"a\" migrate_target=\"b\"")
        let other = """
            <node_state id="b" \(name) in_ccm="true" crmd="online" join="member" expected="member">
            <lrm id="b"><lrm_resources>\(entry("r", operation("r", "start", call: 3)))</lrm_resources></lrm></node_state>
            """
        let text = cib(resources: dummy("r"), histories: ["a": entry("r", failed), "b": ""], more: other)
        var read = try XMLParser.parse(text)
        let status = try #require(read.children.firstIndex { $0.name == "status" })
        read.children[status].children.removeAll { $0.id == "b" && $0.first("lrm")?.first("lrm_resources")?.children.isEmpty ?? true }
        let state = ClusterState(reading: read, at: Timestamp(epoch: 1_700_000_000))
        let places = state.resources[try #require(state.findResource("r"))].activeNodes.map { state.nodes[$0].name }
        #expect(places.sorted() == (name.isEmpty ? ["a"] : ["a", "b"]))
    }

    @Test("Digests that several results of an operation share serve the one with a secure digest, whichever came first")
    func sharedSecureDigest() throws {
        let failure = operation("r", "monitor", call: 3, rc: 1, id: "r_last_failure_0")
        let secure = "op-secure-params=\" passwd \" op-secure-\(nothing.dropFirst(3))"
        let last = operation("r", "monitor", call: 3, rc: 1, id: "r_last_0", more: secure)
        let read = try XMLParser.parse(cib(resources: dummy("r"), histories: ["a": entry("r", last, failure)]))
        let result = Scheduler.run(ClusterState(reading: read, at: Timestamp(epoch: 1_700_000_000), isSimulation: true))
        #expect(
            result.state.decisionNotes.map(\.text)
                == ["Only 'private' parameters to 0s-interval start for r on a changed: 0:1;1:1:0:u"])
    }

    @Test("A pretended failure is counted after its result: a state with neither has its history first")
    func orderInFreshState() throws {
        let fresh = """
            <node_state id="b" uname="b" in_ccm="true" crmd="online" join="member" expected="member"/>
            """
        let text = cib(resources: dummy("r"), histories: ["a": ""], more: fresh)
        let read = try entering("b", "member", in: text)
        let result = Scheduler.run(ClusterState(reading: read, at: Timestamp(epoch: 1_700_000_000)))
        var execution = PaperExecution(
            result.transition, on: PaperStatus(read), failures: [try #require(PretendedFailure("r_monitor_0@b=1"))], time: 1_700_000_000)
        execution.run(result.state)
        let state = execution.status.cib.first("status")?.children.first { $0.id == "b" }
        #expect(state?.children.map(\.name) == ["lrm", "transient_attributes"])
    }

    @Test("A remote node that is entered as a node of the cluster, without another one, gets no connection", arguments: ["remote", "member"])
    func remoteEnteredAsMember(_ type: String) throws {
        let connection = "<primitive id=\"far\" class=\"ocf\" provider=\"pacemaker\" type=\"remote\"/>"
        let read = try entering("far", type, in: cib(resources: connection + dummy("r"), histories: ["a": ""]))
        let result = Scheduler.run(ClusterState(reading: read, at: Timestamp(epoch: 1_700_000_000)))
        let keys = result.transition.synapses.map(\.action.key)
        #expect(keys.contains("far_start_0") == (type == "remote"))
        #expect(keys.contains("r_start_0"))
    }

    /// A connection within a group is not joined with its node, whose history stays unread: nothing may start there, or it would again and again.
    @Test("Nothing starts on a node whose connection is within a group; without quorum it can be fenced if that is allowed for remote nodes",
        arguments: [true, false])
    func connectionInGroup(isAllowed: Bool) throws {
        let connection = "<primitive id=\"far\" class=\"ocf\" provider=\"pacemaker\" type=\"remote\"/>"
        let group = "<group id=\"g\">\(dummy("address"))\(connection)</group>"
        let histories = ["a": started("address") + started("far").replacing("Dummy", with: "remote") + absent("r")]
        let remote = "<node_state id=\"far\" uname=\"far\" remote_node=\"true\" in_ccm=\"true\"/>"
        let text = cib(resources: group + dummy("r"), histories: histories, options: option("fence-remote-without-quorum", "\(isAllowed)"), more: remote)
            .replacing("</nodes>", with: "<node id=\"far\" uname=\"far\" type=\"remote\"/></nodes>")
        #expect(try steps(text).filter { $0.hasSuffix(" far") }.isEmpty)

        var state = try state(fencing(text).replacing("have-quorum=\"1\"", with: "have-quorum=\"0\""))
        let far = try #require(state.node(named: "far"))
        #expect(!state.canFence(far))
        state = Scheduler.run(state).state
        #expect(state.canFence(far) == isAllowed)
    }

    @Test("A guest on such a node is in reach once the connection has a place, also without fencing")
    func guestBeyondGroup() throws {
        let connection = "<primitive id=\"far\" class=\"ocf\" provider=\"pacemaker\" type=\"remote\"/>"
        let remote = "<node_state id=\"far\" uname=\"far\" remote_node=\"true\" in_ccm=\"true\"><lrm id=\"far\"><lrm_resources>\(started("vm"))</lrm_resources></lrm></node_state>"
        let text = fencing(cib(
            resources: "<group id=\"g\">\(connection)</group>" + dummy("vm", block("m", ["remote-node": "guest"])),
            histories: ["a": started("far").replacing("Dummy", with: "remote") + started("guest").replacing("Dummy", with: "remote")], more: remote), device: "")
            .replacing("</nodes>", with: "<node id=\"far\" uname=\"far\" type=\"remote\"/></nodes>")
        var state = try state(text)
        let guest = try #require(state.node(named: "guest"))
        #expect(!state.canFence(guest))
        state = Scheduler.run(state).state
        #expect(state.canFence(guest))
    }

    @Test("What a node has no capacity for is entered in the order of the table of the resource that takes it")
    func capacitiesNotConfigured() throws {
        let needs = block("u", ["disk": "0", "cpu": "0"], tag: "utilization")
        let text = cib(resources: dummy("r", needs), histories: ["a": ""], options: option("placement-strategy", "utilization"))
        let state = Scheduler.run(try state(text)).state
        #expect(state.nodes[try #require(state.node(named: "a"))].remaining.map(\.name) == ["cpu", "disk"])
    }

    @Test("An ordering asks for a clone's part in a migration, which is nobody's: its instances' migrations do not make it one")
    func migrationOfClone() throws {
        let migrates = block("x-meta", ["allow-migrate": "true", "clone-max": "1"])
        let clone = "<clone id=\"x\">\(migrates)\(dummy("i", block("i-meta", ["allow-migrate": "true"])))</clone>"
        let text = cib(
            resources: clone + dummy("v", block("v-meta", ["allow-migrate": "true"])),
            histories: ["a": started("i") + started("v"), "b": absent("i", "v")], constraints: "<rsc_order id=\"o\" first=\"x\" then=\"v\"/>")
        let standby = block("standby", ["standby": "on"], tag: "instance_attributes")
        let state = Scheduler.run(try state(node("a", with: standby, in: text))).state
        let x = try #require(state.findResource("x"))
        let asked = try #require(state.actions.actions(of: x).first { state.actions[$0].task == .migrateFrom })
        #expect(state.actions[asked].isOptional)
        #expect(state.actions.all.contains { $0.task == .migrateFrom && !$0.isOptional && $0.node != nil })
    }

    @Test("No probe on a guest comes before what its container does, also if the guest is entered as a node of the cluster")
    func guestEnteredAsMember() throws {
        let container = dummy("vm", "<meta_attributes id=\"m\"><nvpair id=\"n\" name=\"remote-node\" value=\"guest\"/></meta_attributes>")
        let online = """
            <node_state id="guest" uname="guest" in_ccm="true" crmd="online" join="member" expected="member"/>
            """
        let read = try entering("guest", "member", in: cib(resources: container, histories: ["a": ""], more: online))
        let result = Scheduler.run(ClusterState(reading: read, at: Timestamp(epoch: 1_700_000_000)))
        let state = result.state
        let vm = try #require(state.findResource("vm"))
        let guest = try #require(state.node(named: "guest"))
        let relations = state.actions.relations.filter { relation in
            state.actions[relation.then].resource == vm && state.actions[relation.first].node == guest
                && state.actions[relation.first].resource != nil && !relation.flags.isEmpty && !relation.flags.contains(.guestAllowed)
        }
        #expect(relations.isEmpty)
    }

    @Test("A cancelled monitor has the options of its operation where it was known to run, not where it was under way")
    func optionsOfCancellations() throws {
        let resource = dummy(
            "r", "<meta_attributes id=\"m\"><nvpair id=\"m1\" name=\"maintenance\" value=\"true\"/></meta_attributes>"
                + "<operations><op id=\"o1\" name=\"monitor\" interval=\"10s\"/></operations>")
        func active(_ status: Int) -> String {
            entry("r", operation("r", "start", call: 3), operation("r", "monitor", interval: 10000, call: 4, rc: status < 0 ? 193 : 0, status: status))
        }
        for (a, b) in [(0, -1), (-1, 0)] {
            let result = Scheduler.run(try state(cib(resources: resource, histories: ["a": active(a), "b": active(b)])))
            let named = result.transition.synapses.map(\.action).filter { $0.task == "cancel" && $0.attribute("CRM_meta_name") == "monitor" }
            #expect(named.map { $0.node?.name } == [a == 0 ? "a" : "b"])
        }
    }

    /// A CIB with one more entry in its list of nodes.
    private func entering(_ name: String, _ type: String, in text: String) throws -> XMLElement {
        var read = try XMLParser.parse(text)
        let configuration = try #require(read.children.firstIndex { $0.name == "configuration" })
        let nodes = try #require(read.children[configuration].children.firstIndex { $0.name == "nodes" })
        read.children[configuration].children[nodes].children.append(XMLElement("node", [("id", name), ("uname", name), ("type", type)]))
        return read
    }
}
