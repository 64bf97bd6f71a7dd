// SPDX-License-Identifier: GPL-2.0-or-later
// What clones and bundles imply about the sequence of their instances' actions (scheduler spec 13).

import CIBModel
import ClusterStatus

extension ClusterState {
    // MARK: Clone

    mutating func addCloneOrderings(_ r: ResourceIndex) {
        let isOrdered = clone(r)?.isOrdered ?? false
        let promotable = resources[r].flags.contains(.promotable)
        order(r, .stopped, r, .start, .ordered)
        order(r, .start, r, .running, .unrunnableFirstBlocks)
        order(r, .stop, r, .stopped, .unrunnableFirstBlocks)
        if promotable {
            order(r, .demoted, r, .stop, .ordered)
            order(r, .running, r, .promote, .unrunnableFirstBlocks)
        }
        if isOrdered { sortInstancesByNumber(r) }
        let instances = resources[r].children
        let isSequence = isOrdered && canBeSequence(instances)
        if isSequence { actions.sequences.append(instances, ofGroups: instances.first.map { resources[$0].variant == .group } ?? false) }
        for (position, instance) in instances.enumerated() {
            addInternalOrderings(instance)
            order(r, .start, instance, .start, [.unrunnableFirstBlocks, .thenImpliesFirstGraphed])
            order(instance, .start, r, .running, .firstImpliesThenGraphed)
            order(r, .stop, instance, .stop, .thenImpliesFirstGraphed)
            order(instance, .stop, r, .stopped, .firstImpliesThenGraphed)
            guard isOrdered else { continue }
            if isSequence {
                order(OrderingSide(instance, ActionKey(.stop)), .laterInstances, .ordered)
                continue
            }
            for later in instances[(position + 1)...] {
                order(instance, .start, later, .start, .ordered)
                order(later, .stop, instance, .stop, .ordered)
            }
        }
        guard promotable else { return }
        addRestartOrderings(r)
        var previous: ResourceIndex?
        for instance in instances {
            addPromotionOrderings(instance, of: r, previous: isOrdered ? previous : nil)
            previous = instance
        }
    }

    /// A promotable resource comes down completely before it goes up again.
    private mutating func addRestartOrderings(_ r: ResourceIndex) {
        order(r, .stopped, r, .start, .ordered)
        order(r, .stopped, r, .promote, .ordered)
        order(r, .demoted, r, .stop, .ordered)
        order(r, .demoted, r, .start, .ordered)
        order(r, .demoted, r, .promote, .ordered)
        order(r, .running, r, .promote, .ordered)
        order(r, .demote, r, .demoted, .ordered)
    }

    private mutating func addPromotionOrderings(_ instance: ResourceIndex, of r: ResourceIndex, previous: ResourceIndex?) {
        order(instance, .demote, instance, .promote, .ordered)
        order(r, .promote, instance, .promote, .ordered)
        order(instance, .promote, r, .promoted, .ordered)
        if let previous { order(previous, .promote, instance, .promote, .ordered) }
        order(r, .demote, instance, .demote, .thenImpliesFirstGraphed)
        order(instance, .demote, r, .demoted, .firstImpliesThenGraphed)
        if let previous { order(instance, .demote, previous, .demote, .ordered) }
    }

    // MARK: Bundle

    mutating func addBundleOrderings(_ r: ResourceIndex) {
        guard let bundle = bundle(r) else { return }
        for replica in bundle.replicas { addReplicaOrderings(replica, of: r) }
        guard let inner = bundle.clone else { return }
        order(r, .start, inner, .start, .thenImpliesFirstGraphed)
        order(inner, .running, r, .running, .firstImpliesThenGraphed)
        order(r, .stop, inner, .stop, .thenImpliesFirstGraphed)
        order(inner, .stopped, r, .stopped, .firstImpliesThenGraphed)
        addInternalOrderings(inner)
        guard resources[inner].flags.contains(.promotable) else { return }
        addRestartOrderings(r)
        order(r, .demote, inner, .demote, .thenImpliesFirstGraphed)
        order(inner, .demoted, r, .demoted, .firstImpliesThenGraphed)
        order(r, .promote, inner, .promote, .thenImpliesFirstGraphed)
        order(inner, .promoted, r, .promoted, .firstImpliesThenGraphed)
    }

    private mutating func addReplicaOrderings(_ replica: BundleReplica, of r: ResourceIndex) {
        let container = replica.container
        addInternalOrderings(container)
        order(r, .start, container, .start, [.unrunnableFirstBlocks, .thenImpliesFirstGraphed])
        if let child = replica.child { order(r, .stop, child, .stop, .thenImpliesFirstGraphed) }
        order(r, .stop, container, .stop, .thenImpliesFirstGraphed)
        order(container, .start, r, .running, .firstImpliesThenGraphed)
        order(container, .stop, r, .stopped, .firstImpliesThenGraphed)
        if let ip = replica.ip {
            addInternalOrderings(ip)
            order(ip, .start, container, .start, [.unrunnableFirstBlocks, .guestAllowed])
            order(container, .stop, ip, .stop, [.thenImpliesFirst, .guestAllowed])
            addColocation(
                id: "#ip-with-container", score: .infinity, dependent: ip, primary: container, dependentRole: .unknown,
                primaryRole: .unknown, nodeAttribute: "#uname", influence: true, explicit: false)
        }
        if let connection = replica.connection { addInternalOrderings(connection) }
    }
}
