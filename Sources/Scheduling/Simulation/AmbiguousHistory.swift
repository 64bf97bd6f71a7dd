// SPDX-License-Identifier: GPL-2.0-or-later
// A history in which something has an id twice. Results are entered on paper as the CIB would enter them: the node's whole state is
// sent and merged into the one that is there, by ids, so the later of two elements with one id changes the earlier.

package import ClusterXML

/// Finds such histories and merges into them.
package enum AmbiguousHistory {
    /// Whether two children of some element have the same name and id. The id of a node, which its history and its attributes
    /// both have, is none that occurs twice.
    package static func isFound(in element: XMLElement) -> Bool {
        let children = element.children
        var seen: Set<String> = []
        if children.count > 8 { seen.reserveCapacity(children.count) }
        for (position, child) in children.enumerated() {
            guard let id = child.id else { continue }
            if children.count > 8, seen.insert(id).inserted { continue }
            if children[..<position].contains(where: { $0.name == child.name && $0.id == id }) { return true }
        }
        return children.contains { !$0.children.isEmpty && isFound(in: $0) }
    }

    /// Enters attributes and children of an update: each child into the first one of its name and id, or at the end if there is none.
    static func merge(_ update: XMLElement, into target: inout XMLElement) {
        for attribute in update.attributes { target[attribute.name] = attribute.value }
        for child in update.children where child.isElement { merge(child: child, into: &target) }
    }

    /// Enters one child.
    static func merge(child: XMLElement, into target: inout XMLElement) {
        let id = child.id
        if let known = target.children.firstIndex(where: { $0.name == child.name && (id == nil || $0.id == id) }) {
            merge(child, into: &target.children[known])
        } else {
            target.children.append(child)
        }
    }
}
