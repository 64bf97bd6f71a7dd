// SPDX-License-Identifier: GPL-2.0-or-later
// Which instances of a promotable clone become promoted (scheduler spec 15.8.2).

import ClusterStatus
import CIBModel

extension ClusterState {
    mutating func choosePromotedInstances(_ r: ResourceIndex) {
        resources[r].nodes.updateAll { _, entry in entry.count = 0 }
        let facts = PromotionFacts(self, of: resources[r].top)
        for child in resources[r].children { setPromotionPriority(child, of: r, facts) }
        if !resources[r].has(.promotionUpdated) {
            resources[r].flags.insert(.promotionUpdated)
            forgetBundleLists(of: r)
            sortByPromotion(r)
        }
        let record = Int(resources[r].cloneRecord)
        guard clones.indices.contains(record) else { return }
        let maximum = clones[record].promotedMaximum
        clones[record].promotedChosen = 0
        for child in resources[r].children {
            reportPromotion(child)
            var node: NodeIndex?
            if resources[child].promotionPriority.value >= 0,
                clones[record].promotedChosen < maximum || !resources[r].isManaged
            {
                node = nodeForPromotion(child, of: r)
            }
            guard let node else {
                demoteNextRole(child)
                continue
            }
            if resources[child].originalRole < .promoted, !haveQuorum, options.noQuorumPolicy == .freeze {
                demoteNextRole(child)
                continue
            }
            resources[r].nodes[node].count += 1
            clones[record].promotedChosen += 1
            promoteNextRole(child)
        }
    }

    /// Steps 2a to 2f: what speaks for promoting one instance.
    private mutating func setPromotionPriority(_ child: ResourceIndex, of clone: ResourceIndex, _ facts: PromotionFacts) {
        if role(of: child, current: true) == .started { markUnpromoted(child) }
        guard let node = location(of: child, current: false) else { return }
        let nextRole = role(of: child, current: false)
        switch nextRole {
        case .started, .unknown:
            let (score, isDefault) = promotionScore(of: child, on: node, facts)
            setPriority(isDefault ? Score(-1) : Score(sum: score), of: child)
        case .unpromoted, .stopped: setPriority(.minusInfinity, of: child)
        case .promoted: break
        }
        addPromotedLocations(of: child, to: child, node)
        addPromotedLocations(of: clone, to: child, node)
        for c in mergedThisWith(child) {
            applyColocation(c, dependent: child, primary: colocations[c].primary)
        }
        resources[child].promotionPriority = nextRole == .promoted ? .infinity : resources[child].priority
    }

    private mutating func markUnpromoted(_ r: ResourceIndex) {
        if resources[r].originalRole == .started { resources[r].originalRole = .unpromoted }
        for child in resources[r].children { markUnpromoted(child) }
    }

    private mutating func addPromotedLocations(of r: ResourceIndex, to child: ResourceIndex, _ node: NodeIndex) {
        for location in resources[r].locations.reversed() where locations[location].role == .promoted {
            for entry in locations[location].nodes where entry.node == node { addPriority(entry.score, to: child) }
        }
    }

    /// Step 3: preferences of everything that wants to be with a promoted instance decide the order of promotion.
    private mutating func sortByPromotion(_ r: ResourceIndex) {
        resources[r].flags.insert(.updating)
        for child in resources[r].children {
            guard resources[child].promotionPriority.value >= 0, let node = location(of: child, current: false),
                resources[r].nodes.contains(node)
            else { continue }
            resources[r].nodes[node].score += resources[child].promotionPriority
        }
        recordScores(r, .promotion)
        for c in mergedWithThis(r) where colocations[c].primaryRole == .promoted && hasInfluence(c) {
            spreadInto(r, from: colocations[c].dependent, along: c, flags: [.active, .nonnegative])
        }
        for ticket in resources[r].tickets where ticket.role == .promoted {
            let state = tickets[Int(ticket.ticket)]
            if !state.isGranted || state.isStandby { banEverywhere(r, .ticket(state.id)) }
        }
        for child in resources[r].children { takePriorityFromNode(child, of: r) }
        let order = sortedByPromotion(r)
        resources[r].children = order
        resources[r].flags.remove(.updating)
    }

    private mutating func takePriorityFromNode(_ child: ResourceIndex, of r: ResourceIndex) {
        // A group's own next role counts here (its first member's), not the highest of its members'.
        if !resources[child].isManaged, resources[child].nextRole == .promoted {
            resources[child].promotionPriority = .infinity
            return
        }
        guard let node = location(of: child, current: false) else {
            resources[child].promotionPriority = .minusInfinity
            return
        }
        if resources[child].promotionPriority.value < 0 { return }
        resources[child].promotionPriority = resources[r].nodes.contains(node) ? resources[r].nodes[node].score : .minusInfinity
    }

    private mutating func sortedByPromotion(_ r: ResourceIndex) -> ContiguousArray<ResourceIndex> {
        var sorted = resources[r].children
        var scores = InstanceScores(sorted)
        mergeSort(&sorted, with: &self) { state, a, b in
            let (priorityA, priorityB) = (state.resources[a].promotionPriority, state.resources[b].promotionPriority)
            if priorityA != priorityB { return priorityA > priorityB ? -1 : 1 }
            let (roleA, roleB) = (state.role(of: a, current: true), state.role(of: b, current: true))
            if roleA != roleB { return roleA > roleB ? -1 : 1 }
            return state.compareInstances(a, b, of: r, &scores)
        }
        return sorted
    }

    /// The node an instance would be promoted on, if it may be promoted at all.
    private func nodeForPromotion(_ child: ResourceIndex, of r: ResourceIndex) -> NodeIndex? {
        for member in resources[child].children where nodeForPromotion(member, of: r) == nil { return nil }
        guard let node = location(of: child, current: false) else { return nil }
        if !resources[child].isManaged {
            guard role(of: child, current: true) == .promoted else { return nil }
        } else {
            guard resources[child].priority.value >= 0, nodes[node].isAvailable, !isGuestWithoutHost(node) else { return nil }
        }
        let entry = resources[r].nodes[node]
        guard entry.present else { return nil }
        if resources[child].isManaged, entry.count >= (clone(r)?.promotedNodeMaximum ?? 1) { return nil }
        return node
    }

    private mutating func demoteNextRole(_ r: ResourceIndex) {
        resources[r].nextRole = location(of: r, current: false) == nil ? .stopped : .unpromoted
        for child in resources[r].children { demoteNextRole(child) }
    }

    private mutating func promoteNextRole(_ r: ResourceIndex) {
        if resources[r].nextRole == .unknown { resources[r].nextRole = .promoted }
        for child in resources[r].children { promoteNextRole(child) }
    }
}
