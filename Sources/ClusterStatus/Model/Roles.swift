// SPDX-License-Identifier: GPL-2.0-or-later
// Roles, variants, failure responses: the small enumerations of the scheduler spec (1.6, 7, 8.5).

/// Role of a resource; the order of the cases is the numeric order of spec 1.6.
package enum ResourceRole: UInt8, Sendable, Comparable, CaseIterable {
    case unknown, stopped, started, unpromoted, promoted

    package static func < (a: ResourceRole, b: ResourceRole) -> Bool { a.rawValue < b.rawValue }

    /// The text used in output.
    package var text: String {
        switch self {
        case .unknown: "Unknown"
        case .stopped: "Stopped"
        case .started: "Started"
        case .unpromoted: "Unpromoted"
        case .promoted: "Promoted"
        }
    }

    /// Reads a role, any case, old names included; anything else (or nil) is `.unknown`.
    package init(parsing text: String?) {
        guard let text else { self = .unknown; return }
        switch text.lowercased() {
        case "stopped": self = .stopped
        case "started": self = .started
        case "unpromoted", "slave": self = .unpromoted
        case "promoted", "master": self = .promoted
        default: self = .unknown
        }
    }
}

/// Kind of a resource; the raw values are the order used when sorting colocations (11.2).
@usableFromInline package enum ResourceVariant: UInt8, Sendable {
    case primitive = 0, group = 1, clone = 2, bundle = 3
}

/// What happens after a failure, in order of severity (8.5).
package enum OnFail: UInt8, Sendable, Comparable {
    case ignore, demote, restart, resetRemote, restartContainer, ban, block, stop, standby, fence

    package static func < (a: OnFail, b: OnFail) -> Bool { a.rawValue < b.rawValue }

    /// The text Pacemaker writes for it.
    package var text: String {
        switch self {
        case .ignore: "ignore"
        case .demote: "demote"
        case .restart: "restart"
        case .resetRemote: "reset-remote"
        case .restartContainer: "restart-container"
        case .ban: "ban"
        case .block: "block"
        case .stop: "stop"
        case .standby: "standby"
        case .fence: "fence"
        }
    }
}

/// `multiple-active` (7.4).
package enum MultipleActive: UInt8, Sendable { case block, stopOnly, stopStart, stopUnexpected }

/// What an action or a resource's start requires (7.4 `requires`, 8.3).
package enum Requirement: UInt8, Sendable { case nothing, quorum, fencing }
