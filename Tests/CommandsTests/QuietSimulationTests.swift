// SPDX-License-Identifier: GPL-2.0-or-later
// What is left of crm_simulate's answer with -Q: scores and capacities, and the blank lines between what would have been there.
import ArgumentParser
import Foundation
import Testing

@testable import Commands

struct QuietSimulationTests {
    private static let cib = """
        <cib validate-with='pacemaker-4.0' have-quorum='1' epoch='1' num_updates='0' admin_epoch='0'><configuration><crm_config>
        <cluster_property_set id='o'><nvpair id='f' name='fencing-enabled' value='false'/></cluster_property_set></crm_config>
        <nodes><node id='1' uname='n1'/></nodes><resources><primitive id='r' class='ocf' provider='pacemaker' type='Dummy'/></resources>
        <constraints/></configuration><status>
        <node_state id='1' uname='n1' in_ccm='true' crmd='online' join='member' expected='member'/></status></cib>
        """

    private func answer(_ words: [String]) throws -> String {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("quiet-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let (input, output) = (folder.appendingPathComponent("cib.xml"), folder.appendingPathComponent("answer"))
        try Data(Self.cib.utf8).write(to: input)
        var command = try CrmSimulate.parse(["-x", input.path, "--output-to", output.path] + words)
        try command.run()
        return String(decoding: try Data(contentsOf: output), as: UTF8.self)
    }

    @Test(arguments: [
        (["-Q"], ""), (["-R", "-Q"], ""), (["-S", "-Q"], ""),
        (["-Q", "-s"], "pcmk__primitive_assign: r allocation score on n1: 0\n"),
        (["-Q", "-U"], "Utilization Information:\n  * Original: n1 capacity:\n  * pcmk__assign_resource: r utilization on n1:\n  * Remaining: n1 capacity:\n"),
        (["-S", "-Q", "-s"], "pcmk__primitive_assign: r allocation score on n1: 0\n\n"),
        (["-S", "-Q", "-w", "true"], "\n"),
        (["-R", "-Q", "-s", "-w", "true"], "\npcmk__primitive_assign: r allocation score on n1: 0\n"),
    ])
    func blankLinesStandBetweenWhatWouldBeShown(words: [String], expected: String) throws {
        #expect(try answer(words) == expected)
    }
}
