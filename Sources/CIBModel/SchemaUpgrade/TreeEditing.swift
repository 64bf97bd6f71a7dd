// SPDX-License-Identifier: GPL-2.0-or-later
// Walking and rewriting a CIB tree, for the upgrade steps.
import ClusterXML

extension XMLElement {
    /// Replaces every element below this one, children first, by what `change` makes of it.
    mutating func rewriteDescendants(_ change: (XMLElement, _ parent: String) -> [XMLElement]) {
        guard !children.isEmpty else { return }
        var result: [XMLElement] = []
        result.reserveCapacity(children.count)
        for var child in children {
            guard child.isElement else {
                result.append(child)
                continue
            }
            child.rewriteDescendants(change)
            result += change(child, name)
        }
        children = result
    }

    /// Calls `body` for this element and every element below it, in document order.
    func forEachElement(_ body: (XMLElement) -> Void) {
        body(self)
        for child in children where child.isElement { child.forEachElement(body) }
    }

    /// Calls `change` for the child elements with the given name.
    mutating func modifyChildren(_ name: String, _ change: (inout XMLElement) -> Void) {
        for index in children.indices where children[index].name == name { change(&children[index]) }
    }

    /// The child elements with the given name, as an array.
    func all(_ name: String) -> [XMLElement] { children.filter { $0.name == name } }

    /// Whether a direct child has this name.
    func has(_ name: String) -> Bool { children.contains { $0.name == name } }
}
