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
    package mutating func run(_ seed: UInt64) -> Violation? {
        var world = World(seed: seed, settings: World.Settings(seed: seed))
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
