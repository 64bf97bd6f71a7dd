// SPDX-License-Identifier: GPL-2.0-or-later
// The scheduler as a program: the same bytes in every process, and no input that it does not answer.
import Foundation
import Testing

private let environment = ProcessInfo.processInfo.environment
private let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
private let inputs = environment["CLUSTERCTL_CASES"].map { $0 + "/cts-scheduler/xml" }

@Suite(.serialized)
struct SchedulerProgramTests {
    /// Every process hashes with a seed of its own, so what depends on the order of a hash table differs between two of them.
    @Test("Two processes give the same bytes for every recorded input", .enabled(if: inputs != nil, "CLUSTERCTL_CASES names no recorded inputs"))
    func determinism() throws {
        let folder = try #require(inputs)
        let names = try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".xml") }.sorted()
        var differing: [String] = []
        for name in names {
            let first = try answer("\(folder)/\(name)")
            let second = try answer("\(folder)/\(name)")
            if first != second { differing.append(name) }
        }
        #expect(differing == [])
        #expect(!names.isEmpty)
    }

    @Test("Two processes give the same bytes for generated configurations", arguments: [1, 2, 3, 5, 8, 13, 21, 34])
    func determinismOfGenerated(seed: Int) throws {
        let generator = Process()
        generator.executableURL = root.appendingPathComponent("Tests/Differential/generate.py")
        generator.arguments = [String(seed)]
        generator.environment = environment.merging(["PYTHONDONTWRITEBYTECODE": "1"]) { $1 }
        let output = Pipe()
        generator.standardOutput = output
        try generator.run()
        let cib = output.fileHandleForReading.readDataToEndOfFile()
        generator.waitUntilExit()
        let path = try CrmSimulateProgram.written(String(decoding: cib, as: UTF8.self))
        defer { try? FileManager.default.removeItem(at: path) }
        let first = try answer(path.path)
        #expect(String(decoding: first, as: UTF8.self).contains("Revised Cluster Status:"))
        #expect(try answer(path.path) == first)
    }

    @Test("Mutated and truncated CIBs give a result or a clear error")
    func fuzzing() throws {
        let process = Process()
        process.executableURL = root.appendingPathComponent("Tests/fuzz-scheduler")
        let keep = FileManager.default.temporaryDirectory.appendingPathComponent("fuzz-failures").path
        process.arguments = ["--runs", "400", "--binary", CrmSimulateProgram.path, "--keep", keep, "--limit", "60"]
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        #expect(process.terminationStatus == 0, "\(text)")
    }

    @Test("What a changed fence device's record should be is said of the input only, not of the status that a simulation ends with")
    func notesOfTheRevisedStatus() throws {
        let cib = """
            <cib crm_feature_set="3.20.5" validate-with="pacemaker-4.0" epoch="1" num_updates="0" admin_epoch="0" have-quorum="0"><configuration>
            <crm_config/><nodes><node id="1" uname="a"/><node id="2" uname="b"/></nodes><resources>
            <primitive id="f" class="stonith" type="fence_x"><meta_attributes id="m"><nvpair id="p" name="provides" value="unfencing"/>
            </meta_attributes></primitive><primitive id="r" class="ocf" provider="pacemaker" type="Dummy"><meta_attributes id="n">
            <nvpair id="q" name="requires" value="unfencing"/></meta_attributes></primitive></resources><constraints/>
            </configuration><status><node_state id="1" uname="a" in_ccm="true" crmd="online" join="member" expected="member"/>
            <node_state id="2" uname="b" in_ccm="false" crmd="offline" join="down" expected="member"><transient_attributes id="2">
            <instance_attributes id="t"><nvpair id="d" name="#digests-all" value="f:fence_x:0,"/></instance_attributes></transient_attributes>
            </node_state></status></cib>
            """
        let path = try CrmSimulateProgram.written(cib)
        defer { try? FileManager.default.removeItem(at: path) }
        let lines = String(decoding: try CrmSimulateProgram.run(["-x", path.path, "-S"]), as: UTF8.self).split(separator: "\n")
        #expect(lines.count { $0.contains("for unfencing b changed, try 'f:fence_x:") } == 1)
        #expect(lines.count { $0.contains("Unfencing node b because the definition of f changed") } == 2)
    }

    @Test("Fail counts are shown together with the failed actions")
    func failedActions() throws {
        let path = try CrmSimulateProgram.written(Self.failedStart)
        defer { try? FileManager.default.removeItem(at: path) }
        func answer(_ options: String...) throws -> String { String(decoding: try CrmSimulateProgram.run(["-x", path.path] + options), as: UTF8.self) }
        #expect(try answer("-c").contains("  * Failed Resource Actions:\n    * r_start_0 on a 'Error occurred' (1): call=2"))
        #expect(try answer("-c", "--output-as=xml").contains("<failure op_key=\"r_start_0\" node=\"a\""))
        #expect(try !answer().contains("Failed Resource Actions"))
    }

    @Test("--quiet does not cut an answer in XML; --save-output writes the file whether or not a transition is simulated")
    func quietAndSavedOutput() throws {
        let path = try CrmSimulateProgram.written(Self.failedStart)
        let saved = path.appendingPathExtension("out")
        defer { for file in [path, saved] { try? FileManager.default.removeItem(at: file) } }
        let plain = String(decoding: try CrmSimulateProgram.run(["-x", path.path, "--output-as=xml", "-Q"]), as: UTF8.self)
        #expect(plain.contains("<cluster_status>"))
        _ = try CrmSimulateProgram.run(["-x", path.path, "-i", "r_monitor_10000@a=7", "-O", saved.path])
        let text = try String(contentsOf: saved, encoding: .utf8)
        #expect(text.contains("<instance_attributes id=\"1\">"))
        #expect(text.contains("<nvpair id=\"_-fail-count-r.monitor_10000\" name=\"fail-count-r#monitor_10000\" value=\"1\"/>"))
    }

    /// A resource that failed to start.
    private static let failedStart = """
        <cib crm_feature_set="3.20.5" validate-with="pacemaker-4.0" epoch="1" num_updates="0" admin_epoch="0" have-quorum="1"><configuration>
        <crm_config/><nodes><node id="1" uname="a"/></nodes><resources>
        <primitive id="r" class="ocf" provider="pacemaker" type="Dummy"/></resources><constraints/></configuration><status>
        <node_state id="1" uname="a" in_ccm="true" crmd="online" join="member" expected="member"><lrm id="1"><lrm_resources>
        <lrm_resource id="r" class="ocf" provider="pacemaker" type="Dummy"><lrm_rsc_op id="r_last_failure_0" operation="start"
         operation_key="r_start_0" call-id="2" rc-code="1" op-status="0" interval="0" transition-key="1:1:0:u"
         transition-magic="0:1;1:1:0:u"/></lrm_resource></lrm_resources></lrm></node_state></status></cib>
        """

    /// Everything one run writes: text, scores, dot file, graph.
    private func answer(_ path: String) throws -> Data {
        let scratch = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: scratch, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: scratch) }
        let (dot, graph) = (scratch.appendingPathComponent("dot"), scratch.appendingPathComponent("graph"))
        var result = try CrmSimulateProgram.run(["-x", path, "-S", "-s", "-t", "2026-01-01 00:00:00Z", "-D", dot.path, "-G", graph.path])
        result.append((try? Data(contentsOf: dot)) ?? Data())
        result.append((try? Data(contentsOf: graph)) ?? Data())
        return result
    }
}
