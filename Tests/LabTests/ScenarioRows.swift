// SPDX-License-Identifier: GPL-2.0-or-later
// The rows of the seed scenario, one test each: what its document shows must hold here, with our daemons on every host.
import Foundation
import Testing

extension LabTests {
    @Suite(.serialized, .cluster(host: .ours, remotes: .ours))
    struct ScenarioRows {
        let lab: Lab

        init() throws { lab = try Lab.current }

        @Test("row 1: a remote host runs only pacemaker_remoted, and agents of any class")
        func row01() async throws {
            try await lab.scenario()
            let files = try lab.must(on: .remote1, "find /var/lib/pacemaker -type f")
            #expect(files.out.isEmpty, "no CIB and no input of a scheduler belong on a remote host: \(files)")
            let sockets = try lab.must(on: .remote1, "ss -Hltun")
            #expect(sockets.lines.filter { !$0.isEmpty }.allSatisfy { $0.contains(":3121") }, "one port: \(sockets)")
            #expect(try lab.dummyState(on: .remote1) != nil, "an OCF agent ran")
            try lab.layOut(on: .remote1)
            try lab.must("crm configure load update -", input: AgentClasses.configuration)
            for name in AgentClasses.names {
                try await lab.until("\(name) runs on remote1") { $0.shows(name, startedOn: "remote1") }
                let record = try lab.must(on: .remote1, "cat /run/agent-\(name)")
                #expect(record.says("start"), "the agent of \(name) was called there: \(record)")
            }
            try lab.must(AgentClasses.names.map { "crm_resource --resource \($0) --set-parameter target-role --meta -v Stopped" }
                .joined(separator: " && "))
            for name in AgentClasses.names {
                try await lab.until("\(name) is stopped", "crm_mon -1r") { $0.resourceLine(name)?.contains("Stopped") == true }
            }
            try lab.must("crm configure delete \(AgentClasses.names.joined(separator: " "))")
        }

        @Test("row 2: the host's own executor and the remote's treat an operation alike")
        func row02() async throws {
            try await lab.scenario()
            try lab.must("crm configure load update -", input: """
                primitive here Dummy op monitor interval=30s timeout=60s
                primitive there Dummy op monitor interval=30s timeout=60s
                location here-at here rule inf: #uname eq cent7-host
                location there-at there rule inf: #uname eq remote1

                """)
            try await lab.until("both run") { $0.shows("here", startedOn: "cent7-host") && $0.shows("there", startedOn: "remote1") }
            try await lab.idle()
            func shape(_ resource: String, _ node: String) throws -> [String] {
                let query = "//node_state[@uname='\(node)']//lrm_resource[@id='\(resource)']/lrm_rsc_op"
                return try lab.must("cibadmin -Q --xpath \"\(query)\"").lines.filter { $0.contains("<lrm_rsc_op ") }
                    .map { operation in
                        // The two differ only in their names, numbers and times.
                        let names = operation.matches(of: /[a-z_-]+(?==")/).map { String($0.output) }.joined(separator: " ")
                        let digest = operation.firstMatch(of: /op-digest="[^"]*"/).map { String($0.output) } ?? "no digest"
                        return names + " " + digest + (operation.contains(#"rc-code="0""#) ? " ok" : " failed")
                    }
            }
            let own = try shape("here", "cent7-host")
            #expect(own.count == 2, "start and monitor")
            #expect(try own == shape("there", "remote1"))
            let processes = try lab.must("ps -e -o comm=").lines.filter { $0.contains("pacemaker") || $0.contains("lrmd") }
            #expect(processes == ["pacemakerd"], "the host's executor is no process of its own")
            try lab.must("crm_resource --resource here --set-parameter target-role --meta -v Stopped")
            try lab.must("crm_resource --resource there --set-parameter target-role --meta -v Stopped")
            try await lab.until("both are stopped") { !$0.says("\there") && $0.resourceLine("here") == nil && $0.resourceLine("there") == nil }
            try lab.must("crm configure delete here there")
        }

        @Test("row 3: the host connects to port 3121 of the remotes, never the other way")
        func row03() async throws {
            try await lab.scenario()
            let host = try lab.must("ss -Htn state established").lines
            #expect(host.filter { $0.contains("10.77.0.11:3121") }.count == 1)
            #expect(host.filter { $0.contains("10.77.0.12:3121") }.count == 1)
            #expect(try !lab.must("ss -Hltn").says(":3121"), "the host does not listen there")
            for remote in [Host.remote1, .remote2] {
                #expect(try lab.must(on: remote, "ss -Hltn").says(":3121"))
                // Local address and port, then the peer's: the remote's own end is always port 3121.
                let connections = try lab.must(on: remote, "ss -Htn state established").lines
                    .filter { $0.contains("10.77.0.10") }
                #expect(connections.count == 1 && connections.first?.contains(":3121 ") == true, "\(connections)")
            }
        }

        @Test("row 4: the key of dd works on both ends; a missing or a wrong one is a clear error and starts nothing")
        func row04() async throws {
            try await lab.scenario()
            #expect(try lab.must("stat -c %s /etc/pacemaker/authkey").out == "4096\n", "the lab made it with dd bs=4096 count=1")
            try lab.stop(.remote2)
            try await lab.until("remote2 has left") { $0.says("RemoteOFFLINE: [ remote2 ]") }
            try lab.must(on: .remote2, "mv /etc/pacemaker/authkey /run/authkey.right")
            let refusal = try lab.run(on: .remote2, "timeout 10 pacemaker_remoted")
            #expect(refusal.status == 78)
            #expect(refusal.err.contains("/etc/pacemaker/authkey") && refusal.err.contains("dd if=/dev/urandom"), "\(refusal)")
            let host = try lab.run("mv /etc/pacemaker/authkey /run/k; crm_mon -1; s=$?; mv /run/k /etc/pacemaker/authkey; exit $s")
            #expect(host.remotesOnline == false && host.status == 0, "a running cluster does not need the file: \(host)")

            try lab.must(on: .remote2, "dd if=/dev/urandom of=/etc/pacemaker/authkey bs=4096 count=1")
            try await lab.readmit(.remote2)
            let failed = try await lab.until("the start of remote2 fails", "crm_mon -1 -f") { $0.says("remote2 start on cent7-host") }
            #expect(failed.says("keys"), "the host's failure names the key: \(failed)")
            #expect(failed.says("RemoteOFFLINE: [ remote2 ]"))
            #expect(try lab.log(of: .remote2).contains("do both hosts have the same authentication key?"))
            #expect(try lab.must(on: .remote2, "ls /run/resource-agents").out.isEmpty, "nothing was started")
            #expect(failed.shows("dummy-remote", startedOn: "remote1"), "and nothing else suffered")

            try lab.stop(.remote2)
            try lab.must(on: .remote2, "mv /run/authkey.right /etc/pacemaker/authkey")
            try lab.start(.remote2)
            try await lab.scenario()
        }

        @Test("row 5: units under the known names; the host may start before the remotes")
        func row05() async throws {
            try await lab.scenario()
            let units = try lab.must("$(readlink -f $(command -v pacemakerd)) install --root /run/installed >/dev/null && find /run/installed -name '*.service'").out
            for name in ["pacemaker.service", "pacemaker_remote.service"] { #expect(units.contains("/\(name)\n")) }
            let texts = try lab.must("cat $(find /run/installed -name 'pacemaker*.service')").out
            #expect(texts.contains("Alias=pacemaker-remote.service"))
            #expect(texts.contains("ExecStart=/usr/sbin/pacemakerd\n") && texts.contains("ExecStart=/usr/sbin/pacemaker-remoted\n"))
            try lab.must("test -x /run/installed/usr/sbin/clusterctl && cd /run/installed/usr/sbin && test -L pacemakerd && test -L pacemaker-remoted")
            try lab.must("rm -r /run/installed")

            for host in Host.allCases { try lab.stop(host) }
            try lab.start(.cluster)
            try await lab.until("the host tries to connect") { $0.says("remote1\t(ocf:pacemaker:remote):\t Starting") }
            let pending = try lab.must("crm_mon -1 -f")
            #expect(!pending.says("Failed Resource Actions"), "nobody listens yet, and that is no failure: \(pending)")
            try lab.start(.remote1)
            try lab.start(.remote2)
            try await lab.until("all run") { $0.remotesOnline && $0.shows("dummy-remote", startedOn: "remote1") }
            #expect(try !lab.must("crm_mon -1 -f").says("fail-count"))
        }

        @Test("row 6: the properties and defaults are honoured; fencing works where it is wanted")
        func row06() async throws {
            try await lab.scenario()
            for (name, value) in [("no-quorum-policy", "ignore"), ("stonith-enabled", "false"), ("startup-fencing", "false")] {
                #expect(try lab.must("crm_attribute -t crm_config -n \(name) -G -q").out == value + "\n")
            }
            let scores = try lab.must("crm_simulate -sL").out
            #expect(scores.contains("dummy-remote allocation score on remote1: INFINITY"), "stickiness holds it where it runs")
            #expect(scores.contains("dummy-remote allocation score on remote2: 200"))
            // Failures do not drive it away: the threshold is INFINITY.
            try lab.must("crm_resource --fail -r dummy-remote -N remote1")
            try await lab.until("it recovers in place", "crm_mon -1 -f") {
                $0.says("dummy-remote: migration-threshold=1000000 fail-count=1") && $0.shows("dummy-remote", startedOn: "remote1")
            }
            try lab.must("crm_resource --cleanup -r dummy-remote")
            try await fencing()
        }

        private func fencing() async throws {
            try lab.must("crm configure load update -", input: """
                primitive power stonith:fence_dummy params status-file=/run/power pcmk_host_list="remote1 remote2" pcmk_monitor_action=metadata
                location power-at power rule inf: #uname eq cent7-host
                property stonith-enabled=true

                """)
            try await lab.until("the device runs") { $0.shows("power", startedOn: "cent7-host") }
            try await lab.idle()
            try lab.signal(.remote1, "KILL")
            try await lab.until("remote1 is fenced and dummy-remote recovered", within: 60) {
                $0.shows("dummy-remote", startedOn: "remote2")
            }
            let history = try lab.must("stonith_admin --history remote1")
            #expect(history.says("remote1") && history.says("success"), "\(history)")
            // What the power switch would have done to the host's processes.
            try lab.must(on: .remote1, "rm -f /run/resource-agents/*")
            try lab.must("crm_attribute -t crm_config -n stonith-enabled -v false")
            try lab.must("crm_resource --resource power --set-parameter target-role --meta -v Stopped")
            try await lab.until("the device is stopped") { $0.resourceLine("power") == nil }
            try lab.must("crm configure delete power")
            try lab.start(.remote1)
            try lab.must("crm_resource --cleanup")
            try await lab.scenario()
        }

        @Test("row 7: a connection resource makes a remote node: start, monitor, stop")
        func row07() async throws {
            try await lab.scenario()
            let state = try lab.must("cibadmin -Q --xpath \"//node_state[@id='remote2']\"")
            #expect(state.says(#"remote_node="true""#) && state.says(#"uname="remote2""#))
            #expect(try lab.must("crmadmin -N").says("remote node: remote2"))
            let operations = try lab.must("crm_mon -1 -o").out
            #expect(operations.contains("* remote2: migration-threshold=1000000:"))
            #expect(operations.contains(#"monitor: interval="3000ms""#))
            let options = try lab.must("cibadmin -Q --xpath \"//primitive[@id='remote2']//op\"").out
            #expect(options.contains(#"name="monitor" interval="3" timeout="15""#))

            try lab.must("crm_resource --resource remote2 --set-parameter target-role --meta -v Stopped")
            try await lab.until("remote2 is stopped") { $0.says("RemoteOFFLINE: [ remote2 ]") }
            #expect(try !lab.must("ss -Htn state established").says("10.77.0.12:3121"), "stop means disconnect")
            #expect(try lab.isRunning(.remote2), "the daemon waits for the next connection")
            try lab.must("crm_resource --resource remote2 --delete-parameter target-role --meta")
            try await lab.until("remote2 is back") { $0.remotesOnline }
            #expect(try lab.must("ss -Htn state established").says("10.77.0.12:3121"))
        }
    }
}
