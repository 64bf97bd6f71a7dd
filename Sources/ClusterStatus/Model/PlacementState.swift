// SPDX-License-Identifier: GPL-2.0-or-later
// What placement keeps beside the model while it runs: caches derived from it, and what was asked to be recorded.

package import CIBModel

/// Working storage of placement. Everything but the requests (`showScores`, `showUtilization`, `recorder`) can be derived again.
package struct PlacementState: Sendable {
    /// Whether reports of scores are wanted (`crm_simulate -s`).
    package var showScores = false
    /// Whether capacities are wanted (`crm_simulate -U`).
    package var showUtilization = false
    /// Set when scores have to be explained.
    package var recorder: ScoreRecorder?

    /// Whether a node may run resources, by node position (spec 6.6 without score).
    package var available: ContiguousArray<Bool> = []
    /// Position of each node among all names in byte order, the last tie-break of 15.3.
    package var nameRank: ContiguousArray<Int32> = []
    /// All nodes in the order in which a table with all of them is walked (17.3), by how often it was copied; the last is for more copies.
    package var tableOrders: [[NodeIndex]] = []
    /// Node attributes that colocations compare; number 0 is `#uname`.
    package var attributeNumbers: [String: Int32] = [:]
    /// For each of them, the class of each node: nodes with equal values (case ignored) share one; 0 is "no value".
    package var attributeClasses: ContiguousArray<ContiguousArray<Int32>> = []
    /// Whether all nodes have the attribute `#uname`.
    package var everyNodeIsNamed = true
    /// Whether each node has a value of `#uname` that no other has.
    package var namesDiffer = false
    /// Attribute number of each colocation.
    package var colocationAttribute: ContiguousArray<Int32> = []

    /// Moves on whenever a merged list might come out differently.
    package var listEpoch: UInt32 = 1
    /// Two for each resource: what it has to be with, and what has to be with it.
    package var mergedColocations: ContiguousArray<MergedColocations> = []
    /// Where the instances of clones are.
    package var places = KnownPlaces()
    /// What long walks along colocations add up to.
    package var walks = WalkMemory()

    package init() {}
}

/// A merged list of colocations (spec 16.2) and the epoch it was made in.
package struct MergedColocations: Sendable {
    package var epoch: UInt32 = 0
    package var list: ContiguousArray<ColocationIndex> = []
    package init() {}
}

/// Why a score in a resource's table changed.
package enum ScoreCause: Sendable, Equatable {
    /// The table as status unpacking left it: `score` of the node, bans after failures.
    case initial
    case location(LocationIndex)
    case stickiness
    case failureThreshold
    case exclusiveDiscovery
    case shutdownLock
    case ticket(String)
    /// The resource has to be with, or away from, the primary.
    case colocation(ColocationIndex)
    /// A preference of something that depends on this resource, reached through this constraint.
    case dependent(ColocationIndex)
    case promotion
    case targetRole
    /// The clone or bundle cannot take (another) instance there.
    case instanceLimit
    /// More instances than the clone may have.
    case tooManyInstances
    case bundleReplica
    case capacity
    case launcher
    /// An assignment was tried and taken back.
    case restored
    case other(String)
}

/// One change of one score: from what, to what, why.
package struct ScoreContribution: Sendable, Equatable {
    package var node: NodeIndex
    package var before: Score?
    package var after: Score?
    package var cause: ScoreCause

    package init(node: NodeIndex, before: Score?, after: Score?, cause: ScoreCause) {
        self.node = node
        self.before = before
        self.after = after
        self.cause = cause
    }
}

/// Records every change of the scores of the resources asked for.
package struct ScoreRecorder: Sendable {
    /// What is known about one resource.
    package struct Ledger: Sendable {
        package var resource: ResourceIndex
        /// The table as it was when last looked at.
        package var seen = NodeTable()
        package var contributions: ContiguousArray<ScoreContribution> = []
        /// The contributions when the scores were last reported for placing this resource itself. Kept, because an assignment that
        /// was tried may be taken back, and what placed the resource with it.
        package var reported: ContiguousArray<ScoreContribution>?
        /// How the node was chosen.
        package var decision: String?

        package init(resource: ResourceIndex) { self.resource = resource }
    }

    /// Nil: all resources.
    package var wanted: Set<ResourceIndex>?
    package var ledgers: ContiguousArray<Ledger> = []
    /// Position of a resource's ledger by resource, or -1.
    package var positions: ContiguousArray<Int32> = []
    /// Changes along one walk over dependents, in order, until the walk is over.
    package var steps: ContiguousArray<ScoreContribution> = []

    package init(wanted: Set<ResourceIndex>?) { self.wanted = wanted }
}
