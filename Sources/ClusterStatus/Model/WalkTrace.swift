// SPDX-License-Identifier: GPL-2.0-or-later
// A walk along colocations, with an account of what it would have done with other scores. Whether a step is taken back depends on
// the scores of all nodes, so a walk is not one function of them; but with all scores for which it takes the same turns it is.

package import CIBModel

/// The score of one node on the way.
package struct TracedNode: Sendable {
    /// What the table says of the node, and what has become of it.
    package struct State: OptionSet, Sendable {
        package let rawValue: UInt8
        package init(rawValue: UInt8) { self.rawValue = rawValue }
        package static let present = State(rawValue: 1)
        /// Pushed below zero where dependents must not, until the step is over.
        package static let frozen = State(rawValue: 2)
    }

    package fileprivate(set) var score: Score
    package fileprivate(set) var state: State
    fileprivate let firstState: State
    /// The way is the same only from this very score, so that nothing is known of others.
    fileprivate var isPinned = false
    private let first: Int32
    /// The first scores with which the walk takes the same turns.
    private var low: Int32
    private var high: Int32
    private var shift = ScoreShift()

    private static let limit = Score.infinity.value

    fileprivate init(_ entry: NodeEntry) {
        score = entry.score
        first = entry.score.value
        (low, high) = (.min, .max)
        state = !entry.present ? [] : entry.count < 0 ? [.present, .frozen] : [.present]
        firstState = state
    }

    /// The same node, seen from here on.
    fileprivate init(from node: TracedNode) {
        score = node.score
        first = node.score.value
        (low, high) = (.min, .max)
        state = node.state
        firstState = state
    }

    /// Whether the walk takes the same turns as far as this node is concerned.
    fileprivate func admits(_ score: Score, _ state: State) -> Bool {
        state == firstState && low <= score.value && score.value <= high
    }

    /// Whether it is known that the node is usable here whatever else happens on the way so far.
    fileprivate var isKnownUsable: Bool { isPinned || low >= shift.least(for: 0) }

    /// The walk turns where the score is `bound` or more.
    fileprivate mutating func demand(atLeast bound: Int32) {
        if !isPinned { low = max(low, shift.least(for: bound)) }
    }

    /// The walk turns where the score is less than `bound`.
    fileprivate mutating func demand(below bound: Int32) {
        if !isPinned { high = min(high, shift.least(for: bound) - 1) }
    }

    private mutating func pin() {
        isPinned = true
        (low, high) = (first, first)
    }

    /// Adds to the score; `nonnegative` as in the walk.
    fileprivate mutating func add(_ delta: Score, nonnegative: Bool) {
        if state != [.present] { return }
        let stretch = ScoreShift(adding: delta)
        if nonnegative, delta.value < 0 {
            if score.value < 0 {
                demand(below: 0)
            } else if (score + delta).value >= 0 {
                demand(atLeast: stretch.least(for: 0))
            } else if score.value == 0 {
                demand(atLeast: 0)
                demand(below: 1)
                return
            } else {
                pin()
                score = .minusInfinity
                state.insert(.frozen)
                return
            }
        }
        score = stretch(score)
        if !isPinned { shift.append(stretch) }
    }

    fileprivate mutating func release() {
        guard state.contains(.frozen) else { return }
        pin()
        state.remove(.frozen)
        score = Score(1)
    }

    /// The node after another walk that begins with the score that it has here.
    fileprivate mutating func append(_ next: TracedNode) {
        if next.low > -Self.limit { demand(atLeast: next.low) }
        if next.high < Self.limit { demand(below: next.high + 1) }
        if next.isPinned {
            pin()
            score = next.score
        } else {
            score = next.shift(score)
            if !isPinned { shift.append(next.shift) }
        }
        state = next.state
    }

    /// Takes back what was done since, but not what is known since.
    fileprivate mutating func restore(_ earlier: TracedNode) {
        let (low, high) = (low, high)
        self = earlier
        (self.low, self.high) = (low, high)
    }

    fileprivate func apply(to entry: inout NodeEntry) {
        entry.score = isPinned ? score : shift(entry.score)
        if state.contains(.frozen) != (entry.count < 0) { entry.count = ~entry.count }
    }
}

/// A walk on the way, and a remembered one.
package struct WalkTrace: Sendable {
    package private(set) var nodes: ContiguousArray<TracedNode>
    /// The factors with which the walk is the same.
    package var factors: FactorRange
    package let isNonnegative: Bool
    /// How many steps were kept: each is a copy of the table.
    package private(set) var copies = 0
    /// How many steps were taken, walks that were known already as one.
    package var steps = 0

    package init(_ table: NodeTable, factor: Float, nonnegative: Bool) {
        nodes = ContiguousArray(table.row.map { TracedNode($0) })
        factors = FactorRange(signOf: factor)
        isNonnegative = nonnegative
    }

    /// A walk that begins where this one is.
    package init(from trace: WalkTrace, factor: Float) {
        nodes = ContiguousArray(trace.nodes.map { TracedNode(from: $0) })
        factors = FactorRange(signOf: factor)
        isNonnegative = trace.isNonnegative
    }

    /// Whether this walk is the one from where another is.
    package func isNext(of other: WalkTrace, factor: Float) -> Bool {
        guard isNonnegative == other.isNonnegative, factors.contains(factor) else { return false }
        return nodes.withUnsafeBufferPointer { own in
            other.nodes.withUnsafeBufferPointer { others in
                for position in own.indices where !own[position].admits(others[position].score, others[position].state) { return false }
                return true
            }
        }
    }

    package mutating func add(_ delta: Score, at position: Int) { nodes[position].add(delta, nonnegative: isNonnegative) }

    /// Whether some node is usable; what this depends on is noted.
    package mutating func hasUsableNode(_ available: ContiguousArray<Bool>) -> Bool {
        var best = -1
        for position in nodes.indices where nodes[position].score.value >= 0 && nodes[position].state == [.present] && available[position] {
            if nodes[position].isKnownUsable { return true }
            if best < 0 || nodes[position].score > nodes[best].score { best = position }
        }
        if best >= 0 {
            nodes[best].demand(atLeast: 0)
            return true
        }
        for position in nodes.indices where nodes[position].state == [.present] && available[position] { nodes[position].demand(below: 0) }
        return false
    }

    /// Where dependents must not push a node below zero, those that were become weakly preferred.
    package mutating func keepStep() {
        copies += 1
        if isNonnegative { for position in nodes.indices { nodes[position].release() } }
    }

    package mutating func takeBack(to earlier: WalkTrace) {
        for position in nodes.indices { nodes[position].restore(earlier.nodes[position]) }
        copies = earlier.copies
    }

    package mutating func append(_ next: WalkTrace) {
        for position in nodes.indices { nodes[position].append(next.nodes[position]) }
        copies = WalkEffect.sum(of: copies, next.copies)
        steps += next.steps
    }

    /// The same walk, known already: that is one step.
    package var known: WalkTrace {
        var trace = self
        trace.steps = 1
        return trace
    }

    /// Does to the table with which the walk begins what the walk does.
    package func apply(to table: inout NodeTable) {
        table.withRow { row in
            for position in row.indices where row[position].present { nodes[position].apply(to: &row[position]) }
        }
        table.noteCopy(times: copies)
    }
}
