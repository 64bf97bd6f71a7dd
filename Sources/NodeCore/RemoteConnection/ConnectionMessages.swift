// SPDX-License-Identifier: GPL-2.0-or-later
// What goes over the link: requests with their numbers, replies, notices, relayed tools.
package import ClusterXML
import Messages

extension RemoteConnection {
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

    mutating func replied(_ message: XMLElement, at now: Now, into effects: inout [RemoteConnectionEffect]) {
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
            agents[operation.order.resource] = nil
            var completion = OperationCompletion(
                callID: 0, order: operation.order, status: .error, rc: 1, exitReason: "Remote executor refused the operation (\(rc))")
            completion.runTime = now.wall.seconds
            effects.append(.operationCompleted(completion, operation.agent))
        }
    }

    mutating func alive(at now: Now, into effects: inout [RemoteConnectionEffect]) {
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

    mutating func otherClient(at now: Now, into effects: inout [RemoteConnectionEffect]) {
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

    func finish(
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
}
