// SPDX-License-Identifier: GPL-2.0-or-later
// Bytes to XMLElement, through libxml2's event interface, so that no second tree exists.
import CLibXML2
import Glibc

/// Parses XML that comes from files, peers and users: no document types, no entities but the five predefined ones,
/// no network, bounded depth. White space between elements is dropped; comments are kept.
package enum XMLParser {
    /// The deepest nesting that is taken. CIBs need about twelve levels.
    package static let maximumDepth = 256

    package static func parse(_ text: String) throws(XMLError) -> XMLElement {
        var text = text
        return try text.withUTF8Throwing { bytes throws(XMLError) in try parse(UnsafeRawBufferPointer(bytes)) }
    }

    package static func parse(_ bytes: [UInt8]) throws(XMLError) -> XMLElement {
        try bytes.withBytesThrowing { bytes throws(XMLError) in try parse(bytes) }
    }

    package static func parse(_ bytes: UnsafeRawBufferPointer) throws(XMLError) -> XMLElement {
        let session = ParseSession()
        var offset = 0
        while offset < bytes.count, session.isGoing {
            let count = min(bytes.count - offset, 1 << 20)
            session.push(UnsafeRawBufferPointer(rebasing: bytes[offset..<(offset + count)]))
            offset += count
        }
        return try session.finish()
    }

    /// Reads and parses a file piece by piece; the text is never in memory as a whole.
    /// - Throws: an `XMLError` with line 0 when the file cannot be read.
    package static func parse(file path: String) throws(XMLError) -> XMLElement {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw XMLError(message: String(cString: strerror(errno)), line: 0) }
        defer { close(descriptor) }
        return try parse(descriptor: descriptor)
    }

    /// Reads until end of file from an open descriptor, for example standard input.
    package static func parse(descriptor: Int32) throws(XMLError) -> XMLElement {
        let session = ParseSession()
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 16)
        defer { buffer.deallocate() }
        while session.isGoing {
            let count = read(descriptor, buffer.baseAddress, buffer.count)
            if count < 0 {
                if errno == EINTR { continue }
                throw XMLError(message: String(cString: strerror(errno)), line: 0)
            }
            if count == 0 { break }
            session.push(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
        }
        return try session.finish()
    }
}

extension String {
    fileprivate mutating func withUTF8Throwing<Result>(
        _ body: (UnsafeBufferPointer<UInt8>) throws(XMLError) -> Result
    ) throws(XMLError) -> Result {
        let outcome: Swift.Result<Result, XMLError> = withUTF8 { bytes in
            do throws(XMLError) { return .success(try body(bytes)) } catch { return .failure(error) }
        }
        return try outcome.get()
    }
}

extension Array where Element == UInt8 {
    fileprivate func withBytesThrowing<Result>(
        _ body: (UnsafeRawBufferPointer) throws(XMLError) -> Result
    ) throws(XMLError) -> Result {
        let outcome: Swift.Result<Result, XMLError> = withUnsafeBytes { bytes in
            do throws(XMLError) { return .success(try body(bytes)) } catch { return .failure(error) }
        }
        return try outcome.get()
    }
}
