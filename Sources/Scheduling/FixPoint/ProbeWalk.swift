// SPDX-License-Identifier: GPL-2.0-or-later
// The ways a walk from a probe can take through what waits for it (scheduler spec 22.3 a), found once for all probes: only
// those that lead to something that would have to restart. At first start nothing has to, however much waits for what.

import ClusterStatus

struct ProbeWalk {
    struct Step {
        let then: ActionIndex
        /// Leads from a collective resource to one below it, which some probes may not follow.
        let isDownward: Bool
    }

    /// All steps, those from one action together, the most recent relation first; and where they begin, by action.
    private(set) var steps = ContiguousArray<Step>()
    private var begins = ContiguousArray<Int32>()
    /// Whether an action, or one that steps lead to, is the start of something that has to stop before it.
    private var leadsSomewhere: ContiguousArray<Bool>
    /// The round in which an action was visited.
    private var rounds: ContiguousArray<UInt32>
    private var round: UInt32 = 0

    init(_ state: ClusterState) {
        let count = state.actions.all.count
        leadsSomewhere = ContiguousArray(repeating: false, count: count)
        rounds = ContiguousArray(repeating: 0, count: count)
        if findRestarts(state) { findSteps(state) }
    }

    /// The action that takes down what an action brings up.
    static func down(for task: TaskName) -> ActionKey? {
        if task == .start { return .stop }
        return task == .promote ? .demote : nil
    }

    /// Goes back from all restarts; false if there is none.
    private mutating func findRestarts(_ state: ClusterState) -> Bool {
        var waiting: [ActionIndex] = []
        for position in state.actions.all.indices {
            let action = ActionIndex(position)
            guard let down = Self.down(for: state.actions[action].task), let resource = state.actions[action].resource,
                state.resources[resource].variant == .primitive, state.firstAction(resource, down) != nil
            else { continue }
            leadsSomewhere[position] = true
            waiting.append(action)
        }
        let found = !waiting.isEmpty
        while let action = waiting.popLast() {
            var relation = state.actions[action].firstBefore
            while relation >= 0 {
                let record = state.actions.relations[Int(relation)]
                relation = record.olderBefore
                if !leadsSomewhere[record.first.position], Self.step(record, state) != nil {
                    leadsSomewhere[record.first.position] = true
                    waiting.append(record.first)
                }
            }
        }
        return found
    }

    private mutating func findSteps(_ state: ClusterState) {
        begins.reserveCapacity(state.actions.all.count + 1)
        for position in state.actions.all.indices {
            begins.append(Int32(truncatingIfNeeded: steps.count))
            var relation = leadsSomewhere[position] ? state.actions.all[position].firstAfter : -1
            while relation >= 0 {
                let record = state.actions.relations[Int(relation)]
                relation = record.olderAfter
                if leadsSomewhere[record.then.position], let step = Self.step(record, state) { steps.append(step) }
            }
        }
        begins.append(Int32(truncatingIfNeeded: steps.count))
    }

    /// The step that some walk can take along a relation; nil without.
    @inline(__always)
    private static func step(_ relation: Relation, _ state: ClusterState) -> Step? {
        if relation.afterFlags.contains(.firstImpliesThen) { return Step(then: relation.then, isDownward: false) }
        guard let whole = state.actions[relation.first].resource, let child = state.actions[relation.then].resource,
            state.resources[child].parent == whole,
            state.resources[child].variant == .primitive || state.resources[child].variant == .group
        else { return nil }
        return Step(then: relation.then, isDownward: true)
    }

    mutating func startRound() { round &+= 1 }

    /// Marks an action; false if it was marked in this round already, or leads nowhere.
    mutating func mark(_ action: ActionIndex) -> Bool {
        guard action.position < rounds.count, leadsSomewhere[action.position], rounds[action.position] != round else { return false }
        rounds[action.position] = round
        return true
    }

    /// Positions of the steps from an action.
    func steps(from action: ActionIndex) -> Range<Int> {
        guard action.position + 1 < begins.count else { return 0..<0 }
        return Int(begins[action.position])..<Int(begins[action.position + 1])
    }
}
