// SPDX-License-Identifier: GPL-2.0-or-later
// Waiting until the cluster has settled, and moving resources without stopping them.
import Foundation
import Testing

extension FaultTests {
    @Suite(.serialized) struct Settling {
        @Test func waitingAfterAFailureLastsUntilTheResourceRunsAgain() throws {
            let cluster = try DaemonCluster.running(remotes: 1)
            try cluster.load(cluster.witness("w", on: "remote1"))
            try cluster.must("crm_resource", "--wait")
            #expect(try cluster.isStarted("w", on: "remote1"))
            for round in 1...15 {
                try cluster.must("crm_resource", "-F", "-r", "w", "-N", "remote1")
                try cluster.must("crm_resource", "--wait")
                #expect(try cluster.isStarted("w", on: "remote1"))
                #expect(cluster.calls().filter { $0 == "start w remote1" }.count == round + 1)
            }
        }

        @Test func waitingAfterAChangeLastsUntilItHasTakenEffect() throws {
            let cluster = try DaemonCluster.running(remotes: 2)
            for number in 1...8 {
                try cluster.load(cluster.witness("w\(number)", on: number % 2 == 0 ? "remote1" : "remote2"))
                try cluster.must("crm_resource", "--wait")
                #expect(cluster.calls().contains("start w\(number) remote\(number % 2 == 0 ? 1 : 2)"))
            }
        }

        @Test func aResourceThatAllowsItMigratesBetweenRemoteNodesWithoutBeingStopped() throws {
            let cluster = try DaemonCluster.running(remotes: 2)
            try cluster.load(cluster.witness("w", "", operations: "meta allow-migrate=true ") + "location prefer w 100: remote1\n")
            try cluster.must("crm_resource", "--wait")
            #expect(try cluster.isStarted("w", on: "remote1"))
            let changes = { cluster.calls().filter { !$0.hasPrefix("monitor") } }
            let before = changes().count
            try cluster.must("crm_resource", "-M", "-r", "w", "-N", "remote2")
            try cluster.must("crm_resource", "--wait")
            #expect(try cluster.isStarted("w", on: "remote2"))
            #expect(changes().dropFirst(before).map { $0 } == ["migrate_to w remote1", "migrate_from w remote2", "stop w remote1"])
            try cluster.must("crm_resource", "-U", "-r", "w")
            try cluster.must("crm_resource", "--wait")
            #expect(try cluster.isStarted("w", on: "remote1"))
        }

        @Test(arguments: ["migrate_to", "migrate_from"])
        func aMigrationThatFailsEndsWithTheResourceRunningOnce(action: String) throws {
            let cluster = try DaemonCluster.running(remotes: 2)
            try cluster.load(
                cluster.witness("w", "when=\(action) how=fail", operations: "meta allow-migrate=true ") + "location prefer w 100: remote1\n")
            try cluster.must("crm_resource", "--wait")
            try cluster.must("crm_resource", "-M", "-r", "w", "-N", "remote2")
            try cluster.must("crm_resource", "--wait")
            #expect(try cluster.isStarted("w", on: "remote2"))
            let states = cluster.remotes.filter {
                FileManager.default.fileExists(atPath: "\(cluster.folder)/\($0)/run/agents/w.state")
            }
            #expect(states == ["remote2"], "it runs there and nowhere else")
        }
    }
}
