// SPDX-License-Identifier: GPL-2.0-or-later
// The shapes of walks along colocations that form loops (scheduler spec 16.5): a walk does not come back to where it is already.

import ClusterStatus
import CIBModel

extension ClusterState {
    /// Whether walks from `source` on are so tangled that their shapes pay, and are known by their shapes at all.
    mutating func hasShape(_ source: ResourceIndex, _ flags: SpreadFlags) -> Bool {
        let place = walkPlace(source, flags)
        if placement.walks.shapes.areInVain || !placement.walks.mayHaveShape(place) { return false }
        guard let shape = walkShape(from: source, flags) else {
            placement.walks.markOpaque(place)
            return false
        }
        // A plain ring is quicker walked: it has as many steps as resources.
        return placement.walks.pays(shape, at: place)
    }

    /// All steps that are open from `source` on.
    /// - Returns: nil if there are too many, or something else has a say.
    mutating func walkShape(from source: ResourceIndex, _ flags: SpreadFlags) -> WalkShapes.Shape? {
        var shape = WalkShapes.Shape()
        var listed = ContiguousArray<ResourceIndex>()
        defer { placement.walks.shapes.endNumbers(listed) }
        var places: ContiguousArray<ResourceIndex> = [source]
        _ = placement.walks.shapes.number(of: source, among: &listed, of: resources.count)
        var isListed = ContiguousArray<Bool>()
        isListed.append(true)
        var position = 0
        while position < places.count {
            let list = walkList(places[position], flags)
            position += 1
            let header = shape.count
            shape.append(0)
            for c in list where flags.contains(.thisWith) || hasInfluence(c) {
                guard let (other, next) = walkStep(along: c, flags), !resources[other].has(.updating), !resources[next].has(.updating) else { continue }
                guard usesOwnAttributes(next), listed.count < WalkShapes.most else { return nil }
                shape[header] += 1
                shape.append(stepKind(c, to: next, flags))
                shape.append(placement.walks.shapes.number(of: other, among: &listed, of: resources.count))
                let number = Int(placement.walks.shapes.number(of: next, among: &listed, of: resources.count))
                shape.append(Int32(number))
                while isListed.count < listed.count { isListed.append(false) }
                if !isListed[number] {
                    isListed[number] = true
                    places.append(next)
                }
            }
        }
        return shape
    }

    private mutating func stepKind(_ c: ColocationIndex, to source: ResourceIndex, _ flags: SpreadFlags) -> Int32 {
        let step = 2 * c.position + (flags.contains(.thisWith) ? 0 : 1)
        if let known = placement.walks.shapes.knownKind(step) { return known }
        let kind = WalkShapes.Kind(
            score: colocations[c].score.value, attribute: attribute(of: c), stickiness: resources[colocations[c].primary].stickiness.value,
            mayPunish: mayDependentPushAway(c),
            scores: ContiguousArray(sourceTable(source, along: c).row.map { $0.present ? $0.score.value : .min }))
        return placement.walks.shapes.number(of: kind, step: step, of: 2 * colocations.count)
    }
}
