// SPDX-License-Identifier: GPL-2.0-or-later
// A process that a test started: spawned with files for its standard descriptors, asked for its end without blocking.
import CLinux
import Glibc

/// A child process. Its end is noticed once and kept.
final class Child {
    let processID: pid_t
    private var ending: Int32?

    /// Starts a program.
    /// - Parameter files: paths for standard input, output and error; the last two are emptied first.
    init(_ program: String, _ words: [String], environment: [String: String], files: (input: String, output: String, error: String)) throws {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, files.input, O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, files.output, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        if files.error == files.output {
            posix_spawn_file_actions_adddup2(&actions, 1, 2)
        } else {
            posix_spawn_file_actions_addopen(&actions, 2, files.error, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        }
        posix_spawn_file_actions_addclosefrom_np(&actions, 3)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK))
        var signals = sigset_t()
        sigfillset(&signals)
        posix_spawnattr_setsigdefault(&attributes, &signals)
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        var pid = pid_t()
        let arguments = ([program] + words).map { strdup($0) } + [nil]
        let variables = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for text in arguments + variables { free(text) } }
        let code = posix_spawn(&pid, program, &actions, &attributes, arguments, variables)
        guard code == 0 else { throw ClusterError(description: "\(program): \(String(cString: strerror(code)))") }
        processID = pid
    }

    /// The exit status (128 and the signal's number if it was killed), nil while it runs.
    var exitStatus: Int32? {
        if ending == nil {
            var status: Int32 = 0
            guard waitpid(processID, &status, WNOHANG) == processID else { return nil }
            ending = status & 0x7F == 0 ? (status >> 8) & 0xFF : 128 + status & 0x7F
        }
        return ending
    }

    /// Waits for the end.
    /// - Returns: the exit status, nil when the time is up first.
    func wait(seconds: Int) -> Int32? {
        for _ in 0..<(seconds * 500) {
            if let exitStatus { return exitStatus }
            usleep(2000)
        }
        return nil
    }

    /// Kills it, and waits until it is gone.
    func kill() {
        Glibc.kill(processID, SIGKILL)
        _ = wait(seconds: 60)
    }
}
