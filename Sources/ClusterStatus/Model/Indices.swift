// SPDX-License-Identifier: GPL-2.0-or-later
// Typed positions in the arrays of `ClusterState`: everything refers to nodes and resources by index, never by reference.

/// A node: its position in `ClusterState.nodes`, which is creation order and never changes.
/// Loops that can reach output walk `ClusterState.nodeOrder` (sorted by name) instead of `nodes.indices`.
@usableFromInline package struct NodeIndex: Hashable, Sendable {
    @usableFromInline package var raw: Int32
    @inlinable @inline(__always) package init(_ position: Int) { raw = Int32(truncatingIfNeeded: position) }
    /// The position as an array subscript.
    @inlinable @inline(__always) package var position: Int { Int(raw) }
}

/// A resource of any kind (primitive, group, clone, bundle, instance): its position in `ClusterState.resources`.
@usableFromInline package struct ResourceIndex: Hashable, Sendable {
    @usableFromInline package var raw: Int32
    @inlinable @inline(__always) package init(_ position: Int) { raw = Int32(truncatingIfNeeded: position) }
    /// The position as an array subscript.
    @inlinable @inline(__always) package var position: Int { Int(raw) }
}

/// A colocation: its position in `ClusterState.colocations` (creation order).
@usableFromInline package struct ColocationIndex: Hashable, Sendable {
    @usableFromInline package var raw: Int32
    @inlinable @inline(__always) package init(_ position: Int) { raw = Int32(truncatingIfNeeded: position) }
    @inlinable @inline(__always) package var position: Int { Int(raw) }
}

/// A location constraint: its position in `ClusterState.locations` (creation order).
@usableFromInline package struct LocationIndex: Hashable, Sendable {
    @usableFromInline package var raw: Int32
    @inlinable @inline(__always) package init(_ position: Int) { raw = Int32(truncatingIfNeeded: position) }
    @inlinable @inline(__always) package var position: Int { Int(raw) }
}

// Reading through these subscripts must not copy the record: the array's own subscript would, with all that it refers to, and one
// that yields does wherever the compiler cannot see through it. They say where the element lies, so that a field is read in
// place. All of it has to be inlinable: a call across modules hands out a copy of the record, with dozens of reference counts.

extension ContiguousArray where Element == Node {
    /// Nodes by their typed index.
    @inlinable @inline(__always) package subscript(_ index: NodeIndex) -> Node {
        @inline(__always) unsafeAddress { borrowedElement(index.position) }
        @inline(__always) _modify { yield &self[index.position] }
    }
}

extension ContiguousArray where Element == Resource {
    /// Resources by their typed index. Reading one field through this never copies the whole record.
    @inlinable @inline(__always) package subscript(_ index: ResourceIndex) -> Resource {
        @inline(__always) unsafeAddress { borrowedElement(index.position) }
        @inline(__always) _modify { yield &self[index.position] }
    }
}

extension ContiguousArray where Element == ColocationConstraint {
    @inlinable @inline(__always) package subscript(_ index: ColocationIndex) -> ColocationConstraint {
        @inline(__always) unsafeAddress { borrowedElement(index.position) }
        @inline(__always) _modify { yield &self[index.position] }
    }
}

extension ContiguousArray where Element == LocationConstraint {
    @inlinable @inline(__always) package subscript(_ index: LocationIndex) -> LocationConstraint {
        @inline(__always) unsafeAddress { borrowedElement(index.position) }
        @inline(__always) _modify { yield &self[index.position] }
    }
}

extension ContiguousArray {
    /// Where an element lies; the caller keeps the array alive. Bounds are checked.
    @inlinable @inline(__always) package func borrowedElement(_ position: Int) -> UnsafePointer<Element> {
        precondition(position >= 0 && position < count, "index out of range")
        return withUnsafeBufferPointer { UnsafePointer($0.baseAddress.unsafelyUnwrapped) + position }
    }
}
