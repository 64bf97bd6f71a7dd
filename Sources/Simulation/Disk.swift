// SPDX-License-Identifier: GPL-2.0-or-later
// The cluster host's disk, with the promises of the daemon's store: a write is there as a whole or not at all, one at a time,
// and of those that wait only the last is made.
import CIBModel
import ClusterXML
import NodeCore

struct Disk {
    var cib: XMLElement?
    /// Refuses all writes for the time being.
    var isFull = false
    private var writing: (cib: XMLElement, version: CIBVersion)?
    private var waiting: (cib: XMLElement, version: CIBVersion)?

    /// Takes a write.
    /// - Returns: whether it begins now.
    mutating func write(_ cib: XMLElement, _ version: CIBVersion) -> Bool {
        waiting = (cib, version)
        return beginNext()
    }

    /// Begins the write that waits, if none is being made.
    mutating func beginNext() -> Bool {
        guard writing == nil, let next = waiting else { return false }
        (writing, waiting) = (next, nil)
        return true
    }

    /// The present write comes to its end.
    /// - Returns: its version and whether it was made.
    mutating func finish() -> (version: CIBVersion, isMade: Bool)? {
        guard let done = writing else { return nil }
        writing = nil
        if !isFull { cib = done.cib }
        return (done.version, !isFull)
    }

    /// The daemon is gone: its present write is made or not, what waited is lost.
    /// - Returns: whether a write was lost.
    mutating func ownerDied(reached: Bool) -> Bool {
        defer { (writing, waiting) = (nil, nil) }
        if reached, !isFull, let done = writing { cib = done.cib }
        return waiting != nil || (writing != nil && (!reached || isFull))
    }
}
