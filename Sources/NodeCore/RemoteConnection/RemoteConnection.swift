// SPDX-License-Identifier: GPL-2.0-or-later
// The connection to one remote node, as the resource ocf:pacemaker:remote: start, monitor, stop, and the operations sent
// over it (spec: remote-protocol 7).
package import ClusterXML
package import Messages

/// One connection to a remote node. All connections of a host are independent of each other.
package struct RemoteConnection: Sendable {
    private struct Start: Sendable {
        var order: OperationOrder
        var callID: Int
        var deadline: Instant
        var began: Now
    }
    private enum Link: Sendable {
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
    }

    /// How long a synchronous request may stay without reply before the connection counts as broken.
    static let replyLimit = Duration.seconds(10)
    private static let attemptLimit = Duration.seconds(10)
    /// How often an unreachable node is looked for.
    private static let lookInterval = Duration.seconds(5)
    private static let retryDelay = Duration.seconds(1)
    /// With less time than this left, another attempt makes no sense.
    private static let retryMargin = Duration.seconds(3)

    /// Name of the remote node and id of its connection resource.
    package let node: String
    /// The connection resource or its node is in maintenance.
    package var inMaintenance = false
    private var link = Link.down
    private var server = ""
    private var port = 3121
    private let defaultPort: Int
    private var takeoverExpected = false
    private var takenOver = false
    private var pendingStop: (order: OperationOrder, callID: Int)?
    private var shutdownWasRequested = false
    /// The node should be up but cannot be reached, or has stopped by itself: its return is worth knowing.
    private var isAwaited = false
    var pokes: [Poke] = []
    var operations: [Operation] = []
    private var registered: [String: AgentReference] = [:]
    private var nextMessage = 1
    /// Synchronous requests without reply, oldest first.
    private var outstanding: [(message: Int, sent: Instant)] = []

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

    private mutating func start(_ order: OperationOrder, _ callID: Int, at now: Now, into effects: inout [RemoteConnectionEffect]) {
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

    private mutating func attempt(_ start: Start, at now: Now, into effects: inout [RemoteConnectionEffect]) {
        link = .connecting(start)
        effects.append(.setTimer(.attempt, at: min(start.deadline, now.monotonic + Self.attemptLimit)))
        effects.append(.open(server: server, port: port))
    }

    private mutating func monitor(_ order: OperationOrder, _ callID: Int, at now: Now, into effects: inout [RemoteConnectionEffect]) {
        guard case .up = link else {
            finish(order, callID, rc: 7, .done, "Remote connection inactive", began: now, at: now, into: &effects)
            return
        }
        if order.interval > 0 { cancelMonitor(interval: order.interval, into: &effects) }
        pokes.append(Poke(order: order, callID: callID, began: now))
        poke(pokes.count - 1, at: now, into: &effects)
    }

    private mutating func poke(_ index: Int, at now: Now, into effects: inout [RemoteConnectionEffect]) {
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

    private mutating func forgetPoke(_ index: Int, into effects: inout [RemoteConnectionEffect]) {
        let poke = pokes.remove(at: index)
        effects.append(.cancelTimer(poke.waits ? .pokeLimit(poke.callID) : .nextPoke(poke.callID)))
    }

    private mutating func stop(_ order: OperationOrder, _ callID: Int, at now: Now, into effects: inout [RemoteConnectionEffect]) {
        if takeoverExpected, !takenOver, isUp {
            pendingStop = (order, callID)
            effects.append(.setTimer(.takeover, at: now.monotonic + .milliseconds(max(1, order.timeout) / 2)))
            return
        }
        finishStop(order, callID, at: now, into: &effects)
    }

    private mutating func finishStop(_ order: OperationOrder, _ callID: Int, at now: Now, into effects: inout [RemoteConnectionEffect]) {
        let announce = !takenOver
        if shutdownWasRequested { isAwaited = true }
        let wasShutDown = shutdownWasRequested
        if case .connecting(let start) = link { giveUp(start, "Connection was stopped", at: now, into: &effects) }
        if case .registering(let start, _) = link { giveUp(start, "Connection was stopped", at: now, into: &effects) }
        operations = []
        disconnect(into: &effects)
        pendingStop = nil
        takeoverExpected = false
        if announce { effects.append(.nodeDown(byItself: wasShutDown)) }
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

    private mutating func look(at now: Now, into effects: inout [RemoteConnectionEffect]) {
        guard isAwaited, case .down = link else { return }
        link = .looking
        effects.append(.setTimer(.attempt, at: now.monotonic + Self.attemptLimit))
        effects.append(.open(server: server, port: port))
    }

    private mutating func looked(found: Bool, at now: Now, into effects: inout [RemoteConnectionEffect]) {
        link = .down
        effects.append(.cancelTimer(.attempt))
        if found {
            isAwaited = false
            effects += [.close, .reachable]
        } else {
            effects.append(.setTimer(.look, at: now.monotonic + Self.lookInterval))
        }
    }

    private mutating func giveUp(_ start: Start, _ reason: String, at now: Now, into effects: inout [RemoteConnectionEffect]) {
        finish(start.order, start.callID, rc: 1, .cancelled, reason, began: start.began, at: now, into: &effects)
    }

    /// Closes the link and forgets everything that belongs to it but the operations.
    private mutating func disconnect(into effects: inout [RemoteConnectionEffect]) {
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
        registered = [:]
        link = .down
    }

    // MARK: The link

    /// TLS is up.
    package mutating func linkOpened(at now: Now, into effects: inout [RemoteConnectionEffect]) {
        if case .looking = link { return looked(found: true, at: now, into: &effects) }
        guard case .connecting(let start) = link else { return }
        nextMessage = 1
        let message = send(
            ExecutorRequests.register(client: "pacemaker-remote-\(server):\(port)"), expectsReply: false, at: now, into: &effects)
        link = .registering(start, message: message)
    }

    /// The link could not be made, or is gone.
    package mutating func linkClosed(_ failure: LinkFailure, at now: Now, into effects: inout [RemoteConnectionEffect]) {
        switch link {
        case .down: break
        case .looking: looked(found: false, at: now, into: &effects)
        case .connecting(let start), .registering(let start, _): attemptFailed(start, failure, at: now, into: &effects)
        case .up: lost(poking: "Remote connection unexpectedly dropped during monitor", at: now, into: &effects)
        }
    }

    private mutating func attemptFailed(
        _ start: Start, _ failure: LinkFailure, at now: Now, into effects: inout [RemoteConnectionEffect]
    ) {
        effects.append(.cancelTimer(.attempt))
        effects.append(.record(Event(.info, "remote-connect", "Could not connect to Pacemaker Remote node \(node) (\(server):\(port)): \(failure.text)")))
        switch failure {
        case .noKey, .keyRejected:
            link = .down
            finish(start.order, start.callID, rc: 2, .error, failure.text, began: start.began, at: now, into: &effects)
        default:
            if start.deadline - now.monotonic > Self.retryMargin {
                link = .connecting(start)
                effects.append(.setTimer(.retry, at: now.monotonic + Self.retryDelay))
            } else {
                link = .down
                isAwaited = true
                effects.append(.setTimer(.look, at: now.monotonic + Self.lookInterval))
                finish(
                    start.order, start.callID, rc: 1, .timeout, "\(failure.text) without enough time to retry", began: start.began,
                    at: now, into: &effects)
            }
        }
    }

    private mutating func registered(_ reply: XMLElement, _ start: Start, at now: Now, into effects: inout [RemoteConnectionEffect]) {
        let rc = reply["lrmd_rc"].flatMap { Int($0) } ?? 0
        guard rc == 0, reply["lrmd_clientid"] != nil else {
            effects.append(.close)
            attemptFailed(start, rc == WireError.protocolMismatch ? .versionMismatch : .other("Registration failed (\(rc))"), at: now, into: &effects)
            return
        }
        effects.append(.cancelTimer(.attempt))
        link = .up
        operations = []
        effects.append(.record(Event(.notice, "remote-connected", "Connected to Pacemaker Remote node \(node) at \(server):\(port)")))
        if start.order.action == "start" {
            let state = reply["node_start_state"].flatMap { ["standby", "online"].contains($0) ? $0 : nil }
            effects.append(.nodeUp(uptime: reply["uptime"].flatMap { Int($0) }, startState: state))
        }
        finish(start.order, start.callID, rc: 0, .done, began: start.began, at: now, into: &effects)
    }

    /// The connection is gone without anybody having asked for it.
    private mutating func lost(
        poking reason: String, _ status: ExecutionStatus = .error, at now: Now, into effects: inout [RemoteConnectionEffect]
    ) {
        effects.append(.record(Event(
            shutdownWasRequested ? .notice : .warning, "remote-lost",
            "Lost connection to Pacemaker Remote node \(node)\(shutdownWasRequested ? ", which was shutting down" : "")")))
        let monitors = pokes
        let pending = operations.filter { !$0.isSettled }
        operations = []
        disconnect(into: &effects)
        for operation in pending {
            var completion = OperationCompletion(
                callID: operation.callID ?? 0, order: operation.order, status: .disconnected, rc: 1,
                exitReason: "Action was pending when executor connection was dropped")
            completion.runTime = now.wall.seconds
            effects.append(.operationCompleted(completion, operation.agent))
        }
        if inMaintenance {
            effects.append(.nodeDown(byItself: true))
            let order = OperationOrder(resource: node, action: "stop", timeout: 0)
            finish(order, 0, rc: 0, .done, began: now, at: now, into: &effects)
            return
        }
        for monitor in monitors {
            let text = monitor.waits ? reason : "Lost connection to remote executor"
            finish(monitor.order, monitor.callID, rc: 1, monitor.waits ? status : .error, text, began: now, at: now, into: &effects)
        }
        if let stop = pendingStop { finishStop(stop.order, stop.callID, at: now, into: &effects) }
    }

    /// The node has been fenced: whatever the link looks like, it is of no use any more.
    package mutating func nodeFenced(at now: Now, into effects: inout [RemoteConnectionEffect]) {
        guard isUp else { return }
        lost(poking: "Lost connection to remote executor", at: now, into: &effects)
    }

    package mutating func timerFired(_ timer: RemoteTimer, at now: Now, into effects: inout [RemoteConnectionEffect]) {
        switch timer {
        case .attempt:
            switch link {
            case .connecting(let start), .registering(let start, _):
                effects.append(.close)
                attemptFailed(start, .timeout, at: now, into: &effects)
            case .looking:
                effects.append(.close)
                looked(found: false, at: now, into: &effects)
            default: break
            }
        case .retry: if case .connecting(let start) = link { attempt(start, at: now, into: &effects) }
        case .look: look(at: now, into: &effects)
        case .reply: replyOverdue(at: now, into: &effects)
        case .pokeLimit(let callID):
            guard pokes.contains(where: { $0.callID == callID && $0.waits }) else { return }
            lost(poking: "Remote executor did not respond", .timeout, at: now, into: &effects)
        case .nextPoke(let callID):
            guard isUp, let index = pokes.firstIndex(where: { $0.callID == callID && !$0.waits }) else { return }
            poke(index, at: now, into: &effects)
        case .takeover: if let stop = pendingStop { finishStop(stop.order, stop.callID, at: now, into: &effects) }
        }
    }

    private mutating func replyOverdue(at now: Now, into effects: inout [RemoteConnectionEffect]) {
        guard isUp, let oldest = outstanding.first else { return }
        let due = oldest.sent + Self.replyLimit
        if due <= now.monotonic {
            effects.append(.record(Event(.error, "remote-reply", "Remote node \(node) did not answer request \(oldest.message) in time")))
            lost(poking: "Remote executor did not respond", .timeout, at: now, into: &effects)
        } else {
            effects.append(.setTimer(.reply, at: due))
        }
    }

    // MARK: Messages

    /// Sends a message of ours: numbered, and watched if it must be answered.
    /// - Returns: its number.
    @discardableResult
    mutating func send(
        _ message: XMLElement, expectsReply: Bool, at now: Now, into effects: inout [RemoteConnectionEffect]
    ) -> Int {
        let number = nextMessage
        nextMessage = nextMessage == Int(Int32.max) ? 1 : nextMessage + 1
        var numbered = message
        numbered["lrmd_remote_msg_id"] = "\(number)"
        numbered["lrmd_remote_msg_type"] = "request"
        if expectsReply {
            if outstanding.isEmpty { effects.append(.setTimer(.reply, at: now.monotonic + Self.replyLimit)) }
            outstanding.append((number, now.monotonic))
        }
        effects.append(.send(numbered))
        return number
    }

    /// A message of the remote node.
    package mutating func received(_ message: XMLElement, at now: Now, into effects: inout [RemoteConnectionEffect]) {
        if message["lrmd_remote_msg_type"] == "reply" {
            replied(message, at: now, into: &effects)
            return
        }
        guard isUp else { return }
        if message["lrmd_ipc_op"] != nil {
            if message["lrmd_ipc_op"] == "shutdown_req" {
                shutdownWasRequested = true
                effects.append(.shutdownRequested)
            } else {
                effects.append(.proxy(message))
            }
            return
        }
        switch message["lrmd_op"] {
        case "lrmd_rsc_exec": if let completion = ExecutorNotices.completion(message) { completed(completion, into: &effects) }
        case "lrmd_rsc_poke": alive(at: now, into: &effects)
        case "lrmd_rsc_new_client": otherClient(at: now, into: &effects)
        default: break
        }
    }

    private mutating func replied(_ message: XMLElement, at now: Now, into effects: inout [RemoteConnectionEffect]) {
        guard let number = message["lrmd_remote_msg_id"].flatMap({ Int($0) }) else { return }
        if case .registering(let start, let expected) = link {
            if number == expected { registered(message, start, at: now, into: &effects) }
            return
        }
        if let index = outstanding.firstIndex(where: { $0.message == number }) {
            outstanding.remove(at: index)
            if outstanding.isEmpty { effects.append(.cancelTimer(.reply)) }
        }
        guard let index = operations.firstIndex(where: { $0.message == number && $0.callID == nil }) else { return }
        let rc = message["lrmd_rc"].flatMap { Int($0) } ?? 0
        if rc > 0 {
            operations[index].callID = rc
        } else {
            let operation = operations.remove(at: index)
            registered[operation.order.resource] = nil
            var completion = OperationCompletion(
                callID: 0, order: operation.order, status: .error, rc: 1, exitReason: "Remote executor refused the operation (\(rc))")
            completion.runTime = now.wall.seconds
            effects.append(.operationCompleted(completion, operation.agent))
        }
    }

    private mutating func alive(at now: Now, into effects: inout [RemoteConnectionEffect]) {
        var index = 0
        while index < pokes.count {
            guard pokes[index].waits else { index += 1; continue }
            let poke = pokes[index]
            effects.append(.cancelTimer(.pokeLimit(poke.callID)))
            if !poke.reported { finish(poke.order, poke.callID, rc: 0, .done, began: poke.began, at: now, into: &effects) }
            if poke.order.interval > 0 {
                pokes[index].waits = false
                pokes[index].reported = true
                effects.append(.setTimer(.nextPoke(poke.callID), at: now.monotonic + .milliseconds(poke.order.interval)))
                index += 1
            } else {
                pokes.remove(at: index)
            }
        }
    }

    private mutating func otherClient(at now: Now, into effects: inout [RemoteConnectionEffect]) {
        guard takeoverExpected else {
            effects.append(.record(Event(.error, "remote-takeover", "Unexpected takeover of Pacemaker Remote node \(node) by another controller")))
            lost(poking: "Remote connection unexpectedly dropped during monitor", at: now, into: &effects)
            return
        }
        takenOver = true
        guard let stop = pendingStop else { return }
        effects.append(.cancelTimer(.takeover))
        finishStop(stop.order, stop.callID, at: now, into: &effects)
    }

    private func finish(
        _ order: OperationOrder, _ callID: Int, rc: Int, _ status: ExecutionStatus, _ reason: String? = nil, began: Now, at now: Now,
        into effects: inout [RemoteConnectionEffect]
    ) {
        var completion = OperationCompletion(callID: callID, order: order, status: status, rc: rc, exitReason: reason)
        completion.runTime = began.wall.seconds
        // A later result must not look as if it were from the same second as an earlier success.
        completion.changeTime = rc == 0 ? 0 : now.wall.seconds + (order.interval > 0 ? 1 : 0)
        completion.executionTime = (now.monotonic - began.monotonic).wholeMilliseconds
        effects.append(.connectionCompleted(completion))
    }

    // MARK: Operations on the remote node

    /// Sends an operation to the remote node. Requests are not held back for the replies of earlier ones.
    package mutating func execute(
        _ order: OperationOrder, _ agent: AgentReference, at now: Now, into effects: inout [RemoteConnectionEffect]
    ) {
        guard isUp else {
            var completion = OperationCompletion(
                callID: 0, order: order, status: .disconnected, rc: 1, exitReason: "Local node has no connection to remote")
            completion.runTime = now.wall.seconds
            effects.append(.operationCompleted(completion, agent))
            return
        }
        if registered[order.resource] != agent {
            send(ExecutorRequests.registerResource(order.resource, agent), expectsReply: true, at: now, into: &effects)
            registered[order.resource] = agent
        }
        if order.interval > 0 {
            operations.removeAll {
                $0.order.resource == order.resource && $0.order.action == order.action && $0.order.interval == order.interval
            }
        }
        let message = send(ExecutorRequests.execute(order), expectsReply: true, at: now, into: &effects)
        operations.append(Operation(order: order, agent: agent, callID: nil, message: message))
    }

    /// Cancels a recurring operation.
    /// - Returns: false if none is known; nothing is sent then.
    package mutating func cancel(
        _ resource: String, action: String, interval: Int64, at now: Now, into effects: inout [RemoteConnectionEffect]
    ) -> Bool {
        guard isUp, operations.contains(where: {
            $0.order.resource == resource && $0.order.action == action && $0.order.interval == interval
        }) else { return false }
        send(ExecutorRequests.cancel(resource, action: action, interval: interval), expectsReply: true, at: now, into: &effects)
        return true
    }

    /// Makes the remote node forget a resource.
    package mutating func unregister(_ resource: String, at now: Now, into effects: inout [RemoteConnectionEffect]) {
        guard isUp else { return }
        registered[resource] = nil
        send(ExecutorRequests.unregisterResource(resource), expectsReply: true, at: now, into: &effects)
    }

    /// The recurring operations of a resource, as (action, interval).
    package func recurring(of resource: String) -> [(action: String, interval: Int64)] {
        operations.filter { $0.order.resource == resource && $0.order.interval > 0 }.map { ($0.order.action, $0.order.interval) }
    }

    /// Sends a message for a tool on the remote node; nobody waits for its reply.
    package mutating func forward(_ message: XMLElement, at now: Now, into effects: inout [RemoteConnectionEffect]) {
        guard isUp else { return }
        var message = message
        message["lrmd_op"] = "ipc_fwd"
        send(message, expectsReply: false, at: now, into: &effects)
    }

    /// Tells the node about the cluster's watchdog setting.
    package mutating func check(watchdog: String?, at now: Now, into effects: inout [RemoteConnectionEffect]) {
        guard isUp else { return }
        send(ExecutorRequests.check(watchdog: watchdog), expectsReply: false, at: now, into: &effects)
    }

    private mutating func completed(_ completion: OperationCompletion, into effects: inout [RemoteConnectionEffect]) {
        guard let index = operations.firstIndex(where: {
            $0.callID == completion.callID && $0.order.resource == completion.order.resource
        }) else { return }
        var completion = completion
        let operation = operations[index]
        if completion.order.parameters.entries.isEmpty { completion.order.parameters = operation.order.parameters }
        if operation.order.interval > 0, completion.status != .cancelled, !completion.resourceDeleted {
            operations[index].isSettled = true
        } else {
            operations.remove(at: index)
        }
        effects.append(.operationCompleted(completion, operation.agent))
    }
}
