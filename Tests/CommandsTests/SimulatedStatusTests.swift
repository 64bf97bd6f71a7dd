// SPDX-License-Identifier: GPL-2.0-or-later
// What crm_simulate shows of the cluster before and after the transition, for programs.
import ArgumentParser
import CIBModel
import ClusterStatus
import ClusterXML
import Reports
import Testing

@testable import Commands

struct SimulatedStatusTests {
    @Test func aStartThatIsUnderWayIsShownBeforeTheTransitionOnly() throws {
        let start = """
            <lrm_rsc_op id='r_last_0' operation='start' operation_key='r_start_0' call-id='-1' rc-code='193' op-status='-1' interval='0'
            transition-key='1:1:0:u' transition-magic='-1:193;1:1:0:u'/>
            """
        let cib = try XMLParser.parse(
            """
            <cib validate-with='pacemaker-4.0' have-quorum='1'><configuration><crm_config/><nodes><node id='1' uname='n1'/></nodes>
            <resources><primitive id='r' class='ocf' provider='pacemaker' type='Dummy'/></resources><constraints/></configuration><status>
            <node_state id='1' uname='n1' in_ccm='true' crmd='online' join='member' expected='member'><lrm id='1'><lrm_resources>
            <lrm_resource id='r' class='ocf' provider='pacemaker' type='Dummy'>\(start)</lrm_resource></lrm_resources></lrm></node_state>
            </status></cib>
            """)
        let state = ClusterState(reading: cib, at: Timestamp(epoch: 1_700_000_000))
        let options = try CrmSimulate.parse(["-L"])
        func role(isRevised: Bool) -> String? {
            let elements = StatusReport(state, show: Simulation.statusOptions(options, isRevised: isRevised)).elements()
            return elements.flatMap(\.children).first { $0.name == "resource" }?["role"]
        }
        #expect(role(isRevised: false) == "Starting")
        #expect(role(isRevised: true) == "Started")
    }
}
