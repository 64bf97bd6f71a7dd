// SPDX-License-Identifier: GPL-2.0-or-later
// Follows a document through a GrammarMachine and reports every problem in words, going on behind each.

/// One reason why a document is not valid.
package struct GrammarProblem: Sendable, Equatable, CustomStringConvertible {
    /// The line of the element, 0 if the document was not parsed from text.
    package var line: Int
    /// The name of the element.
    package var element: String
    /// The id of the element or else of the nearest element around it that has one.
    package var id: String?
    /// What was found and what was expected, without the place.
    package var message: String

    package var description: String {
        let place = line > 0 ? "line \(line): " : ""
        let object = id.map { "<\(element)> '\($0)': " } ?? "<\(element)>: "
        return place + object + message
    }
}

/// Checks documents against one grammar. Keep one to check several documents: what it learned makes it quicker.
package final class GrammarValidator {
    private let maximumProblems: Int
    // One thread uses a validator, and no method is called within another's access to these: checking that for each of a
    // million attributes takes a tenth of the validation.
    @exclusivity(unchecked) private var machine: GrammarMachine
    @exclusivity(unchecked) private var problems: [GrammarProblem] = []
    @exclusivity(unchecked) private var ids: Set<String> = []
    @exclusivity(unchecked)
    private var references: [(value: String, attribute: String, line: Int32, element: String, id: String?)] = []
    @exclusivity(unchecked) private var nearestID: String?
    @exclusivity(unchecked) private var memory = StepMemory()

    /// - Parameter maximumProblems: checking ends when so many were found.
    package init(_ grammar: Grammar, maximumProblems: Int = 100) {
        machine = GrammarMachine(grammar)
        self.maximumProblems = max(1, maximumProblems)
    }

    /// The problems of a document, in document order, dangling references last; empty if it is valid.
    package func problems(in document: XMLElement) -> [GrammarProblem] {
        problems = []
        ids.removeAll(keepingCapacity: true)
        references.removeAll(keepingCapacity: true)
        nearestID = nil
        if let number = machine.number(of: document.name) ?? numberAfterStart(document.name),
            let step = machine.child(number, in: machine.start)
        {
            check(document, content: step.content)
        } else {
            let expected = machine.expectedElements(machine.start).map { "<\($0)>" }.joined(separator: " or ")
            report(document, "the document begins with <\(document.name)>, expected \(expected)")
        }
        checkReferences()
        return problems
    }

    private func numberAfterStart(_ name: String) -> Int32? {
        _ = machine.start
        return machine.number(of: name)
    }

    // MARK: Walking

    private func check(_ element: XMLElement, content: GrammarMachine.State) {
        if content == GrammarMachine.anything { return }
        let outerID = nearestID
        defer { nearestID = outerID }
        if let id = element["id"] { nearestID = id }
        var state = checkAttributes(element, content)
        for child in element.children {
            guard problems.count < maximumProblems else { return }
            guard child.isElement else {
                if child.name == "#text", child.text.utf8.contains(where: { $0 > 0x20 }) {
                    report(element, "text is not allowed here")
                }
                continue
            }
            if let step = childStep(child.name, state) {
                state = step.next
                check(child, content: step.content)
            } else {
                reportUnexpected(child, in: element, state)
            }
        }
        if !machine.isComplete(state), problems.count < maximumProblems {
            let expected = machine.expectedElements(state).map { "<\($0)>" }
            let needs = expected.count > 1 ? "one of " + expected.joined(separator: ", ") : expected.joined()
            report(element, "is incomplete: it needs \(needs)")
        }
    }

    private func childStep(_ name: String, _ state: GrammarMachine.State) -> GrammarMachine.ChildStep? {
        if let known = memory.child(name, state) { return known }
        guard let number = machine.number(of: name), let step = machine.child(number, in: state) else { return nil }
        memory.remember(step, of: name, in: state)
        return step
    }

    private func attributeStep(_ attribute: XMLAttribute, _ state: GrammarMachine.State) -> GrammarMachine.AttributeStep? {
        if let known = memory.step(attribute, state) { return known }
        let last = memory.attribute(attribute.name, state)
        guard let number = last?.number ?? machine.number(of: attribute.name) else { return nil }
        let isFree = last.map(\.isFree) ?? acceptsAnything(number, in: state)
        let accepted = isFree ? machine.allTypes(number) : accepted(attribute.value, for: number)
        let step: GrammarMachine.AttributeStep
        if let last, last.accepted == accepted {
            step = last.step
        } else {
            guard let found = machine.attribute(number, accepted: accepted, in: state) else { return nil }
            step = found
        }
        var taken = StepMemory.Attribute()
        (taken.number, taken.accepted, taken.step, taken.isFree) = (number, accepted, step, isFree)
        memory.remember(taken, of: attribute, in: state)
        return step
    }

    private func checkAttributes(_ element: XMLElement, _ content: GrammarMachine.State) -> GrammarMachine.State {
        var state = content
        for attribute in element.attributes {
            guard let step = attributeStep(attribute, state) else {
                reportAttribute(attribute, of: element, state, content)
                continue
            }
            state = step.next
            if step.isID { note(id: attribute, of: element) }
            if step.isReference {
                references.append(
                    (GrammarType.trimmed(attribute.value), attribute.name, element.line, element.name, nearestID))
            }
        }
        let closed = machine.closed(state)
        if closed != GrammarMachine.notAllowed { return closed }
        let missing = machine.missingAttributes(state) ?? []
        let quoted = missing.map { "'\($0)'" }.joined(separator: ", ")
        report(element, missing.count > 1 ? "the attributes \(quoted) are missing" : "the attribute \(quoted) is missing")
        return machine.closedLeniently(state)
    }

    /// Whether an attribute may have any text in a state: then it makes no difference of what other types a value is.
    private func acceptsAnything(_ name: Int32, in state: GrammarMachine.State) -> Bool {
        guard let text = machine.typesOfAttribute[Int(name)].firstIndex(where: { machine.types[Int($0)] == .text }),
            let asText = machine.attribute(name, accepted: 1 << UInt64(text), in: state),
            let asAll = machine.attribute(name, accepted: machine.allTypes(name), in: state)
        else { return false }
        return asText.next == asAll.next && !asAll.isID && !asAll.isReference
    }

    private func accepted(_ value: String, for name: Int32) -> UInt64 {
        let count = machine.typesOfAttribute[Int(name)].count
        if let known = memory.accepted(value, name, typeCount: count) { return known }
        let bits = machine.typesAccepting(value, name)
        memory.remember(accepted: bits, value, name, typeCount: count)
        return bits
    }

    private func note(id attribute: XMLAttribute, of element: XMLElement) {
        // Growing by two, as sets do, hashes each id twice.
        if ids.count >= 256, ids.count == ids.capacity { ids.reserveCapacity(4 * ids.count) }
        if !ids.insert(GrammarType.trimmed(attribute.value)).inserted {
            report(element, "the id '\(attribute.value)' is used more than once; ids must be unique")
        }
    }

    private func checkReferences() {
        for reference in references where problems.count < maximumProblems && !ids.contains(reference.value) {
            problems.append(
                GrammarProblem(
                    line: Int(reference.line), element: reference.element, id: reference.id,
                    message: "\(reference.attribute)=\"\(reference.value)\" refers to an id that does not exist"))
        }
    }

    // MARK: Messages

    private func report(_ element: XMLElement, _ message: String) {
        guard problems.count < maximumProblems else { return }
        problems.append(
            GrammarProblem(line: Int(element.line), element: element.name, id: element.id ?? nearestID, message: message))
    }

    private func reportUnexpected(_ child: XMLElement, in parent: XMLElement, _ state: GrammarMachine.State) {
        let expected = machine.expectedElements(state)
        let known = expected.contains(child.name)
        let hint: String =
            if known { "not another one" } else if expected.isEmpty { "nothing more is" } else {
                "allowed here: " + expected.map { "<\($0)>" }.joined(separator: ", ")
            }
        report(child, "<\(child.name)> is not allowed in <\(parent.name)> here (\(hint))")
    }

    private func reportAttribute(
        _ attribute: XMLAttribute, of element: XMLElement, _ state: GrammarMachine.State, _ content: GrammarMachine.State
    ) {
        let now = machine.expectedAttributes(state)
        if let expected = now.first(where: { $0.name == attribute.name }) {
            let kinds = expected.types.map(\.expectation).joined(separator: " or ")
            return report(element, "\(attribute.name)=\"\(attribute.value)\" is not valid: expected \(kinds)")
        }
        if machine.expectedAttributes(content).contains(where: { $0.name == attribute.name }) {
            return report(element, "the attribute '\(attribute.name)' does not go together with the attributes before it")
        }
        let names = machine.expectedAttributes(content).map(\.name).joined(separator: ", ")
        let hint = names.isEmpty ? "no attributes are" : "allowed are: \(names)"
        report(element, "the attribute '\(attribute.name)' is not allowed (\(hint))")
    }
}
