// SPDX-License-Identifier: GPL-2.0-or-later
// What agents are told in notifications: which instances are in which state and what happens to which (scheduler spec 19.2).

import CIBModel
import ClusterStatus

/// Instances by state and by what happens to them, with the node each is about.
struct NotificationFacts {
    typealias Entry = (resource: ResourceIndex, node: NodeIndex?)
    var starts: [Entry] = []
    var stops: [Entry] = []
    var promotes: [Entry] = []
    var demotes: [Entry] = []
    var active: [Entry] = []
    var inactive: [Entry] = []
    var promoted: [Entry] = []
    var unpromoted: [Entry] = []

    /// The instances an operation happens to.
    func list(_ operation: TaskName) -> [Entry] {
        switch operation {
        case .start: starts
        case .stop: stops
        case .promote: promotes
        default: demotes
        }
    }
}

extension ClusterState {
    func collectFacts(_ r: ResourceIndex, _ facts: inout NotificationFacts, withActions: Bool) {
        guard resources[r].children.isEmpty else {
            for child in resources[r].children { collectFacts(child, &facts, withActions: withActions) }
            return
        }
        let entry: NotificationFacts.Entry = (r, resources[r].activeNodes.first)
        switch resources[r].originalRole {
        case .stopped: facts.inactive.append(entry)
        case .started: facts.active.append(entry)
        case .unpromoted:
            facts.unpromoted.append(entry)
            facts.active.append(entry)
        case .promoted:
            facts.promoted.append(entry)
            facts.active.append(entry)
        case .unknown: break
        }
        guard withActions else { return }
        for action in actions.actions(of: r) {
            guard actions[action].isRequired, let node = actions[action].node else { continue }
            let task = actions[action].task
            guard actions[action].isRunnable || (task == .stop && nodes[node].isUnclean) else { continue }
            switch task {
            case .start: facts.starts.append((r, node))
            case .stop: facts.stops.append((r, node))
            case .promote: facts.promotes.append((r, node))
            case .demote: facts.demotes.append((r, node))
            default: break
            }
        }
    }

    /// The facts as the meta-attributes agents see.
    func describe(_ r: ResourceIndex, _ facts: NotificationFacts) -> [ActionMeta] {
        var names: [ActionMeta] = []
        func add(_ entries: [NotificationFacts.Entry], _ labels: String..., withNodes: Bool = true) {
            let text = words(entries, withNodes: withNodes)
            for label in labels {
                names.append(ActionMeta("notify_\(label)_resource", text.resources))
                if withNodes { names.append(ActionMeta("notify_\(label)_uname", text.nodes)) }
            }
        }
        add(facts.stops, "stop")
        add(facts.starts, "start")
        add(facts.demotes, "demote")
        add(facts.promotes, "promote")
        add(facts.active, "active")
        add(facts.unpromoted, "unpromoted", "slave")
        add(facts.promoted, "promoted", "master")
        add(facts.inactive, "inactive", withNodes: false)
        let available = nodeOrder.filter { resources[r].nodes.contains($0) }.map { nodes[$0].name }
        names.append(ActionMeta("notify_available_uname", Self.joined(available)))
        if resources[r].meta["container-attribute-target"]?.lowercased() == "host" {
            names.append(ActionMeta("notify_all_hosts", Self.joined(nodeOrder.map { nodes[host(of: $0)].name })))
        }
        names.append(ActionMeta("notify_all_uname", Self.joined(nodeOrder.map { nodes[$0].name })))
        return names
    }

    /// For a guest the node its container runs on.
    private func host(of node: NodeIndex) -> NodeIndex {
        guard isGuest(node), let connection = nodes[node].connection, let container = resources[connection].launcher else { return node }
        return resources[container].activeNodes.first ?? node
    }

    private static func joined(_ words: [String]) -> String { words.isEmpty ? " " : words.joined(separator: " ") }

    private func words(_ entries: [NotificationFacts.Entry], withNodes: Bool) -> (resources: String, nodes: String) {
        let keyed = entries.map { (entry: $0, id: resources[$0.resource].id, node: $0.node.map { nodes[$0].id } ?? "") }
        let sorted = keyed.sorted { a, b in
            let order = Compare.bytes(a.id, b.id)
            return order == 0 ? Compare.bytes(a.node, b.node) < 0 : order < 0
        }
        var names: [String] = []
        var hosts: [String] = []
        for (entry, id, _) in sorted {
            if withNodes, entry.node == nil { continue }
            if names.last == id { continue }
            names.append(id)
            if let node = entry.node { hosts.append(nodes[node].name) }
        }
        return (Self.joined(names), Self.joined(hosts))
    }
}
