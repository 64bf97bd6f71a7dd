// SPDX-License-Identifier: GPL-2.0-or-later
// Frames on the connection between controller and remote node: a 40-byte header and XML text with its NUL
// (remote-protocol.md section 2).

/// Why a connection cannot be used any longer.
package enum FrameError: Error, Equatable, Sendable {
    case badMagic(UInt32)
    case badHeader(String)
    case tooLarge(UInt64)
    case badCompression(String)

    /// A line for the log.
    package var explanation: String {
        switch self {
        case .badMagic(let value): "not a Pacemaker message (first word \(String(value, radix: 16)))"
        case .badHeader(let what): "inconsistent message header: \(what)"
        case .tooLarge(let size): "message of \(size) bytes is larger than \(RemoteFrame.maximumSize)"
        case .badCompression(let what): "compressed message cannot be read: \(what)"
        }
    }
}

/// The layout of a frame.
package enum RemoteFrame {
    package static let headerSize = 40
    /// Largest frame and largest unpacked payload: 20 MiB, the limit of newer peers.
    package static let maximumSize = 20 * 1024 * 1024
    static let magic: UInt32 = 0xBADA_DBBD
    static let version: UInt32 = 1

    /// The fields that matter to a receiver.
    struct Header: Equatable {
        var totalSize: Int
        var payloadOffset: Int
        /// Bytes on the wire if compressed, else 0.
        var compressedSize: Int
        /// Length of the text with its NUL.
        var textSize: Int
    }

    /// Reads a header in either byte order and checks that its sizes agree.
    static func header(_ bytes: ArraySlice<UInt8>) throws(FrameError) -> Header {
        let swapped: Bool
        switch word(bytes, 0, swapped: false) {
        case magic: swapped = false
        case magic.byteSwapped: swapped = true
        case let other: throw .badMagic(other)
        }
        let header = Header(
            totalSize: Int(word(bytes, 24, swapped: swapped)),
            payloadOffset: Int(word(bytes, 28, swapped: swapped)),
            compressedSize: Int(word(bytes, 32, swapped: swapped)),
            textSize: Int(word(bytes, 36, swapped: swapped)))
        if header.totalSize > maximumSize { throw .tooLarge(UInt64(header.totalSize)) }
        if header.textSize > maximumSize { throw .tooLarge(UInt64(header.textSize)) }
        guard header.payloadOffset == headerSize else { throw .badHeader("payload at \(header.payloadOffset)") }
        let carried = header.compressedSize == 0 ? header.textSize : header.compressedSize
        guard header.totalSize == headerSize + carried, carried > 0 else {
            throw .badHeader("size \(header.totalSize) for a payload of \(carried)")
        }
        return header
    }

    private static func word(_ bytes: ArraySlice<UInt8>, _ offset: Int, swapped: Bool) -> UInt32 {
        var value: UInt32 = 0
        for index in 0..<4 { value |= UInt32(bytes[bytes.startIndex + offset + index]) << (8 * UInt32(index)) }
        let native = UInt32(littleEndian: value)
        return swapped ? native.byteSwapped : native
    }
}

/// Numbers and frames outgoing messages. One per process: ids count over all connections.
package struct RemoteFrameEncoder: Sendable {
    private var nextID: UInt64 = 1

    package init() {}

    /// A frame in two parts that must go into TLS records of their own: genuine peers read one record for each readable
    /// event and would be stuck otherwise (remote-protocol.md 2.2).
    /// - Throws: `FrameError.tooLarge` for text that peers would refuse.
    package mutating func encode(_ text: [UInt8]) throws(FrameError) -> (header: [UInt8], payload: [UInt8]) {
        let size = text.count + 1
        guard RemoteFrame.headerSize + size <= RemoteFrame.maximumSize else { throw .tooLarge(UInt64(size)) }
        var header: [UInt8] = []
        header.reserveCapacity(RemoteFrame.headerSize)
        func put(_ value: some FixedWidthInteger) { withUnsafeBytes(of: value) { header.append(contentsOf: $0) } }
        put(RemoteFrame.magic)
        put(RemoteFrame.version)
        put(nextID)
        put(UInt64(0))
        put(UInt32(RemoteFrame.headerSize + size))
        put(UInt32(RemoteFrame.headerSize))
        put(UInt32(0))
        put(UInt32(size))
        nextID &+= 1
        return (header, text + [0])
    }
}

/// Collects bytes and gives out whole messages. Any segmentation of the stream is fine.
package struct RemoteFrameDecoder: Sendable {
    private var buffer: [UInt8] = []
    private var start = 0
    private var header: RemoteFrame.Header?

    package init() {}

    /// True if part of a message has arrived: a peer must not leave it so for long.
    package var isInsideMessage: Bool { bufferedCount > 0 }

    /// Bytes of a message that is not complete.
    package var bufferedCount: Int { buffer.count - start }

    package mutating func append(_ bytes: [UInt8]) {
        buffer.append(contentsOf: bytes)
    }

    /// The next whole message's text without its NUL, or nil if more bytes are needed.
    /// - Throws: if the stream is unusable; the connection must be dropped.
    package mutating func next() throws(FrameError) -> [UInt8]? {
        if header == nil {
            guard buffer.count - start >= RemoteFrame.headerSize else { return nil }
            header = try RemoteFrame.header(buffer[start..<(start + RemoteFrame.headerSize)])
        }
        guard let header, buffer.count - start >= header.totalSize else { return nil }
        let payload = buffer[(start + header.payloadOffset)..<(start + header.totalSize)]
        let text: [UInt8]
        if header.compressedSize > 0 {
            do {
                text = try Bzip2.decompress(payload, expectedSize: header.textSize)
            } catch {
                throw .badCompression(error.text)
            }
        } else {
            text = Array(payload)
        }
        start += header.totalSize
        self.header = nil
        compact()
        let end = text.firstIndex(of: 0) ?? text.endIndex
        return Array(text[..<end])
    }

    private mutating func compact() {
        if start == buffer.count {
            buffer.removeAll(keepingCapacity: buffer.capacity <= 64 * 1024)
            start = 0
        } else if start > 256 * 1024 {
            buffer.removeFirst(start)
            start = 0
        }
    }
}
