// SPDX-License-Identifier: GPL-2.0-or-later
// An explanation is an account: for every resource and node of every recorded CIB its contributions add up to the score that
// placement printed.

import CIBModel
import ClusterStatus
import ClusterXML
import Glibc
import Scheduling
import Testing

@Suite("Explanations", .enabled(if: RecordedInputs.folder != nil, "CLUSTERCTL_CASES names no folder of recorded cases"))
struct ExplanationTests {
    @Test("On every recorded case, for every resource and node, the contributions sum to the printed score")
    func contributionsAddUp() throws {
        var wrong: [String] = []
        var compared = 0
        for name in RecordedInputs.names() {
            guard let cib = try RecordedInputs.cib(name) else { continue }
            var state = ClusterState(reading: cib, at: RecordedInputs.time(of: cib))
            state.isSimulation = true
            state.placement.showScores = true
            state.recordAllScores()
            _ = state.schedule(transitionID: 1)
            let printed = lastScores(Array(state.scoreLines))
            for r in state.topLevel {
                for explanation in state.explainPlacement(of: r) {
                    for account in explanation.nodes {
                        guard let line = printed["\(explanation.resource) \(account.node)"] else { continue }
                        compared += 1
                        let sum = total(account.contributions)
                        if sum != account.score || sum?.description != line {
                            wrong.append("\(name): \(explanation.resource) on \(account.node): \(String(describing: sum)) for \(line)")
                        }
                    }
                }
            }
        }
        #expect(wrong == [], "\(wrong.count) of \(compared)")
        #expect(compared > 10_000)
    }

    /// Adds what is added and takes over what is set.
    private func total(_ contributions: [PlacementExplanation.Contribution]) -> Score? {
        var sum: Score?
        for part in contributions { sum = part.score.map { (sum ?? .zero) + $0 } ?? part.total }
        return sum
    }

    /// The score of the last line of each primitive and node: an instance may be tried on several nodes.
    private func lastScores(_ lines: [String]) -> [String: String] {
        var result: [String: String] = [:]
        let (step, words) = ("pcmk__primitive_assign: ", " allocation score on ")
        for line in lines where line.hasPrefix(step) {
            guard let middle = line.firstRange(of: words), let colon = line.lastIndex(of: ":"), colon > middle.upperBound else { continue }
            let resource = line[line.index(line.startIndex, offsetBy: step.count)..<middle.lowerBound]
            result["\(resource) \(line[middle.upperBound..<colon])"] = String(line[line.index(colon, offsetBy: 2)...])
        }
        return result
    }
}
