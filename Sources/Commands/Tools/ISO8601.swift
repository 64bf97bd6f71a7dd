// SPDX-License-Identifier: GPL-2.0-or-later
// iso8601: show and compute dates, durations and periods (cli-tools section 20).
package import ArgumentParser
import CIBModel
import ClusterXML
import Glibc
import Reports

package struct ISO8601: ParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "iso8601", abstract: "Display and parse ISO 8601 dates and times",
        discussion: """
            Examples:
              iso8601 -d '2005-01-20 00:30:00Z'              show a date
              iso8601 -d '2005-01-20 00:30:00Z' -D PT1H      add a duration
              iso8601 -p '2005-040/2005-043'                 show a period
            """)

    @OptionGroup var output: OutputOptions
    @Flag(name: .shortAndLong, help: "Show the current date and time.") var now = false
    @Option(name: .shortAndLong, parsing: .unconditional, help: "Parse a date and time; 'epoch' is 1970-01-01.") var date: String?
    @Option(name: .shortAndLong, parsing: .unconditional, help: "Parse a period: two dates, or a date and a duration, with a slash.") var period: String?
    @Option(name: [.customShort("D"), .long], parsing: .unconditional, help: "Parse a duration; with --date, add it.")
    var duration: String?
    @Option(name: [.customShort("E"), .long], help: "Fail with exit status 1 unless this is the result.") var expected: String?
    @Flag(name: .shortAndLong, help: "Show seconds since year 1 instead of a date.") var seconds = false
    @Flag(name: [.customShort("S"), .long], help: "Show seconds since 1970 instead of a date.") var epoch = false
    @Flag(name: [.customShort("L"), .long], help: "Show the date in its own zone, not in UTC.") var local = false
    @Flag(name: [.customShort("O"), .long], help: "Show the date with the day of the year.") var ordinal = false
    @Flag(name: [.customShort("W"), .customLong("week")], help: "Show the date with week and weekday.") var weeks = false
    @Flag(name: [.customShort("V"), .long], help: "Say more on standard error.") var verbose: Int

    package init() {}

    package func run() throws {
        try output.run { out in
            guard now || date != nil || period != nil || duration != nil else {
                throw CommandFailure(.usage, "\(calledAs): Specify one of --now, --date, --period, --duration")
            }
            try show(out, at: Self.currentTime)
        }
    }

    private static var currentTime: Timestamp {
        let epoch = Int64(time(nil))
        return Timestamp(epoch: epoch, offset: Timestamp.localOffset(at: epoch))
    }

    private func show(_ out: ToolOutput, at current: Timestamp) throws {
        var shown: Timestamp?
        if now {
            shown = current
            answer(out, "date", "Current date/time", text(current))
        }
        if let date {
            let parsed = try read(date, "date/time") { text throws(DateError) in try Timestamp(parsing: text, now: current) }
            guard (1...9999).contains(parsed.inUTC.fields.year) else { throw invalid("date/time", date) }
            shown = parsed
            answer(out, "date", "Date", text(parsed))
        }
        if let period {
            let parsed = try read(period, "interval") { text throws(DateError) in try Period(parsing: text, now: current) }
            let (start, end) = (text(parsed.start), text(parsed.end))
            let element = XMLElement("period", children: [
                XMLElement("start", children: [.text(start)]), XMLElement("end", children: [.text(end)]),
            ])
            out.result(element, text: "Period: \(start) to \(end)")
        }
        if let duration {
            let parsed = try read(duration, "duration") { text throws(DateError) in try CalendarDuration(parsing: text) }
            answer(out, "duration", "Duration", parsed.text)
            if let start = shown {
                let end = start.adding(parsed)
                shown = end
                answer(out, "duration_ends", "Duration ends at", text(end, ownZone: true))
            }
        }
        if let expected, let shown, text(shown) != expected {
            complain("\(calledAs): Expected \(expected) but got \(text(shown))")
            out.status = .error
        }
    }

    private func answer(_ out: ToolOutput, _ name: String, _ title: String, _ value: String) {
        out.result(XMLElement(name, children: [.text(value)]), text: "\(title): \(value)")
    }

    private func invalid(_ kind: String, _ text: String) -> CommandFailure {
        CommandFailure(.invalidParameter, "\(calledAs): Invalid \(kind) specified: \(text)")
    }

    private func read<Value>(_ text: String, _ kind: String, _ parse: (String) throws(DateError) -> Value) throws -> Value {
        do {
            return try parse(text)
        } catch {
            DiagnosticLog.error(error.text, verbosity: verbose)
            throw invalid(kind, text)
        }
    }

    /// A point in time in the form that was asked for.
    private func text(_ time: Timestamp, ownZone: Bool = false) -> String {
        if epoch { return String(time.epoch) }
        if seconds { return String(time.epoch - Gregorian.daysToYear(1) * 86400) }
        let style: DateStyle = weeks ? .weeks : ordinal ? .ordinal : .gregorian
        return (local || ownZone ? time : time.inUTC).text(style)
    }
}
