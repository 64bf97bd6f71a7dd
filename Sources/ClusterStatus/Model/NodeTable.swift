// SPDX-License-Identifier: GPL-2.0-or-later
// The node table of one resource: score, count and probe mode per node (scheduler spec, reading conventions).

public import CIBModel

/// Where a resource may be probed (`resource-discovery`); ordered by severity (spec 12.3).
@usableFromInline package enum ProbeMode: UInt8, Sendable, Comparable {
    case always = 0
    case never = 1
    case exclusive = 2

    @inlinable package static func < (a: ProbeMode, b: ProbeMode) -> Bool { a.rawValue < b.rawValue }
}

/// One entry of a node table.
@usableFromInline package struct NodeEntry: Sendable, Equatable {
    @usableFromInline package var score: Score
    /// Instances counted on this node during assignment (spec 15.7).
    @usableFromInline package var count: Int32
    @usableFromInline package var probe: ProbeMode
    /// False: the resource's table has no entry for this node; the other fields mean nothing then.
    @usableFromInline package var present: Bool

    package init(score: Score, count: Int32 = 0, probe: ProbeMode = .always) {
        self.score = score
        self.count = count
        self.probe = probe
        self.present = true
    }

    @inlinable init() {
        score = Score(0)
        count = 0
        probe = .always
        present = false
    }

    /// What a table says about a node it does not list.
    @inlinable package static var absent: NodeEntry { NodeEntry() }
}

/// A resource's node table: a row indexed by `NodeIndex`.
///
/// Copying is a reference count; the first write after a copy copies the row. Rows may be shorter than the node list
/// (a node created later is absent). Walk it in node list order with `state.nodeOrder`.
@usableFromInline package struct NodeTable: Sendable, Equatable {
    @usableFromInline package var row: ContiguousArray<NodeEntry>
    /// How often what is here was entered in a new table, which may change the order of a walk through it (`StringHashOrder`).
    package private(set) var copies: UInt8 = 0

    /// Two tables are equal if they say the same.
    @usableFromInline package static func == (a: NodeTable, b: NodeTable) -> Bool { a.row == b.row }

    /// Notes that everything was entered in a new table. Of many times it matters only whether they are odd.
    package mutating func noteCopy(times: Int = 1) {
        let sum = Int(copies) + times
        copies = UInt8(truncatingIfNeeded: sum < 256 ? sum : 254 + sum & 1)
    }

    package init() { row = [] }

    package init(capacity: Int) {
        row = []
        row.reserveCapacity(capacity)
    }

    /// The entry for a node; writing makes the row as long as needed. Reading an unlisted node gives `NodeEntry.absent`.
    @inlinable package subscript(_ node: NodeIndex) -> NodeEntry {
        @inline(__always) get {
            let position = node.position
            return position < row.count ? row[position] : .absent
        }
        @inline(__always) _modify {
            let position = node.position
            while row.count <= position { row.append(.absent) }
            yield &row[position]
        }
    }

    /// Whether the table lists the node.
    @inlinable @inline(__always) package func contains(_ node: NodeIndex) -> Bool {
        node.position < row.count && row[node.position].present
    }

    /// Adds an entry, or replaces the one that exists.
    package mutating func set(_ node: NodeIndex, _ entry: NodeEntry) { self[node] = entry }

    /// Takes the node out of the table.
    package mutating func remove(_ node: NodeIndex) {
        if node.position < row.count { row[node.position] = .absent }
    }

    /// Whether no node is listed.
    package var isEmpty: Bool { !row.contains { $0.present } }

    /// Changes every listed entry in place (no node order implied).
    @inlinable @inline(__always) package mutating func updateAll(_ body: (NodeIndex, inout NodeEntry) -> Void) {
        for position in row.indices where row[position].present {
            body(NodeIndex(position), &row[position])
        }
    }

    /// Makes the row cover `count` nodes, so that the row can be used directly.
    package mutating func cover(_ count: Int) {
        while row.count < count { row.append(.absent) }
    }

    /// Hands out the row for changes in place.
    @inlinable @inline(__always) package mutating func withRow<Result>(
        _ body: (inout UnsafeMutableBufferPointer<NodeEntry>) -> Result
    ) -> Result {
        row.withUnsafeMutableBufferPointer { body(&$0) }
    }
}
