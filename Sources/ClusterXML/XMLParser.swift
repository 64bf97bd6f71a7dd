// SPDX-License-Identifier: GPL-2.0-or-later
// Bytes to XMLElement, through libxml2's event interface, so that no second tree exists.
import CLibXML2

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

    /// Parses what an agent says of itself. Agents name a document type by habit; it is ignored and never fetched, and
    /// entities stay refused.
    package static func parse(metaData bytes: [UInt8]) throws(XMLError) -> XMLElement {
        try bytes.withBytesThrowing { bytes throws(XMLError) in try parse(bytes, ignoringDocumentType: true) }
    }

    package static func parse(
        _ bytes: UnsafeRawBufferPointer, ignoringDocumentType: Bool = false
    ) throws(XMLError) -> XMLElement {
        let session = ParseSession(ignoringDocumentType: ignoringDocumentType)
        var offset = 0
        while offset < bytes.count, session.isGoing {
            let count = min(bytes.count - offset, 1 << 20)
            session.push(UnsafeRawBufferPointer(rebasing: bytes[offset..<(offset + count)]))
            offset += count
        }
        return try session.finish()
    }

    /// Parses what a reader supplies piece by piece, so that a large text is never in memory as a whole.
    /// - Parameter fill: puts up to the buffer's size of bytes into the buffer and returns their count; 0 at the end.
    ///   What it throws ends the parse.
    package static func parse(
        reading fill: (UnsafeMutableRawBufferPointer) throws(XMLError) -> Int
    ) throws(XMLError) -> XMLElement {
        let session = ParseSession()
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 16)
        defer { buffer.deallocate() }
        while session.isGoing {
            let count = try fill(buffer)
            if count <= 0 { break }
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
