// SPDX-License-Identifier: GPL-2.0-or-later
// What the reference makes of constraints that name what is no resource, or part of one: situation, outcome.

import CIBModel
import ClusterStatus
import Scheduling
import Testing

@Suite("Constraints as the reference reads them")
struct ReferenceConstraintTests: HistorySituations {
    /// The pairs "dependent with primary" of all colocations that constraints make.
    private func pairs(_ resources: String, _ constraints: String, history: String = "") throws -> [String] {
        var read = try state(cib(resources: resources, histories: ["a": history], constraints: constraints))
        read.unpackConstraints()
        return read.colocations.filter(\.isExplicit).map { "\(read.resources[$0.dependent].id) \(read.resources[$0.primary].id)" }
    }

    private func set(_ id: String, _ members: String..., attributes: String = "") -> String {
        let references = members.map { "<resource_ref id=\"\($0)\"/>" }.joined()
        return "<resource_set id=\"\(id)\" \(attributes)>\(references)</resource_set>"
    }

    private var three: String { ["r", "s", "t"].map { dummy($0) }.joined() }

    @Test("A colocation keeps what its set names before the first that is no resource; a tag beside it changes nothing")
    func partOfASet() throws {
        let constraint = "<rsc_colocation id=\"c\" score=\"10\">\(set("x", "r", "s", "none", "t"))</rsc_colocation>"
        #expect(try pairs(three, constraint) == ["s r"])
        let tagged = "<template id=\"p\" class=\"ocf\" type=\"Dummy\"/>" + three
        #expect(try pairs(tagged, constraint) == ["s r"])
    }

    @Test("Between sets, one in any order does without what is no resource; a sequential one needs what stands for it")
    func setsWithSets() throws {
        let loose = set("x", "none", "r", attributes: "sequential=\"false\"")
        func between(_ first: String, _ second: String) throws -> [String] {
            try pairs(three, "<rsc_colocation id=\"c\" score=\"10\">\(first)\(second)</rsc_colocation>")
        }
        #expect(try between(loose, set("y", "s", "t")) == ["t s", "r t"])
        #expect(try between(set("x", "r", "none"), set("y", "s")) == ["r s"])
        #expect(try between(set("x", "none", "r"), set("y", "s")) == [])
    }

    @Test("Locations and tickets keep what their set names before the first that is no resource")
    func partOfOtherSets() throws {
        let members = set("x", "r", "none", "s")
        let location = "<rsc_location id=\"l\" node=\"a\" score=\"5\">\(members)</rsc_location>"
        let ticket = "<rsc_ticket id=\"k\" ticket=\"T\">\(members)</rsc_ticket>"
        var read = try state(cib(resources: three, histories: ["a": ""], constraints: location + ticket))
        read.unpackConstraints()
        let counts = try ["r", "s"].map { id in
            let r = try #require(read.findResource(id))
            return [read.resources[r].locations.count, read.resources[r].tickets.count]
        }
        #expect(counts == [[1, 1], [0, 0]])
    }

    @Test("An instance's name in a set that is kept apart means its clone, which is kept apart from itself and from all of the set")
    func instanceKeptApart() throws {
        let resources = "<clone id=\"c\">\(dummy("r"))</clone>" + dummy("s")
        let history = entry("r", operation("r", "start", call: 2))
        let constraint = "<rsc_colocation id=\"c\" score=\"-10\">\(set("x", "r", "s"))</rsc_colocation>"
        #expect(try pairs(resources, constraint, history: history) == ["c c", "c s", "s c"])
        let named = "<rsc_colocation id=\"c\" score=\"-10\">\(set("x", "c", "s"))</rsc_colocation>"
        #expect(try pairs(resources, named, history: history) == ["s c"])
    }

    @Test("A template that no resource is made of makes its constraint void", arguments: [true, false])
    func emptyTemplate(isUsed: Bool) throws {
        let template = "<template id=\"p\" class=\"ocf\" provider=\"pacemaker\" type=\"Dummy\"/>"
        let made = isUsed ? "<primitive id=\"s\" template=\"p\"/>" : ""
        let constraint = "<rsc_colocation id=\"c\" rsc=\"p\" with-rsc=\"r\" score=\"-10\"/>"
        let resources = template + made + "<clone id=\"c\">\(dummy("r"))</clone>"
        let history = entry("r", operation("r", "start", call: 2))
        #expect(try pairs(resources, constraint, history: history) == (isUsed ? ["c c", "s c"] : []))
    }

    @Test("Tags in sets can name tags; a set with a tag that names no resource, or leads back to itself, is not expanded", arguments: [
        ("<obj_ref id=\"u\"/>", ["t s"]), ("<obj_ref id=\"none\"/>", []), ("<obj_ref id=\"k\"/>", []),
    ])
    func tagsOfTags(members: String, expected: [String]) throws {
        let tags = "<tags><tag id=\"k\">\(members)</tag><tag id=\"u\"><obj_ref id=\"s\"/><obj_ref id=\"t\"/></tag></tags>"
        let constraint = "<rsc_colocation id=\"c\" score=\"10\">\(set("x", "k"))</rsc_colocation>"
        let text = cib(resources: three, histories: ["a": ""], constraints: constraint)
        var read = try state(text.replacing("</configuration>", with: tags + "</configuration>"))
        read.unpackConstraints()
        #expect(read.colocations.map { "\(read.resources[$0.dependent].id) \(read.resources[$0.primary].id)" } == expected)
    }

    @Test("An instance in a container without node goes with any container of the other bundle: it keeps its place for its stop")
    func bundleWithBundle() throws {
        func entry(_ id: String, _ agent: String) -> String {
            "<lrm_resource id=\"\(id)\" class=\"ocf\" \(agent)>\(operation(id, "start", call: 2))</lrm_resource>"
        }
        let promotable = "<primitive id=\"r\" class=\"ocf\" provider=\"pacemaker\" type=\"Stateful\"/>"
        let resources = """
            <bundle id="h"><podman image="i"/></bundle>
            <bundle id="b"><podman image="i" promoted-max="1"/><network control-port="9999"/>\(promotable)</bundle>
            """
        let constraints = """
            <rsc_colocation id="c" rsc="b" with-rsc="h" score="INFINITY"/><rsc_ticket id="k" rsc="b" ticket="T"/>
            """
        let container = "provider=\"heartbeat\" type=\"podman\""
        let history = entry("h-podman-0", container) + entry("b-podman-0", container) + entry("b-0", "provider=\"pacemaker\" type=\"remote\"")
        let inside = """
            <node_state id="b-0" uname="b-0" remote_node="true" in_ccm="true"><lrm id="b-0"><lrm_resources>
            \(entry("r", "provider=\"pacemaker\" type=\"Stateful\""))</lrm_resources></lrm></node_state>
            """
        let text = cib(resources: resources, histories: ["a": history], constraints: constraints, more: inside)
        let result = Scheduler.run(try state(text)).state
        let instance = try #require(result.findResource("r:0"))
        let place = try #require(result.node(named: "b-0"))
        #expect(result.resources[instance].activeNodes == [place])
        #expect(result.resources[try #require(result.findResource("b-podman-0"))].assigned == nil)
        #expect(result.resources[instance].assigned == place)
    }
}
