// SPDX-License-Identifier: GPL-2.0-or-later
// Node attributes as colocations compare them (scheduler spec 16.1): values become small integers once,
// comparing two nodes is comparing two integers.

import ClusterStatus
import CIBModel

extension ClusterState {
    /// The number of a node attribute among those that colocations use; `#uname` is 0.
    mutating func attributeNumber(_ name: String) -> Int32 {
        if placement.attributeClasses.isEmpty || placement.attributeClasses[0].count != nodes.count {
            placement.attributeNumbers = [:]
            placement.attributeClasses = []
            placement.everyNodeIsNamed = true
            appendClasses("#uname")
        }
        if let number = placement.attributeNumbers[name] { return number }
        return appendClasses(name)
    }

    @discardableResult
    private mutating func appendClasses(_ name: String) -> Int32 {
        var classes = ContiguousArray<Int32>(repeating: 0, count: nodes.count)
        var known: [String: Int32] = [:]
        for position in nodes.indices {
            // A remote node without an entry in the status has not even the attribute of its name.
            guard let folded = nodes[position].attributes[name]?.lowercased() else {
                if name == "#uname" { placement.everyNodeIsNamed = false }
                continue
            }
            if let number = known[folded] {
                classes[position] = number
            } else {
                let number = Int32(known.count + 1)
                known[folded] = number
                classes[position] = number
            }
        }
        if name == "#uname" { placement.namesDiffer = known.count == nodes.count }
        let number = Int32(placement.attributeClasses.count)
        placement.attributeNumbers[name] = number
        placement.attributeClasses.append(classes)
        return number
    }

    /// The class of a node's value for a resource. Guests answer with their host's value where the resource asks for it.
    func attributeClass(_ attribute: Int32, of node: NodeIndex, for r: ResourceIndex) -> Int32 {
        guard nodes[node].isRemote, looksAtHost(node, r), isGuest(node) else {
            return placement.attributeClasses[Int(attribute)][node.position]
        }
        guard let host = assignedHost(of: node) else { return 0 }
        return placement.attributeClasses[Int(attribute)][host.position]
    }

    /// The classes of all nodes' values for a resource.
    func attributeClasses(_ attribute: Int32, for r: ResourceIndex) -> ContiguousArray<Int32> {
        if usesOwnAttributes(r) { return placement.attributeClasses[Int(attribute)] }
        var classes = ContiguousArray<Int32>()
        classes.reserveCapacity(nodes.count)
        for position in nodes.indices { classes.append(attributeClass(attribute, of: NodeIndex(position), for: r)) }
        return classes
    }

    /// Whether the resource wants the host's attributes for this node.
    private func looksAtHost(_ node: NodeIndex, _ r: ResourceIndex) -> Bool {
        if isPartOfBundleClone(r), isBundleNode(node) { return true }
        return resources[r].has(.attributesFromHost)
    }

    /// Where the container behind a guest node is assigned.
    func assignedHost(of node: NodeIndex) -> NodeIndex? {
        guard let connection = nodes[node].connection, let launcher = resources[connection].launcher else { return nil }
        return location(of: launcher, current: false)
    }

    /// Whether the resource is the clone inside a bundle or belongs to it.
    func isPartOfBundleClone(_ r: ResourceIndex) -> Bool {
        let top = resources[r].top
        return resources[top].variant == .clone && resources[top].bundle != nil
    }

    /// Whether values of the resource are always the node's own, so that rows can be compared position by position.
    func usesOwnAttributes(_ r: ResourceIndex) -> Bool {
        if !haveRemoteNodes { return true }
        return !isPartOfBundleClone(r) && !resources[r].has(.attributesFromHost)
    }

    /// The attribute number of a colocation.
    @inline(__always)
    func attribute(of c: ColocationIndex) -> Int32 { placement.colocationAttribute[c.position] }
}
