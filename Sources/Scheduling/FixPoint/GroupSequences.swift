// SPDX-License-Identifier: GPL-2.0-or-later
// What is different in the sequence of an ordered clone's instances if these are groups: the start of a group waits for the
// completed starts of all earlier ones, its stop for the completed stops of all later ones, see `CompletionWaits`.

import ClusterStatus
import CIBModel

/// A group's start or stop, and the groups it waits for.
struct GroupWait {
    let place: InstanceSequences.Place
    let direction: InstanceSequences.Direction
    let others: Range<Int>
}

extension ClusterState {
    /// The wait of an action; nil if it is not the start or stop of an ordered group that has others to wait for.
    @inline(__always)
    mutating func groupWait(of then: ActionIndex) -> GroupWait? {
        guard actions.sequences.hasGroups, let slot = actions.sequences.slot(of: then), !slot.isCompletion else { return nil }
        let position = slot.place.position
        let others = slot.direction == .up ? 0..<position : (position + 1)..<actions.sequences.all[slot.place.sequence].members.count
        return others.isEmpty ? nil : GroupWait(place: slot.place, direction: slot.direction, others: others)
    }

    /// Where, among the relations that end in the action, those with the others' starts or stops would stand: after so many.
    func beginning(_ wait: GroupWait) -> Int32 {
        let earlier = wait.direction == .up ? wait.place.position - 1 : wait.place.position
        return actions.sequences.all[wait.place.sequence].members[earlier].relations
    }

    /// Where the relations with completions would stand; nil if the action does not wait yet.
    @inline(__always)
    mutating func mark(_ wait: GroupWait) -> Int32? { actions.sequences.mark(wait.place, wait.direction) }

    /// Whether something may have changed of what an action waits for since its last visit began.
    @inline(__always)
    mutating func hasNews(of then: ActionIndex) -> Bool {
        guard let wait = groupWait(of: then), mark(wait) != nil else { return false }
        return visitStamps.wasVisited(then, before: actions.sequences.lastChange(wait.place.sequence, wait.direction))
    }

    /// What the first visit does: the action waits for completions from now on.
    mutating func beginWaiting(_ wait: GroupWait, _ then: ActionIndex, _ changed: inout Changes) {
        guard mark(wait) == nil else { return }
        actions.sequences.beginWaiting(wait.place, wait.direction, relations: actions.relations.count)
        visitStamps.actionChanged(then)
        changed.insert(.then)
    }

    /// What later visits do: look at completions of which something changed since the last look.
    mutating func lookAtCompletions(_ wait: GroupWait) {
        for completion in actions.sequences.takeUnseen(wait.place.sequence, wait.direction, wait.others) { _ = seenFlags(completion, nil) }
    }

    /// Goes on from an action of an ordered group: along its relations, and where those with other groups would stand, to these.
    mutating func updateGroups(after action: ActionIndex) {
        var relation = actions[action].firstAfter
        if let slot = actions.sequences.slot(of: action) {
            if slot.isCompletion { updateWaiting(slot, &relation) } else { updateOthers(slot, &relation) }
        }
        update(alongUntil: 0, &relation)
    }

    /// Goes on from a start or stop to those of other groups.
    private mutating func updateOthers(_ slot: InstanceSequences.Slot, _ relation: inout Int32) {
        let (sequence, direction, position) = (slot.place.sequence, slot.direction, slot.place.position)
        if direction == .up { update(alongUntil: actions.sequences.all[sequence].members[position].relations, &relation) }
        let others = direction == .up ? (position + 1)..<actions.sequences.all[sequence].members.count : 0..<position
        for other in others.reversed() {
            if direction == .down { update(alongUntil: actions.sequences.all[sequence].members[other].relations, &relation) }
            update(actions.sequences.waiting(sequence, direction, other))
        }
    }

    /// Goes on from a completion to those that wait for it, the last to come first.
    private mutating func updateWaiting(_ slot: InstanceSequences.Slot, _ relation: inout Int32) {
        let (sequence, direction, own) = (slot.place.sequence, slot.direction, slot.place.position)
        for index in (0..<actions.sequences.waitingCount(sequence, direction)).reversed() {
            let position = actions.sequences.waitingPosition(sequence, direction, index)
            guard direction == .up ? position > own : position < own else { continue }
            if let mark = actions.sequences.mark(InstanceSequences.Place(sequence: sequence, position: position), direction) { update(alongUntil: mark, &relation) }
            update(actions.sequences.waiting(sequence, direction, position))
        }
    }

    /// Relates starts and stops that are carried out or shown to the completions they wait for.
    mutating func relateGroups(_ sequence: Int) {
        let members = actions.sequences.all[sequence].members
        for direction in InstanceSequences.Direction.allCases {
            let completions = members.indices.filter { isShown(actions.sequences.completion(sequence, direction, $0)) }
            for position in members.indices {
                let then = actions.sequences.waiting(sequence, direction, position)
                for other in completions where isShown(then) && (direction == .up ? other < position : other > position) {
                    actions.relate(actions.sequences.completion(sequence, direction, other), then, .ordered)
                }
            }
        }
    }
}
