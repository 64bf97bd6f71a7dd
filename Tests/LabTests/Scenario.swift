// SPDX-License-Identifier: GPL-2.0-or-later
// The seed scenario as steps that tests build on. Each step looks first and acts only where something is missing, so that every
// test can run alone and tests that follow each other share one cluster.
import Foundation
import Testing

extension Output {
    /// The line of a status report that names a resource, its tabs and class as printed; nil without one.
    func resourceLine(_ name: String) -> String? { lines.first { $0.hasPrefix("  * \(name)\t(") } }

    /// A resource runs on exactly this node.
    func shows(_ resource: String, startedOn node: String) -> Bool {
        lines.filter { $0.hasPrefix("  * \(resource)\t(") && $0.hasSuffix(" Started \(node)") }.count == 1
    }

    func says(_ text: String) -> Bool { out.contains(text) || err.contains(text) }

    var remotesOnline: Bool { out.contains("  * RemoteOnline: [ remote1 remote2 ]") }
}

extension Lab {
    /// The configuration of the scenario, as an operator would write it.
    static let configuration = Lab.scripts + "/bare.crm"

    /// All three daemons run and the host is DC.
    func daemons() async throws {
        for host in Host.allCases where try !isRunning(host) { try start(host) }
        // A genuine cluster of one waits 20 s for peers before it elects itself.
        try await until("the host is DC", within: 60) { $0.says("Current DC: cent7-host") }
    }

    /// The configuration is loaded; answers what the command said if it had to be given.
    @discardableResult
    func load() async throws -> Output? {
        try await daemons()
        if try run("crm_resource -l").lines.contains("dummy-remote") { return nil }
        return try must("crm configure load update \(Self.configuration)")
    }

    /// The scenario runs: three resources started, no constraint left of earlier moves, no failures remembered. If an earlier test
    /// left something else behind, everything starts anew, so that its failure stays its own.
    func scenario(dummyOn node: String = "remote1") async throws {
        do {
            try await settle(dummyOn: node)
        } catch {
            try reset()
            try await settle(dummyOn: node)
        }
    }

    /// Ends the daemons, forgets what they wrote and what agents left.
    func reset() throws {
        for host in Host.allCases {
            try heal(host)
            try wipe(host)
        }
    }

    private func settle(dummyOn node: String) async throws {
        try await load()
        let resources = try run("crm_resource -l").lines.filter { !$0.isEmpty }
        guard Set(resources) == ["remote1", "remote2", "dummy-remote"] else {
            throw LabError(description: "more than the scenario is configured: \(resources)")
        }
        if try run("cibadmin -Q -o constraints").says("\"cli-") { try must("crm_resource --clear -r dummy-remote") }
        let status = try run("crm_mon -1 -f")
        if status.says("Failed Resource Actions") || status.says("fail-count") { try must("crm_resource --cleanup") }
        let settled = try await until("the scenario runs", within: 40) {
            $0.remotesOnline && $0.resourceLine("dummy-remote")?.contains(" Started remote") == true
                && $0.shows("remote1", startedOn: "cent7-host") && $0.shows("remote2", startedOn: "cent7-host")
        }
        if !settled.shows("dummy-remote", startedOn: node) { try await move(to: node) }
    }

    /// Starts the daemon of a remote that left in order, and has the host look at it: it starts the connection with its next
    /// transition, whatever causes that, and nothing else might for a quarter of an hour.
    func readmit(_ remote: Host) async throws {
        try start(remote)
        try must("crm_resource --refresh -r \(remote == .remote1 ? "remote1" : "remote2")")
    }

    /// Moves dummy-remote and takes the constraints of the move away again.
    func move(to node: String) async throws {
        try must("crm_resource -M -r dummy-remote -N \(node) -f")
        try await until("dummy-remote runs on \(node)") { $0.shows("dummy-remote", startedOn: node) }
        try must("crm_resource --clear -r dummy-remote")
        try await idle()
    }

    /// No transition runs or is due.
    func idle() async throws { try must("crm_resource --wait --timeout 60") }

    /// The file that `ocf:heartbeat:Dummy` keeps while it runs, and when it was made: a restart would show.
    func dummyState(on host: Host) throws -> String? {
        let output = try run(on: host, "stat -c '%i %z' /run/resource-agents/Dummy-dummy-remote.state")
        return output.status == 0 ? output.out : nil
    }
}

/// What genuine Pacemaker 2.1.5 and crmsh 4.4.1 answered in the same scenario, where the recordings are at hand.
struct Recording {
    /// Standard output and error, without the prompt and the lines that number and time the command.
    var lines: [String]
    var status: Int32

    /// - Parameter name: such as `43-crm_resource-M`.
    init?(_ name: String) {
        guard let cases = ProcessInfo.processInfo.environment["CLUSTERCTL_CASES"],
            let data = FileManager.default.contents(atPath: "\(cases)/recordings/scenario/\(name).txt")
        else { return nil }
        var all = String(decoding: data, as: UTF8.self).components(separatedBy: "\n")
        guard let exit = all.first(where: { $0.hasPrefix("### exit ") })?.split(separator: " ").dropFirst(2).first else { return nil }
        status = Int32(exit.prefix { $0.isNumber }) ?? -1
        all.removeAll { $0.hasPrefix("### ") || $0.hasPrefix("[root@") }
        lines = all
    }

    /// A status report without what differs between any two runs or between releases: times, versions, the stack and the launcher.
    static func facts(of report: [String]) -> [String] {
        report.compactMap { line in
            if line.isEmpty || line.hasPrefix("Status of pacemakerd:") { return nil }
            for start in ["  * Stack: ", "  * Last updated: ", "  * Last change:  "] where line.hasPrefix(start) { return start }
            guard let version = line.range(of: "(version "), let end = line[version.upperBound...].firstIndex(of: ")") else { return line }
            return line.replacingCharacters(in: version.lowerBound...end, with: "(version)")
        }
    }
}
