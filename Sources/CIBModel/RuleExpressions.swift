// SPDX-License-Identifier: GPL-2.0-or-later
// The two conditions of rules with logic of their own: node attribute comparisons and dates (scheduler spec 5.2).

package import ClusterXML

/// A comparison of a node attribute.
package struct AttributeExpression: Sendable {
    package enum Operation: String, Sendable {
        case defined, notDefined = "not_defined", eq, ne, lt, lte, gt, gte
    }
    package enum Kind: String, Sendable { case string, integer, number, version }
    package enum Source: String, Sendable { case literal, param, meta }

    package var attribute: String
    package var operation: Operation
    /// Nil: decided by the values (ordered comparisons) or string.
    package var kind: Kind?
    package var value: String?
    package var source: Source

    static func condition(_ element: XMLElement) -> Condition {
        guard let attribute = element["attribute"] else {
            return .invalid("expression \(element.id ?? "") without attribute")
        }
        guard let operation = element["operation"].flatMap({ Operation(rawValue: $0.lowercased()) }) else {
            return .invalid("expression \(element.id ?? "") without valid operation")
        }
        let value = element["value"]
        let unary = operation == .defined || operation == .notDefined
        if unary != (value == nil) {
            return .invalid("expression \(element.id ?? "") \(unary ? "must not" : "must") have a value")
        }
        let kind = element["type"].map { Kind(rawValue: $0.lowercased()) }
        let source = element["value-source"].map { Source(rawValue: $0.lowercased()) } ?? .literal
        guard let source, kind == nil || kind != .some(nil) else {
            return .invalid("expression \(element.id ?? "") with invalid type or value-source")
        }
        return .attribute(
            AttributeExpression(attribute: attribute, operation: operation, kind: kind ?? nil, value: value, source: source))
    }

    func holds(_ input: RuleInput) -> Bool {
        let actual = input.nodeAttributes?[input.expanding(attribute)]
        switch operation {
        case .defined: return actual != nil
        case .notDefined: return actual == nil
        default: break
        }
        let reference: String?
        switch source {
        case .literal: reference = value
        case .param: reference = value.flatMap { input.parameters?[$0] }
        case .meta: reference = value.flatMap { input.meta?[$0] }
        }
        let isOrdered = operation != .eq && operation != .ne
        if isOrdered, actual == nil || reference == nil { return false }
        let difference = compare(actual, reference, isOrdered: isOrdered)
        switch operation {
        case .eq: return difference == 0
        case .ne: return difference != 0
        case .lt: return difference < 0
        case .lte: return difference <= 0
        case .gt: return difference > 0
        case .gte: return difference >= 0
        default: return false
        }
    }

    private func compare(_ a: String?, _ b: String?, isOrdered: Bool) -> Int {
        guard let a, let b else { return a == nil ? (b == nil ? 0 : -1) : 1 }
        let dotted = a.utf8.contains(UInt8(ascii: ".")) || b.utf8.contains(UInt8(ascii: "."))
        switch kind ?? (isOrdered ? (dotted ? .number : .integer) : .string) {
        case .string: return Compare.ignoringCase(a, b)
        case .version: return Compare.versions(a, b)
        case .integer:
            guard let left = Scan.integer(a), let right = Scan.integer(b) else { return Compare.ignoringCase(a, b) }
            return left == right ? 0 : (left < right ? -1 : 1)
        case .number:
            guard let left = Scan.number(a), let right = Scan.number(b) else { return Compare.ignoringCase(a, b) }
            return left == right ? 0 : (left < right ? -1 : 1)
        }
    }
}

/// A date condition.
package struct DateExpression: Sendable {
    package enum Operation: String, Sendable { case inRange = "in_range", gt, lt, dateSpec = "date_spec" }

    /// How a date condition came out; crm_rule tells these apart.
    package enum Position: Sendable { case before, within, after, unsatisfied, invalid }

    package struct Outcome: Sendable {
        package var position: Position
        /// Epoch second at which the position changes.
        package var nextChange: Int64?
        package var holds: Bool { position == .within }
    }

    /// Bounds of one field of a `date_spec`; nil is open.
    package struct Range: Sendable {
        package var field: Field
        package var low: Int64?
        package var high: Int64?
    }
    package enum Field: String, Sendable, CaseIterable {
        case years, months, monthdays, hours, minutes, seconds, yeardays, weekyears, weeks, weekdays
    }

    /// Nil if written wrongly: never holds.
    package var operation: Operation?
    package var start: Timestamp?
    package var end: Timestamp?
    /// Fields of the `date_spec`; nil: there is none, or it is invalid.
    package var ranges: ContiguousArray<Range>?

    package init(_ element: XMLElement, now: Timestamp) {
        operation = Operation(rawValue: (element["operation"] ?? "in_range").lowercased())
        func date(_ name: String) -> Timestamp? { element[name].flatMap { try? Timestamp(parsing: $0, now: now) } }
        start = date("start")
        end = date("end")
        if element["start"] != nil, start == nil { operation = nil }
        if element["end"] != nil, end == nil { operation = nil }
        if let start, end == nil, let duration = element.first("duration") {
            end = Self.add(duration, to: start)
        }
        if let specification = element.first("date_spec") { ranges = Self.ranges(of: specification) }
        if operation == .inRange, start == nil, end == nil { operation = nil }
        if operation == .gt, start == nil { operation = nil }
        if operation == .lt, end == nil { operation = nil }
        if operation == .dateSpec, ranges == nil { operation = nil }
    }

    /// Years to seconds, added one after the other.
    private static func add(_ element: XMLElement, to start: Timestamp) -> Timestamp {
        func amount(_ name: String) -> Int64 {
            min(max(element[name].flatMap(Scan.integer) ?? 0, -1_000_000_000), 1_000_000_000)
        }
        var duration = CalendarDuration()
        duration.years = amount("years")
        duration.months = amount("months")
        duration.days = amount("weeks") * 7 + amount("days")
        duration.seconds = amount("hours") * 3600 + amount("minutes") * 60 + amount("seconds")
        return start.adding(duration)
    }

    private static func ranges(of element: XMLElement) -> ContiguousArray<Range>? {
        var result: ContiguousArray<Range> = []
        for field in Field.allCases {
            guard let text = element[field.rawValue] else { continue }
            guard let range = bounds(text) else { return nil }
            result.append(Range(field: field, low: range.0, high: range.1))
        }
        return result
    }

    /// `N`, `N-M`, `N-`, `-M`.
    private static func bounds(_ text: String) -> (Int64?, Int64?)? {
        guard let dash = text.firstIndex(of: "-") else {
            guard let value = Scan.integer(text) else { return nil }
            return (value, value)
        }
        let low = String(text[..<dash])
        let high = String(text[text.index(after: dash)...])
        if low.isEmpty, high.isEmpty { return nil }
        let (first, last) = (Scan.integer(low), Scan.integer(high))
        if !low.isEmpty, first == nil { return nil }
        if !high.isEmpty, last == nil { return nil }
        return (first, last)
    }

    /// Where `now` lies relative to the condition.
    package func evaluate(_ now: Timestamp) -> Outcome {
        switch operation {
        case nil: return Outcome(position: .invalid)
        case .inRange:
            if let start, now < start { return Outcome(position: .before, nextChange: start.epoch) }
            if let end {
                if now > end { return Outcome(position: .after) }
                return Outcome(position: .within, nextChange: end.epoch + 1)
            }
            return Outcome(position: .within)
        case .gt:
            guard let start else { return Outcome(position: .invalid) }
            return now > start ? Outcome(position: .within) : Outcome(position: .before, nextChange: start.epoch + 1)
        case .lt:
            guard let end else { return Outcome(position: .invalid) }
            return now < end ? Outcome(position: .within, nextChange: end.epoch) : Outcome(position: .after)
        case .dateSpec: return Outcome(position: specification(now))
        }
    }

    /// Coarser fields decide first, so that "before" and "after" mean something.
    private func specification(_ now: Timestamp) -> Position {
        let fields = now.fields
        for range in ranges ?? [] {
            let value: Int64
            switch range.field {
            case .years: value = fields.year
            case .months: value = fields.month
            case .monthdays: value = fields.day
            case .hours: value = fields.hours
            case .minutes: value = fields.minutes
            case .seconds: value = fields.seconds
            case .yeardays: value = fields.dayOfYear
            case .weekyears: value = fields.weekYear
            case .weeks: value = fields.week
            case .weekdays: value = fields.weekday
            }
            if let low = range.low, value < low { return .before }
            if let high = range.high, value > high { return .after }
        }
        return .within
    }
}
