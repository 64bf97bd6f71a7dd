// SPDX-License-Identifier: GPL-2.0-or-later
// A controller and remote nodes as real daemons on loopback addresses, each with directories of its own. Needs no root.
import Foundation
import Glibc

/// What a command left behind.
struct Output: CustomStringConvertible {
    var status: Int32
    var out: String
    var err: String
    /// Standard output and standard error.
    var text: String { out + err }
    var description: String { "exit \(status)\n\(out)\(err)" }
}

/// A condition that did not come true in time, or a command that failed where it must not.
struct ClusterError: Error, CustomStringConvertible {
    var description: String
}

/// Daemons below one folder; everything ends and goes with the object.
final class DaemonCluster {
    /// Name of the cluster node; remote nodes are `remote1`, `remote2`, and so on.
    static let host = "host"
    let folder: String
    let remotes: [String]
    private let bin: String
    private var daemons: [String: Child] = [:]
    private let network: String
    /// The executable under test.
    static let program = ProcessInfo.processInfo.environment["CLUSTERCTL_BINARY"]
        ?? URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent(".build/debug/clusterctl").path

    /// Makes the folder, a key and the links. Nothing runs yet.
    init(remotes count: Int = 0) throws {
        folder = NSTemporaryDirectory() + "clusterctl-fault-\(UUID().uuidString.prefix(8))"
        bin = folder + "/bin"
        remotes = (1...max(1, count)).prefix(count).map { "remote\($0)" }
        // Runs at the same time must not take each other's port.
        network = "127.\(Int.random(in: 20...250)).\(Int.random(in: 1...250))"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let links = try run(Self.program, ["install-links", "--directory", bin])
        guard links.status == 0 else { throw ClusterError(description: "no links: \(links)") }
        try Data((0..<4096).map { _ in UInt8.random(in: 0...255) }).write(to: URL(fileURLWithPath: key))
        try writeAgent()
    }

    deinit {
        for daemon in daemons.values { daemon.kill() }
        try? FileManager.default.removeItem(atPath: folder)
    }

    /// A cluster whose remote nodes are online.
    static func running(remotes count: Int) throws -> DaemonCluster {
        let cluster = try DaemonCluster(remotes: count)
        for name in cluster.remotes { try cluster.start(name) }
        try cluster.start(host)
        try cluster.wait("the controller answers") { try cluster.tool("crm_mon", "-1").status == 0 }
        try cluster.load(
            "property stonith-enabled=false no-quorum-policy=ignore startup-fencing=false\n"
                + cluster.remotes.map { name in
                    "primitive \(name) ocf:pacemaker:remote params server=\(cluster.address(of: name)) "
                        + "op monitor interval=1 timeout=3 op start interval=0 timeout=20\n"
                }.joined())
        if count > 0 {
            // A node counts as online from the beginning of its start; tools on it are served from the end of it.
            try cluster.wait("the remote nodes are online") {
                try cluster.status().contains("RemoteOnline: [ \(cluster.remotes.joined(separator: " ")) ]")
                    && cluster.remotes.allSatisfy { try cluster.tool("crm_mon", "-1", on: $0).status == 0 }
            }
        }
        return cluster
    }

    // MARK: Places

    var key: String { folder + "/authkey" }
    /// One line a call of the agent `ocf:fault:Witness`: action, resource, host.
    var witnessLog: String { folder + "/calls" }
    func state(of name: String) -> String { "\(folder)/\(name)/state" }
    func socket(of name: String) -> String { "\(folder)/\(name)/run/\(DaemonCluster.socketName)" }
    private static let socketName = "clusterctl.sock"
    func address(of name: String) -> String { "\(network).\((remotes.firstIndex(of: name) ?? 200) + 11)" }
    func log(of name: String) -> String { (try? String(contentsOfFile: "\(folder)/\(name)/log", encoding: .utf8)) ?? "" }

    func environment(of name: String) -> [String: String] {
        let place = "\(folder)/\(name)"
        var environment = ProcessInfo.processInfo.environment
        environment["PCMK_run_directory"] = place + "/run"
        environment["PCMK_state_directory"] = place + "/state"
        environment["PCMK_authkey_location"] = key
        environment["PCMK_logfile"] = place + "/log"
        environment["PCMK_node_name"] = Self.host
        environment["HA_RSCTMP"] = place + "/run/agents"
        environment["OCF_ROOT"] = folder + "/ocf"
        environment["WITNESS_LOG"] = witnessLog
        environment["WITNESS_HOST"] = name
        environment["PATH"] = bin + ":" + (environment["PATH"] ?? "/usr/sbin:/usr/bin:/sbin:/bin")
        for name in ["CIB_file", "CIB_shadow"] { environment[name] = nil }
        if name != Self.host {
            environment["PCMK_remote_address"] = address(of: name)
            environment["PCMK_remote_port"] = "3121"
        }
        return environment
    }

    // MARK: Daemons

    /// Starts a daemon. What it says on its standard error is in the file `output`.
    /// - Parameter wrapper: words of the shell before the program; they have to end in an `exec` of it.
    func start(_ name: String, variables: [String: String] = [:], wrapper: String = "") throws {
        let place = "\(folder)/\(name)"
        for part in ["run/agents", "state"] {
            try FileManager.default.createDirectory(atPath: "\(place)/\(part)", withIntermediateDirectories: true)
        }
        let role = name == Self.host ? "pacemakerd" : "pacemaker_remoted"
        daemons[name] = try Child(
            "/bin/sh", ["-c", "exec \(wrapper) \(bin)/\(role)"], environment: environment(of: name).merging(variables) { $1 },
            files: ("/dev/null", place + "/output", place + "/output"))
    }

    func processID(of name: String) -> Int32 { daemons[name]?.processID ?? -1 }
    func isRunning(_ name: String) -> Bool { daemons[name].map { $0.exitStatus == nil } ?? false }
    func output(of name: String) -> String { (try? String(contentsOfFile: "\(folder)/\(name)/output", encoding: .utf8)) ?? "" }

    func signal(_ name: String, _ number: Int32) { Glibc.kill(processID(of: name), number) }

    /// `kill -9`, and waits until it is gone.
    func kill(_ name: String) {
        daemons[name]?.kill()
    }

    /// Waits for a daemon to end by itself.
    /// - Returns: its exit status.
    func exitStatus(of name: String) throws -> Int32 {
        try wait("\(name) ends") { !isRunning(name) }
        return daemons[name]?.exitStatus ?? -1
    }

    /// Resident memory in megabytes.
    func residentMemory(of name: String) -> Double {
        let text = (try? String(contentsOfFile: "/proc/\(processID(of: name))/status", encoding: .utf8)) ?? ""
        let line = text.split(separator: "\n").first { $0.hasPrefix("VmRSS") } ?? ""
        return (line.split(separator: " ").compactMap { Double($0) }.first ?? .infinity) / 1024
    }

    // MARK: Tools

    /// Runs a tool with the environment of a host.
    @discardableResult
    func tool(_ words: String..., on name: String = DaemonCluster.host, input: String? = nil, variables: [String: String] = [:]) throws -> Output {
        try tool(words, on: name, input: input.map { Array($0.utf8) }, variables: variables)
    }

    func tool(_ words: [String], on name: String = DaemonCluster.host, input: [UInt8]? = nil, variables: [String: String] = [:]) throws -> Output {
        try run(
            "\(bin)/\(words[0])", Array(words.dropFirst()), environment: environment(of: name).merging(variables) { $1 }, input: input)
    }

    /// Runs a tool that has to succeed.
    @discardableResult
    func must(_ words: String..., on name: String = DaemonCluster.host, input: String? = nil) throws -> String {
        let output = try tool(words, on: name, input: input.map { Array($0.utf8) })
        guard output.status == 0 else { throw ClusterError(description: "\(words.joined(separator: " ")): \(output)") }
        return output.out
    }

    /// Loads statements of the configuration language.
    func load(_ text: String) throws {
        let output = try tool(["crm", "configure", "load", "update", "-"], input: Array(text.utf8))
        guard output.status == 0 else { throw ClusterError(description: "load: \(output)\n\(text)") }
    }

    func status() throws -> String { try tool("crm_mon", "-1").out }

    /// True if the resource runs on the host, as the status says.
    func isStarted(_ resource: String, on host: String) throws -> Bool {
        try tool("crm_mon", "-1").out.split(separator: "\n").contains {
            $0.contains("* \(resource)\t") && $0.hasSuffix("Started \(host)")
        }
    }

    /// The running configuration's digest, and its version: nothing was changed if both are the same.
    func fingerprint() throws -> String {
        let version = try must("cibadmin", "-Q", "-n", "-A", "/cib").split(separator: "\n").first.map(String.init) ?? ""
        let configuration = try must("cibadmin", "-Q", "-o", "configuration")
        return try must("cibadmin", "--md5-sum-versioned", "--xml-pipe", input: configuration)
            + version.replacing(#/ (num_updates|cib-last-written|update-[a-z]+)="[^"]*"/#, with: "")
    }

    /// Calls of the agent so far.
    func calls() -> [String] {
        ((try? String(contentsOfFile: witnessLog, encoding: .utf8)) ?? "").split(separator: "\n").map(String.init)
    }

    /// Waits for a condition; the error tells how the cluster looks.
    func wait(_ what: String, seconds: Double = 60, _ condition: () throws -> Bool) throws {
        let end = Date().addingTimeInterval(seconds)
        while try !condition() {
            guard Date() < end else {
                let status = try tool("crm_mon", "-1", "-Afro").text
                let log = log(of: Self.host).split(separator: "\n").suffix(30).joined(separator: "\n")
                let dead = daemons.keys.sorted().filter { !isRunning($0) }
                    .map { "\($0) has ended with \(daemons[$0]?.exitStatus ?? -1): \(output(of: $0).suffix(8000))\n" }.joined()
                throw ClusterError(description: "\(Int(seconds)) s passed and not: \(what)\n\(dead)\(status)\n\(log)")
            }
            usleep(30_000)
        }
    }
}

/// Runs a program to its end; one that hangs is killed after two minutes and reported with status 137.
func run(_ program: String, _ words: [String], environment: [String: String]? = nil, input: [UInt8]? = nil) throws -> Output {
    let place = NSTemporaryDirectory() + "clusterctl-output-" + UUID().uuidString
    defer { for suffix in [".in", ".out", ".err"] { unlink(place + suffix) } }
    func text(_ suffix: String) -> String {
        String(decoding: FileManager.default.contents(atPath: place + suffix) ?? Data(), as: UTF8.self)
    }
    if let input { try Data(input).write(to: URL(fileURLWithPath: place + ".in")) }
    let child = try Child(
        program, words, environment: environment ?? ProcessInfo.processInfo.environment,
        files: (input == nil ? "/dev/null" : place + ".in", place + ".out", place + ".err"))
    if let status = child.wait(seconds: 120) { return Output(status: status, out: text(".out"), err: text(".err")) }
    child.kill()
    return Output(status: 137, out: text(".out"), err: text(".err") + "(did not end within 120 s)\n")
}
