// SPDX-License-Identifier: GPL-2.0-or-later
// A block of name/value pairs with its score and rule, resolved and parsed once (scheduler spec 5.1).

/// One `meta_attributes`, `instance_attributes`, `utilization` or `cluster_property_set`.
package struct NameValueBlock: Sendable {
    package var id: String?
    package var score: Score
    /// The first `rule` child; the block counts only while it passes.
    package var rule: Rule?
    /// Pairs in document order; a nil value is an nvpair without one.
    package var pairs: ContiguousArray<(name: String, value: String?)>

    package init(id: String?, score: Score, rule: Rule?, pairs: ContiguousArray<(name: String, value: String?)>) {
        self.id = id
        self.score = score
        self.rule = rule
        self.pairs = pairs
    }
}
