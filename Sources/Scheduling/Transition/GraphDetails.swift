// SPDX-License-Identifier: GPL-2.0-or-later
// One action as the graph describes it: who does what where, with which parameters (scheduler spec 23.6, 23.7).

import CIBModel
import ClusterStatus

/// The feature set of the scheduler this program matches.
package let crmFeatureSet = "3.20.5"

struct GraphDetails {
    private struct MetaKey: Hashable {
        var resource: ResourceIndex
        var task: TaskName
        var key: ActionKey
        /// A cancellation of what nobody knew before it has none.
        var operation: Int32
        var node: NodeIndex?
    }

    private struct ParameterKey: Hashable {
        var resource: ResourceIndex
        var node: NodeIndex?
    }

    private var metas: [MetaKey: [GraphAttribute]] = [:]
    private var parameters: [ParameterKey: (plain: [GraphAttribute], numbered: [GraphAttribute])] = [:]
    private var uniform: [ResourceIndex: Bool] = [:]


    // MARK: The element

    mutating func graphAction(_ action: ActionIndex, _ state: inout ClusterState) -> GraphAction {
        var result = reference(to: action, state)
        if result.node != nil, let node = state.actions[action].node { result.downedNodes = downedNodes(action, node, state) }
        if let resource = state.actions[action].resource {
            if !state.actions[action].isPseudo {
                result.resource = describe(resource, state)
                result.shutdownLock = shutdownLock(action, resource, state)
            }
        } else if state.actions[action].task == .maintenanceNodes {
            result.maintenance = maintenance(state)
        }
        addAttributes(action, &result, &state)
        return result
    }

    /// What names an action where others wait for it.
    func reference(to action: ActionIndex, _ state: ClusterState) -> GraphAction {
        let task = state.actions[action].task
        let isPseudo = state.actions[action].isPseudo
        var kind = GraphAction.Kind.resource
        var hasNode = true
        switch task {
        case .fence: kind = isPseudo ? .pseudo : .cluster
        case .shutdown, .clearFailCount, .lrmDelete: kind = .cluster
        default:
            if isPseudo { (kind, hasNode) = (.pseudo, false) }
        }
        let key = state.keyText(action)
        var result = GraphAction(id: action.number, kind: kind, task: state.actions.tasks.name(of: task), key: key)
        result.changesCIBOnly = task == .lrmDelete
        if let resource = state.actions[action].resource, let history = state.resources[resource].historyName {
            result.internalKey = key
            result.key = historyKey(action, history, state)
        }
        if hasNode, let node = state.actions[action].node {
            result.node = GraphNode(name: state.nodes[node].name, id: state.nodes[node].id)
            result.routerNode = state.routerNode(of: action).map { state.nodes[$0].name }
        }
        return result
    }

    /// The key under which the result will be recorded.
    private func historyKey(_ action: ActionIndex, _ history: String, _ state: ClusterState) -> String {
        let key = state.actions[action].key
        if state.actions[action].task == .notify {
            let kind = state.actions.explicitMeta(action, "notify_type") ?? ""
            let operation = state.actions.explicitMeta(action, "notify_operation") ?? ""
            return "\(history)_\(kind)_notify_\(operation)_0"
        }
        let task = state.actions[action].task == .cancel ? key.task : state.actions[action].task
        return "\(history)_\(state.actions.tasks.name(of: task))_\(key.interval)"
    }

    private func describe(_ r: ResourceIndex, _ state: ClusterState) -> GraphResource {
        let id = state.resources[r].id
        let xmlID = state.resources[r].xmlID
        let history = state.resources[r].historyName
        var result = GraphResource(element: "primitive", id: id, longID: nil)
        if state.resources[r].flags.contains(.removed), let history {
            (result.id, result.longID) = (history, id)
        } else if !state.resources[r].flags.contains(.unique) {
            result.id = xmlID
            result.longID = history.map { $0 == xmlID ? id : $0 } ?? id
        }
        result.agentClass = state.resources[r].agent?.standard
        result.provider = state.resources[r].agent?.provider
        result.type = state.resources[r].agent?.type
        return result
    }

    private func shutdownLock(_ action: ActionIndex, _ r: ResourceIndex, _ state: ClusterState) -> Int64? {
        guard state.options.shutdownLock, let node = state.resources[r].lockNode, node == state.actions[action].node else { return nil }
        if state.nodes[node].isShuttingDown, state.actions[action].task != .stop { return nil }
        return state.resources[r].lockTime
    }

    // MARK: Affected nodes

    private func downedNodes(_ action: ActionIndex, _ node: NodeIndex, _ state: ClusterState) -> [String] {
        switch state.actions[action].task {
        case .shutdown: return [state.nodes[node].id]
        case .fence:
            guard state.actions[action].fencing != .on else { return [] }
            return [state.nodes[node].id] + guests(on: node, state)
        case .stop:
            guard let connection = state.actions[action].resource, state.resources[connection].flags.contains(.remoteConnection)
            else { return [] }
            let isMigrating = state.actions.mergedInputs[action.position].contains { relation in
                let first = state.actions.relations[Int(relation)].first
                return state.actions[first].resource == connection && state.actions[first].task == .migrateFrom
            }
            return isMigrating ? [] : [state.resources[connection].id]
        default: return []
        }
    }

    private func guests(on node: NodeIndex, _ state: ClusterState) -> [String] {
        state.nodes[node].running.compactMap { resource in
            guard state.resources[resource].flags.contains(.remoteConnection), state.resources[resource].launcher != nil
            else { return nil }
            return state.resources[resource].remoteNode.map { state.nodes[$0].id } ?? state.resources[resource].id
        }
    }

    private func maintenance(_ state: ClusterState) -> [(nodeID: String, inMaintenance: Bool)] {
        state.nodeOrder.compactMap { node in
            guard state.nodes[node].isRemote else { return nil }
            let wanted = state.nodes[node].isInMaintenance
            return wanted == state.nodes[node].flags.contains(.remoteMaintenance) ? nil : (state.nodes[node].id, wanted)
        }
    }

    // MARK: Attributes (23.7)

    /// Collects in order of precedence, then sorts by name; the first of a name counts.
    private mutating func addAttributes(_ action: ActionIndex, _ result: inout GraphAction, _ state: inout ClusterState) {
        var list: [GraphAttribute] = []
        list.reserveCapacity(24)
        let resource = state.actions[action].resource
        if let resource { addResourceMeta(action, resource, &list, state) }
        list.append(GraphAttribute("crm_feature_set", crmFeatureSet))
        if let resource {
            addOwnParameters(action, resource, &list, &state)
            addParameters(action, resource, &list, &result, &state)
        }
        if let node = result.node {
            list.append(GraphAttribute("CRM_meta_on_node", node.name))
            list.append(GraphAttribute("CRM_meta_on_node_uuid", node.id))
        }
        let explicit = state.actions[action].metaList
        if explicit >= 0 {
            for meta in state.actions.metas[Int(explicit)] {
                if let name = Self.metaName(meta.name) { list.append(GraphAttribute(name, meta.value)) }
            }
        }
        if let resource { list += baseMeta(action, resource, &state) }
        result.attributes = Self.sortedUnique(list)
    }

    private static func sortedUnique(_ list: [GraphAttribute]) -> [GraphAttribute] {
        let order = list.indices.sorted { a, b in
            list[a].name == list[b].name ? a < b : list[a].name < list[b].name
        }
        var result: [GraphAttribute] = []
        result.reserveCapacity(list.count)
        for position in order where result.last?.name != list[position].name { result.append(list[position]) }
        return result
    }

    /// `CRM_meta_NAME` as agents see it; nil for names that no attribute may have.
    private static func metaName(_ name: String) -> String? {
        var bytes = Array("CRM_meta_".utf8)
        for byte in name.utf8 {
            if byte == UInt8(ascii: "#") || byte == UInt8(ascii: ":") { return nil }
            bytes.append(byte == UInt8(ascii: "-") ? UInt8(ascii: "_") : byte)
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private mutating func baseMeta(_ action: ActionIndex, _ r: ResourceIndex, _ state: inout ClusterState) -> [GraphAttribute] {
        let record = state.actions[action]
        let isDevice = state.resources[r].flags.contains(.fenceDevice)
        let key = MetaKey(
            resource: r, task: record.task, key: record.key, operation: record.operation, node: isDevice ? record.node : nil)
        if let known = metas[key] { return known }
        let task = record.task == .cancel ? record.key.task : record.task
        let table = state.operationMeta(
            r, task: state.actions.tasks.name(of: task), interval: record.key.interval,
            operation: record.operation >= 0 ? Int(record.operation) : nil, node: record.node)
        let list = table.entries.compactMap { entry in Self.metaName(entry.name).map { GraphAttribute($0, entry.value) } }
        metas[key] = list
        return list
    }

    /// Instance attributes of the operation itself.
    private func addOwnParameters(
        _ action: ActionIndex, _ r: ResourceIndex, _ list: inout [GraphAttribute], _ state: inout ClusterState
    ) {
        let operation = Int(state.actions[action].operation)
        guard operation >= 0, let node = state.actions[action].node,
            !state.resources[r].operations[operation].parameterBlocks.isEmpty
        else { return }
        var input = RuleInput(now: state.now)
        input.nodeAttributes = state.nodes[node].attributes
        var table = NameValueTable()
        state.evaluate(state.resources[r].operations[operation].parameterBlocks, input, into: &table)
        for entry in table.entries { list.append(GraphAttribute(entry.name, entry.value)) }
    }

    private mutating func addParameters(
        _ action: ActionIndex, _ r: ResourceIndex, _ list: inout [GraphAttribute], _ result: inout GraphAction,
        _ state: inout ClusterState
    ) {
        let node = state.actions[action].node
        guard node != nil || state.resources[r].variant == .primitive else { return }
        let isUniform = uniform[r] ?? state.parametersAreUniform(r)
        uniform[r] = isUniform
        let key = ParameterKey(resource: r, node: isUniform ? nil : node)
        if parameters[key] == nil {
            var plain: [GraphAttribute] = []
            var numbered: [GraphAttribute] = []
            for entry in state.parameters(of: r, on: node).entries {
                let startsWithDigit = entry.name.utf8.first.map { $0 >= 0x30 && $0 <= 0x39 } ?? false
                if startsWithDigit {
                    numbered.append(GraphAttribute(entry.name, entry.value))
                } else if entry.name == "addr", entry.value == "#uname", let address = state.connectionAddress(of: r) {
                    plain.append(GraphAttribute("addr", address))
                } else {
                    plain.append(GraphAttribute(entry.name, entry.value))
                }
            }
            parameters[key] = (plain, numbered)
        }
        guard let known = parameters[key] else { return }
        list += known.plain
        result.numberedParameters = known.numbered
    }

    /// What the resource and its ancestors add; these win over everything else.
    private func addResourceMeta(
        _ action: ActionIndex, _ r: ResourceIndex, _ list: inout [GraphAttribute], _ state: ClusterState
    ) {
        if let host = state.physicalHost(of: action) {
            if let target = state.resources[r].meta["container-attribute-target"] {
                list.append(GraphAttribute("CRM_meta_container_attribute_target", target))
            }
            list.append(GraphAttribute("CRM_meta_physical_host", state.nodes[host].name))
        }
        var lineage: [ResourceIndex] = []
        var current: ResourceIndex? = r
        while let step = current {
            lineage.append(step)
            current = state.resources[step].parent
        }
        for step in lineage.reversed() {
            switch state.resources[step].variant {
            case .clone: addCloneMeta(step, &list, state)
            case .primitive: addPrimitiveMeta(step, lineage, &list, state)
            default: break
            }
        }
    }

    private func addPrimitiveMeta(
        _ r: ResourceIndex, _ lineage: [ResourceIndex], _ list: inout [GraphAttribute], _ state: ClusterState
    ) {
        if let number = state.resources[r].meta["clone"] { list.append(GraphAttribute("CRM_meta_clone", number)) }
        if let node = state.resources[r].meta["remote-node"] { list.append(GraphAttribute("CRM_meta_remote_node", node)) }
        if let launcher = lineage.last(where: { state.resources[$0].launcher != nil }).flatMap({ state.resources[$0].launcher }) {
            list.append(GraphAttribute("CRM_meta_container", state.resources[launcher].id))
        }
        if let ip = state.resources[r].meta["external-ip"] { list.append(GraphAttribute("pcmk_external_ip", ip)) }
    }

    private func addCloneMeta(_ r: ResourceIndex, _ list: inout [GraphAttribute], _ state: ClusterState) {
        guard let clone = state.clone(r) else { return }
        let flags = state.resources[r].flags
        list.append(GraphAttribute("CRM_meta_globally_unique", flags.contains(.unique) ? "true" : "false"))
        list.append(GraphAttribute("CRM_meta_notify", flags.contains(.notify) ? "true" : "false"))
        list.append(GraphAttribute("CRM_meta_clone_max", String(clone.maximum)))
        list.append(GraphAttribute("CRM_meta_clone_node_max", String(clone.nodeMaximum)))
        guard flags.contains(.promotable) else { return }
        for name in ["promoted", "master"] {
            list.append(GraphAttribute("CRM_meta_\(name)_max", String(clone.promotedMaximum)))
            list.append(GraphAttribute("CRM_meta_\(name)_node_max", String(clone.promotedNodeMaximum)))
        }
    }
}
