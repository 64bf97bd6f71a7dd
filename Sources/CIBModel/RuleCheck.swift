// SPDX-License-Identifier: GPL-2.0-or-later
// Whether a rule of the constraints is in effect at a time, as crm_rule answers it (cli-tools section 18).

package import ClusterXML

/// The state of one rule at one time.
package enum RuleCheck: Sendable, Equatable {
    case inEffect, expired, notYet
    /// No such rule.
    case notFound
    /// The rule can not be judged by time alone; the text says why.
    case unsupported(String)

    /// Judges the rule with an id among the constraints of a CIB.
    package static func of(_ id: String, in cib: XMLElement, at now: Timestamp) -> RuleCheck {
        let constraints = (cib.first("configuration") ?? cib).first("constraints")
        var rules: [XMLElement] = []
        if let constraints { collect("rule", in: constraints, &rules) }
        guard let rule = rules.first(where: { $0.id == id }) else { return .notFound }
        var dates: [XMLElement] = []
        collect("date_expression", in: rule, &dates)
        guard let date = dates.first else { return .unsupported("Rule does not have a date expression") }
        if dates.count > 1 { return .unsupported("Rule has more than one date expression") }
        if date["operation"] == "date_spec", date.first("date_spec")?["years"] == nil {
            return .unsupported("Rule must either not use date_spec, or use date_spec with years=")
        }
        switch DateExpression(date, now: now).evaluate(now).position {
        case .within: return .inEffect
        case .before: return .notYet
        case .after, .unsatisfied: return .expired
        case .invalid: return .unsupported("Error parsing rule")
        }
    }

    private static func collect(_ name: String, in element: XMLElement, _ found: inout [XMLElement]) {
        for child in element.children {
            if child.name == name { found.append(child) }
            collect(name, in: child, &found)
        }
    }
}
