// SPDX-License-Identifier: GPL-2.0-or-later
// crm_simulate's answers as elements for programs.
import ClusterStatus
import ClusterXML
import Scheduling

enum SummaryElements {
    static func elements(_ summary: TransitionSummary) -> [XMLElement] {
        summary.nodes.map(element) + summary.resources.map(element)
    }

    private static func element(_ change: NodeChange) -> XMLElement {
        XMLElement("node_action", [("task", change.task), ("node", change.node), ("reason", change.reason)])
    }

    private static func element(_ change: ResourceChange) -> XMLElement {
        var attributes = [("action", change.change), ("resource", change.resource)]
        let role = ("role", change.role.text)
        let next = ("next-role", change.nextRole.text)
        let shows = change.showsRoles
        switch (change.origin, change.destination) {
        case (nil, let destination):
            if shows { attributes += [role, next] }
            attributes.append(("dest", destination ?? ""))
        case (let origin?, nil):
            if shows { attributes.append(role) }
            attributes.append(("source", origin))
        case (let origin?, let destination?):
            if change.keepsRole {
                if shows { attributes.append(role) }
                attributes.append(("source", origin))
                if !change.keepsHost { attributes.append(("dest", destination)) }
            } else {
                attributes += [role, ("source", origin), next]
                if !change.keepsHost { attributes.append(("dest", destination)) }
            }
        }
        if let reason = change.reason { attributes.append(("reason", reason)) }
        if change.isBlocked { attributes.append(("blocked", "true")) }
        return XMLElement("rsc_action", attributes)
    }
}

enum ScoreElement {
    /// A line of scores as an element: allocation scores and promotion scores; nil for other lines.
    static func element(_ line: String) -> XMLElement? {
        if let colon = line.firstRange(of: ": "), let marker = line.firstRange(of: " allocation score on ") {
            let resource = line[colon.upperBound..<marker.lowerBound]
            guard let (node, score) = split(line[marker.upperBound...]) else { return nil }
            return XMLElement(
                "node_weight",
                [("function", String(line[..<colon.lowerBound])), ("node", node), ("score", score), ("id", String(resource))])
        }
        if let marker = line.firstRange(of: " promotion score on ") {
            guard let (node, score) = split(line[marker.upperBound...]) else { return nil }
            return XMLElement("promotion_score", [("id", String(line[..<marker.lowerBound])), ("score", score), ("node", node)])
        }
        return nil
    }

    private static func split(_ text: Substring) -> (String, String)? {
        guard let colon = text.lastIndex(of: ":") else { return nil }
        return (String(text[..<colon]), String(text[text.index(after: colon)...].drop { $0 == " " }))
    }
}
