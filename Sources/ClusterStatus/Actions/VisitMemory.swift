// SPDX-License-Identifier: GPL-2.0-or-later
// What the fix-point has looked up about collective resources: it asks the same of a clone once for each of its instances.

struct VisitMemory: Sendable {
    /// Flags of an action of a collective resource, and the count of changes when they were seen; 0 if they were not.
    struct Seen: Sendable {
        var stamp: UInt32 = 0
        var flags: ActionFlags = []
    }

    /// By action: as it is seen from anywhere; and as it is seen on a node.
    private var seenAnywhere = ContiguousArray<Seen>()
    private var seenOnNode: [UInt64: Seen] = [:]
    /// Collective resources whose instances can all not start (or be promoted), for which that has been dealt with.
    var blocked: Set<UInt64> = []
    /// Collective resources and tasks of which none of the instances' actions can run.
    var unrunnable: Set<UInt64> = []
    /// Actions of instances.
    var instanceActions = InstanceActionLists()
    /// How the instances' actions of large clones were seen.
    var looks = InstanceLooks()

    init(actions: Int = 0) { seenAnywhere = ContiguousArray(repeating: Seen(), count: actions) }

    /// Instances are elsewhere now, or have more actions.
    mutating func forgetInstances() {
        blocked.removeAll(keepingCapacity: true)
        unrunnable.removeAll(keepingCapacity: true)
        instanceActions = InstanceActionLists()
        looks = InstanceLooks()
    }

    @inline(__always)
    func seen(_ action: ActionIndex, _ node: NodeIndex?) -> Seen? {
        guard let node else { return action.position < seenAnywhere.count ? seenAnywhere[action.position] : nil }
        return seenOnNode[Self.key(action, node)]
    }

    @inline(__always)
    mutating func note(_ seen: Seen, _ action: ActionIndex, _ node: NodeIndex?) {
        if let node {
            seenOnNode[Self.key(action, node)] = seen
        } else if action.position < seenAnywhere.count {
            seenAnywhere[action.position] = seen
        }
    }

    // MARK: Keys

    private static func key(_ action: ActionIndex, _ node: NodeIndex) -> UInt64 {
        UInt64(UInt32(bitPattern: action.raw)) << 32 | UInt64(UInt32(bitPattern: node.raw))
    }

    static func key(_ whole: ResourceIndex, _ task: TaskName) -> UInt64 {
        UInt64(UInt32(bitPattern: whole.raw)) << 16 | UInt64(task.code)
    }
}
