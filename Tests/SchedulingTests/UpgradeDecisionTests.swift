// SPDX-License-Identifier: GPL-2.0-or-later
// Rewriting an old configuration for a newer schema changes no decision: the transitions before and after are the same.
import CIBModel
import ClusterStatus
import ClusterXML
import Glibc
import Scheduling
import Testing

private let folder = getenv("CLUSTERCTL_CASES").map { String(cString: $0) + "/cts-scheduler/xml" }

@Suite(.enabled(if: folder != nil, "CLUSTERCTL_CASES names no folder of recorded cases"))
struct UpgradeDecisionTests {
    @Test func upgradesChangeNoDecision() throws {
        var compared = 0
        for name in names() {
            guard let text = contents("\(folder ?? "")/\(name)"), let cib = try? XMLParser.parse(text),
                let version = cib["validate-with"].flatMap({ SchemaVersion(name: $0) }), version < .newest,
                let before = try? CIBUpgrade.upgradedInMemory(cib)
            else { continue }
            for limit in [SchemaVersion(3, 9), SchemaVersion.newest] where version < limit {
                let upgrade = SchemaUpgrade(cib, from: version, upTo: limit)
                guard upgrade.reached != nil else { continue }
                // What is written is read again as the tools do.
                let written = try XMLParser.parse(upgrade.cib.serialized(.indented))
                let after = try CIBUpgrade.upgradedInMemory(written)
                #expect(transition(before) == transition(after), "\(name), upgraded to \(limit)")
                compared += 1
            }
        }
        #expect(compared > 20)
    }

    private func transition(_ cib: XMLElement) -> [UInt8] {
        let now = Timestamp(epoch: cib["execution-date"].flatMap { Int64($0) } ?? 1_700_000_000)
        return TransitionXML.text(of: Scheduler.run(cib: cib, now: now).transition)
    }

    /// Every twelfth recorded input: enough for every form, quick enough for every run.
    private func names() -> [String] {
        guard let folder, let directory = opendir(folder) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name.hasSuffix(".xml") { names.append(name) }
        }
        let all = getenv("UPGRADE_ALL") != nil
        return names.sorted().enumerated().filter { all || $0.offset % 12 == 0 }.map(\.element)
    }

    private func contents(_ path: String) -> [UInt8]? {
        guard let file = fopen(path, "r") else { return nil }
        defer { fclose(file) }
        var result: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while case let count = fread(&buffer, 1, buffer.count, file), count > 0 { result += buffer[..<count] }
        return result
    }
}
