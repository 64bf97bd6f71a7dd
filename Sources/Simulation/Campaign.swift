// SPDX-License-Identifier: GPL-2.0-or-later
// Many worlds: what a seed decides about its world, and what a range of seeds came to.

extension World.Settings {
    /// The settings of a seed: how large the world is, what runs in it, and which guarantees it can give.
    package init(seed: UInt64) {
        self.init()
        remotes = 2 + Int(seed % 3 == 0 ? 1 : 0)
        resources = 1 + Int(seed % 4)
        hasFencing = seed % 5 != 4
        speciality = Speciality.allCases[Int(seed / 4 % UInt64(Speciality.allCases.count))]
        usesClusterHost = seed % 7 == 3
    }
}

extension World.Settings {
    /// A world in which commits are made that nobody confirms, and the controller is killed every now and then.
    package static func commits(seed: UInt64) -> World.Settings {
        var settings = World.Settings(seed: seed)
        settings.confirmsCommits = false
        settings.faults.disturbances = [.commitUnconfirmed, .commitUnconfirmed, .killController, .administer]
        settings.faults.disturbanceCount = 10...20
        settings.faults.confirmation = 1...30
        return settings
    }
}

extension World.Settings {
    /// A world in which daemons are killed all the time while slow agents are at work and messages are late, and resources move.
    package static func deaths(seed: UInt64) -> World.Settings {
        var settings = World.Settings(seed: seed)
        if seed % 2 == 0 { settings.speciality = .migration }
        settings.hasFencing = seed % 10 != 9
        settings.usesClusterHost = seed % 3 == 0
        settings.faults.slowAgent = 4
        settings.faults.lateMessage = 6
        // Every other outage is longer than a controller waits for a node that does not answer.
        settings.faults.outage = .milliseconds(200)...Duration.seconds(60)
        settings.faults.disturbanceCount = 15...30
        settings.faults.disturbances = [
            .killController, .killController, .killController, .killRemote, .killRemote, .breakLink, .cutLink, .crashRemoteHost, .stopRemote,
            .stopController, .turnClock, .fillDisk, .administer, .administer, .administer, .administer, .administer, .administer,
        ]
        return settings
    }
}

/// What a number of runs came to; sums of reports are reports.
package struct CampaignReport: Sendable {
    package private(set) var seeds = 0
    package private(set) var steps = 0
    package private(set) var incidents = IncidentCounts()
    package private(set) var failures: [(seed: UInt64, violation: Violation)] = []

    package init() {}

    /// Runs the world of a seed and adds what became of it.
    /// - Returns: the violation, if an invariant was broken.
    @discardableResult
    package mutating func run(_ seed: UInt64) -> Violation? { run(seed, World.Settings(seed: seed)) }

    /// Runs worlds, one from each seed from 1 on, until so many commits were made that nobody confirms, with the controller
    /// killed at random.
    package mutating func runCommits(_ count: Int) {
        var seed: UInt64 = 0
        while incidents[.unconfirmed] < count, failures.isEmpty {
            seed += 1
            run(seed, .commits(seed: seed))
        }
    }

    @discardableResult
    package mutating func run(_ seed: UInt64, _ settings: World.Settings) -> Violation? {
        var world = World(seed: seed, settings: settings)
        let violation = world.run()
        seeds += 1
        steps += world.steps
        incidents.add(world.incidents)
        if let violation { failures.append((seed, violation)) }
        return violation
    }

    package mutating func add(_ other: CampaignReport) {
        seeds += other.seeds
        steps += other.steps
        incidents.add(other.incidents)
        failures = (failures + other.failures).sorted { $0.seed < $1.seed }
    }
}
