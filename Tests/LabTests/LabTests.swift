// SPDX-License-Identifier: GPL-2.0-or-later
// Runs the scripts of Tests/Lab: the scenario of the seed with real daemons in namespaces, ours and genuine ones as peers.
import Foundation
import Testing

/// Which daemons are to run: `ours` on every host, or `all` for genuine ones on either end too. It needs root and minutes, so it
/// runs only where it is asked for.
private let wanted = ProcessInfo.processInfo.environment["CLUSTERCTL_LAB"]
private let pairs = [("ours", "ours")] + (wanted == "all" ? [("genuine", "ours"), ("ours", "genuine")] : [])

@Suite(.serialized, .enabled(if: wanted != nil, "set CLUSTERCTL_LAB=ours or all (as root) to run real daemons in namespaces"))
struct LabTests {
    @Test(arguments: pairs)
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
