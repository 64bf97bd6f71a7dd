// SPDX-License-Identifier: GPL-2.0-or-later
// Simulated clusters in storms of faults, one from each seed. Tests/simulate runs as many as one likes in a release build.
//   CLUSTERCTL_SEEDS=COUNT    how many seeds (200)
//   CLUSTERCTL_FIRST_SEED     where to begin (1)
import Foundation
import NodeCore
import Simulation
import Testing

private func number(_ name: String) -> UInt64? { ProcessInfo.processInfo.environment[name].flatMap { UInt64($0) } }

@Suite struct SimulationTests {
    @Test("every invariant holds in every storm")
    func storms() async {
        let first = number("CLUSTERCTL_FIRST_SEED") ?? 1
        let report = await run(first..<(first + (number("CLUSTERCTL_SEEDS") ?? 200)))
        print("simulation: \(report.seeds) seeds, \(report.steps) steps; \(report.incidents)")
        expectNone(report)
        if report.seeds >= 200 {
            for incident in Incident.allCases { #expect(report.incidents[incident] > 0, "no \(incident.rawValue)") }
        }
    }

    /// Ten thousand of them: `Tests/simulate 10000 --deaths`.
    @Test("daemons may be killed all the time while slow agents work and resources move")
    func deaths() {
        var report = CampaignReport()
        for seed in 1...100 as ClosedRange<UInt64> { report.run(seed, .deaths(seed: seed)) }
        #expect(report.incidents[.survivingAgent] > 10)
        expectNone(report)
    }

    /// A thousand of them: `Tests/simulate --commits 1000`.
    @Test("commits that nobody confirms are taken back, whenever the controller is killed")
    func unconfirmedCommits() {
        var report = CampaignReport()
        report.runCommits(100)
        #expect(report.incidents[.takenBack] > 40)
        #expect(report.incidents[.killedController] > 40)
        expectNone(report)
    }

    @Test("the same seed gives the same run", arguments: [7, 8, 9] as [UInt64])
    func repeatability(_ seed: UInt64) {
        let logs = (0..<2).map { _ in
            var world = World(seed: seed, settings: World.Settings(seed: seed))
            world.keepsLog = true
            _ = world.run()
            return world.log
        }
        #expect(!logs[0].isEmpty)
        #expect(logs[0] == logs[1])
    }

    /// Forgotten migrations show in one run of very many: FaultTests and NodeCoreTests have that case.
    @Test("a daemon that misbehaves is found out", arguments: Sabotage.allCases.filter { $0 != .forgetMigrations })
    func sabotage(_ sabotage: Sabotage) {
        var found: Violation?
        var seed: UInt64 = 0
        while found == nil, seed < 200 {
            seed += 1
            var settings: World.Settings = sabotage == .forgetAgents ? .deaths(seed: seed) : .init(seed: seed)
            settings.sabotage = sabotage
            if sabotage != .keepUnconfirmed { settings.faults.disturbances.removeAll { $0 == .commitUnconfirmed } }
            var world = World(seed: seed, settings: settings)
            found = world.run()
        }
        #expect(found?.description.contains(sabotage.complaint) == true, "\(found?.description ?? "nothing found")")
    }

    private func expectNone(_ report: CampaignReport) {
        for (seed, violation) in report.failures.prefix(10) {
            Issue.record("seed \(seed): \(violation)\nreplay: Tests/simulate --seed \(seed)")
        }
    }

    /// Every core of the machine takes seeds in turn.
    private func run(_ seeds: Range<UInt64>) async -> CampaignReport {
        let workers = UInt64(max(1, ProcessInfo.processInfo.activeProcessorCount))
        return await withTaskGroup(of: CampaignReport.self) { group in
            for worker in 0..<workers {
                group.addTask {
                    var report = CampaignReport()
                    for seed in seeds where seed % workers == worker { report.run(seed) }
                    return report
                }
            }
            return await group.reduce(into: CampaignReport()) { $0.add($1) }
        }
    }
}
