// SPDX-License-Identifier: GPL-2.0-or-later
// What every program answers, as scripts and other tools ask it.
import Foundation
import Testing

@Suite("Options of every program")
struct StandardOptionTests {
    private static let programs = [
        "attrd_updater", "cibadmin", "crm_attribute", "crm_diff", "crm_error", "crm_failcount", "crm_master", "crm_mon", "crm_node", "crm_resource",
        "crm_rule", "crm_shadow", "crm_simulate", "crm_standby", "crm_ticket", "crm_verify", "crmadmin", "iso8601", "pacemaker-based",
        "pacemaker-remoted", "pacemakerd", "stonith_admin",
    ]

    private func answer(_ program: String, _ words: String...) throws -> String {
        let result = try CrmSimulateProgram.answer(words, role: program)
        #expect(result.status == 0, "\(program) \(words)")
        return String(decoding: result.output, as: UTF8.self)
    }

    @Test("Each tells the version of Pacemaker that it stands for, alone or among other options", arguments: programs)
    func version(_ program: String) throws {
        let text = "Pacemaker 3.0.2\nWritten by the Pacemaker project contributors\n"
        #expect(try answer(program, "--version") == text)
        #expect(try answer(program, "-V", "-$") == text)
        #expect(try answer(program, "--version", "--output-as", "xml").contains("<version program=\"Pacemaker\" version=\"3.0.2\""))
    }

    @Test("Each explains itself in every way it may be asked to", arguments: programs)
    func help(_ program: String) throws {
        let text = try answer(program, "--help")
        #expect(text.contains("USAGE: "))
        for word in ["-?", "--help-all", "--help-output"] { #expect(try answer(program, word) == text) }
    }

    @Test("A value that looks like such an option is a value, and what follows -- is none")
    func values() throws {
        for words in [["-E", "-$"], ["--", "--version"]] {
            let result = try CrmSimulateProgram.answer(words, more: ["CIB_file": "/nonexistent"], role: words[0] == "-E" ? "crm_mon" : "crm_simulate")
            #expect(!String(decoding: result.output, as: UTF8.self).contains("Written by"))
        }
    }

    @Test("pacemakerd tells other tools which release's features it has")
    func features() throws {
        #expect(try answer("pacemakerd", "--features").hasPrefix("Pacemaker 3.0.2 (Build: clusterctl "))
    }
}
