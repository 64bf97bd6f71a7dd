// SPDX-License-Identifier: GPL-2.0-or-later
// The order in which the reference walks a table of names. A few ties of its placement are decided by nothing else (17.1, 17.3: which of
// two equally roomy nodes is taken), and users see the outcome; so the table is laid out here like GLib's.

/// Where names come to lie in a hash table of GLib that has only grown: open addressing with a table of a power of two, places
/// counted modulo the largest prime below, quadratic steps on collisions. Walking the table is walking its places.
package struct StringHashOrder: Sendable {
    private struct Slot {
        var hash: UInt32
        var position: Int
    }

    private var slots: [Slot?]
    /// Logarithm of the number of slots.
    private var shift = 3
    private var count = 0

    /// The largest prime below each power of two, from 2^3 on.
    private static let primes: [UInt32] = [
        7, 13, 31, 61, 127, 251, 509, 1021, 2039, 4093, 8191, 16381, 32749, 65521, 131_071, 262_139, 524_287, 1_048_573, 2_097_143,
        4_194_301, 8_388_593,
    ]

    private init() { slots = Array(repeating: nil, count: 1 << 3) }

    /// The positions of names in the order in which a table walks them.
    /// - Parameter names: different names in the order in which they were entered.
    package static func positions(of names: some Sequence<String>) -> [Int] {
        var table = StringHashOrder()
        for (position, name) in names.enumerated() { table.enter(Slot(hash: hash(name), position: position)) }
        return table.slots.compactMap { $0?.position }
    }

    /// The hash with the factor 31; two values mark free places.
    private static func hash(_ name: String) -> UInt32 {
        var hash: UInt32 = 0
        for byte in name.utf8 { hash = hash &* 31 &+ UInt32(bitPattern: Int32(Int8(bitPattern: byte))) }
        return max(hash, 2)
    }

    private func home(of hash: UInt32) -> Int {
        Int((hash &* 11) % Self.primes[min(shift - 3, Self.primes.count - 1)])
    }

    /// The first place on a name's way for which a condition holds.
    private func place(of hash: UInt32, _ isFree: (Int) -> Bool) -> Int {
        var place = home(of: hash)
        var step = 0
        while !isFree(place) {
            step += 1
            place = (place + step) & (slots.count - 1)
        }
        return place
    }

    private mutating func enter(_ slot: Slot) {
        let place = place(of: slot.hash) { slots[$0] == nil }
        slots[place] = slot
        count += 1
        if slots.count <= count + count / 16 { grow() }
    }

    /// Makes room and moves everything to its new place, in the order of the old places; what lies there goes on at once.
    private mutating func grow() {
        let old = slots.count
        let wanted = Int(Double(count) * 1.333)
        shift = max(3, Int.bitWidth - wanted.leadingZeroBitCount)
        slots += Array(repeating: nil, count: (1 << shift) - old)
        var settled = Array(repeating: false, count: slots.count)
        for start in 0..<old where !settled[start] {
            var moving = slots[start]
            slots[start] = nil
            while let slot = moving {
                let place = place(of: slot.hash) { !settled[$0] }
                settled[place] = true
                moving = slots[place]
                slots[place] = slot
            }
        }
    }
}

extension ClusterState {
    /// The nodes of a table in the order in which the reference comes to them.
    package func inTableOrder(_ table: NodeTable) -> [NodeIndex] {
        let listed = nodeOrder.filter { table.contains($0) }
        let isWhole = listed.count == placement.tableOrders.first?.count
        let orders = isWhole ? placement.tableOrders : tableOrders(of: listed, copies: Int(table.copies))
        let copies = Int(table.copies)
        if copies < orders.count { return orders[copies] }
        // What has not settled by then changes back and forth.
        let isSettled = orders.count <= Self.tableCopies
        return orders[orders.count - (isSettled || (copies - orders.count) % 2 == 1 ? 1 : 2)]
    }

    /// How many copies of the table of all nodes are looked at.
    package static let tableCopies = 32

    /// The orders of walks through a table into which nodes were entered one after the other, and through its copies: a copy gets them in
    /// the order of the walk before it. There are no more once a copy changes nothing.
    package func tableOrders(of listed: [NodeIndex], copies: Int) -> [[NodeIndex]] {
        var orders: [[NodeIndex]] = []
        var order = listed
        repeat {
            let next = StringHashOrder.positions(of: order.map { nodes[$0].id }).map { order[$0] }
            if next == orders.last { break }
            orders.append(next)
            order = next
        } while orders.count <= copies
        return orders
    }
}
