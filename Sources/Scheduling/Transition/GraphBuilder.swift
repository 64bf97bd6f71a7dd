// SPDX-License-Identifier: GPL-2.0-or-later
// Collects the actions of a decision into a transition, in the order the graph numbers its synapses (scheduler spec 23).

import CIBModel
package import ClusterStatus

package struct GraphBuilder {
    private(set) var transition = Transition()
    private var details = GraphDetails()
    /// Inputs that were not in the graph when the action that waits for them was added.
    private var awaited: [ActionIndex] = []

    /// Phase 12.
    package static func build(_ state: inout ClusterState, id: Int) -> Transition {
        var builder = GraphBuilder()
        builder.readOptions(state, id: id)
        for resource in state.topLevel { builder.add(resource, &state) }
        builder.addMaintenance(&state)
        var position = state.actions.all.count - 1
        while position >= 0 {
            builder.add(ActionIndex(position), &state)
            position -= 1
        }
        for action in builder.awaited where !state.actions[action].flags.contains(.addedToGraph) {
            builder.transition.missing[action.number] = builder.details.reference(to: action, state)
        }
        return builder.transition
    }

    private mutating func readOptions(_ state: ClusterState, id: Int) {
        transition.id = id
        // Rules that are first evaluated for the parameters of actions, from here on, do not ask for another look.
        transition.recheckBy = state.recheckBy
        transition.clusterDelay = state.options.clusterDelayText
        transition.fencingTimeout = state.options.fencingTimeoutText
        transition.batchLimit = state.options.batchLimitText
        transition.startFailureIsFatal = state.options.startFailureIsFatal
        if let limit = Scan.integer(state.options.migrationLimitText), limit > 0 {
            transition.migrationLimit = state.options.migrationLimitText
        }
    }

    // MARK: Order of addition (23.2)

    private mutating func add(_ r: ResourceIndex, _ state: inout ClusterState) {
        switch state.resources[r].variant {
        case .primitive, .group:
            addOwn(r, &state)
            for child in state.resources[r].children { add(child, &state) }
        case .clone:
            for action in state.actions.actions(of: r) { _ = state.seenFlags(action, nil) }
            state.createInstanceNotifications(r)
            for child in state.resources[r].children { add(child, &state) }
            addOwn(r, &state)
        case .bundle:
            guard let bundle = state.bundle(r) else { return }
            if let inner = bundle.clone { add(inner, &state) }
            for replica in bundle.replicas {
                for part in [replica.ip, replica.container, replica.connection] {
                    if let part { add(part, &state) }
                }
            }
        }
    }

    private mutating func addOwn(_ r: ResourceIndex, _ state: inout ClusterState) {
        for action in state.actions.actions(of: r) { add(action, &state) }
    }

    private mutating func addMaintenance(_ state: inout ClusterState) {
        let differs = state.nodeOrder.contains { node in
            state.nodes[node].isRemote && state.nodes[node].isInMaintenance != state.nodes[node].flags.contains(.remoteMaintenance)
        }
        guard differs else { return }
        let action = state.getPseudoAction(named: "maintenance_nodes")
        state.actions[action].flags.insert(.alwaysInGraph)
    }

    private mutating func add(_ action: ActionIndex, _ state: inout ClusterState) {
        state.mergeInputs(of: action)
        guard !state.actions[action].flags.contains(.addedToGraph), state.belongsInGraph(action) else { return }
        state.actions[action].flags.insert(.addedToGraph)
        let resourcePriority = state.actions[action].resource.map { state.resources[$0].priority.value } ?? 0
        let priority = max(resourcePriority, state.actions[action].priority)
        let graphAction = details.graphAction(action, &state)
        var inputs: [Int] = []
        for relation in state.actions.mergedInputs[action.position] where state.isGraphInput(Int(relation), of: action) {
            state.actions.relations[Int(relation)].isChosen = true
            let first = state.actions.relations[Int(relation)].first
            if !state.actions[first].flags.contains(.addedToGraph) { awaited.append(first) }
            inputs.append(first.number)
        }
        transition.append(Synapse(id: transition.synapses.count, priority: priority, action: graphAction, inputs: inputs))
    }
}
