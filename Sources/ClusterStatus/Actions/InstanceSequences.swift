// SPDX-License-Identifier: GPL-2.0-or-later
// Ordered clones: each instance starts after all earlier ones and stops before them. Between primitives that sequence changes no
// action, so it needs no relation for each pair until the graph is made. But the fix-point goes on from an action along its
// relations, most recent first, and that order decides reasons: so it is kept where those of each pair would stand.

package struct InstanceSequences: Sendable {
    /// One instance, and where its relations with later instances would stand.
    package struct Member: Sendable {
        package let resource: ResourceIndex
        /// How many relations, and actions, there were when its orderings were applied.
        package fileprivate(set) var relations: Int32 = .max
        package fileprivate(set) var actions: Int32 = 0
        /// How many relations there were when its stop was ordered after probes of later instances.
        package fileprivate(set) var relationsBeforeProbes: Int32 = .max

        /// Whether its orderings relate two actions: those there were.
        package func relates(_ first: ActionIndex, _ then: ActionIndex) -> Bool { max(first, then).raw < actions }
    }

    /// An instance in its sequence.
    package struct Place: Sendable {
        package let sequence: Int
        package let position: Int
    }

    package private(set) var all = ContiguousArray<ContiguousArray<Member>>()
    private var places: [ResourceIndex: Place] = [:]

    package init() {}

    package var isEmpty: Bool { all.isEmpty }

    package mutating func append(_ instances: ContiguousArray<ResourceIndex>) {
        for (position, instance) in instances.enumerated() { places[instance] = Place(sequence: all.count, position: position) }
        all.append(ContiguousArray(instances.map { Member(resource: $0) }))
    }

    package func place(of resource: ResourceIndex) -> Place? { places[resource] }

    /// Notes how many relations and actions there are at the point where an instance's orderings with later ones are applied.
    package mutating func noteOrderings(_ place: Place, relations: Int, actions: Int) {
        all[place.sequence][place.position].relations = Int32(truncatingIfNeeded: relations)
        all[place.sequence][place.position].actions = Int32(truncatingIfNeeded: actions)
    }

    /// Notes how many relations there are at the point where an instance's stop is ordered after probes of later ones.
    package mutating func noteProbes(_ place: Place, relations: Int) {
        all[place.sequence][place.position].relationsBeforeProbes = Int32(truncatingIfNeeded: relations)
    }
}
