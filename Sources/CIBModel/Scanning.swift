// SPDX-License-Identifier: GPL-2.0-or-later
// How booleans, integers, durations and names in a CIB are read and compared (scheduler spec 1.2, 1.3).

import Glibc

/// Readers for the texts found in attributes. All of them are total: bad text gives nil or the documented fallback.
package enum Scan {
    /// `true`, `on`, `yes`, `y`, `1` or their opposites, any case; nil for anything else.
    package static func boolean(_ text: String) -> Bool? {
        switch text {
        case "true", "1": return true
        case "false", "0": return false
        default: break
        }
        switch text.lowercased() {
        case "true", "on", "yes", "y", "1": return true
        case "false", "off", "no", "n", "0": return false
        default: return nil
        }
    }

    /// Whether the text reads as true; missing or invalid is false.
    package static func isTrue(_ text: String?) -> Bool { text.flatMap(boolean) ?? false }

    /// Leading integer of a text: blanks, sign, digits; what follows is ignored. Saturates. Nil without digits.
    package static func integer(_ text: String) -> Int64? {
        integerPrefix(text)?.value
    }

    /// Whether a text begins with an integer of 64 bits.
    package static func isInteger(_ text: String) -> Bool { integerPrefix(text)?.isExact ?? false }

    /// The leading integer, how many UTF-8 bytes it took, blanks included, and whether it has 64 bits at most.
    private static func integerPrefix(_ text: String) -> (value: Int64, length: Int, isExact: Bool)? {
        if let found = text.utf8.withContiguousStorageIfAvailable({ integerPrefix($0) }) { return found }
        return integerPrefix(String(decoding: Array(text.utf8), as: UTF8.self))
    }

    private static func integerPrefix(_ bytes: UnsafeBufferPointer<UInt8>) -> (value: Int64, length: Int, isExact: Bool)? {
        var length = 0
        while length < bytes.count, bytes[length] == 0x20 || (bytes[length] >= 9 && bytes[length] <= 13) { length += 1 }
        var isNegative = false
        if length < bytes.count, bytes[length] == UInt8(ascii: "-") || bytes[length] == UInt8(ascii: "+") {
            isNegative = bytes[length] == UInt8(ascii: "-")
            length += 1
        }
        let firstDigit = length
        // Below zero there is one number more.
        var negated: Int64 = 0
        var isExact = true
        while length < bytes.count, bytes[length] >= 0x30, bytes[length] <= 0x39 {
            let (product, overflow) = negated.multipliedReportingOverflow(by: 10)
            let (difference, carry) = product.subtractingReportingOverflow(Int64(bytes[length]) - 0x30)
            if overflow || carry { isExact = false }
            negated = isExact ? difference : .min
            length += 1
        }
        guard length > firstDigit else { return nil }
        if isNegative { return (negated, length, isExact) }
        return negated == .min ? (.max, length, false) : (-negated, length, isExact)
    }

    /// Epoch seconds; 0 without a number, bounded so that adding a duration can not overflow.
    package static func epoch(_ text: String) -> Int64 { epoch(integer(text) ?? 0) }

    /// A number as epoch seconds, bounded like a text.
    package static func epoch(_ seconds: Int64) -> Int64 { min(max(seconds, -epochBound), epochBound) }

    /// Times beyond this (in seconds) are as good as never.
    package static let epochBound: Int64 = 1 << 50

    /// Non-negative integer of a meta-attribute: below the minimum or unreadable gives the minimum (spec 1.2).
    package static func count(_ text: String, minimum: Int32) -> Int32 {
        guard let value = integer(text) else { return minimum }
        return Int32(clamping: max(value, Int64(minimum)))
    }

    /// A duration in milliseconds: integer, optional fraction (ignored), unit by prefix. Nil if invalid, which a number of more than
    /// 64 bits is, too.
    package static func duration(_ text: String) -> Int64? {
        guard let (value, length, isExact) = integerPrefix(text), isExact else { return nil }
        var rest = text.utf8.dropFirst(length)
        while let byte = rest.first, (byte >= 0x30 && byte <= 0x39) || byte == UInt8(ascii: ".") { rest = rest.dropFirst() }
        while let byte = rest.first, byte == 0x20 || (byte >= 9 && byte <= 13) { rest = rest.dropFirst() }
        func lower(_ offset: Int) -> UInt8 {
            guard rest.count > offset else { return 0 }
            let byte = rest[rest.index(rest.startIndex, offsetBy: offset)]
            return byte >= 0x41 && byte <= 0x5A ? byte + 0x20 : byte
        }
        let multiplier: Int64
        switch (lower(0), lower(1)) {
        case (0, _), (UInt8(ascii: "s"), _): multiplier = 1000
        case (UInt8(ascii: "m"), UInt8(ascii: "s")): return value
        case (UInt8(ascii: "u"), UInt8(ascii: "s")): return value / 1000
        case (UInt8(ascii: "m"), _): multiplier = 60_000
        case (UInt8(ascii: "h"), _): multiplier = 3_600_000
        default: return nil
        }
        let (product, overflow) = value.multipliedReportingOverflow(by: multiplier)
        if overflow { return value < 0 ? .min : .max }
        return product
    }

    /// An interval in milliseconds: a duration or an ISO 8601 duration; 0 if missing, negative or invalid.
    package static func interval(_ text: String?) -> UInt32 {
        guard let text else { return 0 }
        let milliseconds: Int64
        if text.utf8.first == UInt8(ascii: "P") {
            guard let duration = try? CalendarDuration(parsing: text) else { return 0 }
            // Whole seconds, as many as fit.
            milliseconds = min(duration.secondsAsDate, Int64(UInt32.max / 1000)) * 1000
        } else {
            let prefix = integerPrefix(text)
            milliseconds = duration(text) ?? (prefix?.isExact == false ? prefix?.value ?? 0 : 0)
        }
        return milliseconds < 0 ? 0 : UInt32(clamping: milliseconds)
    }

    /// Whether a text is an interval: no negative one, and within 64 bits.
    package static func isInterval(_ text: String) -> Bool {
        if text.utf8.first == UInt8(ascii: "P") { return (try? CalendarDuration(parsing: text)) != nil }
        return (duration(text) ?? -1) >= 0
    }

    /// Milliseconds to whole seconds for timeouts: 0 stays 0, below a second is 1, else rounded half up.
    package static func timeoutSeconds(_ milliseconds: Int64) -> Int64 {
        if milliseconds <= 0 { return 0 }
        if milliseconds < 1000 { return 1 }
        return milliseconds / 1000 + (milliseconds % 1000 >= 500 ? 1 : 0)
    }

    /// A floating point number at the start of the text; nil without one.
    package static func number(_ text: String) -> Double? {
        var end = text.utf8.startIndex
        var seenDigit = false
        var seenDot = false
        for (offset, byte) in text.utf8.enumerated() {
            if byte >= 0x30, byte <= 0x39 {
                seenDigit = true
            } else if byte == UInt8(ascii: "."), !seenDot {
                seenDot = true
            } else if offset == 0, byte == UInt8(ascii: "-") || byte == UInt8(ascii: "+") {
            } else {
                break
            }
            end = text.utf8.index(after: text.utf8.index(text.utf8.startIndex, offsetBy: offset))
        }
        return seenDigit ? Double(String(text[..<end]).hasSuffix(".") ? text[..<end] + "0" : text[..<end]) : nil
    }
}

/// Comparisons of names (spec 1.3). Negative: first is smaller.
package enum Compare {
    @inline(__always) private static func lower(_ byte: UInt8) -> UInt8 {
        byte >= 0x41 && byte <= 0x5A ? byte + 0x20 : byte
    }

    /// Letters of ASCII compare without case.
    package static func ignoringCase(_ a: String, _ b: String) -> Int {
        var left = a.utf8.makeIterator()
        var right = b.utf8.makeIterator()
        while true {
            switch (left.next(), right.next()) {
            case (nil, nil): return 0
            case (nil, _): return -1
            case (_, nil): return 1
            case (let x?, let y?):
                let (l, r) = (lower(x), lower(y))
                if l != r { return l < r ? -1 : 1 }
            }
        }
    }

    /// Equality without case; nil equals nil only.
    package static func equalIgnoringCase(_ a: String?, _ b: String?) -> Bool {
        switch (a, b) {
        case (nil, nil): true
        case (let x?, let y?): x == y || ignoringCase(x, y) == 0
        default: false
        }
    }

    /// Byte order, as `strcmp`.
    package static func bytes(_ a: String, _ b: String) -> Int {
        if a == b { return 0 }
        return precedes(a, b) ? -1 : 1
    }

    /// Whether a text comes before another in byte order.
    package static func precedes(_ a: String, _ b: String) -> Bool {
        let order = a.utf8.withContiguousStorageIfAvailable { left in
            b.utf8.withContiguousStorageIfAvailable { right -> Bool in
                guard let x = left.baseAddress, let y = right.baseAddress else { return left.count < right.count }
                let difference = memcmp(x, y, min(left.count, right.count))
                return difference == 0 ? left.count < right.count : difference < 0
            }
        }
        return (order ?? nil) ?? a.utf8.lexicographicallyPrecedes(b.utf8)
    }

    /// Node names: runs of digits compare as numbers, the rest without case (order of node lists).
    package static func nodeNames(_ a: String, _ b: String) -> Int {
        let x = Array(a.utf8)
        let y = Array(b.utf8)
        var i = 0
        var j = 0
        func isDigit(_ byte: UInt8) -> Bool { byte >= 0x30 && byte <= 0x39 }
        while i < x.count, j < y.count {
            if isDigit(x[i]), isDigit(y[j]) {
                var (m, n) = (i, j)
                while m < x.count, isDigit(x[m]) { m += 1 }
                while n < y.count, isDigit(y[n]) { n += 1 }
                var left = x[i..<m].drop { $0 == 0x30 }
                var right = y[j..<n].drop { $0 == 0x30 }
                if left.count != right.count { return left.count < right.count ? -1 : 1 }
                while let l = left.popFirst(), let r = right.popFirst() {
                    if l != r { return l < r ? -1 : 1 }
                }
                if m - i != n - j { return m - i < n - j ? -1 : 1 }
                (i, j) = (m, n)
            } else {
                let (l, r) = (lower(x[i]), lower(y[j]))
                if l != r { return l < r ? -1 : 1 }
                i += 1
                j += 1
            }
        }
        if i < x.count { return 1 }
        return j < y.count ? -1 : 0
    }

    /// The numbers at the start of a version: digits with single dots between them.
    private static func versionNumbers(_ text: String) -> [Int64] {
        var numbers: [Int64] = []
        var number: Int64?
        for byte in text.utf8.drop(while: { $0 == 0x20 || (0x09...0x0D).contains($0) }) {
            if (0x30...0x39).contains(byte) {
                let (shifted, overflow) = (number ?? 0).multipliedReportingOverflow(by: 10)
                let (sum, more) = shifted.addingReportingOverflow(Int64(byte) - 0x30)
                number = overflow || more ? .max : sum
            } else if byte == 0x2E, let known = number {
                numbers.append(known)
                number = nil
            } else {
                break
            }
        }
        return number.map { numbers + [$0] } ?? numbers
    }

    /// Dotted versions, number by number; missing numbers are 0. Blanks before a version do not count, nor does what follows its numbers.
    package static func versions(_ a: String?, _ b: String?) -> Int {
        switch (a, b) {
        case (nil, nil): return 0
        case (nil, _): return -1
        case (_, nil): return 1
        case (let x?, let y?):
            let (left, right) = (versionNumbers(x), versionNumbers(y))
            for position in 0..<max(left.count, right.count) {
                let l = position < left.count ? left[position] : 0
                let r = position < right.count ? right[position] : 0
                if l != r { return l < r ? -1 : 1 }
            }
            return 0
        }
    }
}
