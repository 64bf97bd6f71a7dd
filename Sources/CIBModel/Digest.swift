// SPDX-License-Identifier: GPL-2.0-or-later
// MD5, which CIB signatures, patches and operation histories use to notice changes (not for security).
import CNettle
package import ClusterXML

package enum Digest {
    /// The MD5 of some bytes as 32 lower-case hexadecimal digits.
    package static func md5Hex(_ bytes: [UInt8]) -> String {
        var digest: (UInt64, UInt64) = (0, 0)
        var state = md5_ctx()
        nettle_md5_init(&state)
        nettle_md5_update(&state, bytes.count, bytes)
        withUnsafeMutableBytes(of: &digest) { digest in
            nettle_md5_digest(&state, digest.count, digest.baseAddress?.assumingMemoryBound(to: UInt8.self))
        }
        return String(unsafeUninitializedCapacity: 32) { text in
            withUnsafeBytes(of: &digest) { digest in
                for (index, byte) in digest.enumerated() {
                    text[2 * index] = hexDigit(byte >> 4)
                    text[2 * index + 1] = hexDigit(byte & 15)
                }
            }
            return 32
        }
    }

    private static func hexDigit(_ value: UInt8) -> UInt8 { value < 10 ? 0x30 + value : 0x61 + value - 10 }

    /// The MD5 of one blank, the compact XML and a newline: the form of operation digests and CIB file signatures.
    package static func version1(_ element: XMLElement) -> String {
        version1 { $0.compact(element) }
    }

    /// The same of a `parameters` element with these attributes: the digests of an operation.
    package static func ofParameters(_ attributes: [XMLAttribute]) -> String {
        version1 { $0.empty("parameters", attributes) }
    }

    private static func version1(_ content: (inout XMLPrinter) -> Void) -> String {
        var printer = XMLPrinter()
        printer.put(" ")
        content(&printer)
        printer.put("\n")
        return md5Hex(printer.bytes)
    }
}
