// SPDX-License-Identifier: GPL-2.0-or-later
// Runs simulated clusters through storms of faults, one from each seed; Tests/simulate builds and calls it. Not shipped.
import ClusterXML
import Glibc
import Simulation

private let usage = """
    usage: simulate [COUNT [FIRST-SEED]] [--jobs N] [--deaths] [--sabotage KIND]
           simulate --seed SEED [--inputs FOLDER] [--commits | --deaths]
           simulate --commits COUNT
      COUNT FIRST-SEED  how many seeds (10000), from which on (1)
      --jobs N          threads (1)
      --seed SEED       only this one, with the daemons' logs: how a failing run is replayed
      --inputs FOLDER   with it: write what the scheduler was given to files for crm_simulate
      --deaths          daemons are killed all the time, agents are slow and messages late
      --sabotage KIND   the daemons misbehave, to see how soon that is found
      --commits COUNT   so many commits that nobody confirms, the controller killed at random: all must be taken back

    """

private struct Options {
    var count: UInt64 = 10_000
    var first: UInt64 = 1
    var jobs: UInt64 = 1
    var seed: UInt64?
    var inputs: String?
    var commits: Int?
    var deaths = false
    var sabotage: Sabotage?

    func settings(_ seed: UInt64) -> World.Settings {
        var settings: World.Settings = deaths ? .deaths(seed: seed) : commits == nil ? .init(seed: seed) : .commits(seed: seed)
        settings.sabotage = sabotage
        return settings
    }

    /// nil for arguments that say nothing.
    init?(_ arguments: [String]) {
        var numbers: [UInt64] = []
        var rest = arguments[...]
        while let word = rest.popFirst() {
            switch word {
            case "--jobs", "-j":
                guard let number = rest.popFirst().flatMap({ UInt64($0) }), number > 0 else { return nil }
                jobs = min(number, 256)
            case "--seed":
                guard let number = rest.popFirst().flatMap({ UInt64($0) }) else { return nil }
                seed = number
            case "--deaths": deaths = true
            case "--sabotage":
                guard let kind = rest.popFirst().flatMap({ Sabotage(rawValue: $0) }) else { return nil }
                sabotage = kind
            case "--commits":
                if let number = rest.first.flatMap({ Int($0) }) {
                    rest.removeFirst()
                    commits = number
                } else {
                    commits = 0
                }
            case "--inputs":
                guard let folder = rest.popFirst() else { return nil }
                inputs = folder
            default:
                guard let number = UInt64(word), numbers.count < 2 else { return nil }
                numbers.append(number)
            }
        }
        if let number = numbers.first { count = number }
        if numbers.count > 1 { first = numbers[1] }
    }
}

/// Prints a line at once, also into a file.
private func say(_ line: String) {
    print(line)
    fflush(nil)
}

/// Prints the run of one seed; its last line is the violation, if there is one.
private func replay(_ seed: UInt64, _ settings: World.Settings, inputs folder: String?) -> Int32 {
    var world = World(seed: seed, settings: settings)
    world.keepsLog = true
    let violation = world.run()
    for line in world.log { print(line) }
    if let folder {
        for (index, input) in world.inputs.enumerated() {
            guard let file = fopen("\(folder)/input-\(index).xml", "w") else { return EX_CANTCREAT }
            fputs(input.serialized(.indented), file)
            fclose(file)
        }
    }
    print(violation.map { "seed \(seed): \($0)" } ?? "seed \(seed): every invariant holds")
    return violation == nil ? 0 : 1
}

private func seconds(since start: ContinuousClock.Instant) -> Double {
    let parts = (ContinuousClock.now - start).components
    return Double(parts.seconds) + Double(parts.attoseconds) / 1e18
}

@main
struct Simulator {
    static func main() async {
        guard let options = Options(Array(CommandLine.arguments.dropFirst())) else {
            print(usage)
            exit(64)
        }
        if let seed = options.seed {
            exit(replay(seed, options.settings(seed), inputs: options.inputs))
        }
        let start = ContinuousClock.now
        var total = CampaignReport()
        if let count = options.commits {
            total.runCommits(count)
            for (seed, violation) in total.failures { print("seed \(seed): \(violation)\n  replay: Tests/simulate --seed \(seed) --commits") }
        } else {
            total = await campaign(options, start)
        }
        let time = seconds(since: start)
        let busy = Double(clock()) / Double(CLOCKS_PER_SEC)
        print("\(total.seeds) seeds, \(total.steps) steps in \(Int(time)) s: \(rate(total.seeds, time)) seeds a second, "
            + "\(rate(total.seeds, busy)) a second of processor time; \(total.failures.count) violations")
        print("what happened: \(total.incidents)")
        if !total.failures.isEmpty { print("violated by seeds: \(total.failures.map { String($0.seed) }.joined(separator: " "))") }
        exit(total.failures.isEmpty ? 0 : 1)
    }

    private static func rate(_ seeds: Int, _ time: Double) -> Double { (Double(seeds) / max(time, 0.001) * 10).rounded() / 10 }

    /// Threads take blocks of seeds in turn; after each block what there is to say is said.
    private static func campaign(_ options: Options, _ start: ContinuousClock.Instant) async -> CampaignReport {
        let block: UInt64 = 100
        let last = options.first + options.count
        var next = options.first
        var total = CampaignReport()
        var told = 0
        await withTaskGroup(of: CampaignReport.self) { group in
            func begin() {
                guard next < last else { return }
                let seeds = next..<min(next + block, last)
                next = seeds.upperBound
                group.addTask {
                    var report = CampaignReport()
                    for seed in seeds {
                        guard let violation = report.run(seed, options.settings(seed)) else { continue }
                        say("seed \(seed): \(violation)\n  replay: Tests/simulate --seed \(seed)\(options.deaths ? " --deaths" : "")")
                    }
                    return report
                }
            }
            for _ in 0..<options.jobs { begin() }
            while let report = await group.next() {
                total.add(report)
                begin()
                guard total.seeds / 1000 > told else { continue }
                told = total.seeds / 1000
                say("… \(total.seeds) seeds, \(total.failures.count) violations, \(rate(total.seeds, seconds(since: start))) seeds a second")
            }
        }
        return total
    }
}
