// SPDX-License-Identifier: GPL-2.0-or-later
// The link to a remote node opening, failing and being lost, and how long a node may stay silent.
import ClusterXML
import Messages

extension RemoteConnection {
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

    mutating func attemptFailed(
        _ start: Start, _ reason: LinkFailure, at now: Now, into effects: inout [RemoteConnectionEffect]
    ) {
        var start = start
        start.closedHandshakes = reason == .closedInHandshake ? start.closedHandshakes + 1 : 0
        let failure = start.closedHandshakes == Self.handshakesToBelieve ? .keyRejected : reason
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

    mutating func registered(_ reply: XMLElement, _ start: Start, at now: Now, into effects: inout [RemoteConnectionEffect]) {
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
    mutating func lost(
        poking reason: String, _ status: ExecutionStatus = .error, at now: Now, into effects: inout [RemoteConnectionEffect]
    ) {
        effects.append(.record(Event(
            shutdownWasRequested ? .notice : .warning, "remote-lost",
            "Lost connection to Pacemaker Remote node \(node)\(shutdownWasRequested ? ", which was shutting down" : "")")))
        // Leaving before it was let go (2.1.5 always does) is a loss: what ran there may still run.
        shutdownWasRequested = false
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
            effects.append(.nodeDown(byItself: true, isEmpty: false))
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

    mutating func replyOverdue(at now: Now, into effects: inout [RemoteConnectionEffect]) {
        guard isUp, let oldest = outstanding.first else { return }
        let due = oldest.sent + Self.replyLimit
        if due <= now.monotonic {
            effects.append(.record(Event(.error, "remote-reply", "Remote node \(node) did not answer request \(oldest.message) in time")))
            lost(poking: "Remote executor did not respond", .timeout, at: now, into: &effects)
        } else {
            effects.append(.setTimer(.reply, at: due))
        }
    }
}
