// SPDX-License-Identifier: GPL-2.0-or-later
// Scores as `crm_simulate -s` prints them (scheduler spec section 25).

import ClusterStatus
import CIBModel

extension ClusterState {
    /// One line for each entry of the resource's table, then the same for everything below it.
    func scoreLines(of r: ResourceIndex, _ step: String, into lines: inout [String]) {
        if resources[r].has(.removed) { return }
        for node in nodeOrder where resources[r].nodes.contains(node) {
            lines.append(
                "\(step): \(resources[r].id) allocation score on \(nodes[node].name): \(resources[r].nodes[node].score)")
        }
        for child in resources[r].children { scoreLines(of: child, step, into: &lines) }
    }

    mutating func reportScores(_ r: ResourceIndex, _ step: String) {
        if placement.recorder != nil { recordReport(r) }
        guard placement.showScores else { return }
        var lines: [String] = []
        scoreLines(of: r, step, into: &lines)
        scoreLines += lines
    }

    mutating func reportPromotion(_ r: ResourceIndex) {
        guard placement.showScores else { return }
        let place = location(of: r, current: false).map { "on \(nodes[$0].name)" } ?? "(inactive)"
        scoreLines.append("\(resources[r].id) promotion score \(place): \(resources[r].promotionPriority)")
    }

    /// Capacities of all nodes but those of bundles.
    mutating func reportCapacity(_ heading: String) {
        guard placement.showUtilization else { return }
        for node in nodeOrder where !isBundleNode(node) {
            var line = "\(heading): \(nodes[node].name) capacity:"
            for entry in nodes[node].remaining.sorted(by: { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }) {
                line += " \(entry.name)=\(entry.value)"
            }
            scoreLines.append(line)
        }
    }

    mutating func reportUtilization(_ r: ResourceIndex, on node: NodeIndex, _ need: Demand) {
        guard placement.showUtilization else { return }
        var line = "pcmk__assign_resource: \(resources[r].id) utilization on \(nodes[node].name):"
        for entry in need.entries.sorted(by: { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }) {
            line += " \(entry.name)=\(entry.value)"
        }
        scoreLines.append(line)
    }
}
