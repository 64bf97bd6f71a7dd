// SPDX-License-Identifier: GPL-2.0-or-later
// Agents outlive a daemon that is killed. Its successor is told which ones are still at work and takes them as its own: nothing
// else is done with their resources until they are through, or a probe would find "not running" what is about to run.
import ClusterXML
import Messages

/// What a daemon writes down about an agent before it starts it.
package struct AgentNote: Sendable, Equatable {
    package var resource: String
    package var action: String
    /// When its timeout strikes, on the machine's monotonic clock; nil for an agent that may take as long as it likes.
    package var deadline: Instant?
    /// Whether a timeout ends what the agent has started as well.
    package var killsGroup: Bool

    package init(resource: String, action: String, deadline: Instant?, killsGroup: Bool = true) {
        self.resource = resource
        self.action = action
        self.deadline = deadline
        self.killsGroup = killsGroup
    }
}

/// An agent of an earlier daemon that still works.
package struct SurvivingAgent: Sendable, Equatable {
    /// Numbers of survivors are counted from here, so that they collide with none that a core gives out.
    package static let firstProcess: UInt64 = 1 << 56

    /// The number under which its end will be reported, and under which it may be killed.
    package var id: ProcessID
    package var note: AgentNote

    package init(id: ProcessID, note: AgentNote) {
        self.id = id
        self.note = note
    }
}

extension Executor {
    /// Takes an agent of an earlier daemon as an operation in progress that nobody waits for.
    package mutating func adopt(_ agent: SurvivingAgent, at now: Now, into effects: inout [ExecutorEffect]) {
        var order = OperationOrder(resource: agent.note.resource, action: agent.note.action, timeout: 0)
        if let deadline = agent.note.deadline { order.timeout = max(0, (deadline - now.monotonic).wholeMilliseconds) }
        // The same mark by which any other timeout knows to leave the agent's children alone.
        if !agent.note.killsGroup { order.parameters.entries.append(XMLAttribute("CRM_meta_on_fail", "block")) }
        let command = AgentCommand(choices: [ProgramChoice("", [])], environment: [], dialect: .ocf, agentName: order.resource)
        var operation = PendingOperation(
            serial: takeSerial(), callID: 0, client: .local, order: order, acceptedAt: now.monotonic, isDelayed: false)
        operation.isAdopted = true
        operation.run = Run(process: agent.id, startedAt: now, deadline: agent.note.deadline ?? now.monotonic, queued: 0, command: command)
        orphans.append(operation)
        effects.append(.record(Event(
            .notice, "agent-adopted",
            "\(order.action) of \(order.resource), begun by the former daemon, is still at work; other operations of \(order.resource) wait for it")))
        if let deadline = agent.note.deadline { effects.append(.setTimer(.timeout(agent.id), at: max(deadline, now.monotonic))) }
    }
}
