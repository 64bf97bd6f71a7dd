// SPDX-License-Identifier: GPL-2.0-or-later
// Which actions changed since which visit. The fix-point walks in a fixed order and comes back to the same actions again and
// again; a visit whose inputs have not changed since the last one began can do nothing, so it is skipped.

package struct VisitStamps: Sendable {
    /// Counts changes; a stamp is the count just after a change.
    package private(set) var count: UInt32 = 1
    /// By action: its last change, and the count when its last visit began.
    private var changed = ContiguousArray<UInt32>()
    private var visited = ContiguousArray<UInt32>()
    /// By resource: the last change of an action of it or of anything below it.
    private var changedBelow = ContiguousArray<UInt32>()
    /// Interleaved instances found so far, by collective, partner and side; -1 for none.
    private var partners: [UInt64: Int32] = [:]
    /// Flags of actions of collective resources as they were seen on a node, with the count then.
    private var seen: [UInt64: (stamp: UInt32, flags: ActionFlags)] = [:]
    /// Whether the walk goes on, in which every change is noted.
    private var isWalking = false
    /// Visits before this count are void: something changed that no stamp tells.
    private var floor: UInt32 = 1

    package init() {}

    /// Prepares for a walk over so many actions; nothing has been visited yet.
    package mutating func start(actions: Int, resources: Int) {
        changed = ContiguousArray(repeating: 0, count: actions)
        visited = ContiguousArray(repeating: 0, count: actions)
        changedBelow = ContiguousArray(repeating: 0, count: resources)
        count = 1
        floor = 1
        partners.removeAll(keepingCapacity: true)
        seen.removeAll(keepingCapacity: true)
        isWalking = true
    }

    /// The walk is over; what was remembered is void.
    package mutating func finish() {
        isWalking = false
        seen = [:]
    }

    private func seenKey(_ action: ActionIndex, _ node: NodeIndex?) -> UInt64 {
        UInt64(UInt32(bitPattern: action.raw)) << 32 | UInt64(UInt32(bitPattern: node?.raw ?? -1))
    }

    /// The flags an action of a collective resource was seen with, if nothing has changed since: a clone's action is looked at
    /// once for each of its instances, and to look means to look at all instances.
    package func seenFlags(_ action: ActionIndex, _ node: NodeIndex?, of resource: ResourceIndex) -> ActionFlags? {
        guard isWalking, action.position < changed.count, let known = seen[seenKey(action, node)], known.stamp >= floor,
            !hasChanged(action, of: resource, since: known.stamp)
        else { return nil }
        return known.flags
    }

    package mutating func remember(_ flags: ActionFlags, of action: ActionIndex, _ node: NodeIndex?) {
        if isWalking { seen[seenKey(action, node)] = (count, flags) }
    }

    package mutating func actionChanged(_ action: ActionIndex) {
        count &+= 1
        if action.position < changed.count { changed[action.position] = count }
    }

    package mutating func resourceChanged(_ resource: ResourceIndex) {
        if resource.position < changedBelow.count { changedBelow[resource.position] = count }
    }

    /// Makes all visits so far void.
    package mutating func everythingChanged() {
        count &+= 1
        floor = count
        partners.removeAll(keepingCapacity: true)
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

    /// When the last visit of an action began; nil if there was none that still counts.
    package func lastVisit(_ action: ActionIndex) -> UInt32? {
        guard action.position < visited.count else { return nil }
        let stamp = visited[action.position]
        return stamp >= floor ? stamp : nil
    }

    package mutating func beginVisit(_ action: ActionIndex) {
        if action.position < visited.count { visited[action.position] = count }
    }

    /// Whether an action, or one below its resource, changed after a stamp.
    package func hasChanged(_ action: ActionIndex, of resource: ResourceIndex?, since stamp: UInt32) -> Bool {
        if changed[action.position] > stamp { return true }
        guard let resource else { return false }
        return changedBelow[resource.position] > stamp
    }
}

extension ClusterState {
    /// Notes that flags or relations of an action changed, for everything that looks at it.
    package mutating func noteChange(of action: ActionIndex) {
        visitStamps.actionChanged(action)
        var current = actions[action].resource
        while let resource = current {
            visitStamps.resourceChanged(resource)
            current = resources[resource].parent
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
