// SPDX-License-Identifier: GPL-2.0-or-later
// Where the instances of a clone or bundle are. Each instance of another clone that goes together with it asks for that.

/// The nodes of instances, each with the first instance there.
package struct InstancePlaces: Sendable {
    package private(set) var first: [NodeIndex: ResourceIndex] = [:]
    /// Those nodes, in the instances' order.
    package private(set) var nodes = ContiguousArray<NodeIndex>()

    package init() {}

    package mutating func add(_ instance: ResourceIndex, on node: NodeIndex) {
        guard first[node] == nil else { return }
        first[node] = instance
        nodes.append(node)
    }
}

/// Such places by collective resource, as long as no instance is assigned elsewhere.
package struct KnownPlaces: Sendable {
    /// Where instances are now, and where they will be.
    private var current: [ResourceIndex: InstancePlaces] = [:]
    private var next: [ResourceIndex: InstancePlaces] = [:]

    package subscript(whole: ResourceIndex, isCurrent: Bool) -> InstancePlaces? {
        get { isCurrent ? current[whole] : next[whole] }
        set {
            if isCurrent { current[whole] = newValue } else { next[whole] = newValue }
        }
    }

    fileprivate var isEmpty: Bool { next.isEmpty }
    fileprivate mutating func forget(_ whole: ResourceIndex) { next[whole] = nil }
}

extension ClusterState {
    /// Notes that a resource is assigned to another node than before.
    package mutating func forgetPlaces(above resource: ResourceIndex) {
        guard !placement.places.isEmpty else { return }
        var parent = resources[resource].parent
        while let whole = parent {
            placement.places.forget(whole)
            parent = resources[whole].parent
        }
    }
}
