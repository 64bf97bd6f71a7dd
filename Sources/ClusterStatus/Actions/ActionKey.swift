// SPDX-License-Identifier: GPL-2.0-or-later
// The identity of an action within its resource: what the reference spells as RSC_TASK_INTERVAL, here an integer.

/// Which notification a `notify` or `notified` action is about; part of its key.
@usableFromInline package enum NotificationKind: UInt8, Sendable {
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
@usableFromInline package struct ActionKey: Hashable, Sendable {
    @usableFromInline let bits: UInt64

    /// - Parameters:
    ///   - task: the task; for a notification the notified one.
    ///   - interval: milliseconds.
    @inlinable package init(_ task: TaskName, interval: UInt32 = 0, notification: NotificationKind = .none) {
        bits = UInt64(task.code) << 48 | UInt64(notification.rawValue) << 40 | UInt64(interval)
    }

    @inlinable package var task: TaskName { TaskName(code: UInt16(truncatingIfNeeded: bits >> 48)) }
    package var notification: NotificationKind { NotificationKind(rawValue: UInt8(truncatingIfNeeded: bits >> 40)) ?? .none }
    /// Milliseconds.
    @inlinable package var interval: UInt32 { UInt32(truncatingIfNeeded: bits) }

    @inlinable package static var start: ActionKey { ActionKey(.start) }
    @inlinable package static var stop: ActionKey { ActionKey(.stop) }
    @inlinable package static var promote: ActionKey { ActionKey(.promote) }
    @inlinable package static var demote: ActionKey { ActionKey(.demote) }
    @inlinable package static var probe: ActionKey { ActionKey(.monitor) }

    @inlinable package static func == (a: ActionKey, b: ActionKey) -> Bool { a.bits == b.bits }

    /// The operation key for a resource of that name.
    package func text(resource: String, tasks: TaskTable) -> String {
        let name = tasks.name(of: task)
        guard notification != .none else { return "\(resource)_\(name)_\(interval)" }
        return "\(resource)_\(notification.text)_notify_\(name)_0"
    }
}
