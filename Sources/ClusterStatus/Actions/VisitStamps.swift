// SPDX-License-Identifier: GPL-2.0-or-later
// Which actions changed since which visit. The fix-point walks in a fixed order and comes back to the same actions again and
// again. A visit applies again only those relations whose actions have changed since the last one began: the others can do
// nothing. Without that, N instances that wait for each other cost N visits of N actions with N relations.

package struct VisitStamps: Sendable {
    /// What a visit has to apply.
    package enum Visit: Sendable { case allRelations, pendingRelations }

    /// What of an action has changed: nothing; something below its collective resource, which matters to the action if that shows
    /// when it is looked at, and to relations that demand something of their first action if there are any; or the action itself.
    package enum Change: Sendable { case none, below, demandedBelow, own }

    /// Counts changes; a stamp is the count just after a change.
    package private(set) var count: UInt32 = 1
    /// By action: its last change, and the count when its last visit began.
    private var changed = ContiguousArray<UInt32>()
    private var visited = ContiguousArray<UInt32>()
    /// By action: whether a visit is applying all its relations.
    private var isApplyingAll = ContiguousArray<Bool>()
    /// By action: whether a relation that ends in it demands something of its first action.
    private var demands = ContiguousArray<Bool>()
    /// By collective resource and kind of task: the last change of an action of it or of anything below it.
    private var changedBelow = ContiguousArray<UInt32>()
    /// Relations whose first action changed since the last visit of their then action.
    package var pending = RelationLists()
    /// Relations whose first action is one of a collective resource: it changes when something below the resource does.
    private var firsts = CollectiveFirsts()
    /// What was looked up.
    var memory = VisitMemory()
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
        demands = ContiguousArray(repeating: false, count: actions)
        changedBelow = ContiguousArray(repeating: 0, count: resources * TaskKind.count)
        pending = RelationLists(actions: actions, limit: 16)
        firsts = CollectiveFirsts(actions: actions, resources: resources)
        count = 1
        floor = 1
        memory = VisitMemory(actions: actions)
        isWalking = true
    }

    /// The walk is over; what was remembered is void.
    package mutating func finish() {
        isWalking = false
        memory = VisitMemory()
        pending = RelationLists()
        firsts = CollectiveFirsts()
    }

    /// Makes all visits so far void.
    mutating func everythingChanged() {
        count &+= 1
        floor = count
        memory.forgetInstances()
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

    package mutating func actionChanged(_ action: ActionIndex) {
        count &+= 1
        if action.position < changed.count { changed[action.position] = count }
    }

    /// - Parameter task: of the action below; for a notification the task it is about.
    mutating func collectiveChanged(_ resource: ResourceIndex, _ task: TaskName) {
        let row = resource.position * TaskKind.count
        guard row < changedBelow.count else { return }
        changedBelow[row + TaskKind.of(task)] = count
        changedBelow[row + TaskKind.any] = count
        firsts.changed(resource)
    }

    /// A relation's first action changed; nothing if its then action has to be visited as a whole anyway.
    @inline(__always)
    mutating func firstChanged(_ relation: Int32, endingIn then: ActionIndex) {
        guard then.position < visited.count, visited[then.position] >= floor else { return }
        pending.insert(relation, then)
    }

    /// A relation whose first action is one of a collective resource exists.
    /// - Returns: false if all such relations of the then action have to be listed.
    mutating func addFirst(_ entry: CollectiveFirsts.Entry, _ then: ActionIndex) -> Bool { firsts.insert(entry, then) }

    mutating func listFirsts(_ entries: ContiguousArray<CollectiveFirsts.Entry>, _ then: ActionIndex) {
        firsts.replace(entries, then)
    }

    /// The count at the last change of an action, or of anything below its collective resource.
    @inline(__always)
    private func lastChange(_ action: ActionIndex, _ collective: ResourceIndex?) -> UInt32 {
        guard action.position < changed.count else { return .max }
        guard let collective else { return changed[action.position] }
        return max(changed[action.position], changedBelow[collective.position * TaskKind.count + TaskKind.any])
    }

    // MARK: Visits

    /// Lists the relations of an action whose first action changed by something below its collective resource since the last visit.
    mutating func listChangedFirsts(_ then: ActionIndex, _ actions: borrowing ActionTable) {
        let stamp = visited[then.position]
        guard firsts.isLong(then) else {
            var entry = firsts.first(of: then)
            while let (relation, next) = firsts.next(entry) {
                let first = actions.relations[Int(relation)].first
                if lastChange(first, actions[first].resource) > stamp { pending.insert(relation, then) }
                entry = next
            }
            return
        }
        var resource = firsts.latest
        while resource >= 0, changedBelow[Int(resource) * TaskKind.count + TaskKind.any] > stamp, !pending.isOverflowing(then) {
            for entry in firsts.relations(of: then, resource) { pending.insert(entry.relation, then) }
            resource = firsts.before(resource)
        }
    }

    /// Whether nothing at all has changed since the last visit of an action began, nor is anything left to apply.
    @inline(__always)
    package mutating func isCurrent(_ then: ActionIndex) -> Bool {
        isWalking && then.position < visited.count && visited[then.position] == count && pending.isEmpty(then)
    }

    /// Whether the last visit of an action began before a count of changes.
    @inline(__always)
    package mutating func wasVisited(_ then: ActionIndex, before stamp: UInt32) -> Bool {
        then.position < visited.count && visited[then.position] < stamp
    }

    /// Begins a visit for which everything is listed; nil if it could do nothing. A visit within one that has not applied all yet
    /// does what that one still would: the walk goes on from there (differential steady-2800259).
    mutating func begin(_ then: ActionIndex, isVoid: Bool, hasNews: Bool, needsAll: Bool) -> Visit? {
        visited[then.position] = count
        guard isVoid || hasNews || isApplyingAll[then.position] || !pending.isEmpty(then) else { return nil }
        guard isVoid || needsAll || isApplyingAll[then.position] || pending.isOverflowing(then) else { return .pendingRelations }
        pending.clear(then)
        return .allRelations
    }

    /// Whether actions are told apart: not outside of the walk, and not if they were made during it.
    func knows(_ action: ActionIndex) -> Bool { isWalking && action.position < visited.count }

    /// Whether the action itself has changed since its last visit began.
    func hasChanged(_ then: ActionIndex) -> Bool {
        guard isWalking, then.position < visited.count else { return true }
        let stamp = visited[then.position]
        return stamp < floor || changed[then.position] > stamp
    }

    /// Whether something below the collective resource of an action has changed since its last visit began.
    func hasChangedBelow(_ then: ActionIndex, _ collective: ResourceIndex) -> Bool {
        changedBelow[collective.position * TaskKind.count + TaskKind.any] > visited[then.position]
    }

    mutating func noteDemand(of then: ActionIndex) {
        if then.position < demands.count { demands[then.position] = true }
    }

    func hasDemands(_ then: ActionIndex) -> Bool { demands[then.position] }

    /// Whether a visit is applying all relations of an action and has not applied some of them yet.
    @inline(__always)
    package func isApplyingAll(_ then: ActionIndex) -> Bool { then.position >= isApplyingAll.count || isApplyingAll[then.position] }

    /// Notes that a visit applies all relations of an action, or ended to.
    /// - Returns: what was noted before.
    package mutating func setApplyingAll(_ then: ActionIndex, _ value: Bool) -> Bool {
        guard then.position < isApplyingAll.count else { return false }
        defer { isApplyingAll[then.position] = value }
        return isApplyingAll[then.position]
    }

    // MARK: What was looked up

    /// The count at the last change of a task below a collective resource.
    private func lastChange(below resource: ResourceIndex, _ kind: Int) -> UInt32 {
        let row = resource.position * TaskKind.count
        return row < changedBelow.count ? changedBelow[row + kind] : .max
    }

    /// The flags an action of a collective resource was seen with, if nothing has changed since: a clone's action is looked at
    /// once for each of its instances, and to look means to look at all instances.
    /// - Parameter task: what the action is about.
    package mutating func seenFlags(_ action: ActionIndex, _ node: NodeIndex?, of resource: ResourceIndex, _ task: TaskName) -> ActionFlags? {
        guard isWalking, action.position < changed.count, let known = memory.seen(action, node), known.stamp >= floor,
            changed[action.position] <= known.stamp, lastChange(below: resource, TaskKind.of(task)) <= known.stamp
        else { return nil }
        return known.flags
    }

    package mutating func remember(_ flags: ActionFlags, of action: ActionIndex, _ node: NodeIndex?) {
        if isWalking { memory.note(VisitMemory.Seen(stamp: count, flags: flags), action, node) }
    }

    /// Continues how an action of a clone saw its instances, of which so many have actions; nil outside of the walk.
    package mutating func takeLook(_ action: ActionIndex, of clone: ResourceIndex, instances: Int, actions: Int) -> InstanceLook? {
        isWalking ? memory.looks.take(action, of: clone, instances: instances, actions: actions) : nil
    }

    package mutating func putLook(_ look: InstanceLook, _ action: ActionIndex) { memory.looks.put(look, action) }

    /// Notes that no instance has an action of this task that could run: during the walk nothing makes it runnable again.
    package mutating func noteUnrunnable(_ whole: ResourceIndex, _ task: TaskName) {
        if isWalking { memory.unrunnable.insert(VisitMemory.key(whole, task)) }
    }

    package func isUnrunnable(_ whole: ResourceIndex, _ task: TaskName) -> Bool {
        !memory.unrunnable.isEmpty && memory.unrunnable.contains(VisitMemory.key(whole, task))
    }

    /// Notes that no instance can do a task, and what followed from that has been done.
    package mutating func allBlocked(_ whole: ResourceIndex, _ task: TaskName) {
        if isWalking { memory.blocked.insert(VisitMemory.key(whole, task)) }
    }

    package func areAllBlocked(_ whole: ResourceIndex, _ task: TaskName) -> Bool {
        !memory.blocked.isEmpty && memory.blocked.contains(VisitMemory.key(whole, task))
    }
}
