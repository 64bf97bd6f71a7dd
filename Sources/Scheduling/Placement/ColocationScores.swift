// SPDX-License-Identifier: GPL-2.0-or-later
// What the wishes of colocated resources add to a node table (scheduler spec 16.5, 16.6): a walk along colocations
// in which every step weighs less than the one before.

import ClusterStatus
import CIBModel

/// How a walk along colocations goes (16.5).
struct SpreadFlags: OptionSet, Sendable {
    let rawValue: UInt8
    /// Follow primaries instead of dependents.
    static let thisWith = SpreadFlags(rawValue: 1)
    /// Do not let dependents push a node below zero.
    static let nonnegative = SpreadFlags(rawValue: 2)
    /// Drop everything if no usable node would remain.
    static let active = SpreadFlags(rawValue: 4)
    /// Walk every step, because the way begins with more than its first resource.
    static let inFull = SpreadFlags(rawValue: 8)
}

extension ClusterState {
    /// The factor of a first step along a colocation.
    @inline(__always)
    func factor(of c: ColocationIndex) -> Float {
        Float(colocations[c].score.value) / Float(Score.infinity.value)
    }

    /// Adds the scores of `source` and of what is colocated with it to `table`.
    /// - Parameters:
    ///   - c: the colocation that led to `source`.
    ///   - factor: its weight; single precision throughout, because rounding shows in scores.
    mutating func spread(
        from source: ResourceIndex, to target: ResourceIndex, _ table: inout NodeTable, along c: ColocationIndex,
        factor: Float, flags: SpreadFlags
    ) {
        if resources[source].has(.updating) { return }
        resources[source].flags.insert(.updating)
        placement.walks.steps &+= 1
        if resources[source].variant == .group {
            // An empty group keeps the flag, so it is left alone from then on.
            guard let first = resources[source].children.first else { return }
            spread(from: first, to: target, &table, along: c, factor: factor, flags: flags)
            resources[source].flags.remove(.updating)
            return
        }
        let mark = placement.recorder?.steps.count ?? 0
        var work = table
        work.noteCopy()
        work.cover(nodes.count)
        addMatchingScores(of: source, to: target, along: c, factor: factor, flags: flags, table: &work)
        if placement.recorder != nil { recordSteps(from: table, to: work, along: c) }
        let isKept = continueSpread(from: source, to: target, along: c, work: work, table: &table, factor: factor, flags: flags)
        if !isKept, let count = placement.recorder?.steps.count, count > mark {
            placement.recorder?.steps.removeSubrange(mark...)
        }
        resources[source].flags.remove(.updating)
    }

    /// The table of a resource extended by everything it has to be with (15.1, first step without a table).
    mutating func extendedTable(of r: ResourceIndex) -> NodeTable { extendedTable(of: r, flags: [.thisWith]) }

    private mutating func extendedTable(of r: ResourceIndex, flags: SpreadFlags) -> NodeTable {
        if resources[r].has(.updating) { return NodeTable() }
        if resources[r].variant == .group {
            guard let last = resources[r].children.last else { return NodeTable() }
            resources[r].flags.insert(.updating)
            defer { resources[r].flags.remove(.updating) }
            // A group that stays together speaks for all its members, so a walk that comes back to it came from there, too.
            return extendedTable(of: last, flags: resources[r].has(.groupColocated) ? flags : flags.union(.inFull))
        }
        resources[r].flags.insert(.updating)
        var table = resources[r].nodes
        table.cover(nodes.count)
        continueSpread(from: r, to: r, along: nil, work: table, table: &table, factor: 1, flags: flags)
        resources[r].flags.remove(.updating)
        return table
    }

    /// Steps 4 to 6 of 16.5.
    /// - Returns: whether the result was kept.
    @discardableResult
    private mutating func continueSpread(
        from source: ResourceIndex, to target: ResourceIndex, along c: ColocationIndex?, work start: NodeTable, table: inout NodeTable,
        factor: Float, flags: SpreadFlags
    ) -> Bool {
        var work = start
        var flags = flags
        if hasUsableNode(work) {
            flags.insert(.active)
            let place = walkPlace(source, flags)
            // Where a step weighs nothing, what follows neither adds nor takes back anything.
            if factor != 0, !(placement.walks.isLong(place) && follow(from: source, to: target, along: c, &work, factor: factor, flags: flags)) {
                let before = placement.walks.steps
                spreadOn(from: source, to: target, &work, factor: factor, flags: flags)
                placement.walks.note(placement.walks.steps &- before, at: place, of: 2 * resources.count)
            }
        } else if flags.contains(.active) {
            return false
        }
        if flags.contains(.nonnegative) { releaseFrozenNodes(&work) }
        table = work
        return true
    }

    /// Step 4: everything that is colocated with the source.
    @inline(__always)
    private mutating func spreadOn(
        from source: ResourceIndex, to target: ResourceIndex, _ work: inout NodeTable, factor: Float, flags: SpreadFlags
    ) {
        let list = flags.contains(.thisWith) ? mergedThisWith(source) : mergedWithThis(source)
        for next in list {
            let other: ResourceIndex
            if flags.contains(.thisWith) {
                other = colocations[next].primary
            } else {
                if !hasInfluence(next) { continue }
                other = colocations[next].dependent
            }
            spread(from: other, to: target, &work, along: next, factor: stepFactor(factor, next), flags: flags)
        }
    }

    /// What a step along a colocation weighs after one that weighs `factor`.
    @inline(__always)
    func stepFactor(_ factor: Float, _ c: ColocationIndex) -> Float {
        factor * Float(colocations[c].score.value) / Float(Score.infinity.value)
    }

    /// Step 5: nodes frozen on the way become weakly preferred.
    private func releaseFrozenNodes(_ table: inout NodeTable) {
        table.withRow { row in
            for position in row.indices where row[position].present && row[position].count < 0 {
                row[position].count = ~row[position].count
                row[position].score = Score(1)
            }
        }
    }

    /// Step 3: what the source itself thinks of each node.
    private mutating func addMatchingScores(
        of source: ResourceIndex, to target: ResourceIndex, along c: ColocationIndex, factor: Float, flags: SpreadFlags, table work: inout NodeTable
    ) {
        let isNonnegative = flags.contains(.nonnegative)
        work.withRow { row in
            forEachMatch(of: source, to: target, along: c, factor: factor) { position, _, delta in
                if position < row.count, row[position].present { Self.add(delta, isNonnegative, to: &row[position]) }
            }
        }
    }

    /// The same as part of a remembered walk.
    /// - Returns: the factors with which the same is added.
    mutating func addMatchingScores(
        of source: ResourceIndex, to target: ResourceIndex, along c: ColocationIndex, factor: Float, effect: inout WalkEffect
    ) -> FactorRange {
        var (least, most): (Int32, Int32) = (0, 0)
        forEachMatch(of: source, to: target, along: c, factor: factor) { position, score, delta in
            effect.shifts[position].append(ScoreShift(adding: Score(delta)))
            (least, most) = (min(least, score), max(most, score))
        }
        return FactorRange(like: factor, from: least, to: most)
    }

    /// The same as part of a walk of which steps may be taken back.
    mutating func addMatchingScores(
        of source: ResourceIndex, to target: ResourceIndex, along c: ColocationIndex, factor: Float, trace: inout WalkTrace
    ) -> FactorRange {
        var (least, most): (Int32, Int32) = (0, 0)
        forEachMatch(of: source, to: target, along: c, factor: factor) { position, score, delta in
            trace.add(Score(delta), at: position)
            (least, most) = (min(least, score), max(most, score))
        }
        return FactorRange(like: factor, from: least, to: most)
    }

    /// Calls `body` with the position of each node, the source's score there and what is to be added to the target's.
    @inline(__always)
    private mutating func forEachMatch(
        of source: ResourceIndex, to target: ResourceIndex, along c: ColocationIndex, factor: Float, _ body: (Int, Int32, Int) -> Void
    ) {
        let attribute = attribute(of: c)
        var sourceTable = sourceTable(source, along: c)
        sourceTable.cover(nodes.count)
        let mayPunish = factor >= 0 || mayDependentPushAway(c)
        let stickiness = resources[colocations[c].primary].stickiness.value
        let isDirect = attribute == 0 && placement.everyNodeIsNamed && usesOwnAttributes(source) && usesOwnAttributes(target)
            && placement.attributeClasses[0].count == nodes.count
        let best = isDirect ? [] : bestScores(by: attribute, of: source, in: sourceTable)
        let classes = isDirect ? [] : attributeClasses(attribute, for: target)
        sourceTable.row.withUnsafeBufferPointer { sources in
            placement.available.withUnsafeBufferPointer { available in
                for position in available.indices {
                    let score: Int32
                    if isDirect {
                        score = sources[position].present && available[position]
                            ? sources[position].score.value : Score.minusInfinity.value
                    } else {
                        score = best[Int(classes[position])]
                    }
                    if factor < 0, score < 0, !mayPunish || stickiness >= -score { continue }
                    body(position, score, Self.weighted(score, factor))
                }
            }
        }
    }

    /// What a score counts for at a step: rounded, but never to nothing unless the step weighs nothing.
    @inline(__always)
    private static func weighted(_ score: Int32, _ factor: Float) -> Int {
        let product = factor * Float(score)
        let delta = Int(product < 0 ? Double(product) - 0.5 : Double(product) + 0.5)
        return delta == 0 && score != 0 ? (factor > 0 ? 1 : factor < 0 ? -1 : 0) : delta
    }

    /// Adds a weighted score to one entry; a negative count marks a frozen entry.
    @inline(__always)
    private static func add(_ delta: Int, _ nonnegative: Bool, to entry: inout NodeEntry) {
        if entry.count < 0 { return }
        let sum = Score(delta) + entry.score
        if nonnegative, sum.value < 0 {
            if entry.score.value > 0 {
                entry.score = .minusInfinity
                entry.count = ~entry.count
                return
            }
            if entry.score.value == 0 { return }
        }
        entry.score = sum
    }

    /// The table a source is judged by: its own, except that a later member of a group speaks for its group too.
    /// What a walk asks at every step is inlined: each call of a method would copy the whole state, which costs more than the step.
    @inline(__always)
    func sourceTable(_ source: ResourceIndex, along c: ColocationIndex) -> NodeTable {
        guard colocations[c].isExplicit, colocations[c].dependent == source, let parent = resources[source].parent,
            resources[parent].variant == .group, resources[parent].children.first != source,
            !resources[parent].locations.isEmpty
        else { return resources[source].nodes }
        return tableForGroup(source, parent)
    }

    private func tableForGroup(_ source: ResourceIndex, _ parent: ResourceIndex) -> NodeTable {
        var table = resources[source].nodes
        for location in resources[parent].locations.reversed() { _ = apply(location, to: source, &table) }
        return table
    }

    /// The best usable score in a table for each value of an attribute, by class; no value is class 0.
    private func bestScores(by attribute: Int32, of r: ResourceIndex, in table: NodeTable) -> ContiguousArray<Int32> {
        var best = ContiguousArray(repeating: Score.minusInfinity.value, count: nodes.count + 1)
        let classes = attributeClasses(attribute, for: r)
        for position in table.row.indices where table.row[position].present && placement.available[position] {
            let number = Int(classes[position])
            best[number] = max(best[number], table.row[position].score.value)
        }
        return best
    }

    /// Whether a dependent that cannot run on a node may make the primary avoid it as well:
    /// only if the dependent has exactly one node left.
    func mayDependentPushAway(_ c: ColocationIndex) -> Bool {
        guard hasInfluence(c) else { return false }
        var allowed = 0
        for entry in resources[colocations[c].dependent].nodes.row where entry.present && entry.score.value >= 0 {
            allowed += 1
        }
        return allowed == 1
    }

    /// 16.6: adds the dependent's scores to the primary `r`.
    mutating func addDependentScores(_ c: ColocationIndex, to r: ResourceIndex) {
        guard hasInfluence(c) else { return }  // judged by the constraint's primary, not by its instance
        var flags: SpreadFlags = [.active]
        if resources[r].variant == .clone { flags.insert(.nonnegative) }
        spreadInto(r, from: colocations[c].dependent, along: c, flags: flags)
    }

    /// A walk whose result becomes the resource's own table.
    mutating func spreadInto(_ r: ResourceIndex, from source: ResourceIndex, along c: ColocationIndex, flags: SpreadFlags) {
        placement.recorder?.steps.removeAll(keepingCapacity: true)
        var table = resources[r].nodes
        spread(from: source, to: r, &table, along: c, factor: factor(of: c), flags: flags)
        resources[r].nodes = table
        if !placement.walks.isEmpty { forgetWalks(overOnly: r) }
        if placement.recorder != nil { commitSteps(r, c) }
    }
}
