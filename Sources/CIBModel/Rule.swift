// SPDX-License-Identifier: GPL-2.0-or-later
// Rules: conditions on time, node attributes, resources and operations (scheduler spec 5.2).

package import ClusterXML

/// A rule, read once from its element and evaluated against a `RuleInput` any number of times.
package struct Rule: Sendable {
    package enum Combination: Sendable {
        case and, or
        /// What is neither: the rule never passes.
        case invalid
    }
    package var combination: Combination
    package var conditions: ContiguousArray<Condition>

    package init(combination: Combination, conditions: ContiguousArray<Condition>) {
        self.combination = combination
        self.conditions = conditions
    }

    /// Reads a `rule` (or `lifetime`) element.
    /// - Parameter now: the zone of dates without offset, and today for times without a date.
    package init(_ element: XMLElement, now: Timestamp) {
        switch element["boolean-op"]?.lowercased() {
        case nil, "and": combination = .and
        case "or": combination = .or
        default: combination = .invalid
        }
        conditions = []
        for child in element.elements {
            conditions.append(Condition(child, now: now))
        }
    }

    /// Whether some condition compares with instance parameters or meta-attributes.
    package var looksAtParameters: Bool {
        conditions.contains { condition in
            switch condition {
            case .rule(let inner): inner.looksAtParameters
            case .attribute(let expression): expression.source != .literal
            default: false
            }
        }
    }

    /// Whether some condition looks at the date.
    package var looksAtTime: Bool {
        conditions.contains { condition in
            switch condition {
            case .rule(let inner): inner.looksAtTime
            case .date: true
            default: false
            }
        }
    }

    /// Whether the outcome can not depend on node attributes.
    package var isIndependentOfNode: Bool {
        conditions.allSatisfy { condition in
            switch condition {
            case .rule(let inner): inner.isIndependentOfNode
            case .attribute: false
            default: true
            }
        }
    }

    /// Whether the rule passes.
    /// - Parameter nextChange: lowered to the epoch second at which the outcome may become different.
    package func passes(_ input: RuleInput, nextChange: inout Int64?) -> Bool {
        if combination == .invalid { return false }
        if conditions.isEmpty { return true }
        for condition in conditions {
            let holds = condition.holds(input, nextChange: &nextChange)
            if holds != (combination == .and) { return holds }
        }
        return combination == .and
    }
}

/// One condition of a rule.
package indirect enum Condition: Sendable {
    case rule(Rule)
    case attribute(AttributeExpression)
    case date(DateExpression)
    /// Class, provider, type; a nil part matches anything.
    case resource(standard: String?, provider: String?, type: String?)
    case operation(name: String, intervalMs: UInt32?)
    /// Written wrongly: fails always. The text says what is wrong.
    case invalid(String)

    init(_ element: XMLElement, now: Timestamp) {
        guard element.id != nil else {
            self = .invalid("<\(element.name)> without id in rule")
            return
        }
        switch element.name {
        case "rule": self = .rule(Rule(element, now: now))
        case "expression": self = AttributeExpression.condition(element)
        case "date_expression": self = .date(DateExpression(element, now: now))
        case "rsc_expression":
            self = .resource(standard: element["class"], provider: element["provider"], type: element["type"])
        case "op_expression":
            guard let name = element["name"] else {
                self = .invalid("op_expression \(element.id ?? "") without name")
                return
            }
            if let text = element["interval"], text.utf8.first != UInt8(ascii: "P"), Scan.duration(text) == nil {
                self = .invalid("op_expression \(element.id ?? "") with invalid interval '\(text)'")
                return
            }
            self = .operation(name: name, intervalMs: element["interval"].map { Scan.interval($0) })
        default: self = .invalid("unknown condition <\(element.name)>")
        }
    }

    func holds(_ input: RuleInput, nextChange: inout Int64?) -> Bool {
        switch self {
        case .rule(let rule): return rule.passes(input, nextChange: &nextChange)
        case .attribute(let expression): return expression.holds(input)
        case .date(let expression):
            let outcome = expression.evaluate(input.now)
            if let change = outcome.nextChange { nextChange = min(nextChange ?? change, change) }
            return outcome.holds
        case .resource(let standard, let provider, let type):
            if let standard, standard != input.standard { return false }
            if let provider, provider != input.provider { return false }
            if let type, type != input.type { return false }
            return input.standard != nil
        case .operation(let name, let intervalMs):
            guard name == input.operationName else { return false }
            return intervalMs == nil || intervalMs == input.operationIntervalMs
        case .invalid: return false
        }
    }
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

    /// Replaces `%0` to `%9` by submatches; without submatches the text stays as it is.
    package func expanding(_ text: String) -> String {
        guard !submatches.isEmpty, text.utf8.contains(UInt8(ascii: "%")) else { return text }
        var result: [UInt8] = []
        var bytes = Array(text.utf8)[...]
        while let byte = bytes.popFirst() {
            if byte == UInt8(ascii: "%"), let digit = bytes.first, digit >= 0x30, digit <= 0x39 {
                bytes = bytes.dropFirst()
                let number = Int(digit - 0x30)
                if number < submatches.count { result += Array(submatches[number].utf8) }
            } else {
                result.append(byte)
            }
        }
        return String(decoding: result, as: UTF8.self)
    }
}
