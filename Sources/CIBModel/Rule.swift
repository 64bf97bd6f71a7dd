// SPDX-License-Identifier: GPL-2.0-or-later
// Rules: conditions on time, node attributes, resources and operations (scheduler spec 5.2).

package import ClusterXML

/// A rule, read once from its element and evaluated against a `RuleInput` any number of times.
package struct Rule: Sendable {
    package enum Combination: Sendable { case and, or }
    package var combination: Combination
    package var conditions: ContiguousArray<Condition>

    package init(combination: Combination, conditions: ContiguousArray<Condition>) {
        self.combination = combination
        self.conditions = conditions
    }
}

/// One condition of a rule.
package indirect enum Condition: Sendable {
    case rule(Rule)
    /// Written wrongly: fails always. The text says what is wrong.
    case invalid(String)
}

/// What a rule may look at.
package struct RuleInput: Sendable {
    package var now: Timestamp
    /// Nil: the rule does not see node attributes.
    package var nodeAttributes: NameValueTable?
    /// Instance parameters and meta-attributes for `value-source`.
    package var parameters: NameValueTable?
    package var meta: NameValueTable?
    /// For `rsc_expression`: class, provider, type.
    package var standard: String?
    package var provider: String?
    package var type: String?
    /// For `op_expression`.
    package var operationName: String?
    package var operationIntervalMs: UInt32?
    /// Submatches of the resource pattern, whole match first (`%0`-`%9`).
    package var submatches: [String]

    package init(now: Timestamp) {
        self.now = now
        submatches = []
    }
}
