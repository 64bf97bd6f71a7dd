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
    /// Agents of the daemon before, which are not children: their process and its descriptor.
    private var adopted: [ProcessID: AgentJournal.Survivor] = [:]
    private let journal: AgentJournal?

    private final class Child {
        let id: ProcessID
        let choice: Int
        var output: OutputPipe?
        var errorOutput: OutputPipe?
        var input: InputPipe?
        /// Its mark in the journal.
        let mark: String?

        init(id: ProcessID, choice: Int, mark: String?) {
            self.id = id
            self.choice = choice
            self.mark = mark
        }
    }

    /// - Parameter journal: the file for agents that may outlive this process, nil to keep none.
    package init(_ loop: EventLoop, journal: String? = nil, finished: @escaping (ProcessID, ProcessOutcome) -> Void) {
        self.loop = loop
        self.journal = journal.map { AgentJournal(path: $0) }
        self.finished = finished
    }

    /// Starts a process. The owner of the loop must pass on SIGCHLD by calling `reap`.
    package func launch(_ request: ProcessRequest) {
        guard !request.choices.isEmpty else { return fail(request, .notStarted(EINVAL), choice: 0) }
        guard let choice = request.choices.firstIndex(where: { exists($0.requires) }) else {
            return fail(request, .notStarted(ENOENT), choice: request.choices.count - 1)
        }
        if isDirectory(request.choices[choice].path) { return fail(request, .notStarted(EISDIR), choice: choice) }
        let mark = request.note.flatMap { journal?.begin($0, program: request.choices[choice]) }
        guard let environment = ProcessEnvironment(request, mark: mark) else {
            return fail(request, .secretsUnavailable, choice: choice, mark)
        }
        for preparation in request.preparations { prepare(preparation) }
        let child = Child(id: request.id, choice: choice, mark: mark)
        let output = OutputPipe.make(limit: request.outputLimit)
        let errorOutput = OutputPipe.make(limit: request.outputLimit)
        let input = request.standardInput.isEmpty ? nil : InputPipe.make(request.standardInput)
        guard let output, let errorOutput else { return fail(request, .notStarted(errno), choice: choice, mark) }
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
            return fail(request, .notStarted(code), choice: choice, mark)
        }
        if let mark { journal?.started(mark, pid: pid) }
        child.output = output
        child.errorOutput = errorOutput
        child.input = input
        output.collect(on: loop)
        errorOutput.collect(on: loop)
        input?.feed(on: loop)
        children[pid] = child
        pids[request.id] = pid
    }

    private func fail(_ request: ProcessRequest, _ ending: ProcessOutcome.Ending, choice: Int, _ mark: String? = nil) {
        if let mark { journal?.ended(mark) }
        loop.soon { [finished] in finished(request.id, ProcessOutcome(ending, choice: choice)) }
    }

    /// Kills a process, or its whole group. Nothing happens if it has ended already.
    package func kill(_ id: ProcessID, wholeGroup: Bool) {
        if let survivor = adopted[id] { return kill(survivor, wholeGroup: wholeGroup) }
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
            if let mark = child.mark { journal?.ended(mark) }
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

    // MARK: Agents of the daemon before

    /// Looks for agents that the last daemon has left at work. The end of each will be reported like that of any other process.
    package func adoptSurvivors() -> [SurvivingAgent] {
        var number = SurvivingAgent.firstProcess
        return (journal?.takeOver() ?? []).map { survivor in
            let id = ProcessID(number)
            number += 1
            adopted[id] = survivor
            // A descriptor of a process becomes readable when it ends.
            loop.watch(survivor.handle, .read) { [unowned self] _ in survivorEnded(id) }
            return SurvivingAgent(id: id, note: survivor.note)
        }
    }

    private func survivorEnded(_ id: ProcessID) {
        guard let survivor = adopted.removeValue(forKey: id) else { return }
        loop.unwatch(survivor.handle)
        close(survivor.handle)
        journal?.ended(survivor.mark)
        // Only its parent could know how it ended.
        finished(id, ProcessOutcome(.exited(0)))
    }

    private func kill(_ survivor: AgentJournal.Survivor, wholeGroup: Bool) {
        // As long as the leader lives its number is that of its group and of nothing else.
        var end = pollfd(fd: survivor.handle, events: Int16(POLLIN), revents: 0)
        guard poll(&end, 1, 0) == 0 else { return }
        Glibc.kill(wholeGroup ? -survivor.pid : survivor.pid, SIGKILL)
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
