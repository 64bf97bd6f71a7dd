// SPDX-License-Identifier: GPL-2.0-or-later
// Recording colocations (scheduler spec 11.2): each is listed with both its resources, sorted by the other one.

package import ClusterStatus
package import CIBModel

extension ClusterState {
    /// Records a colocation. Scores of 0 record nothing.
    /// - Parameters:
    ///   - nodeAttribute: nil is `#uname`.
    ///   - explicit: from a constraint element, not implied by a group, launcher or bundle.
    package mutating func addColocation(
        id: String, score: Score, dependent: ResourceIndex, primary: ResourceIndex,
        dependentRole: ResourceRole = .unknown, primaryRole: ResourceRole = .unknown,
        nodeAttribute: String? = nil, influence: Bool = true, explicit: Bool = false
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
        insertOwn(index, into: dependent, byPrimary: true)
        insertOwn(index, into: primary, byPrimary: false)
        placement.listEpoch &+= 1
        if score == .minusInfinity { orderAgainstEachOther(index) }
    }

    private mutating func insertOwn(_ c: ColocationIndex, into r: ResourceIndex, byPrimary: Bool) {
        if byPrimary {
            var list = ContiguousArray<ColocationIndex>()
            swap(&list, &resources[r].thisWith)
            insert(c, into: &list, byPrimary: true)
            swap(&list, &resources[r].thisWith)
        } else {
            var list = ContiguousArray<ColocationIndex>()
            swap(&list, &resources[r].withThis)
            insert(c, into: &list, byPrimary: false)
            swap(&list, &resources[r].withThis)
        }
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
