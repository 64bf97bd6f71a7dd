// SPDX-License-Identifier: GPL-2.0-or-later
// Fences nodes: keeps the devices, picks one for a target, runs its agent, remembers what happened
// (spec: cluster-daemon-facts 5).
import ClusterXML
import Messages

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
    package internal(set) var devices: [FenceDevice] = []
    package var topology = FencingTopology()
    package internal(set) var history: [FencingOutcome] = []
    var operations: [FencingOperation] = []
    var runs: [Run] = []
    var random: RandomSource
    var nextProcess: UInt64
    var metaData: [String: FenceAgentMetaData] = [:]
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
}
