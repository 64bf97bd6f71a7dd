// SPDX-License-Identifier: GPL-2.0-or-later
// The status of small clusters, as people and programs read it.
import CIBModel
import ClusterStatus
import ClusterXML
import Reports
import Testing

@Suite struct StatusReportTests {
    /// Two nodes, the second offline; a group of which one member runs; a clone; a resource that was removed.
    private func state(_ resources: String, history: String, options: String = "") throws -> ClusterState {
        let cib = try XMLParser.parse(
            """
            <cib validate-with="pacemaker-4.0" have-quorum="1" dc-uuid="1"><configuration>
            <crm_config><cluster_property_set id="o"><nvpair id="o1" name="fencing-enabled" value="false"/>\(options)</cluster_property_set></crm_config>
            <nodes><node id="1" uname="n1"/><node id="2" uname="n2"/></nodes>
            <resources>\(resources)</resources><constraints/></configuration>
            <status><node_state id="1" uname="n1" in_ccm="true" crmd="online" join="member" expected="member">
            <lrm id="1"><lrm_resources>\(history)</lrm_resources></lrm></node_state></status></cib>
            """)
        return ClusterState(reading: cib, at: Timestamp(epoch: 1_700_000_000))
    }

    private func primitive(_ id: String, _ meta: String = "") -> String {
        "<primitive id='\(id)' class='ocf' provider='pacemaker' type='Dummy'>\(meta)</primitive>"
    }

    private func started(_ id: String, rc: Int = 0, task: String = "start") -> String {
        """
        <lrm_resource id='\(id)' class='ocf' provider='pacemaker' type='Dummy'><lrm_rsc_op id='\(id)_last_0' operation_key='\(id)_\(task)_0'
        operation='\(task)' call-id='2' rc-code='\(rc)' op-status='0' interval='0' transition-magic='0:\(rc);1:1:0:x' transition-key='1:1:0:x'/></lrm_resource>
        """
    }

    private func text(_ report: StatusReport) -> String { TextPrinter.print(report.textBlocks()) }

    private func options(_ sections: StatusSections) -> StatusOptions {
        var options = StatusOptions()
        options.sections = sections
        return options
    }

    @Test func aNodeThatIsDownIsListedApart() throws {
        let report = StatusReport(try state("", history: ""), show: options(.nodes))
        #expect(text(report) == "Node List:\n  * Online: [ n1 ]\n  * OFFLINE: [ n2 ]\n")
    }

    @Test func aGroupCountsMembersThatAreNotShown() throws {
        let state = try state("<group id='g'>\(primitive("a"))\(primitive("b"))</group>", history: started("a"))
        #expect(
            text(StatusReport(state, show: options(.resources)))
                == "Active Resources:\n  * Resource Group: g (1 member inactive):\n    * a\t(ocf:pacemaker:Dummy):\t Started n1\n")
        var all = options(.resources)
        all.inactive = true
        #expect(text(StatusReport(state, show: all)).hasSuffix("* b\t(ocf:pacemaker:Dummy):\t Stopped\n"))
    }

    @Test func aContainerThatIsLockedToANodeShowsIt() throws {
        let history = started("b-docker-0", task: "stop").replacing("<lrm_resource ", with: "<lrm_resource shutdown-lock='1699999000' ")
            .replacing("type='Dummy'", with: "type='docker'")
        let state = try state(
            "<bundle id='b'><docker image='i'/></bundle>", history: history,
            options: "<nvpair id='o2' name='shutdown-lock' value='true'/>")
        var all = options(.resources)
        all.inactive = true
        #expect(
            text(StatusReport(state, show: all))
                == "Full List of Resources:\n  * Container bundle: b [i]:\n    * b-docker-0\t(ocf:heartbeat:docker):\t Stopped n1 (LOCKED)\n")
    }

    @Test(arguments: ["", " exit-reason=''", " exit-reason='broken'"])
    func aFailureWithoutReasonHasNoneForPrograms(_ reason: String) throws {
        let history = started("a", rc: 1).replacing(" call-id=", with: "\(reason) call-id=")
        let elements = StatusReport(try state(primitive("a"), history: history), show: options(.failures)).elements()
        let expected = reason.isEmpty ? "none" : reason.hasSuffix("''") ? "" : "broken"
        #expect(elements.first?.children.first?["exitreason"] == expected)
    }

    @Test(arguments: [("", ""), (" last-rc-change='0'", ", last-rc-change='Thu Jan  1 00:00:00 1970'")])
    func theTimeOfAFailureIsToldIfItIsKnown(_ attribute: String, _ expected: String) throws {
        let history = started("a", rc: 1).replacing(" call-id=", with: "\(attribute) call-id=")
        var detailed = options(.failures)
        detailed.detail = true
        #expect(text(StatusReport(try state(primitive("a"), history: history), show: detailed)).hasSuffix("status='Done'\(expected)\n"))
    }

    @Test func aFailureThatSaysItIsUnderWayIsOver() throws {
        let history = started("a", rc: 190, task: "migrate_to").replacing("op-status='0'", with: "op-status='-1' migrate_source='n1' migrate_target='n1'")
        let elements = StatusReport(try state(primitive("a"), history: history), show: options(.failures)).elements()
        #expect(elements.first?.children.first?["status"] == "Done")
    }

    @Test func failCountsAreToldByTheNameInTheHistory() throws {
        let attributes = """
            <transient_attributes id='1'><instance_attributes id='s'><nvpair id='s1' name='fail-count-a#start_0' value='2'/>
            </instance_attributes></transient_attributes>
            """
        let history = started("a:0", rc: 1) + "</lrm_resources></lrm>\(attributes)<lrm id='2'><lrm_resources>"
        let state = try state("<clone id='c'>\(primitive("a"))</clone>", history: history)
        #expect(text(StatusReport(state, show: options(.failcounts))).contains("* a:0: migration-threshold=1000000 fail-count="))
        #expect(text(StatusReport(state, show: options([.failcounts, .operations]))).contains("* a: migration-threshold=1000000 fail-count="))
    }

    @Test func aStoppedInstanceIsNotKnownByItsNumberAnyMore() throws {
        let history = started("a:7", task: "stop") + started("b", task: "stop")
        let state = try state("<clone id='c'>\(primitive("a"))</clone>\(primitive("b"))", history: history)
        #expect(text(StatusReport(state, show: options(.operations))) == "Operations:\n  * Node: n1:\n    * b: migration-threshold=1000000:\n      * (2) stop\n")
    }

    @Test func operationsThatDoNotComeAfterOneAnotherAreToldAsTheHistoryHasThem() throws {
        let entry = started("a").replacing("</lrm_resource>", with: "")
        let twice = entry + "<lrm_rsc_op id='a_last_0' operation_key='a_stop_0' operation='stop' call-id='3' rc-code='0' op-status='0' interval='0'/></lrm_resource>"
        let report = StatusReport(try state(primitive("a"), history: twice), show: options(.operations))
        #expect(text(report).hasSuffix("      * (2) start\n      * (3) stop\n"))
    }

    @Test func peopleAreToldAProviderOfClassesThatHaveThem() throws {
        let odd = primitive("a").replacing("'ocf'", with: "'lsb'")
        var shown = options(.resources)
        shown.inactive = true
        let report = StatusReport(try state(odd, history: ""), show: shown)
        #expect(text(report) == "Full List of Resources:\n  * a\t(lsb:Dummy):\t Stopped\n")
        #expect(report.elements().first?.children.first?["resource_agent"] == "lsb:pacemaker:Dummy")
    }

    @Test func aCloneCollectsItsInstances() throws {
        let state = try state("<clone id='c'>\(primitive("a"))</clone>", history: started("a"))
        var all = options(.resources)
        all.inactive = true
        #expect(
            text(StatusReport(state, show: all))
                == "Full List of Resources:\n  * Clone Set: c [a]:\n    * Started: [ n1 ]\n    * Stopped: [ n2 ]\n")
    }

    @Test(arguments: ["", "<meta_attributes id='m2'><nvpair id='t2' name='target-role' value='Started'/></meta_attributes>"])
    func theTargetRoleOfAClonesChildCountsWhereTheCloneHasNone(ofClone: String) throws {
        let child = primitive("a", "<meta_attributes id='m'><nvpair id='t' name='target-role' value='Stopped'/></meta_attributes>")
        let state = try state("<clone id='c'>\(ofClone)\(child)</clone>", history: "")
        var all = options(.resources)
        all.inactive = true
        let isOfChild = ofClone.isEmpty
        #expect(text(StatusReport(state, show: all)).hasSuffix("    * Stopped\(isOfChild ? " (disabled)" : ""): [ n1 n2 ]\n"))
        let clone = StatusReport(state, show: all).elements().flatMap(\.children).first { $0.name == "clone" }
        #expect(clone?["target_role"] == (isOfChild ? "Stopped" : "Started"))
    }

    @Test("A missing agent is told of beside the stopped resource, if the probe says where it was", arguments: [
        (" on_node='n1'", " (Not installed) "), (" on_node='N1'", " (Not installed) "), ("", ""),
    ])
    func missingAgent(place: String, note: String) throws {
        let probe = started("a", rc: 5, task: "monitor").replacing(" call-id='2'", with: " call-id='2'" + place)
        let state = try state(primitive("a"), history: probe)
        var all = options([.resources, .failures])
        all.inactive = true
        #expect(text(StatusReport(state, show: all)) == "Full List of Resources:\n  * a\t(ocf:pacemaker:Dummy):\t Stopped\(note)\n")
    }

    @Test func countsReplaceResourcesInBriefOutput() throws {
        let state = try state(primitive("a") + primitive("b"), history: started("a") + started("b"))
        var brief = options(.resources)
        brief.brief = true
        #expect(text(StatusReport(state, show: brief)) == "Active Resources:\n  * 2\t(ocf:pacemaker:Dummy):\tActive n1\n")
    }

    @Test func aFilterForAnUnknownNodeShowsNothing() throws {
        let state = try state(primitive("a"), history: started("a"))
        var filtered = options([.nodes, .resources])
        filtered.onlyNodes = StatusFilter.nodes("nowhere", state)
        #expect(filtered.onlyNodes == [])
        #expect(text(StatusReport(state, show: filtered)) == "Active Resources:\n  * No active resources\n")
    }

    @Test func maintenanceHasABanner() throws {
        let state = try state("", history: "", options: "<nvpair id='m' name='maintenance-mode' value='true'/>")
        let lines = text(StatusReport(state, show: options(.summary))).split(separator: "\n")
        #expect(lines.suffix(2) == ["              *** Resource management is DISABLED ***", "  The cluster will not attempt to start, stop or recover services"])
    }

    @Test func programsSeeWhatPeopleSee() throws {
        let state = try state(primitive("a"), history: started("a"))
        let elements = StatusReport(state, show: options([.nodes, .resources])).elements()
        #expect(elements.map(\.name) == ["nodes", "resources"])
        let resource = try #require(elements.last?.first("resource"))
        #expect(resource["role"] == "Started")
        #expect(resource.first("node")?["name"] == "n1")
    }

    @Test func theNewestFencingOfAKindStandsForAll() throws {
        var live = LiveFacts()
        live.fencing = [10, 20, 15].map {
            FencingEvent(action: "reboot", target: "n2", client: "c.1", origin: "n1", delegate: "n1", outcome: .failed, completed: $0)
        }
        let report = StatusReport(try state("", history: ""), show: options(.fencingFailed), live: live)
        #expect(text(report) == "Failed Fencing Actions:\n  * reboot of n2 by n1 for c.1@n1 last failed at 1970-01-01 00:00:20.000000Z\n")
    }

    @Test(arguments: [(Int64(33), "33ms"), (20_000, "20s"), (60_000, "1m"), (5_400_000, "1h30m"), (1500, "1.500s")])
    func timesAreReadable(milliseconds: Int64, text: String) {
        #expect(StatusReport.readable(milliseconds) == text)
    }
}
