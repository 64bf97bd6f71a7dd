// SPDX-License-Identifier: GPL-2.0-or-later
// The summary of a transition as elements for programs, as the reference's XML has them.
import ClusterStatus
import ClusterXML
import Scheduling

enum SummaryElements {
    static func elements(_ summary: TransitionSummary) -> [XMLElement] {
        summary.nodes.map(element) + summary.resources.map(element)
    }

    private static func element(_ change: NodeChange) -> XMLElement {
        let container = change.container.map { " (resource: \($0))" } ?? ""
        return XMLElement("node_action", [("task", change.task), ("node", change.node + container), ("reason", change.reason)])
    }

    private static func element(_ change: ResourceChange) -> XMLElement {
        var attributes = [("action", change.change.lowercased()), ("resource", change.resource)]
        let role = ("role", change.role.text)
        let next = ("next-role", change.nextRole.text)
        let shows = change.showsRoles
        switch (change.origin, change.destination) {
        case (nil, let destination):
            attributes += shows ? [role, next, ("dest", destination ?? "")] : [("node", destination ?? "")]
        case (let origin?, nil):
            attributes += (shows ? [role] : []) + [("node", origin)]
        case (let origin?, let destination?):
            switch (change.keepsRole, change.keepsHost) {
            case (true, true): attributes += (shows ? [role] : []) + [("source", origin)]
            case (true, false): attributes += [("source", origin), ("dest", destination)] + (shows ? [role] : [])
            case (false, true): attributes += [role, next, ("source", origin)]
            case (false, false): attributes += [role, ("source", origin), next, ("dest", destination)]
            }
        }
        if let reason = change.reason { attributes.append(("reason", reason)) }
        if change.isBlocked { attributes.append(("blocked", "true")) }
        return XMLElement("rsc_action", attributes)
    }
}
