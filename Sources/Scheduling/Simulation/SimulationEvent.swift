// SPDX-License-Identifier: GPL-2.0-or-later
// What happens while a transition is executed on paper, in order (scheduler spec 26.6).

package import ClusterXML

package enum SimulationEvent: Sendable {
    case pseudo(key: String, node: String?)
    /// An operation on a resource; the interval in milliseconds.
    case resource(id: String, task: String, interval: UInt32, node: String)
    case cluster(task: String, resource: String?, node: String)
    case fencing(target: String, operation: String)
    /// A failure that was asked for.
    case pretendedFailure(action: Int, rc: Int)
    case injectedAttribute(name: String, value: String, nodeID: String)
    case failed(String)

    /// Whether it says something about the simulation, not what happens in it; such lines stand without bullet.
    package var isRemark: Bool {
        if case .pretendedFailure = self { true } else { false }
    }

    /// As a line of text without bullet.
    package var text: String {
        switch self {
        case .pseudo(let key, let node): "Pseudo action:   \(key)" + (node.map { " on \($0)" } ?? "")
        case .resource(let id, let task, let interval, let node):
            "Resource action: \(id)\(String(repeating: " ", count: max(0, 15 - id.utf8.count))) "
                + (interval > 0 ? "\(task)=\(interval)" : task) + " on \(node)"
        case .cluster(let task, let resource, let node):
            "Cluster action:  \(task)" + (resource.map { " for \($0)" } ?? "") + " on \(node)"
        case .fencing(let target, let operation): "Fencing \(target) (\(operation))"
        case .pretendedFailure(let action, let rc): "Pretending action \(action) failed with rc=\(rc)"
        case .injectedAttribute(let name, let value, let id): "Injecting attribute \(name)=\(value) into /node_state '\(id)'"
        case .failed(let text): text
        }
    }

    /// As an element for programs; nil for what only people are told.
    package var element: XMLElement? {
        switch self {
        case .pseudo(let key, let node): XMLElement("pseudo_action", node.map { [("task", key), ("node", $0)] } ?? [("task", key)])
        case .resource(let id, let task, let interval, let node):
            XMLElement("rsc_action", [("resource", id), ("op", task), ("node", node)] + (interval > 0 ? [("interval", String(interval))] : []))
        case .cluster(let task, let resource, let node):
            XMLElement("cluster_action", [("task", task), ("node", node)] + (resource.map { [("id", $0)] } ?? []))
        case .fencing(let target, let operation): XMLElement("fencing_action", [("target", target), ("op", operation)])
        case .injectedAttribute(let name, let value, let id):
            XMLElement("inject_attr", [("name", name), ("value", value), ("node_path", "/node_state"), ("cib_node", id)])
        case .pretendedFailure, .failed: nil
        }
    }
}
