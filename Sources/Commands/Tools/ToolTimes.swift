// SPDX-License-Identifier: GPL-2.0-or-later
// Times as the tools around the controller read and print them.
import CIBModel
import Glibc
import NodeCore

extension Duration {
    /// A duration option in milliseconds; nil without one or if it is none.
    static func parsed(_ text: String?) -> Int? { NodeCore.milliseconds(text) }
}

enum UTCTime {
    /// `2026-11-23 09:35:24Z`, with microseconds if given: `2026-11-23 09:35:31.374563Z`.
    static func text(_ seconds: Int64, microseconds: Int64? = nil) -> String {
        var (time, parts) = (time_t(seconds), tm())
        gmtime_r(&time, &parts)
        func digits(_ value: Int, _ width: Int) -> String {
            let text = String(value)
            return String(repeating: "0", count: max(0, width - text.count)) + text
        }
        let date = [digits(Int(parts.tm_year) + 1900, 4), digits(Int(parts.tm_mon) + 1, 2), digits(Int(parts.tm_mday), 2)].joined(separator: "-")
        let clock = [parts.tm_hour, parts.tm_min, parts.tm_sec].map { digits(Int($0), 2) }.joined(separator: ":")
        return date + " " + clock + (microseconds.map { "." + digits(Int($0), 6) } ?? "") + "Z"
    }
}
