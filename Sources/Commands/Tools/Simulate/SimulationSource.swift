// SPDX-License-Identifier: GPL-2.0-or-later
// Where crm_simulate's CIB comes from, and the time it is looked at.
import CIBModel
import ClusterXML
import Glibc
import NodeRuntime

struct SimulationSource {
    private let options: CrmSimulate

    init(_ options: CrmSimulate) {
        self.options = options
    }

    /// Reads the CIB and raises it to the newest schema.
    func read() throws -> XMLElement {
        let size = storedFile.map(Self.size) ?? 0
        // Memory counts by its peak, and the pages of the program that only its start, or reading, needed would be part of it.
        ProgramPages.giveBack()
        defer { ProgramPages.giveBack() }
        // The tree takes about three times the size of its text. Making large pages of ever more memory gets slower than what it saves.
        if size > Self.largeFile { ResidentMemory.makeRoom(min(3 * size, Self.largestRoom)) }
        let cib: XMLElement
        if let path = options.xmlFile {
            cib = try input(path)
        } else if options.xmlPipe {
            cib = try input("-")
        } else if let path = storedFile {
            cib = try CIBReading.parse(file: path)
        } else {
            cib = try clusterCIB()
        }
        if cib["validate-with"] == "none" {
            complain(
                "Schema validation of configuration is disabled (support for validate-with set to \"none\" is deprecated and will be removed in a future release)")
        }
        guard let schema = cib["validate-with"], schema == "none" || SchemaVersion(name: schema) != nil else {
            // Genuine says nothing here, which is compared where its log is asked for (PCMK_stderr); people are told.
            if Scan.isTrue(CIBSource.variable("PCMK_stderr")) { throw CommandFailure(.configuration) }
            let named = cib["validate-with"].map { "names the unknown schema '\($0)'" } ?? "does not name its schema"
            throw CommandFailure(.configuration, "crm_simulate: The CIB \(named) (attribute validate-with)")
        }
        return try raised(cib)
    }

    /// A file named on the command line. One that is not there or is no XML counts as wrong data, as in genuine 3.0.3.
    private func input(_ path: String) throws -> XMLElement {
        do {
            return try CIBReading.parse(file: path)
        } catch let failure as CommandFailure {
            throw CommandFailure(.dataError, failure.message)
        }
    }

    /// From this size on, in bytes, some of two megabytes more or less do not matter.
    private static let largeFile = 2_000_000
    private static let largestRoom = 128 << 20

    /// The size of a file in bytes; 0 if there is none.
    private static func size(_ path: String) -> Int {
        var facts = stat()
        return stat(path, &facts) == 0 ? Int(facts.st_size) : 0
    }

    private func raised(_ cib: XMLElement) throws -> XMLElement {
        let newer: XMLElement
        do {
            newer = try CIBReading.upgraded(cib)
        } catch {
            let findings = SchemaFindings.lines(for: cib)
            throw CommandFailure(error.exitCode, findings.isEmpty ? error.text : findings.joined(separator: "\n"))
        }
        // What was wrong with the version it names matters only to people who ask for messages.
        if newer["validate-with"] != cib["validate-with"], Scan.isTrue(CIBSource.variable("PCMK_stderr")) {
            for line in SchemaFindings.lines(for: cib) { complain(line) }
        }
        return newer
    }

    private func clusterCIB() throws -> XMLElement {
        do {
            return try CIBSession(.cluster).query()
        } catch {
            throw CommandFailure(error.exitCode, ([error.text] + error.details).joined(separator: "\n"))
        }
    }

    /// The file that --in-place writes.
    private var storedFile: String? {
        if let path = options.xmlFile { return path }
        return CIBReading.fileFromEnvironment
    }

    func store(_ cib: XMLElement) throws {
        guard let path = storedFile, !options.xmlPipe else {
            throw CommandFailure(.usage, "crm_simulate: --in-place needs a file to write to (-x, CIB_file or CIB_shadow)")
        }
        try TextOutput.write(cib.serializedBytes(.indented), to: path)
    }

    /// `--set-datetime`, else the date the CIB says it is from, else now.
    static func effectiveTime(_ options: CrmSimulate, _ cib: XMLElement, wall: Int64) throws -> Timestamp {
        let present = Timestamp(epoch: wall, offset: Timestamp.localOffset(at: wall))
        if let text = options.events.time {
            do {
                return try Timestamp(parsing: text, now: present)
            } catch {
                throw CommandFailure(.usage, "crm_simulate: '\(text)' is not a valid date and time (ISO 8601)")
            }
        }
        return date(of: cib) ?? present
    }

    /// The date a CIB says it is from; nil without one, which 0 means, too.
    static func date(of cib: XMLElement) -> Timestamp? {
        guard let seconds = cib["execution-date"].flatMap(Scan.integer), seconds != 0 else { return nil }
        return Timestamp(epoch: Scan.epoch(seconds))
    }
}

/// Files that tools write as a whole.
enum TextOutput {
    /// Writes a CIB. The file is for its owner and group only: it has passwords.
    /// - Throws: exit status 105 when its folder does not exist, 4 when it may not be written, 73 when it cannot be made for another
    ///   reason, 74 when it cannot be written in full.
    static func write(_ bytes: [UInt8], to path: String) throws {
        try write(to: path, unopened: { $0 == ENOENT ? .noSuchObject : $0 == EACCES ? .insufficientPrivileges : .cannotCreate }) { $0(bytes) }
    }

    /// Writes a graph or a picture of it, in pieces.
    /// - Throws: exit status 74 when it cannot be written.
    static func write(to path: String, _ produce: (([UInt8]) -> Void) -> Void) throws {
        try write(to: path, unopened: { _ in .ioError }, produce)
    }

    private static func write(to path: String, unopened: (Int32) -> ExitCode, _ produce: (([UInt8]) -> Void) -> Void) throws {
        if path == "-" {
            produce { print(String(decoding: $0, as: UTF8.self), terminator: "") }
            return
        }
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o640)
        guard descriptor >= 0, let file = fdopen(descriptor, "w") else {
            let error = errno
            throw CommandFailure(unopened(error), "\(calledAs): Could not open \(path) for writing: \(String(cString: strerror(error)))")
        }
        var isWritten = true
        produce { piece in isWritten = fwrite(piece, 1, piece.count, file) == piece.count && isWritten }
        guard fclose(file) == 0, isWritten else {
            throw CommandFailure(.ioError, "\(calledAs): Could not write \(path): \(String(cString: strerror(errno)))")
        }
    }
}
