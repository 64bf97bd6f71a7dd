// SPDX-License-Identifier: GPL-2.0-or-later
// The executor's reactions to ended processes and expired timers, and how it reports results.
import Messages

extension Executor {
    /// A process asked for with `.spawn` has ended or could not be started.
    package mutating func processFinished(
        _ process: ProcessID, _ outcome: ProcessOutcome, at now: Now, into effects: inout [ExecutorEffect]
    ) {
        withRun(process, at: now, into: &effects) { operation, effects in
            guard let run = operation.run else { return nil }
            if run.isCancelled { return RunResult(.cancelled, operation.lastRC) }
            if run.isTimedOut { return Executor.timeoutResult(operation, outcome) }
            switch run.command.verdict(on: outcome) {
            case .result(let result): return result
            case .lookAgain:
                operation.run?.awaitsFollowUp = true
                effects.append(.setTimer(.followUp(operation.serial), at: now.monotonic + Executor.followUpDelay))
                return nil
            }
        }
    }

    /// The fencer has carried out a delegated operation.
    package mutating func delegateFinished(
        _ process: ProcessID, _ outcome: DelegateOutcome, at now: Now, into effects: inout [ExecutorEffect]
    ) {
        withRun(process, at: now, into: &effects) { operation, _ in
            if operation.run?.isCancelled == true { return RunResult(.cancelled, operation.lastRC) }
            return RunResult(outcome.status, outcome.rc, reason: outcome.exitReason, output: outcome.output)
        }
    }

    /// A timer that was set has expired.
    package mutating func timerFired(_ timer: ExecutorTimer, at now: Now, into effects: inout [ExecutorEffect]) {
        switch timer {
        case .startDelay(let serial): startDelayPassed(serial, at: now, into: &effects)
        case .interval(let serial): intervalPassed(serial, at: now, into: &effects)
        case .timeout(let process): timeoutPassed(process, at: now, into: &effects)
        case .followUp(let serial): followUp(serial, at: now, into: &effects)
        }
    }

    private mutating func startDelayPassed(_ serial: UInt64, at now: Now, into effects: inout [ExecutorEffect]) {
        guard let name = owners[serial],
            let index = resources[name]?.waiting.firstIndex(where: { $0.serial == serial })
        else { return }
        resources[name]?.waiting[index].isDelayed = false
        dispatch(name, at: now, into: &effects)
    }

    private mutating func intervalPassed(_ serial: UInt64, at now: Now, into effects: inout [ExecutorEffect]) {
        guard let name = owners[serial],
            let index = resources[name]?.resting.firstIndex(where: { $0.serial == serial }),
            let operation = resources[name]?.resting.remove(at: index)
        else { return }
        resources[name]?.due.append(operation)
        dispatch(name, at: now, into: &effects)
    }

    private mutating func timeoutPassed(_ process: ProcessID, at now: Now, into effects: inout [ExecutorEffect]) {
        withRun(process, at: now, into: &effects) { operation, effects in
            guard let run = operation.run, !run.isCancelled, !run.isTimedOut else { return nil }
            operation.run?.isTimedOut = true
            effects.append(
                .record(
                    Event(
                        .warning, "operation-timeout",
                        "\(operation.order.resource) \(operation.order.action) did not complete within "
                            + "\(readableDuration(milliseconds: operation.order.timeout)), killing it")))
            if run.awaitsFollowUp || run.command.choices.isEmpty {
                return Executor.timeoutResult(operation, ProcessOutcome(.signaled(9)))
            }
            // Children survive when the user asked to leave a failed resource as it is.
            let blocks = operation.order.parameters["CRM_meta_on_fail"] == "block"
            effects.append(.kill(run.process, wholeGroup: !blocks))
            return nil
        }
    }

    private static func timeoutResult(_ operation: PendingOperation, _ outcome: ProcessOutcome) -> RunResult {
        let limit = readableDuration(milliseconds: operation.order.timeout)
        let isFenceDevice = operation.run?.command.choices.isEmpty == true
        let subject = isFenceDevice ? "Fence agent" : "Resource agent"
        return RunResult(
            .timeout, 1, reason: "\(subject) did not complete within \(limit)", output: agentOutput(outcome))
    }

    /// Looks at a service again that was changing state.
    private mutating func followUp(_ serial: UInt64, at now: Now, into effects: inout [ExecutorEffect]) {
        guard
            let name = owners[serial], var operation = resources[name]?.active, operation.serial == serial,
            let run = operation.run, run.awaitsFollowUp
        else { return }
        if run.isCancelled {
            resources[name]?.active = nil
            ownersByProcess[run.process] = nil
            finish(operation, RunResult(.cancelled, operation.lastRC), of: name, at: now, into: &effects)
            return dispatch(name, at: now, into: &effects)
        }
        effects.append(.cancelTimer(.timeout(run.process)))
        let process = takeProcessID()
        operation.run = Run(
            process: process, startedAt: run.startedAt, deadline: run.deadline, queued: run.queued,
            command: run.command)
        resources[name]?.active = operation
        ownersByProcess[run.process] = nil
        ownersByProcess[process] = name
        effects.append(.spawn(request(run.command, process: process, for: operation, asUser: nil)))
        effects.append(.setTimer(.timeout(process), at: max(run.deadline, now.monotonic)))
    }

    /// Finds the operation behind a process, lets `change` look at it, and finishes it if that gives a result.
    private mutating func withRun(
        _ process: ProcessID, at now: Now, into effects: inout [ExecutorEffect],
        _ change: (inout PendingOperation, inout [ExecutorEffect]) -> RunResult?
    ) {
        if let name = ownersByProcess[process], var operation = resources[name]?.active,
            operation.run?.process == process
        {
            let result = change(&operation, &effects)
            resources[name]?.active = result == nil ? operation : nil
            guard let result else { return }
            finish(operation, result, of: name, at: now, into: &effects)
            dispatch(name, at: now, into: &effects)
        } else if let index = orphans.firstIndex(where: { $0.run?.process == process }) {
            guard let result = change(&orphans[index], &effects) else { return }
            let operation = orphans.remove(at: index)
            report(operation, result, deleted: true, at: now, into: &effects)
            dispatch(operation.order.resource, at: now, into: &effects)
        } else if let index = alerts.firstIndex(where: { $0.run?.process == process }) {
            guard let result = change(&alerts[index], &effects) else { return }
            report(alerts.remove(at: index), result, deleted: false, at: now, into: &effects)
        }
    }

    /// Reports a run and puts a recurring operation to rest until its next one.
    mutating func finish(
        _ operation: PendingOperation, _ result: RunResult, of name: String, at now: Now,
        into effects: inout [ExecutorEffect]
    ) {
        var operation = operation
        if result.rc != operation.lastRC, result.status != .cancelled {
            operation.changeTime = now.wall.seconds
            operation.lastRC = result.rc
        }
        let reported = operation
        operation.runs += 1
        operation.run = nil
        let isSilent =
            operation.order.notifiesChangesOnly && operation.lastReported.map { $0 == (result.status, result.rc) } == true
        operation.lastReported = (result.status, result.rc)
        report(reported, result, deleted: false, isSilent: isSilent, at: now, into: &effects)
        if operation.isRecurring, result.status != .cancelled {
            effects.append(
                .setTimer(.interval(operation.serial), at: now.monotonic + .milliseconds(operation.order.interval)))
            resources[name]?.resting.append(operation)
        }
    }

    private mutating func report(
        _ operation: PendingOperation, _ result: RunResult, deleted: Bool, isSilent: Bool = false, at now: Now,
        into effects: inout [ExecutorEffect]
    ) {
        if operation.isAdopted {
            if let run = operation.run { effects.append(.cancelTimer(.timeout(run.process))) }
            owners[operation.serial] = nil
            effects.append(.record(Event(
                .notice, "agent-ended", "\(operation.order.action) of \(operation.order.resource), begun by the former daemon, has ended")))
            return
        }
        var completion = OperationCompletion(
            callID: operation.callID, order: operation.order, status: result.status, rc: result.rc,
            exitReason: result.exitReason, output: result.output)
        completion.resourceDeleted = deleted
        completion.changeTime = operation.changeTime
        if !operation.isRecurring || result.status == .cancelled || deleted { owners[operation.serial] = nil }
        if let run = operation.run {
            ownersByProcess[run.process] = nil
            effects.append(.cancelTimer(.timeout(run.process)))
            if operation.runs == 0 {
                completion.runTime = run.startedAt.wall.seconds
                completion.executionTime = (now.monotonic - run.startedAt.monotonic).wholeMilliseconds
                completion.queueTime = run.queued
            }
        }
        effects.append(.record(resultEvent(completion)))
        if !isSilent { append(completion, of: operation, into: &effects) }
    }

    /// An operation that will not run (again).
    mutating func reportCancelled(_ operation: PendingOperation, deleted: Bool, into effects: inout [ExecutorEffect]) {
        owners[operation.serial] = nil
        if operation.isDelayed { effects.append(.cancelTimer(.startDelay(operation.serial))) }
        if operation.runs > 0 { effects.append(.cancelTimer(.interval(operation.serial))) }
        var completion = OperationCompletion(
            callID: operation.callID, order: operation.order, status: .cancelled, rc: operation.lastRC)
        completion.resourceDeleted = deleted
        completion.changeTime = operation.changeTime
        append(completion, of: operation, into: &effects)
    }

    private func append(
        _ completion: OperationCompletion, of operation: PendingOperation, into effects: inout [ExecutorEffect]
    ) {
        let audience: CompletionAudience =
            operation.order.notifiesOriginatorOnly ? .only(operation.client) : .everyone
        let isAlert = operation.run?.command.dialect == .alert
        effects.append(
            isAlert
                ? .alertCompleted(completion, audience: audience) : .completed(completion, audience: audience))
    }

    private func resultEvent(_ completion: OperationCompletion) -> Event {
        let order = completion.order
        var text = "finished - rsc:\(order.resource) action:\(order.action) call_id:\(completion.callID) "
        text += "exit-code:\(completion.rc) status:\(completion.status.rawValue) "
        text += "exec-time:\(completion.executionTime)ms queue-time:\(completion.queueTime)ms"
        if let reason = completion.exitReason { text += " (\(reason))" }
        let isNews = completion.status == .done && order.interval == 0
        let level: Event.Level = completion.status == .done ? (isNews ? .info : .debug) : .notice
        return Event(level, "operation-result", text)
    }
}
