// SPDX-License-Identifier: GPL-2.0-or-later
// What would have been valid in a state of a GrammarMachine: for messages only.

extension GrammarMachine {
    /// Names of the child elements that may come next, sorted.
    mutating func expectedElements(_ state: State) -> [String] {
        var found: Set<String> = []
        collectElements(state, into: &found)
        return found.sorted()
    }

    private mutating func collectElements(_ state: State, into found: inout Set<String>) {
        switch nodes[Int(state)] {
        case .notAllowed, .empty, .anything, .attribute: break
        case .element(let number): found.insert(names[Int(elements[Int(number)].name)])
        case .group(let a, let b):
            collectElements(a, into: &found)
            if isComplete(a) { collectElements(b, into: &found) }
        case .interleave(let a, let b), .choice(let a, let b):
            collectElements(a, into: &found)
            collectElements(b, into: &found)
        case .oneOrMore(let a): collectElements(a, into: &found)
        }
    }

    /// Attributes that may still come, with the types of their values, sorted by name.
    func expectedAttributes(_ state: State) -> [(name: String, types: [GrammarType])] {
        var found: [(name: String, types: [GrammarType])] = []
        collectAttributes(state, into: &found)
        return found.sorted { $0.name < $1.name }
    }

    private func collectAttributes(_ state: State, into found: inout [(name: String, types: [GrammarType])]) {
        switch nodes[Int(state)] {
        case .notAllowed, .empty, .anything, .element: break
        case .attribute(let name, let type):
            let text = names[Int(name)]
            let kind = types[Int(type)]
            if let index = found.firstIndex(where: { $0.name == text }) {
                if !found[index].types.contains(kind) { found[index].types.append(kind) }
            } else {
                found.append((text, [kind]))
            }
        case .group(let a, let b), .interleave(let a, let b), .choice(let a, let b):
            collectAttributes(a, into: &found)
            collectAttributes(b, into: &found)
        case .oneOrMore(let a): collectAttributes(a, into: &found)
        }
    }

    /// The attributes missing on the shortest way to a closed start tag, or nil if there is no way.
    func missingAttributes(_ state: State) -> [String]? {
        switch nodes[Int(state)] {
        case .notAllowed: return nil
        case .empty, .anything, .element: return []
        case .attribute(let name, _): return [names[Int(name)]]
        case .group(let a, let b), .interleave(let a, let b):
            guard let left = missingAttributes(a), let right = missingAttributes(b) else { return nil }
            return left + right.filter { !left.contains($0) }
        case .choice(let a, let b):
            guard let left = missingAttributes(a) else { return missingAttributes(b) }
            guard let right = missingAttributes(b) else { return left }
            return right.count < left.count ? right : left
        case .oneOrMore(let a): return missingAttributes(a)
        }
    }
}
