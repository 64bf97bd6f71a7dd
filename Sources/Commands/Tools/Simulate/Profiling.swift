// SPDX-License-Identifier: GPL-2.0-or-later
// `crm_simulate --profile`: how long decisions take for a folder of CIBs.
import CIBModel
import ClusterXML
import Glibc
import Scheduling

struct Profiling {
    private let options: CrmSimulate
    private let folder: String

    init(_ options: CrmSimulate, _ folder: String) {
        self.options = options
        self.folder = folder
    }

    func run(_ out: ToolOutput) throws {
        guard let directory = opendir(folder) else {
            throw CommandFailure(.noInput, "crm_simulate: \(folder): \(String(cString: strerror(errno)))")
        }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name.hasSuffix(".xml"), !name.hasPrefix(".") { names.append(name) }
        }
        closedir(directory)
        names.sort()
        var elements: [XMLElement] = []
        if out.isText { out.line("Timings:") }
        for name in names {
            let seconds = try measure("\(folder)/\(name)")
            let shown = Self.decimal(seconds)
            if out.isText { out.line("  * Testing \(name) ... \(shown) secs") }
            elements.append(XMLElement("timing", [("file", name), ("duration", shown)]))
        }
        if out.isStructured { out.result(XMLElement("timings", children: elements)) }
    }

    private func measure(_ path: String) throws -> Double {
        let cib = try CIBReading.read(path)
        let now = try SimulationSource.effectiveTime(options, cib, wall: Int64(time(nil)))
        let start = clock()
        for _ in 0..<max(1, options.repetitions ?? 1) { _ = Scheduler.run(cib: cib, now: now) }
        return Double(clock() - start) / Double(CLOCKS_PER_SEC)
    }

    /// Two decimals, without locale.
    private static func decimal(_ seconds: Double) -> String {
        let hundredths = Int((seconds * 100).rounded())
        return "\(hundredths / 100).\(hundredths % 100 < 10 ? "0" : "")\(hundredths % 100)"
    }
}
