// SPDX-License-Identifier: GPL-2.0-or-later
// The decision as a Graphviz file: actions and the order between them (scheduler spec 24). Needs the state after the graph
// was made, because it shows what is not in the graph as well.

package import ClusterStatus

package enum TransitionDot {
    /// The text goes out in pieces of about this many bytes.
    private static let pieceSize = 1 << 16

    /// - Parameters:
    ///   - all: show optional and unmanaged actions too.
    ///   - numbers: append the action number to each name.
    ///   - sink: takes the text piece by piece.
    package static func write(_ state: ClusterState, all: Bool, numbers: Bool, to sink: ([UInt8]) -> Void) {
        var out = " digraph \"g\" {\n"
        let names = state.actions.all.indices.map { name(ActionIndex($0), state, numbers: numbers) }
        var shown = [Bool](repeating: false, count: names.count)
        for position in names.indices.reversed() {
            let action = ActionIndex(position)
            let flags = state.actions[action].flags
            var font = flags.contains(.pseudo) ? "orange" : "black"
            var color = "green"
            let inGraph = flags.contains(.addedToGraph)
            shown[position] = inGraph
            if !inGraph {
                if let resource = state.actions[action].resource, !state.resources[resource].flags.contains(.managed) {
                    (color, font) = ("red", "purple")
                    guard all else { continue }
                } else if flags.contains(.optional) {
                    color = "blue"
                    guard all else { continue }
                } else {
                    color = "red"
                }
                shown[position] = true
            }
            out += "\"\(names[position])\" [ style=\(inGraph ? "bold" : "dashed") color=\"\(color)\" fontcolor=\"\(font)\"]\n"
            pass(&out, to: sink)
        }
        for position in names.indices.reversed() {
            addEdges(ActionIndex(position), state, names, shown, all: all, &out)
            pass(&out, to: sink)
        }
        sink(Array((out + "}\n").utf8))
    }

    private static func pass(_ out: inout String, to sink: ([UInt8]) -> Void) {
        guard out.utf8.count >= pieceSize else { return }
        sink(Array(out.utf8))
        out.removeAll(keepingCapacity: true)
    }

    private static func addEdges(
        _ then: ActionIndex, _ state: ClusterState, _ names: [String], _ shown: [Bool], all: Bool, _ out: inout String
    ) {
        guard then.position < state.actions.mergedInputs.count else { return }
        for index in state.actions.mergedInputs[then.position] {
            let relation = state.actions.relations[Int(index)]
            var style = "dashed"
            if relation.isChosen {
                style = "bold"
            } else if relation.flags.isEmpty {
                continue
            } else if !all {
                guard shown[relation.first.position], shown[then.position], relation.flags != .ifOnSameNodeOrTarget else { continue }
            }
            out += "\"\(names[relation.first.position])\" -> \"\(names[then.position])\" [ style = \(style)]\n"
        }
    }

    private static func name(_ action: ActionIndex, _ state: ClusterState, numbers: Bool) -> String {
        let record = state.actions[action]
        var host: String? = record.node.map { state.nodes[$0].name }
        if host == nil, !record.isPseudo { host = "<none>" }
        let suffix = numbers ? " (\(action.number))" : ""
        let prefix = record.task == .cancel ? "Cancel " : ""
        let place = host.map { " \($0)" } ?? ""
        if let resource = record.resource, let history = state.resources[resource].historyName {
            return "\(prefix)\(historyKey(action, history, state))\(place)\(suffix)"
        }
        if record.task == .fence { return "\(prefix)stonith '\(record.fencing.text)'\(place)\(suffix)" }
        if host != nil, record.resource == nil { return "\(prefix)\(state.actions.tasks.name(of: record.task))\(place)\(suffix)" }
        if host != nil { return "\(prefix)\(state.keyText(action))\(place)\(suffix)" }
        return "\(state.keyText(action))\(suffix)"
    }

    private static func historyKey(_ action: ActionIndex, _ history: String, _ state: ClusterState) -> String {
        let record = state.actions[action]
        if record.task == .notify || record.task == .notified {
            let kind = state.actions.explicitMeta(action, "notify_key_type") ?? ""
            let operation = state.actions.explicitMeta(action, "notify_key_operation") ?? ""
            return "\(history)_\(kind)_notify_\(operation)_0"
        }
        let task = record.task == .cancel ? record.key.task : record.task
        return "\(history)_\(state.actions.tasks.name(of: task))_\(record.key.interval)"
    }
}
