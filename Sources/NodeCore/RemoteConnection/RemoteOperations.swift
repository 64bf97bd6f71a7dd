// SPDX-License-Identifier: GPL-2.0-or-later
// Operations of resources on the remote node: ordered, cancelled, completed.
package import ClusterXML
package import Messages

extension RemoteConnection {
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
        if agents[order.resource] != agent {
            send(ExecutorRequests.registerResource(order.resource, agent), expectsReply: true, at: now, into: &effects)
            agents[order.resource] = agent
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
        agents[resource] = nil
        for index in operations.indices where operations[index].order.resource == resource { operations[index].isForgotten = true }
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

    mutating func completed(_ completion: OperationCompletion, into effects: inout [RemoteConnectionEffect]) {
        guard let index = operations.firstIndex(where: {
            $0.callID == completion.callID && $0.order.resource == completion.order.resource
        }) else {
            // Asked for by a controller that is gone. What it did here the next probe tells; what a migration did elsewhere,
            // only this result.
            if completion.order.action == "migrate_to", let agent = agents[completion.order.resource] {
                effects.append(.operationCompleted(completion, agent))
            }
            return
        }
        var completion = completion
        let operation = operations[index]
        if completion.order.parameters.entries.isEmpty { completion.order.parameters = operation.order.parameters }
        if operation.isForgotten { completion.resourceDeleted = true }
        if operation.order.interval > 0, completion.status != .cancelled, !completion.resourceDeleted {
            operations[index].isSettled = true
        } else {
            operations.remove(at: index)
        }
        effects.append(.operationCompleted(completion, operation.agent))
    }
}
