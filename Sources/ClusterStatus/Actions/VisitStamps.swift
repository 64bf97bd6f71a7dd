// SPDX-License-Identifier: GPL-2.0-or-later
// Which actions changed since which visit. The fix-point walks in a fixed order and comes back to the same actions again and
// again. A visit applies again only those relations whose actions have changed since the last one began: the others can do
// nothing. Without that, N instances that wait for each other cost N visits of N actions with N relations.

package struct VisitStamps: Sendable {
    /// What a visit has to apply.
    package enum Visit: Sendable { case allRelations, pendingRelations }

    /// Counts changes; a stamp is the count just after a change.
    package private(set) var count: UInt32 = 1
    /// By action: its last change, and the count when its last visit began.
    private var changed = ContiguousArray<UInt32>()
    private var visited = ContiguousArray<UInt32>()
    /// By action: whether a visit is applying all its relations.
    private var isApplyingAll = ContiguousArray<Bool>()
    /// By collective resource and kind of task: the last change of an action of it or of anything below it.
    private var changedBelow = ContiguousArray<UInt32>()
    /// Relations whose first action changed since the last visit of their then action.
    package var pending = RelationLists()
    /// Relations whose first action is one of a collective resource: it changes when something below the resource does.
    private var collectiveFirsts = RelationLists()
    /// Actions of instances that were looked up.
    package var instanceActions = InstanceActionLists()
    /// Interleaved instances found so far, by collective, partner and side; -1 for none.
    private var partners: [UInt64: Int32] = [:]
    /// Flags of actions of collective resources as they were seen on a node, with the count then.
    private var seen: [UInt64: (stamp: UInt32, flags: ActionFlags)] = [:]
    /// Collective resources whose instances can all not start (or be promoted), for which that has been dealt with.
    private var blocked: Set<UInt64> = []
    /// By collective resource and task: the count when none of the instances' actions could run.
    private var unrunnable: [UInt64: UInt32] = [:]
    /// Whether the walk goes on, in which every change is noted.
    package private(set) var isWalking = false
    /// Visits before this count are void: something changed that no stamp tells.
    private var floor: UInt32 = 1

    package init() {}

    /// Prepares for a walk over so many actions; nothing has been visited yet.
    package mutating func start(actions: Int, resources: Int) {
        changed = ContiguousArray(repeating: 0, count: actions)
        visited = ContiguousArray(repeating: 0, count: actions)
        isApplyingAll = ContiguousArray(repeating: false, count: actions)
        changedBelow = ContiguousArray(repeating: 0, count: resources * TaskKind.count)
        pending = RelationLists(actions: actions, limit: 16)
        collectiveFirsts = RelationLists(actions: actions, limit: .max)
        count = 1
        floor = 1
        partners.removeAll(keepingCapacity: true)
        seen.removeAll(keepingCapacity: true)
        blocked.removeAll(keepingCapacity: true)
        unrunnable.removeAll(keepingCapacity: true)
        instanceActions = InstanceActionLists()
        isWalking = true
    }

    /// The walk is over; what was remembered is void.
    package mutating func finish() {
        isWalking = false
        seen = [:]
        unrunnable = [:]
        pending = RelationLists()
        collectiveFirsts = RelationLists()
        instanceActions = InstanceActionLists()
    }

    /// Makes all visits so far void.
    package mutating func everythingChanged() {
        count &+= 1
        floor = count
        partners.removeAll(keepingCapacity: true)
        blocked.removeAll(keepingCapacity: true)
        unrunnable.removeAll(keepingCapacity: true)
        instanceActions = InstanceActionLists()
    }

    // MARK: Changes

    /// Changes of a collective resource are told apart by what they are about: a stop does not change who starts.
    private enum TaskKind {
        static let count = 6
        /// Any kind.
        static let any = 5

        static func of(_ task: TaskName) -> Int {
            switch task.basic {
            case .start: 0
            case .stop: 1
            case .promote: 2
            case .demote: 3
            default: 4
            }
        }
    }

    mutating func actionChanged(_ action: ActionIndex) {
        count &+= 1
        if action.position < changed.count { changed[action.position] = count }
    }

    /// - Parameter task: of the action below; for a notification the task it is about.
    mutating func collectiveChanged(_ resource: ResourceIndex, _ task: TaskName) {
        let row = resource.position * TaskKind.count
        guard row < changedBelow.count else { return }
        changedBelow[row + TaskKind.of(task)] = count
        changedBelow[row + TaskKind.any] = count
    }

    /// A relation's first action changed; nothing if its then action has to be visited as a whole anyway.
    @inline(__always)
    mutating func firstChanged(_ relation: Int32, endingIn then: ActionIndex) {
        guard then.position < visited.count, visited[then.position] >= floor else { return }
        pending.insert(relation, then)
    }

    /// A relation with a collective first action exists.
    mutating func addCollective(_ relation: Int32, endingIn then: ActionIndex) { collectiveFirsts.insert(relation, then) }

    /// The count at the last change of an action, or of anything below its collective resource.
    @inline(__always)
    private func lastChange(_ action: ActionIndex, _ collective: ResourceIndex?) -> UInt32 {
        guard action.position < changed.count else { return .max }
        guard let collective else { return changed[action.position] }
        return max(changed[action.position], changedBelow[collective.position * TaskKind.count + TaskKind.any])
    }

    // MARK: Visits

    /// The relations of an action whose first action is one of a collective resource.
    fileprivate func firstCollective(of then: ActionIndex) -> Int32 { collectiveFirsts.first(of: then) }
    fileprivate func collective(_ entry: Int32) -> (relation: Int32, next: Int32)? {
        collectiveFirsts.relation(entry).map { ($0, collectiveFirsts.next(entry)) }
    }

    /// Lists such a relation if its first action has changed since the last visit of the then action.
    fileprivate mutating func noteCollective(_ relation: Int32, _ first: ActionIndex, _ resource: ResourceIndex?, _ then: ActionIndex) {
        if lastChange(first, resource) > visited[then.position] { pending.insert(relation, then) }
    }

    /// Begins a visit for which everything is listed; nil if it could do nothing.
    fileprivate mutating func begin(_ then: ActionIndex, isVoid: Bool, needsAll: Bool) -> Visit? {
        guard isVoid || !pending.isEmpty(then) else { return nil }
        visited[then.position] = count
        guard isVoid || needsAll || isApplyingAll[then.position] || pending.isOverflowing(then) else { return .pendingRelations }
        pending.clear(then)
        return .allRelations
    }

    /// Whether actions are told apart: not outside of the walk, and not if they were made during it.
    fileprivate func knows(_ action: ActionIndex) -> Bool { isWalking && action.position < visited.count }

    /// Whether the action itself, or something below its collective resource, has changed since its last visit began.
    fileprivate func hasChanged(_ then: ActionIndex, _ collective: ResourceIndex?) -> Bool {
        guard isWalking, then.position < visited.count else { return true }
        let stamp = visited[then.position]
        return stamp < floor || lastChange(then, collective) > stamp
    }

    /// Notes that a visit applies all relations of an action, or ended to.
    /// - Returns: what was noted before.
    package mutating func setApplyingAll(_ then: ActionIndex, _ value: Bool) -> Bool {
        guard then.position < isApplyingAll.count else { return false }
        defer { isApplyingAll[then.position] = value }
        return isApplyingAll[then.position]
    }

    // MARK: What was looked up

    private func seenKey(_ action: ActionIndex, _ node: NodeIndex?) -> UInt64 {
        UInt64(UInt32(bitPattern: action.raw)) << 32 | UInt64(UInt32(bitPattern: node?.raw ?? -1))
    }

    /// The flags an action of a collective resource was seen with, if nothing has changed since: a clone's action is looked at
    /// once for each of its instances, and to look means to look at all instances.
    /// - Parameter task: what the action is about.
    package func seenFlags(_ action: ActionIndex, _ node: NodeIndex?, of resource: ResourceIndex, _ task: TaskName) -> ActionFlags? {
        guard isWalking, action.position < changed.count, let known = seen[seenKey(action, node)], known.stamp >= floor,
            changed[action.position] <= known.stamp,
            changedBelow[resource.position * TaskKind.count + TaskKind.of(task)] <= known.stamp
        else { return nil }
        return known.flags
    }

    package mutating func remember(_ flags: ActionFlags, of action: ActionIndex, _ node: NodeIndex?) {
        if isWalking { seen[seenKey(action, node)] = (count, flags) }
    }

    private func partnerKey(_ collective: ResourceIndex, _ other: ResourceIndex, _ current: Bool) -> UInt64 {
        UInt64(UInt32(bitPattern: collective.raw)) << 33 | UInt64(UInt32(bitPattern: other.raw)) << 1 | (current ? 1 : 0)
    }

    /// What was found before for two resources: `.some(nil)` is a remembered "none".
    package func partner(in collective: ResourceIndex, of other: ResourceIndex, current: Bool) -> ResourceIndex?? {
        guard let known = partners[partnerKey(collective, other, current)] else { return nil }
        return .some(known >= 0 ? ResourceIndex(Int(known)) : nil)
    }

    package mutating func remember(_ found: ResourceIndex?, in collective: ResourceIndex, of other: ResourceIndex, current: Bool) {
        partners[partnerKey(collective, other, current)] = found?.raw ?? -1
    }

    private func taskKey(_ whole: ResourceIndex, _ task: TaskName) -> UInt64 {
        UInt64(UInt32(bitPattern: whole.raw)) << 16 | UInt64(task.code)
    }

    /// Notes that no instance has an action of this task that could run.
    package mutating func noteUnrunnable(_ whole: ResourceIndex, _ task: TaskName) {
        if isWalking { unrunnable[taskKey(whole, task)] = count }
    }

    /// Whether that was noted, and nothing below the resource has changed since.
    package func isUnrunnable(_ whole: ResourceIndex, _ task: TaskName) -> Bool {
        guard !unrunnable.isEmpty, let stamp = unrunnable[taskKey(whole, task)], stamp >= floor else { return false }
        let row = whole.position * TaskKind.count
        return row < changedBelow.count && changedBelow[row + TaskKind.any] <= stamp
    }

    /// Notes that no instance can do a task, and what followed from that has been done.
    package mutating func allBlocked(_ whole: ResourceIndex, _ task: TaskName) {
        if isWalking { blocked.insert(taskKey(whole, task)) }
    }

    package func areAllBlocked(_ whole: ResourceIndex, _ task: TaskName) -> Bool {
        !blocked.isEmpty && blocked.contains(taskKey(whole, task))
    }
}

extension ClusterState {
    /// Prepares for a walk over all actions there are now.
    package mutating func startVisits() {
        visitStamps.start(actions: actions.all.count, resources: resources.count)
        for position in actions.relations.indices { noteCollectiveFirst(position) }
    }

    private mutating func noteCollectiveFirst(_ position: Int) {
        let relation = actions.relations[position]
        guard let resource = actions[relation.first].resource, resources[resource].variant != .primitive else { return }
        visitStamps.addCollective(Int32(truncatingIfNeeded: position), endingIn: relation.then)
    }

    /// Begins a visit of an action; nil if it could do nothing.
    /// - Parameter needsAll: whether the action counts its relations.
    package mutating func beginVisit(_ then: ActionIndex, needsAll: Bool) -> VisitStamps.Visit? {
        guard visitStamps.knows(then) else { return .allRelations }
        let isVoid = hasChangedSinceVisit(then)
        if !isVoid {
            var entry = visitStamps.firstCollective(of: then)
            while let (relation, next) = visitStamps.collective(entry) {
                let first = actions.relations[Int(relation)].first
                visitStamps.noteCollective(relation, first, actions[first].resource, then)
                entry = next
            }
        }
        return visitStamps.begin(then, isVoid: isVoid, needsAll: needsAll)
    }

    /// Whether an action, or something below its collective resource, has changed since its last visit began.
    package mutating func hasChangedSinceVisit(_ then: ActionIndex) -> Bool {
        guard let resource = actions[then].resource, resources[resource].variant != .primitive else {
            return visitStamps.hasChanged(then, nil)
        }
        return visitStamps.hasChanged(then, resource)
    }

    /// Relates two actions during the walk and notes it.
    /// - Returns: whether the relation was added.
    package mutating func relateVisited(_ first: ActionIndex, _ then: ActionIndex, _ flags: OrderFlags) -> Bool {
        guard actions.relate(first, then, flags) else { return false }
        if visitStamps.isWalking { noteCollectiveFirst(actions.relations.count - 1) }
        noteChange(of: then)
        return true
    }

    /// Notes that flags or relations of an action changed, for everything that looks at it.
    package mutating func noteChange(of action: ActionIndex) {
        guard visitStamps.isWalking else { return }
        visitStamps.actionChanged(action)
        let key = actions[action].key
        let task = key.notification == .none ? actions[action].task : key.task
        var current = actions[action].resource
        while let resource = current {
            if resources[resource].variant != .primitive { visitStamps.collectiveChanged(resource, task) }
            current = resources[resource].parent
        }
        var relation = actions[action].firstAfter
        while relation >= 0 {
            visitStamps.firstChanged(relation, endingIn: actions.relations[Int(relation)].then)
            relation = actions.relations[Int(relation)].olderAfter
        }
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
