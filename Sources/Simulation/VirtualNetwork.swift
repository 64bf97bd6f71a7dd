// SPDX-License-Identifier: GPL-2.0-or-later
// Connections between the cluster host and remote hosts: ordered and reliable as TCP is, but slow, cut and half-open at times.
import ClusterXML
import NodeCore

/// What travels on a connection.
enum Segment {
    case message(XMLElement)
    case end
}

/// One connection, from the attempt to its end on both sides.
struct Link {
    /// The controller's life and the remote daemon's life that it belongs to.
    let controllerLife: Int
    let host: Int
    var remoteLife = 0
    let node: String
    var isMade = false
    var controllerKnows = false
    var remoteKnows = false
    /// In flight or held up by a cut link, oldest first.
    var toController: [Segment] = []
    var toRemote: [Segment] = []
    var lastToController = Instant.origin
    var lastToRemote = Instant.origin
}

/// Which links carry nothing at the moment.
struct VirtualNetwork {
    var isCut: [Bool]

    init(remotes: Int) { isCut = Array(repeating: false, count: remotes) }
}

extension World {
    /// The controller wants a connection.
    mutating func openLink(node: String, server: String) {
        guard let host = remotes.firstIndex(where: { $0.name == server }) else {
            queue.plan(.controllerInput(life: controller.life, .linkClosed(node: node, .other("unknown host \(server)"))), at: after(.milliseconds(1)))
            return
        }
        links.append(Link(controllerLife: controller.life, host: host, node: node))
        queue.plan(.linkMade(links.count - 1), at: after(messageDelay()))
    }

    /// The attempt reaches the other host, or nobody answers.
    mutating func linkMade(_ number: Int) {
        let link = links[number]
        guard link.controllerLife == controller.life else { return }
        if network.isCut[link.host] || !remotes[link.host].hasPower {
            queue.plan(.controllerInput(life: controller.life, .linkClosed(node: link.node, .timeout)), at: after(.seconds(10)))
            return
        }
        guard remotes[link.host].server != nil else {
            queue.plan(.controllerInput(life: controller.life, .linkClosed(node: link.node, .refused)), at: after(messageDelay()))
            return
        }
        links[number].isMade = true
        links[number].remoteLife = remotes[link.host].life
        links[number].remoteKnows = true
        links[number].controllerKnows = true
        tellRemote(link.host, .controllerConnected(sessionID(number), "cluster host"))
        queue.plan(.controllerInput(life: controller.life, .linkOpened(node: link.node)), at: after(messageDelay()))
    }

    func sessionID(_ link: Int) -> SessionID { SessionID(UInt64(link) + 1) }

    func messageDelay() -> Duration { settings.faults.delay.lowerBound }

    private mutating func drawDelay() -> Duration {
        if !stormIsOver, random.oneIn(settings.faults.lateMessage) { return random.pick(.zero ... settings.faults.longDelay) }
        return random.pick(settings.faults.delay)
    }

    /// Puts a segment on its way; order is kept.
    mutating func send(_ segment: Segment, on number: Int, toController: Bool) {
        guard links.indices.contains(number), links[number].isMade else { return }
        let time = after(drawDelay())
        if toController {
            links[number].toController.append(segment)
            links[number].lastToController = max(time, links[number].lastToController)
            queue.plan(.delivery(link: number, toController: true), at: links[number].lastToController)
        } else {
            links[number].toRemote.append(segment)
            links[number].lastToRemote = max(time, links[number].lastToRemote)
            queue.plan(.delivery(link: number, toController: false), at: links[number].lastToRemote)
        }
    }

    mutating func deliver(_ number: Int, toController: Bool) {
        guard !network.isCut[links[number].host], remotes[links[number].host].hasPower else { return }
        if toController { deliverToController(number) } else { deliverToRemote(number) }
    }

    private mutating func deliverToController(_ number: Int) {
        guard !links[number].toController.isEmpty else { return }
        let segment = links[number].toController.removeFirst()
        let link = links[number]
        guard link.controllerKnows, link.controllerLife == controller.life else { return }
        switch segment {
        case .message(let message): tellController(.linkMessage(node: link.node, message))
        case .end:
            links[number].controllerKnows = false
            tellController(.linkClosed(node: link.node, .other("connection reset")))
        }
    }

    private mutating func deliverToRemote(_ number: Int) {
        guard !links[number].toRemote.isEmpty else { return }
        let segment = links[number].toRemote.removeFirst()
        let link = links[number]
        guard link.remoteKnows, link.remoteLife == remotes[link.host].life, remotes[link.host].server != nil else {
            // The host answers a segment for a connection that it does not know with a reset.
            if case .message = segment, link.controllerKnows { send(.end, on: number, toController: true) }
            return
        }
        switch segment {
        case .message(let message): tellRemote(link.host, .controllerSent(sessionID(number), message))
        case .end:
            links[number].remoteKnows = false
            tellRemote(link.host, .controllerLeft(sessionID(number), "connection closed"))
        }
    }

    /// The controller's side of all connections to a node is closed.
    mutating func closeLink(node: String) {
        for number in links.indices where links[number].node == node && links[number].controllerKnows && links[number].controllerLife == controller.life {
            links[number].controllerKnows = false
            send(.end, on: number, toController: false)
        }
    }

    /// The connection that the controller uses for a node.
    func currentLink(node: String) -> Int? {
        links.lastIndex { $0.node == node && $0.controllerKnows && $0.controllerLife == controller.life }
    }

    /// The kernel of a host whose daemon died closes its connections.
    mutating func endLinks(ofRemote host: Int) {
        for number in links.indices where links[number].host == host && links[number].remoteKnows {
            links[number].remoteKnows = false
            send(.end, on: number, toController: true)
        }
    }

    mutating func endLinksOfController() {
        for number in links.indices where links[number].controllerKnows {
            links[number].controllerKnows = false
            send(.end, on: number, toController: false)
        }
    }

    /// The link carries again what it held up.
    mutating func heal(_ host: Int) {
        network.isCut[host] = false
        note("network", "link to \(remotes[host].name) healed")
        for number in links.indices where links[number].host == host {
            for _ in links[number].toController { queue.plan(.delivery(link: number, toController: true), at: after(messageDelay())) }
            for _ in links[number].toRemote { queue.plan(.delivery(link: number, toController: false), at: after(messageDelay())) }
        }
    }
}
