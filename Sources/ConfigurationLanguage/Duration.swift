// SPDX-License-Identifier: GPL-2.0-or-later
// Durations as operations carry them: a bare number of seconds, a number with a unit, or ISO 8601.

package enum Duration {
    /// Milliseconds; nil if the text is no duration. Fractions are cut off, negative numbers are none.
    package static func milliseconds(_ text: String) -> Int? {
        if text.utf8.first == UInt8(ascii: "P") { return iso(text) }
        let digits = text.utf8.prefix { $0 >= 0x30 && $0 <= 0x39 }
        guard !digits.isEmpty, let number = Int(String(decoding: digits, as: UTF8.self)) else { return nil }
        var unit = text.utf8.dropFirst(digits.count)
        if unit.first == UInt8(ascii: ".") { unit = unit.dropFirst().drop { $0 >= 0x30 && $0 <= 0x39 } }
        let name = String(decoding: unit.drop { $0 == 0x20 }, as: UTF8.self).lowercased()
        switch name {
        case "", "s", "sec": return scaled(number, 1000)
        case "ms", "msec": return number
        case "us", "usec": return number / 1000
        case "m", "min": return scaled(number, 60_000)
        case "h", "hr": return scaled(number, 3_600_000)
        default: return nil
        }
    }

    package static func isValid(_ text: String) -> Bool { milliseconds(text) != nil }

    /// Whether two intervals are the same time; a missing one is 0.
    package static func equal(_ left: String?, _ right: String?) -> Bool {
        let (left, right) = (left ?? "0", right ?? "0")
        if left == right { return true }
        guard let a = milliseconds(left), let b = milliseconds(right) else { return false }
        return a == b
    }

    private static func scaled(_ number: Int, _ factor: Int) -> Int? {
        let (result, overflow) = number.multipliedReportingOverflow(by: factor)
        return overflow ? nil : result
    }

    /// `PnYnMnDTnHnMnS` and `PnW`, with years of 365 and months of 30 days.
    private static func iso(_ text: String) -> Int? {
        var total = 0
        var number: Int?
        var inTime = false
        var parts = 0
        for byte in text.utf8.dropFirst() {
            if byte >= 0x30, byte <= 0x39 {
                guard let grown = scaled(number ?? 0, 10), grown < Int.max - 9 else { return nil }
                number = grown + Int(byte - 0x30)
                continue
            }
            if byte == UInt8(ascii: "T") {
                guard !inTime, number == nil else { return nil }
                inTime = true
                continue
            }
            let seconds: Int
            switch (byte, inTime) {
            case (UInt8(ascii: "Y"), false): seconds = 31_536_000
            case (UInt8(ascii: "M"), false): seconds = 2_592_000
            case (UInt8(ascii: "W"), false): seconds = 604_800
            case (UInt8(ascii: "D"), false): seconds = 86_400
            case (UInt8(ascii: "H"), true): seconds = 3600
            case (UInt8(ascii: "M"), true): seconds = 60
            case (UInt8(ascii: "S"), true): seconds = 1
            default: return nil
            }
            guard let value = number, let part = scaled(value, seconds * 1000) else { return nil }
            let (sum, overflow) = total.addingReportingOverflow(part)
            guard !overflow else { return nil }
            total = sum
            number = nil
            parts += 1
        }
        return number == nil && parts > 0 ? total : nil
    }
}
