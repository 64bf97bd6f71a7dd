// SPDX-License-Identifier: GPL-2.0-or-later
// Short lists of relations by the action they end in, the most recent relation first: the order in which visits apply them.

package struct RelationLists: Sendable {
    private struct Entry: Sendable {
        var relation: Int32
        var next: Int32
    }

    /// By action: its first entry, `none`, or `overflow` if there were too many to list.
    private var heads = ContiguousArray<Int32>()
    private var entries = ContiguousArray<Entry>()
    /// Entries that were given back, as a list.
    private var unused: Int32 = -1
    /// A relation that belongs behind so many of its list makes that list dropped, and known to be: others cost nothing.
    private let limit: Int

    private static let none: Int32 = -1
    private static let overflow: Int32 = -2

    init(actions: Int = 0, limit: Int = 0) {
        heads = ContiguousArray(repeating: Self.none, count: actions)
        self.limit = limit
    }

    /// Takes a relation into the list of its then action unless it is there.
    mutating func insert(_ relation: Int32, _ then: ActionIndex) {
        guard then.position < heads.count, heads[then.position] != Self.overflow else { return }
        var (before, entry, length) = (Self.none, heads[then.position], 0)
        while entry >= 0, entries[Int(entry)].relation > relation {
            (before, entry) = (entry, entries[Int(entry)].next)
            length += 1
        }
        if entry >= 0, entries[Int(entry)].relation == relation { return }
        guard length < limit else {
            clear(then)
            heads[then.position] = Self.overflow
            return
        }
        let new = newEntry(relation, next: entry)
        if before >= 0 { entries[Int(before)].next = new } else { heads[then.position] = new }
    }

    private mutating func newEntry(_ relation: Int32, next: Int32) -> Int32 {
        guard unused >= 0 else {
            entries.append(Entry(relation: relation, next: next))
            return Int32(truncatingIfNeeded: entries.count - 1)
        }
        let entry = unused
        unused = entries[Int(entry)].next
        entries[Int(entry)] = Entry(relation: relation, next: next)
        return entry
    }

    /// Takes a relation out of the list of its then action.
    @inline(__always)
    package mutating func remove(_ relation: Int32, _ then: ActionIndex) {
        if then.position < heads.count, heads[then.position] >= 0 { unlink(relation, then) }
    }

    private mutating func unlink(_ relation: Int32, _ then: ActionIndex) {
        var (before, entry) = (Self.none, heads[then.position])
        while entry >= 0, entries[Int(entry)].relation > relation { (before, entry) = (entry, entries[Int(entry)].next) }
        guard entry >= 0, entries[Int(entry)].relation == relation else { return }
        let next = entries[Int(entry)].next
        if before >= 0 { entries[Int(before)].next = next } else { heads[then.position] = next }
        entries[Int(entry)].next = unused
        unused = entry
    }

    /// Empties the list of an action.
    mutating func clear(_ then: ActionIndex) {
        var entry = heads[then.position]
        while entry >= 0 {
            let next = entries[Int(entry)].next
            entries[Int(entry)].next = unused
            unused = entry
            entry = next
        }
        heads[then.position] = Self.none
    }

    func isEmpty(_ then: ActionIndex) -> Bool { heads[then.position] == Self.none }

    /// Whether there were too many relations to list.
    package func isOverflowing(_ then: ActionIndex) -> Bool { heads[then.position] == Self.overflow }

    /// The most recent listed relation that is older than another.
    package func newest(before position: Int32, _ then: ActionIndex) -> Int32? {
        guard then.position < heads.count else { return nil }
        var entry = heads[then.position]
        while entry >= 0, entries[Int(entry)].relation >= position { entry = entries[Int(entry)].next }
        return relation(entry)
    }

    // Walking a list: an entry, its relation (nil at the end), the next entry.

    func first(of then: ActionIndex) -> Int32 { heads[then.position] }
    func relation(_ entry: Int32) -> Int32? { entry >= 0 ? entries[Int(entry)].relation : nil }
    func next(_ entry: Int32) -> Int32 { entry >= 0 ? entries[Int(entry)].next : Self.none }
}
