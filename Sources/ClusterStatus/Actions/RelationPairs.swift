// SPDX-License-Identifier: GPL-2.0-or-later
// How each two actions are related already. A large bundle has a million pairs and every ordering asks, so this is a table of its
// own: keys are two small numbers that need mixing, not protection against an attacker.

struct RelationPairs: Sendable {
    /// Slots by hash, a power of two of them, at most half of them used; 0 is a free one: no action is related to itself.
    private var keys = ContiguousArray<UInt64>()
    private var flags = ContiguousArray<OrderFlags>()
    private var used = 0
    private var shift: UInt64 = 0

    /// Adds flags to a pair.
    /// - Returns: false if the pair had one of them before; then nothing changes.
    mutating func insert(_ first: ActionIndex, _ then: ActionIndex, _ new: OrderFlags) -> Bool {
        if used * 2 >= keys.count { grow() }
        let key = UInt64(UInt32(bitPattern: first.raw)) << 32 | UInt64(UInt32(bitPattern: then.raw))
        let slot = slot(of: key)
        guard keys[slot] == key else {
            keys[slot] = key
            flags[slot] = new
            used += 1
            return true
        }
        guard flags[slot].isDisjoint(with: new) else { return false }
        flags[slot].formUnion(new)
        return true
    }

    /// The slot that has a key, or the free one where it belongs.
    @inline(__always)
    private func slot(of key: UInt64) -> Int {
        let mask = keys.count - 1
        var slot = Int(truncatingIfNeeded: (key &* 0x9E37_79B9_7F4A_7C15) >> shift)
        while keys[slot] != 0, keys[slot] != key { slot = (slot + 1) & mask }
        return slot
    }

    private mutating func grow() {
        let (oldKeys, oldFlags) = (keys, flags)
        let count = max(256, oldKeys.count * 2)
        keys = ContiguousArray(repeating: 0, count: count)
        flags = ContiguousArray(repeating: [], count: count)
        shift = UInt64(64 - count.trailingZeroBitCount)
        for position in oldKeys.indices where oldKeys[position] != 0 {
            let slot = slot(of: oldKeys[position])
            keys[slot] = oldKeys[position]
            flags[slot] = oldFlags[position]
        }
    }
}
