// SPDX-License-Identifier: GPL-2.0-or-later
// Upgrade from 3.10 to 4.0 of the constraints: one rule a location, no lifetimes, nothing of dropped resources,
// and bans that keep everything off what used to be ping nodes.
import ClusterXML

struct RemovedConstraintForms {
    let droppedResources: Set<String>
    private(set) var notes: [UpgradeNote] = []

    init(droppedResources: Set<String>) {
        self.droppedResources = droppedResources
    }

    private var prefix: String { RemovalsUpgrade.prefix }

    mutating func rewrite(_ constraints: inout XMLElement, pingNodes: [String]) {
        var result: [XMLElement] = []
        for constraint in constraints.children { result += constraint.name == "rsc_location" ? split(constraint) : [constraint] }
        result += pingNodes.map { ban(node: $0) }
        let homeless = rulesUsedOutsideLifetimes(result)
        result = result.map { withoutLifetime($0) }
        if !homeless.isEmpty { result.append(parked(homeless)) }
        constraints.children = result.compactMap { withoutDroppedResources($0) }
    }

    private func split(_ location: XMLElement) -> [XMLElement] {
        let rules = location.all("rule")
        guard rules.count > 1 else { return [location] }
        return rules.enumerated().map { number, rule in
            var part = location
            part["id"] = "\(prefix)\(location.id ?? "")-\(number + 1)"
            part.children =
                location.all("resource_set") + [rule] + location.all("lifetime")
            if number > 0 { part.children = part.children.map(SharedElements.marked) }
            part[SharedElements.mark] = "0"
            return part
        }
    }

    private func ban(node: String) -> XMLElement {
        XMLElement("rsc_location", [
            ("id", "\(prefix)ping-node-ban-\(node)"), ("rsc-pattern", ".*"), ("node", node), ("score", "-INFINITY"),
            ("resource-discovery", "never"),
        ])
    }

    // MARK: Lifetimes

    /// Rules first written in the lifetime of a colocation or an order, but referred to from elsewhere.
    private func rulesUsedOutsideLifetimes(_ constraints: [XMLElement]) -> [XMLElement] {
        var own: [XMLElement] = []
        var inLifetimes: [String: Int] = [:]
        var everywhere: [String: Int] = [:]
        for constraint in constraints {
            constraint.forEachElement { if $0.name == "rule", let id = $0.id { everywhere[id, default: 0] += 1 } }
            guard constraint.name == "rsc_colocation" || constraint.name == "rsc_order" else { continue }
            for lifetime in constraint.elements("lifetime") {
                lifetime.forEachElement { if $0.name == "rule", let id = $0.id { inLifetimes[id, default: 0] += 1 } }
                own += lifetime.elements("rule").filter { $0[SharedElements.mark] == nil }
            }
        }
        return own.filter { rule in rule.id.map { everywhere[$0] != inLifetimes[$0] } ?? false }
    }

    private func parked(_ rules: [XMLElement]) -> XMLElement {
        let id = "\(prefix)coloc-order-lifetime-rules"
        let rule = XMLElement("rule", [("id", "\(id)-rule"), ("score", "-INFINITY")], children: rules)
        return XMLElement("rsc_location", [("id", id), ("rsc-pattern", "a^")], children: [rule])
    }

    private mutating func withoutLifetime(_ constraint: XMLElement) -> XMLElement {
        guard constraint.has("lifetime") else { return constraint }
        var result = constraint
        let id = constraint.id ?? ""
        guard constraint.name == "rsc_location" else {
            notes.append(
                UpgradeNote(
                    severity: .warning, text: "Dropping lifetime from constraint \(id) because it is no longer supported"))
            result.children.removeAll { $0.name == "lifetime" }
            return result
        }
        let lifetimeRules = constraint.all("lifetime").flatMap { $0.all("rule") }
        var parts = constraint.all("rule")
        if parts.isEmpty { parts = [nodeRule(constraint)] }
        if lifetimeRules.count > 1 {
            parts.append(
                XMLElement("rule", [("id", "\(prefix)\(id)-lifetime-or-rule"), ("boolean-op", "or")], children: lifetimeRules))
        } else {
            parts += lifetimeRules
        }
        result["node"] = nil
        result["score"] = nil
        result.children = constraint.all("resource_set")
        result.children.append(
            XMLElement("rule", [("id", "\(prefix)\(id)-lifetime-and-rule"), ("boolean-op", "and")], children: parts))
        return result
    }

    /// What a location with a node and a score says, as a rule.
    private func nodeRule(_ location: XMLElement) -> XMLElement {
        let id = "\(prefix)\(location.id ?? "")-node-score-rule"
        var rule = XMLElement("rule", [("id", id)])
        rule["score"] = location["score"]
        rule.children = [
            XMLElement("expression", [
                ("id", "\(id)-expr"), ("attribute", "#uname"), ("operation", "eq"), ("value", location["node"] ?? ""),
            ])
        ]
        return rule
    }

    // MARK: Dropped resources

    private func withoutDroppedResources(_ constraint: XMLElement) -> XMLElement? {
        guard !droppedResources.isEmpty, constraint.isElement else { return constraint }
        for role in ["rsc", "with-rsc", "first", "then"] {
            if let id = constraint[role], droppedResources.contains(id) { return nil }
        }
        guard constraint.has("resource_set") else { return constraint }
        var result = constraint
        result.modifyChildren("resource_set") { set in
            set.children.removeAll { $0.name == "resource_ref" && droppedResources.contains($0.id ?? "") }
        }
        result.children.removeAll { $0.name == "resource_set" && $0["id-ref"] == nil && !$0.has("resource_ref") }
        return result.has("resource_set") ? result : nil
    }
}
