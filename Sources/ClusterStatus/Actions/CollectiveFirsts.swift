// SPDX-License-Identifier: GPL-2.0-or-later
// Relations that begin at actions of collective resources, by the action they end in. Such a first action changes whenever
// something below its resource does, so a visit asks which of them have changed. A few are looked through; where there are many,
// those of the resources that changed since are looked up: groups that all wait for each other would cost the cube of their number.

struct CollectiveFirsts: Sendable {
    /// A relation and the collective resource of its first action.
    struct Entry: Sendable {
        var resource: Int32
        var relation: Int32
    }

    /// Relations of one action, the older ones sorted by resource.
    private struct LongList: Sendable {
        var entries: ContiguousArray<Entry> = []
        var sorted = 0
    }

    /// Relations by the action they end in, of actions that have few, and how many each has.
    private var short = RelationLists()
    private var counts = ContiguousArray<UInt8>()
    private static let limit: UInt8 = 8
    /// Those of actions that have more.
    private var long: [ActionIndex: LongList] = [:]
    /// Collective resources by their last change: the latest, and from each one to that before and after it.
    private(set) var latest: Int32 = -1
    private var older = ContiguousArray<Int32>()
    private var newer = ContiguousArray<Int32>()

    init(actions: Int = 0, resources: Int = 0) {
        short = RelationLists(actions: actions, limit: .max)
        counts = ContiguousArray(repeating: 0, count: actions)
        older = ContiguousArray(repeating: -1, count: resources)
        newer = ContiguousArray(repeating: -1, count: resources)
    }

    // MARK: Lists

    /// Takes a relation in.
    /// - Returns: false if the list became too long: all relations of the action are needed now.
    mutating func insert(_ entry: Entry, _ then: ActionIndex) -> Bool {
        guard then.position < counts.count else { return true }
        if isLong(then) {
            long[then]?.entries.append(entry)
            return true
        }
        counts[then.position] += 1
        short.insert(entry.relation, then)
        return !isLong(then)
    }

    mutating func replace(_ entries: ContiguousArray<Entry>, _ then: ActionIndex) { long[then] = LongList(entries: entries) }

    func isLong(_ then: ActionIndex) -> Bool { counts[then.position] > Self.limit }

    // Walking a short list: an entry, then its relation and the next entry.

    func first(of then: ActionIndex) -> Int32 { short.first(of: then) }
    func next(_ entry: Int32) -> (relation: Int32, next: Int32)? { short.relation(entry).map { ($0, short.next(entry)) } }

    /// Relations of a long list whose first actions belong to a resource.
    mutating func relations(of then: ActionIndex, _ resource: Int32) -> ContiguousArray<Entry>.SubSequence {
        sort(then)
        guard let entries = long[then]?.entries else { return [] }
        let start = Self.position(of: resource, in: entries)
        return entries[start...].prefix { $0.resource == resource }
    }

    private mutating func sort(_ then: ActionIndex) {
        guard let list = long[then], list.sorted < list.entries.count else { return }
        long[then]?.entries.sort { $0.resource < $1.resource }
        long[then]?.sorted = list.entries.count
    }

    /// Where a resource's entries begin.
    private static func position(of resource: Int32, in entries: ContiguousArray<Entry>) -> Int {
        var (low, high) = (0, entries.count)
        while low < high {
            let middle = (low + high) / 2
            if entries[middle].resource < resource { low = middle + 1 } else { high = middle }
        }
        return low
    }

    // MARK: Changes

    /// The collective resource that changed last before another.
    func before(_ resource: Int32) -> Int32 { older[Int(resource)] }

    mutating func changed(_ resource: ResourceIndex) {
        let raw = resource.raw
        guard raw != latest else { return }
        let (before, after) = (older[resource.position], newer[resource.position])
        if after >= 0 { older[Int(after)] = before }
        if before >= 0 { newer[Int(before)] = after }
        older[resource.position] = latest
        newer[resource.position] = -1
        if latest >= 0 { newer[Int(latest)] = raw }
        latest = raw
    }
}
