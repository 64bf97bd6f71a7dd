// SPDX-License-Identifier: GPL-2.0-or-later
// MD5, which CIB signatures, patches and operation histories use to notice changes (not for security).
import CGnuTLS
package import ClusterXML

package enum Digest {
    /// The MD5 of some bytes as 32 lower-case hexadecimal digits.
    package static func md5Hex(_ bytes: [UInt8]) -> String {
        var digest = [UInt8](repeating: 0, count: 16)
        _ = bytes.withUnsafeBytes { gnutls_hash_fast(GNUTLS_DIG_MD5, $0.baseAddress, $0.count, &digest) }
        let digits = Array("0123456789abcdef".utf8)
        var text: [UInt8] = []
        text.reserveCapacity(32)
        for byte in digest {
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// The MD5 of one blank, the compact XML and a newline: the form of operation digests and CIB file signatures.
    package static func version1(_ element: XMLElement) -> String {
        md5Hex([0x20] + element.serializedBytes(.compact) + [0x0A])
    }
}
