// SPDX-License-Identifier: GPL-2.0-or-later
// Clones and bundles as they are unpacked, and resources that only appear while histories are read.

import CIBModel
import ClusterStatus
import ClusterXML
import Testing

@Suite("Unpacking of collective resources")
struct CollectiveUnpackingTests {
    /// Two nodes; the second one is what `second` says of it.
    private func state(resources: String, second: String = "", more: String = "", fencing: Bool = false) throws -> ClusterState {
        let online = "in_ccm=\"true\" crmd=\"online\" join=\"member\" expected=\"member\""
        let xml = """
            <cib have-quorum="1" dc-uuid="1" crm_feature_set="3.20.5"><configuration>
            <crm_config><cluster_property_set id="o"><nvpair id="f" name="fencing-enabled" value="\(fencing)"/></cluster_property_set></crm_config>
            <nodes><node id="1" uname="a1"/><node id="2" uname="a2"/>\(more)</nodes><resources>\(resources)</resources><constraints/></configuration>
            <status><node_state id="1" uname="a1" \(online)/>\(second.isEmpty ? "<node_state id=\"2\" uname=\"a2\" \(online)/>" : second)
            </status></cib>
            """
        return ClusterState(reading: try XMLParser.parse(xml), at: Timestamp(epoch: 1000))
    }

    private func resource(_ id: String, in state: ClusterState) throws -> Resource {
        state.resources[try #require(state.findResource(id))]
    }

    private func meta(_ pairs: [(String, String)]) -> String {
        let list = pairs.map { "<nvpair id=\"m-\($0.0)\" name=\"\($0.0)\" value=\"\($0.1)\"/>" }
        return "<meta_attributes id=\"m\">\(list.joined())</meta_attributes>"
    }

    private func entry(_ id: String) -> String {
        """
        <lrm_resource id="\(id)" class="ocf" provider="pacemaker" type="Dummy"><lrm_rsc_op id="\(id)_last_0" operation="start"
         operation_key="\(id)_start_0" call-id="2" rc-code="0" op-status="0" interval="0" transition-key="1:1:0:u"
         transition-magic="0:0;1:1:0:u"/></lrm_resource>
        """
    }

    @Test("More instances than any cluster has room for are taken for a mistake, of ordered ones fewer", arguments: [
        ("99999999999", false, 65_536), ("99999999999", true, 2_048), ("2048", true, 2_048), ("2049", false, 2_049),
    ])
    func instanceLimits(_ maximum: String, _ isOrdered: Bool, _ count: Int) throws {
        let state = try state(resources: """
            <clone id="c">\(meta([("clone-max", maximum), ("ordered", String(isOrdered))]))
            <primitive id="d" class="ocf" provider="pacemaker" type="Dummy"/></clone>
            """)
        #expect(try resource("c", in: state).children.count == count)
        #expect(state.diagnostics.contains { $0.text.hasPrefix("Limiting clone 'c'") } == (maximum.count > 5))
    }

    @Test("Clones of groups get fewer instances still")
    func groupInstanceLimit() throws {
        let group = "<group id=\"g\"><primitive id=\"d\" class=\"ocf\" provider=\"pacemaker\" type=\"Dummy\"/></group>"
        let state = try state(resources: "<clone id=\"c\">\(meta([("clone-max", "99999999999")]))\(group)</clone>")
        #expect(try resource("c", in: state).children.count == 8_192)
    }

    @Test("An instance that only a history knows is not for a node that was found to shut down; configured ones keep its old score")
    func lateScores() throws {
        let second = """
            <node_state id="2" uname="a2" in_ccm="true" crmd="online" join="member" expected="member">
            <transient_attributes id="2"><instance_attributes id="t"><nvpair id="s" name="shutdown" value="900"/></instance_attributes>
            </transient_attributes><lrm id="2"><lrm_resources>\(entry("d:0"))\(entry("d:1"))</lrm_resources></lrm></node_state>
            """
        let clone = """
            <clone id="c">\(meta([("clone-max", "1")]))<primitive id="d" class="ocf" provider="pacemaker" type="Dummy"/></clone>
            """
        let result = try state(resources: clone, second: second)
        let a2 = try #require(result.node(named: "a2"))
        #expect(try resource("d:0", in: result).nodes[a2].score == .zero)
        #expect(try resource("d:1", in: result).nodes[a2].score == .minusInfinity)
    }

    @Test("A unique clone of what cannot be told apart gets an instance a node at most")
    func forcedAnonymous() throws {
        let script = "<primitive id=\"d\" class=\"lsb\" type=\"script\"/>"
        let unique = meta([("globally-unique", "true"), ("clone-max", "5"), ("clone-node-max", "5")])
        for inner in [script, "<group id=\"g\">\(script)</group>"] {
            let result = try state(resources: "<clone id=\"c\">\(unique)\(inner)</clone>")
            #expect(try resource("c", in: result).children.count == 2)
            #expect(try !resource("d:0", in: result).has(.unique))
        }
    }

    @Test("A clone of no instances has one to look for")
    func noInstances() throws {
        let clone = """
            <clone id="c">\(meta([("clone-max", "0")]))<primitive id="d" class="ocf" provider="pacemaker" type="Dummy"/></clone>
            """
        #expect(try resource("c", in: try state(resources: clone)).children.count == 1)
    }

    @Test("A port shared by replicas of a host limits them to one a host, if something listens there", arguments: [
        ("", Int32(2)), ("<primitive id=\"p\" class=\"ocf\" provider=\"pacemaker\" type=\"Dummy\"/>", 1),
    ])
    func sharedPort(primitive: String, perHost: Int32) throws {
        let bundle = """
            <bundle id="b"><docker image="i" replicas="2" replicas-per-host="2"/><network control-port="9999"/>\(primitive)</bundle>
            """
        let result = try state(resources: bundle)
        #expect(result.bundles.first?.replicasPerHost == perHost)
        guard !primitive.isEmpty else { return }
        let clone = try resource("b-clone", in: result)
        #expect(result.clones[Int(clone.cloneRecord)].nodeMaximum == 1)
        #expect(!clone.has(.unique))
    }

    @Test("What has the id of a bundle's instance but is outside of it is a removed resource of its own on each node")
    func removedInstances() throws {
        let lrm = { (id: String) in "<lrm id=\"\(id)\"><lrm_resources>\(self.entry("d:1"))</lrm_resources></lrm></node_state>" }
        let online = "in_ccm=\"true\" crmd=\"online\" join=\"member\" expected=\"member\""
        let both = "<node_state id=\"3\" uname=\"a3\" \(online)>\(lrm("3"))<node_state id=\"2\" uname=\"a2\" \(online)>\(lrm("2"))"
        let bundle = """
            <bundle id="b"><docker image="i" replicas="2"/><network ip-range-start="10.0.0.1"/>
            <primitive id="d" class="ocf" provider="pacemaker" type="Dummy"/></bundle>
            """
        let result = try state(resources: bundle, second: both, more: "<node id=\"3\" uname=\"a3\"/>")
        let removed = result.topLevel.filter { result.resources[$0].has(.removed) }
        #expect(removed.map { result.resources[$0].id } == ["d:1", "d:1"])
        #expect(removed.allSatisfy { result.resources[$0].activeNodes.count == 1 })
    }
}
