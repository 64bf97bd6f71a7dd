// SPDX-License-Identifier: GPL-2.0-or-later
// What additions one after the other do to a score that has limits: a function of the score that can be put together.

package import CIBModel

/// What a stretch of a walk does to the score of one node, whatever the score was: up to `low` it becomes -INFINITY, from `high`
/// on INFINITY, and between them it is shifted. Two stretches one after the other are such a function again.
package struct ScoreShift: Sendable, Equatable {
    /// What happens on the way.
    package struct Kinds: OptionSet, Sendable {
        package let rawValue: UInt8
        package init(rawValue: UInt8) { self.rawValue = rawValue }
        package static let gain = Kinds(rawValue: 1)
        package static let loss = Kinds(rawValue: 2)
        /// A loss of INFINITY.
        package static let ban = Kinds(rawValue: 4)
    }

    private var low = -limit
    private var high = limit
    private var shift: Int32 = 0
    /// The least score that is not negative at any time on the way.
    private var floor: Int32 = 0
    package private(set) var kinds: Kinds = []

    private static let limit = Score.infinity.value

    /// Nothing happens.
    package init() {}

    /// One addition.
    package init(adding delta: Score) {
        let value = delta.value
        if value <= -Self.limit {
            (low, floor, kinds) = (Self.limit, Self.limit + 1, .ban)
        } else if value >= Self.limit {
            (high, floor, kinds) = (1 - Self.limit, 1 - Self.limit, .gain)
        } else {
            low = max(-Self.limit, -Self.limit - value)
            high = min(Self.limit, Self.limit - value)
            shift = value
            kinds = value > 0 ? .gain : value < 0 ? .loss : []
            floor = least(for: 0)
        }
    }

    /// The score that comes of another one.
    package func callAsFunction(_ score: Score) -> Score {
        score.value <= low ? .minusInfinity : score.value >= high ? .infinity : Score(Int(score.value) + Int(shift))
    }

    /// Whether a score is never negative: not before, not on the way and not in the end.
    package func keepsUsable(_ score: Score) -> Bool { score.value >= max(floor, 0) }

    /// The least score that becomes `wanted` or more; more than INFINITY if none does. Not to be asked for -INFINITY, which all become.
    package func least(for wanted: Int32) -> Int32 {
        if low >= Self.limit || wanted > Self.limit { return Self.limit + 1 }
        return min(max(wanted - shift, low + 1), high)
    }

    /// This stretch, then the next one.
    package mutating func append(_ next: ScoreShift) {
        kinds.formUnion(next.kinds)
        floor = max(floor, least(for: next.floor))
        (low, high) = (least(for: next.low + 1) - 1, least(for: next.high))
        // Where nothing is just shifted, a sum of shifts could grow beyond all limits.
        shift = low + 1 < high ? shift + next.shift : 0
    }
}
