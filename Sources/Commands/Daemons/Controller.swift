// SPDX-License-Identifier: GPL-2.0-or-later
// The role `controller` (pacemakerd): a cluster host in one process.
package import ArgumentParser
import CIBModel
import ClusterXML
import Glibc
import Messages
import NodeCore
import NodeRuntime
import PresharedTLS
import Scheduling
import Synchronization

package struct Controller: ParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "pacemakerd",
        abstract: "Run this host as a cluster node.",
        discussion: """
            Holds the configuration, decides, executes, fences and connects to remote nodes, all in this one process.
            Environment: PCMK_node_name, PCMK_remote_port, PCMK_authkey_location, PCMK_tls_priorities, PCMK_logfile, PCMK_debug, \
            PCMK_stderr, PCMK_node_action_limit, PCMK_run_directory, PCMK_state_directory.
            SIGTERM stops all resources in order, then the daemon; a second SIGTERM ends it at once.
            """)

    @Flag(name: [.customShort("F"), .long], help: "Show the version and what it supports, and exit.")
    var features = false

    @Flag(name: [.customShort("f"), .long], help: "Stay in the foreground (always so).")
    var foreground = false

    @Flag(name: [.customShort("S"), .long], help: "Stop the daemon that runs on this host, in order.")
    var shutdown = false

    @Flag(name: [.customShort("s"), .long], help: "Start this node in standby.")
    var standby = false

    @Option(name: [.customShort("p"), .customLong("pid-file")], help: "Write the process id to this file.")
    var pidFile: String?

    @OptionGroup var instance: InstanceOptions

    @Option(name: .customLong("node-name"), help: "Name of this node (default: PCMK_node_name, else the host name).")
    var nodeName: String?

    package init() {}

    package mutating func run() throws {
        let title = "pacemakerd"
        if features {
            print("Pacemaker \(Compatibility.version) (Build: \(Compatibility.build) \(version))\n Supporting v\(ControllerFacts.toolFeatureSet):  remote-nodes cibsecrets")
            return
        }
        let directories = instance.directories
        if shutdown { return try stopRunning(directories) }
        instance.export(directories, service: title)
        umask(0o026)
        let lock = try instance.lock(directories, role: title)
        if let pidFile { try writeProcessID(pidFile) }
        ProcessTitle.set(title, unlessStartedAs: ["pacemakerd", "controller"])
        let log = EventLog(program: title, environment: environmentVariable)
        let status: Int32
        do throws(NodeHost.Failure) {
            status = try NodeHost(settings(directories), loop: EventLoop(), log: log).run()
        } catch {
            log.record(.error, "not-started", error.explanation)
            throw CommandFailure(.fatal, "\(calledAs): \(error.explanation)")
        }
        withExtendedLifetime(lock) {}
        if let pidFile { unlink(pidFile) }
        if status != 0 { throw ArgumentParser.ExitCode(status) }
    }

    private func writeProcessID(_ path: String) throws {
        guard let file = fopen(path, "w") else {
            throw CommandFailure(.cannotCreate, "\(calledAs): cannot write \(path): \(String(cString: strerror(errno)))")
        }
        fputs("\(getpid())\n", file)
        fclose(file)
    }

    /// Asks the daemon that holds the run directory to stop.
    private func stopRunning(_ directories: Directories) throws {
        let text = FileContent.read(directories.lock, limit: 256).map { String(decoding: $0, as: UTF8.self) } ?? ""
        guard let digits = text.split(separator: " ").last, let number = Int32(digits.prefix { $0.isNumber }), number > 1,
            kill(number, SIGTERM) == 0
        else { throw CommandFailure(.disconnected, "\(calledAs): no daemon runs in \(directories.run)") }
    }

    private func settings(_ directories: Directories) -> NodeHostSettings {
        var name = utsname()
        uname(&name)
        let hostName = withUnsafeBytes(of: &name.nodename) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        var node = NodeSettings(
            hostName: nodeName ?? environmentVariable("PCMK_node_name") ?? hostName, programVersion: "clusterctl-\(version)", seed: randomSeed())
        node.clusterName = environmentVariable("PCMK_cluster_name")
        node.executor = agentSettings(service: "pacemaker-execd")
        var (seconds, local) = (time(nil), tm())
        localtime_r(&seconds, &local)
        node.utcOffset = Int64(local.tm_gmtoff)
        node.processors = max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))
        if let port = environmentVariable("PCMK_remote_port").flatMap({ Int($0) }), (1...65535).contains(port) { node.remotePort = port }
        if let limit = environmentVariable("PCMK_node_action_limit").flatMap({ Int($0) }), limit > 0 { node.processors = (limit + 1) / 2 }
        if let agents = environmentVariable("PCMK_fence_agent_directory") { node.fenceAgentDirectory = agents }
        node.startsInStandby = standby || environmentVariable("PCMK_node_start_state") == "standby"
        var result = NodeHostSettings(
            directories: directories, node: node,
            loadKey: {
                do throws(PresharedKey.Problem) {
                    return .success(try PresharedKey.load(configured: environmentVariable("PCMK_authkey_location")))
                } catch {
                    return .failure(error)
                }
            },
            schedule: ControllerFacts.schedule)
        result.tlsPriorities = environmentVariable("PCMK_tls_priorities")
        return result
    }
}

enum ControllerFacts {
    /// The feature set of the tools.
    static let toolFeatureSet = "3.20.5"

    private static let upgrade = Mutex(CIBUpgradeMemory())

    /// The scheduler as the controller calls it.
    static let schedule: @Sendable (XMLElement, Int64) -> Result<Transition, SchedulingFailure> = { cib, time in
        let upgraded: XMLElement
        do {
            upgraded = try upgrade.withLock { memory throws(CIBUpgrade.Failure) in try memory.upgraded(cib) }
        } catch {
            return .failure(SchedulingFailure("the configuration cannot be raised to the newest schema: \(error)"))
        }
        var offset: Int32 = 0
        var (seconds, local) = (time_t(time), tm())
        if localtime_r(&seconds, &local) != nil { offset = Int32(clamping: local.tm_gmtoff) }
        let result = Scheduler.run(cib: upgraded, now: Timestamp(epoch: time, offset: offset))
        return .success(result.transition)
    }
}
