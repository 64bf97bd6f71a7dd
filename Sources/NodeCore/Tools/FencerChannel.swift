// SPDX-License-Identifier: GPL-2.0-or-later
// Requests of tools to the fencer (spec: cluster-daemon-facts 5, remote-protocol 6.5.4).
import ClusterXML
import Messages

extension Node {
    mutating func fencerRequest(_ id: ToolSessionID, _ request: ToolRequest, at now: Now, into effects: inout [NodeEffect]) {
        let command = request.payload
        let data = command.first("st_calldata")?.elements.first
        switch command["st_op"] {
        case "register":
            if let name = command["st_clientname"] { sessions[id]?.peer.client = name }
            let answer = XMLElement("reply", [("st_op", "register"), ("st_clientid", sessions[id]?.clientID ?? "")])
            reply(answer, to: request, of: id, into: &effects)
        case "st_notify":
            if let kind = command["st_notify_activate"] { sessions[id]?.fencingNotices.append(kind) }
            if let kind = command["st_notify_deactivate"] { sessions[id]?.fencingNotices.removeAll { $0 == kind } }
            acknowledge(request, of: id, status: 0, into: &effects)
        case "st_query": respond(id, request, data: deviceList(data?["st_target"], at: now), into: &effects)
        case "st_fence", "st_relay": fenceRequest(id, request, data, at: now, into: &effects)
        case "st_device_register": registerDevice(id, request, data, at: now, into: &effects)
        case "st_device_remove":
            let found = data?.id.map { fencer.remove(device: $0) } ?? false
            respond(id, request, status: found ? 0 : ExecutionStatus.noFenceDevice.rawValue, rc: found ? 0 : -19, into: &effects)
        case "st_level_add", "st_level_remove": changeLevel(id, request, data, into: &effects)
        case "st_fence_history": respond(id, request, data: fencingHistory(command, data, at: now), into: &effects)
        case "st_execute": executeDevice(id, request, data, at: now, into: &effects)
        case "poke", "st_timeout_update": respond(id, request, into: &effects)
        default: respond(id, request, status: ExecutionStatus.invalid.rawValue, rc: -22, into: &effects)
        }
    }

    private func respond(
        _ id: ToolSessionID, _ request: ToolRequest, status: Int = 0, rc: Int = 0, reason: String? = nil, output: String? = nil,
        delegate: String? = nil, data: XMLElement? = nil, into effects: inout [NodeEffect]
    ) {
        let command = request.payload
        var answer = XMLElement("st-reply", [
            ("st_origin", "fencerRequest"), ("t", "stonith-ng"), ("op-status", "\(status)"), ("rc-code", "\(rc == 0 ? 0 : 1)"), ("st_rc", "\(rc)"),
        ])
        answer["st_op"] = command["st_op"]
        answer["st_callid"] = command["st_callid"]
        answer["st_clientid"] = sessions[id]?.clientID
        answer["st_clientname"] = sessions[id]?.peer.client
        answer["st_callopt"] = command["st_callopt"]
        if let reason { answer["exit-reason"] = reason }
        if let output { answer["st_output"] = output }
        if let delegate { answer["st_delegate"] = delegate }
        if let data { answer.children = [XMLElement("st_calldata", children: [data])] }
        reply(answer, to: request, of: id, into: &effects)
    }

    private func deviceList(_ target: String?, at now: Now) -> XMLElement {
        let devices = fencer.devices(for: target, at: now)
        var list = XMLElement("stonith_query_capable_device_cb")
        list["st_target"] = target
        list["st-available-devices"] = "\(devices.count)"
        list.children = devices.map { device in
            let attributes = XMLElement("attributes", device.parameters.map { ($0.name, $0.value) })
            return XMLElement("st_device_id", [
                ("id", device.id), ("namespace", device.namespace), ("agent", device.agent),
            ], children: [attributes])
        }
        return list
    }

    // MARK: Devices and levels

    private mutating func registerDevice(
        _ id: ToolSessionID, _ request: ToolRequest, _ data: XMLElement?, at now: Now, into effects: inout [NodeEffect]
    ) {
        guard let data, let name = data.id, let agent = data["agent"] else {
            respond(id, request, status: ExecutionStatus.invalid.rawValue, rc: -22, into: &effects)
            return
        }
        let parameters = data.first("attributes")?.attributes ?? []
        let device = FenceDevice(
            id: name, agent: agent, namespace: data["namespace"] ?? "any", parameters: parameters, isConfigured: false)
        withFencer(at: now, into: &effects) { $0.register(device, at: now, into: &$1) }
        respond(id, request, into: &effects)
    }

    private mutating func changeLevel(_ id: ToolSessionID, _ request: ToolRequest, _ data: XMLElement?, into effects: inout [NodeEffect]) {
        guard let data, let level = FencingLevel(data, isConfigured: false) else {
            respond(id, request, status: ExecutionStatus.invalid.rawValue, rc: -22, into: &effects)
            return
        }
        if request.payload["st_op"] == "st_level_add" {
            fencer.topology.add(level)
        } else {
            fencer.topology.remove(level.target, index: level.index)
        }
        respond(id, request, into: &effects)
    }

    /// Lists or monitors one device. Only what needs no agent is answered here.
    private mutating func executeDevice(
        _ id: ToolSessionID, _ request: ToolRequest, _ data: XMLElement?, at now: Now, into effects: inout [NodeEffect]
    ) {
        let name = data?["st_device_id"] ?? data?.id ?? ""
        guard let device = fencer.device(name) else {
            respond(id, request, status: ExecutionStatus.noFenceDevice.rawValue, rc: -19, reason: "No such device", into: &effects)
            return
        }
        let hosts = device.listed ?? device.staticHosts
        respond(id, request, output: hosts.map { $0 + "\n" }.joined(), into: &effects)
    }

    // MARK: Fencing

    private mutating func fenceRequest(
        _ id: ToolSessionID, _ request: ToolRequest, _ data: XMLElement?, at now: Now, into effects: inout [NodeEffect]
    ) {
        guard let data, let target = data["st_target"] ?? data["st_device_target"] else {
            respond(id, request, status: ExecutionStatus.invalid.rawValue, rc: -22, into: &effects)
            return
        }
        var wanted = FencingRequest(target: target == host.id ? host.name : target, action: data["st_device_action"] ?? "reboot")
        // Far beyond any sensible value, and far from what arithmetic can hold.
        let limit = 1_000_000
        wanted.timeout = min(limit, max(1, data["st_timeout"].flatMap { Int($0) } ?? 120))
        wanted.delay = min(limit, max(-1, data["st_delay"].flatMap { Int($0) } ?? 0))
        wanted.tolerance = data["st_tolerance"].flatMap { milliseconds($0).map { $0 / 1000 } } ?? 0
        wanted.client = sessions[id]?.peer.client ?? ""
        wanted.origin = host.name
        wanted.isManual = ((request.payload["st_callopt"].flatMap { Int($0) } ?? 0) & 0x8) != 0
        // The outcome may come at once, so the session must wait for it before the fencer is asked.
        sessions[id]?.pendingFencing.append(("", request, request.payload))
        var operation = ""
        withFencer(at: now, into: &effects) { operation = $0.fence(wanted, at: now, into: &$1) }
        if let index = sessions[id]?.pendingFencing.firstIndex(where: { $0.operation.isEmpty }) {
            sessions[id]?.pendingFencing[index].operation = operation
        }
    }

    /// Tells the tools that wait for a fencing, and those that want to hear of all.
    mutating func answerFencing(_ outcome: FencingOutcome, into effects: inout [NodeEffect]) {
        for id in sessionOrder {
            guard let waiting = sessions[id]?.pendingFencing.filter({ $0.operation.isEmpty || $0.operation == outcome.id }), !waiting.isEmpty
            else { continue }
            sessions[id]?.pendingFencing.removeAll { $0.operation.isEmpty || $0.operation == outcome.id }
            for entry in waiting {
                respond(
                    id, entry.request, status: outcome.status, rc: outcome.succeeded ? 0 : Self.legacyCode(outcome), reason: outcome.reason,
                    delegate: outcome.delegate, into: &effects)
            }
        }
        var notice = XMLElement("st_notify_fence", [
            ("state", "\(outcome.state.rawValue)"), ("st_target", outcome.request.target), ("st_device_action", outcome.request.action),
        ])
        notice["st_delegate"] = outcome.delegate
        notice.set([("st_remote_op", outcome.id), ("st_origin", outcome.request.origin), ("st_clientname", outcome.request.client)])
        let event = XMLElement("notify", [
            ("t", "st_notify"), ("subt", "st_notify_fence"), ("st_op", "st_notify_fence"), ("op-status", "\(outcome.status)"),
            ("rc-code", "\(outcome.rc)"), ("st_rc", "\(outcome.succeeded ? 0 : Self.legacyCode(outcome))"),
        ], children: [XMLElement("st_calldata", children: [notice])])
        for id in sessionOrder where sessions[id]?.fencingNotices.contains("st_notify_fence") == true {
            send(event: event, to: id, into: &effects)
        }
    }

    private static func legacyCode(_ outcome: FencingOutcome) -> Int {
        switch ExecutionStatus(rawValue: outcome.status) {
        case .noFenceDevice: -19
        case .timeout: -62
        default: -201
        }
    }

    private mutating func fencingHistory(_ command: XMLElement, _ data: XMLElement?, at now: Now) -> XMLElement? {
        let target = data?["st_target"]
        if ((command["st_callopt"].flatMap { Int($0) } ?? 0) & 0x80000) != 0 {
            fencer.clearHistory(of: target)
            return nil
        }
        let events = fencer.report(of: target, at: now)
        guard !events.isEmpty else { return nil }
        return XMLElement("st_history", children: events.map { event in
            var entry = XMLElement("st_execute", [("st_target", event.request.target), ("st_device_action", event.request.action), ("st_origin", event.request.origin)])
            entry["st_delegate"] = event.delegate
            entry.set([
                ("st_clientname", event.request.client), ("st_date", "\(event.time.seconds)"),
                ("st_date_nsec", "\((event.time.sinceEpoch - .seconds(event.time.seconds)).components.attoseconds / 1_000_000_000)"),
                ("st_state", "\(event.state.rawValue)"), ("op-status", "\(event.status)"), ("rc-code", "\(event.rc)"),
            ])
            if let reason = event.reason { entry["exit-reason"] = reason }
            entry["st_remote_op"] = event.id
            return entry
        })
    }
}
