// SPDX-License-Identifier: GPL-2.0-or-later
// Flag bits of a resource.

/// State bits of a resource. "Written by" names the phase of spec section 2 that changes the bit.
package struct ResourceFlags: OptionSet, Sendable {
    package let rawValue: UInt64
    package init(rawValue: UInt64) { self.rawValue = rawValue }
    private static func bit(_ number: UInt64) -> ResourceFlags { ResourceFlags(rawValue: 1 << number) }

    /// The cluster manages it (7.4). Status, tickets and assignment (15.2 step 7) may clear it.
    package static let managed = bit(0)
    /// Blocked from further action by a failure.
    package static let blocked = bit(1)
    /// In maintenance (own, node's or cluster's).
    package static let maintenance = bit(2)
    /// Failed on some node.
    package static let failed = bit(3)
    /// If failed, must be stopped.
    package static let stopIfFailed = bit(4)
    /// Not in the configuration any more ("orphan").
    package static let removed = bit(5)
    /// Removed, and its history says that a container launched it (9.4).
    package static let removedLaunched = bit(6)
    /// Instances are told apart; set on everything outside anonymous clones (7.4).
    package static let unique = bit(7)
    /// Part of a promotable clone, or the clone itself.
    package static let promotable = bit(8)
    /// May be probed only where a location constraint says `exclusive`.
    package static let exclusiveProbes = bit(9)
    /// Container of a bundle replica.
    package static let replicaContainer = bit(10)
    /// A connection that may run on a remote node (bundle connections).
    package static let nestingAllowed = bit(11)
    package static let unassigned = bit(12)
    package static let assigning = bit(13)
    /// Guard of the recursion of 16.5.
    package static let updating = bit(14)
    package static let critical = bit(15)
    package static let startPending = bit(16)
    package static let notify = bit(17)
    package static let needsFencing = bit(18)
    package static let needsUnfencing = bit(19)
    package static let needsQuorum = bit(20)
    /// The `allow-migrate` meta-attribute; status clears it after some failures (9.9).
    package static let migratable = bit(21)
    package static let ignoreFailure = bit(22)
    /// Class `stonith`.
    package static let fenceDevice = bit(23)
    /// `ocf:pacemaker:remote`.
    package static let remoteConnection = bit(24)
    /// Multiply active with `stop_unexpected` (18.4).
    package static let stopUnexpected = bit(25)
    package static let restarting = bit(26)
    package static let reload = bit(27)
    /// `container-attribute-target` is `host`.
    package static let attributesFromHost = bit(28)
    package static let allowUnhealthyNodes = bit(29)
    /// Meta-attribute `internal_rsc`: made by the scheduler, not shown.
    package static let isInternal = bit(30)
    /// Bundle connection whose parameter `addr` is `#uname` (7.6).
    package static let addressIsHostName = bit(31)
    /// Promotion scores were added (15.7 step 2).
    package static let addedPromotionScores = bit(32)
    /// Promotable clone that has begun sorting for promotion (15.8.2 step 3, 16.2).
    package static let promotionUpdated = bit(33)
    /// Member of a group that is collocated / ordered (group flag).
    package static let groupColocated = bit(34)
    package static let groupOrdered = bit(35)
    /// Known to have a running target of a partial migration, etc. Free for scheduling.
    package static let detectLoop = bit(36)
}
