// SPDX-License-Identifier: GPL-2.0-or-later
// The tests that need real daemons: where they run, and the trait that gives a suite its cluster.
import Foundation
import Testing

/// All suites of the lab, one after the other: two clusters at once would only measure how they disturb each other.
///
/// Other files add suites: `extension LabTests { @Suite(.serialized, .cluster(host: .ours, remotes: .ours)) struct Name { … } }`.
@Suite(.serialized, .enabled(if: Lab.refusal == nil, "\(Lab.refusal ?? "")"))
enum LabTests {}

extension Lab {
    /// What `CLUSTERCTL_LAB` asks for: `ours`, `all` (genuine daemons on either end too), or nothing.
    static let wanted = ProcessInfo.processInfo.environment["CLUSTERCTL_LAB"] ?? "none"

    /// Why no cluster can be started here, or nil.
    static let refusal: String? = {
        guard wanted != "none" else { return "set CLUSTERCTL_LAB=ours or all (as root) to run real daemons in namespaces" }
        guard let check = try? run(scripts + "/lab", ["check"], environment: ProcessInfo.processInfo.environment) else {
            return "the lab's script does not run"
        }
        return check.status == 0 ? nil : "no lab on this machine: " + check.err.trimmingCharacters(in: .whitespacesAndNewlines)
    }()

    /// Why clusters with genuine daemons are not started here, or nil.
    static let genuineRefusal: String? = {
        guard wanted == "all" else { return "set CLUSTERCTL_LAB=all to run genuine daemons too" }
        let remoted = ProcessInfo.processInfo.environment["GENUINE_REMOTED"] ?? "/usr/sbin/pacemaker-remoted"
        let missing = ["/usr/sbin/corosync", "/usr/sbin/pacemakerd", remoted].filter { !FileManager.default.isExecutableFile(atPath: $0) }
        return missing.isEmpty ? nil : "not installed: " + missing.joined(separator: ", ")
    }()
}

/// Starts the hosts before a suite's first test and ends them after its last.
struct ClusterTrait: SuiteTrait, TestScoping {
    var host: Kind
    var remotes: Kind

    func provideScope(for test: Test, testCase: Test.Case?, performing body: @Sendable () async throws -> Void) async throws {
        try await Lab.with(name: "\(host)-\(remotes)", host: host, remotes: remotes, body)
    }
}

extension Trait where Self == ClusterTrait {
    /// A cluster of the seed's three hosts, with these daemons. They are not started yet.
    static func cluster(host: Kind, remotes: Kind) -> Self { Self(host: host, remotes: remotes) }
}
