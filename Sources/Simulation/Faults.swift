// SPDX-License-Identifier: GPL-2.0-or-later
// What goes wrong in a simulated run, as options with names and units, all drawn from the run's seed.
import NodeCore

/// Probabilities and durations of faults. A value of nil or 0 means that it never happens.
package struct Faults: Sendable {
    /// One message in this many arrives late, by up to `longDelay`.
    package var lateMessage = 20
    package var longDelay = Duration.seconds(3)
    /// The usual time a message needs.
    package var delay = Duration.milliseconds(1)...Duration.milliseconds(20)
    /// How many disturbances a run has, from `disturbances`.
    package var disturbanceCount = 2...10
    package var disturbances: [Disturbance] = Disturbance.usual
    /// How long a link stays cut and a daemon stays dead.
    package var outage = Duration.milliseconds(200)...Duration.seconds(90)
    /// When disturbances begin and end; afterwards the world is whole and the cluster has to settle.
    package var stormyTime = Duration.seconds(5)...Duration.seconds(180)
    /// One run of an agent in this many fails, one hangs until it is killed, one takes long.
    package var failingAgent = 60
    package var hangingAgent = 200
    package var slowAgent = 15
    /// Time until a commit is taken back unless it is confirmed, in seconds.
    package var confirmation = 1...90

    package init() {}
}

/// A thing that happens to the simulated world from outside.
package enum Disturbance: Sendable, CaseIterable {
    /// The link between the cluster host and a remote host carries nothing for a while.
    case cutLink
    /// The connection to a remote breaks: what is under way is lost, and an end may not notice for a while.
    case breakLink
    /// `kill -9` of a remote's daemon; its resources stay.
    case killRemote
    /// A remote's daemon is asked to stop.
    case stopRemote
    /// A remote host loses power; its resources are gone.
    case crashRemoteHost
    /// `kill -9` of the controller; resources stay.
    case killController
    /// The controller is asked to stop.
    case stopController
    /// The disk of the cluster host is full for a while.
    case fillDisk
    /// A resource dies by itself.
    case failResource
    /// An administrator moves, bans, clears, cleans up, loads, or changes something.
    case administer
    /// The wall clock of the cluster host jumps.
    case turnClock
    /// An administrator commits something that has to be confirmed, and may not confirm it.
    case commitUnconfirmed

    /// Drawn from as they are: what stands here twice happens twice as often.
    package static let usual: [Disturbance] = [
        .cutLink, .breakLink, .killRemote, .stopRemote, .crashRemoteHost, .killController, .killController, .stopController, .fillDisk,
        .failResource, .administer, .administer, .administer, .administer, .administer, .commitUnconfirmed,
        .turnClock,
    ]
}

extension RandomSource {
    /// A whole number of the range.
    mutating func pick(_ range: ClosedRange<Int>) -> Int {
        range.lowerBound + Int(next() % UInt64(range.upperBound - range.lowerBound + 1))
    }

    /// A duration of the range, in milliseconds.
    mutating func pick(_ range: ClosedRange<Duration>) -> Duration {
        .milliseconds(pick(Int(range.lowerBound.wholeMilliseconds)...Int(range.upperBound.wholeMilliseconds)))
    }

    mutating func pick<Element>(_ elements: [Element]) -> Element? {
        elements.isEmpty ? nil : elements[pick(0...(elements.count - 1))]
    }

    /// True one time in `count`; never for 0.
    mutating func oneIn(_ count: Int) -> Bool { count > 0 && next() % UInt64(count) == 0 }
}
