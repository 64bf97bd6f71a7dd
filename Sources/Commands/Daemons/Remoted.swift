// SPDX-License-Identifier: GPL-2.0-or-later
// The role `remoted`: a remote node, that is an executor with a network listener and nothing else.
package import ArgumentParser
import CIBModel
import Glibc
import Messages
import NodeCore
import NodeRuntime
import PresharedTLS

package struct Remoted: ParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "pacemaker-remoted",
        abstract: "Serve as a remote node: run resource agents for a cluster that connects to this host.",
        discussion: """
            The cluster's hosts connect to TCP port 3121 and must have the same key file (/etc/pacemaker/authkey).
            Environment: PCMK_remote_address, PCMK_remote_port, PCMK_authkey_location, PCMK_tls_priorities, PCMK_logfile, \
            PCMK_debug, PCMK_stderr, PCMK_node_start_state, PCMK_run_directory, PCMK_state_directory.
            SIGTERM asks the cluster to move all resources away before this daemon ends.
            """)

    @Option(name: [.customShort("p"), .long], help: "Port to listen on (default: PCMK_remote_port, else 3121).")
    var port: Int?

    @Option(name: .long, help: "Address to listen on (default: PCMK_remote_address, else every address).")
    var address: String?

    @Option(name: [.customShort("l"), .customLong("logfile")], help: "Send the log to this file as well.")
    var logFile: String?

    @OptionGroup var instance: InstanceOptions

    package init() {}

    package mutating func run() throws {
        let title = "pacemaker-remoted"
        let directories = instance.directories
        if let port, !(1...65535).contains(port) {
            throw CommandFailure(.usage, "\(calledAs): '\(port)' is no port number, use 1 to 65535")
        }
        if let logFile { setenv("PCMK_logfile", logFile, 1) }
        instance.export(directories, service: title)
        let settings = try settings(directories, title)
        umask(0o026)
        _ = chdir("/var/lib/pacemaker/cores") == 0 || chdir("/") == 0
        let log = EventLog(program: title, environment: environmentVariable)
        noteRemovedSettings(log)
        if settings.key.isWorldReadable {
            log.record(
                .warning, "authkey-permissions",
                "The authentication key \(settings.key.path) can be read by everybody: use mode 0640, owner root:haclient")
        }
        let lock = try instance.lock(directories, role: title)
        ProcessTitle.set(title, unlessStartedAs: ["pacemaker-remoted", "pacemaker_remoted", "remoted"])
        let status: Int32
        do throws(RemotedHost.Failure) {
            let loop = EventLoop()
            status = try RemotedHost(settings, loop: loop, log: log).run()
        } catch {
            log.record(.error, "not-started", error.explanation)
            throw CommandFailure(.osError, "\(calledAs): \(error.explanation)")
        }
        withExtendedLifetime(lock) {}
        if status != 0 { throw ArgumentParser.ExitCode(status) }
    }

    private func settings(_ directories: Directories, _ title: String) throws -> RemotedSettings {
        let key: PresharedKey
        do throws(PresharedKey.Problem) {
            key = try PresharedKey.load(configured: environmentVariable("PCMK_authkey_location"))
        } catch {
            throw CommandFailure(.configuration, "\(calledAs): \(error.explanation)")
        }
        var settings = RemotedSettings(directories: directories, key: key)
        let configuredPort = environmentVariable("PCMK_remote_port").flatMap { Int($0) }
        settings.port = port ?? configuredPort.flatMap { (1...65535).contains($0) ? $0 : nil } ?? 3121
        settings.address = address ?? environmentVariable("PCMK_remote_address")
        settings.tlsPriorities = environmentVariable("PCMK_tls_priorities")
        settings.server.startState = environmentVariable("PCMK_node_start_state")
        settings.server.watchdogTimeout = watchdogTimeout()
        settings.server.executor = agentSettings(service: title)
        return settings
    }

    /// SBD's watchdog timeout in milliseconds, when it runs.
    private func watchdogTimeout() -> Int64? {
        guard access("/run/sbd.pid", F_OK) == 0 || access("/var/run/sbd.pid", F_OK) == 0 else { return nil }
        let seconds = environmentVariable("SBD_WATCHDOG_TIMEOUT").flatMap { Int64($0) } ?? 5
        return seconds > 0 && seconds < 1_000_000 ? seconds * 1000 : nil
    }

    private func noteRemovedSettings(_ log: EventLog) {
        for name in ["PCMK_dh_min_bits", "PCMK_dh_max_bits", "PCMK_ipc_buffer", "PCMK_shutdown_delay"]
        where environmentVariable(name) != nil {
            log.record(.notice, "setting-ignored", "\(name) has no effect any longer")
        }
    }
}
