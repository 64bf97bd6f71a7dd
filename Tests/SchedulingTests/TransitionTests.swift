// SPDX-License-Identifier: GPL-2.0-or-later
// What is done in which order, in small clusters: situation, event, outcome.

import CIBModel
import ClusterStatus
import ClusterXML
import Scheduling
import Testing

/// A cluster of two nodes without fencing.
private struct Cluster {
    var resources: String
    var constraints = ""
    var options = "<nvpair id=\"o-f\" name=\"fencing-enabled\" value=\"false\"/>"
    /// Attributes of the state of `beta`.
    var beta = "in_ccm=\"true\" crmd=\"online\" join=\"member\" expected=\"member\""

    func decide(_ change: (inout PaperStatus) -> Void = { _ in }) throws -> SchedulingResult {
        var status = PaperStatus(try XMLParser.parse(text))
        change(&status)
        return Scheduler.run(cib: status.cib, now: Timestamp(epoch: 1_700_000_000))
    }

    private var text: String {
        """
        <cib crm_feature_set="3.20.5" validate-with="pacemaker-4.0" epoch="1" num_updates="0" admin_epoch="0" have-quorum="1">
        <configuration><crm_config><cluster_property_set id="o">\(options)</cluster_property_set></crm_config>
        <nodes><node id="1" uname="alpha"/><node id="2" uname="beta"/></nodes>
        <resources>\(resources)</resources><constraints>\(constraints)</constraints></configuration>
        <status><node_state id="1" uname="alpha" in_ccm="true" crmd="online" join="member" expected="member"/>
        <node_state id="2" uname="beta" \(beta)/></status></cib>
        """
    }
}

private func dummy(_ id: String, _ inside: String = "") -> String {
    "<primitive id=\"\(id)\" class=\"ocf\" provider=\"pacemaker\" type=\"Dummy\">\(inside)</primitive>"
}

private func record(_ resource: String, _ task: String, _ node: String, rc: Int = 0, in status: inout PaperStatus) {
    var result = PaperResult(resource: resource, task: task, interval: 0, rc: rc, expectedRC: rc, node: node, time: 1_600_000_000)
    (result.agentClass, result.provider, result.type) = ("ocf", "pacemaker", "Dummy")
    status.record(result, names: [resource], node: node, nodeID: nil)
}

extension SchedulingResult {
    fileprivate var execution: [String] { execution(on: state.cib) }
}

@Suite("Transitions")
struct TransitionTests {
    @Test("A new resource is probed everywhere, then started once")
    func probesBeforeStart() throws {
        let result = try Cluster(resources: dummy("a")).decide()
        #expect(Set(result.execution.prefix(2)) == ["monitor a alpha", "monitor a beta"])
        #expect(result.execution.dropFirst(2) == ["start a alpha"])
    }

    /// A clone of far more groups than there are nodes: every instance's start waits for those of all before it.
    private func orderedGroups(_ count: Int, quorum: String = "ignore") -> Cluster {
        let meta = "<meta_attributes id=\"m\"><nvpair id=\"m-o\" name=\"ordered\" value=\"true\"/>"
            + "<nvpair id=\"m-c\" name=\"clone-max\" value=\"\(count)\"/></meta_attributes>"
        var cluster = Cluster(resources: "<clone id=\"c\">\(meta)<group id=\"g\">\(dummy("a"))\(dummy("b"))</group></clone>")
        cluster.options += "<nvpair id=\"o-q\" name=\"no-quorum-policy\" value=\"\(quorum)\"/>"
        return cluster
    }

    @Test("Ordered instances start one after the other, however many have no node", arguments: [2, 3, 12, 60])
    func orderedInstances(count: Int) throws {
        let starts = try orderedGroups(count).decide().execution.filter { $0.hasPrefix("start") }
        #expect(starts == ["start a:0 alpha", "start b:0 alpha", "start a:1 beta", "start b:1 beta"])
    }

    @Test("Ordered instances stop the other way round", arguments: [2, 3, 12])
    func orderedStops(count: Int) throws {
        var cluster = orderedGroups(count)
        cluster.options += "<nvpair id=\"o-s\" name=\"stop-all-resources\" value=\"true\"/>"
        let stops = try cluster.decide { status in
            for (node, instance) in [("alpha", 0), ("beta", 1)] {
                for member in ["a", "b"] { record("\(member):\(instance)", "start", node, in: &status) }
            }
        }.execution.filter { $0.hasPrefix("stop") }
        #expect(stops == ["stop b:1 beta", "stop a:1 beta", "stop b:0 alpha", "stop a:0 alpha"])
    }

    @Test("A clone's history entry of another agent means the instance that runs there")
    func cloneWithOtherAgent() throws {
        let primitive = "<primitive id=\"a\" class=\"ocf\" provider=\"pacemaker\" type=\"Stateful\"/>"
        let steps = try Cluster(resources: "<clone id=\"c\">\(primitive)</clone>").decide { status in
            for node in ["alpha", "beta"] { record("a", "start", node, in: &status) }
        }.execution
        for node in ["alpha", "beta"] {
            #expect(steps.filter { $0.hasSuffix(node) } == ["stop a \(node)", "delete a \(node)", "delete a \(node)", "start a \(node)"])
        }
    }

    @Test("A call number in a file that has no successor is none", arguments: ["9223372036854775807", "2147483648", "x"])
    func hugeCallNumbers(number: String) throws {
        let result = try Cluster(resources: dummy("a")).decide { status in
            record("a", "start", "alpha", in: &status)
            let text = String(decoding: status.cib.serializedBytes(.compact), as: UTF8.self)
            let parts = text.split(separator: "call-id=\"1\"", omittingEmptySubsequences: false)
            #expect(parts.count == 2)
            status = PaperStatus((try? XMLParser.parse(parts.joined(separator: "call-id=\"\(number)\""))) ?? status.cib)
            record("a", "monitor", "alpha", in: &status)
        }
        #expect(result.execution.contains("monitor a beta"))
    }

    @Test("An ordered resource starts after the first one and stops before it")
    func mandatoryOrder() throws {
        let cluster = Cluster(
            resources: dummy("a") + dummy("b"), constraints: "<rsc_order id=\"o1\" first=\"b\" then=\"a\"/>")
        let starts = try cluster.decide().execution.filter { $0.hasPrefix("start") }
        #expect(starts.map { $0.split(separator: " ")[1] } == ["b", "a"])
        let unwanted = Cluster(
            resources: dummy("a", targetRole("Stopped", "a")) + dummy("b", targetRole("Stopped", "b")),
            constraints: "<rsc_order id=\"o1\" first=\"b\" then=\"a\"/>")
        let down = try unwanted.decide { status in
            for node in ["alpha", "beta"] {
                for resource in ["a", "b"] { record(resource, "monitor", node, rc: 7, in: &status) }
            }
            record("a", "start", "alpha", in: &status)
            record("b", "start", "alpha", in: &status)
        }
        #expect(down.execution == ["stop a alpha", "stop b alpha"])
    }

    private func targetRole(_ role: String, _ id: String) -> String {
        "<meta_attributes id=\"\(id)-m\"><nvpair id=\"\(id)-t\" name=\"target-role\" value=\"\(role)\"/></meta_attributes>"
    }

    @Test("A node that vanished is fenced before its resource starts elsewhere")
    func fencingBeforeRecovery() throws {
        var cluster = Cluster(
            resources: "<primitive id=\"fence\" class=\"stonith\" type=\"fence_x\"/>" + dummy("a"), options: "")
        cluster.beta = "in_ccm=\"false\" crmd=\"offline\" join=\"member\" expected=\"member\""
        let result = try cluster.decide { record("a", "start", "beta", in: &$0) }
        let order = result.execution
        let fencing = try #require(order.firstIndex(of: "reboot beta"))
        let start = try #require(order.firstIndex(of: "start a alpha"))
        #expect(fencing < start)
    }

    @Test("A resource that may migrate moves live")
    func migration() throws {
        let migratable = "<meta_attributes id=\"m\"><nvpair id=\"m-a\" name=\"allow-migrate\" value=\"true\"/></meta_attributes>"
        let cluster = Cluster(
            resources: dummy("a", migratable),
            constraints: "<rsc_location id=\"l\" rsc=\"a\" node=\"beta\" score=\"INFINITY\"/>")
        let result = try cluster.decide { status in
            record("a", "start", "alpha", in: &status)
            record("a", "monitor", "beta", rc: 7, in: &status)
        }
        #expect(result.execution == ["migrate_to a alpha", "migrate_from a beta", "stop a alpha"])
    }

    @Test("Once everything runs there is nothing to do")
    func rest() throws {
        let result = try Cluster(resources: dummy("a") + "<clone id=\"c\">\(dummy("b"))</clone>").decide()
        var execution = PaperExecution(result.transition, on: PaperStatus(result.state.cib), failures: [], time: 1_600_000_000)
        execution.run(result.state)
        #expect(execution.isComplete)
        let again = Scheduler.run(cib: execution.status.cib, now: Timestamp(epoch: 1_700_000_000))
        #expect(again.transition.synapses.isEmpty)
    }

    @Test("A pretended failure is counted and stops what is not urgent")
    func pretendedFailure() throws {
        let result = try Cluster(resources: dummy("a")).decide()
        let failures = [try #require(PretendedFailure("a_start_0@alpha=1"))]
        var execution = PaperExecution(result.transition, on: PaperStatus(result.state.cib), failures: failures, time: 1_600_000_000)
        execution.run(result.state)
        #expect(execution.status.transientAttribute("fail-count-a#start_0", of: "alpha") == "INFINITY")
    }

    @Test("A failure of a clone's instance is pretended by its number or by the name in the configuration", arguments: [
        ("a:0_start_0@alpha=1", "a:0"), ("a_start_0@alpha=1", "a"), ("A_Start_0@Alpha=1", "a"), ("a:1_start_0@alpha=1", nil),
    ])
    func pretendedFailureOfAnInstance(text: String, name: String?) throws {
        let result = try Cluster(resources: "<clone id=\"c\">\(dummy("a"))</clone>").decide()
        let failures = [try #require(PretendedFailure(text))]
        var execution = PaperExecution(result.transition, on: PaperStatus(result.state.cib), failures: failures, time: 1_600_000_000)
        execution.run(result.state)
        for known in ["a", "a:0", "a:1"] {
            let count = execution.status.transientAttribute("fail-count-\(known)#start_0", of: "alpha")
            #expect(count == (known == name ? "INFINITY" : nil), "\(known)")
        }
    }
}
