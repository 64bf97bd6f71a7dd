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
    /// Whether steps are not even said: a rehearsal that only finds what is in the way.
    var isSilent = false

    /// The same steps without any effect, to find everything that is in the way before the first one is taken.
    var rehearsal: SetupActions { SetupActions(root: root, dryRun: true, force: force, isSilent: true) }

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
        var info = stat()
        let exists = lstat(root + path, &info) == 0
        if exists, info.st_mode & S_IFMT != S_IFLNK, !force {
            throw CommandFailure(.exists, "\(root)\(path) exists and is not a link; use --force to replace it")
        }
        guard !dryRun else { return }
        if exists { unlink(root + path) }
        guard symlink(target, root + path) == 0 else { throw cannot("make the link", root + path) }
    }

    /// Writes a file by way of a temporary name, so that no reader sees half of it.
    /// - Parameter sign: what an earlier file of ours contains; one without it belongs to somebody else and stays, unless forced.
    func file(_ path: String, mode: mode_t, content: [UInt8], sign: String? = nil) throws {
        say("file   \(root)\(path)")
        if let sign, !force, access(root + path, F_OK) == 0 {
            let present = String(decoding: try self.content(of: root + path), as: UTF8.self)
            guard present.contains(sign) else {
                throw CommandFailure(
                    .exists, "\(root)\(path) belongs to something else, such as an installed Pacemaker; use --force to replace it")
            }
        }
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

    func say(_ text: String) { if !isSilent { print(dryRun ? "would make \(text)" : text) } }

    private func cannot(_ what: String, _ path: String) -> CommandFailure {
        CommandFailure(.cannotCreate, "cannot \(what) \(path): \(String(cString: strerror(errno)))")
    }
}
