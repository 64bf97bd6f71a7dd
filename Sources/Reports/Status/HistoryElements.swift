// SPDX-License-Identifier: GPL-2.0-or-later
// Attributes, history, failures, tickets and bans as elements (cli-tools §5.7).
import CIBModel
import ClusterStatus
import ClusterXML

extension StatusReport {
    func attributesElement() -> XMLElement? {
        var nodes: [XMLElement] = []
        for n in state.nodeOrder where state.nodes[n].isOnline && allows(n) {
            let attributes = shownAttributes(n).map { attribute -> XMLElement in
                var element = XMLElement("attribute", [("name", attribute.name), ("value", attribute.value)])
                if let expected = attribute.expected { element["expected"] = "\(expected)" }
                return element
            }
            if !attributes.isEmpty { nodes.append(XMLElement("node", [("name", state.nodes[n].name)], children: attributes)) }
        }
        return nodes.isEmpty ? nil : XMLElement("node_attributes", children: nodes)
    }

    func historyElement() -> XMLElement? {
        let nodes = shownHistory().map { node in
            XMLElement("node", [("name", state.nodes[node.node].name)], children: node.resources.map(resourceHistoryElement))
        }
        return hasHistory ? XMLElement("node_history", children: nodes) : nil
    }

    private func resourceHistoryElement(_ history: ResourceHistory) -> XMLElement {
        var element = XMLElement("resource_history", [("id", history.id)])
        if let r = history.resource {
            element["orphan"] = "false"
            element["removed"] = "false"
            element["migration-threshold"] = "\(state.resources[r].migrationThreshold.value)"
            if history.failCount > .zero { element["fail-count"] = "\(history.failCount.value)" }
            if history.lastFailure > 0 { element["last-failure"] = clock.local(history.lastFailure) }
        } else {
            element["orphan"] = "true"
            element["removed"] = "true"
        }
        element.children = history.operations.map(operationElement)
        return element
    }

    private func operationElement(_ operation: OperationResult) -> XMLElement {
        var element = XMLElement(
            "operation_history",
            [
                ("call", "\(operation.callID)"), ("task", Self.taskName(operation)), ("rc", "\(operation.rc)"),
                ("rc_text", ExitCode.text(for: operation.rc)),
            ])
        if operation.intervalMs > 0 { element["interval"] = "\(operation.intervalMs)ms" }
        if operation.lastRCChange > 0 { element["last-rc-change"] = clock.local(operation.lastRCChange) }
        element["exec-time"] = operation.execTime.map { "\($0)ms" }
        element["queue-time"] = operation.queueTime.map { "\($0)ms" }
        return element
    }

    func failuresElement() -> XMLElement? {
        let failures = shownFailures().map { failure -> XMLElement in
            let operation = failure.operation
            var element = XMLElement(
                "failure",
                [
                    (operation.hasKey ? "op_key" : "id", operation.key), ("node", state.nodes[failure.node].name),
                    ("exitstatus", ExitCode.text(for: operation.rc)), ("exitreason", operation.exitReason ?? "none"),
                    ("exitcode", "\(operation.rc)"), ("call", "\(operation.callID)"),
                    ("status", Self.statusText(operation.status)),
                ])
            if operation.lastRCChange > 0 {
                element["last-rc-change"] = clock.standard(operation.lastRCChange)
                element["queued"] = operation.queueTime
                element["exec"] = operation.execTime
                element["interval"] = "\(operation.intervalMs)"
                element["task"] = operation.taskName
            }
            return element
        }
        return failures.isEmpty ? nil : XMLElement("failures", children: failures)
    }

    func ticketsElement() -> XMLElement? {
        let tickets = state.tickets.sorted { $0.id < $1.id }.map { ticket -> XMLElement in
            var element = XMLElement("ticket", [("id", ticket.id), ("status", ticket.isGranted ? "granted" : "revoked")])
            element["standby"] = "\(ticket.isStandby)"
            if let time = ticket.lastGranted, time > -1 { element["last-granted"] = clock.local(time) }
            return element
        }
        return tickets.isEmpty ? nil : XMLElement("tickets", children: tickets)
    }

    func bansElement() -> XMLElement? {
        let bans = shownBans().map { ban in
            XMLElement(
                "ban",
                [
                    ("id", ban.id), ("resource", state.resources[ban.resource].id), ("node", state.nodes[ban.node].name),
                    ("weight", "\(ban.score.value)"), ("promoted-only", "\(ban.promotedOnly)"),
                    ("master_only", "\(ban.promotedOnly)"),
                ])
        }
        return bans.isEmpty ? nil : XMLElement("bans", children: bans)
    }
}
