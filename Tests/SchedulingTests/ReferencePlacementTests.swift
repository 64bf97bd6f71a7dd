// SPDX-License-Identifier: GPL-2.0-or-later
// Details of placement that comparisons with the reference brought to light: situation, outcome.

import CIBModel
import ClusterStatus
import ClusterXML
import Scheduling
import Testing

@Suite("Placement as the reference does it")
struct ReferencePlacementTests: HistorySituations {
    private func utilization(_ id: String, _ values: (String, String)...) -> String {
        let pairs = values.map { "<nvpair id=\"\(id)-\($0.0)\" name=\"\($0.0)\" value=\"\($0.1)\"/>" }
        return "<utilization id=\"\(id)\">\(pairs.joined())</utilization>"
    }

    /// Two nodes and two resources without a place, decided with a strategy that looks at capacities.
    private func decided(_ a: String, _ b: String, need: String = "") throws -> ClusterState {
        var read = try XMLParser.parse(
            cib(resources: dummy("r", need), histories: ["a": "", "b": ""], options: "<nvpair id=\"ps\" name=\"placement-strategy\" value=\"balanced\"/>"))
        let configuration = try #require(read.children.firstIndex { $0.name == "configuration" })
        let nodes = try #require(read.children[configuration].children.firstIndex { $0.name == "nodes" })
        for (position, capacity) in [a, b].enumerated() {
            read.children[configuration].children[nodes].children[position].children = [try XMLParser.parse(capacity)]
        }
        var state = ClusterState(reading: read, at: Timestamp(epoch: 1_700_000_000))
        state.placement.showUtilization = true
        return Scheduler.run(state).state
    }

    @Test("A capacity that is no number is the least there can be, not none", arguments: [("x", "b"), ("", "b"), ("0", "a"), ("1.5", "a")])
    func capacityWithoutNumber(_ value: String, _ place: String) throws {
        let state = try decided(utilization("u", ("cpu", "4"), ("disk", value)), utilization("v", ("mem", "2")))
        let node = state.resources[try #require(state.findResource("r"))].assigned
        #expect(node.map { state.nodes[$0].name } == place)
    }

    @Test("Capacities are shown as they are configured until something is taken from them, in the order of the reference's tables")
    func capacitiesShown() throws {
        let need = utilization("w", ("mem", "0"), ("cpu", "3"))
        let state = try decided(utilization("u", ("cpu", "4.5"), ("disk", "x")), utilization("v", ("mem", "1")), need: need)
        let lines = state.scoreLines.filter { $0.contains("capacity: cpu") || $0.contains("utilization") }
        #expect(
            Array(lines) == [
                "Original: a capacity: cpu=4.5 disk=x", "pcmk__assign_resource: r utilization on a: mem=0 cpu=3",
                "Remaining: a capacity: cpu=1 disk=x mem=0",
            ])
    }

    @Test("Members of a group that need not stay together go with a clone as such, which is nowhere, when roles are chosen", arguments: ["false", "true"])
    func looseGroupInClone(_ collocated: String) throws {
        let group = """
            <clone id="m"><meta_attributes id="x"><nvpair id="x1" name="promotable" value="true"/></meta_attributes><group id="g">
            <meta_attributes id="y"><nvpair id="y1" name="collocated" value="\(collocated)"/></meta_attributes>
            <primitive id="p" class="ocf" provider="pacemaker" type="Stateful"/></group></clone><clone id="c">\(dummy("d"))</clone>
            """
        let apart = "<rsc_colocation id=\"k\" rsc=\"m\" rsc-role=\"Unpromoted\" with-rsc=\"c\" score=\"-INFINITY\"/>"
        let started = entry("d", operation("d", "start", call: 3))
        let state = Scheduler.run(try state(cib(resources: group, histories: ["a": started], constraints: apart))).state
        let instance = try #require(state.findResource("g:0"))
        #expect((state.resources[instance].promotionPriority == .infinity) == (collocated == "true"))
    }
}
