// SPDX-License-Identifier: GPL-2.0-or-later
// One daemon for each run directory: a host is either a cluster node or a remote node. Also small things about the process itself.
import CLinux
import Glibc
package import Messages

/// Holds the run directory for as long as it lives.
package final class RunDirectoryLock {
    private let descriptor: Int32

    package struct Failure: Error {
        package let explanation: String
        /// Another daemon is there, as opposed to the directory being unusable.
        package let isTaken: Bool
    }

    /// Creates the directory if needed and takes its lock.
    /// - Parameter role: how this daemon is called in the other's refusal, for example `pacemaker-remoted`.
    package init(_ directories: Directories, role: String) throws(Failure) {
        let code = makeDirectories(directories.run)
        guard code == 0 else {
            throw Failure(
                explanation: "cannot create the run directory \(directories.run): \(String(cString: strerror(code)))",
                isTaken: false)
        }
        let path = directories.lock
        descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else {
            throw Failure(
                explanation: "cannot open \(path): \(String(cString: strerror(errno)))", isTaken: false)
        }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let bytes = FileContent.read(path, limit: 256) ?? []
            let holder = String(decoding: bytes.prefix { $0 != 10 }, as: UTF8.self)
            close(descriptor)
            throw Failure(
                explanation: """
                    \(holder.isEmpty ? "another daemon" : holder) already uses the run directory \(directories.run). \
                    A host is either a cluster node or a remote node; stop the other daemon first, or give this one \
                    its own directory in \(Directories.runVariable)
                    """, isTaken: true)
        }
        // Agents keep their state files there, and nobody else makes it before the next boot.
        _ = makeDirectories(environmentVariable("HA_RSCTMP") ?? "/run/resource-agents")
        ftruncate(descriptor, 0)
        let line = "\(role) (process \(getpid()))\n"
        _ = write(descriptor, line, line.utf8.count)
    }

    deinit {
        close(descriptor)
    }
}

/// How the process looks in `ps`.
package enum ProcessTitle {
    /// Shows a daemon under its role's name, when it was not started under one of `names` anyway.
    package static func set(_ title: String, unlessStartedAs names: [String]) {
        pthread_setname_np(pthread_self(), String(title.prefix(15)))
        let arguments = CommandLine.unsafeArgv
        guard let first = arguments[0] else { return }
        let base = String(cString: first).split(separator: "/").last.map(String.init) ?? ""
        if names.contains(base) { return }
        // The words lie one behind the other; the title may take the room of all of them.
        var end = first + strlen(first)
        for index in 1..<max(1, Int(CommandLine.argc)) {
            guard let word = arguments[index], word == end + 1 else { break }
            end = word + strlen(word)
        }
        let room = end - first
        let bytes = Array(title.utf8).prefix(room)
        memset(first, 0, room)
        for (index, byte) in bytes.enumerated() { first[index] = CChar(bitPattern: byte) }
    }
}

/// Looks up a variable of the daemon's environment; an empty one counts as not set.
package func environmentVariable(_ name: String) -> String? {
    guard let value = getenv(name) else { return nil }
    let text = String(cString: value)
    return text.isEmpty ? nil : text
}

/// A seed for the random source of a core.
package func randomSeed() -> UInt64 {
    var seed: UInt64 = 0
    if getentropy(&seed, MemoryLayout<UInt64>.size) != 0 { seed = UInt64(bitPattern: Int64(time(nil))) ^ UInt64(getpid()) }
    return seed
}
