// SPDX-License-Identifier: GPL-2.0-or-later
// Choosing the node of a primitive, and what an assignment changes (scheduler spec 15.2, 15.4, 15.5).

package import ClusterStatus
import CIBModel

extension ClusterState {
    /// 15.2.
    mutating func assignPrimitive(_ r: ResourceIndex, _ preferred: NodeIndex?, _ stopIfFail: Bool) -> NodeIndex? {
        if let parent = resources[r].parent, !resources[parent].has(.assigning) {
            assign(parent, preferring: preferred, stopIfFail: stopIfFail)
        }
        if !resources[r].has(.unassigned) { return resources[r].assigned }
        if resources[r].has(.assigning) { return nil }
        resources[r].flags.insert(.assigning)
        applyColocations(of: r)
        if resources[r].nextRole == .stopped {
            banEverywhere(r, .targetRole)
        } else if resources[r].nextRole > resources[r].originalRole, !haveQuorum, options.noQuorumPolicy == .freeze {
            resources[r].nextRole = resources[r].originalRole
        }
        reportScores(r, .primitive)
        if options.fencingEnabled, !haveFencing {
            resources[r].flags.remove(.managed)
            placement.listEpoch &+= 1
        }
        if !resources[r].isManaged {
            resources[r].nextRole = resources[r].originalRole
            let node = placementNode(of: r)
            assign(r, to: node, entry: node.map { NodeEntry(score: nodes[$0].baseScore) }, force: true, stopIfFail: stopIfFail)
            recordDecision(r, "not managed, stays where it is")
        } else if options.stopAllResources {
            assign(r, to: nil, entry: nil, force: true, stopIfFail: stopIfFail)
            recordDecision(r, "all resources are to be stopped")
        } else {
            assignBestNode(r, preferred, stopIfFail)
        }
        resources[r].flags.remove(.assigning)
        if let node = resources[r].remoteNode {
            updateRemoteNode(node, connection: r)
        } else if resources[r].has(.remoteConnection), resources[r].assigned != nil, resources[r].nextRole != .stopped {
            resources[r].flags.insert(.reachesUnjoinedNode)
        }
        return resources[r].assigned
    }

    /// Step 4: mandatory colocations first, then the others; in each round what this resource needs, then what needs it.
    private mutating func applyColocations(of r: ResourceIndex) {
        let thisWith = mergedThisWith(r)
        let withThis = mergedWithThis(r)
        for isMandatory in [true, false] {
            for c in thisWith where self.isMandatory(c) == isMandatory { applyThisWith(c, r) }
            addDependentScores(withThis, isMandatory, to: r)
        }
    }

    private mutating func addDependentScores(_ list: ContiguousArray<ColocationIndex>, _ isMandatory: Bool, to r: ResourceIndex) {
        if list.count >= Int(placement.walks.worthwhile), followAll(list, isMandatory ? .mandatory : .optional, with: r) { return }
        for c in list where self.isMandatory(c) == isMandatory { addDependentScores(c, to: r) }
    }

    func isMandatory(_ c: ColocationIndex) -> Bool {
        let score = colocations[c].score
        return score == .infinity || score == .minusInfinity
    }

    /// 15.5: the primary is placed first, then the colocation applies; it is taken back if an optional one would leave
    /// no node at all.
    private mutating func applyThisWith(_ c: ColocationIndex, _ r: ResourceIndex) {
        let score = colocations[c].score
        let isRevocable = colocations[c].dependentRole == .promoted || (score.value < 0 && score != .minusInfinity)
        let saved = isRevocable ? resources[r].nodes : nil
        let primary = colocations[c].primary
        if resources[primary].has(.unassigned) { assign(primary, preferring: nil, stopIfFail: true) }
        applyColocation(c, dependent: r, primary: primary)
        if let saved, !hasUsableNode(resources[r].nodes) {
            resources[r].nodes = saved
            resources[r].nodes.noteCopy()
            recordScores(r, .restored)
        }
    }

    /// 15.4.
    private mutating func assignBestNode(_ r: ResourceIndex, _ asked: NodeIndex?, _ stopIfFail: Bool) {
        let roomiest = limitByCapacity(r)
        let preferred = asked ?? roomiest
        let current = placementNode(of: r)
        let table = resources[r].nodes
        guard let best = bestNode(table, preferred: current) else {
            assign(r, to: nil, entry: nil, force: false, stopIfFail: stopIfFail)
            recordDecision(r, "no node is allowed")
            return
        }
        var chosen = best
        let bestScore = table[best].score
        if let preferred, table.contains(preferred), table[preferred].score >= bestScore, isUsable(table[preferred], preferred) {
            chosen = preferred
        } else if bestScore.value > 0, placement.available[best.position], !isInUniqueClone(r),
            let current, isUsableAsSuch(current), table.contains(current), table[current].score == bestScore
        {
            chosen = current
        }
        if placement.recorder != nil { explainDecision(r, chosen: chosen, preferred: preferred, current: current) }
        assign(r, to: chosen, entry: table[chosen], force: false, stopIfFail: stopIfFail)
    }

    private func isInUniqueClone(_ r: ResourceIndex) -> Bool {
        guard let parent = resources[r].parent else { return false }
        return resources[parent].variant == .clone && resources[parent].has(.unique)
    }

    /// 15.2 step 9: a connection that gets a node makes its remote node usable; one that does not shuts it down.
    private mutating func updateRemoteNode(_ node: NodeIndex, connection r: ResourceIndex) {
        if resources[r].assigned != nil, resources[r].nextRole != .stopped {
            nodes[node].flags.insert(.online)
            if !nodes[node].flags.contains(.seen) { nodes[node].flags.remove(.unclean) }
        } else {
            nodes[node].flags.insert(.shutdown)
        }
        guard node.position < placement.available.count, placement.available[node.position] != nodes[node].isAvailable else { return }
        placement.available[node.position] = nodes[node].isAvailable
        placement.walks.forgetAll()
    }

    /// Gives a node, or none, to a resource and everything below it (15.4 "assigning a node").
    /// - Parameters:
    ///   - entry: the table entry of the node, kept with the assignment.
    ///   - force: also if the node is not allowed.
    /// - Returns: whether the assignment changed.
    @discardableResult
    package mutating func assign(
        _ r: ResourceIndex, to wanted: NodeIndex?, entry: NodeEntry? = nil, force: Bool, stopIfFail: Bool
    ) -> Bool {
        if !resources[r].children.isEmpty {
            var changed = false
            for child in resources[r].children {
                if assign(child, to: wanted, entry: entry, force: force, stopIfFail: stopIfFail) { changed = true }
            }
            return changed
        }
        var node = wanted
        if !force, let candidate = wanted, isRefused(candidate, entry) {
            if stopIfFail { resources[r].nextRole = .stopped }
            node = nil
        }
        let changed = resources[r].assigned != node
        unassign(r)
        resources[r].flags.remove(.unassigned)
        placement.listEpoch &+= resources[r].bundle == nil ? 0 : 1
        guard let node else {
            if stopIfFail { stopForLackOfNode(r) }
            return changed
        }
        resources[r].assigned = node
        forgetPlaces(above: r)
        resources[r].assignedEntry = entry ?? NodeEntry(score: nodes[node].baseScore)
        nodes[node].assignedCount += 1
        takeCapacity(of: r, from: node)
        return changed
    }

    /// Whether a node cannot be given without force. Guests may come up later.
    private func isRefused(_ node: NodeIndex, _ entry: NodeEntry?) -> Bool {
        let score = entry?.score ?? nodes[node].baseScore
        return score.value < 0 || (!nodes[node].isAvailable && !isGuest(node))
    }

    /// Takes the node of a resource, and of everything below it, away again.
    mutating func unassign(_ r: ResourceIndex) {
        resources[r].flags.insert(.unassigned)
        if !resources[r].children.isEmpty {
            for child in resources[r].children { unassign(child) }
            return
        }
        guard let node = resources[r].assigned else { return }
        resources[r].assigned = nil
        forgetPlaces(above: r)
        nodes[node].assignedCount -= 1
        giveBackCapacity(of: r, to: node)
    }

    private mutating func stopForLackOfNode(_ r: ResourceIndex) {
        resources[r].nextRole = .stopped
        for action in actions.actions(of: r) {
            switch actions[action].task {
            case .stop: actions[action].flags.remove(.optional)
            case .start: actions[action].flags.remove(.runnable)
            default:
                if actions[action].key.interval != 0, actions.explicitMeta(action, "op_target_rc") != "7" {
                    actions[action].flags.remove(.runnable)
                }
            }
        }
    }
}
