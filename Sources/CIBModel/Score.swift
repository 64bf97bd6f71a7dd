// SPDX-License-Identifier: GPL-2.0-or-later
// Scores: integers that saturate at plus and minus INFINITY, and how users write them.

/// A preference between -INFINITY and INFINITY (1,000,000). Minus infinity wins over everything.
@usableFromInline package struct Score: Sendable, Hashable, Comparable, CustomStringConvertible {
    @inlinable package static var infinity: Score { Score(unchecked: 1_000_000) }
    @inlinable package static var minusInfinity: Score { Score(unchecked: -1_000_000) }
    @inlinable package static var zero: Score { Score(unchecked: 0) }

    @usableFromInline package let value: Int32

    @inlinable init(unchecked value: Int32) { self.value = value }

    /// Clamps to the range of scores.
    @inlinable package init(_ value: Int) { self.init(clamped: Int32(clamping: value)) }

    /// A sum as it is: several infinite scores count more than one when they are compared. Adding to it clamps again.
    @inlinable package init(sum value: Int) { self.init(unchecked: Int32(clamping: value)) }

    @inlinable package init(clamped value: Int32) { self.value = min(max(value, -1_000_000), 1_000_000) }

    /// Reads a score as written in a CIB: an integer, `INFINITY`, `+INFINITY`, `-INFINITY`, `red`, `yellow`, `green`
    /// are left to the caller. Digits followed by other text count by their digits, as in Pacemaker.
    /// - Returns: nil if the text does not begin with a number.
    package init?(parsing text: String) {
        var text = text
        if let number = text.withUTF8(Self.number) {
            self.init(unchecked: number)
            return
        }
        switch text {
        case "INFINITY", "+INFINITY": self = .infinity
        case "-INFINITY": self = .minusInfinity
        default: return nil
        }
    }

    /// Sign and digits at the beginning of a text, behind blanks; nil without digits.
    private static func number(_ text: UnsafeBufferPointer<UInt8>) -> Int32? {
        var start = 0
        while start < text.count, text[start] == 0x20 || (text[start] >= 9 && text[start] <= 13) { start += 1 }
        let sign = start < text.count ? text[start] : 0
        let first = start + (sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+") ? 1 : 0)
        var position = first
        var magnitude: Int32 = 0
        while position < text.count, text[position] >= 0x30, text[position] <= 0x39 {
            magnitude = min(magnitude * 10 + Int32(text[position] - 0x30), 1_000_000)
            position += 1
        }
        guard position > first else { return nil }
        return sign == UInt8(ascii: "-") ? -magnitude : magnitude
    }

    @inlinable package static func < (left: Score, right: Score) -> Bool { left.value < right.value }

    /// Adds so that minus infinity stays, then plus infinity stays, then the sum is clamped.
    @inlinable @inline(__always) package static func + (left: Score, right: Score) -> Score {
        if left.value <= -1_000_000 || right.value <= -1_000_000 { return .minusInfinity }
        if left.value >= 1_000_000 || right.value >= 1_000_000 { return .infinity }
        return Score(clamped: left.value + right.value)
    }

    @inlinable package static func += (left: inout Score, right: Score) { left = left + right }

    @inlinable package static prefix func - (score: Score) -> Score { Score(unchecked: -score.value) }

    @inlinable package static func == (left: Score, right: Score) -> Bool { left.value == right.value }

    /// `INFINITY`, `-INFINITY` or the number.
    @usableFromInline package var description: String {
        switch value {
        case 1_000_000...: "INFINITY"
        case ...(-1_000_000): "-INFINITY"
        default: String(value)
        }
    }
}
