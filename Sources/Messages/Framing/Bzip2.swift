// SPDX-License-Identifier: GPL-2.0-or-later
// Old peers' messages and stored files are compressed with bzip2: the system's libbz2 does it, opened only when something turns up.
import Glibc

/// Why something cannot be decompressed.
package struct Bzip2Error: Error, Equatable, Sendable {
    package let text: String

    fileprivate init(text: String) { self.text = text }

    /// - Parameter code: the library's.
    fileprivate init(code: Int32) {
        text = switch code {
        case -7: "it ends too early"
        case -5, -4: "it is damaged"
        default: "libbz2 error \(code)"
        }
    }
}

/// bzip2 with the system's library (Debian package libbz2-1.0).
package enum Bzip2 {
    /// How every compressed text begins.
    package static let magic: [UInt8] = Array("BZh".utf8)

    private typealias Decompress = @convention(c) (
        UnsafeMutablePointer<CChar>?, UnsafeMutablePointer<UInt32>?, UnsafeMutablePointer<CChar>?, UInt32, Int32, Int32
    ) -> Int32
    private typealias Compress = @convention(c) (
        UnsafeMutablePointer<CChar>?, UnsafeMutablePointer<UInt32>?, UnsafeMutablePointer<CChar>?, UInt32, Int32, Int32, Int32
    ) -> Int32
    /// The library's word for a result that is larger than the room for it.
    private static let outputIsFull: Int32 = -8

    /// - Parameter expectedSize: the exact size of the result, at most `RemoteFrame.maximumSize`.
    package static func decompress(_ bytes: ArraySlice<UInt8>, expectedSize: Int) throws(Bzip2Error) -> [UInt8] {
        let (code, output) = try decompress(Array(bytes), room: expectedSize)
        guard code == 0 else { throw Bzip2Error(code: code) }
        guard output.count == expectedSize else { throw Bzip2Error(text: "\(output.count) bytes instead of \(expectedSize)") }
        return output
    }

    /// Decompresses something of which nobody says how large it becomes.
    /// - Parameter limit: the largest result that is taken, in bytes, below 4 GiB.
    package static func decompress(_ bytes: [UInt8], atMost limit: Int) throws(Bzip2Error) -> [UInt8] {
        var room = min(max(bytes.count * 16, 1 << 16), limit)
        while true {
            let (code, output) = try decompress(bytes, room: room)
            if code == 0 { return output }
            guard code == outputIsFull else { throw Bzip2Error(code: code) }
            guard room < limit else { throw Bzip2Error(text: "more than \(limit) bytes") }
            room = min(room * 4, limit)
        }
    }

    /// nil if the library is missing or fails.
    package static func compress(_ bytes: [UInt8]) -> [UInt8]? {
        guard let symbol = symbol("BZ2_bzBuffToBuffCompress") else { return nil }
        let function = unsafeBitCast(symbol, to: Compress.self)
        // The library's own bound for data that cannot be compressed.
        let (code, output) = fill(bytes, room: bytes.count + bytes.count / 100 + 600) { target, size, source, count in
            function(target, size, source, count, 1, 0, 30)
        }
        return code == 0 ? output : nil
    }

    private static func decompress(_ bytes: [UInt8], room: Int) throws(Bzip2Error) -> (code: Int32, output: [UInt8]) {
        guard let symbol = symbol("BZ2_bzBuffToBuffDecompress") else {
            throw Bzip2Error(text: "libbz2.so.1.0 is not installed (Debian package libbz2-1.0)")
        }
        let function = unsafeBitCast(symbol, to: Decompress.self)
        return fill(bytes, room: room) { target, size, source, count in function(target, size, source, count, 0, 0) }
    }

    private static func symbol(_ name: String) -> UnsafeMutableRawPointer? {
        dlopen("libbz2.so.1.0", RTLD_NOW | RTLD_LOCAL).flatMap { dlsym($0, name) }
    }

    /// What a function of the library makes of bytes, and the code it returns.
    private static func fill(
        _ bytes: [UInt8], room: Int,
        _ function: (UnsafeMutablePointer<CChar>?, UnsafeMutablePointer<UInt32>, UnsafeMutablePointer<CChar>?, UInt32) -> Int32
    ) -> (code: Int32, output: [UInt8]) {
        var input = bytes
        var code: Int32 = 0
        let output = [UInt8](unsafeUninitializedCapacity: room) { target, count in
            var size = UInt32(room)
            code = input.withUnsafeMutableBytes { source in
                function(
                    UnsafeMutableRawPointer(target.baseAddress)?.assumingMemoryBound(to: CChar.self), &size,
                    source.baseAddress?.assumingMemoryBound(to: CChar.self), UInt32(source.count))
            }
            count = code == 0 ? Int(size) : 0
        }
        return (code, output)
    }
}
