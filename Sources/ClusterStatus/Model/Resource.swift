// SPDX-License-Identifier: GPL-2.0-or-later
// A resource as one scheduler run sees it (scheduler spec section 7).

package import CIBModel
package import ClusterXML

/// Class, provider and type of an agent.
package struct Agent: Sendable, Equatable {
    package var standard: String
    package var provider: String?
    package var type: String

    package init(standard: String, provider: String?, type: String) {
        self.standard = standard
        self.provider = provider
        self.type = type
    }

    /// `class[:provider]:type`.
    package var text: String { provider.map { "\(standard):\($0):\(type)" } ?? "\(standard):\(type)" }

    /// The same for people: only the class of OCF has providers.
    package var shownText: String { standard.lowercased() == "ocf" ? text : "\(standard):\(type)" }
}

/// One resource of any variant. It is a large record: reach into it by index (`state.resources[r].flags`), do not copy it.
@usableFromInline package struct Resource: Sendable {
    // Identity. Written by unpacking.
    /// Unique id; instances carry `:N`.
    @usableFromInline package var id: String
    /// The id written in the configuration (without the instance number of a clone child).
    package var xmlID: String
    /// Name under which the history knows this instance, if it differs (9.4).
    @usableFromInline package var historyName: String?
    @usableFromInline package var variant: ResourceVariant
    /// Nil for collective resources.
    package var agent: Agent?
    /// The element it was made from, templates expanded.
    package var xml: XMLElement
    package var parent: ResourceIndex?
    /// Members or instances; the order changes during a run (15.7, 15.8, 18.2).
    package var children: ContiguousArray<ResourceIndex> = []
    /// Instance number of a clone child or of a member of a cloned group.
    package var instanceNumber: Int32?
    /// Highest ancestor, not crossing into a bundle; itself if it has no parent.
    package var top: ResourceIndex
    /// The bundle it belongs to (at any depth), if any; nil for the bundle itself.
    package var bundle: ResourceIndex?
    /// Position of its record in `ClusterState.clones` (clones only).
    package var cloneRecord: Int32 = -1
    /// Position of its record in `ClusterState.bundles` (bundles only).
    package var bundleRecord: Int32 = -1

    // Settings. Written by unpacking.
    @usableFromInline package var flags: ResourceFlags = [.unassigned]
    /// Meta-attributes in force (7.3).
    package var meta = NameValueTable()
    /// Own `instance_attributes` blocks, in the order they are evaluated.
    package var parameterBlocks: ContiguousArray<NameValueBlock> = []
    package var operations: ContiguousArray<ConfiguredOperation> = []
    package var utilization = NameValueTable()
    package var priority = Score(0)
    package var stickiness = Score(0)
    package var migrationThreshold = Score.infinity
    /// Milliseconds; 0 is none. Becomes 0 when failures block (section 10).
    package var failureTimeoutMs: Int64 = 0
    package var multipleActive = MultipleActive.stopStart
    package var requires = Requirement.quorum
    /// `target-role` as configured, if it is valid.
    package var targetRole = ResourceRole.unknown
    /// For connections: the node it connects.
    package var remoteNode: NodeIndex?
    /// Milliseconds; 0 is none (remote nodes only).
    package var reconnectIntervalMs: Int64 = 0

    // State. Written by status unpacking; the scheduler changes roles.
    package var originalRole = ResourceRole.stopped
    package var nextRole = ResourceRole.unknown
    /// Where it is active, in the order found.
    package var activeNodes: ContiguousArray<NodeIndex> = []
    /// Where its state is known (probed).
    package var knownOn: ContiguousArray<NodeIndex> = []
    /// First non-probe pending task and its node.
    package var pendingTask: String?
    package var pendingIntervalMs: UInt32 = 0
    package var pendingNode: NodeIndex?
    /// The failure that was found last, while its history is processed.
    package var lastFailure: OperationReference?
    package var partialMigrationSource: NodeIndex?
    package var partialMigrationTarget: NodeIndex?
    /// Sources of dangling migrations, latest first (9.9).
    package var danglingSources: ContiguousArray<NodeIndex> = []
    package var lockNode: NodeIndex?
    /// Epoch seconds of the shutdown lock, 0 without.
    package var lockTime: Int64 = 0
    /// The resource that launches this one (`container`), and those it launches.
    package var launcher: ResourceIndex?
    package var launched: ContiguousArray<ResourceIndex> = []
    package var tickets: ContiguousArray<TicketConstraint> = []

    // Scheduling. Written by placement and ordering.
    package var nodes = NodeTable()
    package var assigned: NodeIndex?
    /// Copy of the table entry at the moment of assignment.
    package var assignedEntry = NodeEntry.absent
    package var promotionPriority = Score(0)
    /// Locations that name this resource, oldest first (walk it reversed: "latest first").
    package var locations: ContiguousArray<LocationIndex> = []
    /// Own colocations as dependent, sorted (11.2).
    package var thisWith: ContiguousArray<ColocationIndex> = []
    /// Own colocations as primary, sorted (11.2).
    package var withThis: ContiguousArray<ColocationIndex> = []

    package init(id: String, xmlID: String, variant: ResourceVariant, xml: XMLElement, index: ResourceIndex) {
        self.id = id
        self.xmlID = xmlID
        self.variant = variant
        self.xml = xml
        self.top = index
    }

    @inlinable @inline(__always) package func has(_ flag: ResourceFlags) -> Bool { flags.contains(flag) }
    @inlinable @inline(__always) package var isPrimitive: Bool { variant == .primitive }
    @inlinable @inline(__always) package var isManaged: Bool { flags.contains(.managed) }
    /// The name history and fail counts use.
    @inlinable @inline(__always) package var nameInHistory: String { historyName ?? id }
}

/// A ticket a resource depends on (11.4), in constraint order.
package struct TicketConstraint: Sendable {
    package enum LossPolicy: UInt8, Sendable { case stop, demote, fence, freeze }
    package var id: String
    package var ticket: Int32
    package var lossPolicy: LossPolicy
    /// `.unknown`: any role.
    package var role: ResourceRole

    package init(id: String, ticket: Int32, lossPolicy: LossPolicy, role: ResourceRole) {
        self.id = id
        self.ticket = ticket
        self.lossPolicy = lossPolicy
        self.role = role
    }
}
