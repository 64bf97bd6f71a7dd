// SPDX-License-Identifier: GPL-2.0-or-later
// Randomness as state: a core that needs some owns a generator that the runtime seeded, so that runs can be repeated.

/// A small, fast generator (SplitMix64). Good for identifiers and jitter, not for keys.
package struct RandomSource: RandomNumberGenerator, Sendable {
    private var state: UInt64

    package init(seed: UInt64) {
        state = seed
    }

    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// A random (version 4) UUID in lower-case text.
    package mutating func uuid() -> String {
        let high = next() & 0xFFFF_FFFF_FFFF_0FFF | 0x4000
        let low = next() & 0x3FFF_FFFF_FFFF_FFFF | 0x8000_0000_0000_0000
        let digits = hexDigits(high) + hexDigits(low)
        let cuts = [0..<8, 8..<12, 12..<16, 16..<20, 20..<32]
        return cuts.map { String(decoding: digits[$0], as: UTF8.self) }.joined(separator: "-")
    }

    private func hexDigits(_ value: UInt64) -> [UInt8] {
        let alphabet = Array("0123456789abcdef".utf8)
        return (0..<16).map { alphabet[Int((value >> (60 - 4 * UInt64($0))) & 15)] }
    }
}
