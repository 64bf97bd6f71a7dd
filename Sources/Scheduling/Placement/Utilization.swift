// SPDX-License-Identifier: GPL-2.0-or-later
// Capacities of nodes and needs of resources (scheduler spec section 17).

import ClusterStatus
import CIBModel

/// What something needs, summed over resources.
struct Demand: Sendable {
    var entries: ContiguousArray<(name: String, value: Int32)> = []

    mutating func add(_ table: NameValueTable) {
        for entry in table.entries {
            let value = Self.amount(entry.value)
            if let position = entries.firstIndex(where: { $0.name == entry.name }) {
                entries[position].value = Self.saturating(Int64(entries[position].value) + Int64(value))
            } else {
                entries.append((entry.name, value))
            }
        }
    }

    /// What a text says; one that is no number is as little as there can be.
    static func amount(_ text: String) -> Int32 { Scan.integer(text).map { Int32(clamping: $0) } ?? .min }
    static func saturating(_ value: Int64) -> Int32 { Int32(clamping: value) }
}

/// What has to be on one node with a resource, in the order it was found.
private struct Company {
    private(set) var list = ContiguousArray<ResourceIndex>()
    private var isMember: ContiguousArray<Bool>

    init(of count: Int) { isMember = ContiguousArray(repeating: false, count: count) }

    mutating func append(_ r: ResourceIndex) {
        list.append(r)
        isMember[r.position] = true
    }

    func contains(_ r: ResourceIndex) -> Bool { isMember[r.position] }
}

extension ClusterState {
    /// Fills the remaining capacity of all nodes from what is configured.
    mutating func prepareCapacity() {
        for position in nodes.indices {
            nodes[position].remaining = []
            for entry in nodes[position].utilization.entries {
                nodes[position].remaining.append((entry.name, Demand.amount(entry.value)))
            }
        }
        reportCapacity(.original)
        guard options.placementStrategy != .standard else { return }
        placement.tableOrders = tableOrders(of: Array(nodeOrder), copies: Self.tableCopies)
    }

    private func remaining(_ node: NodeIndex, _ name: String) -> Int32 {
        for entry in nodes[node].remaining where entry.name == name { return entry.value }
        return 0
    }

    private mutating func change(_ node: NodeIndex, by r: ResourceIndex, sign: Int64) {
        let entries = resources[r].utilization.entries
        if entries.count < 2 || entries.allSatisfy({ entry in nodes[node].remaining.contains { $0.name == entry.name } }) {
            for entry in entries { change(node, entry.name, by: sign * Int64(Demand.amount(entry.value))) }
        } else {
            // What the node has none of is entered in the order of the resource's table (differential corner-3400106).
            for position in StringHashOrder.positions(of: entries.map(\.name)) {
                change(node, entries[position].name, by: sign * Int64(Demand.amount(entries[position].value)))
            }
        }
    }

    private mutating func change(_ node: NodeIndex, _ name: String, by amount: Int64) {
        if placement.showUtilization { nodes[node].calculatedCapacities.insert(name) }
        if let position = nodes[node].remaining.firstIndex(where: { $0.name == name }) {
            let sum = Int64(nodes[node].remaining[position].value) + amount
            nodes[node].remaining[position].value = Demand.saturating(sum)
        } else {
            nodes[node].remaining.append((name, Demand.saturating(amount)))
        }
    }

    mutating func takeCapacity(of r: ResourceIndex, from node: NodeIndex) {
        change(node, by: r, sign: -1)
        reportUtilization(r, on: node)
    }

    mutating func giveBackCapacity(of r: ResourceIndex, to node: NodeIndex) { change(node, by: r, sign: 1) }

    /// 17.1: negative if `a` has more free capacity.
    func compareCapacity(_ a: NodeIndex, _ b: NodeIndex) -> Int {
        var result = 0
        for entry in nodes[a].remaining {
            let other = remaining(b, entry.name)
            if entry.value > other { result -= 1 } else if entry.value < other { result += 1 }
        }
        for entry in nodes[b].remaining where !nodes[a].remaining.contains(where: { $0.name == entry.name }) {
            if entry.value < 0 { result -= 1 } else if entry.value > 0 { result += 1 }
        }
        return result
    }

    private func hasRoom(_ node: NodeIndex, for need: Demand) -> Bool {
        need.entries.allSatisfy { $0.value <= remaining(node, $0.name) }
    }

    /// 17.3: bans a resource from nodes without room for it.
    /// - Returns: the node to prefer, if no node has room for everything that must come along.
    mutating func limitByCapacity(_ r: ResourceIndex) -> NodeIndex? {
        if options.placementStrategy == .standard { return nil }
        var together = Company(of: resources.count)
        collectColocated(r, with: r, into: &together)
        let need = totalDemand(together)
        var roomiest: NodeIndex?
        var isAnyCapable = false
        let candidates = nodeOrder.filter { isUsable(resources[r].nodes[$0], $0) }
        for node in inTableOrder(resources[r].nodes) where isUsable(resources[r].nodes[node], node) {
            if hasRoom(node, for: need) { isAnyCapable = true }
            if let known = roomiest, compareCapacity(node, known) >= 0 { continue }
            roomiest = node
        }
        var own = Demand()
        own.add(resources[r].utilization)
        let decisive = isAnyCapable ? need : own
        for node in candidates where !hasRoom(node, for: decisive) {
            addScore(.minusInfinity, to: r, node: node)
        }
        recordScores(r, .capacity)
        return isAnyCapable ? nil : roomiest
    }

    // MARK: What has to come along (17.2)

    private mutating func collectColocated(
        _ r: ResourceIndex, with start: ResourceIndex, into list: inout Company
    ) {
        if resources[r].variant == .group, staysTogether(r) {
            list.append(r)
            for member in resources[r].children { collectColocated(member, with: start, into: &list) }
            return
        }
        if list.contains(r) { return }
        list.append(r)
        for c in mergedThisWith(r) where colocations[c].score == .infinity {
            let primary = colocations[c].primary
            if primary == start || !mayApply(c, dependent: r, primary: primary) { continue }
            collectColocated(primary, with: start, into: &list)
        }
        let isClone = resources[r].variant == .clone
        for c in mergedWithThis(r) where colocations[c].score == .infinity {
            let dependent = colocations[c].dependent
            if dependent == start || (isClone && resources[dependent].variant != .clone) { continue }
            if !mayApply(c, dependent: dependent, primary: r) { continue }
            collectColocated(dependent, with: start, into: &list)
        }
    }

    /// Whether a colocation is one of places: without roles it always is.
    @inline(__always)
    private func mayApply(_ c: ColocationIndex, dependent: ResourceIndex, primary: ResourceIndex) -> Bool {
        if colocations[c].dependentRole == .unknown, colocations[c].primaryRole == .unknown { return true }
        return effect(of: c, dependent: dependent, primary: primary, preview: true) == .location
    }

    /// Whether all members of a group end up on one node.
    private func staysTogether(_ r: ResourceIndex) -> Bool {
        if resources[r].has(.groupColocated) { return true }
        guard let parent = resources[r].parent else { return false }
        return resources[parent].variant == .clone
    }

    private func totalDemand(_ list: Company) -> Demand {
        var demand = Demand()
        for r in list.list where resources[r].has(.unassigned) { addDemand(of: r, all: list, &demand) }
        return demand
    }

    private func addDemand(of r: ResourceIndex, all list: Company, _ demand: inout Demand) {
        guard resources[r].has(.unassigned) else { return }
        switch resources[r].variant {
        case .primitive: demand.add(resources[r].utilization)
        case .group:
            let members = resources[r].children
            for member in staysTogether(r) ? members[...] : members.prefix(1)
            where resources[member].has(.unassigned) && !list.contains(member) {
                addDemand(of: member, all: list, &demand)
            }
        case .clone: addCloneDemand(r, list, &demand)
        case .bundle:
            if let container = bundle(r)?.replicas.first?.container { addDemand(of: container, all: list, &demand) }
        }
    }

    private func addCloneDemand(_ r: ResourceIndex, _ list: Company, _ demand: inout Demand) {
        var didFind = false
        for child in resources[r].children {
            if list.contains(child) {
                didFind = true
            } else if resources[child].children.contains(where: { list.contains($0) }) {
                addDemand(of: child, all: list, &demand)
                didFind = true
            }
        }
        if !didFind, let first = resources[r].children.first { addDemand(of: first, all: list, &demand) }
    }
}
