// SPDX-License-Identifier: GPL-2.0-or-later
// The flags of a collective resource's action as its members' actions make them (scheduler spec 22.7).
// Looking also writes: a required member makes the collective action required for good [Q12].

import ClusterStatus

extension ClusterState {
    /// Flags for the purpose of an ordering: those for the node, but runnable if the action is runnable anywhere.
    @inline(__always)
    mutating func flagsForOrdering(_ action: ActionIndex, _ node: NodeIndex?) -> ActionFlags {
        guard let resource = actions[action].resource, resources[resource].variant != .primitive else { return actions[action].flags }
        return collectiveFlags(action, resource, node)
    }

    private mutating func collectiveFlags(_ action: ActionIndex, _ resource: ResourceIndex, _ node: NodeIndex?) -> ActionFlags {
        var flags = seenFlags(action, nil)
        guard let node, resources[resource].variant == .clone else { return flags }
        let isRunnable = flags.contains(.runnable)
        flags = seenFlags(action, node)
        if isRunnable { flags.insert(.runnable) }
        return flags
    }

    /// Flags as the resource's method sees them on a node.
    mutating func seenFlags(_ action: ActionIndex, _ node: NodeIndex?) -> ActionFlags {
        guard let resource = actions[action].resource, resources[resource].variant != .primitive else { return actions[action].flags }
        let task = actions[action].key.notification == .none ? actions[action].task : actions[action].key.task
        if let known = visitStamps.seenFlags(action, node, of: resource, task) { return known }
        let flags: ActionFlags = switch resources[resource].variant {
        case .primitive: actions[action].flags
        case .group: groupFlags(action, resource, node)
        case .clone: instanceFlags(action, resource, resource, resources[resource].children, node)
        case .bundle: bundleFlags(action, resource, node)
        }
        visitStamps.remember(flags, of: action, node)
        return flags
    }

    private mutating func groupFlags(_ action: ActionIndex, _ group: ResourceIndex, _ node: NodeIndex?) -> ActionFlags {
        var flags: ActionFlags = [.optional, .runnable, .pseudo]
        let own = actions[action].task
        for member in resources[group].children {
            let task = resources[member].variant == .primitive ? own.basic : own
            guard own.isMadeOfMembers, let memberAction = findAction(task: task, of: member, node: node) else {
                if task != .stop, task != .demote { flags.remove(.runnable) }
                continue
            }
            let memberFlags = seenFlags(memberAction, node)
            if !memberFlags.contains(.optional) {
                flags.remove(.optional)
                drop(.optional, of: action)
            }
            if task != own, !memberFlags.contains(.runnable), flags.contains(.runnable) {
                flags.remove(.runnable)
                drop(.runnable, of: action)
            }
        }
        return flags
    }

    private mutating func bundleFlags(_ action: ActionIndex, _ whole: ResourceIndex, _ node: NodeIndex?) -> ActionFlags {
        if let inner = bundle(whole)?.clone {
            switch actions[action].task {
            case .notify, .notified, .promote, .promoted, .demote, .demoted:
                return instanceFlags(action, whole, inner, resources[inner].children, node)
            default: break
            }
        }
        return instanceFlags(action, whole, whole, instances(of: whole), node)
    }

    /// - Parameter owner: the clone whose instances are looked at: for roles of a bundle the one inside it.
    private mutating func instanceFlags(
        _ action: ActionIndex, _ whole: ResourceIndex, _ owner: ResourceIndex, _ instances: ContiguousArray<ResourceIndex>,
        _ node: NodeIndex?
    ) -> ActionFlags {
        var flags: ActionFlags = [.optional, .runnable, .pseudo]
        let task = originalTask(action, whole)
        let isPrimitive = instances.first.map { resources[$0].variant == .primitive } ?? true
        let lists = instanceActions(of: owner, instances, task)
        if node == nil, owner == whole, resources[owner].variant == .clone, lists.newest.count >= InstanceLook.threshold,
            var look = visitStamps.takeLook(action, of: owner, instances: lists.newest.count, actions: actions.all.count)
        {
            lookAgain(&look, lists, isPrimitive)
            visitStamps.putLook(look, action)
            return countedFlags(of: action, look)
        }
        var anyRunnable = false
        let here = node.map(lists.on) ?? lists.newest
        // A group of which nothing happens there could not start there, and has nothing to stop.
        if !isPrimitive, here.count < lists.newest.count, task.basic == .stop || task.basic == .demote { anyRunnable = true }
        for instanceAction in here {
            let instanceFlags = isPrimitive ? actions[instanceAction].flags : seenFlags(instanceAction, node)
            if !instanceFlags.contains(.optional), flags.contains(.optional) {
                flags.remove(.optional)
                drop(.optional, of: action)
            }
            if instanceFlags.contains(.runnable) { anyRunnable = true }
        }
        if !anyRunnable {
            flags.remove(.runnable)
            if node == nil { drop(.runnable, of: action) }
        }
        return flags
    }

    /// Looks at the actions of those instances that have changed since the last look, in the order of the instances.
    private mutating func lookAgain(_ look: inout InstanceLook, _ lists: InstanceActions, _ isPrimitive: Bool) {
        let positions = look.changed.map { changed in
            changed.count < lists.newest.count ? Set(changed.compactMap(lists.position)).sorted() : Array(lists.newest.indices)
        }
        for position in positions ?? Array(lists.newest.indices) {
            let instanceAction = lists.newest[position]
            look.note(isPrimitive ? actions[instanceAction].flags : seenFlags(instanceAction, nil), position)
        }
    }

    private mutating func countedFlags(of action: ActionIndex, _ look: InstanceLook) -> ActionFlags {
        var flags: ActionFlags = [.optional, .runnable, .pseudo]
        if look.requiredCount > 0 {
            flags.remove(.optional)
            drop(.optional, of: action)
        }
        if look.runnableCount == 0 {
            flags.remove(.runnable)
            drop(.runnable, of: action)
        }
        return flags
    }
}
