// SPDX-License-Identifier: GPL-2.0-or-later
// The working state of one scheduler run: what is configured, what runs where, and what the scheduler adds to it.

package import CIBModel
package import ClusterXML

/// Everything one run of the scheduler knows.
///
/// A value: pass it `inout`, extend it with `mutating` methods, copy it for a snapshot. Records live in arrays and refer
/// to each other by index. `init(cib:now:)` (Unpacking/) performs phase 1 of scheduler spec section 2; the
/// Scheduling target performs phases 2 to 12.
package struct ClusterState: Sendable {
    /// The CIB this was read from, current schema.
    package var cib: XMLElement
    /// The effective time.
    package var now: Timestamp
    package var options = ClusterOptions()
    package var haveQuorum = false
    /// Root attribute `no-quorum-panic` (4.1).
    package var noQuorumPanic = false
    /// The policy as configured, before 4.1 changes it.
    package var configuredQuorumPolicy = NoQuorumPolicy.stop
    /// Targets of `id-ref`.
    package var references = ReferenceIndex(XMLElement("configuration"))
    /// `resource_template` elements by id.
    package var templateElements: [String: XMLElement] = [:]
    /// Some fence device is configured, or a watchdog (section 4).
    package var haveFencing = false
    package var unfencingEnabled = false
    /// Set when a remote or guest node exists.
    package var haveRemoteNodes = false
    /// The DC's node, if the CIB names one.
    package var dc: NodeIndex?
    /// Epoch seconds at which something will change by itself.
    package var recheckBy: Int64?

    package var nodes: ContiguousArray<Node> = []
    /// All nodes sorted by name (1.3): every loop "for each node" walks this.
    package var nodeOrder: ContiguousArray<NodeIndex> = []
    /// The table of a resource that nothing has been said about, for the present nodes: most resources begin with it, and
    /// share it until something is.
    var defaultTable: NodeTable?
    /// Nodes by id, and by lower-cased name (1.3: look-ups ignore case).
    package var nodesByID: [String: NodeIndex] = [:]
    package var nodesByName: [String: NodeIndex] = [:]

    package var resources: ContiguousArray<Resource> = []
    /// Top-level resources in resource list order (7.1).
    package var topLevel: ContiguousArray<ResourceIndex> = []
    /// First resource with an id or history name; kept by unpacking. Use `findResource(_:)`.
    package var resourcesByID: [String: ContiguousArray<ResourceIndex>] = [:]
    package var clones: ContiguousArray<CloneRecord> = []
    package var bundles: ContiguousArray<BundleRecord> = []

    package var tags: ContiguousArray<Tag> = []
    package var tagPositions: [String: Int] = [:]
    /// Templates by id, with the resources derived from them like tags.
    package var templates: ContiguousArray<Tag> = []
    package var templatePositions: [String: Int] = [:]
    package var tickets: ContiguousArray<Ticket> = []
    package var ticketPositions: [String: Int] = [:]

    /// History entries in document order of node states.
    package var history: ContiguousArray<HistoryEntry> = []
    /// Positions in `history` per node.
    package var historyByNode: ContiguousArray<ContiguousArray<Int32>> = []
    package var failedOperations: ContiguousArray<FailedOperation> = []
    var failedOperationKeys: Set<FailedOperation.Identity> = []
    /// Launchers whose stop was requested by a failure inside a bundle, latest first (9.8).
    package var containersToStop: ContiguousArray<ResourceIndex> = []
    /// Digest checks of `#uname` connections put off to phase 8, oldest first (18.1: walked latest first).
    package var deferredChecks: ContiguousArray<DeferredCheck> = []

    /// Digests of operations of which a history has several results.
    package var sharedDigests: [DigestKey: OperationDigests] = [:]

    // Counters for the summary (26.2).
    package var instanceCount = 0
    package var disabledCount = 0
    package var blockedCount = 0

    /// The input is a file that somebody looks at, with private values removed perhaps: secure digests count (14.2).
    package var isSimulation = false
    /// Lines about decisions that a simulation shows on the terminal, oldest first.
    package var decisionNotes: [DecisionNote] = []
    /// Notifications of clones (19.1), by clone and operation.
    package var notificationSets: [NotificationKey: NotificationSet] = [:]
    /// Changes and visits of the fix-point.
    package var visitStamps = VisitStamps()
    /// Actions, orderings and relations (Actions/).
    package var actions = ActionTable()

    // Written by placement.
    package var locations: ContiguousArray<LocationConstraint> = []
    package var colocations: ContiguousArray<ColocationConstraint> = []
    /// Scores and capacities that were asked for, in the order in which placement came to them.
    package var scoreReports: [ScoreReport] = []
    package var placement = PlacementState()

    // Name/value blocks evaluated many times.
    package var operationDefaults: ContiguousArray<NameValueBlock> = []
    package var resourceDefaults: ContiguousArray<NameValueBlock> = []

    /// What was wrong with or remarkable about the input, oldest first.
    package var diagnostics: [Diagnostic] = []

    /// An empty state; `ClusterState(reading:at:)` fills it.
    package init(empty cib: XMLElement, now: Timestamp) {
        self.cib = cib
        self.now = now
    }
}

/// A digest check that has to wait for the assignment (18.1).
package struct DeferredCheck: Sendable {
    package enum Kind: Sendable { case active, lastFailure }
    package var kind: Kind
    package var resource: ResourceIndex
    package var node: NodeIndex
    package var operation: OperationReference

    package init(kind: Kind, resource: ResourceIndex, node: NodeIndex, operation: OperationReference) {
        (self.kind, self.resource, self.node, self.operation) = (kind, resource, node, operation)
    }
}

/// A line about a decision, and where it stands among the reports of scores.
package struct DecisionNote: Sendable {
    package var text: String
    /// How many reports of scores came before it.
    package var position: Int
}

/// A remark about the input, for `crm_verify`, logs and -V.
package struct Diagnostic: Sendable, Equatable {
    package enum Severity: UInt8, Sendable, Comparable {
        case error, warning, notice, info
        package static func < (a: Severity, b: Severity) -> Bool { a.rawValue < b.rawValue }
    }
    package var severity: Severity
    package var text: String
    /// Name by which `PCMK_trace_functions` asks for it, whatever the verbosity.
    package var traceName: String? = nil

    package init(severity: Severity, text: String) {
        self.severity = severity
        self.text = text
    }
}

extension ClusterState {
    /// Remembers an error in the configuration.
    package mutating func error(_ text: String) { diagnostics.append(Diagnostic(severity: .error, text: text)) }
    /// Remembers a warning.
    package mutating func warn(_ text: String) { diagnostics.append(Diagnostic(severity: .warning, text: text)) }
    /// Remembers a notice.
    package mutating func note(_ text: String) { diagnostics.append(Diagnostic(severity: .notice, text: text)) }

    /// Remote node without launcher (6.2).
    package func isRemoteNode(_ node: NodeIndex) -> Bool {
        guard nodes[node].type == .remote else { return false }
        guard let connection = nodes[node].connection else { return true }
        return resources[connection].launcher == nil
    }

    /// Guest node, bundle nodes included (6.2).
    package func isGuest(_ node: NodeIndex) -> Bool {
        guard nodes[node].type == .remote, let connection = nodes[node].connection else { return false }
        return resources[connection].launcher != nil
    }

    /// Guest node whose connection belongs to a bundle (6.2).
    package func isBundleNode(_ node: NodeIndex) -> Bool {
        guard nodes[node].type == .remote, let connection = nodes[node].connection else { return false }
        return resources[connection].bundle != nil
    }

    /// The clone settings of a clone resource.
    package func clone(_ r: ResourceIndex) -> CloneRecord? {
        let record = Int(resources[r].cloneRecord)
        return clones.indices.contains(record) ? clones[record] : nil
    }

    /// The bundle settings of a bundle resource.
    package func bundle(_ r: ResourceIndex) -> BundleRecord? {
        let record = Int(resources[r].bundleRecord)
        return bundles.indices.contains(record) ? bundles[record] : nil
    }
}
