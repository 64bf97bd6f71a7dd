// SPDX-License-Identifier: GPL-2.0-or-later
// Questions about a resource and everything below it that placement and ordering ask (scheduler spec 15, 16.7).

package import ClusterStatus
import CIBModel

extension ClusterState {
    /// The single node a resource is assigned to, or active on; for collective resources of all leaves together.
    /// Nil if there is none or more than one.
    package func location(of r: ResourceIndex, current: Bool) -> NodeIndex? { Self.location(of: r, in: resources, current: current) }

    /// The same; the fix-point asks so often that it must not hand over more than the resources.
    static func location(of r: ResourceIndex, in resources: ContiguousArray<Resource>, current: Bool) -> NodeIndex? {
        var found: NodeIndex?
        return collectLocation(r, resources, current, &found) ? found : nil
    }

    /// False once a second node turned up.
    private static func collectLocation(
        _ r: ResourceIndex, _ resources: ContiguousArray<Resource>, _ current: Bool, _ found: inout NodeIndex?
    ) -> Bool {
        func merge(_ node: NodeIndex) -> Bool {
            if let known = found { return known == node }
            found = node
            return true
        }
        let resource = r.position
        guard resources[resource].variant == .primitive else {
            for child in resources[resource].children where !collectLocation(child, resources, current, &found) { return false }
            return true
        }
        if current {
            for node in resources[resource].activeNodes where !merge(node) { return false }
            return true
        }
        return resources[resource].assigned.map(merge) ?? true
    }

    /// The entry copied when the first assigned leaf of a resource got its node.
    func assignedEntry(of r: ResourceIndex) -> NodeEntry? {
        if resources[r].variant == .primitive { return resources[r].assigned == nil ? nil : resources[r].assignedEntry }
        for child in resources[r].children {
            if let entry = assignedEntry(of: child) { return entry }
        }
        return nil
    }

    /// Role of a resource: the highest among its leaves. A bundle has none, so that its stop counts as one of something that runs.
    package func role(of r: ResourceIndex, current: Bool) -> ResourceRole {
        if resources[r].variant == .primitive { return current ? resources[r].originalRole : resources[r].nextRole }
        if resources[r].variant == .bundle { return .unknown }
        var highest = ResourceRole.unknown
        for child in resources[r].children { highest = max(highest, role(of: child, current: current)) }
        return highest
    }

    /// Whether a flag is set on the resource or on anything below it.
    package func hasAnywhere(_ flag: ResourceFlags, _ r: ResourceIndex) -> Bool {
        if resources[r].flags.contains(flag) { return true }
        for child in resources[r].children where hasAnywhere(flag, child) { return true }
        return false
    }

    /// Instances of a collective resource in their present order; the containers of a bundle.
    package func instances(of r: ResourceIndex) -> ContiguousArray<ResourceIndex> {
        if let bundle = bundle(r) { return ContiguousArray(bundle.replicas.map(\.container)) }
        return resources[r].children
    }

    /// How many instances one node may run (clones and bundles).
    func maximumPerNode(_ r: ResourceIndex) -> Int32 {
        if let clone = clone(r) { return clone.nodeMaximum }
        if let bundle = bundle(r) { return bundle.replicasPerHost }
        return 1
    }

    /// 15.9: the node a resource counts as being on.
    func placementNode(of r: ResourceIndex) -> NodeIndex? {
        if resources[r].variant == .bundle { return bundleActiveNode(r) }
        let active = resources[r].activeNodes
        guard let first = active.first else { return nil }
        if let source = resources[r].partialMigrationSource, resources[r].partialMigrationTarget != nil {
            // The source may have stopped the resource since then.
            return active.contains(source) ? source : first
        }
        if resources[r].flags.contains(.needsFencing) { return first }
        return active.first { nodes[$0].isOnline && !nodes[$0].isUnclean } ?? first
    }

    private func bundleActiveNode(_ r: ResourceIndex) -> NodeIndex? {
        guard let bundle = bundle(r) else { return nil }
        let active = bundle.replicas.lazy.map(\.container).filter { !resources[$0].activeNodes.isEmpty }
        guard let only = active.first else { return nil }
        if active.dropFirst().isEmpty { return placementNode(of: only) }
        let needsFencing = resources[r].flags.contains(.needsFencing)
        var first: NodeIndex?
        for container in active {
            for node in resources[container].activeNodes {
                if first == nil { first = node }
                if needsFencing || (nodes[node].isOnline && !nodes[node].isUnclean) { return needsFencing ? first : node }
            }
        }
        return first
    }

    /// 16.7: whether an instance will match a node, in a role if one is given.
    func matches(_ instance: ResourceIndex, node: NodeIndex, role wanted: ResourceRole, attribute: Int32?) -> Bool {
        guard let place = matchingPlace(of: instance, role: wanted, current: false) else { return false }
        if place == node { return true }
        guard let attribute, attribute != 0 else { return false }
        return attributeClass(attribute, of: place, for: instance) == attributeClass(attribute, of: node, for: instance)
    }

    /// The node by which an instance can match at all: it has the role, is not blocked and is on one node.
    private func matchingPlace(of instance: ResourceIndex, role wanted: ResourceRole, current: Bool) -> NodeIndex? {
        guard let place = location(of: instance, current: current) else { return nil }
        if wanted != .unknown, role(of: instance, current: current) != wanted { return nil }
        return hasAnywhere(.blocked, instance) ? nil : place
    }

    /// 16.7: the instance of a collective resource that goes together with another resource, in a role if one is given.
    func compatibleInstance(
        of collective: ResourceIndex, with other: ResourceIndex, role: ResourceRole, attribute: Int32?
    ) -> ResourceIndex? {
        let candidates = instances(of: collective)
        if let node = location(of: other, current: false) {
            for candidate in candidates where matches(candidate, node: node, role: role, attribute: attribute) { return candidate }
            return nil
        }
        guard placement.available.count == nodes.count else { return nil }
        guard let attribute, attribute != 0 else {
            return firstOfBestNode(instancePlaces(of: collective, role: role, current: false), for: other)
        }
        for node in sortedNodes(resources[other].nodes, preferred: nil) {
            for candidate in candidates where matches(candidate, node: node, role: role, attribute: attribute) { return candidate }
        }
        return nil
    }

    /// 16.7: the instance of a collective resource to interleave with. The instances' nodes are looked up once for all that ask.
    mutating func partner(in collective: ResourceIndex, of other: ResourceIndex, current: Bool) -> ResourceIndex? {
        let places = places(of: collective, current: current)
        if let node = location(of: other, current: current) { return places.first[node] }
        return placement.available.count == nodes.count ? firstOfBestNode(places, for: other) : nil
    }

    /// The nodes by which instances can match in whatever role, looked up once for all that ask.
    mutating func places(of collective: ResourceIndex, current: Bool) -> InstancePlaces {
        if let known = placement.places[collective, current] { return known }
        let places = instancePlaces(of: collective, role: .unknown, current: current)
        // What is above a bundle's containers is not known by their parents.
        if resources[collective].variant == .clone { placement.places[collective, current] = places }
        return places
    }

    /// The nodes by which instances can match, in any role if none is given.
    private func instancePlaces(of collective: ResourceIndex, role: ResourceRole, current: Bool) -> InstancePlaces {
        var places = InstancePlaces()
        for instance in instances(of: collective) {
            if let node = matchingPlace(of: instance, role: role, current: current) { places.add(instance, on: node) }
        }
        return places
    }

    /// The first instance on the best node that has one, by the order a resource without node prefers.
    private func firstOfBestNode(_ places: InstancePlaces, for other: ResourceIndex) -> ResourceIndex? {
        let nodes = resources[other].nodes
        if options.placementStrategy == .balanced {
            return places.nodes.isEmpty ? nil : sortedNodes(nodes, preferred: nil).lazy.compactMap { places.first[$0] }.first
        }
        var best: NodeIndex?
        for place in places.nodes where nodes.contains(place) {
            guard let known = best else { best = place; continue }
            if compareNodes(place, known, in: nodes, preferred: nil).order < 0 { best = place }
        }
        return best.flatMap { places.first[$0] }
    }
}
