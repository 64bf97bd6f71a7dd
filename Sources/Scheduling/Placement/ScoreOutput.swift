// SPDX-License-Identifier: GPL-2.0-or-later
// Scores and capacities for `crm_simulate -s` and `-U` (scheduler spec section 25): placement reports values, and what is shown is
// made of them, as lines for people and as elements for programs.

package import ClusterStatus
import CIBModel
package import ClusterXML

extension ClusterState {
    // MARK: Reporting

    /// One report for each entry of the resource's table, then the same for everything below it.
    mutating func reportScores(_ r: ResourceIndex, _ step: PlacementStep) {
        if placement.recorder != nil { recordReport(r) }
        if placement.showScores { appendScores(of: r, step) }
    }

    private mutating func appendScores(of r: ResourceIndex, _ step: PlacementStep) {
        if resources[r].has(.removed) { return }
        for node in nodeOrder where resources[r].nodes.contains(node) {
            scoreReports.append(.allocation(step, r, node, resources[r].nodes[node].score))
        }
        for child in resources[r].children { appendScores(of: child, step) }
    }

    mutating func reportPromotion(_ r: ResourceIndex) {
        guard placement.showScores else { return }
        scoreReports.append(.promotion(r, location(of: r, current: false), resources[r].promotionPriority))
    }

    /// Capacities of all nodes but those of bundles.
    mutating func reportCapacity(_ moment: CapacityMoment) {
        guard placement.showUtilization else { return }
        for node in nodeOrder where !isBundleNode(node) {
            let configured = nodes[node].utilization
            let amounts = nodes[node].remaining.map { name, value in
                let text = nodes[node].calculatedCapacities.contains(name) ? nil : configured[name]
                return UtilizationAmount(name: name, value: text ?? String(value))
            }
            scoreReports.append(.capacity(moment, node, Self.inTableOrder(amounts)))
        }
    }

    mutating func reportUtilization(_ r: ResourceIndex, on node: NodeIndex) {
        guard placement.showUtilization else { return }
        let amounts = resources[r].utilization.entries.map { UtilizationAmount(name: $0.name, value: $0.value) }
        scoreReports.append(.utilization(r, node, Self.inTableOrder(amounts)))
    }

    /// The reference shows them as they lie in its tables.
    private static func inTableOrder(_ amounts: [UtilizationAmount]) -> [UtilizationAmount] {
        StringHashOrder.positions(of: amounts.map(\.name)).map { amounts[$0] }
    }

    // MARK: Showing

    /// The reports as lines, without marks in front and line ends; made one by one, because clones of thousands on thousands of
    /// nodes have millions.
    package var scoreLines: LazyMapCollection<[ScoreReport], String> { scoreReports.lazy.map(line) }

    private func line(_ report: ScoreReport) -> String {
        switch report {
        case .allocation(let step, let r, let node, let score):
            "\(step.rawValue): \(resources[r].id) allocation score on \(nodes[node].name): \(score)"
        case .promotion(let r, let node, let score):
            "\(resources[r].id) promotion score \(node.map { "on \(nodes[$0].name)" } ?? "(inactive)"): \(score)"
        case .capacity(let moment, let node, let amounts):
            "\(moment.rawValue): \(nodes[node].name) capacity:" + Self.words(amounts)
        case .utilization(let r, let node, let amounts):
            "\(PlacementStep.assignment.rawValue): \(resources[r].id) utilization on \(nodes[node].name):" + Self.words(amounts)
        }
    }

    private static func words(_ amounts: [UtilizationAmount]) -> String {
        amounts.reduce(into: "") { $0 += " \($1.name)=\($1.value)" }
    }

    /// The reports as the reference's XML has them.
    package var scoreElements: [XMLElement] { scoreReports.map(element) }

    private func element(_ report: ScoreReport) -> XMLElement {
        switch report {
        case .allocation(let step, let r, let node, let score):
            return XMLElement(
                "node_weight",
                [("function", step.rawValue), ("node", nodes[node].name), ("score", "\(score)"), ("id", resources[r].id)])
        case .promotion(let r, let node, let score):
            let place = node.map { [("node", nodes[$0].name)] } ?? []
            return XMLElement("promotion_score", [("id", resources[r].id), ("score", "\(score)")] + place)
        case .capacity(let moment, let node, let amounts):
            let attributes = [("node", nodes[node].name), ("comment", moment.rawValue)]
            return XMLElement("capacity", attributes, children: amounts.map(Self.element))
        case .utilization(let r, let node, let amounts):
            let attributes = [("resource", resources[r].id), ("node", nodes[node].name), ("function", PlacementStep.assignment.rawValue)]
            return XMLElement("utilization", attributes, children: amounts.map(Self.element))
        }
    }

    /// An element named like the attribute. A name that no element can have (the reference's XML is broken there) is said by an
    /// XML attribute instead.
    private static func element(_ amount: UtilizationAmount) -> XMLElement {
        let content = [XMLElement.text(amount.value)]
        if XMLElement.isPossibleName(amount.name) { return XMLElement(amount.name, children: content) }
        return XMLElement("attribute", [("name", amount.name)], children: content)
    }
}
