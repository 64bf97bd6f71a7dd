// SPDX-License-Identifier: GPL-2.0-or-later
// The scheduler as a program: the same bytes in every process, and no input that it does not answer.
import Foundation
import Testing

private let environment = ProcessInfo.processInfo.environment
private let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
private let program = environment["CLUSTERCTL_BINARY"] ?? root.appendingPathComponent(".build/debug/clusterctl").path
private let inputs = environment["CLUSTERCTL_CASES"].map { $0 + "/cts-scheduler/xml" }

@Suite(.serialized)
struct SchedulerProgramTests {
    /// Every process hashes with a seed of its own, so what depends on the order of a hash table differs between two of them.
    @Test("Two processes give the same bytes for every recorded input", .enabled(if: inputs != nil, "CLUSTERCTL_CASES names no recorded inputs"))
    func determinism() throws {
        let folder = try #require(inputs)
        let names = try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".xml") }.sorted()
        var differing: [String] = []
        for name in names {
            let first = try answer("\(folder)/\(name)")
            let second = try answer("\(folder)/\(name)")
            if first != second { differing.append(name) }
        }
        #expect(differing == [])
        #expect(!names.isEmpty)
    }

    @Test("Mutated and truncated CIBs give a result or a clear error")
    func fuzzing() throws {
        let process = Process()
        process.executableURL = root.appendingPathComponent("Tests/fuzz-scheduler")
        let keep = FileManager.default.temporaryDirectory.appendingPathComponent("fuzz-failures").path
        process.arguments = ["--runs", "400", "--binary", program, "--keep", keep, "--limit", "60"]
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        #expect(process.terminationStatus == 0, "\(text)")
    }

    /// Everything one run writes: text, scores, dot file, graph.
    private func answer(_ path: String) throws -> Data {
        let scratch = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: scratch, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: scratch) }
        let (dot, graph) = (scratch.appendingPathComponent("dot"), scratch.appendingPathComponent("graph"))
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = ["crm_simulate", "-x", path, "-S", "-s", "-t", "2026-01-01 00:00:00Z", "-D", dot.path, "-G", graph.path]
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        var result = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        result.append((try? Data(contentsOf: dot)) ?? Data())
        result.append((try? Data(contentsOf: graph)) ?? Data())
        return result
    }
}
