// SPDX-License-Identifier: GPL-2.0-or-later
// Runs short programs and collects what they print; several side by side.
import Glibc

struct ProgramRun {
    var program: String
    var arguments: [String]
    /// Added to our own environment.
    var environment: [String: String] = [:]
    var input: [UInt8] = []

    private struct Child {
        var pid: pid_t
        var output: Int32
        var bytes: [UInt8] = []
        var isDone = false
    }

    /// Output of each program on success; nil if it failed, could not be run, or took too long.
    static func outputs(of runs: [ProgramRun], timeoutSeconds: Int) -> [[UInt8]?] {
        var results: [[UInt8]?] = Array(repeating: nil, count: runs.count)
        // At most a few at once: what they need most is a processor.
        for batch in stride(from: 0, to: runs.count, by: 8) {
            let range = batch..<min(batch + 8, runs.count)
            var children = range.map { runs[$0].start() }
            collect(&children, timeoutSeconds: timeoutSeconds)
            for (index, child) in zip(range, children) {
                guard let child else { continue }
                var status: Int32 = 0
                while waitpid(child.pid, &status, 0) < 0, errno == EINTR {}
                if child.isDone, status == 0 { results[index] = child.bytes }
            }
        }
        return results
    }

    private func start() -> Child? {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { return nil }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        defer { close(ends[1]) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO)
        posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0)
        var pid: pid_t = 0
        let words = CStringArray([program] + arguments)
        let settings = CStringArray(Self.merged(environment))
        guard posix_spawn(&pid, program, &actions, nil, words.pointers, settings.pointers) == 0 else {
            close(ends[0])
            return nil
        }
        return Child(pid: pid, output: ends[0])
    }

    private static func collect(_ children: inout [Child?], timeoutSeconds: Int) {
        var now = timespec()
        clock_gettime(CLOCK_MONOTONIC, &now)
        let deadline = now.tv_sec + timeoutSeconds
        var buffer = [UInt8](repeating: 0, count: 65536)
        while true {
            let open = children.indices.filter { children[$0].map { !$0.isDone && $0.output >= 0 } ?? false }
            if open.isEmpty { return }
            var polls = open.map { pollfd(fd: children[$0]?.output ?? -1, events: Int16(POLLIN), revents: 0) }
            clock_gettime(CLOCK_MONOTONIC, &now)
            let left = deadline - now.tv_sec
            guard left > 0, poll(&polls, nfds_t(polls.count), Int32(left * 1000)) >= 0 || errno == EINTR else {
                for index in open {
                    guard let child = children[index] else { continue }
                    kill(child.pid, SIGKILL)
                    close(child.output)
                    children[index]?.output = -1
                }
                return
            }
            for (place, index) in open.enumerated() where polls[place].revents != 0 {
                let count = read(polls[place].fd, &buffer, buffer.count)
                if count > 0 {
                    children[index]?.bytes += buffer[..<count]
                    if (children[index]?.bytes.count ?? 0) < 4_000_000 { continue }
                }
                if count < 0, errno == EINTR { continue }
                close(polls[place].fd)
                children[index]?.isDone = true
            }
        }
    }

    private static func merged(_ added: [String: String]) -> [String] {
        var result: [String] = []
        var place = environ
        while let entry = place.pointee {
            let text = String(cString: entry)
            place += 1
            let name = text.prefix { $0 != "=" }
            if added[String(name)] == nil { result.append(text) }
        }
        return result + added.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
    }

    /// Runs a program with our terminal; its exit status.
    static func interactive(_ program: String, _ arguments: [String], environment: [String: String] = [:]) -> Int32 {
        var pid: pid_t = 0
        let words = CStringArray([program] + arguments)
        let settings = CStringArray(merged(environment))
        guard posix_spawnp(&pid, program, nil, nil, words.pointers, settings.pointers) == 0 else { return 127 }
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0, errno == EINTR {}
        return (status & 0x7F) == 0 ? (status >> 8) & 0xFF : 128 + (status & 0x7F)
    }

    /// Pipes text through a shell command; nil if the command fails.
    static func filter(_ command: String, _ input: [UInt8]) -> [UInt8]? {
        var pattern = Array("/tmp/clusterctl-filter-XXXXXX".utf8CString)
        let descriptor = mkstemp(&pattern)
        guard descriptor >= 0 else { return nil }
        let path = String(decoding: pattern.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        close(descriptor)
        defer { unlink(path) }
        guard (try? TextFile.write(input, to: path, sync: false)) != nil else { return nil }
        let run = ProgramRun(program: "/bin/sh", arguments: ["-c", "{ \(command)\n} <\"$0\"", path])
        return outputs(of: [run], timeoutSeconds: 600)[0]
    }
}

/// A C array of C strings, ended by a null pointer.
final class CStringArray {
    let pointers: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>
    private let count: Int

    init(_ texts: [String]) {
        count = texts.count
        pointers = .allocate(capacity: count + 1)
        for (index, text) in texts.enumerated() { pointers[index] = strdup(text) }
        pointers[count] = nil
    }

    deinit {
        for index in 0..<count { free(pointers[index]) }
        pointers.deallocate()
    }
}
