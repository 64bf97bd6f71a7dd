// SPDX-License-Identifier: GPL-2.0-or-later
// The operation history of resources on nodes, parsed once (scheduler spec section 9).

package import CIBModel
import ClusterXML

/// Points to one operation: `state.history[entry].operations[operation]`.
package struct OperationReference: Sendable, Equatable {
    package var entry: Int32
    package var operation: Int32

    package init(entry: Int32, operation: Int32) {
        self.entry = entry
        self.operation = operation
    }
}

/// Operations the scheduler knows; everything else is `.other`.
package enum HistoryTask: UInt8, Sendable {
    case monitor, start, stop, promote, demote, migrateTo, migrateFrom, asyncMonitor, notify, other

    package init(_ name: String) {
        switch name {
        case "monitor": self = .monitor
        case "start": self = .start
        case "stop": self = .stop
        case "promote": self = .promote
        case "demote": self = .demote
        case "migrate_to": self = .migrateTo
        case "migrate_from": self = .migrateFrom
        case "asyncmon": self = .asyncMonitor
        case "notify": self = .notify
        default: self = .other
        }
    }
}

/// `op-status` values (spec 28.3).
package enum OperationStatus {
    package static let pending: Int32 = -1
    package static let done: Int32 = 0
    package static let cancelled: Int32 = 1
    package static let timeout: Int32 = 2
    package static let notSupported: Int32 = 3
    package static let error: Int32 = 4
    package static let hardError: Int32 = 5
    package static let fatalError: Int32 = 6
    package static let notInstalled: Int32 = 7
    package static let notConnected: Int32 = 8
    package static let invalid: Int32 = 9
    package static let noFenceDevice: Int32 = 10
    package static let noSecrets: Int32 = 11
}

/// Attributes of `lrm_rsc_op` that are kept as text.
enum OperationText: Int, CaseIterable {
    case id, key, task, execTime, queueTime, exitReason, onNode, migrateSource, migrateTarget, transitionKey, transitionMagic
    case featureSet, digest, restartDigest, secureDigest, forceRestart, secureParameters
}

/// At which position among the attributes each text is: seven bits each, because there are so many of these.
struct OperationTextPositions {
    private var low = UInt64.max
    private var high = UInt64.max

    /// A position; texts that are missing, or beyond the 127th attribute, are at `Int.max`.
    subscript(_ text: OperationText) -> Int {
        get {
            let shift = UInt64(text.rawValue % 9 * 7)
            let position = Int((text.rawValue < 9 ? low : high) >> shift & 127)
            return position == 127 ? .max : position
        }
        set {
            let shift = UInt64(text.rawValue % 9 * 7)
            let bits = UInt64(min(max(newValue, 0), 127))
            if text.rawValue < 9 {
                low = low & ~(127 << shift) | bits << shift
            } else {
                high = high & ~(127 << shift) | bits << shift
            }
        }
    }
}

/// One `lrm_rsc_op`. Numbers are parsed; texts are as written (nil when the attribute is missing).
///
/// Texts stay where the element has them: a cluster of thousands of resources has hundreds of thousands of these, and nearly
/// all of their texts are never asked for.
package struct OperationResult: Sendable {
    /// The element's attributes, shared with it, and where in them each text is.
    private var attributes: [XMLAttribute]
    private var positions: OperationTextPositions
    package var task: HistoryTask
    package var intervalMs: UInt32 = 0
    package var callID: Int32 = -1
    /// −2 marks a missing or malformed `rc-code`.
    package var rc: Int32 = -2
    /// `Int32.min` marks a missing or malformed `op-status`.
    package var status: Int32 = .min
    /// Third number of the transition key, −1 if there is none.
    package var expectedRC: Int32 = -1
    /// Epoch seconds, −1 if missing.
    package var lastRCChange: Int64 = -1
    /// Set when an expired recurring failure must be rescheduled: the restart digest can not match then [Q20].
    package var restartDigestIsVoid = false
    /// Position among the children of the `lrm_resource`.
    package var position: Int32 = 0

    /// The number of the call as it is written, which is how a cancellation names it; nil if it is not there.
    package var callText: String? { attributes.first { $0.name == "call-id" }?.value }

    /// Whether the time of the last change is written as a number, which may be one before 1970.
    package var isDated: Bool {
        lastRCChange >= 0 || attributes.first { $0.name == "last-rc-change" }.map { Scan.integer($0.value) != nil } ?? false
    }

    init(attributes: [XMLAttribute], positions: OperationTextPositions) {
        self.attributes = attributes
        self.positions = positions
        task = .other
    }

    private func text(_ text: OperationText) -> String? {
        let position = positions[text]
        return position < attributes.count ? attributes[position].value : nil
    }

    package var id: String? { text(.id) }
    /// `operation_key`, else the id.
    package var key: String { text(.key) ?? text(.id) ?? "" }
    /// Whether `key` was given, not only made of the id.
    package var hasKey: Bool { text(.key) != nil }
    package var taskName: String { text(.task) ?? "" }
    package var execTime: String? { text(.execTime) }
    package var queueTime: String? { text(.queueTime) }
    package var exitReason: String? { text(.exitReason) }
    package var onNode: String? { text(.onNode) }
    package var migrateSource: String? { text(.migrateSource) }
    package var migrateTarget: String? { text(.migrateTarget) }
    package var transitionKey: String? { text(.transitionKey) }
    package var transitionMagic: String? { text(.transitionMagic) }
    package var featureSet: String? { text(.featureSet) }
    package var digest: String? { text(.digest) }
    package var restartDigest: String? { text(.restartDigest) }
    package var secureDigest: String? { text(.secureDigest) }
    package var forceRestart: String? { text(.forceRestart) }
    package var secureParameters: String? { text(.secureParameters) }

    /// A one-off monitor.
    package var isProbe: Bool { task == .monitor && intervalMs == 0 }
    /// Whether `rc-code` and `op-status` can be used (9.6).
    package var isValid: Bool {
        rc >= 0 && rc <= 255 && status >= -1 && status <= 11 && status != OperationStatus.cancelled
    }
}

/// One `lrm_resource` of one node.
package struct HistoryEntry: Sendable {
    package var node: NodeIndex
    package var id: String
    package var agent: Agent?
    /// `container`: the launcher of a resource that may be gone.
    package var container: String?
    /// `shutdown-lock`, epoch seconds, 0 without.
    package var shutdownLock: Int64 = 0
    /// Document order.
    package var operations: ContiguousArray<OperationResult> = []
    /// Positions in `operations`, oldest first (9.5).
    package var sorted: ContiguousArray<Int32> = []
    /// The resource the entry was found to belong to.
    package var resource: ResourceIndex?
    /// Positions in `sorted` where the current start and the last stop are, −1 without (9.8).
    package var startIndex: Int32 = -1
    package var stopIndex: Int32 = -1
}

/// A failure shown to people (9.7 "recording a failed operation"), in the order recorded.
package struct FailedOperation: Sendable {
    /// Of several failures with one key on one node only the first is kept.
    struct Identity: Hashable, Sendable {
        var key: String
        var node: NodeIndex
    }

    package var operation: OperationReference
    package var resource: ResourceIndex
    package var node: NodeIndex
    /// Result and status after remapping.
    package var rc: Int32
    package var status: Int32
}

/// Fail counts and last failures of one node, taken from its attributes once.
package struct FailureTable: Sendable {
    package struct Record: Sendable {
        /// Resource name as written in the attribute.
        package var resource: String
        /// `resource` without instance suffix.
        package var base: String
        /// Operation part (`start_0`), or nil for the old form without.
        package var operation: String?
        package var count = Score(0)
        /// Epoch seconds, 0 if none.
        package var lastFailure: Int64 = 0
    }
    /// Sorted in order of appearance.
    package var records: ContiguousArray<Record> = []
    /// Positions in `records` by `base`.
    package var byBase: [String: ContiguousArray<Int32>] = [:]
    package init() {}
}
