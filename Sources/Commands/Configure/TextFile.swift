// SPDX-License-Identifier: GPL-2.0-or-later
// Whole files in and out; writing goes through a temporary file, so that readers never see half of one.
import Glibc

enum TextFile {
    struct Failure: Error {
        var path: String
        var code: Int32
        var text: String { String(cString: strerror(code)) }
    }

    static func bytes(_ path: String) -> [UInt8]? { try? read(path) }

    static func read(_ path: String) throws(Failure) -> [UInt8] {
        let descriptor = path == "-" ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Failure(path: path, code: errno) }
        defer { if descriptor != STDIN_FILENO { close(descriptor) } }
        var result: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            if count == 0 { return result }
            if count < 0 {
                if errno == EINTR { continue }
                throw Failure(path: path, code: errno)
            }
            result += buffer[..<count]
        }
    }

    /// Replaces a file's content in one step, keeping its mode.
    static func write(_ bytes: [UInt8], to path: String, sync: Bool = true) throws(Failure) {
        var facts = stat()
        let exists = stat(path, &facts) == 0
        var target = path
        if exists, let real = realpath(path, nil) {
            target = String(cString: real)
            free(real)
        }
        let temporary = "\(target).\(getpid()).new"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, exists ? facts.st_mode & 0o7777 : 0o644)
        guard descriptor >= 0 else { throw Failure(path: path, code: errno) }
        if exists, fchown(descriptor, facts.st_uid, facts.st_gid) != 0, getuid() == 0 {
            let code = errno
            close(descriptor)
            unlink(temporary)
            throw Failure(path: path, code: code)
        }
        var rest = bytes[...]
        while !rest.isEmpty {
            let written = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if written < 0, errno == EINTR { continue }
            guard written > 0 else {
                let code = errno
                close(descriptor)
                unlink(temporary)
                throw Failure(path: path, code: code)
            }
            rest = rest.dropFirst(written)
        }
        let synced = !sync || fsync(descriptor) == 0
        guard close(descriptor) == 0, synced, rename(temporary, target) == 0 else {
            let code = errno
            unlink(temporary)
            throw Failure(path: path, code: code)
        }
    }
}
