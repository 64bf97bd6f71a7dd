// SPDX-License-Identifier: GPL-2.0-or-later
// Keeping an account of scores: every change of a recorded resource's table is noted with its cause. When nothing is
// recorded, each call costs two comparisons.

import ClusterStatus
import CIBModel

extension ClusterState {
    /// Compares the table of a resource, and of everything below it, with what was seen last, and notes the differences. Has to be
    /// called after every change: what is remembered of walks asks the table, too.
    @inline(__always)
    mutating func recordScores(_ r: ResourceIndex, _ cause: ScoreCause) {
        if !placement.walks.isEmpty { forgetWalks(over: r) }
        if placement.recorder != nil { noteDifferences(r, cause) }
    }

    private mutating func noteDifferences(_ r: ResourceIndex, _ cause: ScoreCause) {
        for child in resources[r].children { noteDifferences(child, cause) }
        guard let ledger = ledger(of: r) else { return }
        let table = resources[r].nodes
        if cause == .restored { rewind(ledger, to: table) }
        let seen = placement.recorder?.ledgers[ledger].seen ?? NodeTable()
        for node in nodeOrder {
            let before = seen.contains(node) ? seen[node].score : nil
            let after = table.contains(node) ? table[node].score : nil
            if before == after { continue }
            placement.recorder?.ledgers[ledger].contributions.append(
                ScoreContribution(node: node, before: before, after: after, cause: cause))
        }
        placement.recorder?.ledgers[ledger].seen = table
    }

    /// The place of a resource's ledger; nil if it is not recorded.
    private mutating func ledger(of r: ResourceIndex) -> Int? {
        guard placement.recorder != nil else { return nil }
        if let wanted = placement.recorder?.wanted, !wanted.contains(r) { return nil }
        // In place: a copy of the recorder would make each new ledger cost as much as there are.
        let missing = resources.count - (placement.recorder?.positions.count ?? 0)
        if missing > 0 { placement.recorder?.positions.append(contentsOf: repeatElement(-1, count: missing)) }
        guard let known = placement.recorder?.positions[r.position], let count = placement.recorder?.ledgers.count else { return nil }
        if known >= 0 { return Int(known) }
        placement.recorder?.positions[r.position] = Int32(truncatingIfNeeded: count)
        placement.recorder?.ledgers.append(ScoreRecorder.Ledger(resource: r))
        return count
    }

    /// Whether the scores of a resource have to be explained.
    func isRecorded(_ r: ResourceIndex) -> Bool {
        guard placement.recorder != nil else { return false }
        return placement.recorder?.wanted?.contains(r) ?? true
    }

    /// The first account of all tables.
    mutating func recordInitialScores() {
        guard placement.recorder != nil else { return }
        for r in topLevel { noteDifferences(r, .initial) }
    }

    /// Takes back what was noted since the table last looked like this.
    private mutating func rewind(_ ledger: Int, to table: NodeTable) {
        guard var record = placement.recorder?.ledgers[ledger] else { return }
        while let last = record.contributions.last, record.seen != table {
            record.contributions.removeLast()
            if let before = last.before {
                record.seen[last.node].score = before
            } else {
                record.seen.remove(last.node)
            }
            if scoresAgree(record.seen, table) { break }
        }
        placement.recorder?.ledgers[ledger] = record
    }

    private func scoresAgree(_ a: NodeTable, _ b: NodeTable) -> Bool {
        nodeOrder.allSatisfy { a.contains($0) == b.contains($0) && (!a.contains($0) || a[$0].score == b[$0].score) }
    }

    /// Remembers what one step of a walk changed.
    mutating func recordSteps(from before: NodeTable, to after: NodeTable, along c: ColocationIndex) {
        for node in nodeOrder where before.contains(node) && after[node].count >= 0 && before[node].score != after[node].score {
            placement.recorder?.steps.append(
                ScoreContribution(node: node, before: before[node].score, after: after[node].score, cause: .dependent(c)))
        }
    }

    /// Notes the steps of a finished walk, then whatever else it changed.
    mutating func commitSteps(_ r: ResourceIndex, _ c: ColocationIndex) {
        if let ledger = ledger(of: r), let steps = placement.recorder?.steps {
            for step in steps {
                guard let seen = placement.recorder?.ledgers[ledger].seen, seen.contains(step.node),
                    seen[step.node].score == step.before, let after = step.after
                else { continue }
                placement.recorder?.ledgers[ledger].seen[step.node].score = after
                placement.recorder?.ledgers[ledger].contributions.append(step)
            }
        }
        recordScores(r, .dependent(c))
    }

    /// Marks that the scores of a resource are those it is placed by.
    mutating func recordReport(_ r: ResourceIndex) {
        guard placement.recorder != nil, let ledger = ledger(of: r) else { return }
        let contributions = placement.recorder?.ledgers[ledger].contributions
        placement.recorder?.ledgers[ledger].reported = contributions
    }

    mutating func recordDecision(_ r: ResourceIndex, _ text: @autoclosure () -> String) {
        guard placement.recorder != nil, let ledger = ledger(of: r) else { return }
        placement.recorder?.ledgers[ledger].decision = text()
    }

    /// Says what decided between the chosen node and the next best one.
    mutating func explainDecision(_ r: ResourceIndex, chosen: NodeIndex, preferred: NodeIndex?, current: NodeIndex?) {
        let table = resources[r].nodes
        let ranking = sortedNodes(table, preferred: current)
        let name = nodes[chosen].name
        guard let other = ranking.first(where: { $0 != chosen }) else {
            return recordDecision(r, "\(name) is the only node")
        }
        if table[chosen].score.value < 0 { return recordDecision(r, "no node is allowed") }
        let because = compareNodes(chosen, other, in: table, preferred: current).because
        let rival = nodes[other].name
        if table[chosen].score == table[other].score, chosen == preferred, chosen != ranking.first {
            return recordDecision(r, "\(name) is preferred, and no node scores higher")
        }
        if chosen != ranking.first { return recordDecision(r, "it is on \(name), and no node scores higher") }
        switch because {
        case .score: recordDecision(r, "\(name) has the highest score, before \(rival)")
        case .capacity: recordDecision(r, "\(name) scores like \(rival) but has more free capacity")
        case .assignedCount: recordDecision(r, "\(name) scores like \(rival) but has fewer resources assigned")
        case .preferred: recordDecision(r, "\(name) scores like \(rival) but the resource is there already")
        case .name, .same: recordDecision(r, "\(name) scores like \(rival) but comes first by name")
        }
    }
}
