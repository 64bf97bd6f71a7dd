// SPDX-License-Identifier: GPL-2.0-or-later
// Beginning and ending the fix-point's walk and its visits, and noting every change on the way, see `VisitStamps`.

extension ClusterState {
    /// Prepares for a walk over all actions there are now.
    package mutating func startVisits() {
        if actions.sequences.hasGroups { startGroupSequences() }
        visitStamps.start(actions: actions.all.count, resources: resources.count)
        for position in actions.relations.indices { noteCollectives(position) }
    }

    private mutating func startGroupSequences() {
        actions.sequences.start(actions: actions.all.count)
        for sequence in actions.sequences.all.indices where actions.sequences.all[sequence].isOfGroups {
            let groups = actions.sequences.all[sequence].members.map(\.resource)
            for direction in InstanceSequences.Direction.allCases {
                let waiting = groups.map { groupAction($0, ActionKey(direction.task)) }
                let completions = groups.map { groupAction($0, ActionKey(direction.completion)) }
                actions.sequences.start(
                    sequence, direction, waiting: ContiguousArray(waiting), completions: ContiguousArray(completions))
            }
        }
    }

    private mutating func groupAction(_ group: ResourceIndex, _ key: ActionKey) -> ActionIndex {
        firstAction(group, key) ?? getAction(group, key, node: nil, optional: true)
    }

    private mutating func noteCollectives(_ position: Int) {
        if !actions.relations[position].flags.isDisjoint(with: .demandingOfFirst) { visitStamps.noteDemand(of: actions.relations[position].then) }
        guard let entry = collectiveFirst(position) else { return }
        let then = actions.relations[position].then
        if !visitStamps.addFirst(entry, then) { listCollectiveFirsts(of: then, upTo: entry.relation) }
    }

    private mutating func listCollectiveFirsts(of then: ActionIndex, upTo newest: Int32) {
        var entries: ContiguousArray<CollectiveFirsts.Entry> = []
        var relation = actions[then].firstBefore
        while relation >= 0 {
            if relation <= newest, let entry = collectiveFirst(Int(relation)) { entries.append(entry) }
            relation = actions.relations[Int(relation)].olderBefore
        }
        visitStamps.listFirsts(entries, then)
    }

    /// The relation as one that begins at an action of a collective resource; nil if it does not.
    private func collectiveFirst(_ position: Int) -> CollectiveFirsts.Entry? {
        guard let resource = actions[actions.relations[position].first].resource, resources[resource].variant != .primitive else { return nil }
        return CollectiveFirsts.Entry(resource: resource.raw, relation: Int32(truncatingIfNeeded: position))
    }

    /// Begins a visit of an action; nil if it could do nothing.
    /// - Parameters:
    ///   - isVoid: whether what was applied before has to be applied again.
    ///   - hasNews: whether something else than relations tells of changes.
    ///   - needsAll: whether the action counts its relations.
    package mutating func beginVisit(_ then: ActionIndex, isVoid: Bool, hasNews: Bool, needsAll: Bool) -> VisitStamps.Visit? {
        guard visitStamps.knows(then) else { return .allRelations }
        if !isVoid { visitStamps.listChangedFirsts(then, actions) }
        return visitStamps.begin(then, isVoid: isVoid, hasNews: hasNews, needsAll: needsAll)
    }

    /// What has changed of an action since its last visit began.
    package mutating func changeSinceVisit(_ then: ActionIndex) -> VisitStamps.Change {
        if visitStamps.hasChanged(then) { return .own }
        guard let resource = actions[then].resource, resources[resource].variant != .primitive, visitStamps.hasChangedBelow(then, resource)
        else { return .none }
        return visitStamps.hasDemands(then) ? .demandedBelow : .below
    }

    /// Relates two actions during the walk and notes it.
    /// - Returns: whether the relation was added.
    package mutating func relateVisited(_ first: ActionIndex, _ then: ActionIndex, _ flags: OrderFlags) -> Bool {
        guard actions.relate(first, then, flags) else { return false }
        guard visitStamps.isWalking else { return true }
        noteCollectives(actions.relations.count - 1)
        visitStamps.actionChanged(then)
        return true
    }

    /// Notes that flags or relations of an action changed, for everything that looks at it.
    package mutating func noteChange(of action: ActionIndex) {
        guard visitStamps.isWalking else { return }
        visitStamps.actionChanged(action)
        let key = actions[action].key
        let task = key.notification == .none ? actions[action].task : key.task
        var current = actions[action].resource
        var below = current
        while let resource = current {
            if resources[resource].variant != .primitive { noteChange(of: below ?? resource, in: resource, task) }
            below = resource
            current = resources[resource].parent
        }
        var relation = actions[action].firstAfter
        while relation >= 0 {
            visitStamps.firstChanged(relation, endingIn: actions.relations[Int(relation)].then)
            relation = actions.relations[Int(relation)].olderAfter
        }
    }

    @inline(__always)
    private mutating func noteChange(of child: ResourceIndex, in resource: ResourceIndex, _ task: TaskName) {
        visitStamps.collectiveChanged(resource, task)
        if !visitStamps.memory.looks.isEmpty, resources[resource].variant == .clone { visitStamps.memory.looks.noteChange(of: child, in: resource) }
        if actions.sequences.hasGroups { actions.sequences.noteChange(resource, visitStamps.count) }
    }

    /// Makes all visits so far void.
    package mutating func forgetVisits() {
        visitStamps.everythingChanged()
        actions.sequences.forgetSeen()
    }

    /// Takes flags from an action and notes it; nothing happens if they are not set.
    package mutating func drop(_ flags: ActionFlags, of action: ActionIndex) {
        guard !actions[action].flags.isDisjoint(with: flags) else { return }
        actions[action].flags.subtract(flags)
        noteChange(of: action)
    }

    /// Gives flags to an action and notes it; nothing happens if they are set.
    package mutating func raise(_ flags: ActionFlags, of action: ActionIndex) {
        guard !actions[action].flags.isSuperset(of: flags) else { return }
        actions[action].flags.formUnion(flags)
        noteChange(of: action)
    }
}
