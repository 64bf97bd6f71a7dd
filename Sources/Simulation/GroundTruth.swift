// SPDX-License-Identifier: GPL-2.0-or-later
// What really runs on the simulated hosts, whatever the daemons believe.
import NodeCore

/// A host's resources and its running agents. It outlives the daemons: killing one ends no resource.
struct GroundTruth {
    /// One run of an agent.
    struct Run {
        let host: Int
        let owner: Int
        let id: ProcessID
        let resource: String
        let action: String
        /// The moment at which the action takes effect, a part of its whole time.
        let effectAt: Instant
        var happened = false
    }

    /// For each host, the resources active on it, sorted.
    private(set) var active: [[String]]
    private(set) var runs: [UInt64: Run] = [:]
    private var nextRun: UInt64 = 0
    /// All starts that took effect, for the check that nothing is started twice.
    private(set) var startCount = 0

    init(hosts: Int) { active = Array(repeating: [], count: hosts) }

    mutating func begin(_ run: Run) -> UInt64 {
        nextRun += 1
        runs[nextRun] = run
        return nextRun
    }

    /// Lets the run's action take effect.
    mutating func happen(_ number: UInt64) {
        guard var run = runs[number], !run.happened else { return }
        run.happened = true
        runs[number] = run
        switch run.action {
        case "start", "migrate_from":
            startCount += 1
            insert(run.resource, on: run.host)
        case "stop": remove(run.resource, from: run.host)
        default: break
        }
    }

    /// The run is over; what it would still have done does not happen.
    mutating func end(_ number: UInt64) -> Run? { runs.removeValue(forKey: number) }

    /// The numbers of the runs that fulfil a condition, in the order they began.
    func numbers(where condition: (Run) -> Bool) -> [UInt64] { runs.filter { condition($0.value) }.keys.sorted() }

    func isActive(_ resource: String, on host: Int) -> Bool { active[host].contains(resource) }

    mutating func insert(_ resource: String, on host: Int) {
        guard !active[host].contains(resource) else { return }
        active[host].append(resource)
        active[host].sort()
    }

    mutating func remove(_ resource: String, from host: Int) { active[host].removeAll { $0 == resource } }

    /// Power off: all resources and runs of the host are gone.
    mutating func lose(host: Int) {
        active[host] = []
        for number in numbers(where: { $0.host == host }) { runs[number] = nil }
    }

    /// The hosts on which a resource is active.
    func hosts(of resource: String) -> [Int] { active.indices.filter { active[$0].contains(resource) } }
}
