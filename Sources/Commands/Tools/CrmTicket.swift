// SPDX-License-Identifier: GPL-2.0-or-later
// crm_ticket: tickets of multi-site clusters (spec: cli-tools section 15).
package import ArgumentParser
import CIBModel
import ClusterXML
import Glibc

package struct CrmTicket: ParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "crm_ticket", abstract: "Show, grant and revoke the tickets that resources depend on.")

    @OptionGroup var common: CommonToolOptions
    @OptionGroup var output: OutputOptions
    @Option(name: [.short, .customLong("ticket")], help: "The ticket; all of them by default.")
    var ticket: String?
    @Flag(name: [.customShort("l"), .long], help: "Show the tickets (the default).")
    var info = false
    @Flag(name: [.customShort("L"), .long], help: "Show the tickets with all their attributes.")
    var details = false
    @Flag(name: [.customShort("w"), .long], help: "Show the names of the tickets.")
    var raw = false
    @Flag(name: [.customShort("q"), .customLong("query-xml")], help: "Show the tickets as the CIB has them.")
    var queryXML = false
    @Flag(name: [.short, .long], help: "Show the constraints that depend on the ticket.")
    var constraints = false
    @Flag(name: [.short, .long], help: "Grant the ticket to this site.")
    var grant = false
    @Flag(name: [.short, .long], help: "Revoke the ticket from this site.")
    var revoke = false
    @Flag(name: [.short, .long], help: "Tell this site to relinquish the ticket.")
    var standby = false
    @Flag(name: [.short, .long], help: "Tell this site to use the ticket again.")
    var activate = false
    @Option(name: [.customShort("G"), .customLong("get-attr")], help: "Show an attribute of the ticket.")
    var getAttribute: String?
    @Option(name: [.customShort("S"), .customLong("set-attr")], help: "Set an attribute of the ticket.")
    var setAttribute: String?
    @Option(name: [.customShort("D"), .customLong("delete-attr")], help: "Delete an attribute of the ticket.")
    var deleteAttribute: String?
    @Flag(name: [.customShort("C"), .long], help: "Delete all that is known about the ticket.")
    var cleanup = false
    @Option(name: [.customShort("v"), .customLong("attr-value")], parsing: .unconditional, help: "The value for --set-attr.")
    var value: String?
    @Option(name: [.short, .long], parsing: .unconditional, help: "With --get-attr: what to show if there is none.")
    var `default`: String?
    @Flag(name: [.short, .long], help: "Do dangerous things.")
    var force = false
    @Option(name: [.customShort("n"), .customLong("set-name")], help: .hidden)
    var setName: String?

    package init() {}

    package func run() throws {
        try output.run { output in
            let session = try connect()
            do {
                try perform(session, try session.query(), output)
            } catch let error as CIBAccessError {
                throw CommandFailure(error.exitCode, "crm_ticket: Error performing operation: \(error.text)")
            }
        }
    }

    private func connect() throws -> CIBSession {
        do {
            return try CIBSession()
        } catch {
            throw CommandFailure(error.exitCode, "crm_ticket: Could not connect to the CIB: \(error.text)")
        }
    }

    private func perform(_ session: CIBSession, _ cib: XMLElement, _ output: ToolOutput) throws {
        let report = TicketReport(cib)
        if let getAttribute {
            return try report.attribute(getAttribute, of: try required(), standard: `default`, output)
        }
        if cleanup { return try cleanUp(try required(), report, session, output) }
        if grant || revoke || standby || activate || setAttribute != nil || deleteAttribute != nil {
            return try change(try required(), report, session, output)
        }
        if queryXML { return try report.state(of: ticket, output) }
        if constraints { return try report.constraints(on: ticket, output) }
        try report.tickets(ticket, form: raw ? .names : details ? .details : .summary, output)
    }

    private func required() throws -> String {
        guard let ticket else { throw CommandFailure(.usage, "crm_ticket: Must supply ticket ID with -t") }
        return ticket
    }

    // MARK: Changes

    private func change(_ id: String, _ report: TicketReport, _ session: CIBSession, _ output: ToolOutput) throws {
        var updates: [(String, String)] = []
        if grant { updates.append(("granted", "true")) }
        if revoke { updates.append(("granted", "false")) }
        if standby { updates.append(("standby", "true")) }
        if activate { updates.append(("standby", "false")) }
        if let setAttribute {
            guard let value else { throw CommandFailure(.usage, "crm_ticket: Must supply value with -v for -S \(setAttribute)") }
            updates.append((setAttribute, value))
        }
        if !force {
            if let granted = updates.first(where: { $0.0 == "granted" })?.1 {
                throw refusal(isTrue(granted) ? .grant : .revoke, id, output)
            }
            if deleteAttribute == "granted" { throw refusal(.revoke, id, output) }
        }
        let before = report.states.first { $0.id == id }
        var state = before ?? XMLElement("ticket_state", [("id", id)])
        let existed = before != nil
        for (name, value) in updates { state[name] = value }
        // The time of a grant is when the ticket came, not when it was asked for again.
        if isTrue(state["granted"] ?? ""), !isTrue(before?["granted"] ?? "") { state["last-granted"] = String(time(nil)) }
        if let deleteAttribute {
            guard existed || !updates.isEmpty else { return }
            state[deleteAttribute] = nil
        }
        if state == before { return }
        if existed {
            try session.change(CIBRequest("cib_replace", section: "status", data: state))
        } else {
            let update = XMLElement("cib", children: [XMLElement("status", children: [XMLElement("tickets", children: [state])])])
            try session.change(CIBRequest("cib_modify", options: [.canCreate], data: update))
        }
    }

    private func cleanUp(_ id: String, _ report: TicketReport, _ session: CIBSession, _ output: ToolOutput) throws {
        guard let state = report.states.first(where: { $0.id == id }) else { return }
        if !force, isTrue(state["granted"] ?? "") { throw refusal(.revoke, id, output) }
        try session.change(
            CIBRequest("cib_delete", section: "status", data: XMLElement("ticket_state", [("id", id)])))
        output.info("Cleaned up \(id)")
    }

    private enum Danger { case grant, revoke }

    /// Explains why --force is needed.
    private func refusal(_ danger: Danger, _ id: String, _ output: ToolOutput) -> CommandFailure {
        switch danger {
        case .grant:
            output.error(
                """
                This command cannot help you verify whether '\(id)' has been already granted elsewhere.
                If you really want to grant '\(id)' to this site now, and you know what you are doing,
                please specify --force.
                """)
        case .revoke:
            output.error(
                """
                Revoking '\(id)' can trigger the specified 'loss-policy'(s) relating to '\(id)'.

                You can check that with:
                crm_ticket --ticket \(id) --constraints

                Otherwise before revoking '\(id)', you may want to make '\(id)' standby with:
                crm_ticket --ticket \(id) --standby

                If you really want to revoke '\(id)' from this site now, and you know what you are doing,
                please specify --force.
                """)
        }
        return CommandFailure(.unsafe, "crm_ticket: Ticket modification not allowed without --force")
    }

    private func isTrue(_ value: String) -> Bool { TicketReport.isTrue(value) }
}
