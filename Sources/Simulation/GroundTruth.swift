// SPDX-License-Identifier: GPL-2.0-or-later
// What really runs on the simulated hosts, whatever the daemons believe.
import NodeCore

/// A host's resources and its running agents. It outlives the daemons: killing one ends no resource.
struct GroundTruth {
    /// One run of an agent.
    struct Run {
        let host: Int
        /// The life of the daemon that waits for its end, and that daemon's number for it.
        var owner: Int
        var id: ProcessID
        let resource: String
        let action: String
        /// The host that a migration leads to.
        let target: Int?
        /// What its daemon wrote down about it.
        let note: AgentNote?
        var happened = false
        /// Was told to end.
        var isKilled = false
    }

    /// For each host, the resources active on it, sorted.
    private(set) var active: [[String]]
    /// For each host, the resources promoted on it.
    private(set) var promoted: [[String]]
    /// In the order in which they began.
    private(set) var runs: [(number: UInt64, run: Run)] = []
    private var nextRun: UInt64 = 0
    /// Something has begun to run or stopped since this was last reset.
    var changed = false

    init(hosts: Int) {
        active = Array(repeating: [], count: hosts)
        promoted = active
    }

    /// - Returns: the run's number, and the action of an earlier run on the same resource that still goes on, whichever daemon began it.
    mutating func begin(_ run: Run) -> (number: UInt64, overlaps: String?) {
        let other = runs.first {
            $0.run.host == run.host && $0.run.resource == run.resource && !$0.run.isKilled
        }
        nextRun += 1
        runs.append((nextRun, run))
        return (nextRun, other?.run.action)
    }

    /// A new daemon finds what its predecessor has left at work.
    mutating func adopt(host: Int, owner: Int) -> [SurvivingAgent] {
        var found: [SurvivingAgent] = []
        for index in runs.indices where runs[index].run.host == host {
            guard let note = runs[index].run.note else { continue }
            let id = ProcessID(SurvivingAgent.firstProcess + runs[index].number)
            (runs[index].run.owner, runs[index].run.id) = (owner, id)
            found.append(SurvivingAgent(id: id, note: note))
        }
        return found
    }

    /// Lets the run's action take effect.
    /// - Returns: the run, if there is something to take effect.
    mutating func happen(_ number: UInt64) -> Run? {
        guard let index = runs.firstIndex(where: { $0.number == number }), !runs[index].run.happened else { return nil }
        runs[index].run.happened = true
        let run = runs[index].run
        switch run.action {
        case "start": insert(run.resource, on: run.host)
        case "stop": remove(run.resource, from: run.host)
        case "promote" where isActive(run.resource, on: run.host):
            if !promoted[run.host].contains(run.resource) { promoted[run.host].append(run.resource) }
            changed = true
        case "demote": promoted[run.host].removeAll { $0 == run.resource }
        case "migrate_to":
            guard let target = run.target, isActive(run.resource, on: run.host) else { break }
            remove(run.resource, from: run.host)
            insert(run.resource, on: target)
        default: break
        }
        return run
    }

    /// Where the migration that a run begins leads to.
    func target(of number: UInt64) -> Int? {
        runs.first { $0.number == number && $0.run.action == "migrate_to" }?.run.target
    }

    /// The run is over; what it would still have done does not happen.
    mutating func end(_ number: UInt64) -> Run? {
        guard let index = runs.firstIndex(where: { $0.number == number }) else { return nil }
        return runs.remove(at: index).run
    }

    /// Marks the runs of a process as told to end.
    /// - Returns: their numbers.
    mutating func kill(_ id: ProcessID, host: Int, owner: Int) -> [UInt64] {
        var numbers: [UInt64] = []
        for index in runs.indices where runs[index].run.host == host && runs[index].run.owner == owner && runs[index].run.id == id {
            runs[index].run.isKilled = true
            numbers.append(runs[index].number)
        }
        return numbers
    }

    func isActive(_ resource: String, on host: Int) -> Bool { active[host].contains(resource) }
    func isPromoted(_ resource: String, on host: Int) -> Bool { promoted[host].contains(resource) }

    mutating func insert(_ resource: String, on host: Int) {
        guard !active[host].contains(resource) else { return }
        active[host].append(resource)
        active[host].sort()
        changed = true
    }

    mutating func remove(_ resource: String, from host: Int) {
        active[host].removeAll { $0 == resource }
        promoted[host].removeAll { $0 == resource }
        changed = true
    }

    /// Power off: all resources and runs of the host are gone.
    mutating func lose(host: Int) {
        active[host] = []
        promoted[host] = []
        runs.removeAll { $0.run.host == host }
        changed = true
    }

    /// The hosts on which a resource is active.
    func hosts(of resource: String) -> [Int] { active.indices.filter { active[$0].contains(resource) } }
    func promotedHosts(of resource: String) -> [Int] { promoted.indices.filter { promoted[$0].contains(resource) } }
}
