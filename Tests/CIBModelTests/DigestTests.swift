// SPDX-License-Identifier: GPL-2.0-or-later
// MD5 beside the vectors of RFC 1321 and, around the ends of its blocks, beside another implementation.
@testable import CIBModel
import Testing

@Suite struct DigestTests {
    @Test(arguments: [
        ("", "d41d8cd98f00b204e9800998ecf8427e"),
        ("a", "0cc175b9c0f1b6a831c399e269772661"),
        ("message digest", "f96b697d7cb7938d525a2f31aaf161d0"),
        ("12345678901234567890123456789012345678901234567890123456789012345678901234567890", "57edf4a22be3c955ac49da2e2107b67a"),
    ])
    func vectorsOfTheStandard(text: String, digest: String) { #expect(Digest.md5Hex(Array(text.utf8)) == digest) }

    /// Bytes that count up by seven, beginning with their number.
    @Test(arguments: [
        (0, "d41d8cd98f00b204e9800998ecf8427e"),
        (1, "55a54008ad1ba589aa210d2629c1df41"),
        (55, "f1289732253518750e22b62a571a1748"),
        (56, "179e3b9fa272a23e2a8b32bde1015414"),
        (57, "d5f0a59aa9d6d8164d3754fb91f67809"),
        (63, "dd785945d1d6b87eca0d276dbb8756fd"),
        (64, "e3ab394ce4eb7da020a27d2e2443143c"),
        (65, "28a6b0f918d9aea03e979a1657d8d0f6"),
        (119, "d49720530a386a3191eac0dc840dd1bd"),
        (120, "8a440004b569286a42c722295ce1c5a6"),
        (128, "52cc29caecfd9380a2261a80c58e6787"),
        (1000, "c3b2968d34e038455d14c8827156e193"),
    ])
    func lengthsAroundABlock(count: Int, digest: String) {
        #expect(Digest.md5Hex((0..<count).map { UInt8(truncatingIfNeeded: $0 * 7 + count) }) == digest)
    }
}
