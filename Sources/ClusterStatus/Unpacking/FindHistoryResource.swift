// SPDX-License-Identifier: GPL-2.0-or-later
// Which resource a history entry belongs to: by id, by history name, as an instance of a clone, or a removed one (9.4).

import CIBModel
import ClusterXML

extension ClusterState {
    /// The resource with an id or history name; of several, the first in depth-first order.
    package func findResource(_ name: String) -> ResourceIndex? {
        guard let candidates = resourcesByID[name] else { return nil }
        if candidates.count <= 1 { return candidates.first }
        return candidates.min { $0.raw < $1.raw }
    }

    /// The history entry of a resource on a node: recorded under its id or its history name.
    package func historyEntry(_ resource: ResourceIndex, on node: NodeIndex) -> Int32? {
        let id = resources[resource].id
        let name = resources[resource].historyName
        for entry in historyByNode[node.position] {
            if history[Int(entry)].id == id || history[Int(entry)].id == name { return entry }
        }
        return nil
    }

    /// Sets or clears the name under which the history knows a resource, keeping the index of names.
    mutating func setHistoryName(_ name: String?, of resource: ResourceIndex) {
        if let old = resources[resource].historyName, old != resources[resource].id {
            resourcesByID[old]?.removeAll { $0 == resource }
        }
        resources[resource].historyName = name
        if let name, name != resources[resource].id { resourcesByID[name, default: []].append(resource) }
    }

    /// The configured resource for a history entry on a node; nil if there is none (or a collective one).
    /// - Parameter likely: the resource of the entry at this place in the history read before. Nodes mostly list the same resources
    ///   in the same order, and comparing one name is cheaper than looking it up.
    mutating func resource(
        for id: String, on node: NodeIndex, likely: ResourceIndex? = nil
    ) -> (found: ResourceIndex?, ignore: Bool) {
        // A removed resource may have the id of a bundle's instance, which comes first.
        if let likely, resources[likely].id == id, resources[likely].variant == .primitive, !resources[likely].has(.removed),
            resources[resources[likely].top].variant != .clone
        {
            return (likely, false)
        }
        var found = findResource(id)
        if let collective = found, resources[collective].variant != .primitive { return (nil, false) }
        if found == nil {
            found = findResource(InstanceName.zero(id))
            if let zero = found, resources[zero].has(.unique) { found = nil }
        }
        guard let candidate = found else { return (nil, false) }
        var result: ResourceIndex? = candidate
        let top = resources[candidate].top
        if resources[top].variant == .clone, !resources[top].has(.unique) {
            if let bundle = resources[top].bundle {
                result = bundleChild(bundle, on: node)
            } else {
                result = anonymousInstance(of: top, id: InstanceName.base(id), on: node)
            }
        }
        if let result, id != resources[result].id, id != resources[result].historyName { setHistoryName(id, of: result) }
        return (result, false)
    }

    private func bundleChild(_ bundle: ResourceIndex, on node: NodeIndex) -> ResourceIndex? {
        self.bundle(bundle)?.replicas.first { $0.node == node }?.child
    }

    /// The first node where a resource is active, or else has an action pending. All instances are asked for each entry of a clone.
    private static func firstLocation(_ resource: ResourceIndex, _ resources: ContiguousArray<Resource>) -> NodeIndex? {
        if resources[resource.position].variant == .primitive {
            return resources[resource.position].activeNodes.first ?? resources[resource.position].pendingNode
        }
        for child in resources[resource.position].children {
            if let node = firstLocation(child, resources) { return node }
        }
        return nil
    }

    /// The member of an instance that has this configured id.
    private func member(of instance: ResourceIndex, id: String) -> ResourceIndex? {
        if resources[instance].id == id || resources[instance].xmlID == id { return instance }
        for child in resources[instance].children {
            if let found = member(of: child, id: id) { return found }
        }
        return nil
    }

    private mutating func anonymousInstance(of clone: ResourceIndex, id: String, on node: NodeIndex) -> ResourceIndex? {
        var match: ResourceIndex?
        var inactive: ResourceIndex?
        var skipInactive = false
        for child in resources[clone].children {
            let place = Self.firstLocation(child, resources)
            if place == nil {
                guard !skipInactive, inactive == nil, !resources[child].has(.blocked) else { continue }
                inactive = member(of: child, id: id)
                if let pending = inactive.flatMap({ resources[$0].pendingNode }), pending != node { inactive = nil }
            } else if place == node {
                match = member(of: child, id: id)
                if let candidate = match {
                    if resources[candidate].activeNodes.isEmpty { break }
                    match = nil
                    skipInactive = true
                }
            }
        }
        if match == nil, !skipInactive { match = inactive }
        if let candidate = match, !resources[candidate].has(.needsFencing), !nodes[node].isOnline || nodes[node].isUnclean,
            !isGuest(node), Int(self.clone(clone)?.maximum ?? 0) != nodes.count
        {
            match = nil
        }
        if let match { return match }
        guard let instance = addInstance(to: clone) else { return nil }
        return member(of: instance, id: id)
    }

    // MARK: - Removed resources

    /// A resource made of nothing but its history.
    mutating func addRemovedResource(_ entry: HistoryEntry) -> ResourceIndex? {
        var attributes = [("id", entry.id)]
        if let agent = entry.agent {
            attributes.append(("class", agent.standard))
            if let provider = agent.provider { attributes.append(("provider", provider)) }
            attributes.append(("type", agent.type))
        }
        // The connection of a guest node: it does not migrate by itself.
        if let container = entry.container { attributes.append(("container", container)) }
        guard let resource = unpackResource(XMLElement("primitive", attributes), parent: nil) else { return nil }
        if resources[resource].has(.remoteConnection) {
            let node = node(named: entry.id) ?? createNode(id: entry.id, name: entry.id, type: .remote, baseScore: .zero)
            linkConnection(resource)
            nodes[node].flags.insert(.shutdown)
        }
        if entry.container != nil { resources[resource].flags.insert(.removedLaunched) }
        resources[resource].flags.insert(.removed)
        topLevel.append(resource)
        if options.stopRemovedResources {
            addScore(.minusInfinity, to: resource, node: nil)
        } else {
            resources[resource].flags.remove(.managed)
        }
        return resource
    }

    /// Joins removed resources to the containers that launched them.
    mutating func linkRemovedLaunched(_ entries: Range<Int>) {
        for position in entries {
            guard let resource = history[position].resource, resources[resource].has(.removedLaunched),
                let name = history[position].container, let container = findResource(name)
            else { continue }
            resources[resource].launcher = container
            resources[container].launched.append(resource)
        }
    }
}
