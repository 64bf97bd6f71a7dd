// SPDX-License-Identifier: GPL-2.0-or-later
// Where a transition waits, or goes on, although the scheduler did not ask for it: it cannot know what a crash has left under way.
import Scheduling

/// What must not happen to a resource as long as a migration of it away from a node has no known outcome: its agent may still
/// bring the resource to another node. So nothing is done with the resource elsewhere before an operation on that node, which
/// waits for the agent there, has answered, or the node has been fenced.
package struct MigrationHold: Sendable, Equatable {
    package var resource: String
    package var source: String
    package init(resource: String, source: String) {
        self.resource = resource
        self.source = source
    }
}

extension TransitionEngine {
    /// Lets a promotion wait for the probes of the same resource on other nodes. The reference orders only starts behind probes; but
    /// a probe may find the resource promoted elsewhere, say after this process was restarted, and then nothing may be promoted yet.
    mutating func holdPromotions() {
        let actions = transition.synapses.map(\.action)
        for index in actions.indices where actions[index].task == "promote" {
            guard let resource = actions[index].resource?.id.prefix(while: { $0 != ":" }) else { continue }
            let probes = actions.indices.filter {
                actions[$0].task == "monitor" && actions[$0].interval == 0 && actions[$0].resource?.id.prefix(while: { $0 != ":" }) == resource
            }
            guard !probes.isEmpty else { continue }
            // A probe that itself waits for the promotion, on a node that it brings up, cannot be waited for.
            let later = followers(of: index)
            for probe in probes where !later.contains(probe) && !dependents[probe].contains(index) {
                dependents[probe].append(index)
                missingInputs[index] += 1
            }
        }
    }

    func fencings(of unreachable: [String]) -> [(fencing: Int, stop: Int)] {
        let actions = transition.synapses.map(\.action)
        return unreachable.compactMap { name in
            guard let fencing = actions.indices.first(where: { actions[$0].task == "stonith" && actions[$0].node?.name == name }),
                let stop = actions.indices.first(where: { actions[$0].task == "stop" && actions[$0].resource?.id == name })
            else { return nil }
            return (fencing, stop)
        }
    }

    /// Whether a fencing has to be carried out even though the transition is stopped. The stop of a connection that could not be
    /// started clears the failure that calls for the fencing of its node; once it has been done, no later decision would fence.
    func isOwed(_ index: Int) -> Bool {
        owedFencings.contains { $0.fencing == index && (stages[$0.stop] == .running || stages[$0.stop] == .confirmed) }
    }

    /// Lets what is done with a migrating resource on other nodes wait for what is done on the migration's source.
    /// - Returns: false if something is kept back for the whole transition, because nothing could end the wait.
    mutating func apply(_ hold: MigrationHold) -> Bool {
        let actions = transition.synapses.map(\.action)
        func concerns(_ action: GraphAction) -> Bool {
            action.kind == .resource && !["cancel", "delete", "lrm_delete"].contains(action.task)
                && action.resource?.id.prefix(while: { $0 != ":" }) == hold.resource.prefix(while: { $0 != ":" })
        }
        let ends = actions.indices.filter {
            actions[$0].node?.name == hold.source
                && ((concerns(actions[$0]) && actions[$0].interval == 0) || (actions[$0].kind != .resource && actions[$0].task == "stonith"))
        }
        var isMet = true
        for index in actions.indices where concerns(actions[index]) && actions[index].node?.name != hold.source {
            let later = followers(of: index)
            let usable = ends.filter { !later.contains($0) }
            if usable.isEmpty {
                missingInputs[index] += 1
                isMet = false
            }
            for end in usable where !dependents[end].contains(index) {
                dependents[end].append(index)
                missingInputs[index] += 1
            }
        }
        return isMet
    }

    /// All synapses that wait for one, directly or not.
    private func followers(of index: Int) -> Set<Int> {
        var found: Set<Int> = []
        var open = [index]
        while let next = open.popLast() {
            for dependent in dependents[next] where found.insert(dependent).inserted { open.append(dependent) }
        }
        return found
    }
}
