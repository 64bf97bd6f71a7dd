// SPDX-License-Identifier: GPL-2.0-or-later
// Agents of a daemon that was killed: the next one waits for them before it does anything else with their resources.
import Messages
@testable import NodeCore
import Testing

@Suite struct SurvivingAgentTests {
    private var executor = Executor(configuration: ExecutorConfiguration())
    private var clock = TestClock()
    private let old = ProcessID(SurvivingAgent.firstProcess)

    private mutating func adopt(deadline: Instant?, killsGroup: Bool = true) -> [ExecutorEffect] {
        var effects: [ExecutorEffect] = []
        let note = AgentNote(resource: "d", action: "start", deadline: deadline, killsGroup: killsGroup)
        executor.adopt(SurvivingAgent(id: old, note: note), at: clock.now, into: &effects)
        executor.register(
            "d", agent: AgentReference(standard: "ocf", provider: "heartbeat", type: "Dummy"), dropsRecurring: true, at: clock.now, into: &effects)
        return effects
    }

    private mutating func probe() -> [ExecutorEffect] {
        var effects: [ExecutorEffect] = []
        let order = OperationOrder(resource: "d", action: "monitor", timeout: 20_000)
        #expect(executor.execute(order, callID: 1, from: .local, at: clock.now, into: &effects) == 1)
        return effects
    }

    private func spawned(_ effects: [ExecutorEffect]) -> [ProcessRequest] {
        effects.compactMap { if case .spawn(let request) = $0 { request } else { nil } }
    }

    private func completions(_ effects: [ExecutorEffect]) -> Int {
        effects.filter { if case .completed = $0 { true } else { false } }.count
    }

    @Test("a probe waits for an agent of the former daemon, whose end nobody is told")
    mutating func waiting() {
        _ = adopt(deadline: nil)
        #expect(spawned(probe()).isEmpty)
        var effects: [ExecutorEffect] = []
        executor.processFinished(old, ProcessOutcome(.exited(0)), at: clock.now, into: &effects)
        #expect(spawned(effects).count == 1)
        #expect(completions(effects) == 0)
        #expect(executor.isBusy)
    }

    @Test("resources without such an agent are not held up")
    mutating func others() {
        _ = adopt(deadline: nil)
        var effects: [ExecutorEffect] = []
        executor.register(
            "e", agent: AgentReference(standard: "ocf", provider: "heartbeat", type: "Dummy"), dropsRecurring: true, at: clock.now, into: &effects)
        _ = executor.execute(OperationOrder(resource: "e", action: "monitor", timeout: 20_000), callID: 2, from: .local, at: clock.now, into: &effects)
        #expect(spawned(effects).count == 1)
    }

    @Test("its timeout goes on and kills what it would have killed", arguments: [true, false])
    mutating func timeout(killsGroup: Bool) {
        let deadline = clock.now.monotonic + .seconds(7)
        let effects = adopt(deadline: deadline, killsGroup: killsGroup)
        #expect(effects.contains(.setTimer(.timeout(old), at: deadline)))
        clock.advance(.seconds(7))
        var late: [ExecutorEffect] = []
        executor.timerFired(.timeout(old), at: clock.now, into: &late)
        #expect(late.contains(.kill(old, wholeGroup: killsGroup)))
        #expect(spawned(probe()).isEmpty, "killed is not yet gone")
        executor.processFinished(old, ProcessOutcome(.exited(0)), at: clock.now, into: &late)
        #expect(spawned(late).count == 1)
    }

    @Test("a timeout that has passed while no daemon was there strikes at once")
    mutating func overdue() {
        clock.advance(.seconds(100))
        #expect(adopt(deadline: .origin + .seconds(5)).contains(.setTimer(.timeout(old), at: clock.now.monotonic)))
    }

    @Test("what is written down about an agent is what the next daemon needs to know")
    mutating func note() {
        var effects: [ExecutorEffect] = []
        executor.register(
            "d", agent: AgentReference(standard: "ocf", provider: "heartbeat", type: "Dummy"), dropsRecurring: true, at: clock.now, into: &effects)
        let order = OperationOrder(
            resource: "d", action: "stop", timeout: 3000, parameters: ParameterList([("CRM_meta_on_fail", "block")]))
        _ = executor.execute(order, callID: 1, from: .local, at: clock.now, into: &effects)
        #expect(spawned(effects).first?.note
            == AgentNote(resource: "d", action: "stop", deadline: clock.now.monotonic + .seconds(3), killsGroup: false))
    }
}
