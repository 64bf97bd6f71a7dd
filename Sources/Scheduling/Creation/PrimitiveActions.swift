// SPDX-License-Identifier: GPL-2.0-or-later
// Starts, stops, promotions and demotions of one primitive (scheduler spec 18.4).

import CIBModel
import ClusterStatus

extension ClusterState {
    /// Phase 8, last part, in resource list order.
    mutating func createResourceActions() {
        for resource in topLevel { createActions(resource) }
    }

    mutating func createActions(_ r: ResourceIndex) {
        switch resources[r].variant {
        case .primitive: createPrimitiveActions(r)
        case .group: createGroupActions(r)
        case .clone: createCloneActions(r)
        case .bundle: createBundleActions(r)
        }
    }

    private mutating func createPrimitiveActions(_ r: ResourceIndex) {
        if resources[r].nextRole == .unknown { resources[r].nextRole = resources[r].assigned == nil ? .stopped : .started }
        let current = currentNode(r)
        for source in resources[r].danglingSources {
            let stop = getAction(r, .stop, node: source, optional: false)
            actions[stop].flags.insert(.migrationAbort)
        }
        let assigned = resources[r].assigned
        let isMoving = current != nil && assigned != nil && current != assigned && resources[r].nextRole >= .started
        var needsStop = isMoving
        var canMigrate = isMoving && self.canMigrate(r, from: current)
        settleActiveNodes(r, current, &needsStop, &canMigrate)
        // Also without a node: the action is thought of, and numbered.
        if resources[r].flags.contains(.startPending) {
            let start = getAction(r, .start, node: assigned, optional: true)
            actions[start].flags.insert(.alwaysInGraph)
        }
        var needsPromotion = false
        if !isMoving { decideRestart(r, current, &needsStop, &needsPromotion) }
        createRestart(r, needsStop: needsStop, needsPromotion: needsPromotion)
        createTransition(r)
        createRecurringActions(r)
        if canMigrate, let current, let assigned { createMigration(r, from: current, to: assigned) }
    }

    private func canMigrate(_ r: ResourceIndex, from current: NodeIndex?) -> Bool {
        let flags = resources[r].flags
        guard flags.isSuperset(of: [.migratable, .managed]), flags.isDisjoint(with: [.failed, .startPending]),
            let current, let assigned = resources[r].assigned
        else { return false }
        return !nodes[current].isUnclean && !nodes[assigned].isUnclean
    }

    /// Partial migrations and resources active on several nodes (steps 5 and 6).
    private mutating func settleActiveNodes(
        _ r: ResourceIndex, _ current: NodeIndex?, _ needsStop: inout Bool, _ canMigrate: inout Bool
    ) {
        let active = resources[r].activeNodes.count
        let source = resources[r].partialMigrationSource
        let target = resources[r].partialMigrationTarget
        var isMultiplyActive = false
        if let source, let target, canMigrate, active == 2, current == source, resources[r].assigned == target {
            // The migration goes on.
        } else if source != nil || target != nil {
            needsStop = true
            resources[r].partialMigrationSource = nil
            resources[r].partialMigrationTarget = nil
            canMigrate = false
        } else if resources[r].flags.contains(.needsFencing) {
            isMultiplyActive = active > 1
        } else {
            isMultiplyActive = resources[r].activeNodes.count { nodes[$0].isOnline && !nodes[$0].isUnclean } > 1
        }
        guard isMultiplyActive else {
            resources[r].flags.remove(.stopUnexpected)
            return
        }
        switch resources[r].multipleActive {
        case .stopStart: needsStop = true
        case .stopUnexpected:
            needsStop = true
            resources[r].flags.insert(.stopUnexpected)
        default: break
        }
    }

    /// Whether a resource that stays where it is must go down in between (step 8).
    private mutating func decideRestart(
        _ r: ResourceIndex, _ current: NodeIndex?, _ needsStop: inout Bool, _ needsPromotion: inout Bool
    ) {
        if resources[r].flags.contains(.failed) {
            if resources[r].flags.contains(.stopIfFailed) {
                needsStop = true
            } else if resources[r].nextRole == .promoted {
                needsPromotion = true
            }
        } else if resources[r].flags.contains(.blocked) {
            needsStop = true
        } else if resources[r].originalRole > .started, current != nil, let assigned = resources[r].assigned {
            let start = getAction(r, .start, node: assigned, optional: true)
            if actions[start].isRequired { needsStop = true }
        }
    }

    // MARK: Steps between roles

    private mutating func createRestart(_ r: ResourceIndex, needsStop: Bool, needsPromotion: Bool) {
        let original = resources[r].originalRole
        var role = original
        resources[r].flags.insert(.restarting)
        while role != .stopped {
            let next = RoleSteps.next(from: role, towards: .stopped)
            guard take(RoleSteps.step(from: role, to: next), r, nil, optional: !needsStop) else { break }
            role = next
        }
        while original <= resources[r].nextRole, role != original, !resources[r].flags.contains(.blocked) {
            let next = RoleSteps.next(from: role, towards: original)
            let required = needsStop || (next == .promoted && needsPromotion)
            guard take(RoleSteps.step(from: role, to: next), r, resources[r].assigned, optional: !required) else { break }
            role = next
        }
        resources[r].flags.remove(.restarting)
    }

    private mutating func createTransition(_ r: ResourceIndex) {
        var role = resources[r].originalRole
        while role != resources[r].nextRole {
            let next = RoleSteps.next(from: role, towards: resources[r].nextRole)
            guard take(RoleSteps.step(from: role, to: next), r, resources[r].assigned, optional: false) else { break }
            role = next
        }
    }

    /// - Returns: false if there is nothing to do for the step.
    private mutating func take(_ step: RoleSteps.Step, _ r: ResourceIndex, _ node: NodeIndex?, optional: Bool) -> Bool {
        switch step {
        case .none: return false
        case .stop: stop(r, optional: optional)
        case .demote: demote(r, optional: optional)
        case .start:
            guard let node else { return false }
            start(r, node, optional: optional)
        case .promote:
            guard let node else { return false }
            promote(r, node, optional: optional)
        }
        return true
    }

    /// The one node of a resource that is active too often where it may stay.
    private func isExpected(_ node: NodeIndex, for r: ResourceIndex) -> Bool {
        resources[r].flags.isSuperset(of: [.stopUnexpected, .restarting]) && resources[r].nextRole > .stopped
            && resources[r].assigned == node
    }

    private mutating func stop(_ r: ResourceIndex, optional: Bool) {
        var optional = optional
        for node in resources[r].activeNodes where !isExpected(node, for: r) {
            if let target = resources[r].partialMigrationTarget {
                if node == target, node == resources[r].assigned { continue }
                optional = false
            }
            let stop = getAction(r, .stop, node: node, optional: optional)
            if resources[r].assigned == nil {
                actions[stop].reason = .text("node availability")
            } else if resources[r].flags.isSuperset(of: [.restarting, .stopUnexpected]) {
                actions[stop].reason = .text("being multiply active")
            }
            if !resources[r].flags.contains(.managed) { actions[stop].flags.remove(.runnable) }
            if resources[r].flags.contains(.needsUnfencing) {
                let unfence = fencingAction(node, .on, optional: true, reason: nil)
                actions.relate(stop, unfence, .thenImpliesFirst)
            }
        }
    }

    private mutating func start(_ r: ResourceIndex, _ node: NodeIndex, optional: Bool) {
        let start = getAction(r, .start, node: node, optional: true)
        orderAfterUnfencing(r, node, start, .firstImpliesThen)
        if !optional, actions[start].isRunnable { actions[start].flags.remove(.optional) }  // [Q16]
        if isExpected(node, for: r) { actions[start].flags.insert(.pseudo) }
    }

    private mutating func promote(_ r: ResourceIndex, _ node: NodeIndex, optional: Bool) {
        guard allActions(r, .start, node: node).allSatisfy({ actions[$0].isRunnable }) else {
            for promote in allActions(r, .promote, node: node) { actions[promote].flags.remove(.runnable) }
            return
        }
        let promote = getAction(r, .promote, node: node, optional: optional)
        if isExpected(node, for: r) { actions[promote].flags.insert(.pseudo) }
    }

    private mutating func demote(_ r: ResourceIndex, optional: Bool) {
        for node in resources[r].activeNodes where !isExpected(node, for: r) {
            getAction(r, .demote, node: node, optional: optional)
        }
    }
}
