// SPDX-License-Identifier: GPL-2.0-or-later
// Connections between the cluster host and remote hosts: ordered as TCP is, but slow, cut, broken and half-open at times.
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
    /// The controller has asked for it and has neither closed it nor heard of its end.
    var isWanted = true
    var isMade = false
    /// Carries nothing any more, whatever its ends believe.
    var isBroken = false
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
    // MARK: Opening

    /// The controller wants a connection.
    mutating func openLink(node: String, server: String) {
        closeLink(node: node)
        let host = remotes.firstIndex { $0.name == server }
        links.append(Link(controllerLife: controller.life, host: host ?? 0, node: node))
        let number = links.count - 1
        guard host != nil else {
            queue.plan(.linkFails(number, .other("unknown host \(server)")), at: after(.milliseconds(1)))
            return
        }
        queue.plan(.linkMade(number), at: after(messageDelay()))
    }

    /// The attempt reaches the other host, or nobody answers.
    mutating func linkMade(_ number: Int) {
        let link = links[number]
        guard isLive(link) else { return }
        if network.isCut[link.host] || !remotes[link.host].hasPower {
            queue.plan(.linkFails(number, .timeout), at: after(.seconds(10)))
            return
        }
        guard remotes[link.host].server != nil else {
            queue.plan(.linkFails(number, .refused), at: after(messageDelay()))
            return
        }
        links[number].isMade = true
        links[number].remoteLife = remotes[link.host].life
        links[number].remoteKnows = true
        tellRemote(link.host, .controllerConnected(sessionID(number), "cluster host"))
        queue.plan(.linkOpens(number), at: after(messageDelay()))
    }

    mutating func linkOpens(_ number: Int) {
        guard isLive(links[number]), !links[number].isBroken else { return }
        links[number].controllerKnows = true
        tellController(.linkOpened(node: links[number].node))
    }

    /// An attempt has failed.
    mutating func linkFails(_ number: Int, _ failure: LinkFailure) {
        guard isLive(links[number]) else { return }
        links[number].isWanted = false
        links[number].controllerKnows = false
        tellController(.linkClosed(node: links[number].node, failure))
    }

    /// Whether the controller of today still has to do with the link.
    private func isLive(_ link: Link) -> Bool { link.isWanted && link.controllerLife == controller.life }

    func sessionID(_ link: Int) -> SessionID { SessionID(UInt64(link) + 1) }

    func messageDelay() -> Duration { settings.faults.delay.lowerBound }

    // MARK: Carrying

    private mutating func drawDelay() -> Duration {
        if !stormIsOver, random.oneIn(settings.faults.lateMessage) {
            incidents[.lateMessage] += 1
            return random.pick(.zero ... settings.faults.longDelay)
        }
        return random.pick(settings.faults.delay)
    }

    /// Puts a segment on its way; order is kept.
    mutating func send(_ segment: Segment, on number: Int, toController: Bool) {
        guard links.indices.contains(number), links[number].isMade else { return }
        if links[number].isBroken {
            // Whoever sends on a connection that the other side has lost learns of it by a reset.
            if case .message = segment { incidents[.lostMessage] += 1 }
            queue.plan(.linkEnds(number, atController: !toController), at: after(drawDelay()))
            return
        }
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
        guard isLive(links[number]) else { return }
        switch segment {
        case .message(let message): tellController(.linkMessage(node: links[number].node, message))
        case .end: linkEnds(number, atController: true)
        }
    }

    private mutating func deliverToRemote(_ number: Int) {
        guard !links[number].toRemote.isEmpty else { return }
        let segment = links[number].toRemote.removeFirst()
        let host = links[number].host
        guard links[number].remoteKnows, links[number].remoteLife == remotes[host].life, remotes[host].server != nil else {
            // The host answers a segment for a connection that it does not know with a reset.
            if case .message = segment { send(.end, on: number, toController: true) }
            return
        }
        switch segment {
        case .message(let message): tellRemote(host, .controllerSent(sessionID(number), message))
        case .end: linkEnds(number, atController: false)
        }
    }

    // MARK: Ending

    /// One side learns that a connection is over.
    mutating func linkEnds(_ number: Int, atController: Bool) {
        if atController {
            guard isLive(links[number]) else { return }
            links[number].isWanted = false
            links[number].controllerKnows = false
            tellController(.linkClosed(node: links[number].node, .other("connection reset")))
        } else {
            let link = links[number]
            guard link.remoteKnows else { return }
            links[number].remoteKnows = false
            guard link.remoteLife == remotes[link.host].life else { return }
            tellRemote(link.host, .controllerLeft(sessionID(number), "connection closed"))
        }
    }

    /// The controller's side of all connections to a node is closed.
    mutating func closeLink(node: String) {
        for number in links.indices.reversed() where links[number].node == node && isLive(links[number]) {
            links[number].isWanted = false
            links[number].controllerKnows = false
            send(.end, on: number, toController: false)
        }
    }

    /// The connection that the controller uses for a node.
    func currentLink(node: String) -> Int? {
        links.lastIndex { $0.controllerKnows && $0.node == node && $0.controllerLife == controller.life }
    }

    /// The kernel of a host whose daemon died closes its connections.
    mutating func endLinks(ofRemote host: Int) {
        for number in links.indices where links[number].host == host && links[number].remoteKnows {
            links[number].remoteKnows = false
            send(.end, on: number, toController: true)
        }
    }

    mutating func endLinksOfController() {
        for number in links.indices where links[number].isWanted {
            links[number].isWanted = false
            links[number].controllerKnows = false
            send(.end, on: number, toController: false)
        }
    }

    /// A connection breaks: what is under way is lost. Each side learns of it sooner or later, or when it sends.
    mutating func breakLink(host: Int) {
        guard let number = links.lastIndex(where: { $0.host == host && $0.isMade && !$0.isBroken && $0.isWanted }) else { return }
        let lost = (links[number].toController + links[number].toRemote).filter { if case .message = $0 { true } else { false } }
        note("network", "connection to \(links[number].node) breaks, \(lost.count) messages lost")
        incidents[.brokenLink] += 1
        incidents[.lostMessage] += lost.count
        links[number].isBroken = true
        links[number].toController = []
        links[number].toRemote = []
        let isHalfOpen = random.oneIn(2)
        if isHalfOpen { incidents[.halfOpenLink] += 1 }
        let first = random.oneIn(2)
        let late = isHalfOpen ? random.pick(.seconds(5) ... .seconds(120)) : .milliseconds(5)
        queue.plan(.linkEnds(number, atController: first), at: after(.milliseconds(1)))
        queue.plan(.linkEnds(number, atController: !first), at: after(late))
    }

    /// A host without power neither sends nor knows anything any more.
    mutating func loseLinks(host: Int) {
        for number in links.indices where links[number].host == host {
            links[number].remoteKnows = false
            incidents[.lostMessage] += links[number].toRemote.count + links[number].toController.count
            links[number].toRemote = []
            links[number].toController = []
        }
    }

    /// The link carries again what it held up.
    mutating func heal(_ host: Int) {
        guard network.isCut[host] else { return }
        network.isCut[host] = false
        note("network", "link to \(remotes[host].name) healed")
        for number in links.indices where links[number].host == host {
            for _ in links[number].toController { queue.plan(.delivery(link: number, toController: true), at: after(messageDelay())) }
            for _ in links[number].toRemote { queue.plan(.delivery(link: number, toController: false), at: after(messageDelay())) }
        }
    }
}
