// SPDX-License-Identifier: GPL-2.0-or-later
// `rsc_location` elements to location constraints (scheduler spec 11.1).

package import ClusterStatus
import ClusterXML
package import CIBModel

extension ClusterState {
    /// Records what an `rsc_location` says about each resource it is about.
    mutating func unpackLocation(_ original: XMLElement) {
        guard let element = expandTags(in: original) else { return }
        if let id = element["rsc"] {
            guard let r = constraintResource(id) else {
                return warn("Ignoring constraint '\(element.id ?? "")' because resource '\(id)' does not exist")
            }
            unpackLocation(element, for: r, submatches: [])
        }
        if let pattern = element["rsc-pattern"] { unpackPattern(pattern, of: element) }
        for reference in element.elements("resource_set") {
            guard let set = resolvedSet(reference) else { return }
            let (members, unknown) = knownMembers(set)
            for member in members {
                unpackLocation(element, for: member, submatches: [], role: set["role"], score: set["score"])
            }
            if let unknown { return ignoreRest(of: set, from: unknown) }
        }
    }

    private mutating func unpackPattern(_ text: String, of element: XMLElement) {
        let isInverted = text.hasPrefix("!")
        guard let pattern = ResourcePattern(isInverted ? String(text.dropFirst()) : text) else {
            return error("Ignoring constraint '\(element.id ?? "")' because 'rsc-pattern' has invalid value '\(text)'")
        }
        for r in topLevel {
            let match = pattern.match(resources[r].id)
            if isInverted {
                if match == nil { unpackLocation(element, for: r, submatches: []) }
            } else if let match {
                unpackLocation(element, for: r, submatches: match)
            }
        }
    }

    private mutating func unpackLocation(
        _ element: XMLElement, for r: ResourceIndex, submatches: [String], role: String? = nil, score: String? = nil
    ) {
        let id = element.id ?? ""
        if let name = element["node"], let scoreText = score ?? element["score"] {
            guard let node = node(named: name) else { return }
            guard let filter = roleFilter(role ?? element["role"], of: id) else { return }
            guard let score = healthScore(scoreText) else {
                return error("Ignoring location constraint '\(id)' because '\(scoreText)' is not a valid score")
            }
            addLocation(id: id, resource: r, role: filter, discovery: element["resource-discovery"], nodes: [(node, score)])
            return
        }
        guard let rule = element.first("rule") else {
            return error("Ignoring constraint '\(id)' because it has neither 'node' with 'score' nor a rule")
        }
        unpackLocationRule(rule, of: element, for: r, submatches)
    }

    private mutating func unpackLocationRule(
        _ written: XMLElement, of constraint: XMLElement, for r: ResourceIndex, _ submatches: [String]
    ) {
        let element = written["id-ref"].flatMap { references.find("rule", $0) } ?? written
        let id = element.id ?? constraint.id ?? ""
        guard let filter = roleFilter(element["role"], of: id) else { return }
        let scoreText = element["score"]
        let scoreAttribute = element["score-attribute"]
        if scoreText == nil, scoreAttribute == nil {
            return error("Ignoring rule '\(id)' because it has neither 'score' nor 'score-attribute'")
        }
        let rule = Rule(element, now: now)
        if rule.combination == .invalid {
            return error("Ignoring location constraint '\(constraint.id ?? "")' because rule '\(id)' has invalid boolean-op")
        }
        if let scoreText, healthScore(scoreText) == nil {
            return error("Ignoring location constraint rule '\(id)' because '\(scoreText)' is not a valid score")
        }
        var input = RuleInput(now: now)
        input.submatches = submatches
        let needsParameters = rule.looksAtParameters
        if needsParameters { input.meta = resources[r].meta }
        let fixedScore = scoreText.map { healthScore($0) ?? .zero }
        let attribute = scoreAttribute.map { input.expanding($0) }
        var nextChange: Int64?
        var matching = ContiguousArray<(node: NodeIndex, score: Score)>()
        for node in nodeOrder {
            input.nodeAttributes = nodes[node].attributes
            if needsParameters {
                input.parameters = parameters(of: r, on: node)
            } else {
                noteParameterTimes(of: r, on: node)
            }
            guard rule.passes(input, nextChange: &nextChange) else { continue }
            if let fixedScore {
                matching.append((node, fixedScore))
            } else if let attribute, let text = self.attribute(attribute, of: node, for: r, assignedHost: false),
                let value = healthScore(text)
            {
                matching.append((node, value))
            }
        }
        if let nextChange { recheck(at: nextChange) }
        matching.reverse()
        addLocation(id: id, resource: r, role: filter, discovery: constraint["resource-discovery"], nodes: matching)
    }

    /// The role a location is limited to; nil (reported) if the text is no role.
    private mutating func roleFilter(_ text: String?, of id: String) -> ResourceRole? {
        switch constraintRole(text, of: id) {
        case .started, .unpromoted: return .unknown
        case let role: return role
        }
    }

    /// The role a constraint asks for, `.unknown` without one; nil (reported) if the text is no role: it asks for nothing then.
    mutating func constraintRole(_ text: String?, of id: String) -> ResourceRole? {
        guard let text else { return .unknown }
        let role = ResourceRole(parsing: text)
        guard role == .unknown else { return role }
        error("Ignoring constraint '\(id)' because it has invalid role '\(text)'")
        return nil
    }

    /// Records a location constraint, latest first in all walks.
    package mutating func addLocation(
        id: String, resource r: ResourceIndex, role: ResourceRole, discovery: String?,
        nodes list: ContiguousArray<(node: NodeIndex, score: Score)>
    ) {
        var probe = ProbeMode.always
        switch discovery?.lowercased() {
        case nil, "always": break
        case "never": probe = .never
        case "exclusive":
            probe = .exclusive
            resources[r].flags.insert(.exclusiveProbes)
        case let other?: error("Invalid resource-discovery value '\(other)' in location constraint '\(id)'")
        }
        resources[r].locations.append(LocationIndex(locations.count))
        locations.append(LocationConstraint(id: id, resource: r, role: role, probe: probe, nodes: list))
    }
}
