// SPDX-License-Identifier: GPL-2.0-or-later
// The identity of an action within its resource: what the reference spells as RSC_TASK_INTERVAL, here an integer.

/// Which notification a `notify` or `notified` action is about; part of its key.
package enum NotificationKind: UInt8, Sendable {
    case none, pre, post, confirmedPre, confirmedPost

    /// As written in operation keys and in `notify_key_type`.
    package var text: String {
        switch self {
        case .none: ""
        case .pre: "pre"
        case .post: "post"
        case .confirmedPre: "confirmed-pre"
        case .confirmedPost: "confirmed-post"
        }
    }
}

/// Operation key without the resource: task, interval and kind of notification (spec 1.5).
package struct ActionKey: Hashable, Sendable {
    private let bits: UInt64

    /// - Parameters:
    ///   - task: the task; for a notification the notified one.
    ///   - interval: milliseconds.
    package init(_ task: TaskName, interval: UInt32 = 0, notification: NotificationKind = .none) {
        bits = UInt64(task.code) << 48 | UInt64(notification.rawValue) << 40 | UInt64(interval)
    }

    package var task: TaskName { TaskName(code: UInt16(truncatingIfNeeded: bits >> 48)) }
    package var notification: NotificationKind { NotificationKind(rawValue: UInt8(truncatingIfNeeded: bits >> 40)) ?? .none }
    /// Milliseconds.
    package var interval: UInt32 { UInt32(truncatingIfNeeded: bits) }

    package static let start = ActionKey(.start)
    package static let stop = ActionKey(.stop)
    package static let promote = ActionKey(.promote)
    package static let demote = ActionKey(.demote)
    package static let probe = ActionKey(.monitor)

    /// The operation key for a resource of that name.
    package func text(resource: String, tasks: TaskTable) -> String {
        let name = tasks.name(of: task)
        guard notification != .none else { return "\(resource)_\(name)_\(interval)" }
        return "\(resource)_\(notification.text)_notify_\(name)_0"
    }
}
