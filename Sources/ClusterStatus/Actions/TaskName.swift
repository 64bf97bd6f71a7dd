// SPDX-License-Identifier: GPL-2.0-or-later
// Names of tasks as small integers. Comparing tasks is the commonest operation of scheduling, so text is used in renderers only.

/// A task of an action (`start`, `monitor`, `load_stopped_node1`, …), interned.
package struct TaskName: Hashable, Sendable {
    /// Position in the table of names; tasks with a fixed meaning come first.
    package let code: UInt16

    package init(code: UInt16) { self.code = code }
}

extension TaskName {
    package static let unknown = TaskName(code: 0)
    package static let start = TaskName(code: 1)
    package static let running = TaskName(code: 2)
    package static let stop = TaskName(code: 3)
    package static let stopped = TaskName(code: 4)
    package static let promote = TaskName(code: 5)
    package static let promoted = TaskName(code: 6)
    package static let demote = TaskName(code: 7)
    package static let demoted = TaskName(code: 8)
    package static let monitor = TaskName(code: 9)
    package static let migrateTo = TaskName(code: 10)
    package static let migrateFrom = TaskName(code: 11)
    package static let notify = TaskName(code: 12)
    package static let notified = TaskName(code: 13)
    package static let delete = TaskName(code: 14)
    package static let lrmDelete = TaskName(code: 15)
    package static let clearFailCount = TaskName(code: 16)
    package static let cancel = TaskName(code: 17)
    package static let reloadAgent = TaskName(code: 18)
    package static let fence = TaskName(code: 19)
    package static let shutdown = TaskName(code: 20)
    package static let maintenanceNodes = TaskName(code: 21)
    package static let reload = TaskName(code: 22)
    package static let migrate = TaskName(code: 23)
    package static let metaData = TaskName(code: 24)

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
