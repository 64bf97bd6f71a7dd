// SPDX-License-Identifier: GPL-2.0-or-later
// What results look like in the status section, and their digests.
import ClusterXML
import Messages
import NodeCore
import Testing

struct OperationHistoryTests {
    private let uuid = "8ab3b66d-9837-4f08-8495-24108e8cc19a"
    private let dummy = ResourceAgent(id: "d1", standard: "ocf", provider: "pacemaker", type: "Dummy")

    private func context(_ metaData: AgentMetaData? = nil) -> OperationHistory.Context {
        OperationHistory.Context(host: "ctl", featureSet: "3.16.1", metaData: metaData, now: 100)
    }

    private func record(_ action: String, interval: Int = 0, rc: Int = 0, target: Int = 0) -> OperationRecord {
        OperationRecord(
            node: .remote("r1"), resource: dummy, action: action, interval: interval, rc: rc, status: .done, callID: 11,
            key: "5:6:\(target):\(uuid)")
    }

    private func entries(_ cib: XMLElement) -> [String] {
        StatusSection.resource(cib, node: "r1", resource: "d1")?.elements("lrm_rsc_op").compactMap { $0.id } ?? []
    }

    @Test("a start is the last one-shot operation of its resource, under the remote node")
    func start() throws {
        var cib = XMLElement("cib", children: [XMLElement("status")])
        var result = record("start")
        (result.runTime, result.execTime) = (1_795_425_951, 13)
        result.parameters = [XMLAttribute("state", "/run/d1.state"), XMLAttribute("CRM_meta_timeout", "20000")]
        OperationHistory.write(result, to: &cib, context())
        let entry = try #require(StatusSection.resource(cib, node: "r1", resource: "d1")?.first("lrm_rsc_op"))
        #expect(entry.id == "d1_last_0")
        #expect(entry["operation_key"] == "d1_start_0")
        #expect(entry["transition-magic"] == "0:0;5:6:0:\(uuid)")
        #expect(entry["last-rc-change"] == "1795425951")
        #expect(entry["on_node"] == "ctl")
        #expect(entry["op-digest"] == "860a3efd4bb0c8d314e4be994e685fad")
        #expect(cib.first("status")?.first("node_state")?["remote_node"] == "true")
    }

    @Test("recurring successes, recurring failures and one-shot failures have entries of their own")
    func identifiers() {
        var cib = XMLElement("cib", children: [XMLElement("status")])
        OperationHistory.write(record("monitor", interval: 5000), to: &cib, context())
        #expect(entries(cib) == ["d1_monitor_5000"])
        OperationHistory.write(record("monitor", interval: 5000, rc: 7), to: &cib, context())
        #expect(entries(cib) == ["d1_monitor_5000", "d1_last_failure_0"])
        OperationHistory.write(record("start", rc: 1), to: &cib, context())
        #expect(entries(cib) == ["d1_monitor_5000", "d1_last_failure_0", "d1_last_0"])
    }

    @Test("a monitor whose failure is forgiven is asked for anew, since it would not say that it still fails", arguments: [5000, 0])
    func forgivenFailure(interval: Int) {
        var cib = XMLElement("cib", children: [XMLElement("status")])
        OperationHistory.write(record("monitor", interval: 5000), to: &cib, context())
        OperationHistory.write(record(interval > 0 ? "monitor" : "start", interval: interval, rc: 7), to: &cib, context())
        #expect(OperationHistory.deleteLastFailure(&cib, node: "r1", resource: "d1", askAnew: true))
        #expect(entries(cib) == (interval > 0 ? [] : ["d1_monitor_5000", "d1_last_0"]))
        #expect(!OperationHistory.deleteLastFailure(&cib, node: "r1", resource: "d1", askAnew: true))
    }

    @Test("a probe that finds nothing is no failure")
    func probe() {
        let result = record("monitor", rc: 7, target: 7)
        #expect(!result.failed)
        #expect(record("monitor", rc: 0, target: 7).failed)
    }

    @Test("notifications leave no trace")
    func notify() {
        var cib = XMLElement("cib", children: [XMLElement("status")])
        OperationHistory.write(record("notify"), to: &cib, context())
        #expect(cib.first("status")?.children.isEmpty == true)
    }

    @Test("a pending operation is overwritten by its result")
    func pending() throws {
        var cib = XMLElement("cib", children: [XMLElement("status")])
        var result = record("start")
        result.status = .pending
        OperationHistory.write(result, to: &cib, context())
        let before = try #require(StatusSection.resource(cib, node: "r1", resource: "d1")?.first("lrm_rsc_op"))
        #expect(before["op-status"] == "-1")
        #expect(before["rc-code"] == "193")
        OperationHistory.write(record("start"), to: &cib, context())
        #expect(entries(cib) == ["d1_last_0"])
        #expect(StatusSection.resource(cib, node: "r1", resource: "d1")?.first("lrm_rsc_op")?["rc-code"] == "0")
    }

    @Test("digests match the published vectors")
    func digests() {
        #expect(digest([("server", "10.9.0.2")]) == "4567737f46bb99f3b553ae3eace752da")
        #expect(digest([("CRM_meta_interval", "3000"), ("CRM_meta_timeout", "15000"), ("server", "10.9.0.2")])
            == "00056b3e3a9570895cd8ad6ab07910c5")
        #expect(digest([("crm_feature_set", "3.16.1"), ("state", "/run/d1.state"), ("CRM_meta_timeout", "20000")])
            == "860a3efd4bb0c8d314e4be994e685fad")
    }

    private func digest(_ parameters: [(String, String)]) -> String {
        OperationDigests.digest(OperationDigests.counted(parameters.map { XMLAttribute($0.0, $0.1) }))
    }

    @Test("meta-data tells which parameters force a restart and which are secret")
    func metaData() throws {
        let agent = try XMLParser.parse("""
            <resource-agent name="Dummy"><parameters><parameter name="state" unique="1"/><parameter name="passwd"/>\
            <parameter name="fake" unique="0"/></parameters><actions><action name="reload"/></actions></resource-agent>
            """)
        let data = AgentMetaData(agent)
        #expect(data.restartParameters == ["state"])
        #expect(data.secretParameters == ["passwd"])
        let written = OperationDigests.attributes(
            of: [XMLAttribute("state", "/run/d1.state"), XMLAttribute("passwd", "sekrit")], action: "start", interval: 0, metaData: data)
        #expect(written.first { $0.0 == "op-force-restart" }?.1 == "  state  ")
        #expect(written.first { $0.0 == "op-restart-digest" }?.1 == "860a3efd4bb0c8d314e4be994e685fad")
        #expect(written.first { $0.0 == "op-secure-params" }?.1 == "  passwd  ")
    }
}
