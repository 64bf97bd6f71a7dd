// SPDX-License-Identifier: GPL-2.0-or-later
// Decompression of old peers' messages and of stored files with the system's libbz2, opened only when one turns up.
import Glibc

/// bzip2 decompression. We never compress.
package enum Bzip2 {
    private typealias DecompressFunction = @convention(c) (
        UnsafeMutablePointer<CChar>?, UnsafeMutablePointer<UInt32>?, UnsafeMutablePointer<CChar>?, UInt32, Int32, Int32
    ) -> Int32

    /// - Parameter expectedSize: the exact size of the result, at most `RemoteFrame.maximumSize`.
    package static func decompress(_ bytes: ArraySlice<UInt8>, expectedSize: Int) throws(FrameError) -> [UInt8] {
        guard let function = load() else {
            throw .badCompression("libbz2.so.1.0 is not installed (Debian package libbz2-1.0)")
        }
        var input = Array(bytes)
        var output = [UInt8](repeating: 0, count: expectedSize)
        var size = UInt32(expectedSize)
        let inputSize = UInt32(input.count)
        let rc = input.withUnsafeMutableBytes { source in
            output.withUnsafeMutableBytes { target in
                function(
                    target.baseAddress?.assumingMemoryBound(to: CChar.self), &size,
                    source.baseAddress?.assumingMemoryBound(to: CChar.self), inputSize, 0, 0)
            }
        }
        guard rc == 0 else { throw .badCompression("libbz2 error \(rc)") }
        guard Int(size) == expectedSize else { throw .badCompression("\(size) bytes instead of \(expectedSize)") }
        return output
    }

    private static func load() -> DecompressFunction? {
        guard let library = dlopen("libbz2.so.1.0", RTLD_NOW | RTLD_LOCAL),
            let symbol = dlsym(library, "BZ2_bzBuffToBuffDecompress")
        else { return nil }
        return unsafeBitCast(symbol, to: DecompressFunction.self)
    }
}
