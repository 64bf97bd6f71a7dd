// SPDX-License-Identifier: GPL-2.0-or-later
// Starts agents and collects what they print (remote-protocol.md 5.3 and 5.5): a process group each, capped output, no leaks.
import CLinux
import Glibc
package import NodeCore

/// Runs the processes that cores ask for. Reports each one exactly once, never from within `launch`.
package final class ProcessLauncher {
    private let loop: EventLoop
    private let finished: (ProcessID, ProcessOutcome) -> Void
    private var children: [pid_t: Child] = [:]
    private var pids: [ProcessID: pid_t] = [:]

    private final class Child {
        let id: ProcessID
        let choice: Int
        var output: OutputPipe?
        var errorOutput: OutputPipe?
        var input: InputPipe?

        init(id: ProcessID, choice: Int) {
            self.id = id
            self.choice = choice
        }
    }

    package init(_ loop: EventLoop, finished: @escaping (ProcessID, ProcessOutcome) -> Void) {
        self.loop = loop
        self.finished = finished
    }

    /// Starts a process. The owner of the loop must pass on SIGCHLD by calling `reap`.
    package func launch(_ request: ProcessRequest) {
        guard !request.choices.isEmpty else { return fail(request, .notStarted(EINVAL), choice: 0) }
        guard let choice = request.choices.firstIndex(where: { exists($0.requires) }) else {
            return fail(request, .notStarted(ENOENT), choice: request.choices.count - 1)
        }
        guard let environment = ProcessEnvironment(request) else {
            return fail(request, .secretsUnavailable, choice: choice)
        }
        if isDirectory(request.choices[choice].path) { return fail(request, .notStarted(EISDIR), choice: choice) }
        for preparation in request.preparations { prepare(preparation) }
        let child = Child(id: request.id, choice: choice)
        let output = OutputPipe.make(limit: request.outputLimit)
        let errorOutput = OutputPipe.make(limit: request.outputLimit)
        let input = request.standardInput.isEmpty ? nil : InputPipe.make(request.standardInput)
        guard let output, let errorOutput else { return fail(request, .notStarted(errno), choice: choice) }
        let words = commandWords(request, request.choices[choice])
        var pid = pid_t()
        let code = spawn(
            words, environment.strings, input: input?.childEnd ?? -1, output: output.childEnd,
            error: errorOutput.childEnd, &pid)
        output.closeChildEnd()
        errorOutput.closeChildEnd()
        input?.closeChildEnd()
        guard code == 0 else {
            output.close()
            errorOutput.close()
            input?.close()
            return fail(request, .notStarted(code), choice: choice)
        }
        child.output = output
        child.errorOutput = errorOutput
        child.input = input
        output.collect(on: loop)
        errorOutput.collect(on: loop)
        input?.feed(on: loop)
        children[pid] = child
        pids[request.id] = pid
    }

    private func fail(_ request: ProcessRequest, _ ending: ProcessOutcome.Ending, choice: Int) {
        loop.soon { [finished] in finished(request.id, ProcessOutcome(ending, choice: choice)) }
    }

    /// Kills a process, or its whole group. Nothing happens if it has ended already.
    package func kill(_ id: ProcessID, wholeGroup: Bool) {
        guard let pid = pids[id] else { return }
        Glibc.kill(wholeGroup ? -pid : pid, SIGKILL)
        // A process that was just started may not have made its group yet.
        if wholeGroup { Glibc.kill(pid, SIGKILL) }
    }

    /// Collects every process that has ended. Call on SIGCHLD.
    package func reap() {
        // One by one: other parts of the process may have children of their own.
        for pid in children.keys.sorted() {
            var status: Int32 = 0
            guard waitpid(pid, &status, WNOHANG) == pid, let child = children.removeValue(forKey: pid) else { continue }
            pids[child.id] = nil
            child.input?.close()
            // What is still in the pipes belongs to the result; what background children print later does not.
            let output = child.output?.finish(loop) ?? []
            let errorOutput = child.errorOutput?.finish(loop) ?? []
            let signal = status & 0x7F
            let ending: ProcessOutcome.Ending = signal == 0 ? .exited((status >> 8) & 0xFF) : .signaled(signal)
            finished(
                child.id,
                ProcessOutcome(ending, choice: child.choice, standardOutput: output, standardError: errorOutput))
        }
    }

    /// True while a process runs.
    package var isBusy: Bool { !children.isEmpty }

    // MARK: Details

    private func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    private func isDirectory(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    /// Another account is taken on by util-linux's setpriv, which every Debian and Red Hat system has.
    private func commandWords(_ request: ProcessRequest, _ choice: ProgramChoice) -> [String] {
        let words = [choice.path] + choice.arguments
        guard let user = request.user, geteuid() == 0, let account = getpwnam(user) else { return words }
        let ids = ["--reuid=\(account.pointee.pw_uid)", "--regid=\(account.pointee.pw_gid)", "--clear-groups"]
        return ["/usr/bin/setpriv"] + ids + ["--"] + words
    }

    private func prepare(_ preparation: FilePreparation) {
        guard let content = preparation.content else {
            unlink(preparation.path)
            return
        }
        if let slash = preparation.path.lastIndex(of: "/") { _ = makeDirectories(String(preparation.path[..<slash])) }
        guard let file = fopen(preparation.path, "we") else { return }
        fputs(content, file)
        fclose(file)
    }

    private func spawn(
        _ words: [String], _ environment: [String], input: Int32, output: Int32, error: Int32, _ pid: inout pid_t
    ) -> Int32 {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        if input >= 0 {
            posix_spawn_file_actions_adddup2(&actions, input, 0)
        } else {
            posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        }
        posix_spawn_file_actions_adddup2(&actions, output, 1)
        posix_spawn_file_actions_adddup2(&actions, error, 2)
        posix_spawn_file_actions_addclosefrom_np(&actions, 3)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        let flags = POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK
        posix_spawnattr_setflags(&attributes, Int16(truncatingIfNeeded: Int(flags)))
        posix_spawnattr_setpgroup(&attributes, 0)
        var signals = sigset_t()
        sigfillset(&signals)
        posix_spawnattr_setsigdefault(&attributes, &signals)
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        return withCStrings(words) { arguments in
            withCStrings(environment) { variables in
                posix_spawn(&pid, words[0], &actions, &attributes, arguments, variables)
            }
        }
    }
}

/// Calls `body` with a NULL-terminated array of C strings.
private func withCStrings<Result>(
    _ strings: [String], _ body: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> Result
) -> Result {
    var pointers: [UnsafeMutablePointer<CChar>?] = strings.map { strdup($0) } + [nil]
    defer { for pointer in pointers { free(pointer) } }
    return pointers.withUnsafeMutableBufferPointer { body($0.baseAddress!) }
}

/// Makes a directory and what is above it.
/// - Returns: 0 or an errno value.
package func makeDirectories(_ path: String, mode: UInt32 = 0o755) -> Int32 {
    if mkdir(path, mode) == 0 || errno == EEXIST { return 0 }
    guard errno == ENOENT, let slash = path.lastIndex(of: "/"), slash != path.startIndex else { return errno }
    let code = makeDirectories(String(path[..<slash]), mode: mode)
    if code != 0 { return code }
    return mkdir(path, mode) == 0 || errno == EEXIST ? 0 : errno
}
