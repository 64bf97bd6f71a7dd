// SPDX-License-Identifier: GPL-2.0-or-later
// Walks along colocations of which steps may be taken back (scheduler spec 16.5): where many keep apart, there are as many ways as two
// to the power of their number. A walk from some resource on with scores for which it takes the same turns is walked once.

import ClusterStatus
import CIBModel

extension ClusterState {
    /// Does to a table what the walk from `source` on does, each part that was walked before in one step.
    /// - Returns: false if it has to be walked in full.
    mutating func followTrace(
        from source: ResourceIndex, to target: ResourceIndex, _ work: inout NodeTable, factor: Float, flags: SpreadFlags
    ) -> Bool {
        let place = walkPlace(source, flags)
        guard placement.walks.isTangled(place), !placement.walks.isOpaque(place) else { return false }
        let isVaried = placement.walks.isVaried(place)
        if isVaried, !hasShape(source, flags) { return false }
        let start = WalkTrace(work, factor: factor, nonnegative: flags.contains(.nonnegative))
        let trace = traced(from: source, to: target, start, factor: factor, flags: flags, maySeeLoops: isVaried)
        if isVaried, placement.walks.shapes.areInVain { return false }
        trace.apply(to: &work)
        return true
    }

    /// The walk from `source` on, as it is with the scores where another walk is.
    private mutating func traced(
        from source: ResourceIndex, to target: ResourceIndex, _ before: WalkTrace, factor: Float, flags: SpreadFlags, maySeeLoops: Bool
    ) -> WalkTrace {
        let place = walkPlace(source, flags)
        let list = walkList(source, flags)
        let isVaried = maySeeLoops && walkEffect(from: source, to: target, factor: factor, flags: flags) == nil
        let shape = isVaried ? walkShape(from: source, flags) : nil
        if let shape {
            if let known = placement.walks.shapes.trace(shape, next: before, factor: factor) { return known }
        } else {
            if let known = placement.walks.trace(at: place, next: before, factor: factor) { return known }
            noteAsked(by: place, list, flags)
        }
        var trace = WalkTrace(from: before, factor: factor)
        for c in list where flags.contains(.thisWith) || hasInfluence(c) {
            guard let (other, next) = walkStep(along: c, flags), !resources[other].has(.updating), !resources[next].has(.updating) else { continue }
            resources[other].flags.insert(.updating)
            resources[next].flags.insert(.updating)
            let factors = step(to: next, to: target, along: c, &trace, factor: stepFactor(factor, c), flags: flags, maySeeLoops: isVaried)
            resources[other].flags.remove(.updating)
            resources[next].flags.remove(.updating)
            // Then nobody looks at what it comes to.
            if shape != nil, placement.walks.shapes.areInVain { return trace }
            trace.factors.limit(to: factors, after: colocations[c].score, from: factor)
        }
        if trace.steps >= Int(placement.walks.worthwhile) {
            if let shape { placement.walks.remember(trace, shape: shape) } else { placement.walks.remember(trace, at: place) }
        }
        return trace
    }

    /// One step and all that follow from it, unless they are taken back.
    /// - Returns: the factors with which they are the same.
    private mutating func step(
        to source: ResourceIndex, to target: ResourceIndex, along c: ColocationIndex, _ trace: inout WalkTrace, factor: Float, flags: SpreadFlags,
        maySeeLoops: Bool
    ) -> FactorRange {
        placement.walks.steps &+= 1
        trace.steps += 1
        let before = trace
        var factors = addMatchingScores(of: source, to: target, along: c, factor: factor, trace: &trace)
        guard trace.hasUsableNode(placement.available) else {
            trace.takeBack(to: before)
            return factors
        }
        if factor != 0, !walkList(source, flags).isEmpty {
            let rest = traced(from: source, to: target, trace, factor: factor, flags: flags, maySeeLoops: maySeeLoops)
            trace.append(rest)
            factors.formIntersection(rest.factors)
        }
        trace.keepStep()
        return factors
    }
}
