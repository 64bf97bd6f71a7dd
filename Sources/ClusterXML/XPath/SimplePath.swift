// SPDX-License-Identifier: GPL-2.0-or-later
// The forms of XPath that nearly every query has, without libxml2: steps of names, `*`, `//`, and predicates on attributes.

/// An XPath such as `/cib/status/node_state[@id='1']` or `//nvpair[@name="x" and @value]`.
struct SimplePath {
    struct Step {
        /// nil stands for `*`.
        var name: String?
        var isDescendant: Bool
        var conditions: [Condition]
    }
    struct Condition {
        var attribute: String
        /// nil: the attribute only has to be there.
        var value: String?
    }

    private(set) var steps: [Step] = []

    /// - Returns: nil if the expression needs more than this.
    init?(_ expression: String) {
        var scanner = Scanner(expression)
        while !scanner.isAtEnd {
            guard scanner.take("/") else { return nil }
            let isDescendant = scanner.take("/")
            var step = Step(name: nil, isDescendant: isDescendant, conditions: [])
            if !scanner.take("*") {
                guard let name = scanner.name() else { return nil }
                step.name = name
            }
            while scanner.take("[") {
                repeat {
                    guard let condition = scanner.condition() else { return nil }
                    step.conditions.append(condition)
                } while scanner.takeAnd()
                scanner.skipBlanks()
                guard scanner.take("]") else { return nil }
            }
            steps.append(step)
        }
        if steps.isEmpty { return nil }
    }

    /// The places of the elements selected, in document order, at most `limit`.
    func places(in root: XMLElement, limit: Int) -> [XMLPath] {
        var found: [XMLPath] = []
        var path: [Int] = []
        visit(root, &path, step: 0, &found, limit)
        if steps.count(where: \.isDescendant) > 1 {
            found.sort()
            var unique: [XMLPath] = []
            for place in found where unique.last != place { unique.append(place) }
            return unique
        }
        return found
    }

    /// Tries `step` on an element that is reached by that step's axis.
    private func visit(_ element: XMLElement, _ path: inout [Int], step index: Int, _ found: inout [XMLPath], _ limit: Int) {
        guard found.count < limit else { return }
        let step = steps[index]
        if matches(element, step) {
            if index + 1 == steps.count {
                found.append(XMLPath(path))
            } else {
                visitChildren(of: element, &path, step: index + 1, &found, limit)
            }
        }
        if step.isDescendant { visitChildren(of: element, &path, step: index, &found, limit) }
    }

    private func visitChildren(
        of element: XMLElement, _ path: inout [Int], step index: Int, _ found: inout [XMLPath], _ limit: Int
    ) {
        let step = steps[index]
        for (position, child) in element.children.enumerated() {
            guard step.isDescendant ? child.isElement : child.name == step.name || (step.name == nil && child.isElement)
            else { continue }
            path.append(position)
            visit(child, &path, step: index, &found, limit)
            path.removeLast()
        }
    }

    private func matches(_ element: XMLElement, _ step: Step) -> Bool {
        if let name = step.name, element.name != name { return false }
        return step.conditions.allSatisfy { condition in
            guard let value = element[condition.attribute] else { return false }
            return condition.value.map { $0 == value } ?? true
        }
    }
}

/// Reads an expression from left to right.
private struct Scanner {
    private let bytes: [UInt8]
    private var position = 0

    init(_ text: String) {
        bytes = Array(text.utf8)
    }

    var isAtEnd: Bool { position >= bytes.count }
    private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

    mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard next == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }

    mutating func skipBlanks() {
        while let byte = next, byte == 0x20 || byte == 0x09 || byte == 0x0A { position += 1 }
    }

    /// A name of letters, digits, `_`, `-` and `.`; nothing that could be an axis, a function or an operator.
    mutating func name() -> String? {
        let start = position
        while let byte = next {
            switch byte {
            case 0x41...0x5A, 0x61...0x7A, 0x5F: break
            case 0x30...0x39, 0x2D, 0x2E: if position == start { return nil }
            default: return finish(start)
            }
            position += 1
        }
        return finish(start)
    }

    private func finish(_ start: Int) -> String? {
        guard position > start, next != UInt8(ascii: "("), next != UInt8(ascii: ":") else { return nil }
        return String(decoding: bytes[start..<position], as: UTF8.self)
    }

    mutating func condition() -> SimplePath.Condition? {
        skipBlanks()
        guard take("@"), let attribute = name() else { return nil }
        skipBlanks()
        guard take("=") else { return SimplePath.Condition(attribute: attribute, value: nil) }
        skipBlanks()
        guard let quote = next, quote == UInt8(ascii: "'") || quote == UInt8(ascii: "\"") else { return nil }
        position += 1
        let start = position
        while let byte = next, byte != quote { position += 1 }
        guard next == quote else { return nil }
        let value = String(decoding: bytes[start..<position], as: UTF8.self)
        position += 1
        return SimplePath.Condition(attribute: attribute, value: value)
    }

    mutating func takeAnd() -> Bool {
        let start = position
        skipBlanks()
        guard position > start || bytes[max(0, start - 1)] != UInt8(ascii: "]"), bytes[position...].starts(with: "and".utf8),
            position + 3 < bytes.count, bytes[position + 3] == 0x20
        else {
            position = start
            return false
        }
        position += 3
        return true
    }
}
