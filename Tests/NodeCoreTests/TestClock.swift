// SPDX-License-Identifier: GPL-2.0-or-later
// Time for tests: starts at a fixed moment and moves only when told to.
import NodeCore

struct TestClock {
    private(set) var now = Now(monotonic: .origin, wall: WallTime(seconds: 1_795_423_854))

    mutating func advance(_ duration: Duration) { now = now.advanced(by: duration) }
}
