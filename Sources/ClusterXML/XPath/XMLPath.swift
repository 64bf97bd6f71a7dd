// SPDX-License-Identifier: GPL-2.0-or-later
// Where a node stands in a tree, and editing a tree in place through such places.

/// The way from the root of a tree to one of its nodes: the index of the child to take at each level. Empty is the root.
package struct XMLPath: Hashable, Sendable, Comparable {
    package var indices: [Int]

    package init(_ indices: [Int] = []) {
        self.indices = indices
    }

    package static let root = XMLPath()

    package var parent: XMLPath? { indices.isEmpty ? nil : XMLPath(Array(indices.dropLast())) }
    package func child(_ index: Int) -> XMLPath { XMLPath(indices + [index]) }

    /// Document order.
    package static func < (left: XMLPath, right: XMLPath) -> Bool { left.indices.lexicographicallyPrecedes(right.indices) }
}

extension XMLElement {
    /// The node at a place; nil if the tree has no such place.
    package subscript(_ path: XMLPath) -> XMLElement? {
        var current = self
        for index in path.indices {
            guard current.children.indices.contains(index) else { return nil }
            current = current.children[index]
        }
        return current
    }

    /// Changes the node at a place without copying the rest of the tree.
    /// - Returns: what `change` returned, or nil if there is no such place.
    @discardableResult
    package mutating func modify<Result>(at path: XMLPath, _ change: (inout XMLElement) -> Result) -> Result? {
        modify(path.indices[...], change)
    }

    private mutating func modify<Result>(_ indices: ArraySlice<Int>, _ change: (inout XMLElement) -> Result) -> Result? {
        guard let index = indices.first else { return change(&self) }
        guard children.indices.contains(index) else { return nil }
        return children[index].modify(indices.dropFirst(), change)
    }

    /// Removes the node at a place. The root cannot be removed.
    @discardableResult
    package mutating func remove(at path: XMLPath) -> XMLElement? {
        guard let parent = path.parent, let index = path.indices.last else { return nil }
        return modify(at: parent) { element in
            element.children.indices.contains(index) ? element.children.remove(at: index) : nil
        } ?? nil
    }

    /// The names (and ids) on the way to a place, as Pacemaker writes them: `/cib/configuration/resources/clone[@id='c']`.
    package func address(of path: XMLPath) -> String {
        var current = self
        var text = current.addressStep
        for index in path.indices {
            guard current.children.indices.contains(index) else { break }
            current = current.children[index]
            text += current.addressStep
        }
        return text
    }

    /// One step of an address.
    package var addressStep: String {
        if name == "#comment" { return "/comment" }
        return id.map { "/\(name)[@id='\($0)']" } ?? "/\(name)"
    }
}
