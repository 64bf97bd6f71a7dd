// SPDX-License-Identifier: GPL-2.0-or-later
// The agents of the simulated hosts: how long they take, what they change and what they answer.
import ClusterXML
import NodeCore

extension World {
    /// An agent on a host: a resource agent whose effect the ground truth keeps.
    mutating func spawnAgent(_ request: ProcessRequest, on host: Int, owner: Int) {
        let action = request.choices.first?.arguments.last ?? ""
        let resource = request.environment.first { $0.name == "OCF_RESOURCE_INSTANCE" }.flatMap { entry in
            if case .text(let name) = entry.value { name } else { nil }
        } ?? ""
        let (faults, calm) = (settings.faults, stormIsOver)
        let hangs = !calm && random.oneIn(faults.hangingAgent)
        let fails = !calm && random.oneIn(faults.failingAgent)
        let duration: Duration = !calm && random.oneIn(faults.slowAgent)
            ? random.pick(.seconds(1) ... .seconds(15)) : random.pick(.milliseconds(5) ... .milliseconds(60))
        let acts = after(random.pick(.zero ... duration))
        let run = truth.begin(GroundTruth.Run(
            host: host, owner: owner, id: request.id, resource: resource, action: action, effectAt: acts))
        if !fails, !hangs { queue.plan(.agentActs(run), at: acts) }
        guard !hangs else { return }
        queue.plan(.agentEnds(run, ProcessOutcome(.exited(fails ? 1 : 0))), at: after(duration))
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
        let target = value("port") ?? value("plug") ?? value("nodename")
        if action == "reboot" || action == "off", let target, let host = remotes.firstIndex(where: { $0.name == target }) {
            losePower(host)
            queue.plan(.powerReturns(host: host), at: after(.seconds(2)))
            queue.plan(.remoteStarts(host: host), at: after(random.pick(.seconds(5) ... .seconds(30))))
        }
        queue.plan(.helperEnds(life: life, request.id, ProcessOutcome(.exited(0))), at: after(random.pick(.milliseconds(100) ... .seconds(2))))
    }

    mutating func losePower(_ host: Int) {
        note(remotes[host].name, "power lost")
        truth.lose(host: host + 1)
        remotes[host].server = nil
        remotes[host].life += 1
        remotes[host].hasPower = false
        for number in links.indices where links[number].host == host {
            links[number].remoteKnows = false
            links[number].toRemote = []
            links[number].toController = []
        }
    }

    /// An agent has come to its end; its daemon hears of it if it still is the one that started it.
    mutating func agentEnded(_ number: UInt64, _ outcome: ProcessOutcome) {
        guard let run = truth.end(number) else { return }
        var outcome = outcome
        if outcome.ending == .exited(0), run.action == "monitor" {
            outcome.ending = .exited(truth.isActive(run.resource, on: run.host) ? 0 : 7)
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
        let numbers = truth.numbers { $0.host == host && $0.owner == owner && $0.id == id }
        for number in numbers { queue.plan(.agentEnds(number, ProcessOutcome(.signaled(9))), at: after(.milliseconds(1))) }
    }
}
