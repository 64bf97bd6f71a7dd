// SPDX-License-Identifier: GPL-2.0-or-later
// Which colocations count for a resource: its own, and those it takes part in through its group, clone or bundle
// (scheduler spec 16.1, 16.2). Merged lists are kept until something they depend on changes.

package import ClusterStatus
import CIBModel

extension ClusterState {
    /// 16.1: whether the dependent's wishes count for `other`, which is the primary unless given.
    @inline(__always)
    package func hasInfluence(_ c: ColocationIndex, for other: ResourceIndex? = nil) -> Bool {
        let judged = other ?? colocations[c].primary
        if resources[colocations[c].dependent].has(.nestingAllowed), !resources[judged].has(.failed),
            resources[judged].activeNodes.count == 1
        {
            return false
        }
        return colocations[c].hasInfluence || resources[judged].activeNodes.isEmpty
    }

    /// Whether `a` comes before `b` in a list sorted by its resources (11.2): negative if it does.
    func compareForColocation(_ a: ResourceIndex, _ b: ResourceIndex) -> Int {
        if a == b { return 0 }
        let (priorityA, priorityB) = (resources[a].priority.value, resources[b].priority.value)
        if priorityA != priorityB { return priorityA > priorityB ? -1 : 1 }
        let (variantA, variantB) = (resources[a].variant.rawValue, resources[b].variant.rawValue)
        if variantA != variantB { return variantA > variantB ? -1 : 1 }
        if resources[a].variant == .clone {
            let (promotableA, promotableB) = (resources[a].has(.promotable), resources[b].has(.promotable))
            if promotableA != promotableB { return promotableA ? -1 : 1 }
        }
        if resources[a].id == resources[b].id { return 0 }
        return resources[a].id.utf8.lexicographicallyPrecedes(resources[b].id.utf8) ? -1 : 1
    }

    /// Inserts before the first element that is not smaller.
    func insert(_ c: ColocationIndex, into list: inout ContiguousArray<ColocationIndex>, byPrimary: Bool) {
        let key = byPrimary ? colocations[c].primary : colocations[c].dependent
        let position = list.firstIndex {
            compareForColocation(byPrimary ? colocations[$0].primary : colocations[$0].dependent, key) >= 0
        }
        list.insert(c, at: position ?? list.endIndex)
    }

    /// Everything `r` has to be with (16.2).
    package mutating func mergedThisWith(_ r: ResourceIndex) -> ContiguousArray<ColocationIndex> { merged(r, thisWith: true) }

    /// Everything that has to be with `r` (16.2).
    package mutating func mergedWithThis(_ r: ResourceIndex) -> ContiguousArray<ColocationIndex> { merged(r, thisWith: false) }

    private mutating func merged(_ r: ResourceIndex, thisWith: Bool) -> ContiguousArray<ColocationIndex> {
        if placement.mergedColocations.count != 2 * resources.count {
            placement.mergedColocations = ContiguousArray(repeating: MergedColocations(), count: 2 * resources.count)
        }
        let place = 2 * r.position + (thisWith ? 0 : 1)
        if placement.mergedColocations[place].epoch != placement.listEpoch {
            placement.mergedColocations[place].list = merge(r, thisWith: thisWith)
            placement.mergedColocations[place].epoch = placement.listEpoch
        }
        return placement.mergedColocations[place].list
    }

    /// Everything that has to be with `r`, best first (16.2).
    package mutating func withThis(_ r: ResourceIndex) -> ContiguousArray<ColocationIndex> { mergedWithThis(r) }

    private func merge(_ r: ResourceIndex, thisWith: Bool) -> ContiguousArray<ColocationIndex> {
        var list = ContiguousArray<ColocationIndex>()
        contribute(r, for: r, thisWith, &list)
        return list
    }

    private func ownList(_ r: ResourceIndex, _ thisWith: Bool) -> ContiguousArray<ColocationIndex> {
        thisWith ? resources[r].thisWith : resources[r].withThis
    }

    /// Adds a whole list. Onto a list that is not empty, the first element goes in once for each element: a peculiarity
    /// of the reference (27, Q8) that shows in scores.
    private func add(_ addition: ContiguousArray<ColocationIndex>, _ thisWith: Bool, to list: inout ContiguousArray<ColocationIndex>) {
        guard let first = addition.first else { return }
        if list.isEmpty { list = addition; return }
        for _ in addition { insert(first, into: &list, byPrimary: thisWith) }
    }

    private func contribute(
        _ r: ResourceIndex, for asker: ResourceIndex, _ thisWith: Bool, _ list: inout ContiguousArray<ColocationIndex>
    ) {
        switch resources[r].variant {
        case .primitive:
            if r == asker {
                add(ownList(r, thisWith), thisWith, to: &list)
                if let parent = resources[r].parent { contribute(parent, for: asker, thisWith, &list) }
            } else {
                for c in ownList(r, thisWith) where colocations[c].isExplicit { insert(c, into: &list, byPrimary: thisWith) }
            }
        case .group:
            contributeGroup(r, for: asker, thisWith, &list)
        case .clone:
            add(ownList(r, thisWith), thisWith, to: &list)
            if let parent = resources[r].parent { contribute(parent, for: asker, thisWith, &list) }
        case .bundle:
            if doesBundleContribute(r, to: asker) { add(ownList(r, thisWith), thisWith, to: &list) }
        }
    }

    /// A group speaks through its first ("this with") or last ("with this") member; the others follow by the
    /// colocations inside the group.
    private func contributeGroup(
        _ r: ResourceIndex, for asker: ResourceIndex, _ thisWith: Bool, _ list: inout ContiguousArray<ColocationIndex>
    ) {
        let members = resources[r].children
        guard let speaker = thisWith ? members.first : members.last else { return }
        if asker == r || asker == speaker {
            add(ownList(r, thisWith), thisWith, to: &list)
            if let parent = resources[r].parent { contribute(parent, for: asker, thisWith, &list) }
            if resources[r].has(.groupColocated) {
                for member in members where member != asker { contribute(member, for: asker, thisWith, &list) }
            }
            return
        }
        guard thisWith else { return }
        for member in members {
            if member == asker { return }
            if !resources[member].isManaged {
                for c in resources[r].thisWith where colocations[c].score == .infinity {
                    insert(c, into: &list, byPrimary: true)
                }
                return
            }
        }
    }

    /// To be called when a resource has been placed or its promotion decided: what a bundle contributes depends on that.
    mutating func forgetBundleLists(of r: ResourceIndex) {
        if resources[resources[r].top].bundle != nil { placement.listEpoch &+= 1 }
    }

    private func doesBundleContribute(_ r: ResourceIndex, to asker: ResourceIndex) -> Bool {
        if asker == r || resources[asker].has(.replicaContainer) { return true }
        guard let clone = bundle(r)?.clone, resources[clone].has(.promotable) else { return false }
        if asker == clone { return resources[clone].has(.promotionUpdated) }
        return resources[asker].top == clone && !resources[asker].has(.unassigned)
    }
}
