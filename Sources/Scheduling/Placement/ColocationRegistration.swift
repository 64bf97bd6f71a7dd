// SPDX-License-Identifier: GPL-2.0-or-later
// Recording colocations (scheduler spec 11.2): each is listed with both its resources, sorted by the other one.

package import ClusterStatus
package import CIBModel

extension ClusterState {
    /// Records a colocation. Scores of 0 record nothing.
    /// - Parameters:
    ///   - nodeAttribute: nil is `#uname`.
    ///   - explicit: from a constraint element, not implied by a group, launcher or bundle.
    ///   - isLate: recorded while resources are being placed, when priorities have changed.
    package mutating func addColocation(
        id: String, score: Score, dependent: ResourceIndex, primary: ResourceIndex,
        dependentRole: ResourceRole = .unknown, primaryRole: ResourceRole = .unknown,
        nodeAttribute: String? = nil, influence: Bool = true, explicit: Bool = false, isLate: Bool = false
    ) {
        if score.value == 0 { return }
        let index = ColocationIndex(colocations.count)
        colocations.append(
            ColocationConstraint(
                id: id, dependent: dependent, primary: primary, score: score,
                dependentRole: dependentRole == .started ? .unknown : dependentRole,
                primaryRole: primaryRole == .started ? .unknown : primaryRole,
                nodeAttribute: nodeAttribute ?? "#uname", hasInfluence: influence, isExplicit: explicit))
        placement.colocationAttribute.append(attributeNumber(nodeAttribute ?? "#uname"))
        insertOwn(index, into: dependent, byPrimary: true, isLate)
        insertOwn(index, into: primary, byPrimary: false, isLate)
        placement.listEpoch &+= 1
        if score == .minusInfinity { orderAgainstEachOther(index) }
    }

    private mutating func insertOwn(_ c: ColocationIndex, into r: ResourceIndex, byPrimary: Bool, _ isLate: Bool) {
        var list = ContiguousArray<ColocationIndex>()
        if byPrimary { swap(&list, &resources[r].thisWith) } else { swap(&list, &resources[r].withThis) }
        if isLate { insert(c, into: &list, byPrimary: byPrimary) } else { insertSorted(c, into: &list, byPrimary: byPrimary) }
        if byPrimary { swap(&list, &resources[r].thisWith) } else { swap(&list, &resources[r].withThis) }
    }

    /// The same as `insert(_:into:byPrimary:)` while constraints are read: priorities do not change yet, so the list is in order and
    /// the place can be found by halving. Two sets of 500 resources are 250,000 colocations.
    private func insertSorted(_ c: ColocationIndex, into list: inout ContiguousArray<ColocationIndex>, byPrimary: Bool) {
        let key = byPrimary ? colocations[c].primary : colocations[c].dependent
        var (low, high) = (0, list.count)
        while low < high {
            let middle = low + (high - low) / 2
            let other = byPrimary ? colocations[list[middle]].primary : colocations[list[middle]].dependent
            if compareForColocation(other, key) >= 0 { high = middle } else { low = middle + 1 }
        }
        list.insert(c, at: low)
    }

    /// Resources that must not meet on a node: what one loses there comes before what the other gains there.
    private mutating func orderAgainstEachOther(_ c: ColocationIndex) {
        let constraint = colocations[c]
        orderLossBeforeGain(
            constraint.dependent, constraint.dependentRole, constraint.primary, constraint.primaryRole)
        orderLossBeforeGain(
            constraint.primary, constraint.primaryRole, constraint.dependent, constraint.dependentRole)
    }

    private mutating func orderLossBeforeGain(
        _ first: ResourceIndex, _ firstRole: ResourceRole, _ then: ResourceIndex, _ thenRole: ResourceRole
    ) {
        var losing: [TaskName] = [firstRole == .promoted ? .demote : .stop]
        if firstRole == .unpromoted { losing.append(.promote) }
        var gaining: [TaskName] = [thenRole == .promoted ? .promote : .start]
        if thenRole == .unpromoted { gaining.append(.demote) }
        for loss in losing {
            for gain in gaining { order(first, loss, then, gain, .ifRequiredOnSameNode) }
        }
    }
}
