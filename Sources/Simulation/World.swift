// SPDX-License-Identifier: GPL-2.0-or-later
// A simulated cluster: one cluster host and some remote hosts, on a virtual clock and network, from one seed.
// The daemons are the shipped cores; only what lies beyond their effects is simulated.
import CIBModel
package import ClusterXML
import NodeCore
import Scheduling

/// Everything that can happen in the simulated world.
enum WorldEvent {
    case controllerTimer(life: Int, NodeTimer, token: UInt64)
    case controllerInput(life: Int, NodeInput)
    case diskWritten(life: Int)
    case memoryWritten(life: Int)
    case remoteTimer(host: Int, life: Int, RemoteServerTimer, token: UInt64)
    case linkMade(Int)
    case linkFails(Int, LinkFailure)
    case linkOpens(Int)
    case linkEnds(Int, atController: Bool)
    case delivery(link: Int, toController: Bool)
    case agentActs(UInt64)
    case agentEnds(UInt64, ProcessOutcome)
    case fencingActs(host: Int)
    case helperEnds(life: Int, ProcessID, ProcessOutcome)
    case powerReturns(host: Int)
    case remoteStarts(host: Int)
    case controllerStarts
    case controllerDies(life: Int)
    case disturbance(Disturbance)
    case linkHeals(host: Int)
    case diskHasRoom
    case confirms
    case administrationEnds
    case stormEnds
}

/// The simulated world. `run()` lets it go on until its end and returns the first violation of an invariant.
package struct World {
    package struct Settings: Sendable {
        package var remotes = 2
        package var resources = 2
        package var speciality = Speciality.none
        /// Whether resources may run on the cluster host too.
        package var usesClusterHost = false
        /// With fencing every invariant holds strictly; without, a resource of a lost host may run twice.
        package var hasFencing = true
        package var faults = Faults()
        /// How long the world has to settle once the faults stopped.
        package var settlingTime = Duration.seconds(600)
        /// Whether commits are confirmed at times.
        package var confirmsCommits = true
        /// A daemon that misbehaves, to see the checkers find it.
        package var sabotage: Sabotage?

        package init() {}
    }

    let settings: Settings
    let seed: UInt64
    let resources: [SimulatedResource]
    var random: RandomSource
    var queue = EventQueue<WorldEvent>()
    var now = Now(monotonic: .origin, wall: WallTime(seconds: 1_800_000_000))
    var truth: GroundTruth
    var controller = ControllerHost()
    var remotes: [RemoteHost]
    var links: [Link] = []
    var network: VirtualNetwork
    var administrator = Administrator()
    var checks = Checks()
    var upgrade = CIBUpgradeMemory()
    var stormIsOver = false
    /// The last lines of the daemons' logs, kept for a failing run.
    package private(set) var log: [String] = []
    package var keepsLog = false
    /// The CIBs that were scheduled, kept with the log: inputs for crm_simulate.
    package internal(set) var inputs: [XMLElement] = []
    package private(set) var steps = 0
    package internal(set) var incidents = IncidentCounts()

    package init(seed: UInt64, settings: Settings) {
        self.seed = seed
        self.settings = settings
        random = RandomSource(seed: seed)
        truth = GroundTruth(hosts: settings.remotes + 1)
        resources = Scenario.resources(settings)
        remotes = (0..<settings.remotes).map { RemoteHost(name: "remote\($0 + 1)") }
        network = VirtualNetwork(remotes: settings.remotes)
    }

    /// Runs the world to its end.
    /// - Returns: nil if every invariant held, else the first violation.
    package mutating func run() -> Violation? {
        controller.disk.cib = Scenario.configuration(settings)
        for host in remotes.indices { queue.plan(.remoteStarts(host: host), at: after(random.pick(.zero ... .seconds(5)))) }
        queue.plan(.controllerStarts, at: after(random.pick(.zero ... .seconds(5))))
        planStorm()
        let end = Instant.origin + settings.faults.stormyTime.upperBound + settings.settlingTime
        while let (time, event) = queue.next() {
            if time > end { break }
            now = now.advanced(by: time - now.monotonic)
            steps += 1
            happen(event)
            if let violation = checkAlways() { return violation }
            if stormIsOver, steps % 64 == 0, checks.quietSince(now) >= .seconds(90), isSettled() == nil { return nil }
            if steps > 400_000 { return Violation("the world never becomes quiet: \(steps) events by \(now.monotonic.sinceOrigin)") }
        }
        return isSettled()
    }

    private mutating func planStorm() {
        let storm = settings.faults.stormyTime
        for _ in 0..<random.pick(settings.faults.disturbanceCount) {
            guard let disturbance = random.pick(settings.faults.disturbances) else { continue }
            queue.plan(.disturbance(disturbance), at: .origin + random.pick(storm))
        }
        queue.plan(.stormEnds, at: .origin + storm.upperBound)
    }

    func after(_ delay: Duration) -> Instant { now.monotonic + delay }

    private mutating func happen(_ event: WorldEvent) {
        switch event {
        case .controllerTimer(let life, let timer, let token):
            guard life == controller.life, controller.timers[timer] == token else { return }
            controller.timers[timer] = nil
            tellController(.timerFired(timer))
        case .controllerInput(let life, let input):
            guard life == controller.life else { return }
            tellController(input)
        case .diskWritten(let life): diskWritten(life)
        case .memoryWritten(let life): memoryWritten(life)
        case .remoteTimer(let host, let life, let timer, let token):
            guard life == remotes[host].life, remotes[host].timers[timer] == token else { return }
            remotes[host].timers[timer] = nil
            tellRemote(host, .timerFired(timer))
        case .linkMade(let link): linkMade(link)
        case .linkFails(let link, let failure): linkFails(link, failure)
        case .linkOpens(let link): linkOpens(link)
        case .linkEnds(let link, let atController): linkEnds(link, atController: atController)
        case .delivery(let link, let toController): deliver(link, toController: toController)
        case .agentActs(let run): agentActs(run)
        case .fencingActs(let host): fencingActs(on: host)
        case .agentEnds(let run, let outcome): agentEnded(run, outcome)
        case .helperEnds(let life, let id, let outcome):
            guard life == controller.life else { return }
            tellController(.processFinished(id, outcome))
        case .powerReturns(let host): remotes[host].hasPower = true
        case .remoteStarts(let host): startRemote(host)
        case .controllerStarts: startController()
        case .controllerDies(let life): if life == controller.life { killAndRestartController() }
        case .disturbance(let disturbance): disturb(disturbance)
        case .linkHeals(let host): heal(host)
        case .diskHasRoom: controller.disk.isFull = false
        case .confirms: confirm()
        case .administrationEnds: endAdministration()
        case .stormEnds: endStorm()
        }
    }

    mutating func note(_ who: String, _ text: String) {
        guard keepsLog else { return }
        log.append("\(now.monotonic.sinceOrigin) \(who): \(text)")
    }
}

/// The cluster host's daemon and disk.
struct ControllerHost {
    var node: Node?
    /// Counts the daemon's lives, so that what was meant for an earlier one is dropped.
    var life = 0
    var timers: [NodeTimer: UInt64] = [:]
    var disk = Disk()
    var started = Instant.origin
    /// The daemon has done something since the checkers last looked.
    var hasActed = false
}

/// A remote host's daemon.
struct RemoteHost {
    let name: String
    var server: RemoteServer?
    var life = 0
    var timers: [RemoteServerTimer: UInt64] = [:]
    var hasPower = true
    /// Tools that have run on it, each with a connection of its own.
    var tools: UInt64 = 0

    init(name: String) { self.name = name }
}
