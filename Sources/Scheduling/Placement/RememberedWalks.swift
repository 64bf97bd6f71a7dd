// SPDX-License-Identifier: GPL-2.0-or-later
// Long walks along colocations (scheduler spec 16.5) at the price of one step. What a walk does to a node's score depends on the
// score only through two thresholds, so it can be put together once and applied to any table. A walk of which steps may be taken
// back is remembered in another way (`TracedWalks`). One that leads back to where it was goes its way in full.

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
        let before = placement.recorder == nil ? NodeTable() : work
        if !followEffect(from: source, to: target, &work, factor: factor, flags: flags),
            !followTrace(from: source, to: target, &work, factor: factor, flags: flags)
        {
            return false
        }
        if let c, placement.recorder != nil { recordSteps(from: before, to: work, along: c) }
        return true
    }

    private mutating func followEffect(
        from source: ResourceIndex, to target: ResourceIndex, _ work: inout NodeTable, factor: Float, flags: SpreadFlags
    ) -> Bool {
        guard let effect = walkEffect(from: source, to: target, factor: factor, flags: flags), staysUsable(work, effect) else { return false }
        if flags.contains(.nonnegative) { return applyNonnegative(effect, to: &work) }
        apply(effect, to: &work)
        return true
    }

    /// Adds the scores of everything that has to be with an instance of a clone, if it is the same for all instances: what that adds up
    /// to is put together once for the clone.
    /// - Parameters:
    ///   - list: what has to be with the instance.
    ///   - part: which of them count.
    /// - Returns: false if each has to be asked, and the instance's table is as it was.
    mutating func followAll(_ list: ContiguousArray<ColocationIndex>, _ part: WalkPart, with r: ResourceIndex) -> Bool {
        let top = resources[r].top
        guard list.count >= Int(placement.walks.worthwhile), top != r, resources[top].variant == .clone, !isRecorded(r),
            usesOwnAttributes(r), mergedWithThis(top) == list
        else { return false }
        placement.walks.cover(2 * resources.count)
        placement.walks.begin(listEpoch: placement.listEpoch)
        guard let effect = walkEffect(from: top, to: r, factor: 1, flags: [], part: part), staysUsable(resources[r].nodes, effect) else { return false }
        apply(effect, to: &resources[r].nodes)
        forgetWalks(overOnly: r)
        return true
    }

    private func apply(_ effect: WalkEffect, to table: inout NodeTable) {
        table.withRow { row in
            for position in row.indices where row[position].present { row[position].score = effect.shifts[position](row[position].score) }
        }
        table.noteCopy(times: effect.copies)
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
        work.noteCopy(times: effect.copies)
        return true
    }

    /// What the steps from `source` on add up to.
    /// - Returns: nil if that is not the same wherever the walk comes from.
    mutating func walkEffect(
        from source: ResourceIndex, to target: ResourceIndex, factor: Float, flags: SpreadFlags, part: WalkPart = .all
    ) -> WalkEffect? {
        let place = walkPlace(source, flags)
        if placement.walks.isVaried(place) { return nil }
        if let known = placement.walks.effect(at: place, part, factor: factor) { return known }
        var effect = WalkEffect(part, factor: factor, nodeCount: nodes.count)
        let list = walkList(source, flags)
        if factor == 0 || list.isEmpty { return effect }
        noteAsked(by: place, list, flags)
        for c in list where (flags.contains(.thisWith) || hasInfluence(c)) && (part == .all || isMandatory(c) == (part == .mandatory)) {
            guard let (other, next) = walkStep(along: c, flags) else { continue }
            guard usesOwnAttributes(next) else {
                placement.walks.markVaried(place)
                placement.walks.markOpaque(place)
                return nil
            }
            guard !resources[other].has(.updating), !resources[next].has(.updating) else {
                placement.walks.markVaried(place)
                return nil
            }
            let weight = stepFactor(factor, c)
            var factors = addMatchingScores(of: next, to: target, along: c, factor: weight, effect: &effect)
            resources[other].flags.insert(.updating)
            resources[next].flags.insert(.updating)
            let rest = walkEffect(from: next, to: target, factor: weight, flags: flags)
            resources[other].flags.remove(.updating)
            resources[next].flags.remove(.updating)
            guard let rest else {
                placement.walks.markVaried(place)
                if placement.walks.isOpaque(walkPlace(next, flags)) { placement.walks.markOpaque(place) }
                return nil
            }
            effect.appendStep(and: rest)
            factors.formIntersection(rest.factors)
            effect.factors.limit(to: factors, after: colocations[c].score, from: factor)
        }
        placement.walks.remember(effect, at: place)
        return effect
    }

    /// What a walk goes along from a resource on.
    mutating func walkList(_ source: ResourceIndex, _ flags: SpreadFlags) -> ContiguousArray<ColocationIndex> {
        flags.contains(.thisWith) ? mergedThisWith(source) : mergedWithThis(source)
    }

    /// What a step along a colocation leads to, and what it goes on from: the first member of a group.
    func walkStep(along c: ColocationIndex, _ flags: SpreadFlags) -> (other: ResourceIndex, next: ResourceIndex)? {
        let other = flags.contains(.thisWith) ? colocations[c].primary : colocations[c].dependent
        if resources[other].variant != .group { return (other, other) }
        return resources[other].children.first.map { (other, $0) }
    }

    /// Notes whose tables a walk asks.
    mutating func noteAsked(by place: Int, _ list: ContiguousArray<ColocationIndex>, _ flags: SpreadFlags) {
        guard placement.walks.begins(at: place) else { return }
        for c in list {
            guard let (_, next) = walkStep(along: c, flags) else { continue }
            placement.walks.use(walkPlace(next, flags), for: place)
            if colocations[c].dependent != next { placement.walks.use(walkPlace(colocations[c].dependent, flags), for: place) }
        }
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
