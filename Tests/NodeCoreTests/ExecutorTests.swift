// SPDX-License-Identifier: GPL-2.0-or-later
// The executor as a machine: what it starts, in which order, and what it reports (remote-protocol.md section 5).
import Messages
@testable import NodeCore
import Testing

/// An executor with a clock and a memory of its effects.
private struct Bench {
    var executor = Executor(configuration: ExecutorConfiguration())
    var now = Now(monotonic: .origin, wall: WallTime(seconds: 1_000_000))
    var spawned: [ProcessRequest] = []
    var killed: [(process: ProcessID, wholeGroup: Bool)] = []
    var timers: [ExecutorTimer: Instant] = [:]
    var completions: [OperationCompletion] = []
    var audiences: [CompletionAudience] = []
    var nextCallID = 1

    init(_ resources: String...) {
        for name in resources {
            with { executor, now, effects in
                executor.register(
                    name, agent: AgentReference(standard: "ocf", provider: "heartbeat", type: "Dummy"),
                    dropsRecurring: true, at: now, into: &effects)
            }
        }
    }

    @discardableResult
    mutating func with<Result>(_ body: (inout Executor, Now, inout [ExecutorEffect]) -> Result) -> Result {
        var effects: [ExecutorEffect] = []
        let result = body(&executor, now, &effects)
        for effect in effects {
            switch effect {
            case .spawn(let request): spawned.append(request)
            case .kill(let process, let wholeGroup): killed.append((process, wholeGroup))
            case .setTimer(let timer, let instant): timers[timer] = instant
            case .cancelTimer(let timer): timers[timer] = nil
            case .completed(let completion, let audience):
                completions.append(completion)
                audiences.append(audience)
            case .alertCompleted(let completion, _): completions.append(completion)
            case .delegate, .record: break
            }
        }
        return result
    }

    @discardableResult
    mutating func execute(
        _ action: String, on resource: String = "d", interval: Int64 = 0, timeout: Int64 = 20_000, delay: Int64 = 0,
        changesOnly: Bool = true, parameters: ParameterList = ParameterList()
    ) -> Int {
        var order = OperationOrder(
            resource: resource, action: action, userData: "\(action)-\(nextCallID)", interval: interval,
            timeout: timeout, startDelay: delay, parameters: parameters)
        order.notifiesChangesOnly = changesOnly
        let callID = nextCallID
        nextCallID += 1
        return with { $0.execute(order, callID: callID, from: .local, at: $1, into: &$2) }
    }

    /// The process that was started last ends.
    mutating func end(_ ending: ProcessOutcome.Ending = .exited(0), error: String = "", output: String = "", after: Duration = .zero) {
        guard let process = spawned.last?.id else { return }
        end(process, ending, error: error, output: output, after: after)
    }

    mutating func end(
        _ process: ProcessID, _ ending: ProcessOutcome.Ending = .exited(0), error: String = "", output: String = "",
        after: Duration = .zero
    ) {
        now = now.advanced(by: after)
        let outcome = ProcessOutcome(ending, standardOutput: Array(output.utf8), standardError: Array(error.utf8))
        with { $0.processFinished(process, outcome, at: $1, into: &$2) }
    }

    /// Time passes up to the next timer, which then fires.
    mutating func fireNextTimer() {
        guard let (timer, instant) = timers.min(by: { $0.value < $1.value }) else { return }
        timers[timer] = nil
        if instant > now.monotonic { now = now.advanced(by: instant - now.monotonic) }
        with { $0.timerFired(timer, at: $1, into: &$2) }
    }

    mutating func cancel(_ action: String, interval: Int64) -> Int {
        with { $0.cancel(resource: "d", action: action, interval: interval, at: $1, into: &$2) }
    }

    var actions: [String] { spawned.compactMap { $0.choices.first?.arguments.first } }
}

@Suite struct ExecutorQueueTests {
    @Test func anOperationRunsItsAgentAndReports() {
        var bench = Bench("d")
        #expect(bench.execute("start") == 1)
        #expect(bench.spawned.first?.choices.first?.path == "/usr/lib/ocf/resource.d/heartbeat/Dummy")
        #expect(bench.completions.isEmpty)
        bench.end(after: .milliseconds(13))
        let completion = bench.completions.first
        #expect(completion?.status == .done && completion?.rc == 0 && completion?.callID == 1)
        #expect(completion?.runTime == 1_000_000 && completion?.executionTime == 13 && completion?.changeTime == 0)
        #expect(bench.timers.isEmpty)
    }

    @Test func oneResourceRunsOneOperationAtATimeInOrder() {
        var bench = Bench("d", "e")
        bench.execute("start")
        bench.execute("monitor")
        bench.execute("start", on: "e")
        #expect(bench.actions == ["start", "start"], "another resource does not wait")
        bench.end(ProcessID(1), after: .milliseconds(5))
        #expect(bench.actions == ["start", "start", "monitor"])
        bench.end(ProcessID(3))
        #expect(bench.completions.map(\.callID) == [1, 2])
        #expect(bench.completions.last?.queueTime == 5)
    }

    @Test func aStartDelayHoldsBackTheQueue() {
        var bench = Bench("d")
        bench.execute("monitor", delay: 3000)
        bench.execute("start")
        #expect(bench.spawned.isEmpty)
        bench.fireNextTimer()
        #expect(bench.actions == ["monitor"])
    }

    @Test func unknownResourcesAndMissingNamesAreRefused() {
        var bench = Bench("d")
        #expect(bench.execute("start", on: "x") == WireError.noResource)
        #expect(bench.execute("start", on: "") == WireError.invalid)
        #expect(bench.execute("") > 0)
        #expect(bench.completions.first?.status == .fatalError)
    }

    @Test func theSameRegistrationChangesNothingAnotherReplaces() {
        var bench = Bench("d")
        bench.execute("monitor", interval: 10)
        let same = AgentReference(standard: "ocf", provider: "heartbeat", type: "Dummy")
        bench.with { $0.register("d", agent: same, dropsRecurring: true, at: $1, into: &$2) }
        #expect(bench.killed.isEmpty)
        let other = AgentReference(standard: "ocf", provider: "pacemaker", type: "Stateful")
        bench.with { $0.register("d", agent: other, dropsRecurring: true, at: $1, into: &$2) }
        #expect(bench.killed.count == 1)
        #expect(bench.executor.agent(of: "d") == other)
    }

    @Test func anUnregisteredResourceFinishesWhatRunsAndSaysSo() {
        var bench = Bench("d")
        bench.execute("start")
        bench.execute("monitor")
        #expect(bench.with { $0.unregister("d", at: $1, into: &$2) } == WireError.inProgress)
        #expect(bench.completions.map(\.status) == [.cancelled])
        #expect(bench.completions.first?.resourceDeleted == true)
        bench.end()
        #expect(bench.completions.last?.status == .done)
        #expect(bench.completions.last?.resourceDeleted == true)
        #expect(bench.with { $0.unregister("d", at: $1, into: &$2) } == 0)
    }

    @Test func aNewRegistrationWaitsForTheOldAgentToEnd() {
        var bench = Bench("d")
        bench.execute("start")
        _ = bench.with { $0.unregister("d", at: $1, into: &$2) }
        let agent = AgentReference(standard: "ocf", provider: "heartbeat", type: "Dummy")
        bench.with { $0.register("d", agent: agent, dropsRecurring: true, at: $1, into: &$2) }
        bench.execute("monitor")
        #expect(bench.actions == ["start"])
        bench.end()
        #expect(bench.actions == ["start", "monitor"])
    }
}

@Suite struct RecurringOperationTests {
    @Test func itRunsAgainAnIntervalAfterItsEndAndReportsOnlyChanges() {
        var bench = Bench("d")
        bench.execute("monitor", interval: 10_000)
        bench.end(after: .milliseconds(500))
        #expect(bench.completions.count == 1)
        bench.fireNextTimer()
        #expect(bench.now.monotonic == .origin + .milliseconds(10_500))
        bench.end()
        #expect(bench.completions.count == 1, "nothing new")
        bench.fireNextTimer()
        bench.end(.exited(7), after: .seconds(1))
        #expect(bench.completions.count == 2)
        let failure = bench.completions.last
        #expect(failure?.rc == 7 && failure?.runTime == 0 && failure?.executionTime == 0)
        #expect(failure?.changeTime == 1_000_021)
    }

    @Test func aRepeatWaitsForAnOperationInProgress() {
        var bench = Bench("d")
        bench.execute("monitor", interval: 1000)
        bench.end()
        bench.execute("reload")
        bench.fireNextTimer()
        #expect(bench.actions == ["monitor", "reload"])
        bench.end()
        #expect(bench.actions == ["monitor", "reload", "monitor"])
    }

    @Test func theSameRequestAgainTakesOverAndRunsAtOnce() {
        var bench = Bench("d")
        bench.execute("monitor", interval: 10_000)
        bench.end()
        #expect(bench.execute("Monitor", interval: 10_000) == 2)
        #expect(bench.actions == ["monitor", "monitor"])
        bench.end()
        #expect(bench.completions.map(\.callID) == [1, 2])
        #expect(bench.timers.count == 1, "one repetition, not two")
    }

    @Test func mergingWithARunReportsItsResultUnderTheNewNumber() {
        var bench = Bench("d")
        bench.execute("monitor", interval: 10_000)
        bench.execute("monitor", interval: 10_000)
        #expect(bench.spawned.count == 1)
        bench.end()
        #expect(bench.completions.map(\.callID) == [2])
        #expect(bench.completions.first?.order.userData == "monitor-2")
    }

    @Test func cancellingWhileRestingReportsTheLastCode() {
        var bench = Bench("d")
        bench.execute("monitor", interval: 10_000)
        bench.end(.exited(7))
        #expect(bench.cancel("monitor", interval: 10_000) == 0)
        #expect(bench.completions.last?.status == .cancelled)
        #expect(bench.completions.last?.rc == 7)
        #expect(bench.timers.isEmpty)
        #expect(bench.cancel("monitor", interval: 10_000) == WireError.unsupported)
    }

    @Test func cancellingARunKillsItAndReportsWhenItIsGone() {
        var bench = Bench("d")
        bench.execute("monitor", interval: 10_000)
        #expect(bench.cancel("monitor", interval: 10_000) == 0)
        #expect(bench.killed.count == 1)
        #expect(bench.completions.isEmpty)
        bench.end(.signaled(9))
        #expect(bench.completions.map(\.status) == [.cancelled])
        #expect(bench.timers.isEmpty, "it does not run again")
    }

    @Test func aStopCancelsAllRecurringOperationsFirst() {
        var bench = Bench("d")
        bench.execute("monitor", interval: 10_000)
        bench.end()
        bench.execute("monitor", interval: 20_000)
        bench.execute("stop")
        #expect(bench.completions.map(\.status) == [.done, .cancelled])
        #expect(bench.killed.count == 1)
        #expect(bench.actions == ["monitor", "monitor"])
        bench.end(.signaled(9))
        #expect(bench.actions.last == "stop")
        bench.end()
        #expect(bench.completions.map(\.status) == [.done, .cancelled, .cancelled, .done])
        #expect(bench.timers.isEmpty)
    }

    @Test func theLastClientTakesItsRecurringOperationsAlong() {
        var bench = Bench("d")
        bench.execute("monitor", interval: 10_000)
        bench.end()
        bench.execute("start")
        bench.with { $0.clientLeft(.local, wasLast: false, at: $1, into: &$2) }
        #expect(bench.completions.count == 1)
        bench.with { $0.clientLeft(.local, wasLast: true, at: $1, into: &$2) }
        #expect(bench.completions.last?.status == .cancelled)
        bench.end()
        #expect(bench.completions.last?.order.action == "start", "other operations continue")
        #expect(bench.executor.recurringOperations(of: nil).isEmpty)
    }

    @Test func recurringOperationsAreListed() {
        var bench = Bench("d", "e")
        bench.execute("monitor", on: "e", interval: 5)
        bench.execute("monitor", interval: 10_000)
        let all = bench.executor.recurringOperations(of: nil)
        #expect(all.map(\.resource) == ["d", "e"])
        #expect(bench.executor.recurringOperations(of: "e").map(\.interval) == [5])
    }
}

@Suite struct ExecutorOutcomeTests {
    @Test func aTimeoutKillsTheGroupAndIsReportedWhenTheAgentIsGone() {
        var bench = Bench("d")
        bench.execute("start", timeout: 1500)
        bench.fireNextTimer()
        #expect(bench.killed.first?.wholeGroup == true)
        #expect(bench.completions.isEmpty)
        bench.end(.signaled(9), error: "half-way\n")
        let completion = bench.completions.first
        #expect(completion?.status == .timeout && completion?.rc == 1)
        #expect(completion?.exitReason == "Resource agent did not complete within 1.500s")
        #expect(completion?.output == "half-way\n")
    }

    @Test func withOnFailBlockTheChildrenOfATimedOutAgentSurvive() {
        var bench = Bench("d")
        bench.execute("stop", timeout: 10, parameters: ParameterList([("CRM_meta_on_fail", "block")]))
        bench.fireNextTimer()
        #expect(bench.killed.first?.wholeGroup == false)
    }

    @Test func theLastExitReasonCountsAndStandardErrorIsTheOutput() {
        var bench = Bench("d")
        bench.execute("start")
        bench.end(.exited(1), error: "ocf-exit-reason:first\nnoise\nocf-exit-reason:second one\n", output: "stdout")
        #expect(bench.completions.first?.exitReason == "second one")
        #expect(bench.completions.first?.output?.hasPrefix("ocf-exit-reason:first") == true)
    }

    @Test(arguments: [
        (ProcessOutcome.Ending.exited(190), ExecutionStatus.done, 190), (.exited(100), .done, 1),
        (.signaled(15), .error, 1), (.notStarted(2), .notInstalled, 5), (.notStarted(13), .error, 4),
        (.notStarted(12), .error, 1), (.secretsUnavailable, .done, 2),
    ])
    func endingsMapToResults(ending: ProcessOutcome.Ending, status: ExecutionStatus, rc: Int) {
        var bench = Bench("d")
        bench.execute("monitor")
        bench.end(ending)
        #expect(bench.completions.first?.status == status)
        #expect(bench.completions.first?.rc == rc)
    }

    @Test func initScriptsAreAskedForTheirStatus() {
        var bench = Bench()
        bench.with {
            $0.register(
                "s", agent: AgentReference(standard: "lsb", provider: nil, type: "web"), dropsRecurring: true, at: $1,
                into: &$2)
        }
        bench.execute("monitor", on: "s")
        #expect(bench.spawned.first?.choices == [ProgramChoice("/etc/init.d/web", ["status"])])
        bench.end(.exited(3))
        #expect(bench.completions.first?.rc == 7)
        #expect(bench.completions.first?.order.action == "monitor")
    }

    @Test func aUnitInTransitionIsLookedAtAgain() {
        var bench = Bench()
        bench.with {
            $0.register(
                "u", agent: AgentReference(standard: "systemd", provider: nil, type: "web"), dropsRecurring: true,
                at: $1, into: &$2)
        }
        bench.execute("monitor", on: "u")
        bench.end(output: "LoadState=loaded\nActiveState=activating\n")
        #expect(bench.completions.isEmpty)
        bench.fireNextTimer()
        #expect(bench.spawned.count == 2)
        bench.end(output: "LoadState=loaded\nActiveState=active\n")
        #expect(bench.completions.map(\.rc) == [0])
    }

    @Test func fenceDevicesBelongToClusterNodes() {
        var bench = Bench()
        bench.with {
            $0.register(
                "f", agent: AgentReference(standard: "stonith", provider: nil, type: "fence_x"), dropsRecurring: true,
                at: $1, into: &$2)
        }
        bench.execute("start", on: "f")
        #expect(bench.completions.first?.status == .unsupported)
        #expect(bench.completions.first?.rc == 3)
    }

    @Test func agentsFindTheirParametersInTheEnvironment() {
        var bench = Bench("d:1")
        let parameters = ParameterList([
            ("state", "/run/x"), ("CRM_meta_timeout", "20000"), ("OCF_CHECK_LEVEL", "10"), ("passwd", "lrm://"),
        ])
        bench.execute("stop", on: "d:1", parameters: parameters)
        let environment = bench.spawned.first?.environment ?? []
        #expect(environment.contains(EnvironmentEntry("OCF_RESOURCE_INSTANCE", .text("d:1"))))
        #expect(environment.contains(EnvironmentEntry("OCF_RESKEY_state", .text("/run/x"))))
        #expect(environment.contains(EnvironmentEntry("OCF_RESKEY_CRM_meta_timeout", .text("20000"))))
        #expect(environment.contains(EnvironmentEntry("OCF_CHECK_LEVEL", .text("10"))))
        let secret = EnvironmentEntry("OCF_RESKEY_passwd", .secret(file: "/var/lib/pacemaker/lrm/secrets/d:1/passwd"))
        #expect(environment.contains(secret))
        #expect(bench.spawned.first?.toleratesMissingSecrets == true, "a stop must not depend on secrets")
    }

    @Test func alertsRunBesideEverythingWithASequenceNumber() {
        var bench = Bench("d")
        bench.execute("start")
        let alert = AlertOrder(id: "a", path: "/x/alert.sh", timeout: 30_000, parameters: ParameterList([("CRM_alert_kind", "node")]))
        #expect(bench.with { $0.alert(alert, callID: 9, from: .local, at: $1, into: &$2) } == 0)
        #expect(bench.spawned.count == 2)
        #expect(bench.spawned.last?.user == "hacluster")
        #expect(bench.spawned.last?.environment.contains(EnvironmentEntry("CRM_alert_node_sequence", .text("1"))) == true)
        bench.end()
        #expect(bench.completions.map(\.callID) == [9])
    }

    @Test(arguments: [(20_000, "20s"), (90_000, "1m30s"), (250, "250ms"), (1500, "1.500s"), (3_600_000, "1h"), (90_061_000, "1d1h1m1s")])
    func durationsAreReadable(milliseconds: Int64, text: String) {
        #expect(readableDuration(milliseconds: milliseconds) == text)
    }
}
