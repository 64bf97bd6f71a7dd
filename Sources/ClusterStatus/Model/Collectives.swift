// SPDX-License-Identifier: GPL-2.0-or-later
// What clones and bundles know beyond an ordinary resource (scheduler spec 7.5, 7.6).

/// Settings of a clone. Written by unpacking; `promotedChosen` by role choice.
package struct CloneRecord: Sendable {
    package var maximum: Int32
    package var nodeMaximum: Int32
    /// `clone-min`; 0 without.
    package var minimum: Int32 = 0
    package var isOrdered = false
    package var isInterleaved = false
    package var promotedMaximum: Int32 = 0
    package var promotedNodeMaximum: Int32 = 0
    /// The cloned primitive's or group's id in the configuration.
    package var childID: String
    /// Instances created so far.
    package var total: Int32 = 0
    /// Promoted instances chosen in this run (15.8.2).
    package var promotedChosen: Int32 = 0

    /// More instances than this are taken for a mistake. Each pair of ordered ones has its orderings, and each group is looked at
    /// when another has changed.
    package func instanceLimit(areGroups: Bool) -> Int32 { isOrdered ? 2_048 : areGroups ? 8_192 : 65_536 }

    package init(maximum: Int32, nodeMaximum: Int32, childID: String) {
        self.maximum = maximum
        self.nodeMaximum = nodeMaximum
        self.childID = childID
    }
}

/// A bundle's container settings and its replicas.
package struct BundleRecord: Sendable {
    package enum Engine: String, Sendable { case docker, podman }
    package var engine: Engine
    package var image: String
    package var promotedMaximum: Int32
    package var replicaCount: Int32
    package var replicasPerHost: Int32
    package var ipRangeStart: String?
    package var controlPort: String?
    /// The clone around the primitive; nil for a bundle without primitive.
    package var clone: ResourceIndex?
    /// Fixed order, by replica number.
    package var replicas: ContiguousArray<BundleReplica> = []
    /// Whether several replicas may share a host (`replicas-per-host` other than 1).
    package var isUnique: Bool

    package init(engine: Engine, image: String, promotedMaximum: Int32, replicaCount: Int32, replicasPerHost: Int32) {
        self.engine = engine
        self.image = image
        self.promotedMaximum = promotedMaximum
        self.replicaCount = replicaCount
        self.replicasPerHost = replicasPerHost
        isUnique = replicasPerHost != 1
    }
}

/// One replica of a bundle.
package struct BundleReplica: Sendable {
    package var number: Int32
    package var ipAddress: String?
    package var container: ResourceIndex
    package var ip: ResourceIndex?
    package var connection: ResourceIndex?
    package var child: ResourceIndex?
    /// The bundle node of this replica, with the entry (score 500, exclusive) the child got for it.
    package var node: NodeIndex?
    /// Starts of the other replicas' containers are ordered after the probes of this one's.
    package var isProbedBeforeOthers = false

    package init(number: Int32, container: ResourceIndex) {
        self.number = number
        self.container = container
    }
}
