// SPDX-License-Identifier: GPL-2.0-or-later
// Cluster options with effect on scheduling, typed (scheduler spec section 4).

package import CIBModel

/// What to do without quorum (4.1).
package enum NoQuorumPolicy: String, Sendable { case stop, freeze, ignore, demote, fence = "suicide" }

/// `placement-strategy`.
package enum PlacementStrategy: String, Sendable { case standard = "default", utilization, minimal, balanced }

/// `node-health-strategy`.
package enum HealthStrategy: String, Sendable {
    case none, migrateOnRed = "migrate-on-red", onlyGreen = "only-green", progressive, custom
}

/// The options of one run. Written by `unpackOptions`.
package struct ClusterOptions: Sendable {
    /// The effective policy (4.1).
    package var noQuorumPolicy = NoQuorumPolicy.stop
    package var shutdownLock = false
    package var shutdownLockLimitMs: Int64 = 0
    package var symmetric = true
    package var maintenanceMode = false
    package var startFailureIsFatal = true
    package var startupProbes = true
    package var fenceRemoteWithoutQuorum = false
    package var fencingEnabled = true
    /// `reboot` or `off`.
    package var fencingAction = "reboot"
    /// As configured, for the graph.
    package var fencingTimeoutText = "60s"
    package var fencingTimeoutMs: Int64 = 60000
    package var haveWatchdog = false
    package var concurrentFencing = false
    /// Fencing is enabled and the option is true.
    package var startupFencing = true
    package var priorityFencingDelayMs: Int64 = 0
    package var nodePendingTimeoutMs: Int64 = 0
    package var clusterDelayText = "60s"
    package var batchLimitText = "0"
    package var migrationLimitText = "-1"
    package var stopAllResources = false
    package var stopRemovedResources = true
    package var cancelRemovedActions = true
    package var healthStrategy = HealthStrategy.none
    package var healthBase = Score(0)
    package var healthGreen = Score(0)
    package var healthYellow = Score(0)
    package var healthRed = Score.minusInfinity
    package var placementStrategy = PlacementStrategy.standard
    package var clusterName: String?
    /// Everything that was set, by the name it was set with.
    package var table = NameValueTable()

    package init() {}
}
