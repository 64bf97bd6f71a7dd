// SPDX-License-Identifier: GPL-2.0-or-later
// Placing a bundle: containers like instances of a clone, then what goes with each container (scheduler spec 15.10).

import ClusterStatus
import CIBModel

extension ClusterState {
    /// 15.10. A bundle may be assigned repeatedly, and reports its scores each time [Q13].
    mutating func assignBundle(_ r: ResourceIndex, _ preferred: NodeIndex?, _ stopIfFail: Bool) {
        guard let bundle = bundle(r) else { return }
        resources[r].flags.insert(.assigning)
        reportScores(r, .bundle)
        let containers = sortedInstances(ContiguousArray(bundle.replicas.map(\.container)), of: r)
        distribute(containers, of: r, total: bundle.replicaCount, perNode: bundle.replicasPerHost)
        for replica in bundle.replicas { assignReplica(replica, of: bundle, preferred, stopIfFail) }
        if let clone = bundle.clone {
            let own = bundle.replicas.compactMap(\.node)
            resources[clone].nodes.updateAll { node, entry in
                entry.score = own.contains(node) ? .zero : .minusInfinity
            }
            recordScores(clone, .bundleReplica)
            assign(clone, preferring: preferred, stopIfFail: stopIfFail)
        }
        resources[r].flags.subtract([.assigning, .unassigned])
        placement.listEpoch &+= 1
    }

    private mutating func assignReplica(
        _ replica: BundleReplica, of bundle: BundleRecord, _ preferred: NodeIndex?, _ stopIfFail: Bool
    ) {
        if let ip = replica.ip { assign(ip, preferring: preferred, stopIfFail: stopIfFail) }
        if let connection = replica.connection {
            if let host = resources[replica.container].assigned, nodes[host].isRemote,
                let hostConnection = nodes[host].connection
            {
                addColocation(
                    id: "#replica-remote-with-host-remote", score: .infinity, dependent: connection,
                    primary: hostConnection, influence: true, isLate: true)
            }
            assign(connection, preferring: preferred, stopIfFail: stopIfFail)
        }
        guard let child = replica.child, let own = replica.node else { return }
        for node in nodeOrder where resources[child].nodes.contains(node) {
            if node != own {
                resources[child].nodes[node].score = .minusInfinity
            } else if !hasReachedThreshold(child, node) {
                resources[child].nodes[node].score = .infinity
            }
        }
        recordScores(child, .bundleReplica)
        guard let parent = resources[child].parent else { return }
        resources[parent].flags.insert(.assigning)
        assign(child, preferring: own, stopIfFail: stopIfFail)
        resources[parent].flags.remove(.assigning)
    }
}
