// SPDX-License-Identifier: GPL-2.0-or-later
// The simulated runtime: hands inputs to the cores and carries their effects out in the simulated world.
import CIBModel
import ClusterXML
import NodeCore
import Scheduling

extension World {
    // MARK: Controller

    mutating func startController() {
        guard controller.node == nil else { return }
        controller.life += 1
        controller.timers = [:]
        controller.writing = []
        var configuration = NodeSettings(hostName: "cent7-host", programVersion: "simulated", seed: random.next())
        configuration.processors = 2
        controller.node = Node(settings: configuration)
        note("controller", "starts, life \(controller.life)")
        checks.controllerStarted(disk: controller.disk)
        tellController(.started(cib: controller.disk))
        if !stormIsOver { openAdministrator() }
    }

    mutating func killController() {
        guard controller.node != nil else { return }
        note("controller", "killed")
        controller.node = nil
        controller.life += 1
        // Either the last write reached the disk or it did not.
        if let last = controller.writing.first, random.oneIn(2) { controller.disk = last }
        controller.writing = []
        checks.controllerDied()
        endLinksOfController()
    }

    mutating func tellController(_ input: NodeInput) {
        guard controller.node != nil else { return }
        var effects: [NodeEffect] = []
        controller.node?.handle(input, at: now, into: &effects)
        for effect in effects { carryOut(effect) }
    }

    private mutating func carryOut(_ effect: NodeEffect) {
        switch effect {
        case .setTimer(let timer, let time):
            let token = random.next()
            controller.timers[timer] = token
            queue.plan(.controllerTimer(life: controller.life, timer, token: token), at: max(time, now.monotonic))
        case .cancelTimer(let timer): controller.timers[timer] = nil
        case .spawn(let request): spawnOnCluster(request)
        case .kill(let id, _): kill(id, on: 0, owner: controller.life)
        case .persist(let cib, let version):
            controller.writing.append(cib)
            queue.plan(.controllerInput(life: controller.life, .persisted(version)), at: after(random.pick(.milliseconds(1) ... .milliseconds(15))))
        case .schedule(let request): schedule(request)
        case .openLink(let node, let server, _): openLink(node: node, server: server)
        case .closeLink(let node): closeLink(node: node)
        case .sendLink(let node, let message):
            checks.sent(message, to: node)
            if let link = currentLink(node: node) { send(.message(message), on: link, toController: false) }
        case .respond(let session, _, let answer): answered(session, answer)
        case .event, .closeTool: break
        case .record(let event): note("controller", event.text)
        case .exit:
            controller.node = nil
            controller.life += 1
        }
    }

    private mutating func schedule(_ request: SchedulerRequest) {
        if keepsLog { inputs.append(request.cib) }
        let cib = (try? CIBUpgrade.upgradedInMemory(request.cib)) ?? request.cib
        let result = Scheduler.run(cib: cib, now: Timestamp(epoch: request.time))
        let input = NodeInput.scheduled(result.transition, request: request.id, source: "simulated")
        queue.plan(.controllerInput(life: controller.life, input), at: after(random.pick(.milliseconds(1) ... .milliseconds(30))))
    }

    // MARK: Remote hosts

    mutating func startRemote(_ host: Int) {
        guard remotes[host].server == nil, remotes[host].hasPower else { return }
        remotes[host].life += 1
        remotes[host].timers = [:]
        remotes[host].server = RemoteServer(configuration: RemoteServerConfiguration(), seed: random.next(), at: now)
        note(remotes[host].name, "daemon starts")
    }

    /// The daemon is gone at once; agents that it started go on.
    mutating func killRemote(_ host: Int) {
        guard remotes[host].server != nil else { return }
        note(remotes[host].name, "daemon killed")
        remotes[host].server = nil
        remotes[host].life += 1
        endLinks(ofRemote: host)
    }

    mutating func tellRemote(_ host: Int, _ input: RemoteServerInput) {
        guard remotes[host].server != nil else { return }
        var effects: [RemoteServerEffect] = []
        remotes[host].server?.handle(input, at: now, into: &effects)
        for effect in effects { carryOut(effect, of: host) }
    }

    private mutating func carryOut(_ effect: RemoteServerEffect, of host: Int) {
        switch effect {
        case .sendToController(let session, let message):
            let link = Int(session.rawValue) - 1
            send(.message(message), on: link, toController: true)
        case .setTimer(let timer, let time):
            let token = random.next()
            remotes[host].timers[timer] = token
            queue.plan(.remoteTimer(host: host, life: remotes[host].life, timer, token: token), at: max(time, now.monotonic))
        case .cancelTimer(let timer): remotes[host].timers[timer] = nil
        case .spawn(let request): spawnAgent(request, on: host + 1, owner: remotes[host].life)
        case .kill(let id, _): kill(id, on: host + 1, owner: remotes[host].life)
        case .exit:
            remotes[host].server = nil
            remotes[host].life += 1
            endLinks(ofRemote: host)
        case .record(let event): note(remotes[host].name, event.text)
        case .sendToTool, .closeTool, .closeListener: break
        }
    }
}
