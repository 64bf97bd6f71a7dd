// SPDX-License-Identifier: GPL-2.0-or-later
// The cluster host's disk, with the promises of the daemon's store: a write is there as a whole or not at all, one at a time,
// and of those that wait only the last is made.
import ClusterXML
import NodeCore

struct Disk {
    var cib: XMLElement?
    /// A commit that waits for its confirmation.
    var unconfirmed: XMLElement?
    /// Refuses all writes for the time being.
    var isFull = false
    /// What the daemon keeps of the status, in a file of its own.
    var memory: ClusterMemory?
    private var writingMemory: (number: Int, memory: ClusterMemory)?
    private var waitingMemory: (number: Int, memory: ClusterMemory)?
    private var writing: DiskWrite?
    private var waiting: DiskWrite?

    /// Takes a write.
    /// - Returns: whether it begins now.
    mutating func write(_ write: DiskWrite) -> Bool {
        waiting = write
        return beginNext()
    }

    /// Begins the write that waits, if none is being made.
    mutating func beginNext() -> Bool {
        guard writing == nil, let next = waiting else { return false }
        (writing, waiting) = (next, nil)
        return true
    }

    /// The present write comes to its end.
    /// - Returns: its number and whether it was made.
    mutating func finish() -> (number: Int, isMade: Bool)? {
        guard let done = writing else { return nil }
        writing = nil
        if !isFull { (cib, unconfirmed) = (done.configuration, done.unconfirmed) }
        return (done.number, !isFull)
    }

    /// Takes a memory to write.
    /// - Returns: whether that begins now.
    mutating func remember(_ number: Int, _ memory: ClusterMemory) -> Bool {
        waitingMemory = (number, memory)
        return beginNextMemory()
    }

    mutating func beginNextMemory() -> Bool {
        guard writingMemory == nil, let next = waitingMemory else { return false }
        (writingMemory, waitingMemory) = (next, nil)
        return true
    }

    /// - Returns: the number of the memory that was being written and whether it was.
    mutating func finishMemory() -> (number: Int, isMade: Bool)? {
        guard let done = writingMemory else { return nil }
        writingMemory = nil
        if !isFull { memory = done.memory }
        return (done.number, !isFull)
    }

    /// The daemon is gone: its present write has come to some point, what waited is lost.
    /// - Parameter reached: how many of the write's two steps were made. What waits for confirmation comes before the
    ///   configuration and goes after it.
    /// - Returns: whether a write was cut short.
    mutating func ownerDied(reached: Int) -> Bool {
        if let cut = writingMemory, reached >= 1, !isFull { memory = cut.memory }
        // Whoever leaves in order waits for the last one.
        if let cut = waitingMemory, reached > 2, !isFull { memory = cut.memory }
        (writingMemory, waitingMemory) = (nil, nil)
        defer { (writing, waiting) = (nil, nil) }
        guard let cut = writing else { return waiting != nil }
        if reached >= 1, !isFull {
            if let waits = cut.unconfirmed { unconfirmed = waits } else { cib = cut.configuration }
        }
        if reached >= 2, !isFull { (cib, unconfirmed) = (cut.configuration, cut.unconfirmed) }
        return waiting != nil || reached < 2 || isFull
    }
}
