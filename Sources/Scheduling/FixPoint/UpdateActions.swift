// SPDX-License-Identifier: GPL-2.0-or-later
// The fix-point over relations (scheduler spec 22.4, 22.5): what one action is, changes what others must or can be.
// A depth-first walk whose order decides reasons and some results, so the order is kept exactly.

import ClusterStatus
import CIBModel

/// Which side of a relation changed.
struct Changes: OptionSet {
    let rawValue: UInt8
    static let first = Changes(rawValue: 1)
    static let then = Changes(rawValue: 2)
}

extension ClusterState {
    /// Applies the relations that end in `then`, and goes on from whatever changed.
    mutating func update(_ then: ActionIndex) {
        let savedFlags = actions[then].flags
        let needsMinimum = savedFlags.contains(.minRunnable)
        guard let visit = beginVisit(then, isVoid: needsAllAgain(then), needsAll: needsMinimum) else { return }
        if needsMinimum {
            actions[then].runnablePredecessors = 0
            drop(.runnable, of: then)
        }
        var changed: Changes = []
        switch visit {
        case .allRelations: applyAll(actions[then].firstBefore, then, &changed)
        case .pendingRelations: applyPending(then, &changed)
        }
        if needsMinimum {
            if savedFlags == actions[then].flags { changed.remove(.then) } else { changed.insert(.then) }
        }
        guard changed.contains(.then) else { return }
        if savedFlags.contains(.runnable), !actions[then].isRunnable { blockColocationDependents(of: then) }
        update(then)
        updateActionsAfter(then)
    }

    /// Whether all relations that end in an action have to be applied again.
    private mutating func needsAllAgain(_ then: ActionIndex) -> Bool {
        switch changeSinceVisit(then) {
        case .none: return false
        case .own, .demandedBelow: return true
        case .below:
            _ = seenFlags(then, nil)
            return changeSinceVisit(then) == .own
        }
    }

    /// Applies a relation and all older ones that end in the same action.
    private mutating func applyAll(_ newest: Int32, _ then: ActionIndex, _ changed: inout Changes) {
        let outer = visitStamps.setApplyingAll(then, true)
        var relation = newest
        while relation >= 0 {
            visitStamps.pending.remove(relation, then)
            updateOne(Int(relation), then, &changed)
            relation = actions.relations[Int(relation)].olderBefore
        }
        _ = visitStamps.setApplyingAll(then, outer)
    }

    /// Applies the relations whose first action has changed, in the same order; all the rest as soon as `then` itself changes.
    private mutating func applyPending(_ then: ActionIndex, _ changed: inout Changes) {
        var position = Int32.max
        while true {
            if visitStamps.pending.isOverflowing(then) || needsAllAgain(then) {
                let rest = position == .max ? actions[then].firstBefore : actions.relations[Int(position)].olderBefore
                return applyAll(rest, then, &changed)
            }
            guard let relation = visitStamps.pending.newest(before: position, then) else { return }
            visitStamps.pending.remove(relation, then)
            position = relation
            updateOne(Int(relation), then, &changed)
        }
    }

    mutating func updateActionsAfter(_ action: ActionIndex) {
        if !actions.sequences.isEmpty, let place = actions[action].resource.flatMap({ actions.sequences.place(of: $0) }) {
            return updateSequence(after: action, place)
        }
        var relation = Int(actions[action].firstAfter)
        while relation >= 0 {
            update(actions.relations[relation].then)
            relation = Int(actions.relations[relation].olderAfter)
        }
    }

    /// One relation of the visit: steps a to g of 22.4.
    private mutating func updateOne(_ relation: Int, _ then: ActionIndex, _ changed: inout Changes) {
        let original = actions.relations[relation].first
        let firstNode = nodeForOrdering(original)
        let thenNode = nodeForOrdering(then)
        if actions.relations[relation].flags.contains(.ifOnSameNode), let firstNode, let thenNode, firstNode != thenNode {
            actions.relations[relation].flags = []
            return
        }
        changed.remove(.first)
        if actions.relations[relation].flags.contains(.thenCancelsFirst), actions[then].isRequired {
            cancelFirst(original)
        }
        let first = remapped(original, then)
        if first == original {
            let firstFlags = flagsForOrdering(first, thenNode)
            let thenFlags = flagsForOrdering(then, firstNode)
            changed.formUnion(applyFlags(relation, first, then, firstFlags, thenFlags))
        } else if relateVisited(first, then, actions.relations[relation].flags) {
            changed.insert(.then)
            actions.relations[relation].flags = []
        }
        if changed.contains(.first) {
            updateActionsAfter(first)
            update(first)
        }
    }

    /// A required action makes a reload before it unnecessary.
    private mutating func cancelFirst(_ first: ActionIndex) {
        guard let resource = actions[first].resource else { return }
        raise(.optional, of: first)
        if actions[first].task == .reloadAgent { resources[resource].flags.remove(.reload) }
    }

    @inline(__always)
    private func nodeForOrdering(_ action: ActionIndex) -> NodeIndex? {
        if actions[action].task == .start, let resource = actions[action].resource, resources[resource].variant == .group {
            return Self.location(of: resource, in: resources, current: false)
        }
        return actions[action].node
    }

    /// For a collective resource the completion counts, not the beginning; with notifications, their end.
    @inline(__always)
    private mutating func remapped(_ first: ActionIndex, _ then: ActionIndex) -> ActionIndex {
        guard let firstResource = actions[first].resource, let thenResource = actions[then].resource,
            firstResource != thenResource, resources[firstResource].variant != .primitive
        else { return first }
        return completion(of: first, firstResource, before: thenResource)
    }

    private mutating func completion(of first: ActionIndex, _ firstResource: ResourceIndex, before thenResource: ResourceIndex) -> ActionIndex {
        let key = actions[first].key
        guard key.notification == .none, key.interval == 0, key.task.basic != key.task || key.task.completion != nil,
            !isAncestorOrSelf(firstResource, of: thenResource)
        else { return first }
        let completed = key.task.completion ?? key.task
        let isInstanced = resources[firstResource].variant == .clone || resources[firstResource].bundle != nil
            || resources[firstResource].variant == .bundle
        let notifies = isInstanced && resources[firstResource].flags.contains(.notify)
        let wanted = ActionKey(completed, notification: notifies ? .confirmedPost : .none)
        return wanted == key ? first : firstAction(firstResource, wanted) ?? first
    }

    func isAncestorOrSelf(_ candidate: ResourceIndex, of resource: ResourceIndex) -> Bool {
        var current: ResourceIndex? = resource
        while let step = current {
            if step == candidate { return true }
            current = resources[step].parent
        }
        return false
    }
}

// MARK: - Effects of flags (22.5)

extension ClusterState {
    private mutating func applyFlags(
        _ relation: Int, _ first: ActionIndex, _ then: ActionIndex, _ firstFlags: ActionFlags, _ thenFlags: ActionFlags
    ) -> Changes {
        if actions.relations[relation].flags == .ordered { return applyOrderedOnly(first, then, firstFlags) }
        var context = OrderingContext(first: first, then: then, node: actions[then].node, flags: firstFlags)
        if actions.relations[relation].flags.contains(.firstImpliesSameNodeThen) {
            actions.relations[relation].flags.remove(.firstImpliesSameNodeThen)
            actions.relations[relation].flags.insert(.firstImpliesThen)
            noteChange(of: then)
            context.node = actions[first].node
        }
        let flags = actions.relations[relation].flags
        var changed: Changes = []
        if flags.contains(.firstImpliesThen) { changed.formUnion(applyFirstImpliesThen(context)) }
        let thenResource = actions[then].resource
        if flags.contains(.intermediateStop), let thenResource {
            changed.formUnion(applyMethod(thenResource, context, [.optional, .runnable], .intermediateStop))
        }
        if flags.contains(.thenImpliesFirst) { changed.formUnion(applyThenImpliesFirst(context)) }
        if flags.contains(.promotedImpliesFirst), let thenResource {
            changed.formUnion(applyMethod(thenResource, context.onlyOptional, .optional, .promotedImpliesFirst))
        }
        if flags.contains(.minRunnable), thenResource == nil { changed.formUnion(countRunnable(context)) }
        if flags.contains(.nestedRemoteProbe), let thenResource {
            changed.formUnion(applyNestedProbe(relation, context, thenResource))
        }
        if flags.contains(.unrunnableFirstBlocks) { changed.formUnion(applyUnrunnableFirstBlocks(context)) }
        if let thenResource { changed.formUnion(applyResourceKinds(flags, context, thenResource)) }
        markGraphed(flags, context, thenFlags)
        if blockedStopBlocks(flags, first), actions[then].isRunnable {
            drop(.runnable, of: then)
            changed.insert(.then)
        }
        return changed
    }

    /// The commonest relation: it matters to interleaved pairs only.
    private mutating func applyOrderedOnly(_ first: ActionIndex, _ then: ActionIndex, _ firstFlags: ActionFlags) -> Changes {
        guard let thenResource = actions[then].resource, resources[thenResource].variant != .primitive else { return [] }
        let context = OrderingContext(first: first, then: then, node: actions[then].node, flags: firstFlags)
        return applyMethod(thenResource, context, .runnable, .ordered)
    }

    private mutating func applyFirstImpliesThen(_ context: OrderingContext) -> Changes {
        if let resource = actions[context.then].resource {
            return applyMethod(resource, context.onlyOptional, .optional, .firstImpliesThen)
        }
        guard !context.flags.contains(.optional), actions[context.then].isOptional else { return [] }
        drop(.optional, of: context.then)
        return .then
    }

    private mutating func applyThenImpliesFirst(_ context: OrderingContext) -> Changes {
        if let resource = actions[context.first].resource {
            return applyMethod(resource, context, .optional, .thenImpliesFirst)
        }
        guard !context.flags.contains(.optional), actions[context.first].isRunnable else { return [] }
        drop(.runnable, of: context.first)  // [Q21]
        return .first
    }

    private mutating func countRunnable(_ context: OrderingContext) -> Changes {
        guard context.flags.contains(.runnable) else { return [] }
        let then = context.then
        actions[then].runnablePredecessors += 1
        guard actions[then].runnablePredecessors >= max(1, actions[then].requiredRunnable), !actions[then].isRunnable else { return [] }
        raise(.runnable, of: then)
        return .then
    }

    private mutating func applyNestedProbe(_ relation: Int, _ context: OrderingContext, _ thenResource: ResourceIndex) -> Changes {
        if !context.flags.contains(.runnable), let resource = actions[context.first].resource,
            !resources[resource].activeNodes.isEmpty
        {
            actions.relations[relation].flags = []
            return []
        }
        return applyMethod(thenResource, context, .runnable, .unrunnableFirstBlocks)
    }

    private mutating func applyUnrunnableFirstBlocks(_ context: OrderingContext) -> Changes {
        if let resource = actions[context.then].resource {
            return applyMethod(resource, context, .runnable, .unrunnableFirstBlocks)
        }
        guard !context.flags.contains(.runnable), actions[context.then].isRunnable else { return [] }
        drop(.runnable, of: context.then)
        return .then
    }

    private mutating func applyResourceKinds(_ flags: OrderFlags, _ context: OrderingContext, _ resource: ResourceIndex) -> Changes {
        var changed: Changes = []
        if flags.contains(.unmigratableThenBlocks) {
            changed.formUnion(applyMethod(resource, context, .optional, .unmigratableThenBlocks))
        }
        if flags.contains(.firstElseThen) { changed.formUnion(applyMethod(resource, context, .optional, .firstElseThen)) }
        if flags.contains(.ordered) { changed.formUnion(applyMethod(resource, context, .runnable, .ordered)) }
        if flags.contains(.asymmetric) { changed.formUnion(applyMethod(resource, context, .runnable, .asymmetric)) }
        return changed
    }

    /// What belongs to the graph only to show the sequence; no change that others depend on.
    private mutating func markGraphed(_ flags: OrderFlags, _ context: OrderingContext, _ thenFlags: ActionFlags) {
        if flags.contains(.firstImpliesThenGraphed), actions[context.first].isRunnable, !context.flags.contains(.optional) {
            actions[context.then].flags.insert(.alwaysInGraph)
        }
        if flags.contains(.thenImpliesFirstGraphed), !thenFlags.contains(.optional) {
            actions[context.first].flags.insert(.alwaysInGraph)
        }
    }

    private func blockedStopBlocks(_ flags: OrderFlags, _ first: ActionIndex) -> Bool {
        guard !flags.isDisjoint(with: [.firstImpliesThen, .thenImpliesFirst, .intermediateStop]),
            actions[first].task == .stop, !actions[first].isRunnable, let resource = actions[first].resource
        else { return false }
        return !resources[resource].flags.contains(.managed) && resources[resource].flags.contains(.blocked)
    }
}
