// SPDX-License-Identifier: GPL-2.0-or-later
// The status section in the order that decides action numbers (scheduler spec 9.1, 9.3).

import CIBModel
import ClusterXML

extension ClusterState {
    mutating func unpackStatus(_ status: XMLElement) {
        for (position, child) in status.children.enumerated() {
            switch child.name {
            case "tickets": unpackTickets(child)
            case "node_state": unpackNodeState(child, position)
            default: break
            }
        }
        let states = status.children
        while unpackHistories(states, includingRest: false) {}
        _ = unpackHistories(states, includingRest: options.fencingEnabled)
        for container in containersToStop {
            if let node = currentNode(container) {
                getAction(container, .stop, node: node, optional: false)
            }
        }
        finishRemoteNodes()
    }

    // MARK: - Tickets

    private mutating func unpackTickets(_ element: XMLElement) {
        for state in element.elements("ticket_state") {
            guard let id = state.id else { continue }
            let position = ticketPosition(id)
            for attribute in state.attributes where attribute.name != "id" {
                tickets[position].attributes[attribute.name] = attribute.value
            }
            // A ticket whose state is there twice keeps what only the first one says.
            let attributes = tickets[position].attributes
            tickets[position].isGranted = Scan.isTrue(attributes["granted"])
            tickets[position].isStandby = Scan.isTrue(attributes["standby"])
            tickets[position].lastGranted = attributes["last-granted"].flatMap(Scan.integer)
        }
    }

    /// Position of a ticket, created (not granted) if it is new.
    package mutating func ticketPosition(_ id: String) -> Int {
        if let position = ticketPositions[id] { return position }
        tickets.append(Ticket(id: id))
        ticketPositions[id] = tickets.count - 1
        return tickets.count - 1
    }

    // MARK: - Node states

    private func node(ofState element: XMLElement) -> NodeIndex? {
        if let id = element.id, let found = nodesByID[id] { return found }
        if let id = element.id, let found = node(id: id) { return found }
        return element["uname"].flatMap { node(named: $0) }
    }

    private mutating func unpackNodeState(_ element: XMLElement, _ position: Int) {
        guard element.id != nil else {
            error("Ignoring node state without id")
            return
        }
        guard let node = node(ofState: element) else {
            note("Ignoring recorded state for removed node with name \(element["uname"] ?? "unknown") and id \(element.id ?? "")")
            return
        }
        nodes[node].flags.insert(.hasState)
        nodes[node].statePosition = position
        if nodes[node].isRemote {
            if (element["node_fenced"].flatMap(Scan.integer) ?? 0) != 0 { nodes[node].flags.insert(.remoteFenced) }
            return
        }
        applyTransientAttributes(element, node)
        nodes[node].flags.remove(.unclean)
        nodes[node].flags.insert(.seen)
        determineOnlineState(element, node)
        if !haveQuorum, nodes[node].isOnline, options.noQuorumPolicy == .fence {
            fence(node, reason: "cluster does not have quorum")
        }
    }

    mutating func applyTransientAttributes(_ element: XMLElement, _ node: NodeIndex) {
        addAttributes(of: element.first("transient_attributes") ?? XMLElement("transient_attributes"), to: node, overwrite: true)
        nodes[node].featureSet = nodes[node].attributes["#feature-set"]
        if Scan.isTrue(nodes[node].attributes["standby"]) { nodes[node].flags.insert(.standby) }
        if Scan.isTrue(nodes[node].attributes["maintenance"]) { nodes[node].flags.insert(.maintenance) }
    }

    /// Whether the transient attribute `shutdown` asks the node to go.
    func shutdownRequested(_ node: NodeIndex) -> Bool {
        guard let value = nodes[node].attributes["shutdown"] else { return false }
        return value != "0"
    }

    // MARK: - Histories (9.3)

    /// One pass over the node states.
    /// - Parameter includingRest: unpack what is still not unpacked (the last pass with fencing).
    /// - Returns: whether some history was unpacked.
    private mutating func unpackHistories(_ states: [XMLElement], includingRest: Bool) -> Bool {
        var found = false
        if history.isEmpty { reserveHistory(states) }
        for element in states where element.name == "node_state" {
            guard element["uname"] != nil, let node = node(ofState: element) else { continue }
            if nodes[node].flags.contains(.unpacked) { continue }
            if !includingRest {
                if nodes[node].isRemote {
                    guard isReadyForHistory(node) else { continue }
                } else if !nodes[node].isOnline, !options.fencingEnabled, !options.shutdownLock {
                    continue
                }
            }
            if nodes[node].isRemote {
                determineRemoteOnlineState(node)
                applyRemoteAttributes(element, node)
            }
            unpackHistory(element, node)
            nodes[node].flags.insert(.unpacked)
            found = true
        }
        return found
    }

    /// Makes room for all entries at once: growing to a million by doubling would touch twice the memory.
    private mutating func reserveHistory(_ states: [XMLElement]) {
        var count = 0
        for element in states where element.name == "node_state" {
            count += element.first("lrm")?.first("lrm_resources")?.children.count ?? 0
        }
        history.reserveCapacity(count)
    }

    private func isReadyForHistory(_ node: NodeIndex) -> Bool {
        // Whose connection is not configured any more has no history, whatever is locked.
        guard let connection = nodes[node].connection else { return false }
        let isStarted = resources[connection].originalRole == .started
        if let launcher = resources[connection].launcher {
            return isStarted && resources[launcher].originalRole == .started
        }
        return isStarted || options.shutdownLock
    }

    private mutating func finishRemoteNodes() {
        for node in nodeOrder where nodes[node].isRemote {
            if nodes[node].isShuttingDown, let connection = nodes[node].connection {
                resources[connection].nextRole = .stopped
            }
            if !nodes[node].flags.contains(.unpacked) { determineRemoteOnlineState(node) }
        }
    }
}
