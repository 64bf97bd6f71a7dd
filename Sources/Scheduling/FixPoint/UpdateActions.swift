// SPDX-License-Identifier: GPL-2.0-or-later
// The fix-point over relations (scheduler spec 22.4, 22.5): what one action is, changes what others must or can be.
// A depth-first walk whose order decides reasons and some results, so the order is kept exactly.

import ClusterStatus
import CIBModel

/// Where a visit is among the relations that end in its action: the last it applied (`.max` for none), and the next (-1 for none).
private struct RelationPlace {
    var last: Int32
    var next: Int32
}

/// Which side of a relation changed.
struct Changes: OptionSet {
    let rawValue: UInt8
    static let first = Changes(rawValue: 1)
    static let then = Changes(rawValue: 2)
}

extension ClusterState {
    /// Applies the relations that end in `then`, and goes on from whatever changed.
    mutating func update(_ then: ActionIndex) {
        if visitStamps.isCurrent(then) { return }
        let savedFlags = actions[then].flags
        let needsMinimum = savedFlags.contains(.minRunnable)
        guard let visit = beginVisit(then, isVoid: needsAllAgain(then), hasNews: hasNews(of: then), needsAll: needsMinimum) else { return }
        if needsMinimum {
            actions[then].runnablePredecessors = 0
            drop(.runnable, of: then)
        }
        var changed: Changes = []
        switch visit {
        case .allRelations: applyAll(then, &changed)
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

    /// Applies the relations that end in an action, most recent first. Where a change leads back to the same action, the visit within
    /// applies them all; what is left here then is what changes afterwards.
    /// - Parameter position: only those older than this one.
    private mutating func applyAll(_ then: ActionIndex, olderThan position: Int32 = .max, _ changed: inout Changes) {
        let outer = visitStamps.setApplyingAll(then, true)
        var place = RelationPlace(last: position, next: position == .max ? actions[then].firstBefore : actions.relations[Int(position)].olderBefore)
        if let wait = groupWait(of: then) { applyWait(wait, then, olderThan: position, &place, &changed) }
        apply(&place, downTo: 0, then, &changed)
        if place.next >= 0 { return applyPending(then, olderThan: place.last, &changed) }
        // An action that counts its relations goes on to count in the outer visit.
        _ = visitStamps.setApplyingAll(then, outer && actions[then].flags.contains(.minRunnable))
    }

    /// Applies a relation and older ones that end in the same action, to the first older than `mark` or until all are applied elsewhere.
    private mutating func apply(_ place: inout RelationPlace, downTo mark: Int32, _ then: ActionIndex, _ changed: inout Changes) {
        while place.next >= mark, place.next >= 0, visitStamps.isApplyingAll(then) {
            visitStamps.pending.remove(place.next, then)
            updateOne(Int(place.next), then, &changed)
            place = RelationPlace(last: place.next, next: actions.relations[Int(place.next)].olderBefore)
        }
    }

    /// Applies relations down to where those that a wait stands for would be, and does what these would do.
    private mutating func applyWait(
        _ wait: GroupWait, _ then: ActionIndex, olderThan position: Int32, _ place: inout RelationPlace, _ changed: inout Changes
    ) {
        let mark = mark(wait)
        let stand = mark ?? beginning(wait)
        guard position >= stand else { return }
        apply(&place, downTo: stand, then, &changed)
        guard visitStamps.isApplyingAll(then) else { return }
        if mark == nil { beginWaiting(wait, then, &changed) } else { lookAtCompletions(wait) }
    }

    /// Applies the relations whose first action has changed, in the same order; all the rest as soon as `then` itself changes.
    private mutating func applyPending(_ then: ActionIndex, olderThan start: Int32 = .max, _ changed: inout Changes) {
        var position = start
        var wait = groupWait(of: then)
        while true {
            if visitStamps.pending.isOverflowing(then) || needsAllAgain(then) { return applyAll(then, olderThan: position, &changed) }
            let relation = visitStamps.pending.newest(before: position, then)
            if let awaited = wait, let mark = mark(awaited), relation ?? -1 < mark {
                if mark <= position { lookAtCompletions(awaited) }
                wait = nil
            }
            guard let relation else { return }
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
