// SPDX-License-Identifier: GPL-2.0-or-later
// Ordered clones: each instance starts after all earlier ones and stops before them. That sequence alone changes no action, so it
// needs no relation for each pair until the graph is made. But the fix-point goes on from an action along its relations, most
// recent first, and that order decides reasons: so it is kept where those of each pair would stand.

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

    /// The instances of one clone in order.
    package struct Sequence: Sendable {
        package fileprivate(set) var members: ContiguousArray<Member>
        /// Of groups, by direction: how their actions wait for completions. Empty of primitives.
        fileprivate var waits: ContiguousArray<CompletionWaits>

        package var isOfGroups: Bool { !waits.isEmpty }
    }

    /// Starts wait for those of earlier instances, stops for those of later ones.
    package enum Direction: Int, Sendable, CaseIterable {
        case up, down

        package var task: TaskName { self == .up ? .start : .stop }
        package var completion: TaskName { self == .up ? .running : .stopped }
    }

    /// An instance in its sequence.
    package struct Place: Sendable {
        package let sequence: Int
        package let position: Int

        package init(sequence: Int, position: Int) {
            self.sequence = sequence
            self.position = position
        }
    }

    /// What an action is in a sequence of groups.
    package struct Slot: Sendable {
        package let place: Place
        package let direction: Direction
        /// Whether it completes what another action begins.
        package let isCompletion: Bool
    }

    package private(set) var all = ContiguousArray<Sequence>()
    /// By resource.
    private var places = ContiguousArray<Place?>()
    /// By action, during a walk.
    private var slots = ContiguousArray<Slot?>()
    /// Whether any is of groups.
    package private(set) var hasGroups = false

    package init() {}

    package var isEmpty: Bool { all.isEmpty }

    package mutating func append(_ instances: ContiguousArray<ResourceIndex>, ofGroups: Bool) {
        for (position, instance) in instances.enumerated() {
            while places.count <= instance.position { places.append(nil) }
            places[instance.position] = Place(sequence: all.count, position: position)
        }
        let waits = ContiguousArray(repeating: CompletionWaits(count: instances.count), count: ofGroups ? Direction.allCases.count : 0)
        all.append(Sequence(members: ContiguousArray(instances.map { Member(resource: $0) }), waits: waits))
        if ofGroups { hasGroups = true }
    }

    @inline(__always)
    package func place(of resource: ResourceIndex) -> Place? { resource.position < places.count ? places[resource.position] : nil }

    /// Notes how many relations and actions there are at the point where an instance's orderings with later ones are applied.
    package mutating func noteOrderings(_ place: Place, relations: Int, actions: Int) {
        all[place.sequence].members[place.position].relations = Int32(truncatingIfNeeded: relations)
        all[place.sequence].members[place.position].actions = Int32(truncatingIfNeeded: actions)
    }

    /// Notes how many relations there are at the point where an instance's stop is ordered after probes of later ones.
    package mutating func noteProbes(_ place: Place, relations: Int) {
        all[place.sequence].members[place.position].relationsBeforeProbes = Int32(truncatingIfNeeded: relations)
    }

    // MARK: Groups

    /// Where the relations of a group's action with completions would stand; nil if it does not wait yet.
    package mutating func mark(_ place: Place, _ direction: Direction) -> Int32? { all[place.sequence].waits[direction.rawValue].mark(place.position) }

    /// A group's action comes to wait for completions.
    package mutating func beginWaiting(_ place: Place, _ direction: Direction, relations: Int) {
        all[place.sequence].waits[direction.rawValue].begin(place.position, relations: relations)
    }

    /// The completions that have to be looked at; they count as seen from now on.
    /// - Parameter positions: a beginning or an end of all positions.
    package mutating func takeUnseen(_ sequence: Int, _ direction: Direction, _ positions: Range<Int>) -> ContiguousArray<ActionIndex> {
        all[sequence].waits[direction.rawValue].takeUnseen(positions)
    }

    package mutating func lastChange(_ sequence: Int, _ direction: Direction) -> UInt32 { all[sequence].waits[direction.rawValue].lastChange }

    /// The start or stop of a group.
    package mutating func waiting(_ sequence: Int, _ direction: Direction, _ position: Int) -> ActionIndex {
        all[sequence].waits[direction.rawValue].waiting[position]
    }

    package mutating func completion(_ sequence: Int, _ direction: Direction, _ position: Int) -> ActionIndex {
        all[sequence].waits[direction.rawValue].completions[position]
    }

    /// How many groups' actions wait for completions.
    package mutating func waitingCount(_ sequence: Int, _ direction: Direction) -> Int { all[sequence].waits[direction.rawValue].order.count }

    /// The position of what came to wait after so many others.
    package mutating func waitingPosition(_ sequence: Int, _ direction: Direction, _ index: Int) -> Int {
        Int(all[sequence].waits[direction.rawValue].order[index])
    }

    /// Notes that something of a resource changed, if it is a group in a sequence.
    /// - Parameter count: of changes, see `VisitStamps`.
    package mutating func noteChange(_ resource: ResourceIndex, _ count: UInt32) {
        guard let place = place(of: resource) else { return }
        for direction in all[place.sequence].waits.indices { all[place.sequence].waits[direction].noteChange(place.position, count) }
    }

    @inline(__always)
    package func slot(of action: ActionIndex) -> Slot? { action.position < slots.count ? slots[action.position] : nil }

    /// Forgets what was seen of groups: something changed that no count tells.
    mutating func forgetSeen() {
        for position in all.indices {
            for direction in all[position].waits.indices { all[position].waits[direction].forgetSeen() }
        }
    }

    /// A walk over so many actions begins.
    mutating func start(actions count: Int) { slots = ContiguousArray(repeating: nil, count: count) }

    /// The actions of a sequence of groups in a walk that begins, by position.
    mutating func start(_ sequence: Int, _ direction: Direction, waiting: ContiguousArray<ActionIndex>, completions: ContiguousArray<ActionIndex>) {
        for (position, (waiting, completion)) in zip(waiting, completions).enumerated() {
            let place = Place(sequence: sequence, position: position)
            slots[waiting.position] = Slot(place: place, direction: direction, isCompletion: false)
            slots[completion.position] = Slot(place: place, direction: direction, isCompletion: true)
        }
        all[sequence].waits[direction.rawValue].start(waiting: waiting, completions: completions)
    }
}
