// SPDX-License-Identifier: GPL-2.0-or-later
// Remote nodes without the right key, or without any.
import Foundation
import Testing

extension FaultTests {
    @Suite(.serialized) struct Keys {
        @Test func aRemoteNodeWithAnotherKeyIsRefusedUntilItHasTheRightOne() throws {
            let cluster = try DaemonCluster(remotes: 2)
            let other = cluster.folder + "/other"
            try Data(repeating: 65, count: 4096).write(to: URL(fileURLWithPath: other))
            try cluster.start("remote1")
            try cluster.start("remote2", variables: ["PCMK_authkey_location": other])
            try cluster.start(DaemonCluster.host)
            try cluster.wait("the controller answers") { try cluster.tool("crm_mon", "-1").status == 0 }
            try cluster.load(
                "property stonith-enabled=false no-quorum-policy=ignore\n"
                    + cluster.remotes.map { "primitive \($0) ocf:pacemaker:remote params server=\(cluster.address(of: $0)) op start timeout=8\n" }
                    .joined())
            try cluster.wait("remote1 is online and remote2 has failed") {
                let status = try cluster.status()
                return status.contains("RemoteOnline: [ remote1 ]") && status.contains("remote2 start on host")
            }
            #expect(cluster.log(of: "remote2").contains("do both hosts have the same authentication key?"))
            #expect(cluster.log(of: DaemonCluster.host).contains("key"), "the controller's log says it too")
            #expect(cluster.isRunning("remote2") && cluster.isRunning(DaemonCluster.host))
            cluster.kill("remote2")
            try cluster.start("remote2")
            try cluster.must("crm_resource", "--cleanup", "-r", "remote2")
            try cluster.wait("both are online") { try cluster.status().contains("RemoteOnline: [ remote1 remote2 ]") }
        }

        enum Fault: String, CaseIterable {
            case missing, empty, directory, tooLarge
        }

        @Test(arguments: Fault.allCases)
        func withoutAUsableKeyARemoteNodeRefusesToStartAndSaysWhatToDo(_ fault: Fault) throws {
            let cluster = try DaemonCluster(remotes: 1)
            let path = cluster.folder + "/bad-key"
            switch fault {
            case .missing: break
            case .empty: try Data().write(to: URL(fileURLWithPath: path))
            case .directory: try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
            case .tooLarge: try Data(count: 1 << 20).write(to: URL(fileURLWithPath: path))
            }
            try cluster.start("remote1", variables: ["PCMK_authkey_location": path])
            #expect(try cluster.exitStatus(of: "remote1") == 78)
            let text = cluster.output(of: "remote1")
            #expect(text.contains(path))
            let advice = switch fault {
            case .missing: "dd if=/dev/urandom of=\(path) bs=4096 count=1"
            case .empty: "copy the file that the cluster's hosts use"
            case .directory: "not a regular file"
            case .tooLarge: "not a key"
            }
            #expect(text.contains(advice))
        }

        @Test func withoutAKeyTheControllerRunsAndSaysWhyItCannotConnect() throws {
            let cluster = try DaemonCluster(remotes: 1)
            try cluster.start("remote1")
            try cluster.start(DaemonCluster.host, variables: ["PCMK_authkey_location": cluster.folder + "/nothing"])
            try cluster.wait("the controller answers") { try cluster.tool("crm_mon", "-1").status == 0 }
            try cluster.load(
                "property stonith-enabled=false no-quorum-policy=ignore\n"
                    + "primitive remote1 ocf:pacemaker:remote params server=\(cluster.address(of: "remote1"))\n")
            try cluster.wait("the failure says what is missing") {
                try cluster.must("crm_mon", "-1").contains("no authentication key")
            }
        }
    }
}
