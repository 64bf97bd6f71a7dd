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
