// SPDX-License-Identifier: GPL-2.0-or-later
// What a clone's action is, depends on the actions of all its instances, and that is asked whenever one of them has changed. Where
// there are many, they are counted instead: to look again means to look at those that changed since.

/// The actions of a clone's instances as an action of the clone saw them last.
package struct InstanceLook: Sendable {
    /// From so many instances on it is worthwhile.
    package static let threshold = 32

    /// By position in the list of the instances' actions.
    private var flags: ContiguousArray<ActionFlags>
    package private(set) var requiredCount = 0
    package private(set) var runnableCount = 0
    /// The instances that changed since the last look; nil at the first.
    package fileprivate(set) var changed: ContiguousArray<ResourceIndex>?
    /// How many changes there were before this look; and actions, since new ones make it void.
    fileprivate var changeCount: Int
    fileprivate let actionCount: Int

    fileprivate init(instances: Int, changes: Int, actions: Int) {
        flags = ContiguousArray(repeating: .optional, count: instances)
        changeCount = changes
        actionCount = actions
    }

    /// Notes how one instance's action looks now.
    package mutating func note(_ new: ActionFlags, _ position: Int) {
        let old = flags[position]
        requiredCount += (old.contains(.optional) ? 1 : 0) - (new.contains(.optional) ? 1 : 0)
        runnableCount += (new.contains(.runnable) ? 1 : 0) - (old.contains(.runnable) ? 1 : 0)
        flags[position] = new
    }
}

/// Such looks by action of a clone, and the instances that changed, by clone, in the order in which they did.
struct InstanceLooks: Sendable {
    private var looks: [ActionIndex: InstanceLook] = [:]
    private var changes: [ResourceIndex: ContiguousArray<ResourceIndex>] = [:]

    var isEmpty: Bool { changes.isEmpty }

    mutating func noteChange(of instance: ResourceIndex, in clone: ResourceIndex) {
        if instance != clone, changes[clone]?.last != instance { changes[clone]?.append(instance) }
    }

    /// Takes the last look out, to be continued and put back.
    mutating func take(_ action: ActionIndex, of clone: ResourceIndex, instances: Int, actions: Int) -> InstanceLook {
        let all = changes[clone] ?? []
        if changes[clone] == nil { changes[clone] = [] }
        guard var look = looks.removeValue(forKey: action), look.actionCount == actions else {
            return InstanceLook(instances: instances, changes: all.count, actions: actions)
        }
        look.changed = ContiguousArray(all[look.changeCount...])
        look.changeCount = all.count
        return look
    }

    mutating func put(_ look: InstanceLook, _ action: ActionIndex) { looks[action] = look }
}
