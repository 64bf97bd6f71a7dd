// SPDX-License-Identifier: GPL-2.0-or-later
// A small table from names to texts that keeps the order of insertion.

/// Names and values in insertion order. Small tables are searched linearly, large ones through an index.
package struct NameValueTable: Sendable, Equatable {
    /// The entries, oldest first.
    package private(set) var entries: ContiguousArray<Entry> = []
    private var positions: [String: Int] = [:]
    private static let indexedFrom = 20

    package struct Entry: Sendable, Equatable {
        package var name: String
        package var value: String

        package init(name: String, value: String) { (self.name, self.value) = (name, value) }
    }

    package init() {}

    package static func == (a: NameValueTable, b: NameValueTable) -> Bool { a.entries == b.entries }

    package var isEmpty: Bool { entries.isEmpty }
    package var count: Int { entries.count }

    private func position(of name: String) -> Int? {
        if entries.count >= Self.indexedFrom { return positions[name] }
        // Lengths first: names mostly differ in them, and comparing these needs no call.
        let length = name.utf8.count
        for position in entries.indices where entries[position].name.utf8.count == length && entries[position].name == name {
            return position
        }
        return nil
    }

    /// The value of a name; setting nil removes it.
    package subscript(_ name: String) -> String? {
        get { position(of: name).map { entries[$0].value } }
        set {
            guard let value = newValue else { return remove(name) }
            if let position = position(of: name) {
                entries[position].value = value
            } else {
                append(name, value)
            }
        }
    }

    /// Sets the value unless the name has one already; says whether it did.
    @discardableResult
    package mutating func setIfAbsent(_ name: String, _ value: String) -> Bool {
        if position(of: name) != nil { return false }
        append(name, value)
        return true
    }

    package func contains(_ name: String) -> Bool { position(of: name) != nil }

    /// Takes a name out; linear.
    package mutating func remove(_ name: String) {
        guard let position = position(of: name) else { return }
        entries.remove(at: position)
        positions.removeAll(keepingCapacity: true)
        if entries.count >= Self.indexedFrom { reindex() }
    }

    /// The entries sorted by name in byte order.
    package var sortedByName: ContiguousArray<Entry> {
        ContiguousArray(entries.sorted { Compare.precedes($0.name, $1.name) })
    }

    private mutating func append(_ name: String, _ value: String) {
        entries.append(Entry(name: name, value: value))
        if entries.count == Self.indexedFrom {
            reindex()
        } else if entries.count > Self.indexedFrom {
            positions[name] = entries.count - 1
        }
    }

    private mutating func reindex() {
        for (position, entry) in entries.enumerated() { positions[entry.name] = position }
    }
}
