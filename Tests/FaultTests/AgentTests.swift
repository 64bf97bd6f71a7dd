// SPDX-License-Identifier: GPL-2.0-or-later
// Resource agents that are missing, hang, fail or print without end.
import Foundation
import Glibc
import Testing

extension FaultTests {
    @Suite(.serialized) struct Agents {
        @Test func aMissingAgentIsReportedAsNotInstalled() throws {
            let cluster = try DaemonCluster.running(remotes: 1)
            // The controller's host has the agent, the remote node has not.
            cluster.kill("remote1")
            try cluster.start("remote1", variables: ["OCF_ROOT": cluster.folder + "/nowhere"])
            try cluster.load(cluster.witness("w", on: "remote1"))
            try cluster.wait("the failure is shown") {
                try cluster.must("crm_mon", "-1", "-r").contains("w\t(ocf:fault:Witness):\t Stopped (Not installed)")
            }
            #expect(cluster.isRunning("remote1"))
            #expect(try cluster.tool("crm_resource", "-W", "-r", "w").text.contains("NOT running"))
        }

        @Test(arguments: ["start", "monitor"])
        func anAgentThatHangsIsKilledWithItsChildrenAndItsResourceRecovered(action: String) throws {
            let cluster = try DaemonCluster.running(remotes: 1)
            try cluster.load(
                cluster.witness(
                    "w", on: "remote1", "when=\(action) how=hang",
                    operations: "op start interval=0 timeout=2 op monitor interval=1 timeout=2"))
            try cluster.wait("the time-out is shown") {
                try cluster.must("crm_mon", "-1", "-r").contains(#/w (start|1s-interval monitor|probe) on remote1 .*Timed out: Resource agent did not complete within 2s/#)
            }
            let text = try String(contentsOfFile: "\(cluster.folder)/remote1/run/agents/w.state.pids", encoding: .utf8)
            let processes = text.split(whereSeparator: \.isWhitespace).compactMap { Int32($0) }
            #expect(processes.count == 2)
            try cluster.wait("no process is left") { processes.allSatisfy { kill($0, 0) != 0 } }
            #expect(cluster.isRunning("remote1"))
        }

        @Test func anAgentThatFloodsItsOutputNeitherFillsTheMemoryNorFails() throws {
            let cluster = try DaemonCluster.running(remotes: 1)
            try cluster.load(cluster.witness("w", on: "remote1", "when=start how=flood", operations: "op start interval=0 timeout=60"))
            var largest = 0.0
            try cluster.wait("w runs") {
                largest = max(largest, cluster.residentMemory(of: "remote1"))
                return try cluster.isStarted("w", on: "remote1")
            }
            #expect(largest < 40, "it printed 250 MB")
            #expect(try cluster.must("cibadmin", "-Q").utf8.count < 1 << 20, "and the CIB keeps little of it")
        }

        @Test func anAgentThatPrintsBinaryDoesNotBreakTheSession() throws {
            let cluster = try DaemonCluster.running(remotes: 1)
            try cluster.write(
                agent: "Binary",
                "#!/bin/sh\n[ \"$1\" = meta-data ] && exit 0\nhead -c 100000 /dev/urandom; printf 'ocf-exit-reason:\\001\\377<&\\\"\\n' >&2; exit 1\n")
            let output = try cluster.tool(
                ["crm", "configure", "load", "update", "-"],
                input: Array("primitive b ocf:fault:Binary\nlocation b-there b inf: remote1\nlocation b-not b -inf: host\n".utf8))
            #expect([0, 1].contains(output.status))
            if output.status == 0 {
                try cluster.wait("the failure is shown") { try cluster.must("crm_mon", "-1", "-r").contains(#/b (start|stop|probe) on remote1/#) }
            }
            #expect(try cluster.status().contains("RemoteOnline: [ remote1 ]"))
        }
    }
}
