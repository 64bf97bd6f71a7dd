// SPDX-License-Identifier: GPL-2.0-or-later
// The options of crm_simulate: where the CIB comes from, what happens, what is shown and what is saved. The lines are those of the
// reference for the same CIB.
import Foundation
import Testing

@Suite("Options of crm_simulate")
struct SimulateOptionTests {
    /// A folder with one file, `cib.xml`, removed when the test is over.
    private final class Folder {
        let url: URL
        var cib: URL { self["cib.xml"] }

        init() throws {
            url = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
            try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
            try Data(SimulateOptionTests.text.utf8).write(to: cib)
        }

        deinit { try? FileManager.default.removeItem(at: url) }

        subscript(_ name: String) -> URL { url.appendingPathComponent(name) }

        func text(of name: String) throws -> String { try String(contentsOf: self[name], encoding: .utf8) }
    }

    /// Two nodes; `r` runs on `a` and would rather be on `b`; `s` needs a ticket that is not granted.
    private static let text = """
        <cib crm_feature_set="3.20.5" validate-with="pacemaker-4.0" epoch="1" num_updates="0" admin_epoch="0" have-quorum="1"><configuration>
        <crm_config><cluster_property_set id="o"><nvpair id="o1" name="fencing-enabled" value="false"/></cluster_property_set></crm_config>
        <nodes><node id="1" uname="a"><utilization id="u"><nvpair id="u1" name="cpu" value="4"/></utilization></node><node id="2" uname="b"/></nodes>
        <resources><primitive id="r" class="ocf" provider="pacemaker" type="Dummy"><meta_attributes id="m"><nvpair id="m1"
         name="resource-stickiness" value="10"/></meta_attributes></primitive><primitive id="s" class="ocf" provider="pacemaker" type="Dummy"/>
        </resources><constraints><rsc_location id="l" rsc="r" node="b" score="5"/><rsc_ticket id="k" rsc="s" ticket="T"/></constraints>
        </configuration><status><node_state id="1" uname="a" in_ccm="true" crmd="online" join="member" expected="member"><transient_attributes
         id="1"><instance_attributes id="ta"><nvpair id="ta1" name="ping" value="10"/></instance_attributes></transient_attributes><lrm id="1">
        <lrm_resources><lrm_resource id="r" class="ocf" provider="pacemaker" type="Dummy"><lrm_rsc_op id="r_last_0" operation="start"
         operation_key="r_start_0" call-id="2" rc-code="0" op-status="0" interval="0" transition-key="1:1:0:u" transition-magic="0:0;1:1:0:u"
         op-digest="f2317cad3d54cec5d7d7aa7d0bf35cf8"/></lrm_resource></lrm_resources></lrm></node_state><node_state id="2" uname="b"
         in_ccm="true" crmd="online" join="member" expected="member"/><tickets><ticket_state id="T" granted="false"/></tickets></status></cib>
        """

    private func answer(_ options: String) throws -> String {
        let folder = try Folder()
        let result = try CrmSimulateProgram.answer(["-x", folder.cib.path] + options.split(separator: " ").map(String.init))
        #expect(result.status == 0)
        return String(decoding: result.output, as: UTF8.self)
    }

    @Test("The CIB is a file, standard input or the one that stands for the cluster's")
    func sources() throws {
        let folder = try Folder()
        let file = try CrmSimulateProgram.answer(["-x", folder.cib.path, "-S"])
        let pipe = try CrmSimulateProgram.answer(["-p", "-S"], input: folder.cib)
        let live = try CrmSimulateProgram.answer(["-L", "-S"], more: ["CIB_file": folder.cib.path])
        #expect(file.status == 0 && !file.output.isEmpty)
        #expect(pipe == file)
        #expect(live == file)
    }

    @Test("What is shown is what was asked for", arguments: [
        ("", ["Current cluster status:"], ["Transition Summary:", "Executing", "Revised", "ping"]),
        ("-R", ["Current cluster status:", "Transition Summary:"], ["Executing"]),
        ("-S", ["Transition Summary:", "Executing Cluster Transition:\n  * Resource action: r               monitor on b", "Revised Cluster Status:"], []),
        ("-R -Q", [], ["Current cluster status:", "Transition Summary:"]),
        ("-s", ["  * pcmk__primitive_assign: r allocation score on a: 10\n  * pcmk__primitive_assign: r allocation score on b: 5\n"], []),
        ("-U", ["Original: a capacity: cpu=4"], []), ("-A", ["* ping                            \t: 10"], []), ("-c", ["Migration Summary:"], []),
    ] as [(String, [String], [String])])
    func sections(options: String, shown: [String], absent: [String]) throws {
        let answer = try answer(options)
        for text in shown { #expect(answer.contains(text), "\(text) in \(answer)") }
        for text in absent { #expect(!answer.contains(text), "\(text) in \(answer)") }
    }

    @Test("Events are told of, and the decision is made after them", arguments: [
        ("-R -d a", ["  * Taking node a offline", "  * Start      r       (     b )"]),
        ("-R -d a -u a", ["  * Bringing node a online\n  * Taking node a offline"]), ("-R -f b", ["  * Failing node b"]),
        ("-R -g T", ["  * Granting ticket T", "  * Start      s       (     b )"]), ("-R -r T", ["  * Revoking ticket T"]),
        ("-R -b T", ["  * Making ticket T standby"]), ("-R -e T", ["  * Activating ticket T"]), ("-R -w true", ["  * Setting watchdog: true"]),
        ("-R -q false -d b", ["  * Setting quorum: false", "  * Stop       r       (     a )  due to no quorum"]),
        ("-R -t 2020-01-01", ["Setting effective cluster time: 2020-01-01"]),
        (
            "-R -i r_monitor_10000@a=1",
            [
                "  * Injecting r_monitor_10000@a=1 into the configuration",
                "  * Injecting attribute fail-count-r#monitor_10000=1 into /node_state '1'",
            ]
        ),
        (
            "-F s_monitor_0@b=1",
            ["Pretending action 3 failed with rc=1\n  * Injecting attribute fail-count-s#monitor_0=1 into /node_state '2'"]
        ),
    ] as [(String, [String])])
    func events(options: String, lines: [String]) throws {
        let answer = try answer(options)
        for line in lines { #expect(answer.contains(line + "\n"), "\(line) in \(answer)") }
    }

    @Test("The time is what the CIB says, as the number that it begins with; 0 is none", arguments: [
        ("7", "1970-01-01 00:00:07Z"), (" 7x", "1970-01-01 00:00:07Z"), ("-5", "1969-12-31 23:59:55Z"), ("0", nil), ("x", nil), ("", nil),
    ] as [(String, String?)])
    func recordedTime(written: String, shown: String?) throws {
        let folder = try Folder()
        try Data(Self.text.replacingOccurrences(of: "<cib ", with: "<cib execution-date=\"\(written)\" ").utf8).write(to: folder.cib)
        let answer = String(decoding: try CrmSimulateProgram.run(["-x", folder.cib.path]), as: UTF8.self)
        let first = answer.split(separator: "\n").first.map(String.init)
        #expect(first == (shown.map { "Using the original execution date of: " + $0 } ?? "Current cluster status:"))
    }

    @Test("The input, the result, the graph and its picture are saved; the input itself stays unless it is to be replaced")
    func files() throws {
        let folder = try Folder()
        let saved = ["-I", folder["in"].path, "-O", folder["out"].path, "-G", folder["graph"].path, "-D", folder["dot"].path]
        #expect(try CrmSimulateProgram.answer(["-x", folder.cib.path, "-S", "-g", "T"] + saved).status == 0)
        #expect(try !folder.text(of: "in").contains("s_last_0"))
        #expect(try folder.text(of: "in").contains("granted=\"true\""))
        #expect(try folder.text(of: "out").contains("s_last_0"))
        #expect(try folder.text(of: "graph").hasPrefix("<transition_graph cluster-delay=\"60s\""))
        #expect(try folder.text(of: "dot").contains("\"s_start_0 b\" [ style=bold color=\"green\" fontcolor=\"black\"]"))
        #expect(try !folder.text(of: "dot").contains("r_start_0"))
        #expect(try folder.text(of: "cib.xml") == Self.text)
        #expect(try CrmSimulateProgram.answer(["-x", folder.cib.path, "-X", "-g", "T", "-a", "-D", folder["dot"].path]).status == 0)
        #expect(try folder.text(of: "cib.xml").contains("s_last_0"))
        #expect(try folder.text(of: "dot").contains("r_start_0"))
    }

    @Test("Programs get the same as XML or JSON")
    func structured() throws {
        let xml = try answer("-S -s -g T --output-as=xml")
        for text in [
            "<node_weight function=\"pcmk__primitive_assign\" node=\"a\" score=\"10\" id=\"r\"/>", "<rsc_action action=\"start\" resource=\"s\" node=\"b\"/>",
            "<rsc_action resource=\"s\" op=\"start\" node=\"b\"/>", "<status code=\"0\" message=\"OK\"/>",
        ] { #expect(xml.contains(text), "\(text) in \(xml)") }
        let json = try JSONSerialization.jsonObject(with: Data(answer("-S -s -g T --output-as=json").utf8)) as? [String: Any]
        let sections = ["cluster_status", "modifications", "allocations", "actions", "transition", "revised_cluster_status", "status"]
        #expect(sections.filter { json?[$0] == nil } == [])
    }

    @Test("An explanation names each contribution and what decided; for programs, too")
    func explanations() throws {
        let text = try answer("--explain r")
        #expect(text.contains("r: assigned to a\n  decided by: a has the highest score, before b\n  a: 10\n"))
        #expect(text.contains("            +5  location l\n"))
        #expect(try !answer("--explain r b").contains("a: 10"))
        let json = try JSONSerialization.jsonObject(with: Data(answer("--explain r --output-as=json").utf8)) as? [String: Any]
        let placement = (json?["explanation"] as? [String: Any])?["placement"] as? [String: Any]
        #expect(placement?["assigned"] as? String == "a")
        let nodes = placement?["node"] as? [[String: Any]] ?? []
        #expect(nodes.map { $0["name"] as? String } == ["a", "b"])
        let contributions = nodes.last?["contribution"] as? [[String: Any]] ?? []
        #expect(contributions.last?["id"] as? String == "l")
        #expect(contributions.last?["total"] as? String == nodes.last?["score"] as? String)
    }

    @Test("A folder of CIBs is timed in order; one that cannot be decided about keeps no other from it")
    func profile() throws {
        let folder = try Folder()
        try Data("<cib".utf8).write(to: folder["broken.xml"])
        try Data(Self.text.utf8).write(to: folder["z.xml"])
        let (output, status) = try CrmSimulateProgram.answer(["--profile", folder.url.path, "-N", "2"])
        let lines = String(decoding: output, as: UTF8.self).split(separator: "\n").map { $0.components(separatedBy: " ... ")[0] }
        #expect(lines == ["Timings:", "  * Testing \(folder.cib.path)", "  * Testing \(folder["z.xml"].path)"])
        #expect(status != 0)
        let xml = try CrmSimulateProgram.answer(["--profile", folder.url.path, "--output-as=xml"]).output
        #expect(String(decoding: xml, as: UTF8.self).contains("<timing file=\"\(folder["z.xml"].path)\" duration=\"0."))
        #expect(try CrmSimulateProgram.answer(["--profile", "/nowhere"]).status == 105)
    }
}
