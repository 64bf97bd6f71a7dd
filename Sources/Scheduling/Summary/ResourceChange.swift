// SPDX-License-Identifier: GPL-2.0-or-later
// What a transition will change, in the terms of people: resources that start, move, stop, and nodes that are fenced
// (scheduler spec 26.5). Text and XML are made elsewhere.

package import ClusterStatus

/// A node that will be shut down or fenced.
package struct NodeChange: Sendable {
    /// `Shutdown`, or `Fence (reboot)` and the like.
    package var task: String
    package var node: String
    /// For a guest: its container.
    package var container: String?
    package var reason: String
}

/// One resource that will be started, stopped, moved, promoted and so on.
package struct ResourceChange: Sendable {
    /// `Start`, `Move`, `Recover`, …
    package var change: String
    package var resource: String
    package var origin: String?
    package var destination: String?
    package var role: ResourceRole
    package var nextRole: ResourceRole
    package var reason: String?
    /// The action can not run.
    package var isBlocked: Bool

    /// Whether roles say more than the change itself.
    package var showsRoles: Bool { role > .started || nextRole > .unpromoted }
    package var keepsRole: Bool { role == nextRole }
    package var keepsHost: Bool { origin != nil && origin == destination }

    /// Roles and hosts in one phrase.
    package var details: String {
        guard let origin else {
            let destination = destination ?? ""
            return showsRoles ? "\(role.text) -> \(nextRole.text) \(destination)" : destination
        }
        guard let destination else { return showsRoles ? "\(role.text) \(origin)" : origin }
        switch (keepsRole, keepsHost) {
        case (true, true): return showsRoles ? "\(role.text) \(origin)" : origin
        case (true, false): return showsRoles ? "\(origin) -> \(destination) \(role.text)" : "\(origin) -> \(destination)"
        case (false, true): return "\(role.text) -> \(nextRole.text) \(origin)"
        case (false, false): return "\(role.text) \(origin) -> \(nextRole.text) \(destination)"
        }
    }

    /// Why, as the end of a line; empty without anything to say.
    package var explanation: String {
        guard let reason else { return isBlocked ? "  blocked" : "" }
        return "  due to \(reason)" + (isBlocked ? " (blocked)" : "")
    }
}

/// Everything a transition changes.
package struct TransitionSummary: Sendable {
    package var nodes: [NodeChange] = []
    package var resources: [ResourceChange] = []

    /// The lines without bullets; resource lines are aligned with each other.
    package var lines: [String] {
        var lines = nodes.map { change in
            let container = change.container.map { " (resource: \($0))" } ?? ""
            return "\(change.task) \(change.node)\(container) '\(change.reason)'"
        }
        var width = 5
        for change in resources where change.resource.utf8.count > width { width = change.resource.utf8.count + 2 }
        let detailWidth = max(5, resources.map(\.details.utf8.count).max() ?? 0)
        for change in resources {
            let details = change.details
            let indent = Self.blanks(detailWidth - details.utf8.count)
            lines.append(
                "\(Self.padded(change.change, 8))   \(Self.padded(change.resource, width))   ( \(indent)\(details) )\(change.explanation)")
        }
        return lines
    }

    private static func blanks(_ count: Int) -> String { String(repeating: " ", count: max(0, count)) }

    private static func padded(_ text: String, _ width: Int) -> String { text + blanks(width - text.utf8.count) }
}
