// SPDX-License-Identifier: GPL-2.0-or-later
// Why a resource is where it is: the account of its scores, readable by people and by programs.

package import ClusterStatus
package import CIBModel
package import ClusterXML

/// The account of one resource: for each node every contribution in order, the score they add up to, and what decided.
package struct PlacementExplanation: Sendable {
    package struct Contribution: Sendable {
        /// What was added; infinite for a ban or a requirement. Nil if the score was set to `total` whatever it was.
        package var score: Score?
        /// The score after it.
        package var total: Score
        /// A word for programs: `location`, `stickiness`, `colocation`, …
        package var kind: String
        /// Id of the constraint, rule or ticket it came from, if any.
        package var id: String?
        /// A phrase for people.
        package var text: String
    }

    package struct NodeAccount: Sendable {
        package var node: String
        /// What placement compared; nil if the resource does not list the node any more.
        package var score: Score?
        package var contributions: [Contribution]
        package var isAvailable: Bool
    }

    package var resource: String
    /// The node the resource was assigned to.
    package var assigned: String?
    package var decision: String?
    package var nodes: [NodeAccount]
}

extension ClusterState {
    /// Asks placement to keep account of the scores of a resource and of what is below it; call before `applyNodeCriteria()`.
    package mutating func recordScores(of r: ResourceIndex) {
        var wanted: Set<ResourceIndex> = []
        func collect(_ r: ResourceIndex) {
            wanted.insert(r)
            for child in resources[r].children { collect(child) }
        }
        collect(r)
        placement.recorder = ScoreRecorder(wanted: wanted)
    }

    /// The same for all resources.
    package mutating func recordAllScores() { placement.recorder = ScoreRecorder(wanted: nil) }

    /// The accounts of a resource, or of the primitives below it.
    /// - Parameter only: limits the account to one node.
    package func explainPlacement(of r: ResourceIndex, on only: NodeIndex? = nil) -> [PlacementExplanation] {
        if !resources[r].isPrimitive { return resources[r].children.flatMap { explainPlacement(of: $0, on: only) } }
        guard let recorder = placement.recorder, recorder.positions.indices.contains(r.position), recorder.positions[r.position] >= 0
        else { return [] }
        let ledger = recorder.ledgers[Int(recorder.positions[r.position])]
        let counted = ledger.reported ?? ledger.contributions
        var accounts: [PlacementExplanation.NodeAccount] = []
        for node in nodeOrder where only == nil || only == node {
            var account = PlacementExplanation.NodeAccount(
                node: nodes[node].name, score: nil, contributions: [], isAvailable: nodes[node].isAvailable)
            for entry in counted where entry.node == node {
                account.score = entry.after
                if let contribution = contribution(entry, of: r) { account.contributions.append(contribution) }
            }
            if !account.contributions.isEmpty || only != nil { accounts.append(account) }
        }
        return [
            PlacementExplanation(
                resource: resources[r].id, assigned: resources[r].assigned.map { nodes[$0].name },
                decision: ledger.decision, nodes: accounts)
        ]
    }

    private func contribution(_ entry: ScoreContribution, of r: ResourceIndex) -> PlacementExplanation.Contribution? {
        guard let after = entry.after else { return nil }
        let (kind, id, text) = describe(entry.cause)
        return PlacementExplanation.Contribution(
            score: difference(entry.before, after), total: after, kind: kind, id: id, text: text)
    }

    /// What has to be added to get from one score to another; nil if no addition does that.
    private func difference(_ before: Score?, _ after: Score) -> Score? {
        guard let before else { return after }
        if after == .minusInfinity || after == .infinity { return before == .minusInfinity ? nil : after }
        if before == .minusInfinity || before == .infinity { return nil }
        return Score(Int(after.value) - Int(before.value))
    }

    private func describe(_ cause: ScoreCause) -> (kind: String, id: String?, text: String) {
        switch cause {
        case .initial: ("initial", nil, "score of the node, and what its history says")
        case .location(let index): ("location", locations[index].id, "location \(locations[index].id)")
        case .stickiness: ("stickiness", nil, "resource-stickiness: it is active there")
        case .failureThreshold: ("migration-threshold", nil, "migration-threshold reached there")
        case .exclusiveDiscovery: ("resource-discovery", nil, "resource-discovery is exclusive to other nodes")
        case .shutdownLock: ("shutdown-lock", nil, "locked to the node that is shutting down")
        case .ticket(let id): ("ticket", id, "ticket \(id) is not granted")
        case .colocation(let c): ("colocation", colocations[c].id, "colocation \(colocations[c].id) with \(resources[colocations[c].primary].id)")
        case .dependent(let c): ("dependent", colocations[c].id, "preferences of \(resources[colocations[c].dependent].id), through colocation \(colocations[c].id)")
        case .promotion: ("promotion", nil, "promotion score")
        case .targetRole: ("target-role", nil, "it is to be stopped")
        case .instanceLimit: ("instance-limit", nil, "no room for an instance of the clone there")
        case .tooManyInstances: ("clone-max", nil, "the clone has its maximum of instances")
        case .bundleReplica: ("bundle", nil, "each replica has a node of its own")
        case .capacity: ("utilization", nil, "not enough capacity there")
        case .launcher: ("container", nil, "what launches it, or it is a connection or fence device that stays off remote nodes")
        case .restored: ("restored", nil, "an assignment was tried and taken back")
        case .other(let text): ("other", nil, text)
        }
    }
}

extension PlacementExplanation {
    /// For people: a heading, then the nodes with one line for each contribution.
    package var text: String {
        var lines = ["\(resource): \(assigned.map { "assigned to \($0)" } ?? "not assigned to any node")"]
        if let decision { lines.append("  decided by: \(decision)") }
        for account in nodes {
            let total = account.score.map(\.description) ?? "not listed"
            lines.append("  \(account.node): \(total)\(account.isAvailable ? "" : " (node is not available)")")
            for entry in account.contributions {
                let amount = entry.score.map { $0.value >= 0 ? "+\($0)" : "\($0)" } ?? "=\(entry.total)"
                lines.append("    \(String(repeating: " ", count: max(0, 10 - amount.utf8.count)))\(amount)  \(entry.text)")
            }
        }
        return lines.joined(separator: "\n")
    }

    /// For programs. Scores are numbers; ±1000000 is infinite.
    package var element: XMLElement {
        var result = XMLElement("placement", [("resource", resource)])
        result["assigned"] = assigned
        result["decision"] = decision
        for account in nodes {
            var node = XMLElement("node", [("name", account.node)])
            node["score"] = account.score.map { String($0.value) }
            node["available"] = account.isAvailable ? "true" : "false"
            for entry in account.contributions {
                var part = XMLElement("contribution", [("kind", entry.kind)])
                part["id"] = entry.id
                if let score = entry.score { part["score"] = String(score.value) } else { part["set"] = String(entry.total.value) }
                part["total"] = String(entry.total.value)
                part["text"] = entry.text
                node.children.append(part)
            }
            result.children.append(node)
        }
        return result
    }
}
