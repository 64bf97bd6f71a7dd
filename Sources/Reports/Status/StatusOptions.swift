// SPDX-License-Identifier: GPL-2.0-or-later
// What a status report shows and what it is told beside the CIB.
import CIBModel

/// How the report of the cluster's status looks.
package struct StatusOptions: Sendable {
    package var sections: StatusSections = .standard(structured: false)
    /// Only bans whose ids begin with this.
    package var banPrefix = ""
    /// Resources below their nodes.
    package var groupByNode = false
    /// Stopped resources, too.
    package var inactive = false
    /// Counts per agent instead of resources.
    package var brief = false
    /// Ids, feature sets, every clone instance and bundle member, details of failures.
    package var detail = false
    package var descriptions = false
    /// Leave out where resources run.
    package var withoutNodes = false
    /// Operations with times.
    package var timing = false
    /// Show that an action is under way instead of the role before it.
    package var pending = true
    /// Show the whole fencing history instead of the newest event of a kind.
    package var fullFencingHistory = false
    /// Names of nodes to show; nil shows all.
    package var onlyNodes: [String]?
    /// Ids of resources to show; nil shows all.
    package var onlyResources: [String]?

    package init() {}
}

/// Facts of a live cluster that the CIB does not hold.
package struct LiveFacts: Sendable {
    /// Name of the node the report is made on.
    package var localNode: String?
    /// State of the daemons for people, for example `Pacemaker is running`; nil without a cluster.
    package var daemonState: String?
    /// The same as a word for programs, for example `running`.
    package var daemonStateWord: String?
    /// When the daemons reported that, epoch seconds.
    package var daemonStateTime: Int64?
    package var fencing: [FencingEvent] = []

    package init() {}
}

/// One entry of the fencing history.
package struct FencingEvent: Sendable, Equatable {
    package enum Outcome: String, Sendable { case success, failed, pending }

    /// `reboot`, `off` or `on`.
    package var action: String
    package var target: String
    /// The program that asked for it.
    package var client: String
    /// The node it was asked on.
    package var origin: String
    /// The node that carried it out, if any.
    package var delegate: String?
    package var outcome: Outcome
    /// Epoch seconds and nanoseconds.
    package var completed: Int64
    package var completedNanoseconds: Int64 = 0
    package var exitReason: String?

    package init(
        action: String, target: String, client: String, origin: String, delegate: String? = nil, outcome: Outcome,
        completed: Int64, completedNanoseconds: Int64 = 0, exitReason: String? = nil
    ) {
        self.action = action
        self.target = target
        self.client = client
        self.origin = origin
        self.delegate = delegate
        self.outcome = outcome
        self.completed = completed
        self.completedNanoseconds = completedNanoseconds
        self.exitReason = exitReason
    }
}

/// Prints times for people in the zone of the reader.
package struct ReportClock: Sendable {
    /// Seconds east of UTC at a time in epoch seconds.
    package var offset: @Sendable (Int64) -> Int

    /// - Parameter offset: by default UTC.
    package init(offset: @escaping @Sendable (Int64) -> Int = { _ in 0 }) {
        self.offset = offset
    }

    private struct Fields {
        var year: Int64, month: Int, day: Int, weekday: Int, hour: Int, minute: Int, second: Int
    }

    /// `Mon Nov 23 09:35:24 2026`; the day is padded with a blank.
    package func local(_ epoch: Int64) -> String {
        let fields = Self.fields(epoch &+ Int64(offset(epoch)))
        let day = fields.day < 10 ? " \(fields.day)" : "\(fields.day)"
        let name = Self.weekdays[fields.weekday]
        return "\(name) \(Self.months[fields.month - 1]) \(day) \(Self.clock(fields)) \(fields.year)"
    }

    /// `2020-09-02 16:17:38Z`, with the offset instead of Z outside UTC.
    package func standard(_ epoch: Int64, microseconds: Int64? = nil) -> String {
        let east = offset(epoch)
        let fields = Self.fields(epoch &+ Int64(east))
        var text = "\(fields.year)-\(Self.two(fields.month))-\(Self.two(fields.day)) \(Self.clock(fields))"
        if let microseconds {
            let digits = String(max(0, microseconds))
            text += "." + String(repeating: "0", count: max(0, 6 - digits.count)) + digits
        }
        guard east != 0 else { return text + "Z" }
        let minutes = abs(east) / 60
        return text + " \(east < 0 ? "-" : "+")\(Self.two(minutes / 60)):\(Self.two(minutes % 60))"
    }

    private static let weekdays = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    private static func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }

    private static func clock(_ fields: Fields) -> String {
        "\(two(fields.hour)):\(two(fields.minute)):\(two(fields.second))"
    }

    /// Calendar fields of a count of seconds, with the calendar continued to all times.
    private static func fields(_ seconds: Int64) -> Fields {
        let clamped = min(max(seconds, -62_135_596_800), 253_402_300_799)
        let second = Int(((clamped % 86400) + 86400) % 86400)
        let days = (clamped - Int64(second)) / 86400
        // Days are counted from 1 March of year 0, so that leap days come last in a year.
        let shifted = days + 719_468
        let era = shifted / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146_096) / 365
        let dayOfYear = Int(dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100))
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        return Fields(
            year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month: month,
            day: dayOfYear - (153 * shiftedMonth + 2) / 5 + 1, weekday: Int(((days + 4) % 7 + 7) % 7),
            hour: second / 3600, minute: second / 60 % 60, second: second % 60)
    }
}
