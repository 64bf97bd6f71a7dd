// SPDX-License-Identifier: GPL-2.0-or-later
// The sequence of an ordered clone's instances without an ordering for each pair of them, see `InstanceSequences`.

import ClusterStatus
import CIBModel

extension ClusterState {
    /// Whether the mere sequence of instances can do without: migrations and capacities look at orderings.
    func canBeSequence(_ instances: ContiguousArray<ResourceIndex>) -> Bool {
        guard !actions.wantsAllRelations, options.placementStrategy == .standard else { return false }
        return !instances.contains { resources[$0].flags.contains(.migratable) }
    }

    /// The place in a sequence that a record stands for.
    func sequencePlace(_ record: OrderingRecord) -> InstanceSequences.Place? {
        guard record.then.resource == nil, record.then.action == nil else { return nil }
        return record.first.resource.flatMap { actions.sequences.place(of: $0) }
    }

    /// What applying the orderings of an instance with all later ones does: their stops come to be.
    mutating func applySequence(_ place: InstanceSequences.Place) {
        if place.position == 0 {
            for member in actions.sequences.all[place.sequence].members.dropFirst() where allActions(member.resource, ActionKey(.stop)).isEmpty {
                _ = missingFirst(member.resource, ActionKey(.stop))
            }
        }
        actions.sequences.noteOrderings(place, relations: actions.relations.count, actions: actions.all.count)
    }

    // MARK: The walk

    /// Goes on from an action of an ordered instance: along its relations, and where those with other instances would stand, to these.
    mutating func updateSequence(after action: ActionIndex, _ place: InstanceSequences.Place) {
        if actions.sequences.all[place.sequence].isOfGroups { return updateGroups(after: action) }
        let members = actions.sequences.all[place.sequence].members
        let key = actions[action].key
        var relation = actions[action].firstAfter
        let others = key == ActionKey(.start) ? (place.position + 1)..<members.count : 0..<place.position
        if key == ActionKey(.start) || key == ActionKey(.stop) || key == .probe {
            for other in others.reversed() {
                let earlier = members[min(place.position, other)]
                let mark = key == .probe ? earlier.relationsBeforeProbes : earlier.relations
                update(alongUntil: mark, &relation)
                for then in allActions(members[other].resource, ActionKey(key == ActionKey(.start) ? .start : .stop)).reversed()
                where mark != .max && (key == .probe || earlier.relates(action, then)) {
                    update(then)
                }
            }
        }
        update(alongUntil: 0, &relation)
    }

    /// Goes along the relations after an action from one to the first that is older than `mark`.
    mutating func update(alongUntil mark: Int32, _ relation: inout Int32) {
        while relation >= 0, relation >= mark {
            update(actions.relations[Int(relation)].then)
            relation = actions.relations[Int(relation)].olderAfter
        }
    }

    // MARK: The graph

    /// Relates starts and stops of ordered instances that are carried out or shown: the starts to those of all earlier instances,
    /// the stops to those of all later ones and to their probes.
    mutating func relateSequences() {
        for sequence in actions.sequences.all.indices {
            if actions.sequences.all[sequence].isOfGroups {
                relateGroups(sequence)
                continue
            }
            let members = actions.sequences.all[sequence].members
            let starts = members.map { shown($0.resource, ActionKey(.start)) }
            let stops = members.map { shown($0.resource, ActionKey(.stop)) }
            let probes = members.map { shown($0.resource, .probe) }
            let starting = members.indices.filter { !starts[$0].isEmpty }
            let leaving = members.indices.filter { !stops[$0].isEmpty || !probes[$0].isEmpty }
            for (offset, earlier) in starting.enumerated() {
                for later in starting.dropFirst(offset + 1) { relate(starts[earlier], starts[later], members[earlier]) }
            }
            for (offset, earlier) in leaving.enumerated() where !stops[earlier].isEmpty {
                for later in leaving.dropFirst(offset + 1) {
                    relate(stops[later], stops[earlier], members[earlier])
                    relate(probes[later], stops[earlier], nil)
                }
            }
        }
    }

    /// - Parameter earlier: the instance whose orderings related the actions there were; nil for probes, related to all.
    private mutating func relate(_ firsts: [ActionIndex], _ thens: [ActionIndex], _ earlier: InstanceSequences.Member?) {
        for first in firsts {
            for then in thens where earlier?.relates(first, then) ?? true { actions.relate(first, then, .ordered) }
        }
    }

    /// Actions that may come into the graph or its picture.
    private func shown(_ resource: ResourceIndex, _ key: ActionKey) -> [ActionIndex] { allActions(resource, key).filter(isShown) }

    func isShown(_ action: ActionIndex) -> Bool {
        !actions[action].flags.contains(.optional) || actions[action].flags.contains(.alwaysInGraph)
    }
}
