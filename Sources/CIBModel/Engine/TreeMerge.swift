// SPDX-License-Identifier: GPL-2.0-or-later
// Merging given elements into a tree: the rules of modify, create, replace and delete (spec: cluster-daemon-facts 2.3).
import ClusterXML

extension XMLElement {
    /// Takes over attributes and children of `update`; children are found by name and id, or else appended.
    /// - Parameter scores: values such as `name++` and `name+=5` are computed from the present value.
    mutating func merge(_ update: XMLElement, scores: Bool) {
        for attribute in update.attributes { set(attribute, scores: scores) }
        for child in update.children { mergeChild(child, scores: scores) }
    }

    private mutating func mergeChild(_ update: XMLElement, scores: Bool) {
        guard update.isElement else {
            if update.name == "#comment", !children.contains(update) { children.append(update) }
            return
        }
        let key = update.id.map { ("id", $0) } ?? update["id-ref"].map { ("id-ref", $0) }
        let index = children.firstIndex { child in
            child.name == update.name && (key.map { child[$0.0] == $0.1 } ?? true)
        }
        if let index {
            children[index].merge(update, scores: scores)
        } else {
            var created = XMLElement(update.name)
            created.merge(update, scores: scores)
            children.append(created)
        }
    }

    private mutating func set(_ attribute: XMLAttribute, scores: Bool) {
        guard scores, let value = ScoreExpression.value(of: attribute, present: self[attribute.name]) else {
            if self[attribute.name] != attribute.value { self[attribute.name] = attribute.value }
            return
        }
        self[attribute.name] = value
    }

    /// Merges into the first element, in document order, that has the name and id of `update`.
    /// - Returns: false if there is none.
    mutating func mergeAnywhere(_ update: XMLElement, scores: Bool) -> Bool {
        guard let place = place(ofNameAndID: update) else { return false }
        modify(at: place) { $0.merge(update, scores: scores) }
        return true
    }

    /// The first element at or below this one with the name and id of another one, in document order.
    private func place(ofNameAndID wanted: XMLElement) -> XMLPath? {
        var path: [Int] = []
        return findFirst(&path) { $0.name == wanted.name && $0.id == wanted.id } ? XMLPath(path) : nil
    }

    private func findFirst(_ path: inout [Int], _ condition: (XMLElement) -> Bool) -> Bool {
        if condition(self) { return true }
        for (index, child) in children.enumerated() where child.isElement {
            path.append(index)
            if child.findFirst(&path, condition) { return true }
            path.removeLast()
        }
        return false
    }

    /// Puts `replacement` in the place of the first element below this one with its name and, if it has one, its id.
    mutating func replaceAnywhere(_ replacement: XMLElement) -> Bool {
        guard let place = placeBelow(where: { $0.name == replacement.name && (replacement.id == nil || $0.id == nil || $0.id == replacement.id) })
        else { return false }
        modify(at: place) { $0 = replacement }
        return true
    }

    /// Removes the first element below this one with the name and all the attributes of `pattern`.
    mutating func deleteAnywhere(_ pattern: XMLElement) -> Bool {
        let place = placeBelow { candidate in
            candidate.name == pattern.name && pattern.attributes.allSatisfy { candidate[$0.name] == $0.value }
        }
        return place.flatMap { remove(at: $0) } != nil
    }

    private func placeBelow(where condition: (XMLElement) -> Bool) -> XMLPath? {
        for (index, child) in children.enumerated() where child.isElement {
            var path = [index]
            if child.findFirst(&path, condition) { return XMLPath(path) }
        }
        return nil
    }
}

/// Values that say how to change a number: `NAME++` and `NAME+=N`, where NAME is the attribute's own name.
enum ScoreExpression {
    /// - Returns: nil if the value is none of these; the number as text otherwise.
    static func value(of attribute: XMLAttribute, present: String?) -> String? {
        guard attribute.value.hasPrefix(attribute.name) else { return nil }
        let rest = attribute.value.dropFirst(attribute.name.count)
        let amount: Score
        if rest == "++" {
            amount = Score(1)
        } else if rest.hasPrefix("+="), let parsed = Score(parsing: String(rest.dropFirst(2))) {
            amount = parsed
        } else {
            return nil
        }
        let sum = (present.flatMap { Score(parsing: $0) } ?? .zero) + amount
        return String(sum.value)
    }
}
