// SPDX-License-Identifier: GPL-2.0-or-later
// The way from one role to another, step by step (scheduler spec 28.6).

import ClusterStatus

enum RoleSteps {
    /// What one step takes.
    enum Step { case none, start, stop, promote, demote }

    /// The role after one step from `role` on the way to `target`.
    static func next(from role: ResourceRole, towards target: ResourceRole) -> ResourceRole {
        switch (role, target) {
        case (.unknown, .unknown): .unknown
        case (.unknown, _): .stopped
        case (.stopped, .started): .started
        case (.stopped, .unpromoted), (.stopped, .promoted): .unpromoted
        case (.stopped, _): .stopped
        case (.started, .started): .started
        case (.started, .unpromoted): .unpromoted
        case (.started, .promoted): .promoted
        case (.started, _): .stopped
        case (.unpromoted, .unpromoted): .unpromoted
        case (.unpromoted, .promoted): .promoted
        case (.unpromoted, _): .stopped
        case (.promoted, .promoted): .promoted
        case (.promoted, .unknown): .stopped
        case (.promoted, _): .unpromoted
        }
    }

    /// What the step between two neighbouring roles takes.
    static func step(from role: ResourceRole, to next: ResourceRole) -> Step {
        switch (role, next) {
        case (.unknown, .stopped): .stop
        case (.stopped, .started), (.stopped, .unpromoted): .start
        case (.started, .stopped), (.unpromoted, .stopped), (.unpromoted, .started): .stop
        case (.started, .promoted), (.unpromoted, .promoted): .promote
        case (.promoted, .stopped), (.promoted, .started), (.promoted, .unpromoted): .demote
        default: .none
        }
    }
}
