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

    /// A file that cannot be decided about is told of; the others are measured all the same.
    func run(_ out: ToolOutput) throws {
        var elements: [XMLElement] = []
        for name in try names() {
            let path = "\(folder)/\(name)"
            do {
                let seconds = try measure(path)
                if out.isText {
                    if elements.isEmpty { out.line("Timings:") }
                    out.line("  * Testing \(path) ... \(Self.decimal(seconds, places: 2)) secs")
                }
                elements.append(XMLElement("timing", [("file", path), ("duration", Self.decimal(seconds, places: 6))]))
            } catch let failure as CommandFailure {
                out.error("crm_simulate: \(failure.message.contains(path) ? "" : path + ": ")\(failure.message)")
                out.status = failure.exitCode
            }
        }
        if out.isStructured, !elements.isEmpty { out.result(XMLElement("timings", children: elements)) }
    }

    /// The names of the CIBs in the folder, in order.
    private func names() throws -> [String] {
        guard let directory = opendir(folder) else {
            throw CommandFailure(.noSuchObject, "crm_simulate: \(folder): \(String(cString: strerror(errno)))")
        }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name.hasSuffix(".xml"), !name.hasPrefix(".") { names.append(name) }
        }
        return names.sorted()
    }

    private func measure(_ path: String) throws -> Double {
        let cib = try CIBReading.read(path)
        let now = try SimulationSource.effectiveTime(options, cib, wall: Int64(time(nil)))
        let start = clock()
        for _ in 0..<max(1, options.repetitions ?? 1) { _ = Scheduler.run(cib: cib, now: now) }
        return Double(clock() - start) / Double(CLOCKS_PER_SEC)
    }

    /// Seconds with so many decimals, without locale.
    private static func decimal(_ seconds: Double, places: Int) -> String {
        let unit = (0..<places).reduce(1) { product, _ in product * 10 }
        let parts = Int((seconds * Double(unit)).rounded())
        let fraction = String(parts % unit)
        return "\(parts / unit).\(String(repeating: "0", count: places - fraction.utf8.count))\(fraction)"
    }
}
