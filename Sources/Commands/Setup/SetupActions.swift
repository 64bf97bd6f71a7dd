// SPDX-License-Identifier: GPL-2.0-or-later
// The steps that setup commands take on a machine. Each step says what it does; a dry run only says it.
import CIBModel
import Glibc

/// Carries out setup steps below `root`, or only prints them.
struct SetupActions {
    /// Put before every absolute path, for packaging; empty for this machine.
    var root = ""
    var dryRun = false
    /// Whether files that are in the way of a link are replaced.
    var force = false

    /// The path of the running executable with all links resolved.
    static func executablePath() throws -> String {
        var buffer = [UInt8](repeating: 0, count: Int(PATH_MAX) + 1)
        let length = buffer.withUnsafeMutableBytes { bytes in
            readlink("/proc/self/exe", bytes.assumingMemoryBound(to: CChar.self).baseAddress!, Int(PATH_MAX))
        }
        guard length > 0 else { throw CommandFailure(.osError, "cannot find the path of this program") }
        return String(decoding: buffer[..<length], as: UTF8.self)
    }

    /// Makes a folder and its parents; an existing one keeps its owner unless one is given.
    func folder(_ path: String, mode: mode_t = 0o755, user: String? = nil, group: String? = nil) throws {
        say("folder \(root)\(path)")
        guard !dryRun else { return }
        var current = ""
        for part in (root + path).split(separator: "/") {
            current += (current.isEmpty && !(root + path).hasPrefix("/") ? "" : "/") + part
            if mkdir(current, 0o755) != 0, errno != EEXIST { throw cannot("make the folder", current) }
        }
        guard user != nil || group != nil else { return }
        if chmod(root + path, mode) != 0 { throw cannot("set the mode of", root + path) }
        try own(path, user: user, group: group)
    }

    private func own(_ path: String, user: String?, group: String?) throws {
        let userID = user.flatMap { getpwnam($0)?.pointee.pw_uid }
        let groupID = group.flatMap { getgrnam($0)?.pointee.gr_gid }
        guard userID != nil || groupID != nil else { return }
        let kept = uid_t.max
        if chown(root + path, userID ?? kept, groupID ?? kept) != 0 { throw cannot("set the owner of", root + path) }
    }

    /// Makes or renews a symbolic link.
    func link(_ path: String, to target: String) throws {
        guard path != target else { return }
        say("link   \(root)\(path) -> \(target)")
        guard !dryRun else { return }
        var info = stat()
        if lstat(root + path, &info) == 0 {
            guard info.st_mode & S_IFMT == S_IFLNK || force else {
                throw CommandFailure(.exists, "\(root)\(path) exists and is not a link; use --force to replace it")
            }
            unlink(root + path)
        }
        guard symlink(target, root + path) == 0 else { throw cannot("make the link", root + path) }
    }

    /// Writes a file by way of a temporary name, so that no reader sees half of it.
    func file(_ path: String, mode: mode_t, content: [UInt8]) throws {
        say("file   \(root)\(path)")
        guard !dryRun else { return }
        let temporary = "\(root)\(path).new"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode)
        guard descriptor >= 0 else { throw cannot("write", root + path) }
        defer { close(descriptor) }
        var rest = content[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
            guard count > 0 else { throw cannot("write", root + path) }
            rest = rest.dropFirst(count)
        }
        fchmod(descriptor, mode)
        guard rename(temporary, root + path) == 0 else { throw cannot("write", root + path) }
    }

    /// Reads a whole file.
    func content(of path: String) throws -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw cannot("read", path) }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = read(descriptor, &buffer, buffer.count)
            if count <= 0 { return bytes }
            bytes += buffer[..<count]
        }
    }

    func say(_ text: String) { print(dryRun ? "would make \(text)" : text) }

    private func cannot(_ what: String, _ path: String) -> CommandFailure {
        CommandFailure(.cannotCreate, "cannot \(what) \(path): \(String(cString: strerror(errno)))")
    }
}
