// SPDX-License-Identifier: GPL-2.0-or-later
// In an ordered clone of groups, what a group's action waits for is that the others' have completed. By the rule, the relation with
// each of them comes to be on the action's first visit in the fix-point, demands nothing, and makes each visit look at the
// completions: only that changes anything. So here is who came to wait when, and what there is to look at.

struct CompletionWaits: Sendable {
    /// By position: the group's action that waits, and its completion. They are found when a walk begins.
    private(set) var waiting = ContiguousArray<ActionIndex>()
    private(set) var completions = ContiguousArray<ActionIndex>()
    /// By position: how many relations there were when its action came to wait; -1 if it does not yet.
    private var marks: ContiguousArray<Int32>
    /// Positions in the order in which their actions came to wait.
    private(set) var order = ContiguousArray<Int32>()
    /// By position: whether its completion has to be looked at; only positions within the bounds can have to be.
    private var isUnseen: ContiguousArray<Bool>
    private var bounds: Range<Int>
    /// The count of changes at the last one, of any position.
    private(set) var lastChange: UInt32 = 0

    init(count: Int) {
        marks = ContiguousArray(repeating: -1, count: count)
        isUnseen = ContiguousArray(repeating: true, count: count)
        bounds = 0..<count
    }

    /// Where the relations with completions would stand among all: how many there were before; nil if the action does not wait yet.
    func mark(_ position: Int) -> Int32? { marks[position] >= 0 ? marks[position] : nil }

    /// The action comes to wait.
    /// - Parameter relations: how many there are.
    mutating func begin(_ position: Int, relations: Int) {
        marks[position] = Int32(truncatingIfNeeded: relations)
        order.append(Int32(truncatingIfNeeded: position))
    }

    mutating func noteChange(_ position: Int, _ count: UInt32) {
        lastChange = count
        isUnseen[position] = true
        bounds = bounds.isEmpty ? position..<(position + 1) : min(bounds.lowerBound, position)..<max(bounds.upperBound, position + 1)
    }

    /// A walk begins.
    mutating func start(waiting: ContiguousArray<ActionIndex>, completions: ContiguousArray<ActionIndex>) {
        self.waiting = waiting
        self.completions = completions
        forgetSeen()
        lastChange = 0
    }

    mutating func forgetSeen() {
        for position in isUnseen.indices { isUnseen[position] = true }
        bounds = isUnseen.indices
    }

    /// The completions in a range of positions that have to be looked at; they count as seen from now on.
    /// - Parameter range: a beginning or an end of all positions.
    mutating func takeUnseen(_ range: Range<Int>) -> ContiguousArray<ActionIndex> {
        let rest = range.clamped(to: bounds)
        guard !rest.isEmpty else { return [] }
        var taken = ContiguousArray<ActionIndex>()
        for position in rest where isUnseen[position] {
            taken.append(completions[position])
            isUnseen[position] = false
        }
        if rest.lowerBound == bounds.lowerBound {
            bounds = rest.upperBound..<bounds.upperBound
        } else if rest.upperBound == bounds.upperBound {
            bounds = bounds.lowerBound..<rest.lowerBound
        }
        return taken
    }
}
