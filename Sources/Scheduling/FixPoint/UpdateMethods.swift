// SPDX-License-Identifier: GPL-2.0-or-later
// How one kind of relation changes two actions, by variant of the resource whose method decides (scheduler spec 22.6).

import ClusterStatus
import CIBModel

/// The two actions of a relation, the node it is about, and the first action's flags as seen from the then action.
struct OrderingContext {
    var first: ActionIndex
    var then: ActionIndex
    var node: NodeIndex?
    var flags: ActionFlags

    /// Whether the first action is such that a relation of this kind demands nothing of the then action, whatever that is.
    func changesNothing(_ kind: OrderFlags) -> Bool {
        switch kind {
        case .ordered: true
        case .unrunnableFirstBlocks: flags.contains(.runnable)
        case .firstImpliesThen: flags.contains(.optional)
        default: false
        }
    }

    /// The same with nothing known of the first action but whether it is optional.
    var onlyOptional: OrderingContext {
        var copy = self
        copy.flags = flags.intersection(.optional)
        return copy
    }
}

extension ClusterState {
    mutating func applyMethod(
        _ resource: ResourceIndex, _ context: OrderingContext, _ filter: ActionFlags, _ kind: OrderFlags
    ) -> Changes {
        switch resources[resource].variant {
        case .primitive: return applyToPrimitive(context, filter, kind)
        case .group: return context.changesNothing(kind) ? [] : applyToGroup(context, filter, kind)
        case .clone, .bundle: return applyToInstances(context, filter, kind)
        }
    }

    // MARK: Primitive

    private mutating func applyToPrimitive(_ context: OrderingContext, _ filter: ActionFlags, _ kind: OrderFlags) -> Changes {
        let (first, then) = (context.first, context.then)
        let firstBefore = actions[first].flags
        let thenBefore = actions[then].flags
        switch kind {
        case .asymmetric: applyAsymmetric(first, then)
        case .thenImpliesFirst: applyThenImpliesFirst(context, filter)
        case .promotedImpliesFirst: applyPromotedImpliesFirst(first, then)
        case .unmigratableThenBlocks:
            if !thenBefore.isSuperset(of: [.migratable, .runnable]) { clear(.runnable, of: first, because: then) }
            if !thenBefore.contains(.optional) { clear(.optional, of: first, because: then) }
        case .firstElseThen:
            if !firstBefore.contains(.runnable) {
                clear(.migratable, of: then, because: first)
                drop(.pseudo, of: then)
            }
        case .unrunnableFirstBlocks:
            if thenBefore.contains(.runnable), !context.flags.contains(.runnable) {
                clear(.runnable, of: then, because: first)
                clear(.migratable, of: then, because: first)
            }
        case .firstImpliesThen:
            if thenBefore.contains(.optional), !context.flags.contains(.optional), !firstBefore.contains(.migratable) {
                clear(.optional, of: then, because: first)
            }
        case .intermediateStop: applyIntermediateStop(first, then)
        default: break
        }
        var changed: Changes = []
        if actions[then].flags != thenBefore {
            changed.insert(.then)
            if let resource = actions[then].resource, resources[resource].parent != nil { update(then) }
        }
        if actions[first].flags != firstBefore { changed.insert(.first) }
        return changed
    }

    private mutating func applyAsymmetric(_ first: ActionIndex, _ then: ActionIndex) {
        guard let resource = actions[then].resource, !actions[first].isRunnable else { return }
        if actions[then].isOptional {
            let state = role(of: resource, current: true)
            if state == .stopped, actions[then].task == .stop { return }
            if state >= .started, actions[then].task == .start, let node = actions[then].node,
                resources[resource].activeNodes.count == 1, resources[resource].activeNodes.first == node
            {
                return
            }
        }
        clear(.optional, of: then, because: first)
        clear(.runnable, of: then, because: first)
    }

    private mutating func applyThenImpliesFirst(_ context: OrderingContext, _ filter: ActionFlags) {
        guard actions[context.then].isRequired else { return }
        if filter.contains(.optional), !context.flags.contains(.optional) {
            clear(.optional, of: context.first, because: context.then)  // [Q10]
        }
        if context.flags.contains(.migratable), !actions[context.then].flags.contains(.migratable) {
            clear(.migratable, of: context.first, because: context.then)
        }
    }

    private mutating func applyPromotedImpliesFirst(_ first: ActionIndex, _ then: ActionIndex) {
        guard let resource = actions[then].resource, resources[resource].originalRole == .promoted, actions[then].isRequired else { return }
        clear(.optional, of: first, because: then)
        if !actions[then].flags.contains(.migratable) { clear(.migratable, of: first, because: then) }
    }

    /// A restart needs its stop; a resource that can not start again stops all the same.
    private mutating func applyIntermediateStop(_ first: ActionIndex, _ then: ActionIndex) {
        let isRequired = actions[then].isRequired
        if !isRequired {
            guard !actions[then].isRunnable, let resource = actions[then].resource, resources[resource].flags.contains(.managed),
                actions[first].resource == resource
            else { return }
        }
        if actions[first].isRunnable || isRequired { clear(.optional, of: first, because: then) }
        if !actions[then].flags.contains(.migratable) { clear(.migratable, of: first, because: then) }
        if actions[first].isRequired, !actions[first].isRunnable { clear(.runnable, of: then, because: first) }
    }

    // MARK: Group

    private mutating func applyToGroup(_ context: OrderingContext, _ filter: ActionFlags, _ kind: OrderFlags) -> Changes {
        guard let group = actions[context.then].resource else { return [] }
        var changed = applyToPrimitive(context, filter, kind)
        let task = actions[context.then].task
        for member in resources[group].children {
            guard let action = findAction(task: task, of: member, node: context.node) else { continue }
            var inner = context
            inner.then = action
            changed.formUnion(applyMethod(member, inner, filter, kind))
        }
        return changed
    }

    // MARK: Clone and bundle

    private mutating func applyToInstances(_ context: OrderingContext, _ filter: ActionFlags, _ kind: OrderFlags) -> Changes {
        guard let whole = actions[context.then].resource else { return [] }
        if canInterleave(context.first, context.then) { return applyInterleaved(context, filter, kind) }
        if context.changesNothing(kind), !changesByLooking(context, whole) { return [] }
        var changed = applyToPrimitive(context, filter, kind)
        let task = actions[context.then].task
        // Clones with more instances than places come here again and again, and nothing of them can run.
        if context.node == nil, visitStamps.isUnrunnable(whole, task) { return changed }
        var isUnrunnable = context.node == nil
        for action in actionsOfInstances(whole, task, context.node) where seenFlags(action, context.node).contains(.runnable) {
            isUnrunnable = false
            var inner = context
            inner.then = action
            let result = applyMethod(actions[action].resource ?? whole, inner, filter, kind)
            if result.contains(.then) { updateActionsAfter(action) }
            changed.formUnion(result)
        }
        if isUnrunnable { visitStamps.noteUnrunnable(whole, task) }
        return changed
    }

    /// The instances' actions of a task. Those of groups are on no node, so none of them is found on one.
    private mutating func actionsOfInstances(_ whole: ResourceIndex, _ task: TaskName, _ node: NodeIndex?) -> ContiguousArray<ActionIndex> {
        guard let node else { return instanceActions(of: whole, instances(of: whole), task).newest }
        var found = ContiguousArray<ActionIndex>()
        for instance in instances(of: whole) {
            if let action = findAction(task: task, of: instance, node: node) { found.append(action) }
        }
        return found
    }

    /// Whether looking at the actions of the instances may change them: groups are changed by being looked at, see `seenFlags`,
    /// and that happened when the clone's action was looked at, if its instances have actions of the same task anywhere.
    @inline(__always)
    private func changesByLooking(_ context: OrderingContext, _ whole: ResourceIndex) -> Bool {
        guard resources[whole].variant == .clone, let first = resources[whole].children.first, resources[first].variant != .primitive
        else { return false }
        return context.node != nil || actions[context.then].key.notification != .none
    }

    @inline(__always)
    private func canInterleave(_ first: ActionIndex, _ then: ActionIndex) -> Bool {
        guard let a = actions[first].resource, let b = actions[then].resource, a != b,
            resources[a].variant == .clone || resources[a].variant == .bundle,
            resources[b].variant == .clone || resources[b].variant == .bundle
        else { return false }
        let goesDown = actions[then].key == .stop || actions[then].key == .demote
        return isInterleaved(goesDown ? a : b)
    }

    private mutating func applyInterleaved(_ context: OrderingContext, _ filter: ActionFlags, _ kind: OrderFlags) -> Changes {
        guard let firstWhole = actions[context.first].resource, let thenWhole = actions[context.then].resource else { return [] }
        let firstKey = actions[context.first].key
        // Notifications about these completions count like them.
        let current = firstKey.interval == 0 && (firstKey.task == .stopped || firstKey.task == .demoted)
        let firstTask = originalTask(context.first, firstWhole)
        var changed: Changes = []
        for thenInstance in instances(of: thenWhole) {
            guard let firstInstance = partner(in: firstWhole, of: thenInstance, current: current) else {
                if !current, kind == .unrunnableFirstBlocks || kind == .firstImpliesThen,
                    assign(thenInstance, to: nil, force: true, stopIfFail: true)
                {
                    forgetVisits()
                    changed.insert(.then)
                }
                continue
            }
            guard let first = instanceAction(firstInstance, firstTask, context.node, asFirst: true),
                let then = instanceAction(thenInstance, actions[context.then].task, context.node, asFirst: false)
            else { continue }
            if relateVisited(first, then, kind) {
                changed.formUnion([.first, .then])
            }
            let inner = OrderingContext(first: first, then: then, node: context.node, flags: seenFlags(first, context.node))
            changed.formUnion(applyMethod(actions[then].resource ?? thenInstance, inner, filter, kind))
        }
        return changed
    }

    /// The instances' task behind an action of their clone or bundle; completions map back for primitive instances. Unknown, which no
    /// instance has, if it is made of no members' (differential moving-1381).
    @inline(__always)
    func originalTask(_ action: ActionIndex, _ whole: ResourceIndex) -> TaskName {
        let task = actions[action].key.notification == .none ? actions[action].task : actions[action].key.task
        guard task.isMadeOfMembers else { return .unknown }
        guard let any = resources[whole].children.first, resources[any].variant == .primitive else { return task }
        return task.basic
    }

    /// The action to interleave for an instance; of a bundle's replica sometimes the container's, sometimes the contained resource's.
    private mutating func instanceAction(_ instance: ResourceIndex, _ task: TaskName, _ node: NodeIndex?, asFirst: Bool) -> ActionIndex? {
        let usesChild = asFirst
            ? task != .stop && task != .stopped
            : task == .promote || task == .promoted || task == .demote || task == .demoted
        if usesChild, resources[instance].flags.contains(.replicaContainer), let child = containedResource(of: instance) {
            return findAction(task: task, of: child)
        }
        return findAction(task: task, of: instance, node: node)
    }

    /// The resource inside a bundle's container.
    func containedResource(of container: ResourceIndex) -> ResourceIndex? {
        guard let whole = resources[container].bundle, let bundle = bundle(whole) else { return nil }
        return bundle.replicas.first { $0.container == container }?.child
    }
}
