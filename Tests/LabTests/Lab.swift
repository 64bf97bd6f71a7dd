// SPDX-License-Identifier: GPL-2.0-or-later
// Three hosts with real daemons, in namespaces on this machine, as the tests see them: Tests/Lab/lab behind a Swift face.
import Foundation
import Glibc
import Testing

/// Which implementation runs on a host.
enum Kind: String, Sendable {
    /// This package's executable.
    case ours
    /// Debian's Pacemaker 2.1.5.
    case genuine
}

/// The hosts of the seed scenario.
enum Host: String, Sendable, CaseIterable {
    case cluster = "cent7-host"
    case remote1 = "cent7-remote1"
    case remote2 = "cent7-remote2"
}

/// What a command on a host left behind.
struct Output: Sendable, CustomStringConvertible {
    var status: Int32
    var out: String
    var err: String
    /// Wall time, the way into the host's namespaces included.
    var seconds: Double
    var lines: [String] { out.split(separator: "\n", omittingEmptySubsequences: false).map(String.init) }
    var description: String { "exit \(status)\n\(out)\(err)" }
}

/// A condition that did not come true in time, or a command that failed where it must not.
struct LabError: Error, CustomStringConvertible {
    var description: String
}

/// One cluster of three hosts. A suite gets it with the trait `.cluster(host:remotes:)` and reads `Lab.current`.
final class Lab: Sendable {
    @TaskLocal private static var running: Lab?

    /// The cluster of the suite that runs now.
    static var current: Lab {
        get throws {
            guard let running else { throw LabError(description: "this suite has no .cluster(host:remotes:) trait") }
            return running
        }
    }

    let folder: String
    let hostKind: Kind
    let remoteKind: Kind

    private init(folder: String, host: Kind, remotes: Kind) {
        self.folder = folder
        hostKind = host
        remoteKind = remotes
    }

    /// Makes the hosts, runs the body, and takes everything down again.
    static func with(name: String, host: Kind, remotes: Kind, _ body: @Sendable () async throws -> Void) async throws {
        let lab = Lab(folder: NSTemporaryDirectory() + "clusterctl-lab-\(getpid())-\(name)", host: host, remotes: remotes)
        let up = try lab.script("up")
        guard up.status == 0 else {
            _ = try lab.script("down")
            throw LabError(description: "the lab does not come up: \(up)")
        }
        defer { _ = try? lab.script("down") }
        try await $running.withValue(lab, operation: body)
    }

    func kind(of host: Host) -> Kind { host == .cluster ? hostKind : remoteKind }

    // MARK: Daemons and links

    /// Starts the daemon of a host; variables such as `PCMK_remote_port=3122` may be added to its environment.
    func start(_ host: Host, environment: [String] = []) throws {
        try succeed("start", [host.rawValue, kind(of: host).rawValue] + environment)
    }

    /// Asks the daemon to end and waits for it.
    func stop(_ host: Host) throws { try succeed("stop", [host.rawValue]) }

    /// Sends a signal such as `KILL` or `STOP` to the daemon.
    func signal(_ host: Host, _ name: String) throws { try succeed("signal", [host.rawValue, name]) }

    /// Kills everything on a host and forgets what it wrote.
    func wipe(_ host: Host) throws { try succeed("wipe", [host.rawValue]) }

    func isRunning(_ host: Host) throws -> Bool { try script("running", [host.rawValue]).status == 0 }
    func cut(_ host: Host) throws { try succeed("cut", [host.rawValue]) }
    func heal(_ host: Host) throws { try succeed("heal", [host.rawValue]) }
    func log(of host: Host) throws -> String { try script("logs", [host.rawValue]).out }

    // MARK: Commands

    /// Runs a shell command on a host, with the tools of the implementation that runs there first in the path.
    func run(on host: Host = .cluster, _ command: String, input: String? = nil) throws -> Output {
        try script("run", [host.rawValue, "sh", "-c", command], input: input)
    }

    /// Runs a command that has to succeed.
    @discardableResult
    func must(on host: Host = .cluster, _ command: String, input: String? = nil) throws -> Output {
        let output = try run(on: host, command, input: input)
        guard output.status == 0 else { throw LabError(description: "\(host.rawValue)$ \(command)\n\(output)") }
        return output
    }

    /// Repeats a command until its output fulfils a condition; the error tells what was seen last.
    @discardableResult
    func until(
        _ what: String, within seconds: Double = 30, on host: Host = .cluster, _ command: String = "crm_mon -1",
        _ holds: (Output) -> Bool = { $0.status == 0 }
    ) async throws -> Output {
        let end = Date().addingTimeInterval(seconds)
        while true {
            let output = try run(on: host, command)
            if holds(output) { return output }
            guard Date() < end else {
                let status = try run("crm_mon -1 -Afr")
                let log = try log(of: .cluster).split(separator: "\n").suffix(40).joined(separator: "\n")
                throw LabError(
                    description: "\(Int(seconds)) s passed and not: \(what)\n\(host.rawValue)$ \(command)\n\(output)\n\(status)\n\(log)")
            }
            try await Task.sleep(for: .milliseconds(100))
        }
    }

    /// Runs one of the lab script's commands.
    func script(_ command: String, _ arguments: [String] = [], input: String? = nil) throws -> Output {
        var environment = ProcessInfo.processInfo.environment
        environment["LAB_DIR"] = folder
        environment["LAB_OWNER"] = String(getpid())
        if let binary = environment["CLUSTERCTL_BINARY"] { environment["CLUSTERCTL"] = binary }
        return try Self.run(Self.scripts + "/lab", [command] + arguments, environment: environment, input: input)
    }

    private func succeed(_ command: String, _ arguments: [String]) throws {
        let output = try script(command, arguments)
        guard output.status == 0 else { throw LabError(description: "lab \(command) \(arguments.joined(separator: " ")): \(output)") }
    }

    /// The folder of the lab's scripts and configurations.
    static let scripts = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("Lab").path

    /// Runs a program of this machine. Foundation's `Process` waits for every descendant that keeps its descriptors open, and the
    /// script leaves daemons behind; so this is `posix_spawn`, with files for the output.
    static func run(_ program: String, _ arguments: [String], environment: [String: String], input: String? = nil) throws -> Output {
        // In the lab's folder these files go when it goes, whatever becomes of this process.
        var isFolder: ObjCBool = false
        let lab = environment["LAB_DIR"] ?? ""
        let folder = FileManager.default.fileExists(atPath: lab, isDirectory: &isFolder) ? lab + "/" : NSTemporaryDirectory()
        let place = folder + "clusterctl-command-" + UUID().uuidString
        defer { for suffix in [".in", ".out", ".err"] { unlink(place + suffix) } }
        func text(_ suffix: String) -> String {
            String(decoding: FileManager.default.contents(atPath: place + suffix) ?? Data(), as: UTF8.self)
        }
        try Data((input ?? "").utf8).write(to: URL(fileURLWithPath: place + ".in"))
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, place + ".in", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, place + ".out", O_WRONLY | O_CREAT | O_APPEND, 0o600)
        posix_spawn_file_actions_addopen(&actions, 2, place + ".err", O_WRONLY | O_CREAT | O_APPEND, 0o600)
        // What else is open here (the test runner's pipes) is nothing for daemons to hold.
        for descriptor in 3..<Int32(256) { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
        var words: [UnsafeMutablePointer<CChar>?] = ([program] + arguments).map { strdup($0) } + [nil]
        var variables: [UnsafeMutablePointer<CChar>?] = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for pointer in words + variables { free(pointer) } }
        var process: pid_t = 0
        let began = Date()
        let failure = posix_spawn(&process, program, &actions, nil, &words, &variables)
        guard failure == 0 else { throw LabError(description: "\(program): \(String(cString: strerror(failure)))") }
        var status: Int32 = 0
        while waitpid(process, &status, 0) < 0, errno == EINTR {}
        let seconds = Date().timeIntervalSince(began)
        // The low seven bits are the signal that ended it, the next byte what it exited with.
        let code = status & 0x7f == 0 ? (status >> 8) & 0xff : 128 + status & 0x7f
        return Output(status: code, out: text(".out"), err: text(".err"), seconds: seconds)
    }
}
