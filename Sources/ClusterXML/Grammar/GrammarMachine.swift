// SPDX-License-Identifier: GPL-2.0-or-later
// A grammar as a machine that is built while it runs: states are patterns, stored once each; a step takes the
// derivative of a state by what was read and is remembered, so a large document costs table look-ups only.
//
// Every process that reads a CIB builds two of these. Their tables have plain keys and few types on purpose: the first use of a
// dictionary of a type of its own costs 0.06 ms, as long as a hundred steps.

/// Turns a `Grammar` into states and transitions; building one is cheap.
struct GrammarMachine {
    typealias State = Int32

    enum Node {
        case notAllowed, empty, anything
        case attribute(Int32, Int32)
        case element(Int32)
        case group(State, State)
        case interleave(State, State)
        case choice(State, State)
        case oneOrMore(State)
    }

    static let notAllowed: State = 0
    static let empty: State = 1
    static let anything: State = 2

    private let grammar: Grammar
    private(set) var nodes: ContiguousArray<Node> = [.notAllowed, .empty, .anything]
    /// By `Node.key`; not the three above.
    private var stateOfNode: [UInt64: State] = [:]
    private var namedStates: [String: State] = [:]
    private(set) var names: [String] = []
    private var numberOfName: [String: Int32] = [:]
    private(set) var types: [GrammarType] = []
    /// The types an attribute name occurs with, so that a value can be classified once.
    private(set) var typesOfAttribute: [[Int32]] = []
    /// Elements by number: name and content, compiled when first entered.
    private(set) var elements: [(name: Int32, content: GrammarPattern, state: State?)] = []
    private var numberOfElement: [String: Int32] = [:]

    /// Places in `childSteps`, by state and name.
    private var childPlace: [UInt64: Int32] = [:]
    private var childSteps: ContiguousArray<ChildStep> = []
    /// The last place in `attributeSteps` for a state and a name; the others follow from there.
    private var attributePlace: [UInt64: Int32] = [:]
    private var attributeSteps: ContiguousArray<(step: AttributeStep, accepted: UInt64, previous: Int32)> = []
    /// By state; -1 where it is not known yet.
    private var closeSteps: ContiguousArray<State> = [0, 1, 2]
    private var endSteps: ContiguousArray<Int8> = [0, 1, 1]

    struct ChildStep {
        var content: State
        var next: State
    }
    struct AttributeStep {
        var next: State
        var isID: Bool
        var isReference: Bool
    }

    init(_ grammar: Grammar) {
        self.grammar = grammar
    }

    private var knownStart: State?
    var start: State {
        mutating get {
            if let knownStart { return knownStart }
            let state = compile(grammar.start)
            knownStart = state
            return state
        }
    }

    private static func key(_ state: State, _ name: Int32) -> UInt64 {
        UInt64(UInt32(bitPattern: state)) << 32 | UInt64(UInt32(bitPattern: name))
    }

    // MARK: Names

    // These two are mutating only for the validator's sake, which would else copy the machine for each call.

    /// The number of a name that the grammar uses; nil for other names.
    mutating func number(of name: String) -> Int32? { numberOfName[name] }

    /// The bits of those types of an attribute name that accept a value.
    mutating func typesAccepting(_ value: String, _ name: Int32) -> UInt64 {
        var bits: UInt64 = 0
        for (bit, type) in typesOfAttribute[Int(name)].enumerated() where types[Int(type)].accepts(value) { bits |= 1 << UInt64(bit) }
        return bits
    }

    /// The bits of all types an attribute name has occurred with so far.
    func allTypes(_ name: Int32) -> UInt64 {
        let count = typesOfAttribute[Int(name)].count
        return count >= 64 ? .max : 1 << UInt64(count) - 1
    }

    private mutating func intern(_ name: String) -> Int32 {
        if let number = numberOfName[name] { return number }
        let number = Int32(names.count)
        names.append(name)
        typesOfAttribute.append([])
        numberOfName[name] = number
        return number
    }

    // MARK: Building

    private mutating func state(_ node: Node) -> State {
        let key = node.key
        if let state = stateOfNode[key] { return state }
        let state = State(nodes.count)
        nodes.append(node)
        closeSteps.append(-1)
        endSteps.append(-1)
        stateOfNode[key] = state
        return state
    }

    private mutating func group(_ a: State, _ b: State) -> State {
        if a == 0 || b == 0 { return 0 }
        if a == 1 { return b }
        if b == 1 { return a }
        return state(.group(a, b))
    }

    private mutating func interleave(_ a: State, _ b: State) -> State {
        if a == 0 || b == 0 { return 0 }
        if a == 1 { return b }
        if b == 1 { return a }
        return state(.interleave(min(a, b), max(a, b)))
    }

    /// Choices are kept as a chain in ascending order without repetition, so that equal sets are one state.
    private mutating func choice(_ a: State, _ b: State) -> State {
        if a == b || b == 0 { return a }
        if a == 0 { return b }
        var members = alternatives(a)
        for member in alternatives(b) where !members.contains(member) { members.append(member) }
        members.sort(by: >)
        var result = members[0]
        for member in members.dropFirst() { result = state(.choice(member, result)) }
        return result
    }

    private func alternatives(_ start: State) -> [State] {
        var members: [State] = []
        var current = start
        while case .choice(let head, let tail) = nodes[Int(current)] {
            members.append(head)
            current = tail
        }
        members.append(current)
        return members
    }

    private mutating func oneOrMore(_ a: State) -> State {
        a <= 1 ? a : state(.oneOrMore(a))
    }

    private mutating func compile(_ pattern: GrammarPattern) -> State {
        switch pattern {
        case .empty: return 1
        case .notAllowed: return 0
        case .anything: return 2
        case .attribute(let name, let type): return state(.attribute(intern(name), intern(type, of: intern(name))))
        case .element(let name, let content): return state(.element(element(name, content, key: nil)))
        case .named(let name):
            if let known = namedStates[name] { return known }
            guard let definition = grammar.definitions[name] else { return 0 }
            let compiled: State
            if case .element(let elementName, let content) = definition {
                compiled = state(.element(element(elementName, content, key: name)))
            } else {
                compiled = compile(definition)
            }
            namedStates[name] = compiled
            return compiled
        case .sequence(let parts):
            var result: State = 1
            for part in parts.reversed() { result = group(compile(part), result) }
            return result
        case .interleave(let parts):
            var result: State = 1
            for part in parts { result = interleave(result, compile(part)) }
            return result
        case .choice(let parts):
            var result: State = 0
            for part in parts { result = choice(result, compile(part)) }
            return result
        case .oneOrMore(let part): return oneOrMore(compile(part))
        }
    }

    private mutating func element(_ name: String, _ content: GrammarPattern, key: String?) -> Int32 {
        if let key, let known = numberOfElement[key] { return known }
        let number = Int32(elements.count)
        elements.append((intern(name), content, nil))
        if let key { numberOfElement[key] = number }
        return number
    }

    private mutating func intern(_ type: GrammarType, of attribute: Int32) -> Int32 {
        let number: Int32
        if let known = types.firstIndex(of: type) {
            number = Int32(known)
        } else {
            number = Int32(types.count)
            types.append(type)
        }
        if !typesOfAttribute[Int(attribute)].contains(number) { typesOfAttribute[Int(attribute)].append(number) }
        return number
    }

    // MARK: Steps

    /// Enters a child element: the state of its content and that of the parent behind it; nil if it may not stand here.
    mutating func child(_ name: Int32, in parent: State) -> ChildStep? {
        let key = Self.key(parent, name)
        if let place = childPlace[key] {
            let known = childSteps[Int(place)]
            return known.next == 0 ? nil : known
        }
        var entered: Int32?
        let next = afterChild(name, parent, &entered)
        var step = ChildStep(content: 0, next: next)
        if let entered, next != 0 { step.content = contentState(entered) }
        childPlace[key] = Int32(childSteps.count)
        childSteps.append(step)
        return next == 0 ? nil : step
    }

    private mutating func contentState(_ element: Int32) -> State {
        if let known = elements[Int(element)].state { return known }
        let compiled = compile(elements[Int(element)].content)
        elements[Int(element)].state = compiled
        return compiled
    }

    private mutating func afterChild(_ name: Int32, _ state: State, _ entered: inout Int32?) -> State {
        switch nodes[Int(state)] {
        case .notAllowed, .empty, .attribute, .anything: return 0
        case .element(let number):
            guard elements[Int(number)].name == name else { return 0 }
            entered = number
            return 1
        case .group(let a, let b):
            let first = group(afterChild(name, a, &entered), b)
            return isComplete(a) ? choice(first, afterChild(name, b, &entered)) : first
        case .interleave(let a, let b):
            let first = interleave(afterChild(name, a, &entered), b)
            return choice(first, interleave(a, afterChild(name, b, &entered)))
        case .choice(let a, let b): return choice(afterChild(name, a, &entered), afterChild(name, b, &entered))
        case .oneOrMore(let a): return group(afterChild(name, a, &entered), choice(state, 1))
        }
    }

    /// Reads an attribute whose value is of those types of `typesOfAttribute[name]` whose bits are set in `accepted`.
    mutating func attribute(_ name: Int32, accepted: UInt64, in content: State) -> AttributeStep? {
        let key = Self.key(content, name)
        let last = attributePlace[key] ?? -1
        var place = last
        while place >= 0 {
            let known = attributeSteps[Int(place)]
            if known.accepted == accepted { return known.step.next == 0 ? nil : known.step }
            place = known.previous
        }
        var step = AttributeStep(next: 0, isID: false, isReference: false)
        step.next = afterAttribute(name, accepted, content, &step)
        attributePlace[key] = Int32(attributeSteps.count)
        attributeSteps.append((step, accepted, last))
        return step.next == 0 ? nil : step
    }

    private mutating func afterAttribute(_ name: Int32, _ accepted: UInt64, _ state: State, _ step: inout AttributeStep) -> State {
        switch nodes[Int(state)] {
        case .notAllowed, .empty, .element, .anything: return 0
        case .attribute(let own, let type):
            guard own == name, let bit = typesOfAttribute[Int(name)].firstIndex(of: type), accepted & (1 << bit) != 0 else {
                return 0
            }
            if types[Int(type)] == .id { step.isID = true }
            if types[Int(type)] == .reference { step.isReference = true }
            return 1
        case .group(let a, let b):
            let first = group(afterAttribute(name, accepted, a, &step), b)
            return choice(first, group(a, afterAttribute(name, accepted, b, &step)))
        case .interleave(let a, let b):
            let first = interleave(afterAttribute(name, accepted, a, &step), b)
            return choice(first, interleave(a, afterAttribute(name, accepted, b, &step)))
        case .choice(let a, let b):
            return choice(afterAttribute(name, accepted, a, &step), afterAttribute(name, accepted, b, &step))
        case .oneOrMore(let a): return group(afterAttribute(name, accepted, a, &step), choice(state, 1))
        }
    }

    /// The state once all attributes were read; 0 if a required one is missing.
    mutating func closed(_ content: State) -> State {
        let known = closeSteps[Int(content)]
        if known >= 0 { return known }
        let result: State
        switch nodes[Int(content)] {
        case .attribute, .notAllowed: result = 0
        case .empty, .anything, .element: result = content
        case .group(let a, let b): result = group(closed(a), closed(b))
        case .interleave(let a, let b): result = interleave(closed(a), closed(b))
        case .choice(let a, let b): result = choice(closed(a), closed(b))
        case .oneOrMore(let a): result = oneOrMore(closed(a))
        }
        closeSteps[Int(content)] = result
        return result
    }

    /// Like `closed`, as if missing attributes were there: for going on after an error.
    mutating func closedLeniently(_ content: State) -> State {
        switch nodes[Int(content)] {
        case .attribute: 1
        case .notAllowed: 0
        case .empty, .anything, .element: content
        case .group(let a, let b): group(closedLeniently(a), closedLeniently(b))
        case .interleave(let a, let b): interleave(closedLeniently(a), closedLeniently(b))
        case .choice(let a, let b): choice(closedLeniently(a), closedLeniently(b))
        case .oneOrMore(let a): oneOrMore(closedLeniently(a))
        }
    }

    /// Whether the content may end here.
    mutating func isComplete(_ content: State) -> Bool {
        let known = endSteps[Int(content)]
        if known >= 0 { return known == 1 }
        let result: Bool
        switch nodes[Int(content)] {
        case .notAllowed, .attribute, .element: result = false
        case .empty, .anything: result = true
        case .group(let a, let b), .interleave(let a, let b): result = isComplete(a) && isComplete(b)
        case .choice(let a, let b): result = isComplete(a) || isComplete(b)
        case .oneOrMore(let a): result = isComplete(a)
        }
        endSteps[Int(content)] = result ? 1 : 0
        return result
    }
}

extension GrammarMachine.Node {
    /// The kind and both numbers, of which there are far fewer than 2^30.
    fileprivate var key: UInt64 {
        switch self {
        case .notAllowed: Self.key(0, 0, 0)
        case .empty: Self.key(1, 0, 0)
        case .anything: Self.key(2, 0, 0)
        case .attribute(let name, let type): Self.key(3, name, type)
        case .element(let number): Self.key(4, number, 0)
        case .group(let a, let b): Self.key(5, a, b)
        case .interleave(let a, let b): Self.key(6, a, b)
        case .choice(let a, let b): Self.key(7, a, b)
        case .oneOrMore(let a): Self.key(8, a, 0)
        }
    }

    private static func key(_ kind: UInt64, _ a: Int32, _ b: Int32) -> UInt64 {
        kind << 60 | UInt64(UInt32(bitPattern: a)) << 30 | UInt64(UInt32(bitPattern: b))
    }
}
