// SPDX-License-Identifier: GPL-2.0-or-later
// A node of the cluster as one scheduler run sees it (scheduler spec section 6).

package import CIBModel

/// What a node's `type` is. Guests and bundle nodes are `.remote`; see `ClusterState.isGuest(_:)` and friends.
@usableFromInline package enum NodeType: UInt8, Sendable { case cluster, remote }

/// State bits of a node.
@usableFromInline package struct NodeFlags: OptionSet, Sendable {
    @usableFromInline package let rawValue: UInt32
    @inlinable package init(rawValue: UInt32) { self.rawValue = rawValue }

    /// Part of the cluster right now.
    @inlinable package static var online: NodeFlags { NodeFlags(rawValue: 1 << 0) }
    /// Must be fenced before anything of it can be trusted. Written by status unpacking and `fence(_:)`.
    @inlinable package static var unclean: NodeFlags { NodeFlags(rawValue: 1 << 1) }
    /// Member of the process group, not yet joined.
    @inlinable package static var pending: NodeFlags { NodeFlags(rawValue: 1 << 2) }
    /// Asked to shut down.
    @inlinable package static var shutdown: NodeFlags { NodeFlags(rawValue: 1 << 3) }
    @inlinable package static var maintenance: NodeFlags { NodeFlags(rawValue: 1 << 4) }
    @inlinable package static var standby: NodeFlags { NodeFlags(rawValue: 1 << 5) }
    /// Standby because of a failure with `on-fail=standby`.
    @inlinable package static var failStandby: NodeFlags { NodeFlags(rawValue: 1 << 6) }
    /// A `node_state` was processed: "not unseen" (spec 6.2).
    @inlinable package static var seen: NodeFlags { NodeFlags(rawValue: 1 << 7) }
    @inlinable package static var expectedUp: NodeFlags { NodeFlags(rawValue: 1 << 8) }
    /// Resources may be probed here; set at creation.
    @inlinable package static var probesAllowed: NodeFlags { NodeFlags(rawValue: 1 << 9) }
    @inlinable package static var remoteReset: NodeFlags { NodeFlags(rawValue: 1 << 10) }
    @inlinable package static var remoteFenced: NodeFlags { NodeFlags(rawValue: 1 << 11) }
    /// The maintenance state recorded for a remote node in its `node_state`.
    @inlinable package static var remoteMaintenance: NodeFlags { NodeFlags(rawValue: 1 << 12) }
    /// Its history has been unpacked.
    @inlinable package static var unpacked: NodeFlags { NodeFlags(rawValue: 1 << 13) }
    /// This is the designated controller.
    @inlinable package static var isDC: NodeFlags { NodeFlags(rawValue: 1 << 14) }
    /// A `node_state` element exists for it.
    @inlinable package static var hasState: NodeFlags { NodeFlags(rawValue: 1 << 15) }
}

/// One node. Written by `Unpacking/`; assignment changes `assignedCount` and `remaining`; fencing changes flags.
@usableFromInline package struct Node: Sendable {
    package var id: String
    package var name: String
    @usableFromInline package var type: NodeType
    @usableFromInline package var flags: NodeFlags = [.probesAllowed]
    /// Score that table entries made from this node start with: `score` of the node element, −INFINITY when offline (9.2).
    package var baseScore: Score
    /// Position of this node in `ClusterState.nodeOrder`.
    package var rank: Int32 = 0
    /// Sum of the priorities of what runs here (9.8); for priority fencing delay.
    package var priority: Int32 = 0
    /// Resources assigned to the node in this run; assignment counts it (15.4).
    package var assignedCount: Int32 = 0
    /// Primitives active here, in the order they were found.
    package var running: ContiguousArray<ResourceIndex> = []
    /// Node attributes, permanent and transient, with `#uname`, `#id`, `#kind`, `#is_dc`, `#site-name`, … (6.5).
    package var attributes = NameValueTable()
    /// Configured capacity.
    package var utilization = NameValueTable()
    /// What is left of the capacity; placement fills it from `utilization` and maintains it (17.1).
    package var remaining: ContiguousArray<(name: String, value: Int32)> = []
    /// Names of `remaining` whose value was calculated, not only read; maintained where capacities are shown.
    package var calculatedCapacities: Set<String> = []
    /// The connection resource of a remote, guest or bundle node.
    package var connection: ResourceIndex?
    /// Default probe mode for resources without an entry for the node (bundle nodes: never).
    package var probe = ProbeMode.always
    /// Fail counts and last failures recorded in the attributes, parsed once.
    package var failures = FailureTable()
    /// Health as shown to people; written by `unpackHealth`.
    package var health = NodeHealth.green
    /// Position of the node's `node_state` among the children of `status`, if any.
    package var statePosition: Int?
    /// `crm_feature_set` the node reported in its attributes, as text.
    package var featureSet: String?

    package init(id: String, name: String, type: NodeType, baseScore: Score) {
        self.id = id
        self.name = name
        self.type = type
        self.baseScore = baseScore
    }

    @inlinable @inline(__always) package var isOnline: Bool { flags.contains(.online) }
    @inlinable @inline(__always) package var isUnclean: Bool { flags.contains(.unclean) }
    @inlinable @inline(__always) package var isPending: Bool { flags.contains(.pending) }
    @inlinable @inline(__always) package var isShuttingDown: Bool { flags.contains(.shutdown) }
    @inlinable @inline(__always) package var isInMaintenance: Bool { flags.contains(.maintenance) }
    @inlinable @inline(__always) package var isStandby: Bool { flags.contains(.standby) }
    /// Remote, guest or bundle node.
    @inlinable @inline(__always) package var isRemote: Bool { type == .remote }

    /// Spec 6.6 without score: may run resources as far as its own state goes.
    @inlinable @inline(__always) package var isAvailable: Bool {
        flags.intersection([.online, .shutdown, .unclean, .standby, .maintenance]) == .online
    }
}

/// Health of a node, worst attribute wins (spec 26.3).
package enum NodeHealth: UInt8, Sendable { case green, yellow, red }
