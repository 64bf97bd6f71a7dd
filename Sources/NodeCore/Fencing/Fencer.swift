// SPDX-License-Identifier: GPL-2.0-or-later
// Fences nodes: keeps the devices, picks one for a target, runs its agent, remembers what happened
// (spec: cluster-daemon-facts 5).
import ClusterXML
package import Messages

package enum FencerTimer: Sendable, Hashable {
    /// The delay before a fencing is over.
    case delay(String)
    /// A fencing as a whole has used up its time.
    case deadline(String)
    /// An agent has used up its time.
    case agent(ProcessID)
}

package enum FencerEffect: Sendable, Equatable {
    case spawn(ProcessRequest)
    case kill(ProcessID)
    case setTimer(FencerTimer, at: Instant)
    case cancelTimer(FencerTimer)
    case finished(FencingOutcome)
    /// An operation that the executor delegated has ended.
    case delegateFinished(ProcessID, DelegateOutcome)
    case record(Event)
}

/// The fencer of a cluster host.
package struct Fencer: Sendable {
    enum Purpose: Sendable, Equatable {
        case metaData(agent: String)
        case list(device: String)
        case status(device: String, operation: String)
        case step(operation: String)
        case delegated(ProcessID)
    }
    struct Run: Sendable {
        var id: ProcessID
        var purpose: Purpose
        var timedOut = false
    }

    /// How many outcomes are remembered.
    static let historyLimit = 500

    let host: String
    /// Directory of the fence agents.
    let agentDirectory: String
    package private(set) var devices: [FenceDevice] = []
    package var topology = FencingTopology()
    package private(set) var history: [FencingOutcome] = []
    var operations: [FencingOperation] = []
    var runs: [Run] = []
    var random: RandomSource
    private var nextProcess: UInt64
    private var metaData: [String: FenceAgentMetaData] = [:]
    private var asked: Set<String> = []
    /// Reads a node's attribute; set by the owner before requests.
    package var nodeAttributes: [String: [String: String]] = [:]

    package init(host: String, agentDirectory: String = "/usr/sbin", firstProcess: UInt64, seed: UInt64) {
        self.host = host
        self.agentDirectory = agentDirectory
        nextProcess = firstProcess
        random = RandomSource(seed: seed)
    }

    // MARK: Devices

    /// Takes over the devices of the configuration.
    package mutating func replaceConfigured(_ configured: [FenceDevice], at now: Now, into effects: inout [FencerEffect]) {
        var kept = devices.filter { device in !device.isConfigured && !configured.contains { $0.id == device.id } }
        for var device in configured {
            let old = devices.first { $0.id == device.id && $0.agent == device.agent && $0.parameters == device.parameters }
            device.metaData = metaData[device.agent]
            device.listed = old?.listed
            device.listedAt = old?.listedAt
            kept.append(device)
            askMetaData(device.agent, at: now, into: &effects)
        }
        devices = kept
    }

    package mutating func register(_ device: FenceDevice, at now: Now, into effects: inout [FencerEffect]) {
        var device = device
        device.metaData = metaData[device.agent]
        devices.removeAll { $0.id == device.id }
        devices.append(device)
        askMetaData(device.agent, at: now, into: &effects)
    }

    /// - Returns: false if there is no such device.
    package mutating func remove(device id: String) -> Bool {
        let before = devices.count
        devices.removeAll { $0.id == id }
        return devices.count != before
    }

    package func device(_ id: String) -> FenceDevice? { devices.first { $0.id == id } }

    /// Devices that may fence the target, or all for nil, as far as is known without asking agents.
    package func devices(for target: String?, at now: Now) -> [FenceDevice] {
        guard let target else { return devices }
        return devices.filter { $0.canFence(target, at: now.monotonic) ?? true }
    }

    private mutating func askMetaData(_ agent: String, at now: Now, into effects: inout [FencerEffect]) {
        guard metaData[agent] == nil, asked.insert(agent).inserted else { return }
        launch(agent, "action=metadata\n", .metaData(agent: agent), limit: .seconds(20), at: now, into: &effects)
    }

    // MARK: Requests

    /// Fences a node. The outcome comes as an effect.
    /// - Returns: the id of the operation; several requests may share one.
    package mutating func fence(_ request: FencingRequest, at now: Now, into effects: inout [FencerEffect]) -> String {
        if let running = operations.first(where: {
            $0.request.target == request.target && $0.request.action == request.action
        }) { return running.id }
        let id = random.uuid()
        if request.isManual {
            conclude(id, request, .done, status: 0, rc: 0, reason: nil, delegate: "a human", at: now, into: &effects)
            return id
        }
        if request.tolerance > 0, recentlyDone(request, at: now) {
            effects.append(.finished(FencingOutcome(
                id: id, request: request, state: .done, delegate: host, status: 0, rc: 0, reason: nil, time: now.wall)))
            return id
        }
        if request.target == host, request.action != "on" {
            conclude(
                id, request, .failed, status: ExecutionStatus.noFenceDevice.rawValue, rc: 1,
                reason: "No other node of the cluster can fence \(host)", delegate: nil, at: now, into: &effects)
            return id
        }
        let limit = Duration.milliseconds(request.timeout * 1200)
        operations.append(FencingOperation(id: id, request: request, deadline: now.monotonic + limit))
        effects.append(.setTimer(.deadline(id), at: now.monotonic + limit))
        effects.append(.record(Event(
            .notice, "fencing-request", "Requesting fencing (\(request.action)) of \(request.target) for \(request.client)")))
        prepare(id, at: now, into: &effects)
        return id
    }

    private func recentlyDone(_ request: FencingRequest, at now: Now) -> Bool {
        history.contains {
            $0.succeeded && $0.request.target == request.target && $0.request.action == request.action
                && now.wall.seconds - $0.time.seconds <= Int64(request.tolerance)
        }
    }

    /// Clears the history of a target, or all of it.
    package mutating func clearHistory(of target: String?) { history.removeAll { target == nil || $0.request.target == target } }

    /// Outcomes, newest first, and what is in progress.
    package func report(of target: String?, at now: Now) -> [FencingOutcome] {
        let pending = operations.map {
            FencingOutcome(
                id: $0.id, request: $0.request, state: $0.isPlanned ? .executing : .query, delegate: nil, status: -1, rc: 0, reason: nil,
                time: now.wall)
        }
        return (pending + history.reversed()).filter { target == nil || $0.request.target == target }
    }

    // MARK: Planning

    /// Asks the agents whose answer decides whether their device can fence the target, then plans.
    private mutating func prepare(_ id: String, at now: Now, into effects: inout [FencerEffect]) {
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

    private mutating func answered(device: String, at now: Now, into effects: inout [FencerEffect]) {
        for operation in operations where operation.asking.contains(device) {
            guard let index = operations.firstIndex(where: { $0.id == operation.id }) else { continue }
            operations[index].asking.removeAll { $0 == device }
            if operations[index].asking.isEmpty { plan(operation.id, at: now, into: &effects) }
        }
    }

    private mutating func plan(_ id: String, at now: Now, into effects: inout [FencerEffect]) {
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

    private mutating func nextLevel(_ id: String, at now: Now, into effects: inout [FencerEffect]) {
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

    private mutating func delayOrStep(_ id: String, at now: Now, into effects: inout [FencerEffect]) {
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

    private mutating func runStep(_ id: String, at now: Now, into effects: inout [FencerEffect]) {
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

    private mutating func stepDone(_ id: String, at now: Now, into effects: inout [FencerEffect]) {
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

    private mutating func stepFailed(_ id: String, timedOut: Bool, at now: Now, into effects: inout [FencerEffect]) {
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

    private mutating func fail(_ id: String, at now: Now, into effects: inout [FencerEffect]) {
        guard let operation = operations.first(where: { $0.id == id }) else { return }
        conclude(
            id, operation.request, .failed, status: operation.lastStatus, rc: 1, reason: operation.lastReason,
            delegate: operation.lastStatus == 10 ? nil : host, at: now, into: &effects)
    }

    private mutating func conclude(
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

    // MARK: Agents

    @discardableResult
    private mutating func launch(
        _ agent: String, _ input: String, _ purpose: Purpose, limit: Duration, at now: Now, into effects: inout [FencerEffect]
    ) -> ProcessID {
        let id = ProcessID(nextProcess)
        nextProcess += 1
        let path = agent.hasPrefix("/") ? agent : "\(agentDirectory)/\(agent)"
        var request = ProcessRequest(id: id, choices: [ProgramChoice(path, [])])
        request.standardInput = Array(input.utf8)
        runs.append(Run(id: id, purpose: purpose))
        effects.append(.spawn(request))
        effects.append(.setTimer(.agent(id), at: now.monotonic + limit))
        return id
    }

    /// Whether the process is one of this fencer's.
    package func owns(_ id: ProcessID) -> Bool { runs.contains { $0.id == id } }

    package mutating func processFinished(_ id: ProcessID, _ outcome: ProcessOutcome, at now: Now, into effects: inout [FencerEffect]) {
        guard let index = runs.firstIndex(where: { $0.id == id }) else { return }
        let run = runs.remove(at: index)
        effects.append(.cancelTimer(.agent(id)))
        let succeeded = outcome.ending == .exited(0)
        let output = String(decoding: outcome.standardOutput, as: UTF8.self)
        switch run.purpose {
        case .metaData(let agent): learned(agent, output)
        case .list(let device):
            if let position = devices.firstIndex(where: { $0.id == device }) {
                devices[position].listed = succeeded ? FenceDevice.names(inList: output) : []
                devices[position].listedAt = now.monotonic
            }
            answered(device: device, at: now, into: &effects)
        case .status(let device, let operation):
            // 0: on, 2: off; anything else means that the device does not know the node.
            if outcome.ending == .exited(0) || outcome.ending == .exited(2),
                let position = operations.firstIndex(where: { $0.id == operation })
            { operations[position].confirmed.append(device) }
            answered(device: device, at: now, into: &effects)
        case .step(let operation):
            if succeeded {
                stepDone(operation, at: now, into: &effects)
            } else {
                if let position = operations.firstIndex(where: { $0.id == operation }) {
                    operations[position].lastReason = Self.reason(run, outcome)
                    operations[position].lastStatus = run.timedOut ? 2 : Self.status(outcome)
                }
                stepFailed(operation, timedOut: run.timedOut, at: now, into: &effects)
            }
        case .delegated(let process):
            effects.append(.delegateFinished(process, DelegateOutcome(
                status: run.timedOut ? .timeout : succeeded ? .done : Self.status(outcome) == 7 ? .notInstalled : .error,
                rc: succeeded ? 0 : Self.status(outcome) == 7 ? 5 : 1, exitReason: succeeded ? nil : Self.reason(run, outcome))))
        }
    }

    private mutating func learned(_ agent: String, _ output: String) {
        guard let root = try? XMLParser.parse(metaData: Array(output.utf8)) else { return }
        let data = FenceAgentMetaData(root)
        metaData[agent] = data
        for index in devices.indices where devices[index].agent == agent { devices[index].metaData = data }
    }

    private static func status(_ outcome: ProcessOutcome) -> Int {
        if case .notStarted = outcome.ending { return ExecutionStatus.notInstalled.rawValue }
        return ExecutionStatus.error.rawValue
    }

    private static func reason(_ run: Run, _ outcome: ProcessOutcome) -> String {
        if run.timedOut { return "Fence agent did not complete in time" }
        let text = String(decoding: outcome.standardError, as: UTF8.self).split(separator: "\n").last.map(String.init)
        switch outcome.ending {
        case .exited(let code): return text ?? "Fence agent exited with status \(code)"
        case .signaled(let signal): return "Fence agent was killed by signal \(signal)"
        case .notStarted: return "Fence agent could not be started"
        case .secretsUnavailable: return "Secrets are not available"
        }
    }

    package mutating func timerFired(_ timer: FencerTimer, at now: Now, into effects: inout [FencerEffect]) {
        switch timer {
        case .delay(let id): runStep(id, at: now, into: &effects)
        case .agent(let process):
            guard let index = runs.firstIndex(where: { $0.id == process }) else { return }
            runs[index].timedOut = true
            effects.append(.kill(process))
        case .deadline(let id):
            guard let index = operations.firstIndex(where: { $0.id == id }) else { return }
            if let process = operations[index].process {
                runs.removeAll { $0.id == process }
                effects += [.cancelTimer(.agent(process)), .kill(process)]
            }
            operations[index].lastReason = "Fencing did not complete in time"
            operations[index].lastStatus = ExecutionStatus.timeout.rawValue
            fail(id, at: now, into: &effects)
        }
    }

    // MARK: Fence devices as resources

    /// Carries out start, stop or monitor of a device on behalf of the executor.
    package mutating func perform(_ process: ProcessID, _ order: OperationOrder, agent: String, at now: Now, into effects: inout [FencerEffect]) {
        if order.action == "stop" {
            effects.append(.delegateFinished(process, DelegateOutcome(status: .done, rc: 0)))
            return
        }
        let resource = order.resource.split(separator: ":").first.map(String.init) ?? order.resource
        if order.action == "monitor", order.interval == 0, order.userData.split(separator: ":").dropFirst(2).first == "7" {
            // A probe: a device is active once it was started, which the executor knows better.
            effects.append(.delegateFinished(process, DelegateOutcome(status: .done, rc: 7)))
            return
        }
        if order.action == "start" {
            register(
                FenceDevice(id: resource, agent: agent, parameters: order.parameters.entries, isConfigured: device(resource)?.isConfigured ?? false),
                at: now, into: &effects)
        }
        guard let device = device(resource) else {
            effects.append(.delegateFinished(process, DelegateOutcome(
                status: .noFenceDevice, rc: 1, exitReason: "Device \(resource) is not registered")))
            return
        }
        launch(
            device.agent, device.input(action: "monitor", target: nil), .delegated(process),
            limit: .milliseconds(max(1000, order.timeout)), at: now, into: &effects)
    }
}
