// SPDX-License-Identifier: GPL-2.0-or-later
// Calendar arithmetic on year and day of the year, and printing of points in time.

#if canImport(Glibc)
import Glibc
#endif

/// Days, months and weeks of the Gregorian calendar, as pure functions.
package enum Gregorian {
    package static func isLeap(_ year: Int64) -> Bool { (year % 4 == 0 && year % 100 != 0) || year % 400 == 0 }
    package static func days(inYear year: Int64) -> Int64 { isLeap(year) ? 366 : 365 }

    /// 0 for months outside 1…12.
    package static func days(inMonth month: Int64, year: Int64) -> Int64 {
        switch month {
        case 1, 3, 5, 7, 8, 10, 12: 31
        case 4, 6, 9, 11: 30
        case 2: isLeap(year) ? 29 : 28
        default: 0
        }
    }

    /// Days from 1970-01-01 to January 1 of the year.
    package static func daysToYear(_ year: Int64) -> Int64 {
        let previous = year - 1
        func floorDivide(_ a: Int64, _ b: Int64) -> Int64 { a >= 0 ? a / b : -((b - 1 - a) / b) }
        return previous * 365 + floorDivide(previous, 4) - floorDivide(previous, 100) + floorDivide(previous, 400) - 719_162
    }

    /// Day of the year (from 1) of a date.
    package static func ordinal(year: Int64, month: Int64, day: Int64) -> Int64 {
        var total = day
        var current: Int64 = 1
        while current < month, current <= 12 {
            total += days(inMonth: current, year: year)
            current += 1
        }
        return total
    }

    /// Weekday of January 1, Monday is 1.
    package static func januaryFirst(_ year: Int64) -> Int64 {
        let days = daysToYear(year)
        let weekday = (days % 7 + 7 + 3) % 7
        return weekday + 1
    }

    /// ISO weeks of a year: 52 or 53.
    package static func weeks(inYear year: Int64) -> Int64 {
        let first = januaryFirst(year)
        return first == 4 || (isLeap(year) && first == 3) ? 53 : 52
    }
}

/// The calendar fields of a point in time, in its own offset.
package struct CalendarFields: Sendable, Equatable {
    package var year: Int64
    package var dayOfYear: Int64
    package var month: Int64
    package var day: Int64
    package var hours: Int64
    package var minutes: Int64
    package var seconds: Int64
    /// ISO week date; Monday is 1.
    package var weekYear: Int64
    package var week: Int64
    package var weekday: Int64
}

extension Timestamp {
    /// From year and day of the year; days before 1 or after the end of the year roll over.
    package init(year: Int64, dayOfYear: Int64, secondOfDay: Int64, offset: Int32) {
        let days = Gregorian.daysToYear(min(max(year, -100_000), 100_000)) + dayOfYear - 1
        self.init(epoch: days * 86400 + secondOfDay - Int64(offset), offset: offset)
    }

    /// The calendar fields at the timestamp's own offset.
    package var fields: CalendarFields {
        let limit: Int64 = 100_000_000_000_000
        let local = min(max(epoch, -limit), limit) + Int64(offset)
        var days = local / 86400
        var rest = local % 86400
        if rest < 0 { (days, rest) = (days - 1, rest + 86400) }
        var year = 1970 + days / 366
        if days < 0 { year = 1970 + days / 365 - 1 }
        while Gregorian.daysToYear(year + 1) <= days { year += max(1, (days - Gregorian.daysToYear(year + 1)) / 366) }
        while Gregorian.daysToYear(year) > days { year -= 1 }
        let ordinal = days - Gregorian.daysToYear(year) + 1
        var (month, day): (Int64, Int64) = (1, ordinal)
        while month < 12, day > Gregorian.days(inMonth: month, year: year) {
            day -= Gregorian.days(inMonth: month, year: year)
            month += 1
        }
        let first = Gregorian.januaryFirst(year)
        let weekday = (first - 1 + ordinal - 1) % 7 + 1
        var weekYear = year
        var week = (ordinal - weekday + 10) / 7
        if week < 1 {
            weekYear -= 1
            week = Gregorian.weeks(inYear: weekYear)
        } else if week > Gregorian.weeks(inYear: year) {
            weekYear += 1
            week = 1
        }
        return CalendarFields(
            year: year, dayOfYear: ordinal, month: month, day: day, hours: rest / 3600, minutes: rest / 60 % 60,
            seconds: rest % 60, weekYear: weekYear, week: week, weekday: weekday)
    }

    /// The same instant, seen in UTC.
    package var inUTC: Timestamp { Timestamp(epoch: epoch, offset: 0) }

    /// Adds a duration: years (keeping the day of the year), months (clamping the day), days, seconds, in this order.
    package func adding(_ duration: CalendarDuration, sign: Int64 = 1) -> Timestamp {
        func bounded(_ value: Int64) -> Int64 { min(max(value, -10_000_000), 10_000_000) * sign }
        let start = fields
        var year = start.year + bounded(duration.years)
        var ordinal = start.dayOfYear
        let months = bounded(duration.months)
        if months != 0 {
            let here = Timestamp(year: year, dayOfYear: ordinal, secondOfDay: 0, offset: 0).fields
            let count = here.year * 12 + here.month - 1 + months
            year = count >= 0 ? count / 12 : (count - 11) / 12
            let month = count - year * 12 + 1
            ordinal = Gregorian.ordinal(
                year: year, month: month, day: min(here.day, Gregorian.days(inMonth: month, year: year)))
        }
        let second = start.hours * 3600 + start.minutes * 60 + start.seconds
        var result = Timestamp(year: year, dayOfYear: ordinal, secondOfDay: second, offset: offset)
        result.epoch += min(max(duration.days, -10_000_000_000), 10_000_000_000) * 86400 * sign
        result.epoch += min(max(duration.seconds, -1_000_000_000_000_000), 1_000_000_000_000_000) * sign
        return result
    }

    /// The UTC offset of the local zone at an instant, in seconds.
    package static func localOffset(at epoch: Int64) -> Int32 {
        var time = time_t(epoch)
        var parts = tm()
        guard localtime_r(&time, &parts) != nil else { return 0 }
        return Int32(clamping: parts.tm_gmtoff)
    }
}

/// Ways to print a point in time.
package enum DateStyle: Sendable { case gregorian, ordinal, weeks, epoch, secondsOfEra }

extension Timestamp {
    private static func padded(_ value: Int64, _ width: Int) -> String {
        let digits = String(value.magnitude)
        let zeros = String(repeating: "0", count: max(0, width - digits.count))
        return (value < 0 ? "-" : "") + zeros + digits
    }

    /// `YYYY-MM-DD`, `YYYY-DDD` or `YYYY-Www-D` at the own offset.
    package func dateText(_ style: DateStyle = .gregorian) -> String {
        let f = fields
        switch style {
        case .ordinal: return "\(Self.padded(f.year, 4))-\(Self.padded(f.dayOfYear, 3))"
        case .weeks: return "\(Self.padded(f.weekYear, 4))-W\(Self.padded(f.week, 2))-\(f.weekday)"
        default: return "\(Self.padded(f.year, 4))-\(Self.padded(f.month, 2))-\(Self.padded(f.day, 2))"
        }
    }

    /// `HH:MM:SS`.
    package var timeText: String {
        let f = fields
        return "\(Self.padded(f.hours, 2)):\(Self.padded(f.minutes, 2)):\(Self.padded(f.seconds, 2))"
    }

    /// `Z` or ` +HH:MM`.
    package var offsetText: String {
        if offset == 0 { return "Z" }
        let minutes = Int64(offset.magnitude) / 60
        return " \(offset < 0 ? "-" : "+")\(Self.padded(minutes / 60, 2)):\(Self.padded(minutes % 60, 2))"
    }

    /// Date, time and offset, the way the tools print them: `2014-05-07 00:28:00Z`.
    package func text(_ style: DateStyle = .gregorian) -> String { "\(dateText(style)) \(timeText)\(offsetText)" }
}
