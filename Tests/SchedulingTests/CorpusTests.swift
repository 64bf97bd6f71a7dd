// SPDX-License-Identifier: GPL-2.0-or-later
// Decisions on a corpus of recorded CIBs: the graphs are the recorded ones, the same in every run, complete, and lead to rest.
// The corpus is the folder `cts-scheduler` of CLUSTERCTL_CASES; without it these tests say that they skip.

import CIBModel
import ClusterStatus
import ClusterXML
import Glibc
import Scheduling
import Testing

private let corpus = getenv("CLUSTERCTL_CASES").map { String(cString: $0) + "/cts-scheduler" }

private func bytes(of path: String) -> [UInt8]? {
    guard let file = fopen(path, "r") else { return nil }
    defer { fclose(file) }
    var result: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
        let count = fread(&buffer, 1, buffer.count, file)
        if count == 0 { return result }
        result += buffer[..<count]
    }
}

/// Names of the recorded cases whose time is fixed or does not matter.
private func caseNames() -> [String] {
    guard let corpus, let directory = opendir("\(corpus)/xml") else { return [] }
    defer { closedir(directory) }
    var names: [String] = []
    while let entry = readdir(directory) {
        let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
            pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
        }
        if name.hasSuffix(".xml") { names.append(String(name.dropLast(4))) }
    }
    return names.filter { !["date-1", "date-2", "date-3", "origin"].contains($0) }.sorted()
}

private func input(_ name: String) throws -> XMLElement? {
    guard let corpus, let text = bytes(of: "\(corpus)/xml/\(name).xml") else { return nil }
    return try CIBUpgrade.upgradedInMemory(XMLParser.parse(String(decoding: text, as: UTF8.self)))
}

private func time(of cib: XMLElement) -> Timestamp {
    Timestamp(epoch: cib["execution-date"].flatMap { Int64($0) } ?? Int64(Glibc.time(nil)))
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

@Suite("Recorded decisions", .enabled(if: corpus != nil, "CLUSTERCTL_CASES names no folder of recorded cases: nothing to compare with"))
struct CorpusTests {
    @Test("Every recorded graph comes out again")
    func graphs() throws {
        var differing: [String] = []
        for name in caseNames() {
            guard let corpus, let cib = try input(name), let expected = bytes(of: "\(corpus)/exp/\(name).exp") else { continue }
            var state = ClusterState(reading: cib, at: time(of: cib))
            state.isSimulation = true
            let result = Scheduler.run(state)
            if normalized(TransitionXML.text(of: result.transition)) != normalized(expected) { differing.append(name) }
        }
        #expect(differing == [])
    }

    @Test("The same input gives the same bytes, whatever the seed of hashing")
    func determinism() throws {
        for (position, name) in caseNames().enumerated() where position % 10 == 0 {
            guard let cib = try input(name) else { continue }
            let now = time(of: cib)
            let first = TransitionXML.text(of: Scheduler.run(cib: cib, now: now).transition)
            let second = TransitionXML.text(of: Scheduler.run(cib: cib, now: now).transition)
            #expect(first == second, "\(name)")
        }
    }

    @Test("Every input of a synapse is an action of the graph, and no action waits for itself")
    func inputsExist() throws {
        for (position, name) in caseNames().enumerated() where position % 5 == 0 {
            guard let cib = try input(name) else { continue }
            let transition = Scheduler.run(cib: cib, now: time(of: cib)).transition
            for synapse in transition.synapses {
                #expect(!synapse.inputs.contains(synapse.action.id), "\(name)")
                for input in synapse.inputs { #expect(transition.action(input) != nil, "\(name): \(input)") }
            }
        }
    }
}
