// SPDX-License-Identifier: GPL-2.0-or-later
// Alerts: scripts that are told of events (spec: cluster-daemon-facts 6).
import ClusterXML
import Messages

/// Something that alert scripts may be told of.
struct Alert: Sendable {
    enum Kind: String, Sendable { case node, fencing, resource, attribute }

    var kind: Kind
    var node: String
    var nodeID: String
    var description: String
    /// Further variables, without their prefix.
    var values: [(String, String)]
    /// For attributes: the name, which a selection may be limited to.
    var attribute: String?
}

/// One script for one recipient, as the configuration defines it.
struct AlertRecipient: Sendable {
    var id: String
    var path: String
    var recipient: String?
    var parameters: [(String, String)]
    /// Milliseconds.
    var timeout = 30_000
    var timeFormat = "%H:%M:%S.%06N"
    /// nil: everything but attributes.
    var kinds: [Alert.Kind]?
    var attributes: [String] = []

    func wants(_ alert: Alert) -> Bool {
        guard let kinds else { return alert.kind != .attribute }
        guard kinds.contains(alert.kind) else { return false }
        guard let name = alert.attribute, !attributes.isEmpty else { return true }
        return attributes.contains(name)
    }

    /// Reads the `alerts` section.
    static func all(_ section: XMLElement?) -> [AlertRecipient] {
        (section?.elements("alert").map { $0 } ?? []).flatMap { alert -> [AlertRecipient] in
            guard let id = alert.id, let path = alert["path"] else { return [] }
            var base = AlertRecipient(id: id, path: path, recipient: nil, parameters: [])
            base.read(alert)
            let recipients: [AlertRecipient] = alert.elements("recipient").map { element in
                var copy = base
                copy.id = element.id ?? id
                copy.recipient = element["value"]
                copy.read(element)
                return copy
            }
            return recipients.isEmpty ? [base] : recipients
        }
    }

    private mutating func read(_ element: XMLElement) {
        for set in element.elements("instance_attributes") {
            for pair in set.elements("nvpair") {
                guard let name = pair["name"] else { continue }
                parameters.removeAll { $0.0 == name }
                parameters.append((name, pair["value"] ?? ""))
            }
        }
        for set in element.elements("meta_attributes") {
            for pair in set.elements("nvpair") {
                if pair["name"] == "timeout" { timeout = milliseconds(pair["value"]) ?? timeout }
                if pair["name"] == "timestamp-format" { timeFormat = pair["value"] ?? timeFormat }
            }
        }
        guard let selection = element.first("select") else { return }
        let names = [("select_nodes", Alert.Kind.node), ("select_fencing", .fencing), ("select_resources", .resource), ("select_attributes", .attribute)]
        kinds = names.filter { selection.first($0.0) != nil }.map(\.1)
        attributes = selection.first("select_attributes")?.elements("attribute").compactMap { $0["name"] } ?? []
    }
}

extension Node {
    /// Runs the scripts that want to know of this.
    mutating func alert(_ alert: Alert, at now: Now, into effects: inout [NodeEffect]) {
        guard !alertRecipients.isEmpty else { return }
        let microseconds = (now.wall.sinceEpoch - .seconds(now.wall.seconds)).components.attoseconds / 1_000_000_000_000
        for recipient in alertRecipients where recipient.wants(alert) {
            var values: [(String, String)] = [
                ("kind", alert.kind.rawValue), ("version", settings.programVersion), ("node", alert.node), ("nodeid", alert.nodeID),
                ("desc", alert.description),
            ]
            values += alert.values
            if let text = recipient.recipient { values.append(("recipient", text)) }
            values += [
                ("timestamp", AlertTime.text(now.wall, settings.utcOffset, recipient.timeFormat)),
                ("timestamp_epoch", "\(now.wall.seconds)"), ("timestamp_usec", "\(microseconds)"),
            ]
            let parameters = ParameterList(values.map { ("CRM_alert_\($0.0)", $0.1) } + recipient.parameters)
            let order = AlertOrder(id: recipient.id, path: recipient.path, timeout: Int64(recipient.timeout), parameters: parameters)
            let call = nextCall
            nextCall += 1
            withExecutor(at: now, into: &effects) { _ = $0.alert(order, callID: call, from: .local, at: now, into: &$1) }
        }
    }

    mutating func alertNode(_ node: NodeIdentity, isMember: Bool, at now: Now, into effects: inout [NodeEffect]) {
        alert(
            Alert(kind: .node, node: node.name, nodeID: node.id, description: isMember ? "member" : "lost", values: []), at: now, into: &effects)
    }

    mutating func alertResult(_ record: OperationRecord, at now: Now, into effects: inout [NodeEffect]) {
        // That a probe found what was expected is no news.
        if record.action == "monitor", record.interval == 0, !record.failed { return }
        guard OperationHistory.isRecorded(record.action) else { return }
        let description = record.status == .done ? ResultNames.text(record) : "\(ResultNames.text(record))\(record.exitReason.isEmpty ? "" : ": \(record.exitReason)")"
        alert(
            Alert(kind: .resource, node: record.node.name, nodeID: record.node.id, description: description, values: [
                ("rsc", record.resource.id), ("task", record.action), ("interval", "\(record.interval)"), ("status", "\(record.status.rawValue)"),
                ("target_rc", "\(record.targetRC)"), ("rc", "\(record.rc)"), ("exec_time", "\(record.execTime)"),
            ]), at: now, into: &effects)
    }

    mutating func alertFencing(_ outcome: FencingOutcome, at now: Now, into effects: inout [NodeEffect]) {
        let request = outcome.request
        let result = outcome.succeeded ? "OK" : "Error"
        alert(
            Alert(kind: .fencing, node: request.target, nodeID: identity(request.target).id,
                description: "Operation \(request.action) of \(request.target) by \(outcome.delegate ?? "<no-one>") for \(request.client)@\(request.origin): \(result) (ref=\(outcome.id))",
                values: [("task", "st_notify_fence"), ("rc", outcome.succeeded ? "0" : "\(outcome.rc)")]), at: now, into: &effects)
    }

    mutating func alertAttribute(_ write: AttributeWrite, _ node: NodeIdentity, at now: Now, into effects: inout [NodeEffect]) {
        alert(
            Alert(kind: .attribute, node: node.name, nodeID: node.id, description: "", values: [
                ("attribute_name", write.name), ("attribute_value", write.value ?? ""),
            ], attribute: write.name), at: now, into: &effects)
    }
}

/// Times in the formats that alerts ask for: those of `date`, with `%N` for fractions.
enum AlertTime {
    static func text(_ time: WallTime, _ offset: Int64, _ format: String) -> String {
        let seconds = time.seconds + offset
        let day = seconds >= 0 ? seconds / 86_400 : (seconds - 86_399) / 86_400
        let rest = seconds - day * 86_400
        let (year, month, date) = civil(day)
        let nanoseconds = (time.sinceEpoch - .seconds(time.seconds)).components.attoseconds / 1_000_000_000
        var result = ""
        var pending = Substring(format)
        while let character = pending.popFirst() {
            guard character == "%", let next = pending.popFirst() else { result.append(character); continue }
            switch next {
            case "Y": result += digits(year, 4)
            case "m": result += digits(month, 2)
            case "d": result += digits(date, 2)
            case "H": result += digits(rest / 3600, 2)
            case "M": result += digits(rest % 3600 / 60, 2)
            case "S": result += digits(rest % 60, 2)
            case "s": result += "\(time.seconds)"
            case "F": result += "\(digits(year, 4))-\(digits(month, 2))-\(digits(date, 2))"
            case "T": result += "\(digits(rest / 3600, 2)):\(digits(rest % 3600 / 60, 2)):\(digits(rest % 60, 2))"
            case "N": result += digits(nanoseconds, 9)
            case "%": result += "%"
            case "0":
                // %06N: that many digits of the fraction.
                let width = pending.prefix { $0.isNumber }
                let count = min(9, Int(width) ?? 9)
                pending = pending.dropFirst(width.count)
                if pending.first == "N" { pending.removeFirst() }
                result += digits(nanoseconds, 9).prefix(count)
            default: result += "%\(next)"
            }
        }
        return result
    }

    private static func digits(_ value: Int64, _ width: Int) -> String {
        let text = "\(value)"
        return String(repeating: "0", count: max(0, width - text.count)) + text
    }

    /// The date of a day counted from 1970-01-01; eras of 400 years, years beginning in March.
    private static func civil(_ day: Int64) -> (Int64, Int64, Int64) {
        let shifted = day + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
    }
}
