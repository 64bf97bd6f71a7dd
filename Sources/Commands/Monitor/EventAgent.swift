// SPDX-License-Identifier: GPL-2.0-or-later
// `crm_mon --external-agent`: a program that hears of every new result of an operation; and going to the background.
import CIBModel
import ClusterStatus
import Glibc

/// Compares the history with the one before and runs a program for each result that is new.
struct EventAgent {
    let program: String
    let recipient: String
    /// Results seen so far: node, resource and operation to transition magic. Nil before the first look.
    private var seen: [String: String]?

    init(program: String, recipient: String) {
        self.program = program
        self.recipient = recipient
    }

    mutating func tell(_ state: ClusterState) {
        var now: [String: String] = [:]
        for entry in state.history {
            let node = state.nodes[entry.node].name
            for operation in entry.operations where operation.status != OperationStatus.pending {
                let key = "\(node) \(entry.id) \(operation.id ?? operation.key)"
                let magic = operation.transitionMagic ?? "\(operation.callID):\(operation.rc)"
                now[key] = magic
                if let seen, seen[key] != magic { run(node, entry.id, operation) }
            }
        }
        seen = now
    }

    private func run(_ node: String, _ resource: String, _ operation: OperationResult) {
        let description = operation.rc == operation.expectedRC
            ? "OK" : operation.status == OperationStatus.done ? ExitCode.text(for: operation.rc) : "Error"
        Background.run(
            [program],
            adding: [
                "CRM_notify_recipient=\(recipient)", "CRM_notify_node=\(node)", "CRM_notify_rsc=\(resource)",
                "CRM_notify_task=\(operation.taskName)", "CRM_notify_desc=\(description)", "CRM_notify_rc=\(operation.rc)",
                "CRM_notify_target_rc=\(operation.expectedRC)", "CRM_notify_status=\(operation.status)",
            ], wait: true)
    }
}

/// Starting programs, this one included, apart from the terminal.
enum Background {
    /// Set in the environment of the process that goes on in the background.
    static let mark = "CLUSTERCTL_IN_BACKGROUND"

    /// Starts this program again as its own session, writes its number if asked to, and lets this process end.
    static func restart(pidFile: String?) throws {
        guard let pid = run(CommandLine.arguments, adding: ["\(mark)=1"], executable: "/proc/self/exe", wait: false) else {
            throw CommandFailure(.osError, "\(calledAs): cannot go to the background: \(String(cString: strerror(errno)))")
        }
        guard let pidFile, let file = fopen(pidFile, "w") else { return }
        fputs("\(pid)\n", file)
        fclose(file)
    }

    /// Runs a program with this environment and some variables more.
    /// - Returns: its process number, or nil if it could not be started.
    @discardableResult
    static func run(_ words: [String], adding variables: [String], executable: String? = nil, wait: Bool) -> pid_t? {
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        // A session of its own keeps the program from the terminal's signals.
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK) | (wait ? 0 : 0x80))
        var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
        var environment: [UnsafeMutablePointer<CChar>?] = (currentEnvironment() + variables).map { strdup($0) } + [nil]
        defer { (arguments + environment).forEach { free($0) } }
        var pid: pid_t = 0
        let result = posix_spawnp(&pid, executable ?? words.first ?? "", nil, &attributes, &arguments, &environment)
        guard result == 0 else {
            errno = result
            return nil
        }
        var status: Int32 = 0
        if wait { while waitpid(pid, &status, 0) < 0, errno == EINTR {} }
        return pid
    }

    private static func currentEnvironment() -> [String] {
        var variables: [String] = []
        guard var next = environ as UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? else { return variables }
        while let variable = next.pointee {
            variables.append(String(cString: variable))
            next += 1
        }
        return variables
    }
}
