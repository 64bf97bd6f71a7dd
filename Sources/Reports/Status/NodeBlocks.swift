// SPDX-License-Identifier: GPL-2.0-or-later
// The list of nodes and the attributes of nodes as text (cli-tools §5.4, §5.6; scheduler §26.3).
import CIBModel
import ClusterStatus
import ClusterXML

extension StatusReport {
    // MARK: Names and states

    /// A node's name; with details its id or, for guests, the node that hosts it.
    func displayName(_ n: NodeIndex) -> String {
        let name = state.nodes[n].name
        guard show.detail else { return name }
        if state.isGuest(n) { return "\(name)@\(host(of: n).map { state.nodes[$0].name } ?? "")" }
        return state.nodes[n].id == name ? name : "\(name) (\(state.nodes[n].id))"
    }

    /// Where a guest's container runs.
    private func host(of guest: NodeIndex) -> NodeIndex? {
        state.nodes[guest].connection.flatMap { state.resources[$0].launcher }.flatMap(currentNode)
    }

    private func kind(_ n: NodeIndex) -> String {
        state.isGuest(n) ? "GuestNode" : state.nodes[n].isRemote ? "RemoteNode" : "Node"
    }

    /// The first description that fits, and its style.
    private func status(_ n: NodeIndex) -> (text: String, style: StyledText.Style) {
        let node = state.nodes[n]
        if node.isUnclean {
            return (node.isOnline ? "UNCLEAN (online)" : node.isPending ? "UNCLEAN (pending)" : "UNCLEAN (offline)", .offline)
        }
        if node.isPending { return ("pending", .offline) }
        if node.flags.contains(.failStandby), node.isOnline { return ("standby (on-fail)", .standby) }
        if node.isStandby {
            guard node.isOnline else { return ("OFFLINE (standby)", .offline) }
            return (node.running.isEmpty ? "standby" : "standby (with active resources)", .standby)
        }
        if node.isInMaintenance { return node.isOnline ? ("maintenance", .maint) : ("OFFLINE (maintenance)", .offline) }
        return node.isOnline ? ("online", .online) : ("OFFLINE", .offline)
    }

    /// The feature set a member reported; members older than 3.15.1 report none.
    func featureSet(_ n: NodeIndex) -> String? {
        guard state.nodes[n].isOnline, state.nodes[n].flags.contains(.expectedUp), !state.nodes[n].isRemote else { return nil }
        return state.nodes[n].attributes["#feature-set"] ?? state.nodes[n].featureSet ?? "<3.15.1"
    }

    // MARK: Node list

    package func nodeBlocks() -> [TextBlock] {
        var items: [TextBlock] = []
        var collected: [(title: String, style: StyledText.Style, names: [String])] = [
            ("Online", .online, []), ("OFFLINE", .offline, []), ("RemoteOnline", .online, []),
            ("RemoteOFFLINE", .offline, []), ("GuestOnline", .online, []),
        ]
        for n in state.nodeOrder where allows(n) {
            if needsOwnLine(n) {
                items += ownLine(n)
            } else if let list = collectiveList(n) {
                collected[list].names.append(displayName(n))
            }
        }
        for list in collected where !list.names.isEmpty {
            items.append(.line("\(list.title): [ " + StyledText(list.names.joined(separator: " "), list.style) + " ]"))
        }
        // Offline guests and nodes without resources may leave the list empty; only filters leave it out.
        return state.nodeOrder.contains(where: allows) ? [.list("Node List", items)] : []
    }

    private func needsOwnLine(_ n: NodeIndex) -> Bool {
        let node = state.nodes[n]
        return node.isUnclean || node.isPending || (node.flags.contains(.failStandby) && node.isOnline) || node.isStandby
            || node.isInMaintenance || show.groupByNode || show.detail || node.health != .green
    }

    /// Which list a node without a line of its own is in; guests that are offline are in none.
    private func collectiveList(_ n: NodeIndex) -> Int? {
        if state.isGuest(n) { return state.nodes[n].isOnline ? 4 : nil }
        return (state.nodes[n].isRemote ? 2 : 0) + (state.nodes[n].isOnline ? 0 : 1)
    }

    private func ownLine(_ n: NodeIndex) -> [TextBlock] {
        let (status, style) = status(n)
        var line = StyledText("\(kind(n)) ") + StyledText("\(displayName(n)): ", .bold) + StyledText(status, style)
        switch state.nodes[n].health {
        case .red: line += StyledText(" (health is RED)", .healthRed)
        case .yellow: line += StyledText(" (health is YELLOW)", .healthYellow)
        case .green: break
        }
        if show.detail, let version = featureSet(n) { line += StyledText(", feature set \(version)") }
        guard show.groupByNode else { return [.line(line)] }

        let items: [TextBlock]
        if show.brief {
            let counted = state.nodes[n].running.filter { !isFiltered($0, askParent: true) }
            if counted.isEmpty { return [] }
            items = briefItems(counted.map { $0 }, on: n)
        } else {
            items = state.nodes[n].running.flatMap { blocks($0, LineContext(belowNode: true)) }
        }
        return [.list(ListHeading(line), [.list("Resources", items)])]
    }

    /// Counts of what runs on one node.
    private func briefItems(_ resources: [ResourceIndex], on n: NodeIndex) -> [TextBlock] {
        briefItems(resources, BriefContext(all: false, belowNode: true))
    }

    // MARK: Node attributes

    /// Attributes of a node that people may want to see, sorted by name, with what a ping resource expects.
    struct ShownAttribute {
        var name: String
        var value: String
        var expected: Int?
    }

    func shownAttributes(_ n: NodeIndex) -> [ShownAttribute] {
        let hidden = ["#", "fail-count", "last-failure", "shutdown", "terminate", "standby"]
        return state.nodes[n].attributes.sortedByName.filter { entry in
            !hidden.contains { entry.name.hasPrefix($0) }
        }.map { ShownAttribute(name: $0.name, value: $0.value, expected: expectedConnectivity($0.name, on: n)) }
    }

    /// What a ping resource on the node would report if it reached all its hosts.
    private func expectedConnectivity(_ name: String, on n: NodeIndex) -> Int? {
        for r in state.nodes[n].running {
            guard let type = state.resources[r].agent?.type, type == "ping" || type == "pingd" else { continue }
            let parameters = literalParameters(r)
            guard (parameters["name"] ?? "pingd") == name else { continue }
            let hosts = (parameters["host_list"] ?? "").split { $0 == " " || $0 == "\t" || $0 == "\n" }.count
            let multiplier = parameters["multiplier"].flatMap { Int($0) } ?? 1
            return hosts.multipliedReportingOverflow(by: multiplier).partialValue
        }
        return nil
    }

    private func literalParameters(_ r: ResourceIndex) -> [String: String] {
        var table: [String: String] = [:]
        for block in state.resources[r].xml.elements("instance_attributes") {
            for pair in block.elements("nvpair") {
                if let name = pair["name"], let value = pair["value"], table[name] == nil { table[name] = value }
            }
        }
        return table
    }

    package func attributeBlocks() -> [TextBlock] {
        var items: [TextBlock] = []
        for n in state.nodeOrder where state.nodes[n].isOnline && allows(n) {
            let attributes = shownAttributes(n)
            if attributes.isEmpty { continue }
            items.append(.list("Node: \(displayName(n))", attributes.map(attributeLine)))
        }
        return items.isEmpty ? [] : [.list("Node Attributes", items)]
    }

    private func attributeLine(_ attribute: ShownAttribute) -> TextBlock {
        var line = StyledText("\(padded(attribute.name, 32))\t: \(padded(attribute.value, 10))")
        if let expected = attribute.expected {
            let value = Int(attribute.value) ?? 0
            if value <= 0 {
                line += StyledText("\t: Connectivity is lost", .warning)
            } else if value < expected {
                line += StyledText("\t: Connectivity is degraded (Expected=\(expected))", .warning)
            }
        }
        return .line(line)
    }

    func padded(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }
}
