// SPDX-License-Identifier: GPL-2.0-or-later
// What the executor asks of its surroundings, and how it is set up.
package import Messages

/// A client of the executor, for operations that are reported to their originator only.
package struct ExecutorClient: Sendable, Hashable {
    package var rawValue: UInt64

    package init(_ rawValue: UInt64) {
        self.rawValue = rawValue
    }

    /// The controller in the same process.
    package static let local = ExecutorClient(0)
}

/// A timer of the executor. Each is set at most once at a time.
package enum ExecutorTimer: Sendable, Hashable {
    /// The start delay of a waiting operation is over.
    case startDelay(UInt64)
    /// A recurring operation is due again.
    case interval(UInt64)
    /// A run has used up its timeout.
    case timeout(ProcessID)
    /// Look again at a service that was still changing state.
    case followUp(UInt64)
}

/// Who hears of a completion.
package enum CompletionAudience: Sendable, Equatable {
    case everyone
    case only(ExecutorClient)
}

/// What the executor wants done, in order.
package enum ExecutorEffect: Sendable, Equatable {
    case spawn(ProcessRequest)
    /// Kill with SIGKILL: the process's group, or only the process itself.
    case kill(ProcessID, wholeGroup: Bool)
    case setTimer(ExecutorTimer, at: Instant)
    case cancelTimer(ExecutorTimer)
    case completed(OperationCompletion, audience: CompletionAudience)
    case alertCompleted(OperationCompletion, audience: CompletionAudience)
    /// An operation on a fence device; the fencer carries it out and answers with `Executor.delegateFinished`.
    case delegate(ProcessID, OperationOrder, AgentReference)
    case record(Event)
}

/// How a delegated operation ended.
package struct DelegateOutcome: Sendable, Equatable {
    package var status: ExecutionStatus
    package var rc: Int
    package var exitReason: String?
    package var output: String?

    package init(status: ExecutionStatus, rc: Int, exitReason: String? = nil, output: String? = nil) {
        self.status = status
        self.rc = rc
        self.exitReason = exitReason
        self.output = output
    }
}

/// Where agents are and what this executor can do.
package struct ExecutorConfiguration: Sendable, Equatable {
    /// Directories that hold `PROVIDER/TYPE`, searched in order (`OCF_ROOT/resource.d`).
    package var ocfDirectories = ["/usr/lib/ocf/resource.d"]
    package var ocfRoot = "/usr/lib/ocf"
    package var initDirectory = "/etc/init.d"
    package var systemctl = "/usr/bin/systemctl"
    /// Where parameters with the value `lrm://` are kept.
    package var secretsDirectory = "/var/lib/pacemaker/lrm/secrets"
    /// False on a remote node, which answers operations on fence devices with "unsupported".
    package var delegatesFenceDevices = false
    /// The account that runs alert scripts.
    package var alertUser = "hacluster"
    /// Values agents find in their environment beside their parameters (remote-protocol.md 5.4).
    package var baseEnvironment: [EnvironmentEntry] = []

    package init() {}
}
