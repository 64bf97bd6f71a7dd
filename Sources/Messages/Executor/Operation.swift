// SPDX-License-Identifier: GPL-2.0-or-later
// The executor's vocabulary: resources, operations and their results. The same values serve the local executor and remote ones.
package import ClusterXML

/// Parameters of an operation, in message order: instance and meta attributes together, as the executor gets them.
package struct ParameterList: Sendable, Equatable {
    package var entries: [XMLAttribute]

    package init(_ entries: [XMLAttribute] = []) {
        self.entries = entries
    }

    package init(_ pairs: [(String, String)]) {
        entries = pairs.map { XMLAttribute($0.0, $0.1) }
    }

    /// The value of a parameter; setting nil removes it.
    package subscript(_ name: String) -> String? {
        get { entries.first { $0.name == name }?.value }
        set {
            let index = entries.firstIndex { $0.name == name }
            switch (index, newValue) {
            case (let index?, let value?): entries[index].value = value
            case (let index?, nil): entries.remove(at: index)
            case (nil, let value?): entries.append(XMLAttribute(name, value))
            case (nil, nil): break
            }
        }
    }
}

/// The agent behind a resource.
package struct AgentReference: Sendable, Hashable {
    /// Resource class: `ocf`, `lsb`, `service`, `systemd`, `stonith`.
    package var standard: String
    /// Only classes with providers (`ocf`) have one.
    package var provider: String?
    package var type: String

    package init(standard: String, provider: String?, type: String) {
        self.standard = standard
        self.provider = provider
        self.type = type
    }

    /// As users write it: `ocf:heartbeat:Dummy`.
    package var description: String {
        [standard, provider, type].compactMap { $0 }.joined(separator: ":")
    }
}

/// An operation to execute (remote-protocol.md 4.5). Times are in milliseconds.
package struct OperationOrder: Sendable, Equatable {
    package var resource: String
    package var action: String
    /// Opaque to the executor; the controller keeps the transition key there.
    package var userData: String
    package var interval: Int64
    package var timeout: Int64
    package var startDelay: Int64
    package var parameters: ParameterList
    /// Tell only the client that asked.
    package var notifiesOriginatorOnly = false
    /// Report the first result, then only changes.
    package var notifiesChangesOnly = false

    package init(
        resource: String, action: String, userData: String = "", interval: Int64 = 0, timeout: Int64,
        startDelay: Int64 = 0, parameters: ParameterList = ParameterList()
    ) {
        self.resource = resource
        self.action = action
        self.userData = userData
        self.interval = interval
        self.timeout = timeout
        self.startDelay = startDelay
        self.parameters = parameters
    }
}

/// What became of carrying out an operation; the agent's own verdict is in `rc` (remote-protocol.md 4.10).
package enum ExecutionStatus: Int, Sendable {
    case uninitialised = -2
    case pending = -1
    case done = 0
    case cancelled = 1
    case timeout = 2
    case unsupported = 3
    case error = 4
    case hardError = 5
    case fatalError = 6
    case notInstalled = 7
    case disconnected = 8
    case invalid = 9
    case noFenceDevice = 10
    case noSecrets = 11
}

/// The result of one run of an operation (remote-protocol.md 4.8).
package struct OperationCompletion: Sendable, Equatable {
    package var callID: Int
    package var order: OperationOrder
    package var status: ExecutionStatus
    /// OCF exit code.
    package var rc: Int
    package var exitReason: String?
    /// What the agent printed: standard error if there was any, else standard output.
    package var output: String?
    /// Start of the run, epoch seconds; 0 for later runs of a recurring operation and for what never ran.
    package var runTime: Int64 = 0
    /// When the exit code last differed from the run before, epoch seconds; 0 if it never did.
    package var changeTime: Int64 = 0
    /// Milliseconds from start to end.
    package var executionTime: Int64 = 0
    /// Milliseconds from acceptance to start.
    package var queueTime: Int64 = 0
    /// The resource was unregistered meanwhile.
    package var resourceDeleted = false

    package init(
        callID: Int, order: OperationOrder, status: ExecutionStatus, rc: Int, exitReason: String? = nil,
        output: String? = nil
    ) {
        self.callID = callID
        self.order = order
        self.status = status
        self.rc = rc
        self.exitReason = exitReason
        self.output = output
    }
}

/// A recurring operation in the answer to `lrmd_get_recurring`.
package struct RecurringOperation: Sendable, Equatable {
    package var resource: String
    package var action: String
    package var interval: Int64
    package var timeout: Int64

    package init(resource: String, action: String, interval: Int64, timeout: Int64) {
        self.resource = resource
        self.action = action
        self.interval = interval
        self.timeout = timeout
    }
}

/// An alert script to run (remote-protocol.md 4.7).
package struct AlertOrder: Sendable, Equatable {
    package var id: String
    package var path: String
    package var timeout: Int64
    package var parameters: ParameterList
    package var notifiesOriginatorOnly = true

    package init(id: String, path: String, timeout: Int64, parameters: ParameterList) {
        self.id = id
        self.path = path
        self.timeout = timeout
        self.parameters = parameters
    }
}

/// Negative return codes of the executor and of proxied requests (Linux errno values, remote-protocol.md 4.9).
package enum WireError {
    package static let notFound = -6
    package static let denied = -13
    package static let exists = -17
    package static let noResource = -19
    package static let invalid = -22
    package static let protocolMismatch = -71
    package static let unsupported = -95
    package static let notConnected = -107
    package static let timeout = -110
    package static let inProgress = -115
    package static let remoteSide = -121
    package static let noKey = -126
    package static let keyRejected = -129
}
