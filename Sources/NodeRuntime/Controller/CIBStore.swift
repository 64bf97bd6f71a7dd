// SPDX-License-Identifier: GPL-2.0-or-later
// The configuration on disk: `cib.xml` with its digest, and numbered backups (spec: cluster-daemon-facts 2.1).
import CIBModel
package import ClusterXML
import Glibc

/// Reads and writes the configuration. A process may be killed, and the machine may lose power, at any point: what was
/// reported as written is found again.
package struct CIBStore: Sendable {
    package struct Failure: Error {
        package let explanation: String
    }

    /// Where the files are.
    package let directory: String
    /// Backups that are kept.
    static let backupLimit = 100

    package init(directory: String) {
        self.directory = directory
    }

    private var main: String { directory + "/cib.xml" }
    private var mainDigest: String { main + ".sig" }
    private var newMain: String { directory + "/cib.new" }
    private var newDigest: String { directory + "/cib.new.sig" }
    private var unconfirmedFile: String { directory + "/cib.unconfirmed" }
    private var counter: String { directory + "/cib.last" }
    private func backup(_ number: Int) -> String { directory + "/cib-\(number).raw" }

    /// What was found at start.
    package enum Finding: Sendable {
        case nothing
        case found(XMLElement)
        /// The main file was damaged; this is the newest good backup.
        case restored(XMLElement, from: String)
        /// There are files, but none of them is good.
        case damaged(String)
    }

    /// Reads the configuration, or the newest good backup of it.
    package func load() throws(Failure) -> Finding {
        let code = makeDirectories(directory, mode: 0o750)
        guard code == 0 else { throw Failure(explanation: "cannot create \(directory): \(String(cString: strerror(code)))") }
        if let cib = good(main, digests: [mainDigest, newDigest]) {
            // A crash between the two renames leaves the digest of the new file under its temporary name.
            if !matches(cib, mainDigest) { rename(newDigest, mainDigest) }
            return .found(cib)
        }
        let last = number(in: counter) ?? 0
        for step in 1...Self.backupLimit {
            let path = backup((last - step + 2 * Self.backupLimit) % Self.backupLimit)
            if let cib = good(path, digests: [path + ".sig"]) { return .restored(cib, from: path) }
        }
        // Without a main file nothing was ever acknowledged, or somebody moved it away.
        return exists(main) ? .damaged(main) : .nothing
    }

    private func good(_ path: String, digests: [String]) -> XMLElement? {
        guard let bytes = FileContent.read(path, limit: 256 << 20), let cib = try? XMLParser.parse(bytes), cib.name == "cib" else { return nil }
        // Administrators who edit the file remove its digest on purpose, as Pacemaker lets them.
        if digests.allSatisfy({ !exists($0) }) { return cib }
        return digests.contains { matches(cib, $0) } ? cib : nil
    }

    private func matches(_ cib: XMLElement, _ digestPath: String) -> Bool {
        guard let bytes = FileContent.read(digestPath, limit: 256) else { return false }
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n").first.map(String.init) == Digest.version1(cib)
    }

    private func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    private func number(in path: String) -> Int? {
        FileContent.read(path, limit: 64).flatMap { Int(String(decoding: $0, as: UTF8.self).filter(\.isNumber)) }
    }

    /// Writes the configuration and returns once it would survive a loss of power.
    /// - Parameter unconfirmed: what has to be known to take this configuration back. It is there before the configuration is,
    ///   and goes after one without has come: a crash between the two leaves one that whoever reads it can tell is not in force.
    /// - Throws: with the reason; what was there before is untouched then.
    package func write(_ cib: XMLElement, unconfirmed: XMLElement? = nil) throws(Failure) {
        if let unconfirmed {
            try put(unconfirmed.serializedBytes(.indented), to: unconfirmedFile + ".new")
            guard rename(unconfirmedFile + ".new", unconfirmedFile) == 0 else { throw failure("replace", unconfirmedFile) }
            try synchronizeDirectory()
        }
        try put(cib.serializedBytes(.indented), to: newMain)
        try put(Array(Digest.version1(cib).utf8), to: newDigest)
        keepBackup()
        guard rename(newMain, main) == 0, rename(newDigest, mainDigest) == 0 else { throw failure("replace", main) }
        try synchronizeDirectory()
        if unconfirmed == nil, exists(unconfirmedFile) {
            guard unlink(unconfirmedFile) == 0 else { throw failure("remove", unconfirmedFile) }
            try synchronizeDirectory()
        }
    }

    /// What was written beside the configuration and never removed. Damage shows as an element of another kind.
    package func unconfirmed() -> XMLElement? {
        guard let bytes = FileContent.read(unconfirmedFile, limit: 256 << 20) else { return nil }
        return (try? XMLParser.parse(bytes)) ?? XMLElement("damaged")
    }

    /// Keeps the present file under a number. Not being able to is no reason to refuse a change.
    private func keepBackup() {
        guard exists(main) else { return }
        let number = number(in: counter) ?? 0
        let path = backup(number)
        unlink(path)
        unlink(path + ".sig")
        guard link(main, path) == 0, link(mainDigest, path + ".sig") == 0 else { return }
        let text = "\((number + 1) % Self.backupLimit)\n"
        try? put(Array(text.utf8), to: counter + ".new", synchronized: false)
        rename(counter + ".new", counter)
    }

    func put(_ bytes: [UInt8], to path: String, synchronized: Bool = true) throws(Failure) {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw failure("create", path) }
        defer { close(descriptor) }
        var offset = 0
        while offset < bytes.count {
            let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress?.advanced(by: offset), $0.count - offset) }
            if count < 0 {
                if errno == EINTR { continue }
                throw failure("write", path)
            }
            offset += count
        }
        if synchronized, fsync(descriptor) != 0 { throw failure("write", path) }
    }

    func synchronizeDirectory() throws(Failure) {
        let descriptor = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure("open", directory) }
        defer { close(descriptor) }
        if fsync(descriptor) != 0 { throw failure("write", directory) }
    }

    func failure(_ what: String, _ path: String) -> Failure {
        Failure(explanation: "cannot \(what) \(path): \(String(cString: strerror(errno)))")
    }
}
