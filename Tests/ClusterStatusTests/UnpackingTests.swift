// SPDX-License-Identifier: GPL-2.0-or-later
// From a CIB to what runs where: small clusters, one situation each.
import CIBModel
import ClusterStatus
import ClusterXML
import Testing

@Suite("Cluster state")
struct UnpackingTests {
    /// A cluster of two nodes.
    private func state(
        resources: String, history: String = "", options: String = "", node1: String = "", at epoch: Int64 = 1000
    ) throws -> ClusterState {
        let xml = """
            <cib have-quorum="1" dc-uuid="1" crm_feature_set="3.20.5"><configuration>
            <crm_config><cluster_property_set id="cib-bootstrap-options"><nvpair id="o" name="fencing-enabled" value="false"/>\(options)</cluster_property_set></crm_config>
            <nodes><node id="1" uname="a1"/><node id="2" uname="a2"/></nodes><resources>\(resources)</resources><constraints/></configuration>
            <status><node_state id="1" uname="a1" in_ccm="true" crmd="online" join="member" expected="member">\(node1)
            <lrm id="1"><lrm_resources>\(history)</lrm_resources></lrm></node_state>
            <node_state id="2" uname="a2" in_ccm="true" crmd="online" join="member" expected="member"/></status></cib>
            """
        return ClusterState(reading: try XMLParser.parse(xml), at: Timestamp(epoch: epoch))
    }

    private func primitive(_ id: String, _ inner: String = "") -> String {
        "<primitive id=\"\(id)\" class=\"ocf\" provider=\"pacemaker\" type=\"Dummy\">\(inner)</primitive>"
    }

    private func operation(
        _ id: String, _ task: String, call: Int, rc: Int, expected: Int = 0, status: Int = 0, interval: Int = 0, changed: Int = 900
    ) -> String {
        """
        <lrm_rsc_op id="\(id)" operation="\(task)" operation_key="\(id)" call-id="\(call)" rc-code="\(rc)" op-status="\(status)"
        interval="\(interval)" last-rc-change="\(changed)" on_node="a1" transition-key="1:1:\(expected):uuid"
        transition-magic="\(status):\(rc);1:1:\(expected):uuid"/>
        """
    }

    private func entry(_ id: String, _ operations: String) -> String {
        "<lrm_resource id=\"\(id)\" class=\"ocf\" provider=\"pacemaker\" type=\"Dummy\">\(operations)</lrm_resource>"
    }

    private func resource(_ id: String, in state: ClusterState) throws -> Resource {
        state.resources[try #require(state.findResource(id))]
    }

    @Test("A started resource is active on its node")
    func started() throws {
        let state = try state(resources: primitive("d"), history: entry("d", operation("d_last_0", "start", call: 5, rc: 0)))
        let d = try resource("d", in: state)
        #expect(d.originalRole == .started)
        #expect(d.activeNodes.map { state.nodes[$0].name } == ["a1"])
    }

    @Test("The name of a resource is a regular expression where fail counts are looked for")
    func failCountNames() throws {
        let attributes = [("fail-count-db.1#monitor_10000", "2"), ("fail-count-dbx1#start_0", "1"), ("fail-count-db.1#start", "8"), ("last-failure-dbx1#start_0", "700")]
        let pairs = attributes.enumerated().map { "<nvpair id=\"f\($0.offset)\" name=\"\($0.element.0)\" value=\"\($0.element.1)\"/>" }.joined()
        var state = try state(
            resources: primitive("db.1") + primitive("dbx1") + primitive("d("),
            node1: "<transient_attributes id=\"1\"><instance_attributes id=\"t\">\(pairs)</instance_attributes></transient_attributes>")
        let node = try #require(state.node(named: "a1"))
        func count(_ id: String) throws -> Int { Int(state.failCount(of: try #require(state.findResource(id)), on: node).count.value) }
        #expect(try count("db.1") == 3)
        #expect(try count("dbx1") == 1)
        #expect(try count("d(") == 0)
        #expect(state.failCount(of: try #require(state.findResource("db.1")), on: node).lastFailure == 700)
    }

    @Test("A later stop wins over a start, whatever the order in the document")
    func stopped() throws {
        let operations = operation("d_stop_0", "stop", call: 9, rc: 0) + operation("d_start_0", "start", call: 5, rc: 0)
        let state = try state(resources: primitive("d"), history: entry("d", operations))
        #expect(try resource("d", in: state).originalRole == .stopped)
    }

    @Test("A failed monitor makes the resource failed and its stop required")
    func failedMonitor() throws {
        let operations =
            operation("d_last_0", "start", call: 5, rc: 0)
            + operation("d_last_failure_0", "monitor", call: 6, rc: 1, interval: 10_000)
        let state = try state(resources: primitive("d"), history: entry("d", operations))
        #expect(try resource("d", in: state).has([.failed, .stopIfFailed]))
        #expect(state.failedOperations.count == 1)
        let d = try #require(state.findResource("d"))
        let stop = try #require(state.firstAction(d, .stop))
        #expect(state.actions[stop].isRequired)
    }

    @Test("An old failure expires with the failure timeout")
    func expired() throws {
        let meta = "<meta_attributes id=\"m\"><nvpair id=\"t\" name=\"failure-timeout\" value=\"60s\"/></meta_attributes>"
        let operations =
            operation("d_last_0", "start", call: 5, rc: 0, changed: 100)
            + operation("d_last_failure_0", "monitor", call: 6, rc: 1, interval: 10_000, changed: 200)
        let state = try state(resources: primitive("d", meta), history: entry("d", operations))
        #expect(try !resource("d", in: state).has(.failed))
        #expect(try resource("d", in: state).originalRole == .started)
    }

    @Test("Fail counts add up over operations; the last failure is the latest")
    func failCounts() throws {
        let attributes = """
            <transient_attributes id="1"><instance_attributes id="s"><nvpair id="1" name="fail-count-d#start_0" value="2"/>
            <nvpair id="2" name="fail-count-d#monitor_10000" value="3"/><nvpair id="3" name="last-failure-d#monitor_10000" value="500"/>
            <nvpair id="4" name="fail-count-other#start_0" value="INFINITY"/></instance_attributes></transient_attributes>
            """
        var state = try state(resources: primitive("d"), node1: attributes)
        let d = try #require(state.findResource("d"))
        let failures = state.failCount(of: d, on: try #require(state.node(named: "A1")))
        #expect(failures.count.value == 5)
        #expect(failures.lastFailure == 500)
    }

    @Test("An instance of an anonymous clone is found by the name without number")
    func anonymousClone() throws {
        let clone = "<clone id=\"c\">\(primitive("d"))</clone>"
        let state = try state(resources: clone, history: entry("d", operation("d_last_0", "start", call: 5, rc: 0)))
        let c = try resource("c", in: state)
        #expect(c.children.count == 2)
        #expect(try resource("d:0", in: state).historyName == "d")
        #expect(c.activeNodes.count == 1)
    }

    @Test("What only the history knows is a removed resource, banned everywhere")
    func removed() throws {
        let state = try state(resources: primitive("d"), history: entry("gone", operation("gone_last_0", "start", call: 5, rc: 0)))
        let gone = try resource("gone", in: state)
        #expect(gone.has(.removed))
        #expect(state.nodeOrder.allSatisfy { gone.nodes[$0].score == .minusInfinity })
    }

    @Test("Operations of a template are inherited unless the resource has them")
    func template() throws {
        let template = """
            <template id="t" class="ocf" provider="pacemaker" type="Stateful"><operations><op id="t1" name="monitor" interval="10s"/>
            <op id="t2" name="start" interval="0" timeout="5s"/></operations></template>
            """
        let user = "<primitive id=\"d\" template=\"t\"><operations><op id=\"d1\" name=\"monitor\" interval=\"20s\"/></operations></primitive>"
        let state = try state(resources: template + user)
        let d = try resource("d", in: state)
        #expect(d.agent?.type == "Stateful")
        #expect(d.operations.map(\.id) == ["d1", "t2"])
    }

    @Test("A bundle with more replicas than anybody wants gets a thousand")
    func hugeBundle() throws {
        let bundle = """
            <bundle id="b"><docker image="i" replicas="99999999999999999999"/><network ip-range-start="10.0.0.1"/></bundle>
            """
        let state = try state(resources: bundle)
        #expect(state.bundles.first?.replicas.count == 1000)
    }

    @Test("A bundle brings containers, addresses, connections and nodes")
    func bundle() throws {
        let bundle = """
            <bundle id="b"><docker image="i" replicas="2"/><network ip-range-start="192.168.1.253"/>\(primitive("d"))</bundle>
            """
        let state = try state(resources: bundle)
        let b = try #require(state.findResource("b"))
        let record = try #require(state.bundle(b))
        #expect(record.replicas.map(\.ipAddress) == ["192.168.1.253", "192.168.1.254"])
        #expect(state.nodeOrder.map { state.nodes[$0].name } == ["a1", "a2", "b-0", "b-1"])
        #expect(state.nodeOrder.filter { state.isBundleNode($0) }.count == 2)
        #expect(state.resources[b].children.count == 7)
    }

    @Test("An unseen node must be fenced when fencing is enabled")
    func unclean() throws {
        let xml = """
            <cib have-quorum="1"><configuration><crm_config/><nodes><node id="1" uname="a1"/><node id="2" uname="a2"/></nodes>
            <resources><primitive id="f" class="stonith" type="fence_x"/></resources><constraints/></configuration>
            <status><node_state id="1" uname="a1" in_ccm="true" crmd="online" join="member" expected="member"/></status></cib>
            """
        let state = ClusterState(reading: try XMLParser.parse(xml), at: Timestamp(epoch: 0))
        #expect(!state.nodes[try #require(state.node(named: "a1"))].isUnclean)
        #expect(state.nodes[try #require(state.node(named: "a2"))].isUnclean)
    }

    @Test("A failed connection resets its remote node, unless a member of the cluster has its name", arguments: [
        ("rem", OnFail.resetRemote), ("a2", .restart),
    ])
    func failedConnection(name: String, expected: OnFail) throws {
        let connection = "<primitive id=\"\(name)\" class=\"ocf\" provider=\"pacemaker\" type=\"remote\"/>"
        var state = try state(resources: connection)
        let r = try #require(state.findResource(name))
        #expect(state.onFail(of: r, task: .monitor, interval: 10_000, node: nil).0 == expected)
    }

    @Test("Odd input is survived", arguments: [
        "<primitive/>", "<group id=\"g\"/>", "<clone id=\"c\"/>", "<bundle id=\"b\"/>", "<primitive id=\"p\" template=\"p\"/>",
        "<clone id=\"c\"><meta_attributes id=\"m\"><nvpair id=\"n\" name=\"clone-max\" value=\"-5\"/></meta_attributes><primitive id=\"p\" class=\"ocf\" type=\"x\"/></clone>",
    ])
    func odd(_ resources: String) throws {
        let state = try state(resources: resources, history: "<lrm_resource/>" + entry("p", "<lrm_rsc_op/>" + operation("", "start", call: -1, rc: 999)))
        #expect(state.nodes.count == 2)
    }
}
