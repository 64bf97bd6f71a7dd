// SPDX-License-Identifier: GPL-2.0-or-later
// Runs the built program as crm_simulate.
import Foundation

enum CrmSimulateProgram {
    private static let environment = ProcessInfo.processInfo.environment
    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    static let path = environment["CLUSTERCTL_BINARY"] ?? root.appendingPathComponent(".build/debug/clusterctl").path

    /// A new file with this text.
    static func written(_ cib: String) throws -> URL {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).xml")
        try Data(cib.utf8).write(to: path)
        return path
    }

    /// What crm_simulate prints.
    static func run(_ arguments: [String]) throws -> Data { try answer(arguments).output }

    /// What crm_simulate, or another role, prints to standard output, and its exit status.
    static func answer(
        _ arguments: [String], input: URL? = nil, more variables: [String: String] = [:], role: String = "crm_simulate"
    ) throws -> (output: Data, status: Int32) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: path)
        process.arguments = [role] + arguments
        process.environment = environment.merging(variables) { $1 }
        if let input { process.standardInput = try FileHandle(forReadingFrom: input) }
        let output = Pipe()
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        let result = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return (result, process.terminationStatus)
    }
}
