// SPDX-License-Identifier: GPL-2.0-or-later
// Walks along colocations that form loops. Where such a walk goes depends on where it came from, because it does not come back; so
// it is known by its shape: all steps that are still open to it, and what each adds. Walks of one shape do the same, whoever walks.

import CIBModel

/// What is known about walks by their shapes.
package struct WalkShapes: Sendable {
    /// The steps from a resource on and from where they lead on: for each resource how many there are, for each of them its kind and
    /// the numbers of the resources that it marks.
    package typealias Shape = ContiguousArray<Int32>

    /// Two steps of one kind add the same, whatever the factor.
    package struct Kind: Sendable, Hashable {
        package var score: Int32
        package var attribute: Int32
        package var stickiness: Int32
        package var mayPunish: Bool
        /// The scores of the resource that the step leads to; the least number where it has none.
        package var scores: ContiguousArray<Int32>

        package init(score: Int32, attribute: Int32, stickiness: Int32, mayPunish: Bool, scores: ContiguousArray<Int32>) {
            (self.score, self.attribute, self.stickiness) = (score, attribute, stickiness)
            (self.mayPunish, self.scores) = (mayPunish, scores)
        }
    }

    /// More resources than these are not looked at: the shape would take longer than the walk.
    package static let most = 128
    /// After so many walks it is seen whether a fifth of them was known.
    private static let trial: Int32 = 100_000

    /// Walks differ so much that few are known when they come up: they are quicker walked.
    package private(set) var areInVain = false
    private var asked: Int32 = 0
    private var found: Int32 = 0
    private var traces: [Shape: ContiguousArray<WalkTrace>] = [:]
    private var kinds: [Kind: Int32] = [:]
    /// The kinds of steps, two for each colocation, until a table changes; -1 is not known.
    private var known: ContiguousArray<Int32> = []
    /// Numbers of resources in a shape that is being made; -1 has none.
    private var numbers: ContiguousArray<Int32> = []

    package init() {}

    /// A table has changed.
    package mutating func forgetKinds() {
        if !known.isEmpty { known.removeAll(keepingCapacity: true) }
    }

    package func knownKind(_ step: Int) -> Int32? {
        step < known.count && known[step] >= 0 ? known[step] : nil
    }

    package mutating func number(of kind: Kind, step: Int, of count: Int) -> Int32 {
        if known.isEmpty { known = ContiguousArray(repeating: -1, count: count) }
        let number = kinds[kind] ?? Int32(truncatingIfNeeded: kinds.count)
        kinds[kind] = number
        known[step] = number
        return number
    }

    /// Gives a resource its number in the shape that is being made.
    /// - Returns: the number, and whether it is new.
    package mutating func number(of r: ResourceIndex, among listed: inout ContiguousArray<ResourceIndex>, of count: Int) -> Int32 {
        if numbers.count != count { numbers = ContiguousArray(repeating: -1, count: count) }
        if numbers[r.position] < 0 {
            numbers[r.position] = Int32(truncatingIfNeeded: listed.count)
            listed.append(r)
        }
        return numbers[r.position]
    }

    package mutating func endNumbers(_ listed: ContiguousArray<ResourceIndex>) {
        for r in listed { numbers[r.position] = -1 }
    }

    package mutating func trace(_ shape: Shape, next other: WalkTrace, factor: Float) -> WalkTrace? {
        let known = traces[shape]?.last { $0.isNext(of: other, factor: factor) }?.known
        asked &+= 1
        found &+= known == nil ? 0 : 1
        if asked == Self.trial {
            areInVain = found < Self.trial / 5
            (asked, found) = (0, 0)
            if areInVain { traces = [:] }
        }
        return known
    }

    /// Forgets all walks, but not whether they are in vain.
    package mutating func forgetWalks() { traces = [:] }

    package mutating func remember(_ trace: WalkTrace, _ shape: Shape) { traces[shape, default: []].append(trace) }
}
