// SPDX-License-Identifier: GPL-2.0-or-later
// `rsc_order` elements to ordering records (scheduler spec 11.3).

package import ClusterStatus
package import ClusterXML
import CIBModel

/// How strict an ordering is.
private enum OrderKind { case mandatory, optional, serialize }

/// Whether the reverse ordering holds as well, and whether this is that reverse.
private enum OrderSymmetry { case symmetric, inverse, asymmetric }

extension ClusterState {
    /// Records what an `rsc_order` demands. References to tags and templates are replaced by sets first.
    package mutating func unpackOrdering(_ original: XMLElement) {
        guard let element = expandTags(in: original) else { return }
        guard let id = element.id else { return error("Ignoring ordering constraint without id") }
        let kind = orderKind(of: element)
        let symmetry = orderSymmetry(of: element, parentKind: kind, parentSymmetrical: nil)
        var previous: XMLElement?
        for reference in element.elements("resource_set") {
            guard let set = resolvedSet(reference), unpackOrderingSet(set, of: element, kind, symmetry) else { return }
            if let last = previous {
                guard orderSets(last, set, kind, symmetry) else { return }
                if symmetry == .symmetric, !orderSets(set, last, kind, .inverse) { return }
            }
            previous = set
        }
        if previous == nil { unpackSimpleOrdering(element, id, kind, symmetry) }
    }

    private mutating func unpackSimpleOrdering(_ element: XMLElement, _ id: String, _ kind: OrderKind, _ symmetry: OrderSymmetry) {
        guard let firstID = element["first"], let thenID = element["then"] else {
            return error("Ignoring constraint '\(id)' because it lacks 'first' or 'then'")
        }
        guard let first = constraintResource(firstID) else {
            return error("Ignoring constraint '\(id)' because resource '\(firstID)' not found")
        }
        guard let then = constraintResource(thenID) else {
            return error("Ignoring constraint '\(id)' because resource '\(thenID)' not found")
        }
        let firstText = element["first-action"] ?? "start"
        let firstTask = actions.tasks.task(named: firstText)
        let thenTask = actions.tasks.task(named: element["then-action"] ?? firstText)
        let flags = orderFlags(kind, firstTask, symmetry)
        let minimum = minimumFirstInstances(first, element)
        if minimum > 0 {
            let met = getPseudoAction(named: "clone-one-or-more:\(id)")
            require(minimum, before: met)
            for child in resources[first].children {
                order(child, firstTask, met, [.minRunnable, .firstImpliesThenGraphed])
            }
            order(met, then, thenTask, flags.union(.unrunnableFirstBlocks))
        } else {
            order(first, firstTask, then, thenTask, flags)
        }
        guard symmetry == .symmetric else { return }
        let thenInverse = inverse(of: thenTask)
        guard let firstInverse = inverse(of: firstTask), let thenInverse else {
            return warn("Cannot invert constraint '\(id)' (please specify inverse manually)")
        }
        order(then, thenInverse, first, firstInverse, orderFlags(kind, thenInverse, .inverse))
    }

    private mutating func inverse(of task: TaskName) -> TaskName? {
        if let inverse = task.inverse { return inverse }
        var remark = Diagnostic(
            severity: .warning, text: "Unknown action '\(actions.tasks.name(of: task))' specified in order constraint")
        remark.traceName = "invert_action"
        diagnostics.append(remark)
        return nil
    }

    private mutating func require(_ count: Int32, before action: ActionIndex) {
        actions[action].requiredRunnable = count
        actions[action].flags.insert(.minRunnable)
    }

    private func minimumFirstInstances(_ first: ResourceIndex, _ element: XMLElement) -> Int32 {
        guard resources[first].variant == .clone else { return 0 }
        if resources[first].meta["clone-min"] != nil { return clone(first)?.minimum ?? 0 }
        guard let requireAll = element["require-all"], Scan.boolean(requireAll) == false else { return 0 }
        return 1
    }

    // MARK: Sets

    /// Orders the members of one set among each other.
    private mutating func unpackOrderingSet(
        _ set: XMLElement, of parent: XMLElement, _ parentKind: OrderKind, _ parentSymmetry: OrderSymmetry
    ) -> Bool {
        guard let members = setMembers(set) else { return false }
        guard members.count > 1 else { return true }
        let kind = set["kind"] == nil ? parentKind : orderKind(of: set)
        let symmetry = orderSymmetry(of: set, parentKind: parentKind, parentSymmetrical: parent["symmetrical"])
        let task = actions.tasks.task(named: set["action"] ?? "start")
        let sequential = set["sequential"].flatMap(Scan.boolean) ?? true
        let flags = orderFlags(kind, task, symmetry)
        if kind == .serialize {
            for (position, member) in members.enumerated() {
                for later in members[(position + 1)...] { order(member, task, later, task, flags) }
            }
        } else if sequential {
            for (member, next) in zip(members, members.dropFirst()) { order(member, task, next, task, flags) }
        }
        guard symmetry != .asymmetric, sequential, let inverse = task.inverse else { return true }
        let inverseFlags = orderFlags(kind, inverse, .inverse)
        for (member, next) in zip(members, members.dropFirst()) { order(next, inverse, member, inverse, inverseFlags) }
        return true
    }

    /// Orders the members of one set before those of another.
    private mutating func orderSets(_ first: XMLElement, _ second: XMLElement, _ kind: OrderKind, _ symmetry: OrderSymmetry) -> Bool {
        var firstTask = actions.tasks.task(named: first["action"] ?? "start")
        var secondTask = actions.tasks.task(named: second["action"] ?? "start")
        if symmetry == .inverse {
            firstTask = firstTask.inverse ?? firstTask
            secondTask = secondTask.inverse ?? secondTask
        }
        guard let firstMembers = setMembers(first), let secondMembers = setMembers(second) else { return false }
        let requireAll = firstTask == .stop || firstTask == .demote || first["require-all"].flatMap(Scan.boolean) ?? true
        let flags = orderFlags(kind, firstTask, symmetry)
        guard requireAll else {
            let met = getPseudoAction(named: "one-or-more:\(first.id ?? "")")
            require(1, before: met)
            for member in firstMembers { order(member, firstTask, met, [.minRunnable, .firstImpliesThenGraphed]) }
            for member in secondMembers { order(met, member, secondTask, flags.union(.unrunnableFirstBlocks)) }
            return true
        }
        // Only an explicit "sequential" makes one member stand for its set [Q6].
        let inverse = symmetry == .inverse
        for member in representatives(of: first, firstMembers, takesFirst: inverse) {
            for other in representatives(of: second, secondMembers, takesFirst: !inverse) {
                order(member, firstTask, other, secondTask, flags)
            }
        }
        return true
    }

    private func representatives(of set: XMLElement, _ members: [ResourceIndex], takesFirst: Bool) -> [ResourceIndex] {
        guard set["sequential"].flatMap(Scan.boolean) == true else { return members }
        return (takesFirst ? members.first : members.last).map { [$0] } ?? []
    }

    // MARK: Kinds and flags

    private mutating func orderKind(of element: XMLElement) -> OrderKind {
        guard let text = element["kind"] else {
            guard let score = element["score"].flatMap(Score.init(parsing:)) else { return .mandatory }
            return score == .zero ? .optional : .mandatory
        }
        switch text.lowercased() {
        case "mandatory": return .mandatory
        case "optional": return .optional
        case "serialize": return .serialize
        default:
            error("Resetting 'kind' for constraint \(element.id ?? "") to 'Mandatory' because '\(text)' is not valid")
            return .mandatory
        }
    }

    private mutating func orderSymmetry(of element: XMLElement, parentKind: OrderKind, parentSymmetrical: String?) -> OrderSymmetry {
        let kind = element["kind"] != nil || element["score"] != nil ? orderKind(of: element) : parentKind
        guard let explicit = element["symmetrical"] ?? parentSymmetrical else {
            return kind == .serialize ? .asymmetric : .symmetric
        }
        return Scan.boolean(explicit) == true && kind != .serialize ? .symmetric : .asymmetric
    }

    private func orderFlags(_ kind: OrderKind, _ first: TaskName, _ symmetry: OrderSymmetry) -> OrderFlags {
        switch (kind, symmetry) {
        case (.optional, _): return .ordered
        case (.serialize, _): return .serialize
        case (.mandatory, .asymmetric): return [.ordered, .asymmetric]
        case (.mandatory, .inverse): return [.ordered, .thenImpliesFirst]
        case (.mandatory, .symmetric):
            let blocks = first == .start || first == .promote || first == .migrateFrom
            return blocks ? [.ordered, .firstImpliesThen, .unrunnableFirstBlocks] : [.ordered, .firstImpliesThen]
        }
    }
}
