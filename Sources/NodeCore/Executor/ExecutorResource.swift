// SPDX-License-Identifier: GPL-2.0-or-later
// The executor's bookkeeping for one resource: a queue, the operation in progress, recurring ones between runs.
import Messages

/// An operation the executor has accepted and not yet finished for good.
struct PendingOperation: Sendable {
    /// Identifies the operation inside the executor; timers carry it.
    let serial: UInt64
    var callID: Int
    var client: ExecutorClient
    var order: OperationOrder
    var acceptedAt: Instant
    /// The start delay has not passed yet.
    var isDelayed: Bool
    /// Set while an agent runs.
    var run: Run?
    /// Completed runs.
    var runs = 0
    /// Exit code of the last completed run; 0 before the first.
    var lastRC = 0
    var changeTime: Int64 = 0
    /// Begun by an earlier daemon: nobody hears of its end.
    var isAdopted = false
    /// What the clients were last told, for "report changes only".
    var lastReported: (status: ExecutionStatus, rc: Int)?

    var isRecurring: Bool { order.interval > 0 }
}

/// An agent (or the fencer) at work for an operation.
struct Run: Sendable {
    let process: ProcessID
    let startedAt: Now
    /// When the timeout strikes, over all steps of the run.
    let deadline: Instant
    /// Milliseconds between acceptance and start.
    let queued: Int64
    var command: AgentCommand
    var isCancelled = false
    var isTimedOut = false
    /// The process itself is gone; a follow-up look at the service is due.
    var awaitsFollowUp = false
}

/// One registered resource.
struct ExecutorResource: Sendable {
    let name: String
    var agent: AgentReference
    /// Recurring operations end when the last client leaves.
    var dropsRecurring: Bool
    /// First come, first served. The head may be held back by its start delay.
    var waiting: [PendingOperation] = []
    /// Recurring operations that are due again but found the resource busy.
    var due: [PendingOperation] = []
    /// Recurring operations waiting for their interval to pass.
    var resting: [PendingOperation] = []
    var active: PendingOperation?

    init(name: String, agent: AgentReference, dropsRecurring: Bool) {
        self.name = name
        self.agent = agent
        self.dropsRecurring = dropsRecurring
    }

    /// A recurring operation with the same action and interval, wherever it is.
    mutating func updateRecurring(action: String, interval: Int64, _ change: (inout PendingOperation) -> Void) -> Bool {
        func matches(_ operation: PendingOperation) -> Bool {
            operation.order.interval == interval && operation.run?.isCancelled != true
                && operation.order.action.lowercased() == action.lowercased()
        }
        if let operation = active, matches(operation) {
            change(&active!)
            return true
        }
        for path in [\ExecutorResource.waiting, \.due, \.resting] {
            if let index = self[keyPath: path].firstIndex(where: matches) {
                change(&self[keyPath: path][index])
                return true
            }
        }
        return false
    }

    /// Takes matching operations out of the waiting, due and resting lists, in this order.
    mutating func removeIdle(where matches: (PendingOperation) -> Bool) -> [PendingOperation] {
        var removed: [PendingOperation] = []
        for path in [\ExecutorResource.waiting, \.due, \.resting] {
            removed += self[keyPath: path].filter(matches)
            self[keyPath: path].removeAll(where: matches)
        }
        return removed
    }
}
