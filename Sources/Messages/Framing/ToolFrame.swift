// SPDX-License-Identifier: GPL-2.0-or-later
// Frames on the local socket between tools and the daemon of their host. The payloads are the XML of Pacemaker's local protocols.
//
// Header, 20 bytes, little endian: magic, kind, id, flags, length of the payload; then the payload without a NUL.
// The first frame of a tool is `hello` with `<hello channel="cib_ro" client="crm_mon"/>`; the daemon answers with a hello
// whose id is 0 and whose payload is `<hello rc="0" server="controller"/>`, rc being 0 or a negative `WireError`.

/// One frame between a tool and a daemon.
package struct ToolFrame: Sendable, Equatable {
    package enum Kind: UInt32, Sendable {
        case hello = 0
        /// Tool to daemon.
        case request = 1
        /// Daemon to tool: the answer to the request with the same id.
        case response = 2
        /// Daemon to tool, at any time.
        case event = 3
    }

    package var kind: Kind
    /// The tool's number for a request, 1 and up; 0 for events.
    package var id: UInt32
    /// `wantsResponse` or 0.
    package var flags: UInt32
    package var payload: [UInt8]

    /// Set in a request that must be answered with exactly one response.
    package static let wantsResponse: UInt32 = 0x200
    static let magic: UInt32 = 0x314C_5443
    static let headerSize = 20
    /// Largest payload: a status of thousands of resources, with room to spare.
    package static let maximumPayload = 64 * 1024 * 1024

    package init(_ kind: Kind, id: UInt32 = 0, flags: UInt32 = 0, payload: [UInt8]) {
        self.kind = kind
        self.id = id
        self.flags = flags
        self.payload = payload
    }

    /// The frame as bytes.
    package var encoded: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(ToolFrame.headerSize + payload.count)
        for word in [ToolFrame.magic, kind.rawValue, id, flags, UInt32(truncatingIfNeeded: payload.count)] {
            withUnsafeBytes(of: word.littleEndian) { bytes.append(contentsOf: $0) }
        }
        bytes.append(contentsOf: payload)
        return bytes
    }
}

/// Collects bytes of a tool connection and gives out whole frames.
package struct ToolFrameDecoder: Sendable {
    private var buffer: [UInt8] = []
    private var start = 0

    package init() {}

    package mutating func append(_ bytes: some Sequence<UInt8>) {
        buffer.append(contentsOf: bytes)
    }

    /// The next frame, or nil if more bytes are needed.
    /// - Throws: if the peer does not speak this protocol; the connection must be closed.
    package mutating func next() throws(FrameError) -> ToolFrame? {
        guard buffer.count - start >= ToolFrame.headerSize else { return nil }
        let magic = word(0)
        guard magic == ToolFrame.magic else { throw .badMagic(magic) }
        guard let kind = ToolFrame.Kind(rawValue: word(4)) else { throw .badHeader("kind \(word(4))") }
        let length = Int(word(16))
        guard length <= ToolFrame.maximumPayload else { throw .tooLarge(UInt64(length)) }
        guard buffer.count - start >= ToolFrame.headerSize + length else { return nil }
        let payloadStart = start + ToolFrame.headerSize
        let frame = ToolFrame(
            kind, id: word(8), flags: word(12), payload: Array(buffer[payloadStart..<(payloadStart + length)]))
        start = payloadStart + length
        if start == buffer.count {
            buffer.removeAll(keepingCapacity: buffer.capacity <= 64 * 1024)
            start = 0
        }
        return frame
    }

    private func word(_ offset: Int) -> UInt32 {
        var value: UInt32 = 0
        for index in 0..<4 { value |= UInt32(buffer[start + offset + index]) << (8 * UInt32(index)) }
        return value
    }
}
