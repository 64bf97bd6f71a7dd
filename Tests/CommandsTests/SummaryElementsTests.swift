// SPDX-License-Identifier: GPL-2.0-or-later
// The summary of a transition in XML: which attributes say where a resource goes, by what happens to it.
import ClusterStatus
import ClusterXML
import Testing

@testable import Commands
@testable import Scheduling

struct SummaryElementsTests {
    private func element(
        _ change: String, from origin: String?, to destination: String?, _ role: ResourceRole, _ next: ResourceRole, reason: String? = nil,
        isBlocked: Bool = false
    ) -> String? {
        let change = ResourceChange(
            change: change, resource: "r", origin: origin, destination: destination, role: role, nextRole: next, reason: reason,
            isBlocked: isBlocked)
        return SummaryElements.elements(TransitionSummary(resources: [change])).first?.serialized()
    }

    @Test func aStartAndAStopSayTheirNodeOnly() {
        #expect(element("Start", from: nil, to: "n1", .stopped, .started) == #"<rsc_action action="start" resource="r" node="n1"/>"#)
        #expect(element("Stop", from: "n1", to: nil, .started, .stopped) == #"<rsc_action action="stop" resource="r" node="n1"/>"#)
    }

    @Test func aMoveSaysWhereFromAndWhereTo() {
        #expect(
            element("Move", from: "n1", to: "n2", .started, .started)
                == #"<rsc_action action="move" resource="r" source="n1" dest="n2"/>"#)
        #expect(
            element("Restart", from: "n1", to: "n1", .started, .started) == #"<rsc_action action="restart" resource="r" source="n1"/>"#)
    }

    @Test func rolesAreSaidWhereTheyAreMoreThanStarted() {
        #expect(
            element("Promote", from: nil, to: "n1", .stopped, .promoted)
                == #"<rsc_action action="promote" resource="r" role="Stopped" next-role="Promoted" dest="n1"/>"#)
        #expect(
            element("Promote", from: "n1", to: "n1", .unpromoted, .promoted)
                == #"<rsc_action action="promote" resource="r" role="Unpromoted" next-role="Promoted" source="n1"/>"#)
        #expect(
            element("Move", from: "n1", to: "n2", .promoted, .promoted)
                == #"<rsc_action action="move" resource="r" source="n1" dest="n2" role="Promoted"/>"#)
        #expect(
            element("Move", from: "n1", to: "n2", .promoted, .unpromoted)
                == #"<rsc_action action="move" resource="r" role="Promoted" source="n1" next-role="Unpromoted" dest="n2"/>"#)
        #expect(
            element("Stop", from: "n1", to: nil, .promoted, .stopped)
                == #"<rsc_action action="stop" resource="r" role="Promoted" node="n1"/>"#)
    }

    @Test func theReasonAndWhatBlocksComeLast() {
        #expect(
            element("Stop", from: "n1", to: nil, .started, .stopped, reason: "node availability", isBlocked: true)
                == #"<rsc_action action="stop" resource="r" node="n1" reason="node availability" blocked="true"/>"#)
    }

    @Test func nodesComeFirstAndGuestsNameTheirContainer() {
        let summary = TransitionSummary(
            nodes: [
                NodeChange(task: "Fence (reboot)", node: "n1", container: nil, reason: "peer is gone"),
                NodeChange(task: "Fence (off)", node: "guest", container: "vm", reason: "guest is unclean"),
            ],
            resources: [
                ResourceChange(
                    change: "Stop", resource: "r", origin: "n1", destination: nil, role: .started, nextRole: .stopped, reason: nil,
                    isBlocked: false)
            ])
        #expect(
            SummaryElements.elements(summary).map { $0.serialized() } == [
                #"<node_action task="Fence (reboot)" node="n1" reason="peer is gone"/>"#,
                #"<node_action task="Fence (off)" node="guest (resource: vm)" reason="guest is unclean"/>"#,
                #"<rsc_action action="stop" resource="r" node="n1"/>"#,
            ])
    }
}
