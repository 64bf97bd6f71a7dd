// SPDX-License-Identifier: GPL-2.0-or-later
// Daemons that die without a word.
import Foundation
import Glibc
import Testing

extension FaultTests {
    @Suite(.serialized) struct Crashes {
        @Test func aResourceOfAKilledRemoteNodeIsRecoveredOnTheOther() throws {
            let cluster = try DaemonCluster.running(remotes: 2)
            try cluster.load(cluster.witness("w") + "location prefer w 100: remote1\n")
            try cluster.wait("w runs on remote1") { try cluster.isStarted("w", on: "remote1") }
            cluster.kill("remote1")
            try cluster.wait("w runs on remote2") { try cluster.isStarted("w", on: "remote2") }
            #expect(cluster.calls().filter { $0 == "start w remote2" }.count == 1)
        }

        @Test func aRemoteNodeThatIsRestartedAtOnceIsTakenBackWithItsResource() throws {
            let cluster = try DaemonCluster.running(remotes: 1)
            try cluster.load(cluster.witness("w", on: "remote1"))
            try cluster.wait("w runs") { try cluster.isStarted("w", on: "remote1") }
            cluster.kill("remote1")
            try cluster.start("remote1")
            let calls = cluster.calls().count
            // The recurring monitor is set up again only when the node has been taken back.
            try cluster.wait("w is watched again") {
                try cluster.calls().dropFirst(calls).contains("monitor w remote1") && cluster.isStarted("w", on: "remote1")
                    && cluster.status().contains("RemoteOnline: [ remote1 ]")
            }
        }

        @Test func withAReconnectIntervalTheConnectionIsTriedAgainUntilTheNodeReturns() throws {
            let cluster = try DaemonCluster.running(remotes: 1)
            try cluster.load(cluster.witness("w", on: "remote1"))
            try cluster.must("crm_resource", "-r", "remote1", "-p", "reconnect_interval", "-v", "2s")
            try cluster.wait("w runs") { try cluster.isStarted("w", on: "remote1") }
            cluster.kill("remote1")
            try cluster.wait("the loss is noticed") { try !cluster.status().contains("RemoteOnline: [ remote1 ]") }
            try cluster.start("remote1")
            try cluster.wait("w runs again") {
                try cluster.status().contains("RemoteOnline: [ remote1 ]") && cluster.isStarted("w", on: "remote1")
            }
        }

        @Test func resourcesOutliveTheControllerAndAreFoundRunning() throws {
            let cluster = try DaemonCluster.running(remotes: 2)
            let names = ["w1", "w2", "w3"]
            try cluster.load(names.map { cluster.witness($0) }.joined() + cluster.witness("local", on: DaemonCluster.host))
            try cluster.wait("everything runs") {
                let status = try cluster.status()
                return names.allSatisfy { status.contains("\($0)\t(ocf:fault:Witness):\t Started remote") }
                    && status.contains("local\t(ocf:fault:Witness):\t Started host")
            }
            let before = try cluster.must("crm_mon", "-1", "--output-as=xml")
            cluster.kill(DaemonCluster.host)
            let changes = { cluster.calls().filter { !$0.hasPrefix("monitor") } }
            let calls = changes()
            try cluster.start(DaemonCluster.host)
            try cluster.wait("everything is found running") {
                let status = try cluster.status()
                return names.allSatisfy { status.contains("\($0)\t(ocf:fault:Witness):\t Started remote") }
                    && status.contains("local\t(ocf:fault:Witness):\t Started host")
            }
            try cluster.must("crm_resource", "--wait")
            #expect(changes() == calls, "no resource was started or stopped")
            let places = { (text: String) in
                text.matches(of: #/<resource id="(w[0-9])".*\n.*<node name="(\w+)"/#).map { "\($0.output.1) on \($0.output.2)" }.sorted()
            }
            #expect(try places(cluster.must("crm_mon", "-1", "--output-as=xml")) == places(before), "they are where they were")
            #expect(places(before).count == names.count)
        }

        @Test func anAgentThatOutlivesTheControllerIsWaitedFor() throws {
            let cluster = try DaemonCluster.running(remotes: 1)
            try cluster.load("primitive w ocf:fault:Witness params when=start how=slow op start interval=0 timeout=20\n"
                + "location here w 100: \(DaemonCluster.host)\n")
            try cluster.wait("the agent is at work") { cluster.calls().contains("start w \(DaemonCluster.host)") }
            cluster.kill(DaemonCluster.host)
            try cluster.start(DaemonCluster.host)
            try cluster.wait("w is found running") { try cluster.isStarted("w", on: DaemonCluster.host) }
            #expect(cluster.calls().filter { $0.hasPrefix("start") || $0.hasPrefix("stop") } == ["start w \(DaemonCluster.host)"])
            #expect(cluster.log(of: DaemonCluster.host).contains("begun by the former daemon, is still at work"))
        }

        @Test func anAgentThatOutlivesRemotedIsWaitedFor() throws {
            let cluster = try DaemonCluster.running(remotes: 1)
            try cluster.load(cluster.witness("w", on: "remote1", "when=start how=slow"))
            try cluster.wait("the agent is at work") { cluster.calls().contains("start w remote1") }
            cluster.kill("remote1")
            try cluster.start("remote1")
            try cluster.wait("w is found running") { try cluster.isStarted("w", on: "remote1") }
            try cluster.must("crm_resource", "--wait")
            #expect(cluster.calls().filter { $0.hasPrefix("start") || $0.hasPrefix("stop") } == ["start w remote1"])
            #expect(cluster.log(of: "remote1").contains("begun by the former daemon, is still at work"))
        }

        @Test func anAgentThatOutlivesItsDaemonIsStillEndedByItsTimeout() throws {
            let cluster = try DaemonCluster.running(remotes: 0)
            try cluster.load(cluster.witness("w", on: DaemonCluster.host, "when=start how=hang", operations: "op start interval=0 timeout=3 "))
            let pids = "\(cluster.folder)/\(DaemonCluster.host)/run/agents/w.state.pids"
            var processes: [Int32] = []
            try cluster.wait("the agent and its child hang") {
                let text = (try? String(contentsOfFile: pids, encoding: .utf8)) ?? ""
                processes = text.split(whereSeparator: \.isWhitespace).compactMap { Int32($0) }
                return processes.count == 2
            }
            cluster.kill(DaemonCluster.host)
            try cluster.start(DaemonCluster.host)
            try cluster.wait("the agent and its child are gone") { processes.allSatisfy { Glibc.kill($0, 0) != 0 } }
        }

        @Test func aMigrationThatOutlivesTheControllerIsWaitedForOnEveryNode() throws {
            let cluster = try DaemonCluster.running(remotes: 2)
            let statement = cluster.witness("w", on: nil, "when=migrate_to how=slow", operations: "meta allow-migrate=true")
            try cluster.load(statement + "location prefer w 100: remote1\n")
            try cluster.wait("w runs on remote1") { try cluster.isStarted("w", on: "remote1") }
            try cluster.load("location away w -inf: remote1\n")
            try cluster.wait("the migration is under way") { cluster.calls().contains("migrate_to w remote1") }
            let calls = cluster.calls().count
            cluster.kill(DaemonCluster.host)
            try cluster.start(DaemonCluster.host)
            try cluster.wait("w runs on remote2") { try cluster.isStarted("w", on: "remote2") }
            let later = Array(cluster.calls().dropFirst(calls))
            let end = try #require(later.firstIndex(of: "done migrate_to w remote1"))
            let probe = try #require(later.firstIndex { $0.hasSuffix(" w remote2") })
            #expect(end < probe, "\(later)")
            #expect(cluster.log(of: DaemonCluster.host).contains("Whether w has moved from remote1 to remote2 is not known"))
        }

        @Test func aDamagedJournalOfAgentsKeepsNoDaemonDown() throws {
            let cluster = try DaemonCluster.running(remotes: 0)
            try cluster.load(cluster.witness("w", on: DaemonCluster.host))
            try cluster.wait("w runs") { try cluster.isStarted("w", on: DaemonCluster.host) }
            cluster.kill(DaemonCluster.host)
            let journal = "\(cluster.folder)/\(DaemonCluster.host)/run/clusterctl.agents"
            let boot = try String(contentsOfFile: "/proc/sys/kernel/random/boot_id", encoding: .utf8)
            let lines = [
                "boot\t" + boot + "+\tx\t-\tgroup\tw\tstart\t/bin/sh", "=\tx\t1\t1", "+\ty\t99999999999999999999\tgroup", "=\t\t\t",
                "+\tz\t-\tgroup\tw\tstop\t/nowhere", "=\tz\t\(getpid())\t1", "-", "\u{0}\u{1}%%%\t",
            ]
            try lines.joined(separator: "\n").write(toFile: journal, atomically: true, encoding: .utf8)
            let calls = cluster.calls().count
            try cluster.start(DaemonCluster.host)
            try cluster.wait("w is found running") {
                try cluster.calls().count > calls && cluster.isStarted("w", on: DaemonCluster.host)
            }
        }

        @Test func acknowledgedChangesAreThereAfterTheControllerIsKilled() throws {
            let cluster = try DaemonCluster.running(remotes: 0)
            for number in 1...5 {
                try cluster.must("crm_attribute", "-n", "test-\(number)", "-v", "v\(number)")
                cluster.kill(DaemonCluster.host)
                try cluster.start(DaemonCluster.host)
                try cluster.wait("the controller answers") { try cluster.tool("crm_mon", "-1").status == 0 }
                for earlier in 1...number {
                    #expect(try cluster.must("crm_attribute", "-n", "test-\(earlier)", "-G", "-q") == "v\(earlier)\n")
                }
            }
        }
    }
}
