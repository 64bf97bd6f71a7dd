// SPDX-License-Identifier: GPL-2.0-or-later
// What crm_ticket shows.
import CIBModel
import ClusterXML
import Glibc

struct TicketReport {
    enum Form { case names, summary, details }

    /// The ticket states of the CIB.
    let states: [XMLElement]
    private let ticketConstraints: [XMLElement]

    init(_ cib: XMLElement) {
        states = cib.first("status")?.first("tickets")?.elements("ticket_state").map { $0 } ?? []
        ticketConstraints = cib.first("configuration")?.first("constraints")?.elements("rsc_ticket").map { $0 } ?? []
    }

    static func isTrue(_ value: String) -> Bool { ["true", "yes", "on", "y", "1"].contains(value.lowercased()) }

    /// All tickets that have a state or that a constraint names, sorted.
    private var all: [XMLElement] {
        var found = states
        for constraint in ticketConstraints {
            guard let name = constraint["ticket"], !found.contains(where: { $0.id == name }) else { continue }
            found.append(XMLElement("ticket_state", [("id", name)]))
        }
        return found.sorted { ($0.id ?? "") < ($1.id ?? "") }
    }

    func tickets(_ id: String?, form: Form, _ output: ToolOutput) throws {
        let chosen = all.filter { id == nil || $0.id == id }
        if let id, chosen.isEmpty { throw CommandFailure(.noSuchObject, "crm_ticket: No such ticket '\(id)'") }
        for ticket in chosen { output.line(line(ticket, form)) }
        output.result(XMLElement("tickets", children: chosen.map { element($0, form) }))
    }

    private func line(_ ticket: XMLElement, _ form: Form) -> String {
        let name = ticket.id ?? ""
        if form == .names { return name }
        var text = "\(name)\t" + (Self.isTrue(ticket["granted"] ?? "") ? "granted" : "revoked")
        if Self.isTrue(ticket["standby"] ?? "") { text += " [standby]" }
        let attributes = ticket.attributes.filter { $0.name != "id" }.sorted { $0.name < $1.name }
        if form == .details, !attributes.isEmpty {
            let list = attributes.map { "\($0.name)=\($0.name == "last-granted" ? time(ticket) ?? $0.value : $0.value)" }
            text += "\t(" + list.joined(separator: ", ") + ")"
        } else if let time = time(ticket) {
            text += " last-granted=\"\(time)\""
        }
        return text
    }

    private func time(_ ticket: XMLElement) -> String? {
        guard let text = ticket["last-granted"], let seconds = Int64(text), seconds > 0 else { return nil }
        var moment = time_t(seconds)
        var parts = tm()
        localtime_r(&moment, &parts)
        return WriteTime.text(seconds + Int64(parts.tm_gmtoff))
    }

    private func element(_ ticket: XMLElement, _ form: Form) -> XMLElement {
        var element = XMLElement("ticket", [("id", ticket.id ?? "")])
        if form == .names { return element }
        element["status"] = Self.isTrue(ticket["granted"] ?? "") ? "granted" : "revoked"
        element["standby"] = Self.isTrue(ticket["standby"] ?? "") ? "true" : "false"
        element["last-granted"] = time(ticket)
        guard form == .details else { return element }
        for attribute in ticket.attributes.sorted(by: { $0.name < $1.name })
        where !["id", "granted", "standby", "last-granted"].contains(attribute.name) {
            element[attribute.name] = attribute.value
        }
        return element
    }

    func attribute(_ name: String, of id: String, standard: String?, _ output: ToolOutput) throws {
        guard let value = states.first(where: { $0.id == id })?[name] ?? standard else {
            throw CommandFailure(.noSuchObject)
        }
        let attribute = XMLElement("attribute", [("name", name), ("value", value)])
        output.result(XMLElement("tickets", children: [XMLElement("ticket", [("id", id)], children: [attribute])]), text: value)
    }

    func state(of id: String?, _ output: ToolOutput) throws {
        let chosen = states.filter { id == nil || $0.id == id }
        guard !chosen.isEmpty else {
            throw CommandFailure(.noSuchObject, "crm_ticket: Could not query ticket XML: No such device or address")
        }
        let shown = id == nil ? XMLElement("tickets", children: chosen) : chosen[0]
        if output.isText {
            output.line("State XML:\n")
            output.raw(shown.serialized(.indented))
        }
        let tickets = chosen.map { state -> XMLElement in
            var ticket = XMLElement("ticket", [("id", state.id ?? "")])
            ticket["status"] = Self.isTrue(state["granted"] ?? "") ? "granted" : "revoked"
            for attribute in state.attributes where attribute.name != "id" && attribute.name != "granted" {
                ticket[attribute.name] = attribute.value
            }
            return ticket
        }
        output.result(XMLElement("tickets", children: tickets))
    }

    func constraints(on id: String?, _ output: ToolOutput) throws {
        let chosen = ticketConstraints.filter { id == nil || $0["ticket"] == id }
        guard !chosen.isEmpty else {
            throw CommandFailure(.noSuchObject, "crm_ticket: Could not show ticket constraints: No such device or address")
        }
        if output.isText {
            output.line("Constraints XML:\n")
            let shown = chosen.count == 1 ? chosen[0] : XMLElement("xpath-query", children: chosen)
            output.raw(shown.serialized(.indented))
        }
        var tickets: [XMLElement] = []
        var resources: [String] = []
        for constraint in chosen {
            let name = constraint["ticket"] ?? ""
            if !tickets.contains(where: { $0.id == name }) {
                tickets.append(XMLElement("ticket", [("id", name)], children: [XMLElement("constraints")]))
            }
            if let index = tickets.firstIndex(where: { $0.id == name }) { tickets[index].children[0].children.append(constraint) }
            let sets = constraint.elements("resource_set").flatMap { $0.elements("resource_ref").compactMap(\.id) }
            for resource in [constraint["rsc"]].compactMap({ $0 }) + sets where !resources.contains(resource) {
                resources.append(resource)
            }
        }
        output.result(XMLElement("tickets", children: tickets))
        output.result(XMLElement("resources", children: resources.map { XMLElement("resource", [("id", $0)]) }))
    }
}
