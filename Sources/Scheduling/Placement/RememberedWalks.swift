// SPDX-License-Identifier: GPL-2.0-or-later
// Long walks along colocations (scheduler spec 16.5) at the price of one step. What a walk does to a node's score depends on the
// score only through two thresholds, so it can be put together once and applied to any table. A walk that leads back to
// where it was goes its way in full.

import ClusterStatus
import CIBModel

extension ClusterState {
    /// The place of a walk in the memory.
    @inline(__always)
    func walkPlace(_ source: ResourceIndex, _ flags: SpreadFlags) -> Int { 2 * source.position + (flags.contains(.thisWith) ? 0 : 1) }

    /// Does to a table what the walk from `source` on would do, if that is known.
    /// - Parameter c: the colocation that led to the source. An explanation of the target names it for what cannot be named one by one.
    /// - Returns: false if the walk has to be walked, and the table is as it was.
    mutating func follow(
        from source: ResourceIndex, to target: ResourceIndex, along c: ColocationIndex?, _ work: inout NodeTable, factor: Float, flags: SpreadFlags
    ) -> Bool {
        if flags.contains(.inFull) || !usesOwnAttributes(target) { return false }
        if isRecorded(target), !placement.walks.isEndless(walkPlace(source, flags)) { return false }
        placement.walks.begin(listEpoch: placement.listEpoch)
        guard let effect = walkEffect(from: source, to: target, factor: factor, flags: flags) else { return false }
        if !staysUsable(work, effect) { return false }
        let before = placement.recorder == nil ? NodeTable() : work
        if !flags.contains(.nonnegative) {
            apply(effect, to: &work)
        } else if !applyNonnegative(effect, to: &work) {
            return false
        }
        if let c, placement.recorder != nil { recordSteps(from: before, to: work, along: c) }
        return true
    }

    /// Adds the scores of everything that has to be with an instance of a clone, if it is the same for all instances: what that adds up
    /// to is put together once for the clone.
    /// - Parameter list: what has to be with the instance.
    /// - Returns: false if each has to be asked, and the instance's table is as it was.
    mutating func followAll(_ list: ContiguousArray<ColocationIndex>, with r: ResourceIndex) -> Bool {
        let top = resources[r].top
        guard list.count >= placement.walks.worthwhile, top != r, resources[top].variant == .clone, !isRecorded(r),
            usesOwnAttributes(r), mergedWithThis(top) == list
        else { return false }
        placement.walks.cover(2 * resources.count)
        placement.walks.begin(listEpoch: placement.listEpoch)
        guard let effect = walkEffect(from: top, to: r, factor: 1, flags: []), staysUsable(resources[r].nodes, effect) else { return false }
        apply(effect, to: &resources[r].nodes)
        forgetWalks(overOnly: r)
        return true
    }

    private func apply(_ effect: WalkEffect, to table: inout NodeTable) {
        table.withRow { row in
            for position in row.indices where row[position].present { row[position].score = effect.shifts[position](row[position].score) }
        }
    }

    /// Whether some node is usable at every step, so that no step is taken back.
    private func staysUsable(_ work: NodeTable, _ effect: WalkEffect) -> Bool {
        work.row.indices.contains { position in
            work.row[position].present && placement.available[position] && effect.shifts[position].keepsUsable(work.row[position].score)
        }
    }

    /// Where dependents must not push a node below zero, only two kinds of effects are told: that no step takes anything away, and
    /// that all that do are bans. Bans freeze a node that has a score, and in the end it is weakly preferred.
    private func applyNonnegative(_ effect: WalkEffect, to work: inout NodeTable) -> Bool {
        for position in work.row.indices where work.row[position].present {
            let kinds = effect.shifts[position].kinds
            let isFrozen = work.row[position].count < 0
            if kinds.contains(.loss) || (kinds.contains(.gain) && (kinds.contains(.ban) || isFrozen)) { return false }
        }
        work.withRow { row in
            for position in row.indices where row[position].present {
                if row[position].count < 0 {
                    row[position].count = ~row[position].count
                    row[position].score = Score(1)
                } else if !effect.shifts[position].kinds.contains(.ban) || row[position].score.value < 0 {
                    row[position].score = effect.shifts[position](row[position].score)
                } else if row[position].score.value > 0 {
                    row[position].score = Score(1)
                }
            }
        }
        return true
    }

    /// What the steps from `source` on add up to.
    /// - Returns: nil if that is not the same wherever the walk comes from.
    private mutating func walkEffect(
        from source: ResourceIndex, to target: ResourceIndex, factor: Float, flags: SpreadFlags
    ) -> WalkEffect? {
        let place = walkPlace(source, flags)
        if placement.walks.isVaried(place) { return nil }
        if let known = placement.walks.effect(at: place, factor: factor) { return known }
        var effect = WalkEffect(factor: factor, nodeCount: nodes.count)
        let list = flags.contains(.thisWith) ? mergedThisWith(source) : mergedWithThis(source)
        if factor == 0 || list.isEmpty { return effect }
        for c in list where flags.contains(.thisWith) || hasInfluence(c) {
            let other = flags.contains(.thisWith) ? colocations[c].primary : colocations[c].dependent
            let isGroup = resources[other].variant == .group
            guard let next = isGroup ? resources[other].children.first : other else { continue }
            let weight = stepFactor(factor, c)
            guard !resources[other].has(.updating), !resources[next].has(.updating), usesOwnAttributes(next) else {
                placement.walks.markVaried(place)
                return nil
            }
            placement.walks.use(walkPlace(next, flags), for: place)
            if colocations[c].dependent != next { placement.walks.use(walkPlace(colocations[c].dependent, flags), for: place) }
            addMatchingScores(of: next, to: target, along: c, factor: weight, effect: &effect)
            resources[other].flags.insert(.updating)
            resources[next].flags.insert(.updating)
            let rest = walkEffect(from: next, to: target, factor: weight, flags: flags)
            resources[other].flags.remove(.updating)
            resources[next].flags.remove(.updating)
            guard let rest else {
                placement.walks.markVaried(place)
                return nil
            }
            for position in effect.shifts.indices { effect.shifts[position].append(rest.shifts[position]) }
        }
        placement.walks.remember(effect, at: place)
        return effect
    }

    /// Forgets what was remembered of walks that ask the table of a resource, or of anything below it: it has changed.
    mutating func forgetWalks(over r: ResourceIndex) {
        forgetWalks(overOnly: r)
        for child in resources[r].children { forgetWalks(over: child) }
    }

    mutating func forgetWalks(overOnly r: ResourceIndex) {
        placement.walks.forgetUsers(of: walkPlace(r, []))
        placement.walks.forgetUsers(of: walkPlace(r, [.thisWith]))
    }
}
