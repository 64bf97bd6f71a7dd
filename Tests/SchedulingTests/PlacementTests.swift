// SPDX-License-Identifier: GPL-2.0-or-later
// Where resources are placed, in small clusters: situation, event, outcome.

import CIBModel
import ClusterStatus
import ClusterXML
import Scheduling
import Testing

/// A cluster without fencing in which every node is online and nothing runs unless `history` says so.
private struct Situation {
    var nodes = ["alpha", "beta", "gamma"]
    var resources: String
    var constraints = ""
    var options = ""
    /// Node and resource pairs: active there.
    var running: [(node: String, resource: String)] = []

    var cib: String {
        var text = """
            <cib crm_feature_set="3.20.5" validate-with="pacemaker-4.0" epoch="1" num_updates="0" admin_epoch="0" have-quorum="1">
            <configuration><crm_config><cluster_property_set id="o">
            <nvpair id="o-f" name="fencing-enabled" value="false"/>\(options)</cluster_property_set></crm_config><nodes>
            """
        for name in nodes { text += "<node id=\"\(name)\" uname=\"\(name)\"/>" }
        text += "</nodes><resources>\(resources)</resources><constraints>\(constraints)</constraints></configuration><status>"
        for name in nodes {
            text += "<node_state id=\"\(name)\" uname=\"\(name)\" in_ccm=\"true\" crmd=\"online\" join=\"member\" expected=\"member\">"
            text += "<lrm id=\"\(name)\"><lrm_resources>"
            for entry in running where entry.node == name {
                text += """
                    <lrm_resource id="\(entry.resource)" class="ocf" provider="pacemaker" type="Dummy"><lrm_rsc_op
                     id="\(entry.resource)_last_0" operation="start" operation_key="\(entry.resource)_start_0" call-id="2" rc-code="0"
                     op-status="0" interval="0" transition-key="1:1:0:u" transition-magic="0:0;1:1:0:u"/></lrm_resource>
                    """
            }
            text += "</lrm_resources></lrm></node_state>"
        }
        return text + "</status></cib>"
    }

    func placed(explaining id: String? = nil) throws -> ClusterState {
        var state = ClusterState(reading: try XMLParser.parse(cib), at: Timestamp(epoch: 1_700_000_000))
        state.unpackHealth()
        state.unpackConstraints()
        if let id, let r = state.findResource(id) { state.recordScores(of: r) }
        state.placement.showScores = true
        state.applyNodeCriteria()
        state.addInternalOrderings()
        state.assignResources()
        return state
    }
}

extension ClusterState {
    fileprivate func place(of id: String) -> String? {
        findResource(id).flatMap { resources[$0].assigned }.map { nodes[$0].name }
    }
}

private func dummy(_ id: String, _ meta: [(String, String)] = []) -> String {
    let pairs = meta.map { "<nvpair id=\"\(id)-\($0.0)\" name=\"\($0.0)\" value=\"\($0.1)\"/>" }.joined()
    let block = meta.isEmpty ? "" : "<meta_attributes id=\"\(id)-m\">\(pairs)</meta_attributes>"
    return "<primitive id=\"\(id)\" class=\"ocf\" provider=\"pacemaker\" type=\"Dummy\">\(block)</primitive>"
}

@Suite struct PlacementTests {
    @Test func resourcesWithoutPreferenceSpreadByNumberThenName() throws {
        let state = try Situation(resources: dummy("a") + dummy("b") + dummy("c") + dummy("d")).placed()
        #expect(["a", "b", "c", "d"].map { state.place(of: $0) } == ["alpha", "beta", "gamma", "alpha"])
    }

    @Test func stickinessKeepsAResourceWhereItIs() throws {
        let state = try Situation(
            resources: dummy("a", [("resource-stickiness", "1")]), running: [("gamma", "a")]).placed()
        #expect(state.place(of: "a") == "gamma")
    }

    @Test func aHigherLocationScoreBeatsStickiness() throws {
        let state = try Situation(
            resources: dummy("a", [("resource-stickiness", "10")]),
            constraints: "<rsc_location id=\"l\" rsc=\"a\" node=\"beta\" score=\"11\"/>", running: [("gamma", "a")]).placed()
        #expect(state.place(of: "a") == "beta")
    }

    @Test func aMandatoryColocationFollowsThePrimary() throws {
        let state = try Situation(
            resources: dummy("a") + dummy("b"),
            constraints: """
                <rsc_location id="l" rsc="b" node="gamma" score="5"/>
                <rsc_colocation id="c" rsc="a" with-rsc="b" score="INFINITY"/>
                """).placed()
        #expect(state.place(of: "a") == "gamma")
    }

    @Test func whatMustNotMeetIsKeptApartOrStopped() throws {
        let apart = "<rsc_colocation id=\"c\" rsc=\"b\" with-rsc=\"a\" score=\"-INFINITY\"/>"
        let two = try Situation(nodes: ["alpha", "beta"], resources: dummy("a") + dummy("b"), constraints: apart).placed()
        #expect(two.place(of: "a") == "alpha")
        #expect(two.place(of: "b") == "beta")
        let one = try Situation(nodes: ["alpha"], resources: dummy("a") + dummy("b"), constraints: apart).placed()
        #expect(one.place(of: "b") == nil)
    }

    @Test func rulesAndPatternsGiveScores() throws {
        let state = try Situation(
            resources: dummy("db-1") + dummy("web-1"),
            constraints: """
                <rsc_location id="l" rsc-pattern="^db-"><rule id="r" score="INFINITY">
                <expression id="e" attribute="#uname" operation="eq" value="gamma"/></rule></rsc_location>
                """).placed()
        #expect(state.place(of: "db-1") == "gamma")
        #expect(state.place(of: "web-1") == "alpha")
    }

    @Test func groupMembersShareANode() throws {
        let state = try Situation(
            resources: "<group id=\"g\">\(dummy("a"))\(dummy("b"))</group>",
            constraints: "<rsc_location id=\"l\" rsc=\"b\" node=\"beta\" score=\"7\"/>").placed()
        #expect(state.place(of: "a") == "beta")
        #expect(state.place(of: "b") == "beta")
    }

    @Test func aCloneRunsOnEveryNodeAndInstancesStay() throws {
        let state = try Situation(
            resources: "<clone id=\"c\">\(dummy("a"))</clone>", running: [("gamma", "a:0")]).placed()
        #expect(state.place(of: "a:0") == "gamma")
        #expect(Set(["a:0", "a:1", "a:2"].compactMap { state.place(of: $0) }).count == 3)
    }

    @Test func nodesWithoutCapacityAreAvoided() throws {
        let needy = """
            <primitive id="a" class="ocf" provider="pacemaker" type="Dummy"><utilization id="a-u">
            <nvpair id="a-u-1" name="cpu" value="4"/></utilization></primitive>
            """
        let state = try Situation(
            resources: needy, options: "<nvpair id=\"o-p\" name=\"placement-strategy\" value=\"utilization\"/>").placed()
        #expect(state.place(of: "a") == nil)
    }

    @Test func contributionsAddUpToTheScore() throws {
        let state = try Situation(
            resources: dummy("a", [("resource-stickiness", "20")]) + dummy("b", [("resource-stickiness", "30")]) + dummy("d"),
            constraints: """
                <rsc_location id="l1" rsc="a" node="beta" score="40"/>
                <rsc_location id="l2" rsc="a" node="alpha" score="-INFINITY"/>
                <rsc_colocation id="c1" rsc="b" with-rsc="a" score="500000"/>
                <rsc_colocation id="c2" rsc="a" with-rsc="d" score="-10"/>
                """, running: [("gamma", "a"), ("gamma", "b")]
        ).placed(explaining: "a")
        let r = try #require(state.findResource("a"))
        let explanation = try #require(state.explainPlacement(of: r).first)
        for account in explanation.nodes {
            var sum = Score.zero
            for entry in account.contributions {
                if let score = entry.score { sum += score } else { sum = entry.total }
            }
            let line = "pcmk__primitive_assign: a allocation score on \(account.node): \(sum)"
            #expect(state.scoreLines.contains(line), "\(explanation.text)")
        }
        #expect(explanation.nodes.contains { $0.contributions.contains { $0.id == "l1" } })
        #expect(explanation.decision != nil)
        #expect(explanation.element["assigned"] == state.place(of: "a"))
    }

    /// An instance is tried where it is and taken back; what its members were placed by stays what the explanation is about.
    @Test func explanationOfAnAttemptThatWasTakenBack() throws {
        let state = try Situation(
            nodes: ["alpha"], resources: dummy("a") + "<clone id=\"c\"><group id=\"g\">\(dummy("m"))</group></clone>",
            constraints: "<rsc_colocation id=\"c1\" rsc=\"c\" with-rsc=\"a\" score=\"-INFINITY\"/>", running: [("alpha", "m:1")]
        ).placed(explaining: "c")
        let r = try #require(state.findResource("c"))
        var compared = 0
        for explanation in state.explainPlacement(of: r) {
            for account in explanation.nodes {
                let line = "pcmk__primitive_assign: \(explanation.resource) allocation score on \(account.node): "
                guard let printed = state.scoreLines.last(where: { $0.hasPrefix(line) }), let score = account.score else { continue }
                compared += 1
                #expect(printed == line + score.description, "\(explanation.text)")
            }
        }
        #expect(compared > 0)
    }
}
