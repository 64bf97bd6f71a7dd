// SPDX-License-Identifier: GPL-2.0-or-later
// What happened in simulated runs, counted: a storm that never breaks anything proves nothing.

/// Kinds of faults and commands. The raw value is the name in reports.
package enum Incident: String, Sendable, CaseIterable {
    case lateMessage = "late messages"
    case lostMessage = "lost messages"
    case cutLink = "links cut"
    case brokenLink = "connections broken"
    case halfOpenLink = "connections half-open"
    case killedRemote = "remotes killed"
    case stoppedRemote = "remotes stopped in order"
    case crashedHost = "hosts without power"
    case killedController = "controllers killed"
    case lostWrite = "writes cut short by a kill"
    case stoppedController = "controllers stopped in order"
    case refusedWrite = "writes refused by the disk"
    case deadResource = "resources died"
    case failedAgent = "agents failed"
    case hangingAgent = "agents hung"
    case slowAgent = "agents slow"
    case survivingAgent = "agents that outlived their daemon"
    case fencing = "hosts fenced"
    case clockJump = "jumps of the clock"
    case load = "loads"
    case move = "moves"
    case ban = "bans"
    case clear = "clears"
    case cleanup = "clean-ups"
    case standby = "standbys"
    case attribute = "attribute updates"
    case property = "property changes"
    case unconfirmed = "commits to confirm"
    case confirmed = "confirmations"
    case takenBack = "commits taken back"
    case lostCommit = "commits that a kill or the disk prevented"
    case remoteTool = "commands on remotes"
    case order = "orders sent"
    case start = "resource starts"
    case transition = "transitions"
}

/// How often each of them happened.
package struct IncidentCounts: Sendable, CustomStringConvertible {
    private var counts = Array(repeating: 0, count: Incident.allCases.count)

    package init() {}

    private static let positions: [Incident: Int] = Dictionary(
        uniqueKeysWithValues: Incident.allCases.enumerated().map { ($1, $0) })

    package subscript(_ incident: Incident) -> Int {
        get { counts[Self.positions[incident] ?? 0] }
        set { counts[Self.positions[incident] ?? 0] = newValue }
    }

    package mutating func add(_ other: IncidentCounts) {
        for index in counts.indices { counts[index] += other.counts[index] }
    }

    package var description: String {
        zip(Incident.allCases, counts).filter { $1 > 0 }.map { "\($1) \($0.rawValue)" }.joined(separator: ", ")
    }
}
