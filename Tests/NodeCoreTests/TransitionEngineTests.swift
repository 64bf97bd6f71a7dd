// SPDX-License-Identifier: GPL-2.0-or-later
// A transition: what starts when, and what a failure or an abort leaves undone.
import NodeCore
import Scheduling
import Testing

struct TransitionEngineTests {
    private var clock = TestClock()
    private var engine = TransitionEngine(uuid: "11111111-2222-3333-4444-555555555555")

    private func action(_ id: Int, _ kind: GraphAction.Kind = .resource, on node: String = "n1", interval: Int = 0) -> GraphAction {
        var action = GraphAction(id: id, kind: kind, task: interval > 0 ? "monitor" : "start", key: "r\(id)_start_0")
        action.node = GraphNode(name: node, id: node)
        var resource = GraphResource(element: "primitive", id: "r\(id)", longID: nil)
        (resource.agentClass, resource.provider, resource.type) = ("ocf", "pacemaker", "Dummy")
        action.resource = kind == .resource ? resource : nil
        action.attributes = [GraphAttribute("CRM_meta_timeout", "20000")]
        return action
    }

    private func transition(_ actions: [(GraphAction, inputs: [Int], priority: Int32)]) -> Transition {
        var transition = Transition()
        for (index, entry) in actions.enumerated() {
            transition.append(Synapse(id: index, priority: entry.priority, action: entry.0, inputs: entry.inputs))
        }
        return transition
    }

    private func fired(_ effects: [TransitionEffect]) -> [Int] {
        effects.compactMap { if case .fire(let action) = $0 { action.id } else { nil } }
    }

    private func finished(_ effects: [TransitionEffect]) -> NodeCore.TransitionSummary? {
        effects.compactMap { if case .finished(let summary) = $0 { summary } else { nil } }.first
    }

    @Test("an empty transition is finished as soon as it begins")
    mutating func empty() {
        var effects: [TransitionEffect] = []
        engine.begin(Transition(), number: 3, at: clock.now, into: &effects)
        #expect(finished(effects)?.number == 3)
        #expect(!engine.isActive)
    }

    @Test("an action starts when all its inputs are confirmed, pseudo actions at once")
    mutating func order() {
        var effects: [TransitionEffect] = []
        let plan = transition([
            (action(1), [], 0), (action(2), [], 0), (action(3, .pseudo), [1, 2], 0), (action(4), [3], 0),
        ])
        engine.begin(plan, number: 0, at: clock.now, into: &effects)
        #expect(fired(effects) == [1, 2])
        engine.confirm(1, failed: false, at: clock.now, into: &effects)
        #expect(fired(effects) == [1, 2])
        engine.confirm(2, failed: false, at: clock.now, into: &effects)
        #expect(fired(effects) == [1, 2, 3, 4])
        engine.confirm(4, failed: false, at: clock.now, into: &effects)
        #expect(finished(effects)?.complete == 4)
        #expect(finished(effects)?.aborted == nil)
    }

    @Test("a promotion waits for the probes of its resource, but not for one that waits for it")
    mutating func promotion() {
        var effects: [TransitionEffect] = []
        func step(_ id: Int, _ task: String, _ resource: String, on node: String) -> GraphAction {
            var action = action(id, on: node)
            (action.task, action.key) = (task, "\(resource)_\(task)_0")
            action.resource = GraphResource(element: "primitive", id: resource, longID: nil)
            return action
        }
        let plan = transition([
            (step(1, "monitor", "data:1", on: "n2"), [], 0), (step(2, "promote", "data:0", on: "n1"), [], 0),
            (step(3, "monitor", "data:2", on: "n3"), [2], 0), (step(4, "monitor", "other", on: "n2"), [], 0),
        ])
        engine.begin(plan, number: 0, at: clock.now, into: &effects)
        #expect(fired(effects) == [1, 4])
        engine.confirm(1, failed: false, at: clock.now, into: &effects)
        #expect(fired(effects) == [1, 4, 2], "nothing was found promoted")
        engine.confirm(2, failed: false, at: clock.now, into: &effects)
        #expect(fired(effects) == [1, 4, 2, 3])
    }

    @Test("while a migration has no known outcome, its resource is left alone until the source has answered")
    mutating func migrationHold() {
        func step(_ id: Int, _ task: String, _ resource: String, on node: String) -> GraphAction {
            var action = action(id, on: node)
            (action.task, action.key) = (task, "\(resource)_\(task)_0")
            action.resource = GraphResource(element: "primitive", id: resource, longID: nil)
            return action
        }
        let plan = transition([
            (step(1, "monitor", "vm", on: "n1"), [], 0), (step(2, "monitor", "vm", on: "n2"), [], 0), (step(3, "monitor", "vm", on: "n3"), [], 0),
            (step(4, "monitor", "other", on: "n2"), [], 0),
        ])
        var effects: [TransitionEffect] = []
        engine.begin(plan, number: 0, holds: [MigrationHold(resource: "vm", source: "n1")], at: clock.now, into: &effects)
        #expect(fired(effects) == [1, 4])
        #expect(engine.unmetHolds.isEmpty)
        engine.confirm(1, failed: false, at: clock.now, into: &effects)
        #expect(fired(effects) == [1, 4, 2, 3])
    }

    @Test("fencing the source ends the wait; without anything to wait for the resource is left alone")
    mutating func migrationHoldAndFencing() {
        var fencing = action(1, .cluster, on: "n1")
        fencing.task = "stonith"
        let hold = MigrationHold(resource: "r2", source: "n1")
        var effects: [TransitionEffect] = []
        engine.begin(transition([(fencing, [], 0), (action(2, on: "n2"), [], 0)]), number: 0, holds: [hold], at: clock.now, into: &effects)
        #expect(fired(effects) == [1])
        engine.confirm(1, failed: false, at: clock.now, into: &effects)
        #expect(fired(effects) == [1, 2])
        engine.confirm(2, failed: false, at: clock.now, into: &effects)

        effects = []
        engine.begin(transition([(action(2, on: "n2"), [], 0), (action(3, on: "n2"), [], 0)]), number: 1, holds: [hold], at: clock.now, into: &effects)
        #expect(fired(effects) == [3])
        #expect(engine.unmetHolds == [hold])
        engine.confirm(3, failed: false, at: clock.now, into: &effects)
        #expect(finished(effects)?.incomplete == 1)
    }

    @Test("a fencing is not left out once the failure that calls for it has been cleared", arguments: [true, false])
    mutating func owedFencing(firstFails: Bool) {
        var (first, second) = (action(1, .cluster, on: "r1"), action(2, .cluster, on: "r2"))
        (first.task, second.task) = ("stonith", "stonith")
        var (stop, other) = (action(3, on: "host"), action(4, .cluster, on: "r4"))
        (stop.task, stop.resource) = ("stop", GraphResource(element: "primitive", id: "r2", longID: nil))
        other.task = "stonith"
        let plan = transition([(first, [], 0), (second, [1], 0), (stop, [], 0), (other, [1], 0)])
        var effects: [TransitionEffect] = []
        engine.begin(plan, number: 0, unreachable: ["r2", "r4"], at: clock.now, into: &effects)
        #expect(fired(effects) == [1, 3])
        engine.confirm(3, failed: false, at: clock.now, into: &effects)
        engine.abort(AbortReason("Configuration change"), at: clock.now, into: &effects)
        engine.confirm(1, failed: firstFails, at: clock.now, into: &effects)
        #expect(fired(effects) == [1, 3, 2], "the failure of r4 is still there to be decided about")
    }

    @Test("what depends on a failed action does not run, and the transition asks to be made anew")
    mutating func failure() {
        var effects: [TransitionEffect] = []
        engine.begin(transition([(action(1), [], 0), (action(2), [1], 0)]), number: 0, at: clock.now, into: &effects)
        engine.confirm(1, failed: true, at: clock.now, into: &effects)
        #expect(fired(effects) == [1])
        let summary = finished(effects)
        #expect(summary?.incomplete == 1)
        #expect(summary?.aborted?.then == .restart)
    }

    @Test("an action of priority INFINITY runs although its input failed")
    mutating func mandatory() {
        var effects: [TransitionEffect] = []
        engine.begin(transition([(action(1), [], 0), (action(2), [1], 1_000_000)]), number: 0, at: clock.now, into: &effects)
        engine.confirm(1, failed: true, at: clock.now, into: &effects)
        #expect(fired(effects) == [1, 2])
    }

    @Test("after an abort running actions end, but none is started")
    mutating func abort() {
        var effects: [TransitionEffect] = []
        engine.begin(transition([(action(1), [], 0), (action(2), [1], 0)]), number: 0, at: clock.now, into: &effects)
        engine.abort(AbortReason("Configuration change"), at: clock.now, into: &effects)
        #expect(finished(effects) == nil)
        engine.confirm(1, failed: false, at: clock.now, into: &effects)
        #expect(fired(effects) == [1])
        #expect(finished(effects)?.skipped == 1)
    }

    @Test("an action without result is lost after its timeout and the cluster delay")
    mutating func lost() {
        var effects: [TransitionEffect] = []
        engine.begin(transition([(action(1), [], 0)]), number: 0, at: clock.now, into: &effects)
        let due = effects.compactMap { if case .setTimer(action: 1, let time) = $0 { time } else { nil } }
        #expect(due == [clock.now.monotonic + .seconds(80)])
        clock.advance(.seconds(80))
        #expect(engine.timerFired(1, at: clock.now, into: &effects)?.id == 1)
        #expect(finished(effects)?.aborted?.text == "Action lost")
    }

    @Test("a node gets no more work at a time than the limit, another node is not held up")
    mutating func limits() {
        engine.jobLimit = 2
        var effects: [TransitionEffect] = []
        let plan = transition((1...4).map { (action($0), [], 0) } + [(action(5, on: "n2"), [], 0)])
        engine.begin(plan, number: 0, at: clock.now, into: &effects)
        #expect(fired(effects) == [1, 2, 5])
        engine.confirm(2, failed: false, at: clock.now, into: &effects)
        #expect(fired(effects) == [1, 2, 5, 3])
    }

    @Test("results are matched by transition, number and engine")
    mutating func keys() {
        var effects: [TransitionEffect] = []
        engine.begin(transition([(action(1), [], 0)]), number: 7, at: clock.now, into: &effects)
        let key = TransitionKey("1:7:0:11111111-2222-3333-4444-555555555555")
        #expect(key.flatMap { engine.runningAction(for: $0)?.id } == 1)
        #expect(TransitionKey("1:6:0:11111111-2222-3333-4444-555555555555").flatMap { engine.runningAction(for: $0) } == nil)
        #expect(TransitionKey("1:7:0:other").flatMap { engine.runningAction(for: $0) } == nil)
        #expect(TransitionKey("nonsense") == nil)
    }
}
