// SPDX-License-Identifier: GPL-2.0-or-later
// What happens on paper, as lines and in XML.

import ClusterXML
import Scheduling
import Testing

@Suite("Events of a simulated transition")
struct SimulationEventTests {
    @Test("Each event has its element", arguments: [
        (SimulationEvent.pseudo(key: "g_start_0", node: nil), #"<pseudo_action task="g_start_0"/>"#),
        (.pseudo(key: "g_start_0", node: "n1"), #"<pseudo_action task="g_start_0" node="n1"/>"#),
        (.resource(id: "r", task: "start", interval: 0, node: "n1"), #"<rsc_action resource="r" op="start" node="n1"/>"#),
        (
            .resource(id: "r", task: "monitor", interval: 10000, node: "n1"),
            #"<rsc_action resource="r" op="monitor" node="n1" interval="10000"/>"#
        ),
        (.cluster(task: "clear_failcount", resource: "r", node: "n1"), #"<cluster_action task="clear_failcount" node="n1" id="r"/>"#),
        (.cluster(task: "do_shutdown", resource: nil, node: "n1"), #"<cluster_action task="do_shutdown" node="n1"/>"#),
        (.fencing(target: "n1", operation: "reboot"), #"<fencing_action target="n1" op="reboot"/>"#),
        (
            .injectedAttribute(name: "fail-count-r#start_0", value: "value++", nodeID: "1"),
            #"<inject_attr name="fail-count-r#start_0" value="value++" node_path="/node_state" cib_node="1"/>"#
        ),
    ])
    func elements(_ event: SimulationEvent, _ element: String) {
        #expect(event.element?.serialized() == element)
    }

    @Test("What is said to people only has no element, and a remark stands without bullet")
    func remarks() {
        let remark = SimulationEvent.pretendedFailure(action: 4, rc: 1)
        #expect(remark.element == nil && remark.isRemark)
        #expect(SimulationEvent.failed("no").element == nil && !SimulationEvent.failed("no").isRemark)
    }
}
