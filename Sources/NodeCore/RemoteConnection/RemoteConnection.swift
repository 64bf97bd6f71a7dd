// SPDX-License-Identifier: GPL-2.0-or-later
// The connection to one remote node, as the resource ocf:pacemaker:remote: start, monitor, stop, and the operations sent
// over it (spec: remote-protocol 7).
import ClusterXML
package import Messages

/// One connection to a remote node. All connections of a host are independent of each other.
package struct RemoteConnection: Sendable {
    struct Start: Sendable {
        var order: OperationOrder
        var callID: Int
        var deadline: Instant
        var began: Now
        /// How often in a row the other side hung up during the handshake.
        var closedHandshakes = 0
    }
    enum Link: Sendable {
        case down
        /// Trying whether a node that could not be reached is back. No operation waits for it.
        case looking
        /// Between two attempts, or during one.
        case connecting(Start)
        case registering(Start, message: Int)
        case up
    }
    struct Poke: Sendable {
        var order: OperationOrder
        var callID: Int
        var reported = false
        var waits = false
        var began: Now
    }
    struct Operation: Sendable {
        var order: OperationOrder
        var agent: AgentReference
        /// The remote node's number for it, once it has answered.
        var callID: Int?
        /// Our message that asked for it.
        var message: Int
        /// A recurring operation that has reported at least once.
        var isSettled = false
        /// The resource was forgotten after this was asked for: whatever comes of it is no history, and it does not recur.
        var isForgotten = false
    }

    /// How long a synchronous request may stay without reply before the connection counts as broken.
    static let replyLimit = Duration.seconds(10)
    static let attemptLimit = Duration.seconds(10)
    /// How often an unreachable node is looked for.
    static let lookInterval = Duration.seconds(5)
    static let retryDelay = Duration.seconds(1)
    /// A peer that hangs up during the handshake this often in a row has another key.
    static let handshakesToBelieve = 3
    /// With less time than this left, another attempt makes no sense.
    static let retryMargin = Duration.seconds(3)

    /// Name of the remote node and id of its connection resource.
    package let node: String
    /// The connection resource or its node is in maintenance.
    package var inMaintenance = false
    var link = Link.down
    var server = ""
    var port = 3121
    let defaultPort: Int
    var takeoverExpected = false
    var takenOver = false
    var pendingStop: (order: OperationOrder, callID: Int)?
    var shutdownWasRequested = false
    /// The node should be up but cannot be reached, or has stopped by itself: its return is worth knowing.
    var isAwaited = false
    var pokes: [Poke] = []
    var operations: [Operation] = []
    /// Resources the remote node knows, with their agents.
    var agents: [String: AgentReference] = [:]
    var nextMessage = 1
    /// Synchronous requests without reply, oldest first.
    var outstanding: [(message: Int, sent: Instant)] = []

    package init(node: String, defaultPort: Int = 3121) {
        self.node = node
        self.defaultPort = defaultPort
    }

    package var isUp: Bool { if case .up = link { true } else { false } }
    /// Whether operations run on the node whose outcome is not known yet.
    package var hasUnsettledOperations: Bool { operations.contains { !$0.isSettled } }

    // MARK: Operations of the connection resource

    /// Carries out an operation of the connection resource.
    package mutating func perform(_ order: OperationOrder, callID: Int, at now: Now, into effects: inout [RemoteConnectionEffect]) {
        switch order.action {
        case "start", "migrate_from": start(order, callID, at: now, into: &effects)
        case "monitor": monitor(order, callID, at: now, into: &effects)
        case "stop": stop(order, callID, at: now, into: &effects)
        case "migrate_to":
            takeoverExpected = true
            finish(order, callID, rc: 0, .done, began: now, at: now, into: &effects)
        case "reload", "reload-agent": finish(order, callID, rc: 0, .done, began: now, at: now, into: &effects)
        default: finish(order, callID, rc: 3, .unsupported, "Unsupported action: \(order.action)", began: now, at: now, into: &effects)
        }
    }

    mutating func start(_ order: OperationOrder, _ callID: Int, at now: Now, into effects: inout [RemoteConnectionEffect]) {
        if case .up = link {
            finish(order, callID, rc: 0, .done, began: now, at: now, into: &effects)
            return
        }
        let named = order.parameters["server"] ?? order.parameters["addr"] ?? ""
        server = named.isEmpty || named == "#uname" ? node : named
        port = order.parameters["port"].flatMap { Int($0) } ?? defaultPort
        takeoverExpected = false
        takenOver = false
        shutdownWasRequested = false
        stopLooking(into: &effects)
        let limit = Duration.milliseconds(max(1, order.timeout))
        attempt(Start(order: order, callID: callID, deadline: now.monotonic + limit, began: now), at: now, into: &effects)
    }

    mutating func attempt(_ start: Start, at now: Now, into effects: inout [RemoteConnectionEffect]) {
        link = .connecting(start)
        effects.append(.setTimer(.attempt, at: min(start.deadline, now.monotonic + Self.attemptLimit)))
        effects.append(.open(server: server, port: port))
    }

    mutating func monitor(_ order: OperationOrder, _ callID: Int, at now: Now, into effects: inout [RemoteConnectionEffect]) {
        guard case .up = link else {
            finish(order, callID, rc: 7, .done, "Remote connection inactive", began: now, at: now, into: &effects)
            return
        }
        if order.interval > 0 { cancelMonitor(interval: order.interval, into: &effects) }
        pokes.append(Poke(order: order, callID: callID, began: now))
        poke(pokes.count - 1, at: now, into: &effects)
    }

    mutating func poke(_ index: Int, at now: Now, into effects: inout [RemoteConnectionEffect]) {
        pokes[index].waits = true
        pokes[index].began = now
        let limit = Duration.milliseconds(max(1, pokes[index].order.timeout))
        effects.append(.setTimer(.pokeLimit(pokes[index].callID), at: now.monotonic + limit))
        _ = send(ExecutorRequests.poke(), expectsReply: false, at: now, into: &effects)
    }

    /// Ends a recurring monitor of the connection.
    /// - Returns: whether there was one.
    @discardableResult
    package mutating func cancelMonitor(interval: Int64, into effects: inout [RemoteConnectionEffect]) -> Bool {
        guard let index = pokes.firstIndex(where: { $0.order.interval == interval }) else { return false }
        forgetPoke(index, into: &effects)
        return true
    }

    mutating func forgetPoke(_ index: Int, into effects: inout [RemoteConnectionEffect]) {
        let poke = pokes.remove(at: index)
        effects.append(.cancelTimer(poke.waits ? .pokeLimit(poke.callID) : .nextPoke(poke.callID)))
    }

    mutating func stop(_ order: OperationOrder, _ callID: Int, at now: Now, into effects: inout [RemoteConnectionEffect]) {
        if takeoverExpected, !takenOver, isUp {
            pendingStop = (order, callID)
            effects.append(.setTimer(.takeover, at: now.monotonic + .milliseconds(max(1, order.timeout) / 2)))
            return
        }
        finishStop(order, callID, at: now, into: &effects)
    }

    mutating func finishStop(_ order: OperationOrder, _ callID: Int, at now: Now, into effects: inout [RemoteConnectionEffect]) {
        let announce = !takenOver
        if shutdownWasRequested { isAwaited = true }
        let (wasShutDown, wasUp) = (shutdownWasRequested, isUp)
        if case .connecting(let start) = link { giveUp(start, "Connection was stopped", at: now, into: &effects) }
        if case .registering(let start, _) = link { giveUp(start, "Connection was stopped", at: now, into: &effects) }
        operations = []
        disconnect(into: &effects)
        pendingStop = nil
        takeoverExpected = false
        if announce { effects.append(.nodeDown(byItself: wasShutDown, isEmpty: wasUp)) }
        finish(order, callID, rc: 0, .done, began: now, at: now, into: &effects)
        if isAwaited { effects.append(.setTimer(.look, at: now.monotonic + Self.lookInterval)) }
    }

    // MARK: Looking for a node

    /// Nobody needs to know any more whether the node is back.
    package mutating func stopLooking(into effects: inout [RemoteConnectionEffect]) {
        if isAwaited { effects.append(.cancelTimer(.look)) }
        if case .looking = link {
            link = .down
            effects += [.cancelTimer(.attempt), .close]
        }
        isAwaited = false
    }

    mutating func look(at now: Now, into effects: inout [RemoteConnectionEffect]) {
        guard isAwaited, case .down = link else { return }
        link = .looking
        effects.append(.setTimer(.attempt, at: now.monotonic + Self.attemptLimit))
        effects.append(.open(server: server, port: port))
    }

    mutating func looked(found: Bool, at now: Now, into effects: inout [RemoteConnectionEffect]) {
        link = .down
        effects.append(.cancelTimer(.attempt))
        if found {
            isAwaited = false
            effects += [.close, .reachable]
        } else {
            effects.append(.setTimer(.look, at: now.monotonic + Self.lookInterval))
        }
    }

    mutating func giveUp(_ start: Start, _ reason: String, at now: Now, into effects: inout [RemoteConnectionEffect]) {
        finish(start.order, start.callID, rc: 1, .cancelled, reason, began: start.began, at: now, into: &effects)
    }

    /// Closes the link and forgets everything that belongs to it but the operations.
    mutating func disconnect(into effects: inout [RemoteConnectionEffect]) {
        switch link {
        case .down: break
        case .looking: effects += [.cancelTimer(.attempt), .close]
        case .connecting: effects += [.cancelTimer(.attempt), .cancelTimer(.retry), .close]
        case .registering: effects += [.cancelTimer(.attempt), .close]
        case .up: effects.append(.close)
        }
        if !outstanding.isEmpty { effects.append(.cancelTimer(.reply)) }
        while !pokes.isEmpty { forgetPoke(0, into: &effects) }
        outstanding = []
        agents = [:]
        link = .down
    }
}
