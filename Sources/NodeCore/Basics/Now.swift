// SPDX-License-Identifier: GPL-2.0-or-later
// Time as the cores see it: handed in with each input, never asked for.

/// A point on the monotonic clock. Only differences mean anything.
package struct Instant: Sendable, Hashable, Comparable {
    /// Time since an arbitrary origin that does not change while the process lives.
    package var sinceOrigin: Duration

    package init(sinceOrigin: Duration) {
        self.sinceOrigin = sinceOrigin
    }

    /// The origin itself; a convenient start for tests and the simulator.
    package static let origin = Instant(sinceOrigin: .zero)

    package static func < (left: Instant, right: Instant) -> Bool { left.sinceOrigin < right.sinceOrigin }
    package static func + (instant: Instant, duration: Duration) -> Instant {
        Instant(sinceOrigin: instant.sinceOrigin + duration)
    }
    package static func - (later: Instant, earlier: Instant) -> Duration { later.sinceOrigin - earlier.sinceOrigin }
}

/// A point on the wall clock, as it is written to the CIB and to messages.
package struct WallTime: Sendable, Hashable, Comparable {
    /// Time since 1970-01-01 00:00 UTC.
    package var sinceEpoch: Duration

    package init(sinceEpoch: Duration) {
        self.sinceEpoch = sinceEpoch
    }

    package init(seconds: Int64) {
        sinceEpoch = .seconds(seconds)
    }

    /// Whole seconds since the epoch, rounded towards the past.
    package var seconds: Int64 {
        let parts = sinceEpoch.components
        return parts.attoseconds < 0 ? parts.seconds - 1 : parts.seconds
    }

    package static func < (left: WallTime, right: WallTime) -> Bool { left.sinceEpoch < right.sinceEpoch }
}

/// The current time on both clocks.
package struct Now: Sendable, Equatable {
    package var monotonic: Instant
    package var wall: WallTime

    package init(monotonic: Instant, wall: WallTime) {
        self.monotonic = monotonic
        self.wall = wall
    }

    /// The same moment plus a while, on both clocks.
    package func advanced(by duration: Duration) -> Now {
        Now(monotonic: monotonic + duration, wall: WallTime(sinceEpoch: wall.sinceEpoch + duration))
    }
}

extension Duration {
    /// Whole milliseconds, clamped to the range of `Int64`.
    package var wholeMilliseconds: Int64 {
        let parts = components
        let (thousands, overflow) = parts.seconds.multipliedReportingOverflow(by: 1000)
        if overflow { return parts.seconds < 0 ? .min : .max }
        let (sum, sumOverflow) = thousands.addingReportingOverflow(parts.attoseconds / 1_000_000_000_000_000)
        return sumOverflow ? (parts.seconds < 0 ? .min : .max) : sum
    }
}
