// SPDX-License-Identifier: GPL-2.0-or-later
// The step taken last in each state of a grammar: elements of one kind look alike, so the next one mostly takes it again, and two
// comparisons replace two look-ups by hash.

struct StepMemory {
    private struct Child {
        var name = ""
        var step = GrammarMachine.ChildStep(content: 0, next: 0)
    }
    struct Attribute {
        /// Of the attribute's name.
        var number: Int32 = 0
        /// The types its value was of, if they matter.
        var accepted: UInt64 = 0
        var step = GrammarMachine.AttributeStep(next: 0, isID: false, isReference: false)
        fileprivate var name = ""
        fileprivate var value = ""
        /// Any value is accepted.
        var isFree = false
    }
    /// The types of values that were met, of a name with many values only those of the first ones. They hold for as many types as
    /// the name occurred with then: a grammar is compiled as it is needed.
    private struct AcceptedValues {
        var typeCount = 0
        var types: [String: UInt64] = [:]
    }
    /// By number of the name.
    private var acceptedValues: ContiguousArray<AcceptedValues> = []
    private static let valuesOfName = 32

    /// The types a value is of, if it was met before.
    func accepted(_ value: String, _ name: Int32, typeCount: Int) -> UInt64? {
        let index = Int(name)
        guard index < acceptedValues.count, acceptedValues[index].typeCount == typeCount,
            acceptedValues[index].types.count < Self.valuesOfName
        else { return nil }
        return acceptedValues[index].types[value]
    }

    mutating func remember(accepted types: UInt64, _ value: String, _ name: Int32, typeCount: Int) {
        let index = Int(name)
        while acceptedValues.count <= index { acceptedValues.append(AcceptedValues()) }
        if acceptedValues[index].typeCount != typeCount { acceptedValues[index] = AcceptedValues(typeCount: typeCount) }
        if acceptedValues[index].types.count < Self.valuesOfName { acceptedValues[index].types[value] = types }
    }

    /// By state.
    private var children: ContiguousArray<Child> = []
    private var attributes: ContiguousArray<Attribute> = []

    func child(_ name: String, _ state: GrammarMachine.State) -> GrammarMachine.ChildStep? {
        let index = Int(state)
        guard index < children.count, children[index].step.next != 0, children[index].name == name else { return nil }
        return children[index].step
    }

    mutating func remember(_ step: GrammarMachine.ChildStep, of name: String, in state: GrammarMachine.State) {
        let index = Int(state)
        while children.count <= index { children.append(Child()) }
        children[index] = Child(name: name, step: step)
    }

    /// The step of an attribute in a state, if its name and, where it matters, its value were the last ones there.
    func step(_ attribute: XMLAttribute, _ state: GrammarMachine.State) -> GrammarMachine.AttributeStep? {
        let index = Int(state)
        guard index < attributes.count, attributes[index].step.next != 0, attributes[index].name == attribute.name else { return nil }
        return attributes[index].isFree || attributes[index].value == attribute.value ? attributes[index].step : nil
    }

    /// What was remembered of an attribute in a state, whatever its value was.
    func attribute(_ name: String, _ state: GrammarMachine.State) -> Attribute? {
        let index = Int(state)
        guard index < attributes.count, attributes[index].step.next != 0, attributes[index].name == name else { return nil }
        return attributes[index]
    }

    mutating func remember(_ memory: Attribute, of attribute: XMLAttribute, in state: GrammarMachine.State) {
        let index = Int(state)
        while attributes.count <= index { attributes.append(Attribute()) }
        attributes[index] = memory
        attributes[index].name = attribute.name
        attributes[index].value = memory.isFree ? "" : attribute.value
    }
}
