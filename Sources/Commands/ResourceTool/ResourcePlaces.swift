// SPDX-License-Identifier: GPL-2.0-or-later
// crm_resource: moving and banning resources by constraints, and clearing those.
import CIBModel
import ClusterStatus
import ClusterXML
import Reports

extension ResourceWork {
    func moveOrBan(_ isMove: Bool) throws {
        let resource = try resourceButNoInstance()
        if let name = tool.nodeName {
            let node = try node(named: name)
            if isMove { try move(resource, to: node) } else { try ban(tool.resource ?? "", node, promoted: tool.promoted) }
            return
        }
        let active = activePlaces(resource)
        if active.count == 1, let node = active.first {
            return try ban(tool.resource ?? "", node, promoted: tool.promoted)
        }
        let name = tool.resource ?? ""
        guard state.resources[resource].has(.promotable) else {
            throw CommandFailure(
                .usage,
                "\(calledAs): Resource '\(name)' not moved: active in \(active.count) locations.\nTo prevent '\(name)' from running on a specific location, specify a node."
            )
        }
        let promoted = promotedPlaces(resource)
        if promoted.count == 1, let node = promoted.first { return try ban(name, node, promoted: tool.promoted) }
        throw CommandFailure(
            .usage,
            "\(calledAs): Resource '\(name)' not moved: active in \(active.count) locations (promoted in \(promoted.count)).\nTo prevent '\(name)' from running on a specific location, specify a node.\nTo prevent '\(name)' from being promoted at a specific location, specify a node and the --promoted option."
        )
    }

    /// Nodes a resource is active on, each once.
    private func activePlaces(_ resource: ResourceIndex) -> [NodeIndex] {
        var result: [NodeIndex] = []
        for node in state.resources[resource].activeNodes where !result.contains(node) { result.append(node) }
        return result
    }

    private func promotedPlaces(_ resource: ResourceIndex) -> [NodeIndex] {
        state.resources[resource].children.compactMap { child in
            let isPromoted = state.leaves(of: child).contains { state.resources[$0].originalRole == .promoted }
            return isPromoted ? state.currentNode(child) : nil
        }
    }

    private func move(_ resource: ResourceIndex, to node: NodeIndex) throws {
        var (resource, name) = (resource, tool.resource ?? "")
        var promotedOnly = tool.promoted
        if promotedOnly, !state.resources[resource].has(.promotable) || state.resources[resource].variant != .clone {
            let top = state.resources[resource].top
            if state.resources[top].has(.promotable) {
                out.line("Using parent '\(state.resources[top].id)' for move instead of '\(name)'.")
                (resource, name) = (top, state.resources[top].id)
            } else {
                out.line("Ignoring --promoted option: \(name) is not promotable")
                promotedOnly = false
            }
        }
        var places = activePlaces(resource)
        if state.resources[resource].has(.promotable), state.resources[resource].variant == .clone {
            let promoted = promotedPlaces(resource)
            if promotedOnly || !promoted.isEmpty { places = promoted }
        }
        var current = places.first
        if places.count > 1 {
            guard state.resources[resource].variant == .clone else { throw failure(.multipleMatch) }
            current = nil
        }
        if current == node, !tool.force { throw failure(.exists) }
        let lifetime = try lifetimeEnd()
        try remove(clearable(name, on: nil, bans: false))
        try remove(clearable(name, on: state.nodes[node].name, bans: true))
        try prefer(name, state.nodes[node].name, promoted: promotedOnly, until: lifetime)
        guard tool.force, current != node else { return }
        if let current {
            try ban(name, current, promoted: promotedOnly)
        } else if places.count > 1 {
            out.line("Resource '\(name)' is currently active in \(places.count) locations. One may now move to \(state.nodes[node].name)")
            out.line("To prevent '\(name)' from being active at a specific location, specify a node.")
        }
    }

    // MARK: - Constraints

    /// When a constraint made now ends; nil for constraints without end.
    private func lifetimeEnd() throws -> String? {
        guard let lifetime = tool.lifetime else { return nil }
        do {
            let duration = try CalendarDuration(parsing: lifetime)
            let now = epochNow()
            let end = Timestamp(epoch: now, offset: Timestamp.localOffset(at: now)).adding(duration)
            let text = end.text()
            if !tool.quiet { out.line("Migration will take effect until: \(text)") }
            return text
        } catch {
            throw failure(
                .software,
                "Invalid duration specified: \(lifetime)\nPlease refer to https://en.wikipedia.org/wiki/ISO_8601#Durations for examples of valid durations"
            )
        }
    }

    private func prefer(_ name: String, _ node: String, promoted: Bool, until end: String?) throws {
        try makeConstraint(
            "cli-prefer-\(name)", name, node, score: "INFINITY", promoted: promoted, until: end,
            ids: ("cli-prefer-rule-\(name)", "cli-prefer-expr-\(name)", "cli-prefer-lifetime-end-\(name)"))
    }

    private func ban(_ name: String, _ node: NodeIndex, promoted: Bool) throws {
        let nodeName = state.nodes[node].name
        let id = XMLIdentifier.sanitized("cli-ban-\(name)-on-\(nodeName)")
        let end = try lifetimeEnd()
        if !tool.quiet {
            let what = promoted ? "being promoted" : "running"
            out.line("WARNING: Creating rsc_location constraint '\(id)' with a score of -INFINITY for resource \(name) on \(nodeName).")
            out.line(
                "\tThis will prevent \(name) from \(what) on \(nodeName) until the constraint is removed using the clear option or by editing the CIB with an appropriate tool."
            )
            out.line("\tThis will be the case even if \(nodeName) is the last node in the cluster")
        }
        try makeConstraint(
            id, name, nodeName, score: "-INFINITY", promoted: promoted, until: end,
            ids: ("\(id)-rule", "\(id)-expr", "\(id)-lifetime"))
    }

    private func makeConstraint(
        _ id: String, _ resource: String, _ node: String, score: String, promoted: Bool, until end: String?,
        ids: (rule: String, expression: String, lifetime: String)
    ) throws {
        var location = XMLElement("rsc_location", [
            ("id", id), ("rsc", resource), ("role", promoted ? "Promoted" : "Started"),
        ])
        if let end {
            let expression = XMLElement("expression", [
                ("id", ids.expression), ("attribute", "#uname"), ("operation", "eq"), ("value", node), ("type", "string"),
            ])
            let date = XMLElement("date_expression", [("id", ids.lifetime), ("operation", "lt"), ("end", end)])
            location.children = [
                XMLElement("rule", [("id", ids.rule), ("score", score), ("boolean-op", "and")], children: [expression, date])
            ]
        } else {
            location["node"] = node
            location["score"] = score
        }
        let data = XMLElement("constraints", children: [location])
        try session.change(CIBRequest("cib_modify", section: "constraints", options: .canCreate, data: data))
    }

    // MARK: - Clearing

    func clear() throws {
        let name = try tool.resource.map { _ in
            _ = try resourceButNoInstance()
            return tool.resource ?? ""
        }
        let node = try tool.nodeName.map { state.nodes[try self.node(named: $0)].name }
        let found: [String]
        if tool.expired {
            found = expiredConstraints(name, node)
        } else if let name {
            found = clearable(name, on: node, bans: true)
        } else {
            throw CommandFailure(.usage, "\(calledAs): Must supply a resource ID with -r/--resource")
        }
        try remove(found)
        if out.isText, !tool.quiet { for id in found { out.line("Removing constraint: \(id)") } }
    }

    private var locationElements: [XMLElement] {
        (state.cib.first("configuration")?.first("constraints")).map { Array($0.elements("rsc_location")) } ?? []
    }

    /// The node a constraint of ours is about: written directly or in its rule.
    private func nodeName(of location: XMLElement) -> String? {
        if let node = location["node"] { return node }
        return location.first("rule")?.elements("expression").first { $0["attribute"] == "#uname" }?["value"]
    }

    /// Ids of the constraints made by --move and --ban for a resource.
    /// - Parameter node: only those about this node; nil for all nodes.
    private func clearable(_ name: String, on node: String?, bans: Bool) -> [String] {
        let banned = node.map { [$0] } ?? state.nodeOrder.map { state.nodes[$0].name }
        let banIDs = Set(banned.map { XMLIdentifier.sanitized("cli-ban-\(name)-on-\($0)") })
        return locationElements.compactMap { location in
            guard let id = location.id else { return nil }
            if tool.promoted, location["role"] != "Promoted" { return nil }
            if bans, banIDs.contains(id) { return id }
            guard id == "cli-prefer-\(name)" else { return nil }
            if tool.force { return id }
            guard let target = nodeName(of: location) else { return nil }
            return node == nil || Compare.equalIgnoringCase(node, target) ? id : nil
        }
    }

    /// Ids of our constraints whose time is over.
    private func expiredConstraints(_ name: String?, _ node: String?) -> [String] {
        let now = Timestamp(epoch: epochNow(), offset: Timestamp.localOffset(at: epochNow()))
        return locationElements.compactMap { location in
            guard let id = location.id, id.hasPrefix("cli-prefer-") || id.hasPrefix("cli-ban-") else { return nil }
            if let name, location["rsc"] != name { return nil }
            if let node, nodeName(of: location) != node { return nil }
            if tool.promoted, location["role"] != "Promoted" { return nil }
            let isOver = location.elements("rule").contains { rule in
                rule.elements("date_expression").contains { DateExpression($0, now: now).evaluate(now).position == .after }
            }
            return isOver ? id : nil
        }
    }

    private func remove(_ ids: [String]) throws {
        for id in ids {
            let data = XMLElement("rsc_location", [("id", id)])
            try session.change(CIBRequest("cib_delete", section: "constraints", data: data))
        }
    }

    // MARK: - Deleting a resource

    func deleteResource() throws {
        guard let type = tool.type else {
            throw CommandFailure(.usage, "\(calledAs): You need to specify a resource type with -t")
        }
        let data = XMLElement(type, [("id", tool.resource ?? "")])
        try session.change(CIBRequest("cib_delete", section: "resources", data: data))
    }
}
