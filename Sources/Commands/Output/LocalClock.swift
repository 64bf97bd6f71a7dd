// SPDX-License-Identifier: GPL-2.0-or-later
// The reader's time zone for reports, and the time now.
import Glibc
package import Reports

extension ReportClock {
    /// Times in the zone of this process.
    package static let here = ReportClock { epoch in
        var time = time_t(epoch)
        var fields = tm()
        guard localtime_r(&time, &fields) != nil else { return 0 }
        return fields.tm_gmtoff
    }
}

/// The wall clock in epoch seconds.
package func epochNow() -> Int64 {
    Int64(time(nil))
}
