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
        if let marker = line.firstRange(of: " promotion score (inactive): ") {
            return XMLElement("promotion_score", [("id", String(line[..<marker.lowerBound])), ("score", String(line[marker.upperBound...]))])
        }
        if let marker = line.firstRange(of: " promotion score on ") {
            guard let (node, score) = split(line[marker.upperBound...]) else { return nil }
            return XMLElement("promotion_score", [("id", String(line[..<marker.lowerBound])), ("score", score), ("node", node)])
        }
        return capacityElement(line)
    }

    /// `Original: NODE capacity: NAME=VALUE …` and `FUNCTION: RESOURCE utilization on NODE: NAME=VALUE …`.
    private static func capacityElement(_ line: String) -> XMLElement? {
        guard let colon = line.firstRange(of: ": ") else { return nil }
        let subject = String(line[..<colon.lowerBound])
        if let marker = line.firstRange(of: " capacity:") {
            let node = String(line[colon.upperBound..<marker.lowerBound])
            return XMLElement("capacity", [("node", node), ("comment", subject)], children: amounts(line[marker.upperBound...]))
        }
        guard let marker = line.firstRange(of: " utilization on "), let end = line[marker.upperBound...].firstIndex(of: ":") else { return nil }
        let attributes = [
            ("resource", String(line[colon.upperBound..<marker.lowerBound])), ("node", String(line[marker.upperBound..<end])),
            ("function", subject),
        ]
        return XMLElement("utilization", attributes, children: amounts(line[line.index(after: end)...]))
    }

    private static func amounts(_ text: Substring) -> [XMLElement] {
        text.split(separator: " ").compactMap { pair in
            guard let equals = pair.firstIndex(of: "=") else { return nil }
            return XMLElement(String(pair[..<equals]), [], children: [.text(String(pair[equals...].dropFirst()))])
        }
    }

    private static func split(_ text: Substring) -> (String, String)? {
        guard let colon = text.lastIndex(of: ":") else { return nil }
        return (String(text[..<colon]), String(text[text.index(after: colon)...].drop { $0 == " " }))
    }
}
