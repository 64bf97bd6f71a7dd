// SPDX-License-Identifier: GPL-2.0-or-later
// XML that users name: files and standard input, read piece by piece.
import CIBModel
package import ClusterXML
import Glibc
import Messages

package enum XMLInput {
    /// Parses a file; `-` is standard input.
    /// - Throws: a `CommandFailure` that names the file: 66 when it cannot be read, 65 when it is no XML.
    package static func parse(file path: String) throws -> XMLElement {
        let descriptor = path == "-" ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw CommandFailure(.noInput, "\(path): \(String(cString: strerror(errno)))")
        }
        defer { if descriptor != STDIN_FILENO { close(descriptor) } }
        do {
            return try parse(descriptor: descriptor)
        } catch {
            let name = path == "-" ? "standard input" : path
            throw CommandFailure(.dataError, error.line > 0 ? "\(name):\(error.line): \(error.message)" : "\(name): \(error.message)")
        }
    }

    /// Parses what an open descriptor gives until its end. What begins like a bzip2 file is decompressed first: the inputs of decisions
    /// are stored so, by us and by Pacemaker.
    package static func parse(descriptor: Int32) throws(XMLError) -> XMLElement {
        var hasBegun = false
        var unpacked: ArraySlice<UInt8>?
        return try XMLParser.parse { buffer throws(XMLError) in
            if unpacked == nil {
                let count = try fill(buffer, descriptor)
                defer { hasBegun = true }
                guard !hasBegun, count > 0, buffer[..<count].starts(with: Bzip2.magic) else { return count }
                unpacked = try decompressed(Array(buffer[..<count]), buffer, descriptor)[...]
            }
            guard let piece = unpacked?.prefix(buffer.count) else { return 0 }
            buffer.copyBytes(from: piece)
            unpacked?.removeFirst(piece.count)
            return piece.count
        }
    }

    /// The largest text that a compressed file may hold, in bytes: five times the CIB of 64 nodes with 5,000 resources.
    private static let maximumUnpacked = 1 << 30

    /// - Parameter buffer: to read the rest of the file with.
    private static func decompressed(
        _ beginning: [UInt8], _ buffer: UnsafeMutableRawBufferPointer, _ descriptor: Int32
    ) throws(XMLError) -> [UInt8] {
        var packed = beginning
        while true {
            let count = try fill(buffer, descriptor)
            if count == 0 { break }
            packed += buffer[..<count]
        }
        do {
            return try Bzip2.decompress(packed, atMost: maximumUnpacked)
        } catch {
            throw XMLError(message: "it is compressed and cannot be read: \(error.text)", line: 0)
        }
    }

    private static func fill(_ buffer: UnsafeMutableRawBufferPointer, _ descriptor: Int32) throws(XMLError) -> Int {
        while true {
            let count = read(descriptor, buffer.baseAddress, buffer.count)
            if count >= 0 { return count }
            if errno != EINTR { throw XMLError(message: String(cString: strerror(errno)), line: 0) }
        }
    }
}
