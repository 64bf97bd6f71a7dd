// SPDX-License-Identifier: GPL-2.0-or-later
// Supposed events: nodes that come and go, quorum, tickets, results of operations (scheduler §26.6).
import CIBModel
import ClusterStatus
import ClusterXML
import Scheduling

struct Injection {
    private let events: SimulatedEvents
    private let wall: Int64

    /// - Parameter wall: seconds since 1970, for the results of operations.
    init(_ events: SimulatedEvents, wall: Int64) {
        self.events = events
        self.wall = wall
    }

    /// Applies the events in the order the tool documents: quorum, watchdog, nodes, tickets, operations.
    func apply(to status: inout PaperStatus, _ state: ClusterState, _ out: ToolOutput, quiet: Bool) {
        var lines: [String] = []
        var elements: [XMLElement] = []
        var errors: [String] = []
        var modifications = XMLElement("modifications")
        if events.quorum != nil || events.watchdog != nil {
            var attributes: [(String, String)] = []
            if let quorum = events.quorum {
                lines.append("Setting quorum: \(quorum)")
                attributes.append(("quorum", quorum))
                status.setQuorum(quorum)
            }
            if let watchdog = events.watchdog {
                lines.append("Setting watchdog: \(watchdog)")
                attributes.append(("watchdog", watchdog))
                status.setOption("have-watchdog", watchdog)
            }
            modifications = XMLElement("modifications", attributes)
        }
        applyNodes(&status, &lines, &elements)
        applyTickets(&status, &lines, &elements)
        for specification in events.operations {
            lines.append("Injecting \(specification) into the configuration")
            elements.append(XMLElement("inject_spec", [("spec", specification)]))
            inject(specification, &status, state, &lines, &elements, &errors)
        }
        for error in errors { out.error(error) }
        guard !quiet else { return }
        if out.isStructured {
            for element in [modifications] + elements { out.result(element) }
        } else {
            out.line("Performing Requested Modifications:")
            for line in lines { out.line("  * \(line)") }
        }
    }

    private func applyNodes(_ status: inout PaperStatus, _ lines: inout [String], _ elements: inout [XMLElement]) {
        for node in events.up {
            lines.append("Bringing node \(node) online")
            elements.append(XMLElement("modify_node", [("action", "Online"), ("node", node)]))
            status.setMembership(of: node, online: true)
            status.submitState(of: node)
        }
        for node in events.down {
            lines.append("Taking node \(node) offline")
            elements.append(XMLElement("modify_node", [("action", "Offline"), ("node", node)]))
            status.setMembership(of: node, online: false)
            status.forgetHistory(of: node)
        }
        for node in events.fail {
            lines.append("Failing node \(node)")
            elements.append(XMLElement("modify_node", [("action", "Failing"), ("node", node)]))
            status.setLost(node)
            status.submitState(of: node)
        }
    }

    private func applyTickets(_ status: inout PaperStatus, _ lines: inout [String], _ elements: inout [XMLElement]) {
        let changes: [([String], (String) -> String, String, String, String)] = [
            (events.grant, { "Granting ticket \($0)" }, "Granting", "granted", "true"),
            (events.revoke, { "Revoking ticket \($0)" }, "Revoking", "granted", "false"),
            (events.standby, { "Making ticket \($0) standby" }, "Standby", "standby", "true"),
            (events.activate, { "Activating ticket \($0)" }, "Activating", "standby", "false"),
        ]
        for (tickets, text, action, name, value) in changes {
            for ticket in tickets {
                lines.append(text(ticket))
                elements.append(XMLElement("modify_ticket", [("action", action), ("ticket", ticket)]))
                status.setTicket(ticket, name, value)
            }
        }
    }

    // MARK: Operations

    private func inject(
        _ specification: String, _ status: inout PaperStatus, _ state: ClusterState, _ lines: inout [String],
        _ elements: inout [XMLElement], _ errors: inout [String]
    ) {
        guard let operation = InjectedOperation(specification) else {
            errors.append("Could not parse '\(specification)': RESOURCE_TASK_INTERVAL@NODE=RC expected")
            return
        }
        guard let resource = state.findResource(operation.resource) else {
            errors.append("Invalid resource name: \(operation.resource)")
            return
        }
        let events = status.countFailure(
            resource: operation.resource, task: operation.task, interval: operation.interval, rc: operation.rc,
            node: operation.node, startFailureIsFatal: state.options.startFailureIsFatal, time: wall)
        lines += events.map(\.text)
        elements += events.compactMap(\.element)
        var result = PaperResult(
            resource: operation.resource, task: operation.task, interval: operation.interval, rc: operation.rc, expectedRC: 0,
            node: operation.node, time: wall)
        result.agentClass = state.resources[resource].agent?.standard
        result.provider = state.resources[resource].agent?.provider
        result.type = state.resources[resource].agent?.type
        result.failureReason = "Simulated action result"
        status.record(result, names: [operation.resource], node: operation.node, nodeID: nil)
    }
}

/// `RESOURCE_TASK_INTERVAL@NODE=RC`, read from its end because resource names may contain anything.
struct InjectedOperation {
    let resource: String
    let task: String
    let interval: UInt32
    let node: String
    let rc: Int

    init?(_ text: String) {
        guard let equals = text.lastIndex(of: "="), let at = text[..<equals].lastIndex(of: "@"),
            let rc = Int(text[text.index(after: equals)...])
        else { return nil }
        let key = text[..<at]
        guard let last = key.lastIndex(of: "_"), let interval = UInt32(key[key.index(after: last)...]) else { return nil }
        let rest = key[..<last]
        var task = ""
        for known in ["migrate_from", "migrate_to"] where rest.hasSuffix("_\(known)") { task = known }
        if task.isEmpty {
            guard let underscore = rest.lastIndex(of: "_") else { return nil }
            task = String(rest[rest.index(after: underscore)...])
        }
        let name = rest.dropLast(task.count + 1)
        guard !name.isEmpty, !task.isEmpty else { return nil }
        resource = String(name)
        self.task = task
        self.interval = interval
        node = String(text[text.index(after: at)..<equals])
        self.rc = rc
    }
}
