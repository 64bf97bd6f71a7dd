// SPDX-License-Identifier: GPL-2.0-or-later
// What the flags of one relation do to its two actions (scheduler spec 22.5).

import ClusterStatus
import CIBModel

extension ClusterState {
    mutating func applyFlags(
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
