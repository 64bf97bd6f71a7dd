// SPDX-License-Identifier: GPL-2.0-or-later
// Nodes and resources as elements: the part of the XML that programs depend on (cli-tools §5.7).
import CIBModel
package import ClusterStatus
package import ClusterXML

extension StatusReport {
    // MARK: Nodes

    func nodesElement() -> XMLElement {
        XMLElement("nodes", children: state.nodeOrder.filter(allows).map(nodeElement))
    }

    private func nodeElement(_ n: NodeIndex) -> XMLElement {
        let node = state.nodes[n]
        func flag(_ flags: NodeFlags) -> String { "\(node.flags.contains(flags))" }
        var element = XMLElement("node", [("name", node.name), ("id", node.id), ("online", flag(.online))])
        element["standby"] = flag(.standby)
        element["standby_onfail"] = flag(.failStandby)
        element["maintenance"] = flag(.maintenance)
        element["pending"] = flag(.pending)
        element["unclean"] = flag(.unclean)
        element["health"] = switch node.health {
        case .green: "green"
        case .yellow: "yellow"
        case .red: "red"
        }
        element["feature_set"] = featureSet(n)
        element["shutdown"] = flag(.shutdown)
        element["expected_up"] = flag(.expectedUp)
        element["is_dc"] = "\(n == state.dc)"
        element["resources_running"] = "\(node.running.count)"
        element["type"] = node.isRemote ? "remote" : "member"
        if state.isGuest(n), let container = node.connection.flatMap({ state.resources[$0].launcher }) {
            element["id_as_resource"] = state.resources[container].id
        }
        if show.groupByNode {
            element.children = node.running.compactMap { isFiltered($0, askParent: true) ? nil : primitiveElement($0) }
        }
        return element
    }

    // MARK: Resources

    func resourcesElement() -> XMLElement? {
        let listed = state.topLevel.filter { r in
            let entirely = isActive(r, entirely: true)
            if state.resources[r].has(.removed), !entirely { return false }
            if show.groupByNode { return !entirely }
            return !isElsewhere(r)
        }
        return listed.isEmpty ? nil : XMLElement("resources", children: listed.compactMap(resourceElement))
    }

    /// A resource with everything below it that filters let through; nil if that is nothing.
    package func resourceElement(_ r: ResourceIndex) -> XMLElement? {
        if isFiltered(r, askParent: true) { return nil }
        switch state.resources[r].variant {
        case .primitive: return primitiveElement(r)
        case .group: return groupElement(r)
        case .clone: return cloneElement(r)
        case .bundle: return bundleElement(r)
        }
    }

    private func primitiveElement(_ r: ResourceIndex) -> XMLElement {
        let flags = state.resources[r].flags
        func flag(_ flag: ResourceFlags) -> String { "\(flags.contains(flag))" }
        var element = XMLElement(
            "resource",
            [
                ("id", shownName(r)), ("resource_agent", state.resources[r].agent?.text ?? ""), ("role", (show.pending ? pendingText(r) : nil) ?? shownRole(r).text),
            ])
        element["target_role"] = state.resources[r].meta["target-role"]
        element["active"] = "\(isActive(r, entirely: true))"
        element["orphaned"] = flag(.removed)
        element["removed"] = flag(.removed)
        element["blocked"] = flag(.blocked)
        element["maintenance"] = flag(.maintenance)
        element["managed"] = flag(.managed)
        element["failed"] = flag(.failed)
        element["failure_ignored"] = flag(.ignoreFailure)
        element["nodes_running_on"] = "\(state.resources[r].activeNodes.count)"
        if show.pending, state.resources[r].pendingTask == "monitor" { element["pending"] = "Monitoring" }
        element["locked_to"] = state.resources[r].lockNode.map { state.nodes[$0].name }
        if show.descriptions { element["description"] = state.resources[r].xml["description"] }
        for node in state.resources[r].activeNodes {
            let cached = state.nodes[node].isOnline ? "true" : "false"
            element.children.append(
                XMLElement("node", [("name", state.nodes[node].name), ("id", state.nodes[node].id), ("cached", cached)]))
        }
        return element
    }

    /// Members that filters let through; a collective resource named itself lets all through.
    private func shownMembers(_ r: ResourceIndex) -> [ResourceIndex] {
        let passes = listed(shownName(topmost(r))) || listed(shownName(r)) || listed(state.resources[r].id)
        return state.resources[r].children.filter { member in
            passes || !isFiltered(member, askParent: false)
        }
    }

    private func groupElement(_ r: ResourceIndex) -> XMLElement? {
        let members = shownMembers(r)
        if members.isEmpty { return nil }
        var element = XMLElement("group", [("id", state.resources[r].id), ("number_resources", "\(members.count)")])
        element["maintenance"] = "\(state.resources[r].has(.maintenance))"
        element["managed"] = "\(state.resources[r].isManaged)"
        element["disabled"] = "\(isDisabled(r))"
        if show.descriptions { element["description"] = state.resources[r].xml["description"] }
        element.children = members.map(primitiveElement)
        return element
    }

    private func cloneElement(_ r: ResourceIndex) -> XMLElement? {
        let passes = listed(shownName(r)) || listed(state.resources[r].id)
        let children = state.resources[r].children.compactMap { instance -> XMLElement? in
            if isElsewhere(instance) || (!passes && isFiltered(instance, askParent: false)) { return nil }
            return state.resources[instance].isPrimitive ? primitiveElement(instance) : resourceElement(instance)
        }
        if children.isEmpty { return nil }
        var element = XMLElement("clone", [("id", state.resources[r].id)])
        element["multi_state"] = "\(state.resources[r].has(.promotable))"
        element["unique"] = "\(state.resources[r].has(.unique))"
        element["maintenance"] = "\(state.resources[r].has(.maintenance))"
        element["managed"] = "\(state.resources[r].isManaged)"
        element["disabled"] = "\(isDisabled(r))"
        element["failed"] = "\(state.resources[r].has(.failed))"
        element["failure_ignored"] = "\(state.resources[r].has(.ignoreFailure))"
        element["target_role"] = configuredTargetRole(r)
        if show.descriptions { element["description"] = state.resources[r].xml["description"] }
        element.children = children
        return element
    }

    private func bundleElement(_ r: ResourceIndex) -> XMLElement? {
        let passes = listed(state.resources[r].id)
        var children: [XMLElement] = []
        for replica in replicas(of: r) where !isElsewhere(replica.container) {
            let shown = members(of: replica).filter { passes || !isFiltered($0, askParent: false) }
            if shown.isEmpty { continue }
            children.append(XMLElement("replica", [("id", "\(replica.number)")], children: shown.map(primitiveElement)))
        }
        if children.isEmpty { return nil }
        let bundle = state.bundle(r)
        var element = XMLElement("bundle", [("id", state.resources[r].id), ("type", bundle?.engine.rawValue ?? "")])
        element["image"] = bundle?.image ?? ""
        element["unique"] = "\(bundle?.isUnique ?? false)"
        element["maintenance"] = "\(state.resources[r].has(.maintenance))"
        element["managed"] = "\(state.resources[r].isManaged)"
        element["failed"] = "\(state.resources[r].has(.failed))"
        if show.descriptions { element["description"] = state.resources[r].xml["description"] }
        element.children = children
        return element
    }
}
