// SPDX-License-Identifier: GPL-2.0-or-later
// Scores and capacities as lines and as XML: both say the same values.

import CIBModel
import ClusterStatus
import ClusterXML
import Scheduling
import Testing

@Suite("Scores and capacities shown")
struct ScoreOutputTests {
    /// A promotable clone with one instance on two nodes, which have some of the capacity that it needs.
    private func decided(capacity: String = "cpu", withCapacities: Bool = true) throws -> ClusterState {
        let pair = { (id: String, value: Int) in
            "<utilization id=\"u-\(id)\"><nvpair id=\"v-\(id)\" name=\"\(capacity)\" value=\"\(value)\"/></utilization>"
        }
        let nodes = ["alpha", "beta"].map { "<node id=\"\($0)\" uname=\"\($0)\">\(pair($0, 4))</node>" }
        let states = ["alpha", "beta"].map {
            "<node_state id=\"\($0)\" uname=\"\($0)\" in_ccm=\"true\" crmd=\"online\" join=\"member\" expected=\"member\"/>"
        }
        let cib = """
            <cib crm_feature_set="3.20.5" validate-with="pacemaker-4.0" epoch="1" num_updates="0" admin_epoch="0" have-quorum="1"><configuration>
            <crm_config><cluster_property_set id="o"><nvpair id="o1" name="fencing-enabled" value="false"/>
            <nvpair id="o2" name="placement-strategy" value="utilization"/></cluster_property_set></crm_config><nodes>\(nodes.joined())</nodes>
            <resources><clone id="c"><meta_attributes id="m"><nvpair id="m1" name="promotable" value="true"/>
            <nvpair id="m2" name="clone-max" value="1"/></meta_attributes>
            <primitive id="r" class="ocf" provider="pacemaker" type="Stateful">\(pair("r", 3))</primitive></clone></resources>
            <constraints><rsc_location id="l" rsc="c" node="beta" score="100"/></constraints></configuration>
            <status>\(states.joined())</status></cib>
            """
        var state = ClusterState(reading: try XMLParser.parse(cib), at: Timestamp(epoch: 1_700_000_000))
        state.placement.showScores = true
        state.placement.showUtilization = withCapacities
        return Scheduler.run(state).state
    }

    @Test("Each line has an element with the same values")
    func elements() throws {
        let state = try decided()
        let lines = Array(state.scoreLines)
        let elements = state.scoreElements.map { $0.serialized(.indented) }
        let expected = [
            "Original: alpha capacity: cpu=4": "<capacity node=\"alpha\" comment=\"Original\">\n  <cpu>4</cpu>\n</capacity>\n",
            "Remaining: beta capacity: cpu=1": "<capacity node=\"beta\" comment=\"Remaining\">\n  <cpu>1</cpu>\n</capacity>\n",
            "pcmk__clone_assign: c allocation score on beta: 100":
                "<node_weight function=\"pcmk__clone_assign\" node=\"beta\" score=\"100\" id=\"c\"/>\n",
            "pcmk__primitive_assign: r:0 allocation score on beta: 100":
                "<node_weight function=\"pcmk__primitive_assign\" node=\"beta\" score=\"100\" id=\"r:0\"/>\n",
            "pcmk__assign_resource: r:0 utilization on beta: cpu=3":
                "<utilization resource=\"r:0\" node=\"beta\" function=\"pcmk__assign_resource\">\n  <cpu>3</cpu>\n</utilization>\n",
            "r:0 promotion score on beta: -1": "<promotion_score id=\"r:0\" score=\"-1\" node=\"beta\"/>\n",
        ]
        #expect(lines.count == elements.count)
        for (line, element) in expected.sorted(by: { $0.key < $1.key }) {
            let position = try #require(lines.firstIndex(of: line), "\(line) in \(lines)")
            #expect(elements[position] == element)
        }
    }

    @Test("The promotion score of an instance that is nowhere names no node")
    func inactive() throws {
        let state = ClusterState.withReports([.promotion(ResourceIndex(0), nil, .minusInfinity)], of: try decided())
        #expect(Array(state.scoreLines) == ["c promotion score (inactive): -INFINITY"])
        #expect(state.scoreElements.map { $0.serialized() } == ["<promotion_score id=\"c\" score=\"-INFINITY\"/>"])
    }

    @Test("Only what was asked for is reported")
    func without() throws {
        let names = Set(try decided(withCapacities: false).scoreElements.map(\.name))
        #expect(names == ["node_weight", "promotion_score"])
    }

    @Test("An attribute whose name no element can have is named by an attribute", arguments: ["disk space", "a=b", "1st", "#text", "a:b", "a:b:c"])
    func impossibleNames(name: String) throws {
        let state = try decided(capacity: name)
        #expect(state.scoreLines.contains("Original: alpha capacity: \(name)=4"))
        let capacity = try #require(state.scoreElements.first { $0.name == "capacity" })
        #expect(capacity.children == [XMLElement("attribute", [("name", name)], children: [.text("4")])])
        // What is printed can be read again.
        #expect(try XMLParser.parse(capacity.serialized(.indented)).elements.first?["name"] == name)
    }
}

extension ClusterState {
    fileprivate static func withReports(_ reports: [ScoreReport], of state: ClusterState) -> ClusterState {
        var state = state
        state.scoreReports = reports
        return state
    }
}
