// SPDX-License-Identifier: GPL-2.0-or-later
// Which instance of a clone, or container of a bundle, is placed first (scheduler spec 15.7).

package import ClusterStatus
import CIBModel

extension ClusterState {
    /// Instances in the order in which they choose nodes.
    mutating func sortedInstances(
        _ instances: ContiguousArray<ResourceIndex>, of parent: ResourceIndex
    ) -> ContiguousArray<ResourceIndex> {
        var sorted = instances
        var scores = InstanceScores(instances)
        // The comparison walks colocations, which marks resources while it does: it needs the state itself.
        mergeSort(&sorted, with: &self) { state, a, b in state.compareInstances(a, b, of: parent, &scores) }
        return sorted
    }

    /// Negative if `a` comes first.
    mutating func compareInstances(
        _ a: ResourceIndex, _ b: ResourceIndex, of parent: ResourceIndex, _ scores: inout InstanceScores
    ) -> Int {
        let (activeA, activeB) = (resources[a].activeNodes.count, resources[b].activeNodes.count)
        if activeA > 0, activeB > 0, activeA != activeB { return activeA < activeB ? -1 : 1 }
        var nodeA = placementNode(of: a)
        var nodeB = placementNode(of: b)
        let (isAllowedA, isAllowedB) = (isAllowed(a, nodeA), isAllowed(b, nodeB))
        if isAllowedA != isAllowedB { return isAllowedA ? -1 : 1 }
        if !isAllowedA { nodeA = nil }
        if !isAllowedB { nodeB = nil }
        let (priorityA, priorityB) = (resources[a].priority.value, resources[b].priority.value)
        if priorityA != priorityB { return priorityA > priorityB ? -1 : 1 }
        guard let nodeA, let nodeB else { return nodeA == nil ? (nodeB == nil ? 0 : 1) : -1 }
        let (availableA, availableB) = (nodes[nodeA].isAvailable, nodes[nodeB].isAvailable)
        if availableA != availableB { return availableA ? -1 : 1 }
        let (entryA, entryB) = (resources[parent].nodes[nodeA], resources[parent].nodes[nodeB])
        guard entryA.present, entryB.present else { return entryA.present ? -1 : entryB.present ? 1 : 0 }
        if entryA.count != entryB.count { return entryA.count < entryB.count ? -1 : 1 }
        let (failedA, failedB) = (hasAnywhere(.failed, a), hasAnywhere(.failed, b))
        if failedA != failedB { return failedA ? 1 : -1 }
        let scoreA = colocationScore(of: a, &scores)
        let scoreB = colocationScore(of: b, &scores)
        if scoreA != scoreB { return scoreA > scoreB ? -1 : 1 }
        return compareInstanceNumbers(a, b)
    }

    private func isAllowed(_ r: ResourceIndex, _ node: NodeIndex?) -> Bool {
        guard let node else { return true }
        return resources[r].nodes.contains(node) && resources[r].nodes[node].score.value >= 0
    }

    /// What everything colocated with an instance thinks of the node it is on; computed once a sort.
    private mutating func colocationScore(of r: ResourceIndex, _ scores: inout InstanceScores) -> Int32 {
        if let known = scores[r] { return known }
        guard let node = placementNode(of: r) else { return 0 }
        var table = NodeTable()
        table.cover(nodes.count)
        table[node] = NodeEntry(score: nodes[node].baseScore)
        for c in mergedThisWith(r) {
            spread(from: colocations[c].primary, to: r, &table, along: c, factor: factor(of: c), flags: [])
        }
        for c in mergedWithThis(r) where hasInfluence(c, for: r) {
            spread(from: colocations[c].dependent, to: r, &table, along: c, factor: factor(of: c), flags: [.nonnegative])
        }
        let result = table[node].score.value
        scores[r] = result
        return result
    }

    /// By instance number: the digits after the last `:`, else after the last `-`.
    package func compareInstanceNumbers(_ a: ResourceIndex, _ b: ResourceIndex) -> Int {
        let (numberA, numberB) = (instanceNumber(a), instanceNumber(b))
        return numberA < numberB ? -1 : numberA > numberB ? 1 : 0
    }

    private func instanceNumber(_ r: ResourceIndex) -> Int {
        let bytes = resources[r].id.utf8
        guard let separator = bytes.lastIndex(of: UInt8(ascii: ":")) ?? bytes.lastIndex(of: UInt8(ascii: "-"))
        else { return 0 }
        var number = 0
        for byte in bytes[bytes.index(after: separator)...] {
            guard byte >= 0x30, byte <= 0x39, number < 100_000_000 else { break }
            number = number * 10 + Int(byte - 0x30)
        }
        return number
    }

    /// Sorts the instances of a clone by number, for good.
    package mutating func sortInstancesByNumber(_ r: ResourceIndex) {
        var children = resources[r].children
        var isSorted = true
        var last = Int.min
        for child in children where isSorted {
            let number = instanceNumber(child)
            isSorted = last <= number
            last = number
        }
        if isSorted { return }
        mergeSort(&children) { compareInstanceNumbers($0, $1) }
        resources[r].children = children
    }
}

/// Colocation scores of instances during one sort.
struct InstanceScores {
    private let first: Int32
    private var values: ContiguousArray<Int32?>

    init(_ instances: ContiguousArray<ResourceIndex>) {
        let lowest = instances.lazy.map(\.raw).min() ?? 0
        let highest = instances.lazy.map(\.raw).max() ?? 0
        first = lowest
        values = ContiguousArray(repeating: nil, count: Int(highest - lowest) + 1)
    }

    subscript(_ r: ResourceIndex) -> Int32? {
        get { values[Int(r.raw - first)] }
        set { values[Int(r.raw - first)] = newValue }
    }
}
