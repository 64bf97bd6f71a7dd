// SPDX-License-Identifier: GPL-2.0-or-later
// Fence agents of this host: which there are, what they say of themselves, whether settings suit them.
import CIBModel
import ClusterXML
import Glibc
import NodeRuntime

enum FenceAgents {
    /// Where fence agents are installed.
    static var directory: String { AgentPlaces.ownFenceFolder ?? "/usr/sbin" }

    static func installed() -> [String] {
        guard let folder = opendir(directory) else { return [] }
        defer { closedir(folder) }
        var names: [String] = []
        while let entry = readdir(folder) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name.hasPrefix("fence_"), access("\(directory)/\(name)", X_OK) == 0 { names.append(name) }
        }
        return names.sorted()
    }

    static func list(_ output: ToolOutput, quiet: Bool) {
        printList(installed(), "fence device", title: "Installed fence devices", output, quiet: quiet)
    }

    static func printList(_ names: [String], _ noun: String, title: String, _ output: ToolOutput, quiet: Bool) {
        output.result(XMLElement("list", [("name", title), ("count", "\(names.count)")], children: names.map {
            var item = XMLElement("item")
            item.text = $0
            return item
        }))
        for name in names { output.line(name) }
        if !quiet { output.line("\(names.count) \(noun)\(names.count == 1 ? "" : "s") found") }
    }

    static func showMetaData(_ agent: String?, _ output: ToolOutput) throws {
        let path = try path(of: agent)
        let (status, text) = run(path, "action=metadata\n")
        guard status == 0 else { throw CommandFailure(.error, "\(calledAs): \(path) did not give its meta-data (exit status \(status))") }
        output.xml(text, as: "metadata")
    }

    static func validate(_ agent: String?, _ parameters: [(String, String)], _ output: ToolOutput, timeout: Int) throws {
        let path = try path(of: agent)
        let lines = ["action=validate-all"] + parameters.map { "\($0.0)=\($0.1)" }
        let (status, text) = run(path, lines.joined(separator: "\n") + "\n")
        let valid = status == 0
        output.result(
            XMLElement("validate", [("agent", agent ?? ""), ("valid", valid ? "true" : "false")]),
            text: "Validation of \(agent ?? "") \(valid ? "succeeded" : "failed")")
        if !text.isEmpty, !valid { output.info(text) }
        if !valid { output.status = .error }
    }

    private static func path(of agent: String?) throws -> String {
        guard let agent else { throw CommandFailure(.usage, "\(calledAs): Please specify an agent with -a") }
        let path = agent.hasPrefix("/") ? agent : "\(directory)/\(agent)"
        guard access(path, X_OK) == 0 else { throw CommandFailure(.noSuchObject, "\(calledAs): There is no fence agent \(path)") }
        return path
    }

    /// Runs an agent with the given standard input.
    private static func run(_ path: String, _ input: String) -> (status: Int32, output: String) {
        var toAgent: [Int32] = [0, 0]
        var fromAgent: [Int32] = [0, 0]
        guard pipe(&toAgent) == 0, pipe(&fromAgent) == 0 else { return (-1, "") }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, toAgent[0], 0)
        posix_spawn_file_actions_adddup2(&actions, fromAgent[1], 1)
        for descriptor in toAgent + fromAgent { posix_spawn_file_actions_addclose(&actions, descriptor) }
        var process = pid_t()
        var arguments: [UnsafeMutablePointer<CChar>?] = [strdup(path), nil]
        defer { free(arguments[0]) }
        let code = posix_spawn(&process, path, &actions, nil, &arguments, environ)
        close(toAgent[0])
        close(fromAgent[1])
        defer { close(fromAgent[0]) }
        _ = Array(input.utf8).withUnsafeBytes { write(toAgent[1], $0.baseAddress, $0.count) }
        close(toAgent[1])
        guard code == 0 else { return (-1, "") }
        var output: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = read(fromAgent[0], &buffer, buffer.count)
            if count > 0 { output += buffer[..<count] } else if count == 0 || errno != EINTR { break }
        }
        var status: Int32 = 0
        while waitpid(process, &status, 0) < 0, errno == EINTR {}
        return ((status >> 8) & 0xff, String(decoding: output, as: UTF8.self))
    }
}
