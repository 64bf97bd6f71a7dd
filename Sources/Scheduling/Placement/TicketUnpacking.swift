// SPDX-License-Identifier: GPL-2.0-or-later
// `rsc_ticket` elements: which resources need a ticket, and what its loss means for them (scheduler spec 11.4).

import ClusterStatus
import ClusterXML
import CIBModel

extension ClusterState {
    /// Records a ticket constraint and applies it at once.
    mutating func unpackTicketConstraint(_ original: XMLElement) {
        guard let element = expandTags(in: original) else { return }
        let id = element.id ?? ""
        guard let name = element["ticket"] else {
            return error("Ignoring ticket constraint '\(id)' without ticket specified")
        }
        let ticket = Int32(ticketPosition(name))
        let policy = element["loss-policy"]
        var hadSet = false
        for reference in element.elements("resource_set") {
            guard let set = resolvedSet(reference) else { return }
            hadSet = true
            let (members, unknown) = knownMembers(set)
            for member in members { addTicket(id, ticket, policy, set["role"], to: member) }
            if let unknown { return ignoreRest(of: set, from: unknown) }
        }
        if hadSet { return }
        guard let resourceID = element["rsc"] else {
            return error("Ignoring ticket constraint '\(id)' without resource")
        }
        guard let r = constraintResource(resourceID) else {
            return error("Ignoring ticket constraint '\(id)' because resource '\(resourceID)' does not exist")
        }
        addTicket(id, ticket, policy, element["rsc-role"], to: r)
    }

    private mutating func addTicket(_ id: String, _ ticket: Int32, _ policy: String?, _ roleText: String?, to r: ResourceIndex) {
        guard var role = constraintRole(roleText, of: id) else { return }
        if role == .started { role = .unknown }
        let byRole: TicketConstraint.LossPolicy = role == .promoted ? .demote : .stop
        let loss: TicketConstraint.LossPolicy
        switch policy?.lowercased() {
        case "fence":
            loss = options.fencingEnabled ? .fence : .stop
            if !options.fencingEnabled {
                error("Resetting 'loss-policy' to 'stop' for ticket constraint '\(id)' because fencing is disabled")
            }
        case "freeze": loss = .freeze
        case "demote": loss = .demote
        case "stop": loss = .stop
        default: loss = byRole
        }
        let constraint = TicketConstraint(id: id, ticket: ticket, lossPolicy: loss, role: role)
        resources[r].tickets.append(constraint)
        let state = tickets[Int(ticket)]
        if !state.isGranted || state.isStandby { applyTicket(constraint, to: r) }
    }

    private mutating func applyTicket(_ constraint: TicketConstraint, to r: ResourceIndex) {
        if !resources[r].isPrimitive {
            for child in resources[r].children { applyTicket(constraint, to: child) }
            return
        }
        let ticket = tickets[Int(constraint.ticket)]
        if !ticket.isGranted, !resources[r].activeNodes.isEmpty {
            loseTicket(constraint, r)
        } else if constraint.role != .promoted || constraint.lossPolicy == .stop {
            banEverywhere(r, .ticket(ticket.id))
        }
    }

    private mutating func loseTicket(_ constraint: TicketConstraint, _ r: ResourceIndex) {
        let name = tickets[Int(constraint.ticket)].id
        let concernsRole = constraint.role == .unknown || constraint.role == resources[r].originalRole
        switch constraint.lossPolicy {
        case .stop: banEverywhere(r, .ticket(name))
        case .demote:
            if constraint.role != .promoted { banEverywhere(r, .ticket(name)) }
        case .fence:
            guard concernsRole else { return }
            banEverywhere(r, .ticket(name))
            for node in resources[r].activeNodes { fence(node, reason: "deadman ticket was lost") }
        case .freeze:
            guard concernsRole else { return }
            resources[r].flags.remove(.managed)
            resources[r].flags.insert(.blocked)
        }
    }

    /// Bans a resource, and everything below it, from all nodes.
    mutating func banEverywhere(_ r: ResourceIndex, _ cause: ScoreCause) {
        addScore(.minusInfinity, to: r, node: nil)
        recordScores(r, cause)
    }
}
