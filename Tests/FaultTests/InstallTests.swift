// SPDX-License-Identifier: GPL-2.0-or-later
// Installing, below a folder of its own: what is made, and what is left alone.
import Foundation
import Glibc
import Testing

extension FaultTests {
    @Suite(.enabled(if: geteuid() == 0, "needs root")) final class Install {
        private let root = NSTemporaryDirectory() + "clusterctl-install-\(UUID().uuidString.prefix(8))"

        deinit { try? FileManager.default.removeItem(atPath: root) }

        private func install(_ words: String...) throws -> Output {
            try run(DaemonCluster.program, ["install", "--root", root] + words)
        }

        private var files: [String] {
            (FileManager.default.enumerator(atPath: root)?.allObjects as? [String] ?? []).sorted()
        }

        @Test func programLinksUnitsAndDirectoriesAreMade() throws {
            let output = try install()
            #expect(output.status == 0, "\(output)")
            for path in [
                "usr/sbin/clusterctl", "usr/sbin/crm_mon", "usr/sbin/pacemakerd", "usr/sbin/pacemaker-remoted", "lib/systemd/system/pacemaker.service",
                "lib/systemd/system/pacemaker_remote.service", "lib/systemd/system/pacemaker-remote.service", "etc/pacemaker",
                "usr/share/man/man8/crm_mon.8", "usr/share/man/man8/pacemaker-remoted.8", "var/lib/pacemaker/cib", "var/lib/pacemaker/pengine", "var/log/pacemaker",
            ] { #expect(files.contains(path), "\(path)") }
            let unit = try String(contentsOfFile: root + "/lib/systemd/system/pacemaker_remote.service", encoding: .utf8)
            for line in ["ExecStart=/usr/sbin/pacemaker-remoted", "KillMode=process", "SendSIGKILL=no", "TimeoutStopSec=30min", "Alias=pacemaker-remote.service"] {
                #expect(unit.contains(line), "\(line)")
            }
            for word in ["controller", "remoted", "status", "configure"] { #expect(!files.contains("usr/sbin/\(word)"), "\(word)") }
            #expect(try install().status == 0, "a second time it renews what it made")
        }

        @Test func anotherPrefixTakesEverythingOfThePackageWithIt() throws {
            #expect(try install("--prefix", "/usr/local").status == 0)
            #expect(files.contains("usr/local/lib/systemd/system/pacemaker.service") && !files.contains { $0.hasPrefix("lib/") || $0.hasPrefix("usr/sbin") })
            let unit = try String(contentsOfFile: root + "/usr/local/lib/systemd/system/pacemaker.service", encoding: .utf8)
            #expect(unit.contains("ExecStart=/usr/local/sbin/pacemakerd"))
        }

        @Test func aDryRunSaysWhatItWouldDoAndDoesNothing() throws {
            let output = try install("--dry-run")
            #expect(output.status == 0 && output.out.contains("would make file   \(root)/lib/systemd/system/pacemaker.service"), "\(output)")
            #expect(files.isEmpty)
        }

        @Test(arguments: ["lib/systemd/system/pacemaker.service", "usr/sbin/crm_mon"])
        func filesOfAnInstalledPacemakerStayAndNothingElseIsDone(path: String) throws {
            let file = root + "/" + path
            try FileManager.default.createDirectory(
                atPath: URL(fileURLWithPath: file).deletingLastPathComponent().path, withIntermediateDirectories: true)
            try "genuine".write(toFile: file, atomically: false, encoding: .utf8)
            let before = files
            for words in [[], ["--dry-run"]] {
                let output = try run(DaemonCluster.program, ["install", "--root", root] + words)
                #expect(output.status == 108 && output.err.contains(file) && output.err.contains("--force"), "\(output)")
                #expect(files == before)
            }
            #expect(try install("--force").status == 0)
            #expect(FileManager.default.contents(atPath: file) != Data("genuine".utf8))
        }
    }
}
