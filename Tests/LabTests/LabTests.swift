// SPDX-License-Identifier: GPL-2.0-or-later
// Runs the scripts of Tests/Lab: the scenario of the seed with real daemons in namespaces, ours and genuine ones as peers.
import Foundation
import Testing

/// Needs root, minutes, and for genuine peers Debian's packages; so it runs only where it is asked for.
private let isWanted = ProcessInfo.processInfo.environment["CLUSTERCTL_LAB"] != nil

@Suite(.serialized, .enabled(if: isWanted, "set CLUSTERCTL_LAB=1 (as root) to run real daemons in namespaces"))
struct LabTests {
    @Test(arguments: [("genuine", "ours"), ("ours", "ours"), ("ours", "genuine")])
    func theScenarioOfTheSeed(host: String, remotes: String) throws {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        let process = Process()
        process.executableURL = folder.appendingPathComponent("Lab/remote-scenario")
        process.arguments = [host, remotes]
        var environment = ProcessInfo.processInfo.environment
        environment["LAB_DIR"] = NSTemporaryDirectory() + "clusterctl-lab-\(host)-\(remotes)"
        if let binary = environment["CLUSTERCTL_BINARY"] { environment["CLUSTERCTL"] = binary }
        process.environment = environment
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = pipe
        try process.run()
        let output = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        #expect(process.terminationStatus == 0, "\(output)")
    }
}
