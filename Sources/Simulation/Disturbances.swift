// SPDX-License-Identifier: GPL-2.0-or-later
// The storm: what happens to the simulated hosts from outside, and how it ends.
import ClusterXML
import NodeCore

extension World {
    mutating func disturb(_ disturbance: Disturbance) {
        guard !stormIsOver else { return }
        let host = random.pick(0...(remotes.count - 1))
        let outage = random.pick(settings.faults.outage)
        switch disturbance {
        case .cutLink:
            guard !network.isCut[host] else { return }
            note("network", "link to \(remotes[host].name) cut for \(outage)")
            incidents[.cutLink] += 1
            checks.hostWasLost = true
            network.isCut[host] = true
            queue.plan(.linkHeals(host: host), at: after(outage))
        case .breakLink:
            checks.hostWasLost = true
            breakLink(host: host)
        case .killRemote:
            checks.hostWasLost = true
            killRemote(host)
            queue.plan(.remoteStarts(host: host), at: after(outage))
        case .stopRemote:
            guard remotes[host].server != nil else { return }
            note(remotes[host].name, "is asked to stop")
            incidents[.stoppedRemote] += 1
            checks.hostWasLost = true
            tellRemote(host, .terminationRequested)
        case .crashRemoteHost:
            guard remotes[host].hasPower else { return }
            incidents[.crashedHost] += 1
            checks.hostWasLost = true
            losePower(host)
            queue.plan(.powerReturns(host: host), at: after(outage))
            queue.plan(.remoteStarts(host: host), at: after(outage + .seconds(1)))
        case .killController:
            // Half of the time just when somebody has changed something.
            guard random.oneIn(2) else { return killAndRestartController() }
            administer()
            queue.plan(.controllerDies(life: controller.life), at: after(random.pick(.zero ... .milliseconds(20))))
        case .stopController:
            guard controller.node != nil else { return }
            incidents[.stoppedController] += 1
            note("controller", "is asked to stop")
            tellController(.terminate)
        case .fillDisk:
            controller.disk.isFull = true
            note("storm", "disk full")
            administer()
            queue.plan(.diskHasRoom, at: after(random.pick(.milliseconds(100) ... .seconds(30))))
        case .failResource:
            guard let resource = random.pick(resources) else { return }
            incidents[.deadResource] += 1
            note("storm", "\(resource.name) dies")
            for place in truth.hosts(of: resource.name) { truth.remove(resource.name, from: place) }
        case .administer: administer()
        case .turnClock: turnClock(by: random.oneIn(2) ? .zero - random.pick(.seconds(1) ... .seconds(60)) : random.pick(.seconds(1) ... .seconds(3600)))
        case .commitUnconfirmed: commitUnconfirmed()
        }
    }

    /// Only the wall clock: durations are measured on the other one.
    private mutating func turnClock(by jump: Duration) {
        incidents[.clockJump] += 1
        note("storm", "the clock jumps by \(jump)")
        now.wall = WallTime(sinceEpoch: now.wall.sinceEpoch + jump)
        // A controller that is started again has only the wall clock to tell how long a commit may stay.
        if jump < .zero, let deadline = administrator.commit?.deadline { administrator.commit?.deadline = deadline + (.zero - jump) }
    }

    mutating func killAndRestartController() {
        killController()
        queue.plan(.controllerStarts, at: after(random.pick(.milliseconds(100) ... .seconds(20))))
    }

    mutating func endStorm() {
        stormIsOver = true
        note("storm", "over")
        controller.disk.isFull = false
        for host in remotes.indices {
            heal(host)
            remotes[host].hasPower = true
            queue.plan(.remoteStarts(host: host), at: after(.seconds(1)))
        }
        queue.plan(.controllerStarts, at: after(.seconds(1)))
        queue.plan(.administrationEnds, at: after(.seconds(60)))
        // Agents that hung were the storm's doing; their timeouts end them.
    }
}
