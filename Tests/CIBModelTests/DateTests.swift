// SPDX-License-Identifier: GPL-2.0-or-later
// Dates, durations and periods as people write them.
import CIBModel
import Testing

@Suite("Dates")
struct DateTests {
    private let now = Timestamp(epoch: 1_000_000_000)

    private func utc(_ text: String) throws -> String { try Timestamp(parsing: text, now: now).inUTC.text() }

    @Test("All forms of a date mean the same day", arguments: ["2005-02-09Z", "20050209T000000Z", "2005-040 00:00Z", "2005-W06-3 00Z"])
    func forms(_ text: String) throws {
        #expect(try Timestamp(parsing: text, now: now).dateText() == "2005-02-09")
    }

    @Test("24:00 is the next midnight")
    func midnight() throws { #expect(try utc("2019-12-31 24:00:00Z") == "2020-01-01 00:00:00Z") }

    @Test("An offset is taken off", arguments: [
        ("20191201T131211 -05:00", "2019-12-01 18:12:11Z"), ("2019-04-25T21:42:54 +0200", "2019-04-25 19:42:54Z"),
    ])
    func offsets(_ text: String, _ expected: String) throws { #expect(try utc(text) == expected) }

    @Test("ISO weeks survive printing", arguments: ["2006-W01-7", "2008-W01-1", "2009-W53-7", "2015-W53-5", "2021-W01-1"])
    func weeks(_ text: String) throws {
        #expect(try Timestamp(parsing: "\(text) 00Z", now: now).dateText(.weeks) == text)
    }

    @Test("Days that do not exist are refused", arguments: ["2019-02-29 00:00:00Z", "2019-13-01", "2019-366", "2019-W53-1", "0000-01-01", "x"])
    func invalid(_ text: String) { #expect(throws: DateError.self) { try Timestamp(parsing: text, now: now) } }

    @Test("Every instant comes back from its fields")
    func roundTrip() {
        for epoch in stride(from: Int64(-70_000_000_000), through: 70_000_000_000, by: 86_400 * 397 + 12_345) {
            let fields = Timestamp(epoch: epoch).fields
            let second = fields.hours * 3600 + fields.minutes * 60 + fields.seconds
            #expect(Timestamp(year: fields.year, dayOfYear: fields.dayOfYear, secondOfDay: second, offset: 0).epoch == epoch)
        }
    }

    @Test("Adding months keeps to the end of short months", arguments: [
        ("2009-01-31 00:00:00Z", "P1M", "2009-02-28 00:00:00Z"), ("2009-01-31 00:00:00Z", "P2M", "2009-03-31 00:00:00Z"),
        ("2009-03-31 00:00:00Z", "P-1M", "2009-02-28 00:00:00Z"), ("2038-01-01 00:00:00Z", "P3M", "2038-04-01 00:00:00Z"),
        ("1970-01-01 00:00:00Z", "P2Y5MT6M", "1972-06-01 00:06:00Z"),
    ])
    func adding(_ start: String, _ duration: String, _ end: String) throws {
        let sum = try Timestamp(parsing: start, now: now).adding(CalendarDuration(parsing: duration))
        #expect(sum.inUTC.text() == end)
    }

    @Test("Durations without sense are refused", arguments: ["P", "1H", "P1Z", "P1YM"])
    func badDurations(_ text: String) { #expect(throws: DateError.self) { try CalendarDuration(parsing: text) } }

    @Test("Periods take a duration at either end")
    func periods() throws {
        let forward = try Period(parsing: "2005-040/P3D", now: now)
        let backward = try Period(parsing: "P3D/2005-043", now: now)
        #expect(forward == backward)
        #expect(throws: DateError.self) { try Period(parsing: "P1D/P1D", now: now) }
        #expect(throws: DateError.self) { try Period(parsing: "2005-040", now: now) }
    }

    @Test("Intervals: units by prefix, ISO durations, nonsense is 0", arguments: [
        ("10", UInt32(10_000)), ("10s", 10_000), ("3.14s", 3_000), ("250ms", 250), ("2min", 120_000), ("1h", 3_600_000), ("PT1M", 60_000),
        ("-5s", 0), ("5parsecs", 0), ("", 0), ("99999999999h", .max), ("99999999999999999999", .max), ("P1D", 0), ("P2DT1H", 90_000_000),
        ("P1W", 518_400_000), ("P1Y", 0), ("P1M", 2_592_000_000), ("P2M", 4_294_967_000),
    ])
    func intervals(_ text: String, _ milliseconds: UInt32) { #expect(Scan.interval(text) == milliseconds) }

    @Test("A number is one of 64 bits: the largest is valid, what is beyond is none", arguments: [
        ("9223372036854775807", true), ("9223372036854775808", false), ("-9223372036854775808", true), ("-9223372036854775809", false), ("x", false),
    ])
    func largestNumbers(_ text: String, _ isValid: Bool) {
        #expect(Scan.isInteger(text) == isValid)
        #expect((Scan.duration(text + "ms") != nil) == isValid)
    }

    @Test("Node names order by number")
    func nodeNames() {
        let names = ["node10", "node2", "Node1", "node02", "node"]
        #expect(names.sorted { Compare.nodeNames($0, $1) < 0 } == ["node", "Node1", "node2", "node02", "node10"])
    }
}
