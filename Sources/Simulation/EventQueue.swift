// SPDX-License-Identifier: GPL-2.0-or-later
// What is going to happen in the simulated world, in order of time. Equal times keep the order of planning.
import NodeCore

/// A queue of future events. A binary heap over (time, number), so that a run depends on nothing but its seed.
struct EventQueue<Event> {
    private struct Entry {
        let time: Instant
        let number: UInt64
        let event: Event

        func isBefore(_ other: Entry) -> Bool { time == other.time ? number < other.number : time < other.time }
    }

    private var heap: [Entry] = []
    private var planned: UInt64 = 0

    var isEmpty: Bool { heap.isEmpty }
    /// When the next event happens.
    var nextTime: Instant? { heap.first?.time }

    mutating func plan(_ event: Event, at time: Instant) {
        planned += 1
        heap.append(Entry(time: time, number: planned, event: event))
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
        return (first.time, first.event)
    }

    private mutating func sink() {
        var parent = 0
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count && heap[child].isBefore(heap[least]) {
                least = child
            }
            guard least != parent else { return }
            heap.swapAt(parent, least)
            parent = least
        }
    }
}
