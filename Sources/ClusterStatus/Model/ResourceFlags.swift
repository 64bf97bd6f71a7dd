// SPDX-License-Identifier: GPL-2.0-or-later
// Flag bits of a resource.

/// State bits of a resource. "Written by" names the phase of spec section 2 that changes the bit.
@usableFromInline package struct ResourceFlags: OptionSet, Sendable {
    @usableFromInline package let rawValue: UInt64
    @inlinable package init(rawValue: UInt64) { self.rawValue = rawValue }
    @inlinable @inline(__always) package static func bit(_ number: UInt64) -> ResourceFlags { ResourceFlags(rawValue: 1 << number) }

    /// The cluster manages it (7.4). Status, tickets and assignment (15.2 step 7) may clear it.
    @inlinable package static var managed: ResourceFlags { bit(0) }
    /// Blocked from further action by a failure.
    @inlinable package static var blocked: ResourceFlags { bit(1) }
    /// In maintenance (own, node's or cluster's).
    @inlinable package static var maintenance: ResourceFlags { bit(2) }
    /// Failed on some node.
    @inlinable package static var failed: ResourceFlags { bit(3) }
    /// If failed, must be stopped.
    @inlinable package static var stopIfFailed: ResourceFlags { bit(4) }
    /// Not in the configuration any more ("orphan").
    @inlinable package static var removed: ResourceFlags { bit(5) }
    /// Removed, and its history says that a container launched it (9.4).
    @inlinable package static var removedLaunched: ResourceFlags { bit(6) }
    /// Instances are told apart; set on everything outside anonymous clones (7.4).
    @inlinable package static var unique: ResourceFlags { bit(7) }
    /// Part of a promotable clone, or the clone itself.
    @inlinable package static var promotable: ResourceFlags { bit(8) }
    /// May be probed only where a location constraint says `exclusive`.
    @inlinable package static var exclusiveProbes: ResourceFlags { bit(9) }
    /// Container of a bundle replica.
    @inlinable package static var replicaContainer: ResourceFlags { bit(10) }
    /// A connection that may run on a remote node (bundle connections).
    @inlinable package static var nestingAllowed: ResourceFlags { bit(11) }
    @inlinable package static var unassigned: ResourceFlags { bit(12) }
    @inlinable package static var assigning: ResourceFlags { bit(13) }
    /// Guard of the recursion of 16.5.
    @inlinable package static var updating: ResourceFlags { bit(14) }
    @inlinable package static var critical: ResourceFlags { bit(15) }
    @inlinable package static var startPending: ResourceFlags { bit(16) }
    @inlinable package static var notify: ResourceFlags { bit(17) }
    @inlinable package static var needsFencing: ResourceFlags { bit(18) }
    @inlinable package static var needsUnfencing: ResourceFlags { bit(19) }
    @inlinable package static var needsQuorum: ResourceFlags { bit(20) }
    /// The `allow-migrate` meta-attribute; status clears it after some failures (9.9).
    @inlinable package static var migratable: ResourceFlags { bit(21) }
    @inlinable package static var ignoreFailure: ResourceFlags { bit(22) }
    /// Class `stonith`.
    @inlinable package static var fenceDevice: ResourceFlags { bit(23) }
    /// `ocf:pacemaker:remote`.
    @inlinable package static var remoteConnection: ResourceFlags { bit(24) }
    /// A connection within a group, which nothing joins with its node, got a place: see `isReached`.
    @inlinable package static var reachesUnjoinedNode: ResourceFlags { bit(38) }
    /// Multiply active with `stop_unexpected` (18.4).
    @inlinable package static var stopUnexpected: ResourceFlags { bit(25) }
    @inlinable package static var restarting: ResourceFlags { bit(26) }
    @inlinable package static var reload: ResourceFlags { bit(27) }
    /// `container-attribute-target` is `host`.
    @inlinable package static var attributesFromHost: ResourceFlags { bit(28) }
    @inlinable package static var allowUnhealthyNodes: ResourceFlags { bit(29) }
    /// Meta-attribute `internal_rsc`: made by the scheduler, not shown.
    @inlinable package static var isInternal: ResourceFlags { bit(30) }
    /// Bundle connection whose parameter `addr` is `#uname` (7.6).
    @inlinable package static var addressIsHostName: ResourceFlags { bit(31) }
    /// Promotion scores were added (15.7 step 2).
    @inlinable package static var addedPromotionScores: ResourceFlags { bit(32) }
    /// Promotable clone that has begun sorting for promotion (15.8.2 step 3, 16.2).
    @inlinable package static var promotionUpdated: ResourceFlags { bit(33) }
    /// Member of a group that is collocated / ordered (group flag).
    @inlinable package static var groupColocated: ResourceFlags { bit(34) }
    @inlinable package static var groupOrdered: ResourceFlags { bit(35) }
    /// Rules with dates decide the meta-attributes or the timeout of its operations (8.4).
    @inlinable package static var timedOperations: ResourceFlags { bit(37) }
    /// Known to have a running target of a partial migration, etc. Free for scheduling.
    @inlinable package static var detectLoop: ResourceFlags { bit(36) }
}
