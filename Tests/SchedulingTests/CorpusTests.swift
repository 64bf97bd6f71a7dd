// SPDX-License-Identifier: GPL-2.0-or-later
// Decisions on a corpus of recorded CIBs: the graphs are the recorded ones, the same in every run, complete, and lead to rest.
// The corpus is the folder `cts-scheduler` of CLUSTERCTL_CASES; without it these tests say that they skip.

import CIBModel
import ClusterStatus
import ClusterXML
import Glibc
import Scheduling
import Testing

/// Names of the recorded cases whose time is fixed or does not matter.
private func caseNames() -> [String] {
    RecordedInputs.names().filter { !["date-1", "date-2", "date-3", "origin"].contains($0) }
}

/// A graph without what the comparison leaves out: blanks, the feature set, the batch limit.
private func normalized(_ graph: [UInt8]) -> String {
    var text = String(decoding: graph, as: UTF8.self)
    for name in ["crm_feature_set=\"", "batch-limit=\""] {
        var rest = text[...]
        var kept = ""
        while let start = rest.firstRange(of: name) {
            kept += rest[..<start.lowerBound]
            let value = rest[start.upperBound...]
            rest = value.firstIndex(of: "\"").map { value[value.index(after: $0)...] } ?? ""
        }
        text = kept + rest
    }
    return text.filter { !$0.isWhitespace }
}

@Suite("Recorded decisions", .enabled(if: RecordedInputs.folder != nil, "CLUSTERCTL_CASES names no folder of recorded cases: nothing to compare with"))
struct CorpusTests {
    @Test("Every recorded graph comes out again")
    func graphs() throws {
        var differing: [String] = []
        var compared = 0
        for name in caseNames() {
            guard let folder = RecordedInputs.folder, let cib = try RecordedInputs.cib(name),
                let expected = RecordedInputs.bytes(of: "\(folder)/exp/\(name).exp")
            else { continue }
            compared += 1
            var state = ClusterState(reading: cib, at: RecordedInputs.time(of: cib))
            state.isSimulation = true
            let result = Scheduler.run(state)
            if normalized(TransitionXML.text(of: result.transition)) != normalized(expected) { differing.append(name) }
        }
        #expect(differing == [])
        #expect(compared > 0, "the folder has no case with a recorded graph")
    }

    @Test("Every input of a synapse is an action of the graph, and no action waits for itself")
    func inputsExist() throws {
        for (position, name) in caseNames().enumerated() where position % 5 == 0 {
            guard let cib = try RecordedInputs.cib(name) else { continue }
            let transition = Scheduler.run(cib: cib, now: RecordedInputs.time(of: cib)).transition
            for synapse in transition.synapses {
                #expect(!synapse.inputs.contains(synapse.action.id), "\(name)")
                for input in synapse.inputs { #expect(transition.action(input) != nil, "\(name): \(input)") }
            }
        }
    }
}
