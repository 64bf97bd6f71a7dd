// SPDX-License-Identifier: GPL-2.0-or-later
// A full disk, and files that are not what was written.
import Foundation
import Glibc
import Testing

extension FaultTests {
    @Suite(.serialized) struct Disks {
        private static let isRoot = geteuid() == 0

        /// A controller whose directory of the given name is a file system of one megabyte of its own.
        private func clusterWithSmallDisk(at place: String) throws -> (DaemonCluster, filler: String) {
            let cluster = try DaemonCluster()
            let path = "\(cluster.folder)/\(DaemonCluster.host)/\(place)"
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
            // The mount is the daemon's own, so it ends with it.
            try cluster.start(
                DaemonCluster.host, variables: place == "log.d" ? ["PCMK_logfile": path + "/log"] : [:],
                wrapper: #"unshare -m sh -c 'mount -t tmpfs -o size=1m tmpfs "$1" && shift && exec "$@"' sh "#  + path)
            try cluster.wait("the controller answers") { try cluster.tool("crm_mon", "-1").status == 0 }
            return (cluster, "/proc/\(cluster.processID(of: DaemonCluster.host))/root\(path)/filler")
        }

        private func fill(_ path: String) {
            let descriptor = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
            let block = [UInt8](repeating: 120, count: 4096)
            while write(descriptor, block, block.count) > 0 {}
            close(descriptor)
        }

        @Test(.enabled(if: isRoot, "needs root"))
        func aChangeThatCannotBeSavedIsRefusedAndTheConfigurationStaysAsItIs() throws {
            let (cluster, filler) = try clusterWithSmallDisk(at: "state")
            try cluster.must("crm_attribute", "-n", "stonith-enabled", "-v", "false")
            let configuration = { try cluster.must("cibadmin", "-Q", "-o", "configuration") }
            let before = try configuration()
            fill(filler)
            let changes = [
                ["crm_attribute", "-n", "while-full", "-v", "1"],
                ["cibadmin", "-C", "-o", "crm_config", "-X", "<cluster_property_set id=\"x\"><nvpair id=\"x-y\" name=\"y\" value=\"1\"/></cluster_property_set>"],
                ["crm", "configure", "property", "no-quorum-policy=stop"],
                ["crm", "configure", "primitive", "p", "ocf:fault:Witness"],
            ]
            for change in changes {
                let output = try cluster.tool(change)
                #expect(output.status == (change[0] == "crm" ? 1 : 74), "\(change): \(output)")
                #expect(output.text.contains("disk"), "\(change) says what is wrong: \(output)")
            }
            #expect(try configuration() == before)
            #expect(cluster.isRunning(DaemonCluster.host))
            #expect(cluster.log(of: DaemonCluster.host).contains("No space left on device"))
            unlink(filler)
            try cluster.must("crm_attribute", "-n", "after", "-v", "1")
            #expect(try cluster.must("crm_attribute", "-n", "after", "-G", "-q") == "1\n")
        }

        @Test(.enabled(if: isRoot, "needs root"))
        func aFullDiskUnderTheLogStopsNothing() throws {
            let (cluster, filler) = try clusterWithSmallDisk(at: "log.d")
            fill(filler)
            try cluster.load("property stonith-enabled=false\nprimitive w ocf:fault:Witness op monitor interval=1 timeout=20\n")
            try cluster.wait("w runs") { try cluster.isStarted("w", on: DaemonCluster.host) }
            #expect(cluster.isRunning(DaemonCluster.host))
        }

        enum Damage: String, CaseIterable {
            case truncated, empty, binary, otherContent
        }

        @Test(arguments: Damage.allCases)
        func aDamagedConfigurationIsReplacedByTheNewestGoodBackup(_ damage: Damage) throws {
            let cluster = try DaemonCluster.running(remotes: 0)
            for number in 1...3 { try cluster.must("crm_attribute", "-n", "kept", "-v", "\(number)") }
            cluster.kill(DaemonCluster.host)
            try apply(damage, to: cluster.state(of: DaemonCluster.host) + "/cib/cib.xml")
            try cluster.start(DaemonCluster.host)
            try cluster.wait("the controller answers") { try cluster.tool("crm_mon", "-1").status == 0 }
            #expect(try cluster.must("crm_attribute", "-n", "kept", "-G", "-q") == "2\n", "the change before the last one")
            #expect(cluster.log(of: DaemonCluster.host).contains("The configuration on disk is damaged; using the backup"))
        }

        @Test func withoutAnyGoodConfigurationTheControllerRefusesToStart() throws {
            let cluster = try DaemonCluster()
            let folder = cluster.state(of: DaemonCluster.host) + "/cib"
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            try "not a cib".write(toFile: folder + "/cib.xml", atomically: false, encoding: .utf8)
            try cluster.start(DaemonCluster.host)
            #expect(try cluster.exitStatus(of: DaemonCluster.host) == 100, "a supervisor must not try again")
            let text = cluster.output(of: DaemonCluster.host)
            #expect(text.contains("\(folder)/cib.xml is damaged and no backup is good; move it away to start with an empty one"))
            #expect(try String(contentsOfFile: folder + "/cib.xml", encoding: .utf8) == "not a cib", "nothing was overwritten")
        }

        /// As in Pacemaker: whoever edits the file by hand removes its digest.
        @Test func aConfigurationWithoutDigestIsTakenAsItIs() throws {
            let cluster = try DaemonCluster.running(remotes: 0)
            try cluster.must("crm_attribute", "-n", "kept", "-v", "1")
            cluster.kill(DaemonCluster.host)
            try apply(.otherContent, to: cluster.state(of: DaemonCluster.host) + "/cib/cib.xml", from: "1", to: "9")
            unlink(cluster.state(of: DaemonCluster.host) + "/cib/cib.xml.sig")
            try cluster.start(DaemonCluster.host)
            try cluster.wait("the controller answers") { try cluster.tool("crm_mon", "-1").status == 0 }
            #expect(try cluster.must("crm_attribute", "-n", "kept", "-G", "-q") == "9\n")
        }

        private func apply(_ damage: Damage, to path: String, from old: String = "3", to new: String = "9") throws {
            var bytes = try [UInt8](Data(contentsOf: URL(fileURLWithPath: path)))
            switch damage {
            case .truncated: bytes.removeLast(bytes.count / 2)
            case .empty: bytes = []
            case .binary: bytes = (0..<10_000).map { UInt8(truncatingIfNeeded: $0 &* 37) }
            case .otherContent:
                bytes = Array(String(decoding: bytes, as: UTF8.self).replacing("name=\"kept\" value=\"\(old)\"", with: "name=\"kept\" value=\"\(new)\"").utf8)
            }
            try Data(bytes).write(to: URL(fileURLWithPath: path))
        }
    }
}
