// SPDX-License-Identifier: GPL-2.0-or-later
// Typed positions in the arrays of `ClusterState`: everything refers to nodes and resources by index, never by reference.

/// A node: its position in `ClusterState.nodes`, which is creation order and never changes.
/// Loops that can reach output walk `ClusterState.nodeOrder` (sorted by name) instead of `nodes.indices`.
package struct NodeIndex: Hashable, Sendable {
    package var raw: Int32
    @inline(__always) package init(_ position: Int) { raw = Int32(truncatingIfNeeded: position) }
    /// The position as an array subscript.
    @inline(__always) package var position: Int { Int(raw) }
}

/// A resource of any kind (primitive, group, clone, bundle, instance): its position in `ClusterState.resources`.
package struct ResourceIndex: Hashable, Sendable {
    package var raw: Int32
    @inline(__always) package init(_ position: Int) { raw = Int32(truncatingIfNeeded: position) }
    /// The position as an array subscript.
    @inline(__always) package var position: Int { Int(raw) }
}

/// A colocation: its position in `ClusterState.colocations` (creation order).
package struct ColocationIndex: Hashable, Sendable {
    package var raw: Int32
    @inline(__always) package init(_ position: Int) { raw = Int32(truncatingIfNeeded: position) }
    package var position: Int { Int(raw) }
}

/// A location constraint: its position in `ClusterState.locations` (creation order).
package struct LocationIndex: Hashable, Sendable {
    package var raw: Int32
    @inline(__always) package init(_ position: Int) { raw = Int32(truncatingIfNeeded: position) }
    package var position: Int { Int(raw) }
}

extension ContiguousArray where Element == Node {
    /// Nodes by their typed index.
    @inline(__always) package subscript(_ index: NodeIndex) -> Node {
        _read { yield self[index.position] }
        _modify { yield &self[index.position] }
    }
}

extension ContiguousArray where Element == Resource {
    /// Resources by their typed index. Reading one field through this never copies the whole record.
    @inline(__always) package subscript(_ index: ResourceIndex) -> Resource {
        _read { yield self[index.position] }
        _modify { yield &self[index.position] }
    }
}

extension ContiguousArray where Element == ColocationConstraint {
    @inline(__always) package subscript(_ index: ColocationIndex) -> ColocationConstraint {
        _read { yield self[index.position] }
        _modify { yield &self[index.position] }
    }
}

extension ContiguousArray where Element == LocationConstraint {
    @inline(__always) package subscript(_ index: LocationIndex) -> LocationConstraint {
        _read { yield self[index.position] }
        _modify { yield &self[index.position] }
    }
}
