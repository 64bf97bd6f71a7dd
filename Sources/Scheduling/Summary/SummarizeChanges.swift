// SPDX-License-Identifier: GPL-2.0-or-later
// Reads the changes off a scheduled state (scheduler spec 26.5).

import CIBModel
package import ClusterStatus

extension ClusterState {
    /// What the transition made from this state will change. Look-ups give nodes to node-less actions, so print the graph first.
    package mutating func summarizeTransition() -> TransitionSummary {
        var summary = TransitionSummary()
        for position in actions.all.indices.reversed() {
            if let change = nodeChange(ActionIndex(position)) { summary.nodes.append(change) }
        }
        for resource in topLevel { summarize(resource, &summary) }
        return summary
    }

    private func nodeChange(_ action: ActionIndex) -> NodeChange? {
        guard actions[action].resource == nil, actions[action].isRequired, let reason = reasonText(action),
            let node = actions[action].node
        else { return nil }
        switch actions[action].task {
        case .shutdown: return NodeChange(task: "Shutdown", node: nodes[node].name, container: nil, reason: reason)
        case .fence:
            let connection = isGuest(node) ? nodes[node].connection : nil
            let container = connection.flatMap { resources[$0].launcher }.map { resources[$0].id }
            let task = "Fence (\(actions[action].fencing.text))"
            return NodeChange(task: task, node: nodes[node].name, container: container, reason: reason)
        default: return nil
        }
    }

    private mutating func summarize(_ r: ResourceIndex, _ summary: inout TransitionSummary) {
        if resources[r].variant == .bundle {
            for replica in bundle(r)?.replicas ?? [] {
                for part in [replica.ip, replica.container, replica.connection, replica.child] {
                    if let part { summarize(part, &summary) }
                }
            }
        } else if resources[r].variant == .primitive {
            summarizePrimitive(r, &summary)
        } else {
            for child in resources[r].children { summarize(child, &summary) }
        }
    }

    /// The actions that decide what is said about a primitive.
    private struct Steps {
        var current: NodeIndex?
        var next: NodeIndex?
        var start: ActionIndex?
        var stop: ActionIndex?
        var promote: ActionIndex?
        var demote: ActionIndex?

        var isMoving: Bool { current != nil && next != nil && current != next }
    }

    private mutating func summarizePrimitive(_ r: ResourceIndex, _ summary: inout TransitionSummary) {
        if resources[r].flags.contains(.removed), resources[r].activeNodes.isEmpty { return }
        if !resources[r].activeNodes.isEmpty, resources[r].originalRole == .stopped { resources[r].originalRole = .started }
        var steps = Steps(current: currentNode(r), next: resources[r].assigned)
        guard resources[r].flags.contains(.managed), steps.current != nil || steps.next != nil else { return }
        steps.start = adoptAction(r, .start, node: steps.next)
        let startRuns = steps.start.map { actions[$0].isRunnable } ?? false
        steps.stop = adoptAction(r, .stop, node: startRuns ? steps.current : nil)
        if steps.stop == nil, resources[r].flags.contains(.stopUnexpected) { steps.stop = adoptAction(r, .stop, node: nil) }
        steps.promote = adoptAction(r, .promote, node: steps.next)
        steps.demote = adoptAction(r, .demote, node: steps.next)
        if resources[r].originalRole == resources[r].nextRole {
            summarizeSameRole(r, steps, &summary)
        } else {
            summarizeNewRole(r, steps, &summary)
        }
    }

    private mutating func summarizeSameRole(_ r: ResourceIndex, _ steps: Steps, _ summary: inout TransitionSummary) {
        guard let next = steps.next else { return }
        let isFailed = resources[r].flags.contains(.failed)
        if let migrate = adoptAction(r, ActionKey(.migrateFrom), node: next), actions[migrate].isRunnable, steps.current != nil {
            add("Migrate", r, steps.current, next, steps.start, nil, &summary)
        } else if resources[r].flags.contains(.reload) {
            add("Reload", r, steps.current, next, steps.start, nil, &summary)
        } else if steps.start.map({ actions[$0].isOptional }) ?? true {
            guard let demote = steps.demote, let promote = steps.promote, actions[demote].isRequired, actions[promote].isRequired
            else { return }
            add("Re-promote", r, steps.current, next, promote, demote, &summary)
        } else if let start = steps.start, !actions[start].isRunnable {
            let stopExplains = steps.stop.map { actions[$0].reason != .none } ?? false
            add("Stop", r, steps.current, nil, steps.stop, stopExplains ? steps.stop : start, &summary)
        } else if steps.isMoving {
            add(isFailed ? "Recover" : "Move", r, steps.current, next, steps.stop, nil, &summary)
        } else if isFailed {
            add("Recover", r, steps.current, nil, steps.stop, nil, &summary)
        } else {
            add("Restart", r, steps.current, next, steps.start, nil, &summary)
        }
    }

    private mutating func summarizeNewRole(_ r: ResourceIndex, _ steps: Steps, _ summary: inout TransitionSummary) {
        let startBlocked = steps.start.map { !actions[$0].isRunnable } ?? false
        if steps.stop != nil, resources[r].nextRole == .stopped || startBlocked {
            for node in resources[r].activeNodes {
                let stop = adoptAction(r, .stop, node: node)
                let explains = stop.map { actions[$0].reason != .none } ?? false
                add("Stop", r, node, nil, stop, explains ? stop : steps.start, &summary)
            }
            return
        }
        let (current, next) = (steps.current, steps.next)
        if let stop = steps.stop, resources[r].flags.isSuperset(of: [.failed, .stopIfFailed]) {
            add("Recover", r, current, next, stop, steps.start, &summary)
        } else if steps.isMoving {
            add("Move", r, current, next, steps.stop, nil, &summary)
        } else if resources[r].flags.contains(.reload) {
            add("Reload", r, current, next, steps.start, nil, &summary)
        } else if let stop = steps.stop, actions[stop].isRequired {
            add("Restart", r, current, next, steps.start, nil, &summary)
        } else if resources[r].originalRole == .promoted {
            add("Demote", r, current, next, steps.demote, nil, &summary)
        } else if resources[r].nextRole == .promoted {
            add("Promote", r, current, next, steps.promote, nil, &summary)
        } else if resources[r].originalRole == .stopped, resources[r].nextRole > .stopped {
            add("Start", r, current, next, steps.start, nil, &summary)
        }
    }

    private func add(
        _ change: String, _ r: ResourceIndex, _ origin: NodeIndex?, _ destination: NodeIndex?, _ action: ActionIndex?,
        _ source: ActionIndex?, _ summary: inout TransitionSummary
    ) {
        guard let action else { return }
        summary.resources.append(
            ResourceChange(
                change: change, resource: resources[r].id, origin: origin.map { nodes[$0].name },
                destination: destination.map { nodes[$0].name }, role: resources[r].originalRole, nextRole: resources[r].nextRole,
                reason: reasonText(source ?? action), isBlocked: !actions[action].isRunnable))
    }
}
