// SPDX-License-Identifier: GPL-2.0-or-later
// Compares the program with recorded answers of genuine Pacemaker and crmsh: the yardstick of compatibility.
import Foundation
import Testing

/// Where the recorded cases are; nil where the machine has none.
private let cases = ProcessInfo.processInfo.environment["CLUSTERCTL_CASES"]

/// A folder of cases and how many of them must match. The numbers only ever go up: a change that lowers one is a regression.
private struct Yardstick: Sendable, CustomTestStringConvertible {
    let folder: String
    let arguments: @Sendable (Program) throws -> [String]
    /// Words of the closing lines with the least count that is accepted, such as `graph 554/554`.
    let least: [(word: String, count: Int)]

    var testDescription: String { folder }
}

private let yardsticks: [Yardstick] = [
    Yardstick(
        folder: "cts-scheduler", arguments: { ["--bin", "\($0.path) crm_simulate", "--failed", "/dev/null"] },
        least: [("graph", 554), ("dot", 554), ("scores", 554), ("summary", 554)]),
    Yardstick(
        folder: "crm-corpus", arguments: { ["--bin", "\($0.path) crm"] },
        least: [("xml", 397), ("show", 397), ("errors", 98), ("stdout", 146)]),
    Yardstick(folder: "cli-cases", arguments: { ["--bin", $0.links] }, least: [("cli", 490)]),
    Yardstick(folder: "schema-cases", arguments: { ["--cases", try withDataFolder("schema-cases"), "--label", "schemas", "--bin", $0.links] }, least: [("schemas", 32)]),
]

@Suite(.serialized, .enabled(if: cases != nil, "CLUSTERCTL_CASES names no folder of recorded cases: nothing to compare with"))
struct RecordedCasesTests {
    @Test(arguments: yardsticks)
    fileprivate func answersAreThoseOfTheGenuinePrograms(yardstick: Yardstick) throws {
        let program = try Program()
        defer { program.removeLinks() }
        let output = try run("\(try #require(cases))/\(yardstick.folder)/compare", try yardstick.arguments(program))
        for (word, least) in yardstick.least {
            let counts = try #require(
                output.matches(of: /(\w+) (\d+)\/(\d+)/).last { $0.1 == word }, "no line says '\(word)':\n\(output.suffix(2000))")
            let matching = Int(counts.2) ?? 0
            #expect(matching >= least, "\(yardstick.folder): \(word) \(counts.2)/\(counts.3)\n\(output.suffix(6000))")
            print("\(yardstick.folder): \(word) \(counts.2)/\(counts.3)")
        }
    }
}

/// The runner wants a folder `data` beside the cases, which this recording was made without; a folder of links has one.
private func withDataFolder(_ folder: String) throws -> String {
    let manager = FileManager.default
    let source = "\(cases ?? "")/\(folder)"
    let copy = manager.temporaryDirectory.appendingPathComponent("clusterctl-\(folder)").path
    try? manager.removeItem(atPath: copy)
    try manager.createDirectory(atPath: copy, withIntermediateDirectories: true)
    for name in try manager.contentsOfDirectory(atPath: source) {
        try manager.createSymbolicLink(atPath: "\(copy)/\(name)", withDestinationPath: "\(source)/\(name)")
    }
    try manager.createDirectory(atPath: "\(copy)/data", withIntermediateDirectories: true)
    return copy
}

/// The built program and a folder of links to it, one a role.
private struct Program {
    let path: String
    let links: String

    init() throws {
        let root = URL(fileURLWithPath: #filePath)
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        path = ProcessInfo.processInfo.environment["CLUSTERCTL_BINARY"]
            ?? root.appendingPathComponent(".build/debug/clusterctl").path
        links = FileManager.default.temporaryDirectory.appendingPathComponent("clusterctl-\(UUID().uuidString)").path
        _ = try run(path, ["install-links", "--directory", links])
    }

    func removeLinks() { try? FileManager.default.removeItem(atPath: links) }
}

/// Runs a command to its end and returns what it wrote to standard output.
private func run(_ command: String, _ arguments: [String]) throws -> String {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: command)
    process.arguments = arguments
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    let data = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return String(decoding: data, as: UTF8.self)
}
