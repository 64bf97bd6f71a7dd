// SPDX-License-Identifier: GPL-2.0-or-later
// Names of tasks as small integers. Comparing tasks is the commonest operation of scheduling, so text is used in renderers only.

/// A task of an action (`start`, `monitor`, `load_stopped_node1`, …), interned.
@usableFromInline package struct TaskName: Hashable, Sendable {
    /// Position in the table of names; tasks with a fixed meaning come first.
    @usableFromInline package let code: UInt16

    @inlinable package init(code: UInt16) { self.code = code }
    @inlinable package static func == (a: TaskName, b: TaskName) -> Bool { a.code == b.code }
}

extension TaskName {
    @inlinable package static var unknown: TaskName { TaskName(code: 0) }
    @inlinable package static var start: TaskName { TaskName(code: 1) }
    @inlinable package static var running: TaskName { TaskName(code: 2) }
    @inlinable package static var stop: TaskName { TaskName(code: 3) }
    @inlinable package static var stopped: TaskName { TaskName(code: 4) }
    @inlinable package static var promote: TaskName { TaskName(code: 5) }
    @inlinable package static var promoted: TaskName { TaskName(code: 6) }
    @inlinable package static var demote: TaskName { TaskName(code: 7) }
    @inlinable package static var demoted: TaskName { TaskName(code: 8) }
    @inlinable package static var monitor: TaskName { TaskName(code: 9) }
    @inlinable package static var migrateTo: TaskName { TaskName(code: 10) }
    @inlinable package static var migrateFrom: TaskName { TaskName(code: 11) }
    @inlinable package static var notify: TaskName { TaskName(code: 12) }
    @inlinable package static var notified: TaskName { TaskName(code: 13) }
    @inlinable package static var delete: TaskName { TaskName(code: 14) }
    @inlinable package static var lrmDelete: TaskName { TaskName(code: 15) }
    @inlinable package static var clearFailCount: TaskName { TaskName(code: 16) }
    @inlinable package static var cancel: TaskName { TaskName(code: 17) }
    @inlinable package static var reloadAgent: TaskName { TaskName(code: 18) }
    @inlinable package static var fence: TaskName { TaskName(code: 19) }
    @inlinable package static var shutdown: TaskName { TaskName(code: 20) }
    @inlinable package static var maintenanceNodes: TaskName { TaskName(code: 21) }
    @inlinable package static var reload: TaskName { TaskName(code: 22) }
    @inlinable package static var migrate: TaskName { TaskName(code: 23) }
    @inlinable package static var metaData: TaskName { TaskName(code: 24) }

    /// Texts of the fixed tasks by code (spec 28.5).
    static let fixedNames = [
        "", "start", "running", "stop", "stopped", "promote", "promoted", "demote", "demoted", "monitor", "migrate_to",
        "migrate_from", "notify", "notified", "delete", "lrm_delete", "clear_failcount", "cancel", "reload-agent", "stonith",
        "do_shutdown", "maintenance_nodes", "reload", "migrate", "meta-data",
    ]

    /// The task that reports the completion of this one for a collective resource (`start` gives `running`); nil if it has none.
    package var completion: TaskName? {
        switch self {
        case .start: .running
        case .stop: .stopped
        case .promote: .promoted
        case .demote: .demoted
        default: nil
        }
    }

    /// The task whose completion this one reports (`running` gives `start`); other tasks give themselves.
    package var basic: TaskName {
        switch self {
        case .running: .start
        case .stopped: .stop
        case .promoted: .promote
        case .demoted: .demote
        default: self
        }
    }

    /// Whether a collective resource's action of this task is made up of its members' (spec 22.7). Migrations, deletions, reloads and the
    /// like are matters of a primitive: an ordering can ask for one of a clone or group, but that is nobody's sum.
    package var isMadeOfMembers: Bool { (TaskName.start.code...TaskName.monitor.code).contains(code) || self == .notify || self == .notified }

    /// The opposite task, for symmetric orderings (spec 11.3); nil if there is none.
    package var inverse: TaskName? {
        switch self {
        case .start: .stop
        case .stop: .start
        case .promote: .demote
        case .demote: .promote
        case .promoted: .demoted
        case .demoted: .promoted
        case .running: .stopped
        case .stopped: .running
        default: nil
        }
    }
}

/// All task names of one scheduling run.
package struct TaskTable: Sendable {
    private var names = TaskName.fixedNames
    private var codes: [String: UInt16]

    package init() {
        codes = [:]
        for (code, name) in names.enumerated() { codes[name] = UInt16(code) }
    }

    /// The task of that name, made if it is new. The table holds 65,535 names; more give `.unknown`.
    package mutating func task(named name: String) -> TaskName {
        if let code = codes[name] { return TaskName(code: code) }
        guard names.count < Int(UInt16.max) else { return .unknown }
        let code = UInt16(names.count)
        names.append(name)
        codes[name] = code
        return TaskName(code: code)
    }

    package func name(of task: TaskName) -> String { names[Int(task.code)] }
}
