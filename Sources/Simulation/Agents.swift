// SPDX-License-Identifier: GPL-2.0-or-later
// The agents of the simulated hosts: how long they take, what they change and what they answer.
import ClusterXML
import NodeCore

extension ProcessRequest {
    /// A variable of its environment.
    fileprivate func value(_ name: String) -> String? {
        for entry in environment where entry.name == name {
            if case .text(let text) = entry.value { return text }
        }
        return nil
    }
}

extension World {
    /// An agent on a host: a resource agent whose effect the ground truth keeps.
    mutating func spawnAgent(_ request: ProcessRequest, on host: Int, owner: Int) {
        let action = request.choices.first?.arguments.last ?? ""
        let resource = request.value("OCF_RESOURCE_INSTANCE") ?? ""
        let target = request.value("OCF_RESKEY_CRM_meta_migrate_target").flatMap { hostNumber($0) }
        let (faults, calm) = (settings.faults, stormIsOver)
        let hangs = !calm && random.oneIn(faults.hangingAgent)
        let fails = !calm && random.oneIn(faults.failingAgent)
        let isSlow = !calm && random.oneIn(faults.slowAgent)
        if hangs { incidents[.hangingAgent] += 1 } else if fails { incidents[.failedAgent] += 1 }
        if isSlow { incidents[.slowAgent] += 1 }
        let duration: Duration = isSlow ? random.pick(.seconds(1) ... .seconds(15)) : random.pick(.milliseconds(5) ... .milliseconds(60))
        let acts = after(random.pick(.zero ... duration))
        let run = GroundTruth.Run(host: host, owner: owner, id: request.id, resource: resource, action: action, target: target, note: request.note)
        var (number, other) = truth.begin(run)
        if settings.sabotage == .overlapAgents, action == "start" { other = truth.begin(run).overlaps }
        if let other { checks.complain("\(action) and \(other) of \(resource) overlap on \(hostName(host))") }
        if !fails, !hangs, action != "monitor" { queue.plan(.agentActs(number), at: acts) }
        guard !hangs else { return }
        queue.plan(.agentEnds(number, ProcessOutcome(.exited(fails ? 1 : 0))), at: after(duration))
    }

    func hostName(_ host: Int) -> String { host == 0 ? Scenario.host : remotes[host - 1].name }

    func hostNumber(_ name: String) -> Int? {
        name == Scenario.host ? 0 : remotes.firstIndex { $0.name == name }.map { $0 + 1 }
    }

    /// A process of the cluster host: a resource agent, a fence agent, or one asked for its meta-data.
    mutating func spawnOnCluster(_ request: ProcessRequest) {
        let choice = request.choices.first
        let life = controller.life
        if choice?.arguments.last == "meta-data" || choice?.arguments.last == "metadata" {
            let text = Scenario.agentMetaData
            queue.plan(.helperEnds(life: life, request.id, ProcessOutcome(.exited(0), standardOutput: Array(text.utf8))), at: after(.milliseconds(5)))
        } else if choice?.path.contains("fence_") == true {
            runFenceAgent(request, life: life)
        } else {
            spawnAgent(request, on: 0, owner: life)
        }
    }

    private mutating func runFenceAgent(_ request: ProcessRequest, life: Int) {
        let words = String(decoding: request.standardInput, as: UTF8.self).split(separator: "\n")
        func value(_ name: String) -> Substring? { words.first { $0.hasPrefix(name + "=") }?.dropFirst(name.count + 1) }
        let action = value("action") ?? ""
        let duration = random.pick(.milliseconds(100) ... .seconds(2))
        let target = value("port") ?? value("plug") ?? value("nodename")
        if action == "reboot" || action == "off", let target, let host = remotes.firstIndex(where: { $0.name == target }) {
            queue.plan(.fencingActs(host: host), at: after(random.pick(.zero ... duration)))
        }
        queue.plan(.helperEnds(life: life, request.id, ProcessOutcome(.exited(0))), at: after(duration))
    }

    /// A fence agent reaches its device, whether or not the controller that has called it still lives.
    mutating func fencingActs(on host: Int) {
        incidents[.fencing] += 1
        losePower(host)
        queue.plan(.powerReturns(host: host), at: after(.seconds(2)))
        queue.plan(.remoteStarts(host: host), at: after(random.pick(.seconds(5) ... .seconds(30))))
    }

    mutating func losePower(_ host: Int) {
        note(remotes[host].name, "power lost")
        truth.lose(host: host + 1)
        remotes[host].server = nil
        remotes[host].life += 1
        remotes[host].hasPower = false
        loseLinks(host: host)
    }

    /// An agent does what it is there for.
    mutating func agentActs(_ number: UInt64) {
        // Nothing can be moved to a host without power; whether the cluster's daemon runs there makes no difference.
        if let target = truth.target(of: number), target > 0, !remotes[target - 1].hasPower { return }
        guard let run = truth.happen(number) else { return }
        guard run.action == "start" else { return }
        incidents[.start] += 1
        if settings.sabotage == .runTwice { truth.insert(run.resource, on: run.host == 1 ? 2 : 1) }
        // The agent of a promotable resource says how good its place is.
        if resources.contains(where: { $0.isPromotable && $0.name == run.resource }) {
            setPromotionScore(of: run.resource, on: run.host)
        }
    }

    /// An agent has come to its end; its daemon hears of it if it still is the one that started it.
    mutating func agentEnded(_ number: UInt64, _ outcome: ProcessOutcome) {
        guard let run = truth.end(number) else { return }
        var outcome = outcome
        if outcome.ending == .exited(0), run.action == "monitor" {
            let isActive = truth.isActive(run.resource, on: run.host)
            outcome.ending = .exited(!isActive ? 7 : truth.isPromoted(run.resource, on: run.host) ? 8 : 0)
        }
        if outcome.ending == .exited(0), run.action == "migrate_to", !run.happened { outcome.ending = .exited(1) }
        if outcome.ending == .exited(0), run.action == "migrate_from" || run.action == "promote", !truth.isActive(run.resource, on: run.host) {
            outcome.ending = .exited(1)
        }
        if run.action == "monitor", outcome.ending == .exited(0), resources.contains(where: { $0.isPromotable && $0.name == run.resource }) {
            setPromotionScore(of: run.resource, on: run.host)
        }
        tellOwner(run, outcome)
    }

    private mutating func tellOwner(_ run: GroundTruth.Run, _ outcome: ProcessOutcome) {
        if run.host == 0 {
            if run.owner == controller.life { tellController(.processFinished(run.id, outcome)) }
        } else if run.owner == remotes[run.host - 1].life {
            tellRemote(run.host - 1, .processFinished(run.id, outcome))
        }
    }

    /// Kills an agent of a daemon; what it had not done yet does not happen.
    mutating func kill(_ id: ProcessID, on host: Int, owner: Int) {
        for number in truth.kill(id, host: host, owner: owner) {
            queue.plan(.agentEnds(number, ProcessOutcome(.signaled(9))), at: after(.milliseconds(1)))
        }
    }
}
