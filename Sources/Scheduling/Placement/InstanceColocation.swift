// SPDX-License-Identifier: GPL-2.0-or-later
// An optional colocation with a clone, applied for all instances at once: N resources with a clone of N instances on N nodes that are
// alike to the colocation would be N times N times N additions.

import ClusterStatus
import CIBModel

extension ClusterState {
    /// 16.4a for each instance of a clone, one after the other, if none of them would be taken back.
    /// - Returns: false if each has to be applied by itself, and nothing has changed.
    mutating func applyToScores(_ c: ColocationIndex, dependent: ResourceIndex, instancesOf clone: ResourceIndex) -> Bool {
        let score = colocations[c].score
        guard resources[clone].children.count >= 16, score < .infinity, score > .minusInfinity, !isRecorded(dependent),
            resources[dependent].variant == .primitive, let places = placesByClass(c, dependent: dependent, instancesOf: clone)
        else { return false }
        var work = resources[dependent].nodes
        // A score that is added cannot make the last usable node unusable; one that is taken away has not, if it has not in the end.
        if score.value > 0, !hasUsableNode(work) { return false }
        let classes = attributeClasses(attribute(of: c), for: dependent)
        work.withRow { row in
            for position in row.indices where row[position].present && abs(row[position].score.value) < Score.infinity.value {
                row[position].score = Score(Int(row[position].score.value) + places.count[Int(classes[position])] * Int(score.value))
            }
        }
        if !hasUsableNode(work) { return false }
        work.noteCopy(times: places.sum)
        resources[dependent].nodes = work
        recordScores(dependent, .colocation(c))
        return true
    }

    /// How many instances count where, by the class of the node's attribute; nil if they do not all just add to scores.
    private func placesByClass(
        _ c: ColocationIndex, dependent: ResourceIndex, instancesOf clone: ResourceIndex
    ) -> (count: ContiguousArray<Int>, sum: Int)? {
        var count = ContiguousArray(repeating: 0, count: nodes.count + 1)
        var sum = 0
        for instance in resources[clone].children {
            var primary = instance
            if resources[instance].variant == .group {
                if resources[instance].has(.unassigned) { continue }
                guard resources[instance].has(.groupColocated), let first = resources[instance].children.first else { return nil }
                primary = first
            }
            switch effect(of: c, dependent: dependent, primary: primary) {
            case .nothing: continue
            case .role: return nil
            case .location: break
            }
            guard let place = resources[primary].assigned else { return nil }
            count[Int(attributeClass(attribute(of: c), of: place, for: primary))] += 1
            sum += 1
        }
        return (count, sum)
    }
}
