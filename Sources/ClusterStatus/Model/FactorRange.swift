// SPDX-License-Identifier: GPL-2.0-or-later
// Which factors of a walk along colocations come to the same. What a step weighs soon is next to nothing and then counts for one
// point all the same, so that all ways of many different scores are few kinds of walks.

package import CIBModel

/// Factors from `low` to `high`, all of one sign.
package struct FactorRange: Sendable, Equatable {
    package private(set) var low: Float
    package private(set) var high: Float

    /// More than any step weighs.
    private static let most: Float = 2

    private init(low: Float, high: Float) { (self.low, self.high) = (low, high) }

    /// All factors with the sign of one; only zero for zero.
    package init(signOf factor: Float) {
        if factor > 0 {
            (low, high) = (.leastNonzeroMagnitude, Self.most)
        } else if factor < 0 {
            (low, high) = (-Self.most, -.leastNonzeroMagnitude)
        } else {
            (low, high) = (0, 0)
        }
    }

    /// The factors that make of scores from `least` to `most` what `factor` makes of them. Zero has to be among the scores.
    package init(like factor: Float, from least: Int32, to most: Int32) {
        self.init(signOf: factor)
        if factor == 0 || (least == 0 && most == 0) { return }
        // Less than one and a half is rounded to one point. Less than half a point is one with the sign of the factor, so that of a
        // negative score the two are not the same.
        let limit = min(1.4 / Float(most), 0.49 / Float(-least))
        if abs(factor) > limit {
            (low, high) = (factor, factor)
        } else if factor > 0 {
            high = limit
        } else {
            low = -limit
        }
    }

    package func contains(_ factor: Float) -> Bool { low <= factor && factor <= high }

    package mutating func formIntersection(_ other: FactorRange) {
        low = max(low, other.low)
        high = min(high, other.high)
    }

    /// What a step along a colocation weighs after one that weighs `factor`.
    package static func step(_ factor: Float, _ score: Score) -> Float {
        factor * Float(score.value) / Float(Score.infinity.value)
    }

    /// Leaves those that a step along a colocation with `score` takes into another range: not necessarily all, but `factor`, which it does.
    package mutating func limit(to next: FactorRange, after score: Score, from factor: Float) {
        // Mostly nothing changes.
        if next.contains(Self.step(low, score)), next.contains(Self.step(high, score)) { return }
        let (first, last) = score.value < 0 ? (next.high, next.low) : (next.low, next.high)
        formIntersection(
            FactorRange(
                low: next.bound(first, score, factor, isLow: true), high: next.bound(last, score, factor, isLow: false)))
    }

    /// A step keeps the order of factors, or turns it around, so that all between a factor that it takes into the range and another
    /// one are among them.
    private func bound(_ end: Float, _ score: Score, _ factor: Float, isLow: Bool) -> Float {
        // What is less than half of the least number becomes nothing.
        let tiny = Double(Float.leastNonzeroMagnitude) / 2
        let whole = Double(score.value) / Double(Score.infinity.value)
        let wanted = end == 0 ? ((whole < 0) == isLow ? tiny : -tiny) : Double(end)
        var candidate = Float(wanted / whole)
        for _ in 0..<4 {
            if isLow ? candidate >= factor : candidate <= factor { return factor }
            if candidate.isFinite, contains(Self.step(candidate, score)) { return candidate }
            candidate = isLow ? candidate.nextUp : candidate.nextDown
        }
        return factor
    }
}
