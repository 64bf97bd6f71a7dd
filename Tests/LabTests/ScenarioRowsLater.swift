// SPDX-License-Identifier: GPL-2.0-or-later
// Rows 8 to 17 of the seed scenario: the resource, its constraints, the reports, the move, and what must not disturb them.
import Foundation
import Testing

extension LabTests.ScenarioRows {
    @Test("row 8: Dummy means ocf:heartbeat:Dummy, and its operations run on the remote as configured")
    func row08() async throws {
        try await lab.scenario()
        let resource = try lab.must("cibadmin -Q --xpath \"//primitive[@id='dummy-remote']\"").out
        #expect(resource.contains(#"class="ocf" provider="heartbeat" type="Dummy""#))
        for operation in ["start", "stop"] { #expect(resource.contains("name=\"\(operation)\" interval=\"0s\" timeout=\"60s\"")) }
        #expect(resource.contains(#"name="monitor" interval="30s" timeout="60s""#))
        let history = try lab.must("cibadmin -Q --xpath \"//node_state[@uname='remote1']//lrm_resource[@id='dummy-remote']\"").out
        #expect(history.contains(#"type="Dummy" class="ocf" provider="heartbeat""#))
        #expect(history.contains(#"operation_key="dummy-remote_start_0""#) && history.contains(#"interval="30000""#))
        #expect(try lab.dummyState(on: .remote1) != nil)
        for other in [Host.cluster, .remote2] { #expect(try lab.dummyState(on: other) == nil) }
        #expect(try lab.log(of: .remote1).contains("rsc:dummy-remote action:monitor"), "the remote executes the recurring monitor")
    }

    @Test("row 9: the rules with #uname prefer remote1 and then remote2")
    func row09() async throws {
        try await lab.scenario()
        let constraints = try lab.must("cibadmin -Q -o constraints")
        #expect(constraints.out.contains(##"<expression operation="eq" attribute="#uname" value="remote1" id="loc1-rule-expression"/>"##))
        if let recording = Recording("48-cib-constraints-cleared") {
            #expect(constraints.lines.filter { !$0.isEmpty } == recording.lines.filter { !$0.isEmpty })
        }
        // Without its first choice it takes the second, and stays there when the first returns: stickiness is INFINITY.
        try lab.must("crm_resource --resource remote1 --set-parameter target-role --meta -v Stopped")
        try await lab.until("dummy-remote runs on remote2") { $0.shows("dummy-remote", startedOn: "remote2") }
        try lab.must("crm_resource --resource remote1 --delete-parameter target-role --meta")
        try await lab.until("remote1 is back") { $0.remotesOnline }
        try await lab.idle()
        #expect(try lab.must("crm_mon -1").shows("dummy-remote", startedOn: "remote2"))
    }

    @Test("row 10: dummy-remote is never probed on the host")
    func row10() async throws {
        try await lab.scenario()
        func history(_ node: String) throws -> String {
            let output = try lab.run("cibadmin -Q --xpath \"//node_state[@uname='\(node)']//lrm_resource[@id='dummy-remote']\"")
            return output.status == 0 ? output.out : ""
        }
        #expect(try history("cent7-host").isEmpty)
        #expect(try !lab.log(of: .cluster).contains("dummy-remote_monitor_0 on cent7-host"))
        #expect(try lab.log(of: .cluster).contains("dummy-remote_monitor_0 on remote2"), "while the remotes are probed")
        #expect(try lab.must("crm_simulate -sL").says("dummy-remote allocation score on cent7-host: -INFINITY"))
    }

    @Test("row 11: loading prints the eight warnings and succeeds")
    func row11() async throws {
        try lab.reset()
        try await lab.daemons()
        let loaded = try lab.run("cd \(Lab.scripts) && crm configure load update bare.crm")
        #expect(loaded.status == 0)
        #expect(loaded.out.isEmpty, "\(loaded)")
        let expected = [
            "WARNING: loc1: referenced node remote1 does not exist",
            "WARNING: loc1: referenced node remote2 does not exist",
            "WARNING: remote1: default timeout 20s for start is smaller than the advised 60s",
            "WARNING: remote1: default timeout 20s for stop is smaller than the advised 60s",
            "WARNING: remote1: specified timeout 15 for monitor is smaller than the advised 30s",
            "WARNING: remote2: default timeout 20s for start is smaller than the advised 60s",
            "WARNING: remote2: default timeout 20s for stop is smaller than the advised 60s",
            "WARNING: remote2: specified timeout 15 for monitor is smaller than the advised 30s",
        ]
        #expect(loaded.err.split(separator: "\n").map(String.init) == expected)
        try await lab.scenario()
    }

    @Test("row 12: crm_mon -1 -Af says what the document's report says")
    func row12() async throws {
        try await lab.scenario()
        let report = try lab.must("crm_mon -1 -Af")
        let expected = [
            "Cluster Summary:", "  * Stack: ", "  * Current DC: cent7-host (version) - partition with quorum", "  * Last updated: ",
            "  * Last change:  ", "  * 3 nodes configured", "  * 3 resource instances configured", "Node List:",
            "  * Online: [ cent7-host ]", "  * RemoteOnline: [ remote1 remote2 ]", "Active Resources:",
            "  * remote1\t(ocf:pacemaker:remote):\t Started cent7-host", "  * remote2\t(ocf:pacemaker:remote):\t Started cent7-host",
            "  * dummy-remote\t(ocf:heartbeat:Dummy):\t Started remote1", "Migration Summary:",
        ]
        #expect(Recording.facts(of: report.lines) == expected)
        for (command, name) in [("crm_mon -1 -Af", "12-crm_mon-running"), ("crm_mon -1rn", "14-crm_mon-rn-running")] {
            guard let recording = Recording(name) else { continue }
            // By node, resources are listed as they finished starting.
            #expect(try Recording.facts(of: lab.must(command).lines).sorted() == Recording.facts(of: recording.lines).sorted(), "\(command)")
        }
        let xml = try lab.must("crm_mon -1 --output-as=xml").out
        #expect(xml.contains(#"<current_dc present="true""#) && xml.contains(#"name="remote1" id="remote1" online="true""#))
        #expect(try lab.must("crm_mon -1 --output-as=json").out.hasPrefix("{"))
    }

    @Test("the other tools answer as recorded", .enabled(if: Recording("18-crm_resource-l") != nil, "no recordings: set CLUSTERCTL_CASES"))
    func recordedAnswers() async throws {
        try await lab.scenario()
        let commands = [
            ("18-crm_resource-l", "crm_resource -l"), ("19-crm_resource-list", "crm_resource --list"),
            ("22-crm_resource-W", "crm_resource -r dummy-remote -W"), ("23-crm_resource-why", "crm_resource -r dummy-remote --why"),
            ("24-crm_resource-q", "crm_resource -r dummy-remote -q"), ("25-crm_resource-Y", "crm_resource -r dummy-remote -Y"),
            ("27-crm_node-l", "crm_node -l"), ("28-crm_node-p", "crm_node -p"), ("29-crm_node-n", "crm_node -n"),
            ("30-crm_node-i", "crm_node -i"), ("31-crm_node-q", "crm_node -q"), ("32-crmadmin-D", "crmadmin -D"),
            ("33-crmadmin-N", "crmadmin -N"), ("34-crmadmin-S", "crmadmin -S cent7-host"), ("35-crm_verify", "crm_verify -L -V"),
        ]
        func shown(_ lines: [String]) -> [String] {
            lines.map { $0.hasSuffix(" ") ? String($0.dropLast()) : $0 }.filter { !$0.isEmpty }
        }
        for (name, command) in commands {
            let recording = try #require(Recording(name))
            let answer = try lab.run(command)
            #expect(answer.status == recording.status && shown(answer.lines) == shown(recording.lines), "\(command): \(answer)")
        }
        // What the cluster writes about itself differs: its version, its infrastructure and its name.
        func configured(_ lines: [String]) -> [String] {
            let own = ["dc-version=", "cluster-infrastructure=", "cluster-name="]
            return shown(lines).filter { line in !own.contains { line.contains($0) } }
        }
        let recording = try #require(Recording("37-crm-configure-show"))
        #expect(try configured(lab.must("crm configure show").lines) == configured(recording.lines))
    }

    @Test("row 13: one process a host, under its role's name")
    func row13() async throws {
        try await lab.scenario()
        for (host, name) in [(Host.cluster, "pacemakerd"), (.remote1, "pacemaker_remoted"), (.remote2, "pacemaker_remoted")] {
            // An agent may be running just now; the daemons are what stays.
            let commands = try lab.must(on: host, "ps -e -o args=").lines.filter { $0.contains("pace") }
            #expect(commands.count == 1 && commands[0].hasSuffix("/" + name), "\(commands)")
            #expect(try !lab.must(on: host, "ps -e -o comm=").says("corosync"))
        }
    }

    @Test("row 14: crm_resource -M -r dummy-remote -N remote2 -f warns, bans and moves")
    func row14() async throws {
        try await lab.scenario()
        let moved = try lab.run("crm_resource -M -r dummy-remote -N remote2 -f")
        #expect(moved.status == 0)
        let warning = (moved.out + moved.err).split(separator: "\n").map(String.init)
        let expected = Recording("43-crm_resource-M")?.lines.filter { !$0.isEmpty } ?? [
            "WARNING: Creating rsc_location constraint 'cli-ban-dummy-remote-on-remote1' with a score of -INFINITY "
                + "for resource dummy-remote on remote1.",
            "\tThis will prevent dummy-remote from running on remote1 until the constraint is removed using the clear option "
                + "or by editing the CIB with an appropriate tool",
            "\tThis will be the case even if remote1 is the last node in the cluster",
        ]
        // Releases differ in the full stop at the end of a line.
        func unstopped(_ line: String) -> String { line.hasSuffix(".") ? String(line.dropLast()) : line }
        #expect(warning.map(unstopped) == expected.map(unstopped))
        try await lab.until("dummy-remote runs on remote2") { $0.shows("dummy-remote", startedOn: "remote2") }
        let constraints = try lab.must("cibadmin -Q -o constraints")
        #expect(constraints.says(
            #"<rsc_location id="cli-ban-dummy-remote-on-remote1" rsc="dummy-remote" role="Started" node="remote1" score="-INFINITY"/>"#))
        if let recording = Recording("46-cib-constraints-moved") {
            #expect(constraints.lines.filter { !$0.isEmpty } == recording.lines.filter { !$0.isEmpty })
        }
        if let recording = Recording("44-crm_mon-moved") {
            #expect(try Recording.facts(of: lab.must("crm_mon -1 -Af").lines) == Recording.facts(of: recording.lines))
        }
        #expect(try lab.dummyState(on: .remote1) == nil && lab.dummyState(on: .remote2) != nil)
        let cleared = try lab.must("crm_resource -r dummy-remote --clear")
        #expect(cleared.says("Removing constraint: cli-ban-dummy-remote-on-remote1"))
        #expect(try !lab.must("cibadmin -Q -o constraints").says("cli-"))
    }

    @Test("row 15: the tools give the same answers on a remote")
    func row15() async throws {
        try await lab.scenario()
        try await lab.idle()
        let commands = [
            "crm_mon -1 -Af", "crm_mon -1rn", "crm_mon -1 --output-as=xml", "cibadmin -Q -o resources", "crm_resource -l",
            "crm_mon -1 -A -f -r -n -R", "crm_resource -r dummy-remote -q",
            "crm_resource -W -r dummy-remote", "crm_resource -O", "crm_resource -r dummy-remote --why", "crmadmin -D", "crm_node -l",
            "crm_simulate -sL", "crm configure show", "crm_attribute -t crm_config -n no-quorum-policy -G",
        ]
        func steady(_ output: Output) -> [String] {
            // A remote has no launcher to ask how it is, and no host that made the report.
            let passing = ["ast updated", "<last_update", "* Stack:", "<stack", "<pacemakerd "]
            return output.lines.filter { line in !passing.contains { line.contains($0) } }
        }
        for command in commands {
            let here = try lab.run(command)
            let there = try lab.run(on: .remote1, command)
            #expect(there.status == here.status && steady(there) == steady(here), "\(command): \(here)\n\(there)")
        }
        #expect(try lab.must(on: .remote1, "crm_node -n").out == "remote1\n")
        try lab.must(on: .remote1, "crm_attribute -N remote1 -n colour -v red -l reboot")
        #expect(try lab.must("crm_mon -1 -A").says("colour"))
        #expect(try lab.must(on: .remote2, "crm_attribute -N remote1 -n colour -l reboot -G -q").out == "red\n")
        try lab.must(on: .remote2, "crm_attribute -N remote1 -n colour -l reboot -D")
        try lab.must(on: .remote1, "crm_resource -B -r dummy-remote -N remote1")
        try await lab.until("the ban moved it", on: .remote1) { $0.shows("dummy-remote", startedOn: "remote2") }
        try lab.must(on: .remote1, "crm_resource -U -r dummy-remote")
        try lab.must(on: .remote1, "crm_resource -M -r dummy-remote -N remote1 -f")
        try await lab.until("and the move moved it back", on: .remote1) { $0.shows("dummy-remote", startedOn: "remote1") }
        try lab.must(on: .remote1, "crm_resource -U -r dummy-remote && crm_resource -C -r dummy-remote")
    }

    @Test("row 16: a second daemon is refused in the same run directory and works with its own")
    func row16() async throws {
        try await lab.scenario()
        for (host, other) in [(Host.cluster, "pacemaker_remoted"), (.remote1, "pacemakerd")] {
            let refused = try lab.run(on: host, "timeout 20 \(other)")
            #expect(refused.status == 100)
            #expect(refused.err.contains("already uses the run directory /run/crm"), "\(refused)")
        }
        let own = "PCMK_run_directory=/run/second PCMK_state_directory=/run/second/state PCMK_remote_address=127.0.0.2 PCMK_remote_port=3122"
        try lab.must(on: .remote1, "mkdir -p /run/second; \(own) pacemaker_remoted </dev/null >/run/second/log 2>&1 & echo $! >/run/second.pid")
        try await lab.until("the second instance listens", on: .remote1, "ss -Hltn") { $0.says("127.0.0.2:3122") }
        try lab.must(on: .remote1, "kill $(cat /run/second.pid)")
        try await lab.until("the second instance has ended", on: .remote1, "ss -Hltn") { !$0.says("127.0.0.2:3122") }
        #expect(try lab.must("crm_mon -1").remotesOnline, "the first one was not disturbed")
    }

    @Test("row 17: restarts of either side and a short loss of the link recover nothing that runs")
    func row17() async throws {
        try await lab.scenario()
        try await lab.idle()
        let before = try #require(try lab.dummyState(on: .remote1))
        func undisturbed(_ what: Comment) async throws {
            try await lab.until("\(what): all run again", within: 60) {
                $0.remotesOnline && $0.shows("dummy-remote", startedOn: "remote1")
            }
            try await lab.idle()
            #expect(try lab.dummyState(on: .remote1) == before, what)
            #expect(try lab.dummyState(on: .remote2) == nil, what)
        }
        // A link that is down for less than the monitor's timeout is nothing to act on.
        try lab.cut(.remote1)
        try await Task.sleep(for: .seconds(4))
        try lab.heal(.remote1)
        try await undisturbed("a short loss of the link")
        try lab.signal(.cluster, "KILL")
        try lab.start(.cluster)
        try await undisturbed("a crash of the controller")
        try lab.signal(.remote1, "KILL")
        try lab.start(.remote1)
        try await undisturbed("a crash of the remote's daemon")
        try lab.signal(.remote2, "KILL")
        try lab.start(.remote2)
        try await undisturbed("a crash of the other remote's daemon")
        try lab.must("crm_resource --cleanup")
        // An orderly stop of the remote moves the resource away first; of the host, stops everything.
        try lab.stop(.remote1)
        try await lab.until("dummy-remote has moved") { $0.shows("dummy-remote", startedOn: "remote2") }
        #expect(try lab.dummyState(on: .remote1) == nil)
        try await lab.readmit(.remote1)
        try await lab.until("remote1 is back", within: 60) { $0.remotesOnline }
        try lab.stop(.cluster)
        #expect(try lab.dummyState(on: .remote2) == nil, "the host stops what it started")
        try lab.start(.cluster)
        try await lab.scenario()
    }
}
