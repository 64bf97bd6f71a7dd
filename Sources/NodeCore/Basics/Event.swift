// SPDX-License-Identifier: GPL-2.0-or-later
// What a core has to tell the log. Cores never write a log line themselves.

/// One log line. The runtime adds time, host and process.
package struct Event: Sendable, Equatable {
    /// How much it matters. `notice` and above also go to the system log.
    package enum Level: Int, Sendable, Comparable {
        case debug, info, notice, warning, error

        package static func < (left: Level, right: Level) -> Bool { left.rawValue < right.rawValue }
    }

    package var level: Level
    /// A stable identifier to search for, for example `operation-result`.
    package var name: String
    package var text: String

    package init(_ level: Level, _ name: String, _ text: String) {
        self.level = level
        self.name = name
        self.text = text
    }
}
