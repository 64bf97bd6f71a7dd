// SPDX-License-Identifier: GPL-2.0-or-later
// What is going to happen in the simulated world, in order of time. Equal times keep the order of planning.
import NodeCore

/// A queue of future events. A binary heap over (time, number), so that a run depends on nothing but its seed. The events
/// themselves, which are large, stay where they were put.
struct EventQueue<Event> {
    private struct Entry {
        let time: Instant
        let number: UInt64
        let slot: Int

        func isBefore(_ other: Entry) -> Bool { time == other.time ? number < other.number : time < other.time }
    }

    private var heap: [Entry] = []
    private var events: [Event?] = []
    private var freeSlots: [Int] = []
    private var planned: UInt64 = 0

    mutating func plan(_ event: Event, at time: Instant) {
        planned += 1
        let slot: Int
        if let free = freeSlots.popLast() {
            slot = free
            events[slot] = event
        } else {
            slot = events.count
            events.append(event)
        }
        heap.append(Entry(time: time, number: planned, slot: slot))
        var child = heap.count - 1
        while child > 0, heap[child].isBefore(heap[(child - 1) / 2]) {
            heap.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    /// Takes the next event out of the queue.
    mutating func next() -> (time: Instant, event: Event)? {
        guard let first = heap.first, let last = heap.popLast() else { return nil }
        if !heap.isEmpty {
            heap[0] = last
            sink()
        }
        freeSlots.append(first.slot)
        guard let event = events[first.slot].take() else { return nil }
        return (first.time, event)
    }

    private mutating func sink() {
        var parent = 0
        while true {
            var least = parent
            let left = 2 * parent + 1
            if left < heap.count, heap[left].isBefore(heap[least]) { least = left }
            if left + 1 < heap.count, heap[left + 1].isBefore(heap[least]) { least = left + 1 }
            guard least != parent else { return }
            heap.swapAt(parent, least)
            parent = least
        }
    }
}
