// SPDX-License-Identifier: GPL-2.0-or-later
// Details of the rules that comparisons with the reference brought to light: situation, outcome.

import CIBModel
import ClusterStatus
import ClusterXML
import Scheduling
import Testing

/// A CIB of online nodes.
private func cib(
    nodes: [String] = ["alpha", "beta"], options: String = "", resources: String, constraints: String = "", states: String? = nil,
    more: String = "", quorum: Bool = true
) -> String {
    let pair = { (name: String, value: String) in "<nvpair id=\"o-\(name)\" name=\"\(name)\" value=\"\(value)\"/>" }
    let given = options.split(separator: " ").map { $0.split(separator: "=") }.map { pair(String($0[0]), String($0[1])) }.joined()
    let online = nodes.map {
        "<node_state id=\"\($0)\" uname=\"\($0)\" in_ccm=\"true\" crmd=\"online\" join=\"member\" expected=\"member\"/>"
    }.joined()
    return """
        <cib crm_feature_set="3.20.5" validate-with="pacemaker-4.0" epoch="1" num_updates="0" admin_epoch="0" have-quorum="\(quorum ? 1 : 0)"
        ><configuration><crm_config><cluster_property_set id="o">\(given)</cluster_property_set></crm_config><nodes>
        \(nodes.map { "<node id=\"\($0)\" uname=\"\($0)\"/>" }.joined())</nodes><resources>\(resources)</resources>
        <constraints>\(constraints)</constraints></configuration><status>\(states ?? online)\(more)</status></cib>
        """
}

private func dummy(_ id: String, _ inside: String = "") -> String {
    "<primitive id=\"\(id)\" class=\"ocf\" provider=\"pacemaker\" type=\"Dummy\">\(inside)</primitive>"
}

private func meta(_ name: String, _ value: String) -> String {
    "<meta_attributes id=\"m-\(name)\"><nvpair id=\"p-\(name)\" name=\"\(name)\" value=\"\(value)\"/></meta_attributes>"
}

private func state(_ text: String) throws -> ClusterState {
    ClusterState(reading: try XMLParser.parse(text), at: Timestamp(epoch: 1_700_000_000))
}

private func decided(_ text: String) throws -> SchedulingResult { Scheduler.run(try state(text)) }

@Suite("Details of the reference")
struct ReferenceDetailTests {
    @Test("Where one resource asks for unfencing but fencing is disabled, no resource needs unfencing")
    func unfencingWithoutFencing() throws {
        let text = cib(options: "fencing-enabled=false", resources: dummy("a", meta("requires", "unfencing")) + dummy("b"))
        let result = try state(text)
        for id in ["a", "b"] {
            let r = try #require(result.findResource(id))
            #expect(!result.resources[r].flags.contains(.needsUnfencing), "\(id)")
        }
    }

    /// The instances in a bundle are ordered. What the first one's start changes leads to the second's, whatever else it waits for.
    @Test("The reason of an instance that cannot start is found in the order of the instances")
    func orderOfReasons() throws {
        let bundle = "<bundle id=\"b\"><podman image=\"i\" replicas=\"2\"/><network control-port=\"9999\"/>\(dummy("r"))</bundle>"
        let result = { (id: String, interval: Int) in
            """
            <lrm_resource id="\(id)"><lrm_rsc_op id="\(id)_monitor_\(interval)" operation="monitor" interval="\(interval)" rc-code="0" \
            op-status="0" transition-key="3:-1:0:x"/></lrm_resource>
            """
        }
        let lost = "<node_state id=\"alpha\" uname=\"alpha\" in_ccm=\"true\"><lrm id=\"alpha\"><lrm_resources>"
            + "<lrm_resource id=\"f\" class=\"stonith\"><lrm_rsc_op id=\"f_monitor_10000\"/></lrm_resource>" 
            + result("b-podman-0", 60_000) + result("b-0", 30_000) + "</lrm_resources></lrm></node_state>"
            + "<node_state id=\"b-0\" uname=\"b-0\"><lrm id=\"b-0\"><lrm_resources>\(result("r", 10_000))</lrm_resources></lrm></node_state>"
        let decision = try decided(
            cib(
                nodes: ["alpha"], resources: bundle + "<clone id=\"c\">\(dummy("d"))</clone>",
                constraints: "<rsc_colocation id=\"k\" rsc=\"b\" with-rsc=\"c\" score=\"INFINITY\"/>", states: lost)
        ).state
        let second = try #require(decision.findResource("r:1"))
        let start = try #require(decision.firstAction(second, ActionKey(.start)))
        guard case .unrunnable(let first) = decision.actions[start].reason else {
            return #expect(Bool(false), "\(decision.actions[start].reason)")
        }
        #expect(decision.actions[first].resource == decision.findResource("b-1"))
    }

    @Test("A failure-timeout is capped at what 32 bits of milliseconds hold")
    func longFailureTimeout() throws {
        let result = try state(cib(resources: dummy("a", meta("failure-timeout", "100000h"))))
        let r = try #require(result.findResource("a"))
        #expect(result.resources[r].failureTimeoutMs == Int64(UInt32.max))
    }

    @Test("A clone's own stickiness stays 0 while its instances get 1")
    func stickinessOfClones() throws {
        let result = try state(cib(resources: "<clone id=\"c\">\(dummy("a"))</clone>"))
        let clone = try #require(result.findResource("c"))
        let instance = try #require(result.findResource("a:0"))
        #expect(result.resources[clone].stickiness == .zero)
        #expect(result.resources[instance].stickiness == Score(1))
    }

    @Test("A refused node is one whose join state is banned; other words are unknown states", arguments: [
        ("banned", "peer failed Pacemaker membership criteria"), ("nack", "peer was in an unknown state"),
    ])
    func refusedNodes(join: String, reason: String) throws {
        #expect(try reasonToFence(membership: "true", join: join) == .text(reason))
    }

    /// Why `alpha` is fenced, whose state says this of it.
    private func reasonToFence(membership: String, join: String) throws -> ActionReason {
        let states = """
            <node_state id="alpha" uname="alpha" in_ccm="\(membership)" crmd="online" join="\(join)" expected="member"/>
            <node_state id="beta" uname="beta" in_ccm="true" crmd="online" join="member" expected="member"/>
            """
        let device = "<primitive id=\"f\" class=\"stonith\" type=\"fence_x\"/>"
        let result = try decided(cib(resources: device, states: states)).state
        let fencing = try #require(result.actions.all.indices.first { result.actions.all[$0].task == .fence })
        return result.actions.all[fencing].reason
    }

    @Test("Membership that is neither a truth nor a time is as if the node had never been seen", arguments: [
        ("x", "peer has not been seen by the cluster"), ("false", "peer is no longer part of the cluster"),
    ])
    func unreadableMembership(text: String, reason: String) throws {
        #expect(try reasonToFence(membership: text, join: "member") == .text(reason))
    }

    @Test("Several infinite promotion scores of a group count more than one")
    func sumsOfPromotionScores() throws {
        let group = """
            <clone id="c">\(meta("promotable", "true"))<group id="g">
            <primitive id="a" class="ocf" provider="pacemaker" type="Stateful"/>
            <primitive id="b" class="ocf" provider="pacemaker" type="Stateful"/></group></clone>
            """
        func member(_ node: String, _ scores: [String]) -> String {
            let pairs = zip(["a", "b"], scores).map { "<nvpair id=\"\(node)-\($0)\" name=\"master-\($0)\" value=\"\($1)\"/>" }.joined()
            let entries = ["a", "b"].map { id in
                """
                <lrm_resource id="\(id)" class="ocf" provider="pacemaker" type="Stateful"><lrm_rsc_op id="\(id)_last_0" operation="start"
                 operation_key="\(id)_start_0" call-id="2" rc-code="0" op-status="0" interval="0" transition-key="1:1:0:u"
                 transition-magic="0:0;1:1:0:u"/></lrm_resource>
                """
            }.joined()
            return """
                <node_state id="\(node)" uname="\(node)" in_ccm="true" crmd="online" join="member" expected="member">
                <transient_attributes id="\(node)"><instance_attributes id="t-\(node)">\(pairs)</instance_attributes></transient_attributes>
                <lrm id="\(node)"><lrm_resources>\(entries)</lrm_resources></lrm></node_state>
                """
        }
        let states = member("alpha", ["INFINITY", "0"]) + member("beta", ["INFINITY", "100"])
        let result = try decided(cib(options: "fencing-enabled=false", resources: group, states: states))
        let promoted = result.transition.synapses.map(\.action).filter { $0.task == "promote" && $0.kind == .resource }
        #expect(promoted.map { $0.node?.name } == ["beta", "beta"])
    }

    @Test("What the notification of a fenced group member is configured to be is told to the agents of other members, too")
    func configuredNotificationAfterFencing() throws {
        let notify = "<operations><op id=\"n\" name=\"notify\" interval=\"0\" timeout=\"9s\" description=\"x\"/></operations>"
        let clone = "<clone id=\"c\">\(meta("notify", "true"))<group id=\"g\">\(dummy("a", notify))\(dummy("b"))</group></clone>"
        func member(_ node: String, _ id: String, _ membership: String) -> String {
            """
            <node_state id="\(node)" uname="\(node)" \(membership)><lrm id="\(node)"><lrm_resources>
            <lrm_resource id="\(id)" class="ocf" provider="pacemaker" type="Dummy"><lrm_rsc_op id="\(id)_last_0" operation="start"
             operation_key="\(id)_start_0" call-id="2" rc-code="0" op-status="0" interval="0" transition-key="1:1:0:u"
             transition-magic="0:0;1:1:0:u"/></lrm_resource></lrm_resources></lrm></node_state>
            """
        }
        let states = member("alpha", "a", "in_ccm=\"false\" crmd=\"offline\" expected=\"member\"")
            + member("beta", "b", "in_ccm=\"true\" crmd=\"online\" join=\"member\" expected=\"member\"")
        let device = "<primitive id=\"f\" class=\"stonith\" type=\"fence_x\"/>"
        let result = try decided(cib(resources: device + clone, states: states))
        let notices = result.transition.synapses.map(\.action).filter { $0.task == "notify" && $0.kind == .resource }
        let told = try #require(notices.first { $0.attributes.contains(GraphAttribute("CRM_meta_notify_key_operation", "stonith")) })
        #expect(told.attributes.contains(GraphAttribute("CRM_meta_name", "notify")))
        #expect(told.attributes.contains(GraphAttribute("CRM_meta_timeout", "20000")))
    }

    @Test("Where a notification is configured with what cannot be, the default that everything else has counts for it")
    func invalidOptionOfNotification() throws {
        let notify = "<operations><op id=\"n\" name=\"notify\" interval=\"0\" on-fail=\"demote\"/></operations>"
        let clone = "<clone id=\"c\">\(meta("notify", "true"))\(dummy("a", notify))</clone>"
        let text = cib(options: "fencing-enabled=false", resources: clone).replacing("<constraints>", with: """
            <op_defaults><meta_attributes id="d"><nvpair id="d1" name="on-fail" value="block"/></meta_attributes></op_defaults><constraints>
            """)
        let notices = try decided(text).transition.synapses.map(\.action).filter { $0.task == "notify" && $0.kind == .resource }
        #expect(!notices.isEmpty)
        #expect(notices.allSatisfy { $0.attributes.contains(GraphAttribute("CRM_meta_on_fail", "block")) })
    }

    @Test("A start that cannot happen makes the stop after it a required one, of a bundle also when it is stopped", arguments: [
        ("<bundle id=\"x\"><docker image=\"i\" replicas=\"1\"/></bundle>", true), (dummy("x"), false),
    ])
    func asymmetricStop(resource: String, isRequired: Bool) throws {
        let order = "<rsc_order id=\"o\" symmetrical=\"false\" first=\"a\" then=\"x\" then-action=\"stop\"/>"
        let target = dummy("a", meta("target-role", "Stopped"))
        let result = try decided(cib(options: "fencing-enabled=false", resources: target + resource, constraints: order)).state
        let x = try #require(result.findResource("x"))
        let stop = result.actions.all.indices.first { result.actions.all[$0].resource == x && result.actions.all[$0].task == .stop }
        #expect(stop.map { result.actions.all[$0].isRequired } == (isRequired ? true : nil))
    }

    @Test("A group's own next role is its first member's: of an unmanaged instance it alone keeps a promotion that is banned")
    func nextRoleOfAGroup() throws {
        let group = """
            <clone id="c">\(meta("promotable", "true"))<group id="g"><meta_attributes id="u"><nvpair id="u-m" name="is-managed" value="false"/>
            </meta_attributes><primitive id="a" class="ocf" provider="pacemaker" type="Stateful"/>
            <primitive id="b" class="ocf" provider="pacemaker" type="Stateful"/></group></clone>
            """
        func promotionScore(promoted: String) throws -> [String] {
            let entries = ["a", "b"].map { id in
                let task = id == promoted ? "promote" : "start"
                return """
                    <lrm_resource id="\(id)" class="ocf" provider="pacemaker" type="Stateful"><lrm_rsc_op id="\(id)_last_0" operation="\(task)"
                     operation_key="\(id)_\(task)_0" call-id="2" rc-code="0" op-status="0" interval="0" transition-key="1:1:0:u"
                     transition-magic="0:0;1:1:0:u"/></lrm_resource>
                    """
            }
            let states = """
                <node_state id="alpha" uname="alpha" in_ccm="true" crmd="online" join="member" expected="member">
                <lrm id="alpha"><lrm_resources>\(entries.joined())</lrm_resources></lrm></node_state>
                """
            let ban = "<rsc_location id=\"l\" rsc=\"c\" node=\"alpha\" score=\"-INFINITY\"/>"
            var state = try state(
                cib(nodes: ["alpha"], options: "fencing-enabled=false", resources: group, constraints: ban, states: states))
            state.placement.showScores = true
            return Scheduler.run(state).state.scoreLines.filter { $0.contains("promotion score") }
        }
        #expect(try promotionScore(promoted: "a") == ["g:0 promotion score on alpha: INFINITY"])
        #expect(try promotionScore(promoted: "b") == ["g:0 promotion score on alpha: -INFINITY"])
    }

    @Test("A fence device that changed on a node which cannot be unfenced now has the other nodes unfenced", arguments: [
        ("", ["beta"]), ("<nvpair id=\"t-s\" name=\"shutdown\" value=\"1\"/>", ["alpha"]),
    ])
    func unfencingOfOtherNodes(attributes: String, unfenced: [String]) throws {
        func node(_ name: String, _ attributes: String, _ history: String) -> String {
            """
            <node_state id="\(name)" uname="\(name)" in_ccm="true" crmd="online" join="member" expected="member">
            <transient_attributes id="\(name)"><instance_attributes id="t-\(name)"><nvpair id="n-\(name)" name="#node-unfenced" value="5"/>
            \(attributes)</instance_attributes></transient_attributes><lrm id="\(name)"><lrm_resources>\(history)</lrm_resources></lrm></node_state>
            """
        }
        let device = "<primitive id=\"f\" class=\"stonith\" type=\"fence_x\">\(meta("provides", "unfencing"))</primitive>"
        let changed = """
            <lrm_resource id="f" class="stonith" type="fence_y"><lrm_rsc_op id="f_last_0" operation="stop" operation_key="f_stop_0" call-id="2"
             rc-code="0" op-status="0" interval="0" transition-key="1:1:0:u" transition-magic="0:0;1:1:0:u"/></lrm_resource>
            """
        // Without maintenance nobody would look at the history of a node that shuts down.
        let states = node("alpha", "", "") + node("beta", attributes, changed)
        let text = cib(options: "fencing-enabled=true", resources: device, states: states).replacing(
            "<node id=\"beta\" uname=\"beta\"/>",
            with: """
                <node id="beta" uname="beta"><instance_attributes id="i"><nvpair id="i-m" name="maintenance" value="true"/>
                </instance_attributes></node>
                """)
        let fencing = try decided(text).transition.synapses.map(\.action).filter { $0.task == "stonith" }
        #expect(fencing.map { $0.node?.name } == unfenced)
    }
}
