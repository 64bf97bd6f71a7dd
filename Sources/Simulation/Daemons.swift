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
        controller.started = now.monotonic
        var configuration = NodeSettings(hostName: Scenario.host, programVersion: "simulated", seed: random.next())
        configuration.processors = 2
        controller.node = Node(settings: configuration)
        note("controller", "starts, life \(controller.life)")
        checks.controllerStarted(disk: controller.disk.cib, commitWaits: controller.disk.unconfirmed != nil)
        tellController(.agentsFound(survivors(on: 0, owner: controller.life)))
        tellController(.started(cib: controller.disk.cib, unconfirmed: controller.disk.unconfirmed, memory: settings.sabotage == .forgetMigrations ? nil : controller.disk.memory?.xml))
        openAdministrator()
    }

    mutating func killController() {
        guard controller.node != nil else { return }
        note("controller", "killed")
        incidents[.killedController] += 1
        if controller.disk.ownerDied(reached: random.pick(0...2)) { incidents[.lostWrite] += 1 }
        controllerIsGone()
    }

    private mutating func controllerIsGone() {
        controller.node = nil
        controller.life += 1
        checks.controllerDied()
        administrator.controllerDied()
        endLinksOfController()
    }

    mutating func tellController(_ input: NodeInput) {
        guard controller.node != nil else { return }
        if settings.sabotage == .sleep, stormIsOver, case .timerFired = input { return }
        controller.hasActed = true
        var effects: [NodeEffect] = []
        controller.node?.handle(input, at: now, into: &effects)
        for effect in effects { carryOut(effect) }
    }

    private mutating func carryOut(_ effect: NodeEffect) {
        switch effect {
        case .setTimer(.confirmation, _) where settings.sabotage == .keepUnconfirmed: break
        case .setTimer(let timer, let time):
            let token = random.next()
            controller.timers[timer] = token
            queue.plan(.controllerTimer(life: controller.life, timer, token: token), at: max(time, now.monotonic))
        case .cancelTimer(let timer): controller.timers[timer] = nil
        case .spawn(let request): spawnOnCluster(request)
        case .kill(let id, _): kill(id, on: 0, owner: controller.life)
        case .persist(let write):
            if controller.disk.write(write) { planWrite() }
        case .remember(let number, let memory):
            if controller.disk.remember(number, memory) { planMemory() }
        case .schedule(let request): schedule(request)
        case .openLink(let node, let server, _): openLink(node: node, server: server)
        case .closeLink(let node): closeLink(node: node)
        case .sendLink(let node, let message):
            if message["lrmd_op"] == "lrmd_rsc_exec" { incidents[.order] += 1 }
            checks.sent(message, to: node)
            if settings.sabotage == .repeatOrder { checks.sent(message, to: node) }
            if let link = currentLink(node: node) { send(.message(message), on: link, toController: false) }
        case .respond(let session, let id, let answer):
            if settings.sabotage == .answerNever { break }
            answered(session, id, answer)
            if settings.sabotage == .answerTwice { answered(session, id, answer) }
        case .event, .closeTool: break
        case .record(let event):
            if event.name == "transition-start" { incidents[.transition] += 1 }
            checks.recorded(event)
            if event.name == "commit-taken-back" { commitTakenBack() }
            note("controller", event.text)
        case .exit:
            note("controller", "leaves")
            if controller.disk.ownerDied(reached: 3) { incidents[.lostWrite] += 1 }
            controllerIsGone()
            queue.plan(.controllerStarts, at: after(random.pick(.milliseconds(100) ... .seconds(20))))
        }
    }

    private mutating func planWrite() {
        queue.plan(.diskWritten(life: controller.life), at: after(random.pick(.milliseconds(1) ... .milliseconds(15))))
    }

    private mutating func planMemory() {
        queue.plan(.memoryWritten(life: controller.life), at: after(random.pick(.milliseconds(1) ... .milliseconds(15))))
    }

    mutating func memoryWritten(_ life: Int) {
        guard life == controller.life, let write = controller.disk.finishMemory() else { return }
        tellController(write.isMade ? .remembered(write.number) : .notRemembered(reason: "No space left on device"))
        if controller.disk.beginNextMemory() { planMemory() }
    }

    mutating func diskWritten(_ life: Int) {
        guard life == controller.life, let write = controller.disk.finish() else { return }
        if write.isMade {
            if settings.sabotage == .forgetWrite { controller.disk.cib = Scenario.configuration(settings) }
            tellController(.persisted(write: write.number))
        } else {
            incidents[.refusedWrite] += 1
            tellController(.persistFailed(write: write.number, reason: "No space left on device"))
        }
        if controller.disk.beginNext() { planWrite() }
    }

    private mutating func schedule(_ request: SchedulerRequest) {
        if keepsLog { inputs.append(request.cib) }
        let cib = (try? upgrade.upgraded(request.cib)) ?? request.cib
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
        tellRemote(host, .agentsFound(survivors(on: host + 1, owner: remotes[host].life)))
    }

    /// What a new daemon reads in the journal of its predecessor.
    private mutating func survivors(on host: Int, owner: Int) -> [SurvivingAgent] {
        if settings.sabotage == .forgetAgents { return [] }
        let found = truth.adopt(host: host, owner: owner)
        incidents[.survivingAgent] += found.count
        return found
    }

    /// The daemon is gone at once; agents that it started go on.
    mutating func killRemote(_ host: Int) {
        guard remotes[host].server != nil else { return }
        note(remotes[host].name, "daemon killed")
        incidents[.killedRemote] += 1
        remoteIsGone(host)
    }

    private mutating func remoteIsGone(_ host: Int) {
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
            note(remotes[host].name, "daemon leaves")
            remoteIsGone(host)
            queue.plan(.remoteStarts(host: host), at: after(random.pick(settings.faults.outage)))
        case .record(let event): note(remotes[host].name, event.text)
        case .sendToTool, .closeTool, .closeListener: break
        }
    }
}
