// SPDX-License-Identifier: GPL-2.0-or-later
// The key that controllers and remote nodes share: where it is looked for, and what is wrong with it in words.
import Glibc

/// The bytes of a key file, all of them: no trimming, no decoding (remote-protocol.md 1.2).
package struct PresharedKey: Sendable, Equatable {
    package let bytes: [UInt8]
    /// Where it came from, for messages.
    package let path: String

    /// The name under which the key is offered in the handshake.
    package static let identity = "lrmd"
    /// Longer files are certainly something else.
    static let largestFile = 64 * 1024

    package init(bytes: [UInt8], path: String = "") {
        self.bytes = bytes
        self.path = path
    }

    /// Why there is no key.
    package enum Problem: Error, Equatable, Sendable {
        case missing(paths: [String])
        case unreadable(path: String, errno: Int32)
        case empty(path: String)
        case notAFile(path: String)
        case tooLarge(path: String)

        /// What is wrong and what to do about it.
        package var explanation: String {
            switch self {
            case .missing(let paths):
                return """
                    no authentication key: \(paths.joined(separator: " and ")) \(paths.count > 1 ? "do" : "does") not exist. \
                    Create one with 'dd if=/dev/urandom of=\(paths[0]) bs=4096 count=1' and copy the same file to every host
                    """
            case .unreadable(let path, let code):
                return """
                    cannot read the authentication key \(path): \(String(cString: strerror(code))). \
                    It should belong to root:haclient with mode 0640
                    """
            case .empty(let path):
                return "the authentication key \(path) is empty: copy the file that the cluster's hosts use"
            case .notAFile(let path):
                return "the authentication key \(path) is not a regular file"
            case .tooLarge(let path):
                return "the authentication key \(path) is larger than \(PresharedKey.largestFile) bytes: not a key"
            }
        }
    }

    /// The places to look at: the configured one only, if there is one, else Pacemaker's and corosync's.
    package static func locations(configured: String?) -> [String] {
        if let configured, !configured.isEmpty { return [configured] }
        return ["/etc/pacemaker/authkey", "/etc/corosync/authkey"]
    }

    /// Reads the key.
    /// - Parameter configured: the value of `PCMK_authkey_location`.
    package static func load(configured: String?) throws(Problem) -> PresharedKey {
        let paths = locations(configured: configured)
        for path in paths {
            if let key = try read(path) { return key }
        }
        throw .missing(paths: paths)
    }

    /// True if users outside the file's owner and group can read it: worth a warning.
    package var isWorldReadable: Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & 0o004 != 0
    }

    private static func read(_ path: String) throws(Problem) -> PresharedKey? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            if errno == ENOENT { return nil }
            throw .unreadable(path: path, errno: errno)
        }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { throw .notAFile(path: path) }
        var bytes = [UInt8](repeating: 0, count: largestFile + 1)
        var count = 0
        while count < bytes.count {
            let length = bytes.count - count
            let got = bytes.withUnsafeMutableBytes { buffer -> Int in
                guard let base = buffer.baseAddress else { return 0 }
                return Glibc.read(descriptor, base + count, length)
            }
            if got < 0 { throw .unreadable(path: path, errno: errno) }
            if got == 0 { break }
            count += got
        }
        if count == 0 { throw .empty(path: path) }
        if count > largestFile { throw .tooLarge(path: path) }
        return PresharedKey(bytes: Array(bytes[..<count]), path: path)
    }
}
