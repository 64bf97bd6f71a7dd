// SPDX-License-Identifier: GPL-2.0-or-later
// Executes one transition at a time: starts actions when their inputs are confirmed, and stops when told to.
package import Scheduling

/// Why a transition was stopped before its end.
package struct AbortReason: Sendable, Equatable {
    package var text: String
    /// What to do when the running actions are through.
    package enum Then: Int, Sendable, Comparable {
        case nothing, restart, shutdown
        package static func < (a: Then, b: Then) -> Bool { a.rawValue < b.rawValue }
    }
    package var then: Then
    package init(_ text: String, then: Then = .restart) {
        self.text = text
        self.then = then
    }
}

/// What the engine asks for.
package enum TransitionEffect: Sendable {
    /// Carry this action out; its confirmation comes back through `confirm`.
    case fire(GraphAction)
    case setTimer(action: Int, at: Instant)
    case cancelTimer(action: Int)
    case finished(TransitionSummary)
}

/// How a transition ended.
package struct TransitionSummary: Sendable, Equatable {
    package var number: Int
    package var complete = 0
    package var fired = 0
    package var skipped = 0
    package var incomplete = 0
    package var aborted: AbortReason?
}

/// The state of one transition. A value: everything it does is in the effects it appends.
package struct TransitionEngine: Sendable {
    enum Stage: UInt8, Sendable { case waiting, running, confirmed, failed, skipped }

    /// Identifies this engine in transition keys.
    package let uuid: String
    /// Number of the current transition; counts up.
    package private(set) var number = -1
    package private(set) var transition = Transition()
    package private(set) var isActive = false
    package private(set) var aborted: AbortReason?
    /// Agent operations that one node may have in progress; 0: no limit.
    package var jobLimit = 8

    private static let infinity = 1_000_000
    private var abortPriority = Int.min
    private var batchLimit = 0
    private var migrationLimit = -1
    private var clusterDelay = 60_000
    // One entry for each synapse, which has exactly one action.
    var stages: [Stage] = []
    var missingInputs: [Int] = []
    private var blocked: [Bool] = []
    var dependents: [[Int]] = []
    /// Synapses whose inputs are all confirmed and that did not start yet, ascending.
    private var ready: [Int] = []
    private var runningCount = 0
    /// Fencings of nodes that cannot be reached, with the stops of their connections.
    var owedFencings: [(fencing: Int, stop: Int)] = []
    /// Holds that kept something back and that nothing in this transition could end.
    package private(set) var unmetHolds: [MigrationHold] = []
    private var jobs: [String: Int] = [:]
    private var migrations: [String: Int] = [:]

    package init(uuid: String) { self.uuid = uuid }

    /// Starts a new transition. The former one must have finished.
    package mutating func begin(
        _ transition: Transition, number: Int, holds: [MigrationHold] = [], unreachable: [String] = [], at now: Now, into effects: inout [TransitionEffect]
    ) {
        self.transition = transition
        self.number = number
        isActive = true
        aborted = nil
        abortPriority = Int.min
        batchLimit = Int(transition.batchLimit) ?? 0
        migrationLimit = transition.migrationLimit.flatMap { Int($0) } ?? -1
        clusterDelay = milliseconds(transition.clusterDelay) ?? 60_000
        let count = transition.synapses.count
        stages = Array(repeating: .waiting, count: count)
        blocked = Array(repeating: false, count: count)
        dependents = Array(repeating: [], count: count)
        missingInputs = Array(repeating: 0, count: count)
        (runningCount, jobs, migrations, ready) = (0, [:], [:], [])
        for (index, synapse) in transition.synapses.enumerated() {
            for input in synapse.inputs {
                guard let position = transition.positions[input] else { continue }
                dependents[position].append(index)
                missingInputs[index] += 1
            }
        }
        holdPromotions()
        owedFencings = fencings(of: unreachable)
        unmetHolds = holds.filter { !apply($0) }
        ready = missingInputs.indices.filter { missingInputs[$0] == 0 }
        advance(at: now, into: &effects)
    }

    /// The action with this number in the current transition, if the key belongs to it and it still runs.
    package func runningAction(for key: TransitionKey) -> GraphAction? {
        guard isActive, key.engine == uuid, key.transition == number, let index = transition.positions[key.action],
            stages[index] == .running
        else { return nil }
        return transition.synapses[index].action
    }

    /// The actions that were fired and have no result yet, in order.
    package var running: [GraphAction] {
        guard isActive else { return [] }
        return stages.indices.filter { stages[$0] == .running }.map { transition.synapses[$0].action }
    }

    /// The result of an action has been recorded.
    /// - Parameters:
    ///   - failed: its dependents must not run.
    ///   - then: what follows a failure; to decide anew at once makes no sense if the same would come of it.
    package mutating func confirm(
        _ id: Int, failed: Bool, then: AbortReason.Then = .restart, at now: Now, into effects: inout [TransitionEffect]
    ) {
        guard isActive, let index = transition.positions[id], stages[index] == .running else { return }
        settle(index, failed: failed, into: &effects)
        if failed { stop(priority: Int(transition.synapses[index].priority) + 1, AbortReason("Event failed", then: then)) }
        advance(at: now, into: &effects)
    }

    /// The timer of an action ran out.
    /// - Returns: the action, which counts as lost; the caller records a timeout for it.
    package mutating func timerFired(_ id: Int, at now: Now, into effects: inout [TransitionEffect]) -> GraphAction? {
        guard isActive, let index = transition.positions[id], stages[index] == .running else { return nil }
        settle(index, failed: true, into: &effects)
        stop(priority: Self.infinity, AbortReason("Action lost"))
        advance(at: now, into: &effects)
        return transition.synapses[index].action
    }

    /// Something happened that the transition did not foresee.
    package mutating func abort(_ reason: AbortReason, at now: Now, into effects: inout [TransitionEffect]) {
        guard isActive else { return }
        stop(priority: Self.infinity, reason)
        advance(at: now, into: &effects)
    }

    private mutating func stop(priority: Int, _ reason: AbortReason) {
        abortPriority = max(abortPriority, priority)
        if let aborted, aborted.then >= reason.then { return }
        aborted = reason
    }

    // MARK: Progress

    private mutating func settle(_ index: Int, failed: Bool, into effects: inout [TransitionEffect]) {
        let action = transition.synapses[index].action
        stages[index] = failed ? .failed : .confirmed
        if action.kind != .pseudo {
            effects.append(.cancelTimer(action: action.id))
            leave(action)
        }
        runningCount -= 1
        for dependent in dependents[index] {
            // A failed input makes the synapse unrunnable unless it must run in any case.
            if failed, Int(transition.synapses[dependent].priority) < Self.infinity, !isOwed(dependent) { blocked[dependent] = true }
            missingInputs[dependent] -= 1
            if missingInputs[dependent] == 0, !blocked[dependent] { makeReady(dependent) }
        }
    }

    private mutating func makeReady(_ synapse: Int) {
        var position = ready.count
        while position > 0, ready[position - 1] > synapse { position -= 1 }
        ready.insert(synapse, at: position)
    }

    private mutating func advance(at now: Now, into effects: inout [TransitionEffect]) {
        var progress = true
        while progress {
            progress = false
            let candidates = ready
            ready = []
            for synapse in candidates {
                switch verdict(synapse) {
                case .skip: stages[synapse] = .skipped
                case .wait: makeReady(synapse)
                case .fire:
                    progress = true
                    fire(synapse, at: now, into: &effects)
                }
            }
        }
        if runningCount == 0 { finish(into: &effects) }
    }

    private enum Verdict { case fire, wait, skip }

    private func verdict(_ index: Int) -> Verdict {
        let action = transition.synapses[index].action
        if action.kind == .pseudo { return .fire }
        if Int(transition.synapses[index].priority) < abortPriority, !isOwed(index) { return .skip }
        if batchLimit > 0, runningCount >= batchLimit { return .wait }
        guard let node = workplace(action) else { return .fire }
        if jobLimit > 0, jobs[node, default: 0] >= jobLimit { return .wait }
        if migrationLimit >= 0, Self.isMigration(action), migrations[node, default: 0] >= max(1, migrationLimit) { return .wait }
        return .fire
    }

    private mutating func fire(_ index: Int, at now: Now, into effects: inout [TransitionEffect]) {
        let action = transition.synapses[index].action
        stages[index] = .running
        runningCount += 1
        if action.kind != .pseudo {
            enter(action)
            let limit = Int(clamping: min(max(0, action.timeout ?? 0), Int64(Int32.max))) + action.startDelay + clusterDelay
            effects.append(.setTimer(action: action.id, at: now.monotonic + .milliseconds(limit)))
        }
        effects.append(.fire(action))
        if action.kind == .pseudo || action.needsNoResult { settle(index, failed: false, into: &effects) }
    }

    private mutating func finish(into effects: inout [TransitionEffect]) {
        isActive = false
        var summary = TransitionSummary(number: number, aborted: aborted)
        for stage in stages {
            switch stage {
            case .confirmed, .failed: summary.complete += 1
            case .skipped: summary.skipped += 1
            case .waiting: summary.incomplete += 1
            case .running: summary.fired += 1
            }
        }
        effects.append(.finished(summary))
    }

    // MARK: Limits

    /// Where the work of an action happens. Connections to remote nodes cost next to nothing and are not counted,
    /// so that all remote nodes connect in parallel; work on a remote node counts there, not on its router.
    private func workplace(_ action: GraphAction) -> String? {
        guard action.kind == .resource, let node = action.node, action.agent?.isRemoteConnection != true else { return nil }
        return node.name
    }

    private static func isMigration(_ action: GraphAction) -> Bool { action.task.hasPrefix("migrate_") }

    private mutating func enter(_ action: GraphAction) {
        guard let node = workplace(action) else { return }
        jobs[node, default: 0] += 1
        if Self.isMigration(action) { migrations[node, default: 0] += 1 }
    }

    private mutating func leave(_ action: GraphAction) {
        guard let node = workplace(action) else { return }
        jobs[node, default: 0] -= 1
        if Self.isMigration(action) { migrations[node, default: 0] -= 1 }
    }
}
