// SPDX-License-Identifier: GPL-2.0-or-later
// The actions of one task of all instances of a collective resource, found once: what a clone's action is, depends on the actions
// of its instances, and that is asked for each instance on each node.

package struct InstanceActions: Sendable {
    /// The most recent one of each instance that has one.
    package private(set) var newest = ContiguousArray<ActionIndex>()
    /// The most recent one of each instance on a node; of a group as an instance, that of the group if a member has one there.
    private var byNode: [NodeIndex: ContiguousArray<ActionIndex>] = [:]

    /// By resource, from the first instance on: where in `newest` the action of an instance is, -1 if it has none. Empty of few instances.
    private var positions = ContiguousArray<Int32>()
    private var firstInstance = 0

    package func on(_ node: NodeIndex) -> ContiguousArray<ActionIndex> { byNode[node] ?? [] }

    init(_ instances: ContiguousArray<ResourceIndex>, _ task: TaskName, _ state: ClusterState) {
        for instance in instances { add(instance, task, state) }
        if newest.count >= InstanceLook.threshold { notePositions(instances, state) }
    }

    private mutating func notePositions(_ instances: ContiguousArray<ResourceIndex>, _ state: ClusterState) {
        let rows = instances.map(\.position)
        guard let first = rows.min(), let last = rows.max() else { return }
        firstInstance = first
        positions = ContiguousArray(repeating: -1, count: last - first + 1)
        for (position, action) in newest.enumerated() {
            guard let row = state.actions[action].resource.map({ $0.position - first }), positions.indices.contains(row) else { continue }
            positions[row] = Int32(truncatingIfNeeded: position)
        }
    }

    /// Where in `newest` the action of an instance is.
    package func position(of instance: ResourceIndex) -> Int? {
        let row = instance.position - firstInstance
        return row >= 0 && row < positions.count && positions[row] >= 0 ? Int(positions[row]) : nil
    }

    /// Finds what `firstAction(task:of:node:)` finds for an instance, for all nodes at once.
    private mutating func add(_ instance: ResourceIndex, _ task: TaskName, _ state: ClusterState) {
        guard let own = state.firstAction(task: task, of: instance) else { return }
        newest.append(own)
        if state.resources[instance].variant == .group {
            for member in state.resources[instance].children { add(membersOf: own, member, task.basic, state) }
            return
        }
        guard task != .cancel, task != .notify, task != .notified else {
            var next = state.actions.newest(of: instance)
            while let action = next {
                enter(action, of: instance, task, state)
                next = state.actions.older(than: action)
            }
            return
        }
        var list = state.actions.firstKeyList(of: instance)
        while list >= 0 {
            var next = state.actions.keyLists[list].key.task == task ? state.actions.newest(in: list) : nil
            while let action = next {
                enter(action, of: instance, task, state)
                next = state.actions.olderWithKey(than: action)
            }
            list = Int(state.actions.keyLists[list].next)
        }
    }

    private mutating func add(membersOf own: ActionIndex, _ member: ResourceIndex, _ task: TaskName, _ state: ClusterState) {
        var next = state.actions.newest(of: member)
        while let action = next {
            next = state.actions.older(than: action)
            guard state.actions[action].task == task, let node = state.actions[action].node, byNode[node]?.last != own else { continue }
            byNode[node, default: []].append(own)
        }
    }

    @inline(__always)
    private mutating func enter(_ action: ActionIndex, of instance: ResourceIndex, _ task: TaskName, _ state: ClusterState) {
        guard state.actions[action].task == task, let node = state.actions[action].node else { return }
        var here = byNode[node] ?? []
        if let last = here.last, state.actions[last].resource == instance {
            here[here.count - 1] = max(last, action)
        } else {
            here.append(action)
        }
        byNode[node] = here
    }
}

/// Such lists by collective resource and task; void once there are more actions.
package struct InstanceActionLists: Sendable {
    private var lists: [UInt64: InstanceActions] = [:]
    private var actionCount = 0

    package init() {}

    fileprivate func known(_ whole: ResourceIndex, _ task: TaskName, _ count: Int) -> InstanceActions? {
        actionCount == count ? lists[Self.key(whole, task)] : nil
    }

    fileprivate mutating func remember(_ list: InstanceActions, _ whole: ResourceIndex, _ task: TaskName, _ count: Int) {
        if actionCount != count { lists.removeAll(keepingCapacity: true) }
        actionCount = count
        lists[Self.key(whole, task)] = list
    }

    private static func key(_ whole: ResourceIndex, _ task: TaskName) -> UInt64 {
        UInt64(UInt32(bitPattern: whole.raw)) << 16 | UInt64(task.code)
    }
}

extension ClusterState {
    /// The actions of a task of the instances of a clone or bundle.
    package mutating func instanceActions(
        of whole: ResourceIndex, _ instances: ContiguousArray<ResourceIndex>, _ task: TaskName
    ) -> InstanceActions {
        if let known = visitStamps.memory.instanceActions.known(whole, task, actions.all.count) { return known }
        let list = InstanceActions(instances, task, self)
        visitStamps.memory.instanceActions.remember(list, whole, task, actions.all.count)
        return list
    }
}
