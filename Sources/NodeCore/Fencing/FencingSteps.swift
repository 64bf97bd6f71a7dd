// SPDX-License-Identifier: GPL-2.0-or-later
// How a fencing goes on: which devices can do it, level after level, step after step, until it succeeds or nothing is left.
import Messages

extension Fencer {
    /// Asks the agents whose answer decides whether their device can fence the target, then plans.
    mutating func prepare(_ id: String, at now: Now, into effects: inout [FencerEffect]) {
        guard let index = operations.firstIndex(where: { $0.id == id }) else { return }
        let target = operations[index].request.target
        let levels = topology.levels(
            for: target, matches: { NamePattern.matches($0, $1) }, attribute: { nodeAttributes[target]?[$0] })
        if operations[index].request.action == "on", !levels.isEmpty {
            operations[index].levels = [levels.flatMap(\.devices)]
        } else {
            operations[index].levels = levels.map(\.devices)
        }
        guard levels.isEmpty else { plan(id, at: now, into: &effects); return }
        for device in devices where device.canFence(target, at: now.monotonic) == nil {
            operations[index].asking.append(device.id)
            if device.hostCheck == .status {
                let text = device.input(action: "status", target: target)
                launch(
                    device.agent, text, .status(device: device.id, operation: id),
                    limit: .seconds(device.timeout("status", requested: operations[index].request.timeout)), at: now, into: &effects)
            } else if !runs.contains(where: { $0.purpose == .list(device: device.id) }) {
                launch(
                    device.agent, device.input(action: "list", target: nil), .list(device: device.id),
                    limit: .seconds(device.timeout("list", requested: operations[index].request.timeout)), at: now, into: &effects)
            }
        }
        if operations[index].asking.isEmpty { plan(id, at: now, into: &effects) }
    }

    mutating func answered(device: String, at now: Now, into effects: inout [FencerEffect]) {
        for operation in operations where operation.asking.contains(device) {
            guard let index = operations.firstIndex(where: { $0.id == operation.id }) else { continue }
            operations[index].asking.removeAll { $0 == device }
            if operations[index].asking.isEmpty { plan(operation.id, at: now, into: &effects) }
        }
    }

    mutating func plan(_ id: String, at now: Now, into effects: inout [FencerEffect]) {
        guard let index = operations.firstIndex(where: { $0.id == id }), !operations[index].isPlanned else { return }
        let operation = operations[index]
        operations[index].isPlanned = true
        if operation.levels.isEmpty {
            let able = devices.filter {
                $0.canFence(operation.request.target, at: now.monotonic) ?? operation.confirmed.contains($0.id)
            }
            // Without topology each device is an alternative to the others.
            operations[index].levels = able.map { [$0.id] }
        }
        nextLevel(id, at: now, into: &effects)
    }

    mutating func nextLevel(_ id: String, at now: Now, into effects: inout [FencerEffect]) {
        guard let index = operations.firstIndex(where: { $0.id == id }) else { return }
        guard !operations[index].levels.isEmpty else { fail(id, at: now, into: &effects); return }
        let level = operations[index].levels.removeFirst()
        let action = operations[index].request.action
        let split = action == "reboot" && (level.count > 1 || level.contains { device($0)?.supports("reboot") == false })
        if split {
            operations[index].steps = level.map { FencingOperation.Step(device: $0, action: "off") }
                + level.map { FencingOperation.Step(device: $0, action: "on", optional: true) }
        } else {
            operations[index].steps = level.map { FencingOperation.Step(device: $0, action: action) }
        }
        operations[index].attempts = 0
        delayOrStep(id, at: now, into: &effects)
    }

    mutating func delayOrStep(_ id: String, at now: Now, into effects: inout [FencerEffect]) {
        guard let index = operations.firstIndex(where: { $0.id == id }), let step = operations[index].steps.first else { return }
        let request = operations[index].request
        var wait = 0
        if request.delay >= 0, request.action != "on", let device = device(step.device) {
            let (base, maximum) = device.delay(for: request.target)
            wait = maximum > base ? Int.random(in: base...maximum, using: &random) : base
            if !operations[index].usedDevice { wait += request.delay * 1000 }
        }
        operations[index].usedDevice = true
        if wait > 0 {
            effects.append(.setTimer(.delay(id), at: now.monotonic + .milliseconds(wait)))
        } else {
            runStep(id, at: now, into: &effects)
        }
    }

    mutating func runStep(_ id: String, at now: Now, into effects: inout [FencerEffect]) {
        guard let index = operations.firstIndex(where: { $0.id == id }), let step = operations[index].steps.first else { return }
        guard let device = device(step.device) else {
            operations[index].lastReason = "Device \(step.device) is not registered"
            stepFailed(id, timedOut: true, at: now, into: &effects)
            return
        }
        let request = operations[index].request
        operations[index].attempts += 1
        operations[index].stepBegan = now.monotonic
        operations[index].process = launch(
            device.agent, device.input(action: step.action, target: request.target), .step(operation: id),
            limit: .seconds(device.timeout(step.action, requested: request.timeout)), at: now, into: &effects)
    }

    mutating func stepDone(_ id: String, at now: Now, into effects: inout [FencerEffect]) {
        guard let index = operations.firstIndex(where: { $0.id == id }), !operations[index].steps.isEmpty else { return }
        operations[index].process = nil
        operations[index].steps.removeFirst()
        operations[index].attempts = 0
        if operations[index].steps.isEmpty {
            let operation = operations[index]
            conclude(id, operation.request, .done, status: 0, rc: 0, reason: nil, delegate: host, at: now, into: &effects)
        } else {
            runStep(id, at: now, into: &effects)
        }
    }

    mutating func stepFailed(_ id: String, timedOut: Bool, at now: Now, into effects: inout [FencerEffect]) {
        guard let index = operations.firstIndex(where: { $0.id == id }), let step = operations[index].steps.first else { return }
        operations[index].process = nil
        if step.optional {
            stepDone(id, at: now, into: &effects)
            return
        }
        let operation = operations[index]
        let limit = Duration.seconds(operation.request.timeout)
        let enoughTime = (operation.deadline - now.monotonic) * 10 > limit * 3
        if !timedOut, enoughTime, let device = device(step.device), operation.attempts < device.attempts(step.action) {
            runStep(id, at: now, into: &effects)
        } else {
            nextLevel(id, at: now, into: &effects)
        }
    }

    mutating func fail(_ id: String, at now: Now, into effects: inout [FencerEffect]) {
        guard let operation = operations.first(where: { $0.id == id }) else { return }
        conclude(
            id, operation.request, .failed, status: operation.lastStatus, rc: 1, reason: operation.lastReason,
            delegate: operation.lastStatus == 10 ? nil : host, at: now, into: &effects)
    }

    mutating func conclude(
        _ id: String, _ request: FencingRequest, _ state: FencingOutcome.State, status: Int, rc: Int, reason: String?, delegate: String?,
        at now: Now, into effects: inout [FencerEffect]
    ) {
        let outcome = FencingOutcome(
            id: id, request: request, state: state, delegate: delegate, status: status, rc: rc, reason: reason, time: now.wall)
        if operations.contains(where: { $0.id == id }) { effects.append(.cancelTimer(.deadline(id))) }
        operations.removeAll { $0.id == id }
        history.append(outcome)
        if history.count > Self.historyLimit { history.removeFirst(history.count - Self.historyLimit) }
        effects.append(.record(Event(
            state == .done ? .notice : .error, "fencing-result",
            "Operation '\(request.action)' targeting \(request.target) by \(delegate ?? "<no-one>") for \(request.client)@\(host): "
                + (state == .done ? "OK" : "Error (\(reason ?? "unknown"))"))))
        effects.append(.finished(outcome))
    }
}
