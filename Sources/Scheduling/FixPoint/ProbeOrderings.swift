// SPDX-License-Identifier: GPL-2.0-or-later
// Orderings that follow from probes (scheduler spec 22.3): what would have to restart after a probe finds something waits for it.

import CIBModel
import ClusterStatus

extension ClusterState {
    mutating func orderAfterProbes() {
        forgetVisits()
        var walk = ProbeWalk(self)
        for resource in topLevel { orderStartsAfterProbes(of: resource, &walk) }
        orderStopsAfterProbes()
    }

    // MARK: Starts and restarts (22.3 a)

    private mutating func orderStartsAfterProbes(of resource: ResourceIndex, _ walk: inout ProbeWalk) {
        guard resources[resource].variant == .primitive else {
            for child in resources[resource].children { orderStartsAfterProbes(of: child, &walk) }
            return
        }
        for probe in allActions(resource, .probe) {
            walk.startRound()
            var relation = actions[probe].firstAfter
            while relation >= 0 {
                extendToStarts(probe, Int(relation))
                extendToRestarts(probe, resource, actions.relations[Int(relation)].then, &walk)
                relation = actions.relations[Int(relation)].olderAfter
            }
        }
    }

    /// While other instances run, a probe that can not run blocks only the starts of inactive ones.
    private mutating func extendToStarts(_ probe: ActionIndex, _ relation: Int) {
        let after = actions.relations[relation].then
        guard !actions[probe].isRunnable, actions[after].task == .start, let whole = actions[after].resource,
            resources[whole].variant == .clone || resources[whole].variant == .bundle,
            !actions.relations[relation].afterFlags.contains(.unrunnableFirstBlocks),
            let own = actions[probe].resource, resources[own].top == whole
        else { return }
        var next = actions[after].firstAfter
        while next >= 0 {
            let then = actions.relations[Int(next)].then
            if actions[then].task == .start, let resource = actions[then].resource, resources[resource].activeNodes.isEmpty,
                resources[resource].top == whole
            {
                actions.relate(probe, then, [.ordered, .unrunnableFirstBlocks])
            }
            next = actions.relations[Int(next)].olderAfter
        }
    }

    private mutating func extendToRestarts(_ probe: ActionIndex, _ probed: ResourceIndex, _ after: ActionIndex, _ walk: inout ProbeWalk) {
        guard walk.mark(after) else { return }
        var compatible: ResourceIndex?
        var interleaved = false
        var isWhole = false
        if let resource = actions[after].resource {
            let variant = resources[resource].variant
            if variant == .primitive, resource != probed { orderDownAfter(probe, resource, up: actions[after].task) }
            isWhole = variant != .primitive && resources[probed].parent != resource
            if variant == .clone || variant == .bundle, isInterleaved(resource) {
                interleaved = true
                compatible = partner(in: resource, of: probed, current: false)
            }
        }
        for position in walk.steps(from: after) {
            let step = walk.steps[position]
            if step.isDownward {
                guard isWhole else { continue }
                if interleaved, compatible != actions[step.then].resource { continue }
            }
            extendToRestarts(probe, probed, step.then, &walk)
        }
    }

    private mutating func orderDownAfter(_ probe: ActionIndex, _ resource: ResourceIndex, up task: TaskName) {
        guard let down = ProbeWalk.down(for: task) else { return }
        for down in allActions(resource, down) where !actions[down].isPseudo { actions.relate(probe, down, .ordered) }
    }

    // MARK: Stops (22.3 b)

    private mutating func orderStopsAfterProbes() {
        for position in actions.orderings.indices {
            let record = actions.orderings[position]
            if let place = sequencePlace(record) { actions.sequences.noteProbes(place, relations: actions.relations.count) }
            guard !record.flags.isEmpty, let first = record.first.resource, first != record.then.resource else { continue }
            guard record.first.action.map({ actions[$0].task == .stop }) ?? (record.first.key == .stop) else { continue }
            if let then = record.then.resource, resources[first].launcher == then {
                guard !(record.then.action.map { actions[$0].task == .stop } ?? (record.then.key == .stop)) else { continue }
            }
            orderAfterProbes(of: first, record)
        }
    }

    private mutating func orderAfterProbes(of first: ResourceIndex, _ record: OrderingRecord) {
        let probes = allActions(first, .probe)
        guard !probes.isEmpty else { return }
        var flags: OrderFlags = .ordered
        flags.formUnion(record.flags.intersection([.ifFirstUnmigratable, .ifOnSameNode]))
        if record.flags == .ifRequiredOnSameNode || record.flags == .ifOnSameNodeOrTarget { flags = record.flags }
        let thens: [ActionIndex]
        if let then = record.then.action {
            thens = [then]
        } else if let resource = record.then.resource {
            thens = allActions(resource, record.then.key)
        } else {
            return
        }
        for probe in probes {
            for then in thens where !isExempt(probe, then) { actions.relate(probe, then, flags) }
        }
    }

    /// Unfencing of the probed node comes before its probes anyway; a shutdown elsewhere does not wait.
    private func isExempt(_ probe: ActionIndex, _ then: ActionIndex) -> Bool {
        guard let place = actions[probe].node, let node = actions[then].node else { return false }
        if actions[then].task == .fence { return actions[then].fencing == .on && place == node }
        return actions[then].task == .shutdown && place != node
    }
}
