// SPDX-License-Identifier: GPL-2.0-or-later
// Running a resource agent on this host and waiting for it, past the cluster.
import CIBModel
import ClusterStatus
import Glibc

/// One run of an agent, and what came of it.
struct AgentRun {
    /// What an agent gave back.
    struct Result {
        /// OCF code; 5 if the agent is not there.
        var code: Int32
        var output: String
        var errors: String
        /// False: the agent could not be run at all.
        var isExecuted = true

        /// What the agent wrote for people about its failure.
        var reason: String? {
            let prefix = "ocf-exit-reason:"
            return errors.split(separator: "\n").last { $0.hasPrefix(prefix) }.map { String($0.dropFirst(prefix.count)) }
        }
    }

    var agent: Agent
    /// Name of the resource for the agent.
    var resource: String
    var parameters: [(name: String, value: String)]
    /// `OCF_CHECK_LEVEL`, if any.
    var level: String?
    var timeoutSeconds = 60

    /// The program of the agent for an action; nil for standards that have none.
    private func program(_ action: String) -> (path: String, arguments: [String])? {
        switch agent.standard {
        case "ocf": AgentPlaces.ocfProgram(agent.provider ?? "heartbeat", agent.type).map { ($0, [action]) }
        case "lsb", "service": ("/etc/init.d/\(agent.type)", [action == "monitor" ? "status" : action])
        case "systemd": ("/usr/bin/systemctl", [action == "monitor" ? "is-active" : action, agent.type])
        case "stonith":
            AgentPlaces.fenceFolders.map { "\($0)/\(agent.type)" }.first(where: AgentPlaces.isProgram).map { ($0, []) }
        default: nil
        }
    }

    func run(_ action: String) -> Result {
        guard let (path, arguments) = program(action), access(path, X_OK) == 0 else {
            return Result(code: 5, output: "", errors: "", isExecuted: false)
        }
        var environment: [String: String] = [
            "OCF_ROOT": AgentPlaces.ocfRoot, "OCF_RA_VERSION_MAJOR": "1", "OCF_RA_VERSION_MINOR": "1",
            "OCF_RESOURCE_INSTANCE": resource, "OCF_RESOURCE_TYPE": agent.type, "OCF_EXIT_REASON_PREFIX": "ocf-exit-reason:",
        ]
        if let provider = agent.provider { environment["OCF_RESOURCE_PROVIDER"] = provider }
        if let level { environment["OCF_CHECK_LEVEL"] = level }
        var input = ""
        if agent.standard == "stonith" {
            input = "action=\(action)\n"
            for parameter in parameters where !parameter.name.hasPrefix("pcmk_") { input += "\(parameter.name)=\(parameter.value)\n" }
        } else if agent.standard == "ocf" {
            for parameter in parameters where !parameter.name.isEmpty { environment["OCF_RESKEY_\(parameter.name)"] = parameter.value }
        }
        return execute(path, arguments, environment, input)
    }

    private func execute(_ path: String, _ arguments: [String], _ environment: [String: String], _ input: String) -> Result {
        var outputs: [Int32] = [-1, -1]
        var errors: [Int32] = [-1, -1]
        var inputs: [Int32] = [-1, -1]
        guard pipe(&outputs) == 0, pipe(&errors) == 0, pipe(&inputs) == 0 else {
            return Result(code: 1, output: "", errors: String(cString: strerror(errno)), isExecuted: false)
        }
        for end in outputs + errors + inputs { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, inputs[0], STDIN_FILENO)
        posix_spawn_file_actions_adddup2(&actions, outputs[1], STDOUT_FILENO)
        posix_spawn_file_actions_adddup2(&actions, errors[1], STDERR_FILENO)
        let words = CStringArray([path] + arguments)
        let settings = CStringArray(Self.environment(adding: environment))
        var pid: pid_t = 0
        let status = posix_spawn(&pid, path, &actions, nil, words.pointers, settings.pointers)
        for end in [outputs[1], errors[1], inputs[0]] { close(end) }
        defer { for end in [outputs[0], errors[0]] { close(end) } }
        guard status == 0 else {
            close(inputs[1])
            return Result(code: 5, output: "", errors: String(cString: strerror(status)), isExecuted: false)
        }
        // Fence agents read little; a pipe holds it.
        _ = Array(input.utf8).withUnsafeBytes { write(inputs[1], $0.baseAddress, $0.count) }
        close(inputs[1])
        let texts = collect([outputs[0], errors[0]], pid)
        var wait: Int32 = 0
        while waitpid(pid, &wait, 0) < 0, errno == EINTR {}
        let code = wait & 0x7F == 0 ? (wait >> 8) & 0xFF : 1
        return Result(code: code, output: texts[0], errors: texts[1])
    }

    /// Reads both pipes to their ends; kills the agent when its time is up.
    private func collect(_ ends: [Int32], _ pid: pid_t) -> [String] {
        var bytes: [[UInt8]] = [[], []]
        var open = [true, true]
        var buffer = [UInt8](repeating: 0, count: 16384)
        let deadline = epochNow() + Int64(timeoutSeconds)
        while open.contains(true) {
            var polls = ends.indices.map { pollfd(fd: open[$0] ? ends[$0] : -1, events: Int16(POLLIN), revents: 0) }
            if epochNow() >= deadline { kill(pid, SIGKILL) }
            if poll(&polls, 2, 1000) < 0, errno != EINTR { break }
            for index in ends.indices where polls[index].revents != 0 {
                let count = read(ends[index], &buffer, buffer.count)
                if count > 0, bytes[index].count < 4_000_000 { bytes[index] += buffer[..<count] }
                if count == 0 { open[index] = false }
            }
        }
        return bytes.map { String(decoding: $0, as: UTF8.self) }
    }

    private static func environment(adding added: [String: String]) -> [String] {
        var result: [String] = []
        var place = environ
        while let entry = place.pointee {
            let text = String(cString: entry)
            place += 1
            if added[String(text.prefix { $0 != "=" })] == nil { result.append(text) }
        }
        return result + added.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
    }
}
