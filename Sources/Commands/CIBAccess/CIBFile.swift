// SPDX-License-Identifier: GPL-2.0-or-later
// Reading and writing CIB files. A file is replaced as a whole, so that a reader never sees half of it.
package import CIBModel
package import ClusterXML
import Glibc
import Messages

/// Why a tool has no CIB to work on, in the words of the tools.
package struct CIBAccessError: Error, Sendable {
    package var exitCode: ExitCode
    /// For example `No such device or address`.
    package var text: String
    /// Sentences that say more.
    package var details: [String] = []

    package init(_ exitCode: ExitCode, _ text: String, details: [String] = []) {
        self.exitCode = exitCode
        self.text = text
        self.details = details
    }

    package init(_ error: CIBError, details: [String] = []) {
        self.init(error.exitCode, error.text, details: details)
    }
}

package enum CIBFile {
    /// Reads a CIB and checks it against the grammar that it names.
    /// - Throws: `No such device or address` for a missing file, 78 for anything that is no valid CIB.
    package static func read(_ path: String) throws(CIBAccessError) -> XMLElement {
        let cib = try readUnchecked(path)
        try check(cib, path)
        return cib
    }

    /// - Throws: 78 if the CIB is not valid for the grammar it names.
    static func check(_ cib: XMLElement, _ path: String) throws(CIBAccessError) {
        let validity = CIBValidator.validity(of: cib, maximumProblems: 20)
        guard validity.isAcceptable else {
            throw CIBAccessError(.notValid, details: validity.sentences.map { "\(path): \($0)" })
        }
    }

    /// Says on standard error which file is meant and what is wrong with it: the tools' own words say neither.
    package static func explaining(_ work: () throws(CIBAccessError) -> XMLElement) throws(CIBAccessError) -> XMLElement {
        do {
            return try work()
        } catch {
            for detail in error.details { complain("\(calledAs): \(detail)") }
            throw CIBAccessError(error.exitCode, error.text)
        }
    }

    /// Reads a file that may hold a CIB that is not valid.
    package static func readUnchecked(_ path: String) throws(CIBAccessError) -> XMLElement {
        let descriptor = path == "-" ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw CIBAccessError(.noSuchObject, details: ["\(path): \(String(cString: strerror(errno)))"]) }
        defer { if path != "-" { close(descriptor) } }
        do {
            return try XMLInput.parse(descriptor: descriptor)
        } catch {
            throw CIBAccessError(.notValid, details: [error.line > 0 ? "\(path):\(error.line): \(error.message)" : "\(path): \(error.message)"])
        }
    }

    /// Writes a CIB, through a new file beside the old one that takes its place; compressed if its name ends in `.bz2`, as Pacemaker's
    /// tools keep such a `CIB_file`.
    package static func write(_ cib: XMLElement, to path: String) throws(CIBAccessError) {
        let target = resolved(path)
        let bytes = try packed(cib.serializedBytes(.indented), target)
        var mode: mode_t = 0o600
        var owner: (uid_t, gid_t)?
        var info = stat()
        if stat(target, &info) == 0 {
            mode = info.st_mode & 0o777
            owner = (info.st_uid, info.st_gid)
        }
        let temporary = "\(target).\(getpid()).new"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)
        guard descriptor >= 0 else { throw failure(target) }
        defer { close(descriptor) }
        fchmod(descriptor, mode)
        if let owner, owner.0 != geteuid() { fchown(descriptor, owner.0, owner.1) }
        guard writeAll(bytes, descriptor), fsync(descriptor) == 0, rename(temporary, target) == 0 else {
            let problem = failure(target)
            unlink(temporary)
            throw problem
        }
    }

    private static func packed(_ bytes: [UInt8], _ path: String) throws(CIBAccessError) -> [UInt8] {
        guard path.hasSuffix(".bz2") else { return bytes }
        guard let packed = Bzip2.compress(bytes) else {
            throw CIBAccessError(.ioError, "Input/output error", details: ["cannot write \(path): libbz2.so.1.0 is not installed (Debian package libbz2-1.0)"])
        }
        return packed
    }

    private static func writeAll(_ bytes: [UInt8], _ descriptor: Int32) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0 {
                if errno == EINTR { continue }
                return false
            }
            rest = rest.dropFirst(count)
        }
        return true
    }

    private static func failure(_ path: String) -> CIBAccessError {
        let reason = String(cString: strerror(errno))
        return CIBAccessError(errno == EACCES ? .insufficientPrivileges : .ioError, reason, details: ["cannot write \(path): \(reason)"])
    }

    private static func resolved(_ path: String) -> String {
        guard let real = realpath(path, nil) else { return path }
        defer { free(real) }
        return String(cString: real)
    }
}
