// SPDX-License-Identifier: GPL-2.0-or-later
// Runs simulated clusters through storms of faults, one from each seed, and expects every invariant to hold.
//   CLUSTERCTL_SEEDS=COUNT    how many seeds (300)
//   CLUSTERCTL_SEED=NUMBER    only this one, with the daemons' logs: how a failing run is replayed
//   CLUSTERCTL_INPUTS=FOLDER  with it: write what the scheduler was given to files for crm_simulate
//   CLUSTERCTL_FIRST_SEED     where to begin (1)
import Foundation
import ClusterXML
import NodeCore
import Simulation
import Testing

private func number(_ name: String) -> UInt64? { ProcessInfo.processInfo.environment[name].flatMap { UInt64($0) } }

/// The world of a seed: the seed also decides how large it is.
private func world(_ seed: UInt64) -> World {
    var settings = World.Settings()
    settings.remotes = 2 + Int(seed % 3 == 0 ? 1 : 0)
    settings.resources = 1 + Int(seed % 4)
    settings.hasFencing = seed % 5 != 4
    return World(seed: seed, settings: settings)
}

private struct Report: Sendable {
    var steps = 0
    var failures: [(seed: UInt64, violation: Violation)] = []
}

@Suite struct SimulationTests {
    @Test func everyInvariantHoldsInEveryStorm() async {
        if let seed = number("CLUSTERCTL_SEED") {
            var world = world(seed)
            world.keepsLog = true
            let violation = world.run()
            print(world.log.joined(separator: "\n"))
            if let folder = ProcessInfo.processInfo.environment["CLUSTERCTL_INPUTS"] {
                for (index, input) in world.inputs.enumerated() {
                    try? input.serialized(.indented).write(toFile: "\(folder)/input-\(index).xml", atomically: true, encoding: .utf8)
                }
            }
            #expect(violation == nil)
            return
        }
        let first = number("CLUSTERCTL_FIRST_SEED") ?? 1
        let count = number("CLUSTERCTL_SEEDS") ?? 300
        let began = ContinuousClock.now
        let report = await run(first..<(first + count))
        let seconds = Double((ContinuousClock.now - began).components.seconds) + 0.001
        print("simulation: \(count) seeds, \(report.steps) steps, \(Int(Double(count) / max(seconds, 1))) seeds a second, \(report.failures.count) violations")
        for (seed, violation) in report.failures.sorted(by: { $0.seed < $1.seed }).prefix(10) {
            Issue.record("seed \(seed): \(violation)\nreplay: CLUSTERCTL_SEED=\(seed) swift test --filter SimulationTests")
        }
        if report.failures.count > 10 { print("violations of seeds: \(report.failures.map { String($0.seed) }.joined(separator: " "))") }
    }

    @Test func theSameSeedGivesTheSameRun() {
        for seed: UInt64 in [7, 8, 9] {
            var runs: [[String]] = []
            for _ in 0..<2 {
                var world = world(seed)
                world.keepsLog = true
                _ = world.run()
                runs.append(world.log)
            }
            #expect(!runs[0].isEmpty)
            #expect(runs[0] == runs[1])
        }
    }

    /// Every core of the machine takes seeds in turn.
    private func run(_ seeds: Range<UInt64>) async -> Report {
        let workers = UInt64(max(1, ProcessInfo.processInfo.activeProcessorCount))
        return await withTaskGroup(of: Report.self) { group in
            for worker in 0..<workers {
                group.addTask {
                    var report = Report()
                    for seed in seeds where seed % workers == worker {
                        var world = world(seed)
                        if let violation = world.run() { report.failures.append((seed, violation)) }
                        report.steps += world.steps
                    }
                    return report
                }
            }
            return await group.reduce(into: Report()) { total, report in
                total.steps += report.steps
                total.failures += report.failures
            }
        }
    }
}
