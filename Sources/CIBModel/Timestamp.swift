// SPDX-License-Identifier: GPL-2.0-or-later
// A point in time together with the UTC offset it is written in.

/// A point in time (scheduler spec 1.8). Comparison looks only at the instant; the offset decides which calendar fields
/// rules and printing see.
package struct Timestamp: Sendable, Hashable, Comparable {
    /// Seconds since 1970-01-01T00:00:00Z.
    package var epoch: Int64
    /// Seconds east of UTC.
    package var offset: Int32

    package init(epoch: Int64, offset: Int32 = 0) {
        self.epoch = epoch
        self.offset = offset
    }

    package static func == (a: Timestamp, b: Timestamp) -> Bool { a.epoch == b.epoch }
    package static func < (a: Timestamp, b: Timestamp) -> Bool { a.epoch < b.epoch }
    package func hash(into hasher: inout Hasher) { hasher.combine(epoch) }
}
