// SPDX-License-Identifier: GPL-2.0-or-later
// One action that the scheduler considers, whether or not it will be carried out.

/// Position of an action in the table; its number in the graph is one more.
@usableFromInline package struct ActionIndex: Hashable, Comparable, Sendable {
    @usableFromInline package let raw: Int32
    @inline(__always) package init(raw: Int32) { self.raw = raw }
    @inline(__always) package init(_ position: Int) { raw = Int32(truncatingIfNeeded: position) }
    @inlinable @inline(__always) package var position: Int { Int(raw) }
    /// The number written in transition graphs, from 1.
    package var number: Int { Int(raw) + 1 }
    @usableFromInline package static func < (a: ActionIndex, b: ActionIndex) -> Bool { a.raw < b.raw }
}

@usableFromInline package struct ActionFlags: OptionSet, Hashable, Sendable {
    @usableFromInline package let rawValue: UInt32
    @inlinable package init(rawValue: UInt32) { self.rawValue = rawValue }

    /// Not executed anywhere; a point other actions wait for.
    @inlinable package static var pseudo: ActionFlags { ActionFlags(rawValue: 1 << 0) }
    @inlinable package static var runnable: ActionFlags { ActionFlags(rawValue: 1 << 1) }
    /// Not needed (it has been done, or nobody asked for it).
    @inlinable package static var optional: ActionFlags { ActionFlags(rawValue: 1 << 2) }
    @inlinable package static var alwaysInGraph: ActionFlags { ActionFlags(rawValue: 1 << 3) }
    @inlinable package static var attributesEvaluated: ActionFlags { ActionFlags(rawValue: 1 << 4) }
    @inlinable package static var migratable: ActionFlags { ActionFlags(rawValue: 1 << 5) }
    @inlinable package static var addedToGraph: ActionFlags { ActionFlags(rawValue: 1 << 6) }
    @inlinable package static var migrationAbort: ActionFlags { ActionFlags(rawValue: 1 << 7) }
    @inlinable package static var reschedule: ActionFlags { ActionFlags(rawValue: 1 << 8) }
    @inlinable package static var inputsMerged: ActionFlags { ActionFlags(rawValue: 1 << 10) }
    @inlinable package static var onDC: ActionFlags { ActionFlags(rawValue: 1 << 11) }
    /// Waits for a minimum number of runnable predecessors (`requiredRunnable`).
    @inlinable package static var minRunnable: ActionFlags { ActionFlags(rawValue: 1 << 12) }
    /// Has been through the graph's decision once (spec 23.2), whether or not it was added.
    @inlinable package static var visited: ActionFlags { ActionFlags(rawValue: 1 << 13) }
}

/// Why an action is what it is; text is made when somebody reads it.
package enum ActionReason: Sendable, Equatable {
    case none
    case text(String)
    /// A flag was cleared because of another action: `unrunnable RSC TASK` and the like (spec 8.6).
    case unrunnable(ActionIndex), unmigratable(ActionIndex), required(ActionIndex)
}

@usableFromInline package struct Action: Sendable {
    /// Nil for actions that concern a node or nothing at all.
    package var resource: ResourceIndex?
    package var node: NodeIndex?
    package var task: TaskName
    /// Key within the resource. For a cancellation it keeps the task of the cancelled operation.
    package var key: ActionKey
    @usableFromInline package var flags: ActionFlags
    package var requirement: Requirement = .nothing
    /// What a fencing operation does to its node; `.none` for other actions.
    package var fencing: FencingOperation = .none
    /// Own priority in the graph; the resource's counts too.
    package var priority: Int32 = 0
    /// Predecessors needed before a `minRunnable` action becomes runnable, and how many were found in the present visit.
    package var requiredRunnable: Int32 = 0
    package var runnablePredecessors: Int32 = 0
    package var reason: ActionReason = .none
    /// The operation of the configuration this action belongs to: an index among the resource's operations, or -1.
    package var operation: Int32 = -1
    /// Key of an action without resource, a number in `ActionTable`, or -1.
    package var label: Int32 = -1
    /// Number of a list of explicit meta-attributes in `ActionTable.metas`, or -1.
    package var metaList: Int32 = -1
    /// Next older action of the same resource, and the next older one with the same key.
    package var olderOfResource: Int32 = -1
    package var olderOfKey: Int32 = -1
    /// Heads of the lists of relations, most recent first: those that wait for this action, and those this one waits for.
    package var firstAfter: Int32 = -1
    package var firstBefore: Int32 = -1

    package init(resource: ResourceIndex?, node: NodeIndex?, task: TaskName, key: ActionKey, flags: ActionFlags) {
        self.resource = resource
        self.node = node
        self.task = task
        self.key = key
        self.flags = flags
    }

    @inlinable @inline(__always) package var isOptional: Bool { flags.contains(.optional) }
    @inlinable @inline(__always) package var isRequired: Bool { !flags.contains(.optional) }
    @inlinable @inline(__always) package var isRunnable: Bool { flags.contains(.runnable) }
    @inlinable @inline(__always) package var isPseudo: Bool { flags.contains(.pseudo) }
}

/// What is done to a node by a fencing device.
package enum FencingOperation: UInt8, Sendable {
    case none, reboot, off, on

    package var text: String {
        switch self {
        case .none: ""
        case .reboot: "reboot"
        case .off: "off"
        case .on: "on"
        }
    }
}

/// An explicit meta-attribute of an action, beyond those of the configured operation.
package struct ActionMeta: Sendable, Equatable {
    package var name: String
    package var value: String
    package init(_ name: String, _ value: String) { (self.name, self.value) = (name, value) }
}
