// SPDX-License-Identifier: GPL-2.0-or-later
// Reading ISO 8601 dates, durations and periods, with the tolerance Pacemaker's users rely on (scheduler spec 1.8).

/// Why a date, duration or period can not be read.
package struct DateError: Error, Equatable { package var text: String }

/// A small cursor over the bytes of a text.
private struct ByteCursor {
    let bytes: [UInt8]
    var position = 0

    init(_ text: some StringProtocol) { bytes = Array(text.utf8) }

    var current: UInt8 { position < bytes.count ? bytes[position] : 0 }
    func peek(_ offset: Int) -> UInt8 { position + offset < bytes.count ? bytes[position + offset] : 0 }
    var rest: String { String(decoding: bytes[min(position, bytes.count)...], as: UTF8.self) }
    var isDigit: Bool { current >= 0x30 && current <= 0x39 }

    /// Up to `width` digits as a number (saturating at nine digits of value); nil without a digit.
    mutating func number(width: Int = 18) -> Int64? {
        var value: Int64 = 0
        var count = 0
        while count < width, isDigit {
            value = min(value * 10 + Int64(current - 0x30), 1 << 40)
            position += 1
            count += 1
        }
        return count > 0 ? value : nil
    }

    mutating func skip(_ byte: Character) -> Bool {
        guard let code = byte.asciiValue, current == code else { return false }
        position += 1
        return true
    }

    mutating func skipBlanks() { while current == 0x20 || (current >= 9 && current <= 13) { position += 1 } }
}

extension Timestamp {
    /// Reads a date with optional time.
    /// - Parameters:
    ///   - now: what a time without a date belongs to, and where the local offset comes from.
    /// - Throws: `DateError` with the reason.
    package init(parsing text: some StringProtocol, now: Timestamp) throws(DateError) {
        guard !text.isEmpty else { throw DateError(text: "No ISO 8601 date/time specification given") }
        var cursor = ByteCursor(text)
        let localOffset = Timestamp.localOffset(at: now.epoch)
        let whole = String(text)
        if cursor.current == UInt8(ascii: "T") || cursor.peek(2) == UInt8(ascii: ":") {
            if cursor.current == UInt8(ascii: "T") { cursor.position += 1 }
            let today = now.inUTC.fields
            self = try Self.time(&cursor, year: today.year, dayOfYear: today.dayOfYear, localOffset, whole)
            return
        }
        if whole.lowercased().hasPrefix("epoch"), [0, 0x2F, 0x20].contains(cursor.peek(5)) {
            self.init(epoch: 0)
            return
        }
        let (year, dayOfYear) = try Self.date(&cursor, whole)
        if cursor.current == UInt8(ascii: "T") || cursor.current == 0x20 {
            cursor.position += 1
            self = try Self.time(&cursor, year: year, dayOfYear: dayOfYear, localOffset, whole)
        } else {
            self.init(year: year, dayOfYear: dayOfYear, secondOfDay: 0, offset: 0)
        }
    }

    private static func invalid(_ text: String, _ why: String) -> DateError {
        DateError(text: "'\(text)' is not a valid ISO 8601 date/time specification" + (why.isEmpty ? "" : " because \(why)"))
    }

    /// The date part: `YYYY-MM-DD`, `YYYYMMDD`, `YYYY-DDD` or `YYYY-Www-D`.
    private static func date(_ cursor: inout ByteCursor, _ text: String) throws(DateError) -> (Int64, Int64) {
        let negative = cursor.skip("-")
        let begin = cursor.position
        guard var year = cursor.number() else { throw invalid(text, "") }
        if negative { year = (1 << 32) - year }
        let digits = cursor.position - begin
        guard cursor.skip("-") else {
            guard digits == 8 else { throw invalid(text, "") }
            return (year / 10000, try monthDay(year / 10000, year / 100 % 100, year % 100, text))
        }
        if cursor.skip("W") {
            guard let week = cursor.number(), cursor.skip("-"), let day = cursor.number() else { throw invalid(text, "") }
            return try weekDate(year, week, day, text)
        }
        guard let second = cursor.number() else { throw invalid(text, "") }
        if cursor.current == UInt8(ascii: "-"), cursor.peek(1) >= 0x30, cursor.peek(1) <= 0x39 {
            cursor.position += 1
            let day = cursor.number() ?? 0
            return (year, try monthDay(year, second, day, text))
        }
        guard year >= 1, year <= Int64(Int32.max) else { throw invalid(text, "'\(year)' is not a valid year") }
        guard second >= 1, second <= Gregorian.days(inYear: year) else {
            throw invalid(text, "'\(second)' is not a valid day of year \(year) (1-\(Gregorian.days(inYear: year)))")
        }
        return (year, second)
    }

    private static func monthDay(
        _ year: Int64, _ month: Int64, _ day: Int64, _ text: String
    ) throws(DateError) -> Int64 {
        guard month >= 1, month <= 12 else { throw invalid(text, "'\(month)' is not a valid month") }
        guard year >= 1, year <= Int64(Int32.max) else { throw invalid(text, "'\(year)' is not a valid year") }
        guard day >= 1, day <= Gregorian.days(inMonth: month, year: year) else {
            throw invalid(text, "'\(day)' is not a valid day of the month")
        }
        return Gregorian.ordinal(year: year, month: month, day: day)
    }

    private static func weekDate(
        _ year: Int64, _ week: Int64, _ day: Int64, _ text: String
    ) throws(DateError) -> (Int64, Int64) {
        guard year >= 1, year <= Int64(Int32.max) else { throw invalid(text, "'\(year)' is not a valid year") }
        guard week >= 1, week <= Gregorian.weeks(inYear: year) else {
            throw invalid(text, "'\(week)' is not a valid week of year \(year) (1-\(Gregorian.weeks(inYear: year)))")
        }
        guard day >= 1, day <= 7 else { throw invalid(text, "'\(day)' is not a valid day of the week") }
        // Week 1 holds January 4.
        let fourth = (Gregorian.januaryFirst(year) + 2) % 7 + 1
        return (year, 4 - (fourth - 1) + (week - 1) * 7 + (day - 1))
    }

    /// The time part and its offset.
    private static func time(
        _ cursor: inout ByteCursor, year: Int64, dayOfYear: Int64, _ localOffset: Int32, _ text: String
    ) throws(DateError) -> Timestamp {
        let second = try clockSeconds(&cursor)
        while cursor.isDigit || cursor.current == UInt8(ascii: ":") { cursor.position += 1 }
        cursor.skipBlanks()
        let offset = try zone(&cursor, localOffset)
        return Timestamp(year: year, dayOfYear: dayOfYear, secondOfDay: second, offset: offset)
    }

    /// `HH[:MM[:SS]]` or `HHMMSS` as seconds of a day; 24:00:00 is the end of it.
    private static func clockSeconds(_ cursor: inout ByteCursor) throws(DateError) -> Int64 {
        let (begin, rest) = (cursor.position, cursor.rest)
        guard var hours = cursor.number() else { throw DateError(text: "'\(rest)' is not a valid ISO 8601 time specification") }
        var (minutes, seconds): (Int64, Int64) = (0, 0)
        if cursor.skip(":") {
            minutes = cursor.number() ?? 0
            if cursor.skip(":") { seconds = cursor.number() ?? 0 }
        } else {
            cursor.position = begin
            hours = cursor.number(width: 2) ?? 0
            minutes = cursor.number(width: 2) ?? 0
            seconds = cursor.number(width: 2) ?? 0
        }
        func invalid(_ value: Int64, _ unit: String) -> DateError {
            DateError(text: "\(rest) is not a valid ISO 8601 time specification because \(value) is not a valid \(unit)")
        }
        if !(hours == 24 && minutes == 0 && seconds == 0), hours >= 24 { throw invalid(hours, "hour") }
        if minutes >= 60 { throw invalid(minutes, "minute") }
        if seconds >= 60 { throw invalid(seconds, "second") }
        return hours * 3600 + minutes * 60 + seconds
    }

    /// The offset from UTC; none is the local one.
    private static func zone(_ cursor: inout ByteCursor, _ localOffset: Int32) throws(DateError) -> Int32 {
        switch cursor.current {
        case 0, UInt8(ascii: "/"): return localOffset
        case UInt8(ascii: "Z"):
            cursor.position += 1
            return 0
        default: break
        }
        let negative = cursor.skip("-")
        if !negative { _ = cursor.skip("+") }
        let total = Int32(clamping: try clockSeconds(&cursor))
        return negative ? -total : total
    }
}

/// A duration in calendar units, as ISO 8601 and `duration` elements write it.
package struct CalendarDuration: Sendable, Equatable {
    package var years: Int64 = 0
    package var months: Int64 = 0
    package var days: Int64 = 0
    /// Hours and minutes are counted in here.
    package var seconds: Int64 = 0

    /// Sums stay below this; it is far beyond any date.
    private static let bound: Int64 = 1 << 55

    package init() {}

    /// Reads `P[nY][nM][nW][nD][T[nH][nM][nS]]`; the `T` may be missing where units are clear, numbers may be negative.
    package init(parsing text: some StringProtocol) throws(DateError) {
        let whole = String(text)
        var cursor = ByteCursor(text)
        guard cursor.skip("P") else {
            throw DateError(text: "'\(whole)' is not a valid ISO 8601 time duration because it does not start with a 'P'")
        }
        func ends(_ byte: UInt8) -> Bool { byte == 0 || byte == UInt8(ascii: "/") || byte == 0x20 || (byte >= 9 && byte <= 13) }
        if ends(cursor.current) {
            throw DateError(text: "'\(whole)' is not a valid ISO 8601 time duration because nothing follows 'P'")
        }
        var isTime = false
        while !ends(cursor.current) {
            if cursor.skip("T") {
                isTime = true
                continue
            }
            let start = cursor.rest
            let negative = cursor.skip("-")
            if !negative { _ = cursor.skip("+") }
            guard let magnitude = cursor.number() else {
                throw DateError(
                    text: "'\(whole)' is not a valid ISO 8601 duration because no valid integer at '\(start)'")
            }
            let unit = cursor.current
            cursor.position += 1
            try add(negative ? -magnitude : magnitude, unit, isTime: isTime, whole)
        }
    }

    private mutating func add(_ value: Int64, _ unit: UInt8, isTime: Bool, _ whole: String) throws(DateError) {
        func sum(_ a: Int64, _ b: Int64) -> Int64 { min(max(a &+ b, -Self.bound), Self.bound) }
        switch (Character(UnicodeScalar(unit)), isTime) {
        case ("Y", _): years = sum(years, value)
        case ("M", false): months = sum(months, value)
        case ("M", true): seconds = sum(seconds, value * 60)
        case ("W", _): days = sum(days, value * 7)
        case ("D", _): days = sum(days, value)
        case ("H", _): seconds = sum(seconds, value * 3600)
        case ("S", _): seconds = sum(seconds, value)
        case ("\0", _):
            throw DateError(text: "'\(whole)' is not a valid ISO 8601 duration because no units after \(value)")
        default:
            let name = String(decoding: [unit], as: UTF8.self)
            throw DateError(text: "'\(whole)' is not a valid ISO 8601 duration because '\(name)' is not a valid time unit")
        }
    }

    /// The seconds of an interval as Pacemaker counts them, namely like those of a date since the beginning of the calendar: the
    /// first year and the first day have not passed yet (`P1D` and `P1Y` are nothing, `P1W` is six days), months have 30 days.
    package var secondsAsDate: Int64 {
        func bounded(_ value: Int64) -> Int64 { min(max(value, 0), 1_000_000_000) }
        let passed = max(0, bounded(years) - 1)
        let leapDays = passed / 4 - passed / 100 + passed / 400
        return (passed * 365 + leapDays + bounded(months) * 30 + max(0, bounded(days) - 1)) * 86400
            + min(max(seconds, -1_000_000_000_000), 1_000_000_000_000)
    }

    /// The way the tools show a duration: `   2 years  5 months 360 seconds (6 minutes)`.
    package var text: String {
        var result = ""
        func unit(_ value: Int64, _ name: String) -> String { "\(value) \(name)\(value == 1 ? "" : "s")" }
        func padded(_ value: Int64, _ width: Int, _ name: String) -> String {
            String(repeating: " ", count: max(0, width - String(value).count)) + unit(value, name) + " "
        }
        if years != 0 { result += padded(years, 4, "year") }
        if months != 0 { result += padded(months, 2, "month") }
        if days != 0 { result += padded(days, 2, "day") }
        if seconds != 0 || result.isEmpty {
            result += unit(seconds, "second")
            let magnitude = Int64(clamping: seconds.magnitude)
            if magnitude >= 60 {
                let parts = [(magnitude / 3600, "hour"), (magnitude / 60 % 60, "minute"), (magnitude % 60, "second")]
                result += " (" + parts.filter { $0.0 != 0 }.map { unit($0.0, $0.1) }.joined(separator: " ") + ")"
            }
        }
        return result
    }
}

/// A period between two points in time.
package struct Period: Sendable, Equatable {
    package var start: Timestamp
    package var end: Timestamp

    /// Reads `START/END`, `START/DURATION`, `DURATION/END` or `DURATION` (from now).
    package init(parsing text: String, now: Timestamp) throws(DateError) {
        guard !text.isEmpty else { throw DateError(text: "No ISO 8601 time period given") }
        let slash = text.firstIndex(of: "/")
        let second = slash.map { String(text[text.index(after: $0)...]) }
        func invalid(_ shown: String, _ why: String) -> DateError {
            DateError(text: "'\(shown)' is not a valid ISO 8601 time period because \(why)")
        }
        if text.hasPrefix("P") {
            let duration = try CalendarDuration(parsing: text)
            if let second {
                if second.hasPrefix("P") { throw invalid(text, "it has two durations") }
                end = try Timestamp(parsing: second, now: now)
                start = end.adding(duration, sign: -1)
            } else {
                start = now
                end = now.adding(duration)
            }
        } else {
            start = try Timestamp(parsing: text, now: now)
            guard let second else { throw invalid(text, "it has no duration or ending time") }
            if second.hasPrefix("P") {
                end = start.adding(try CalendarDuration(parsing: second))
            } else {
                end = try Timestamp(parsing: second, now: now)
            }
        }
        let range = "(must be between 0001-01-01T00:00:00 and 9999-12-31T23:59:59)"
        func isShown(_ time: Timestamp) -> Bool { (1...9999).contains(time.fields.year) }
        if !isShown(start) { throw invalid(second ?? text, "the start is invalid \(range)") }
        if !isShown(end) { throw invalid(second ?? text, "the end is invalid \(range)") }
    }
}
