// SPDX-License-Identifier: GPL-2.0-or-later
// Bad input of every kind for the tools: a clear error, the right exit code, and the running configuration as it was.
import Foundation
import Glibc
import Testing

/// A file that is not what its user thinks.
private enum BadFile: String, CaseIterable, CustomTestStringConvertible {
    case missing, directory, unreadable, empty, binary, huge
    case truncated, mismatched, entity, deep, doubleAttribute
    case unknownElement, unknownAttribute, wrongScore, duplicateID, badID, danglingReference, wrongRoot

    var testDescription: String { rawValue }

    /// What is not even XML, as opposed to XML that is no valid configuration.
    static let notXML: [BadFile] = [.missing, .directory, .unreadable, .empty, .binary, .huge, .truncated, .mismatched, .entity, .deep, .doubleAttribute]
    static let notValid: [BadFile] = [.unknownElement, .unknownAttribute, .wrongScore, .duplicateID, .badID, .danglingReference]

    private static func cib(_ resources: String, _ constraints: String = "") -> String {
        """
        <cib validate-with="pacemaker-3.9" admin_epoch="0" epoch="9999" num_updates="0">
          <configuration>
            <crm_config/>
            <nodes/>
            <resources>
              \(resources)
            </resources>
            <constraints>
              \(constraints)
            </constraints>
          </configuration>
          <status/>
        </cib>
        """
    }

    private static let dummy = "<primitive id=\"p\" class=\"ocf\" provider=\"heartbeat\" type=\"Dummy\"/>"

    /// The content; nil where the path itself is the fault.
    var content: [UInt8]? {
        let text: String
        switch self {
        case .missing, .directory, .unreadable: return nil
        case .empty: return []
        case .binary: return (0..<20_000).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ $0 / 256 &+ 1) }
        case .huge: return [UInt8](repeating: 0, count: 8_000_000)
        case .truncated: text = "<cib>\n<configuration>\n<resources>\n<primitive id=\"x\"\n"
        case .mismatched: text = "<cib>\n<configuration>\n</cib>\n"
        case .entity: text = "<!DOCTYPE cib [<!ENTITY a \"b\">]>\n<cib>&a;</cib>"
        case .deep: text = String(repeating: "<a>", count: 100_000)
        case .doubleAttribute: text = "<cib>\n<configuration a=\"1\" a=\"2\"/>\n</cib>\n"
        case .unknownElement: text = Self.cib("<banana id=\"b\"/>")
        case .unknownAttribute: text = Self.cib("<primitive id=\"p\" class=\"ocf\" provider=\"heartbeat\" type=\"Dummy\" colour=\"red\"/>")
        case .wrongScore: text = Self.cib(Self.dummy, "<rsc_location id=\"l\" rsc=\"p\" node=\"host\" score=\"banana\"/>")
        case .duplicateID: text = Self.cib(Self.dummy + "\n" + Self.dummy)
        case .badID: text = Self.cib("<primitive id=\"1 2\" class=\"ocf\" provider=\"heartbeat\" type=\"Dummy\"/>")
        case .danglingReference: text = Self.cib(Self.dummy, "<rsc_order id=\"o\" first=\"p\" then=\"nothing\"/>")
        case .wrongRoot: text = "<html/>"
        }
        return Array(text.utf8)
    }

    /// What the message has to say about it.
    var complaint: String {
        switch self {
        case .missing: "No such file or directory"
        case .directory: "Is a directory"
        case .unreadable: "Input/output error"
        case .empty: "the document is empty"
        case .binary, .huge: "this is no XML"
        case .truncated: "Couldn't find end of Start Tag primitive"
        case .mismatched: "Opening and ending tag mismatch"
        case .entity: "document type declarations are not accepted"
        case .deep: "nested too deeply"
        case .doubleAttribute: "Attribute a redefined"
        case .unknownElement: "banana"
        case .unknownAttribute: "colour"
        case .wrongScore: "score=\"banana\""
        case .duplicateID: "the id 'p' is used more than once"
        case .badID: "1 2"
        case .danglingReference: "nothing"
        case .wrongRoot: "html"
        }
    }

    /// The line that the message has to name, where there is one.
    var line: Int? {
        switch self {
        case .truncated: 5
        case .mismatched: 3
        case .doubleAttribute: 2
        default: nil
        }
    }

    /// Puts the file into a folder.
    func make(in folder: String) throws -> String {
        switch self {
        case .missing: return folder + "/missing"
        case .unreadable: return "/proc/self/mem"
        case .directory: return folder
        default:
            let path = "\(folder)/\(rawValue)"
            try Data(content ?? []).write(to: URL(fileURLWithPath: path))
            return path
        }
    }
}

extension FaultTests {
    @Suite(.serialized) final class BadInput {
        /// One controller for all rows: nothing may change it.
        nonisolated(unsafe) private static var shared: DaemonCluster?

        private static func cluster() throws -> DaemonCluster {
            if let shared { return shared }
            let cluster = try DaemonCluster.running(remotes: 0)
            try cluster.load(
                "property stonith-enabled=false\nprimitive d1 ocf:fault:Witness op monitor interval=10 timeout=20\n"
                    + "primitive d2 ocf:fault:Witness\ngroup g d2\n")
            try cluster.must("crm_resource", "--wait")
            shared = cluster
            atexit { FaultTests.BadInput.shared = nil }
            return cluster
        }

        private let cluster: DaemonCluster
        private let before: String

        init() throws {
            cluster = try Self.cluster()
            before = try cluster.fingerprint()
        }

        private func unchanged() throws {
            #expect(try cluster.fingerprint() == before, "the running configuration is untouched")
            #expect(cluster.isRunning(DaemonCluster.host))
        }

        private func check(_ output: Output, status: Int32, says pieces: [String], _ command: [String]) {
            let text = "\(command.joined(separator: " ").prefix(200)): \(String(output.description.prefix(3000)))"
            #expect(output.status == status, "\(text)")
            for piece in pieces { #expect(output.text.contains(piece), "'\(piece)' in \(text)") }
            #expect(!output.text.unicodeScalars.contains { $0.value < 0x20 && $0.value != 10 && $0.value != 9 }, "nothing a terminal obeys: \(text)")
            #expect(output.err.utf8.count < 20_000, "a message is for reading")
        }

        @Test(arguments: BadFile.notXML, ["-C", "-R", "-M", "-P"])
        private func cibadminNamesTheFileAndTheLine(_ file: BadFile, option: String) throws {
            let path = try file.make(in: cluster.folder)
            let command = ["cibadmin", option, "-x", path]
            let place = file.line.map { "\(path):\($0)" } ?? path
            check(try cluster.tool(command), status: file == .missing ? 105 : 65, says: [place, file.complaint], command)
            try unchanged()
        }

        @Test(arguments: BadFile.notValid)
        private func cibadminNamesElementAndIDOfWhatIsNotValid(_ file: BadFile) throws {
            let command = ["cibadmin", "-R", "-x", try file.make(in: cluster.folder)]
            check(try cluster.tool(command), status: 78, says: [file.complaint], command)
            try unchanged()
        }

        @Test(arguments: BadFile.notXML, ["update", "replace", "push"])
        private func loadingXMLNamesTheFileAndTheLine(_ file: BadFile, method: String) throws {
            let path = try file.make(in: cluster.folder)
            let command = ["crm", "configure", "load", "xml", method, path]
            let place = file.line.map { "\(path):\($0)" } ?? path
            check(try cluster.tool(command), status: 1, says: [place, file.complaint], command)
            try unchanged()
        }

        @Test(arguments: BadFile.notValid.filter { $0 != .danglingReference } + [.wrongRoot])
        private func loadingXMLNamesElementAndIDOfWhatIsNotValid(_ file: BadFile) throws {
            let command = ["crm", "configure", "load", "xml", "update", try file.make(in: cluster.folder)]
            let complaint = file == .duplicateID ? "p" : file == .wrongScore ? "banana" : file.complaint
            check(try cluster.tool(command), status: 1, says: [complaint], command)
            try unchanged()
        }

        /// Statements, the line that is wrong, and what the message says.
        private static let statements: [(text: String, line: Int?, says: [String])] = [
            ("property stonith-enabled=false\nprimitive\n", 2, ["Expected at least 2 arguments"]),
            ("primitive q ocf:fault:Witness op\n", 1, ["Expected identifier"]),
            ("primitive q ocf:fault:Witness\nprimitive q ocf:fault:Witness\n", 2, ["Duplicate resource: q"]),
            ("primitive q ocf:nowhere:Nothing\n", nil, ["ocf:nowhere:Nothing", "no such resource agent"]),
            ("primitive q Dummy\nlocation l q banana: host\n", 2, ["'banana' is no score"]),
            ("primitive q ocf:fault:Witness\nfoo bar baz\n", 2, ["Unknown command", "foo"]),
            ("primitive q ocf:fault:Witness params colour=red\n", nil, ["q", "colour"]),
            ("colocation c inf: d1 nothing\n", 1, ["constraint c references a resource nothing which doesn't exist"]),
            ("order o Mandatory: d1 nothing\n", 1, ["constraint o references a resource nothing which doesn't exist"]),
            ("group h nothing\n", nil, ["nothing"]),
            ("clone c nothing\n", nil, ["nothing"]),
            ("primitive \"q r\" ocf:fault:Witness\n", 1, ["q r"]),
            ("primitive q ocf:fault:Witness params when=\"open\n", 1, ["No closing quotation"]),
            ("location l d1 rule banana\n", 1, ["l"]),
            ("\u{0}\u{1}\u{1B}[31m\n", 1, ["Unknown command"]),
        ]

        @Test(arguments: statements.indices)
        func statementsThatAreWrongAreReportedWithFileLineAndID(row: Int) throws {
            let (text, line, says) = Self.statements[row]
            let path = "\(cluster.folder)/statements-\(row)"
            try text.write(toFile: path, atomically: false, encoding: .utf8)
            for method in ["update", "push"] {
                let command = ["crm", "configure", "load", method, path]
                check(try cluster.tool(command), status: 1, says: says + (line.map { ["\(path):\($0)"] } ?? []), command)
            }
            try unchanged()
        }

        @Test(arguments: [BadFile.missing, .directory, .unreadable, .binary, .huge])
        private func filesThatAreNoStatementsAreRefused(_ file: BadFile) throws {
            let path = try file.make(in: cluster.folder)
            let command = ["crm", "configure", "load", "update", path]
            check(try cluster.tool(command), status: 1, says: [path], command)
            try unchanged()
        }

        @Test(arguments: BadFile.notXML, [["cibadmin", "-Q"], ["crm_mon", "-1"], ["crm_resource", "-L"], ["crm_attribute", "-n", "x", "-G"], ["crm_verify", "-L"], ["crm_simulate", "-L"]])
        private func toolsOnABadFileSayWhichFileAndWhatIsWrong(_ file: BadFile, command: [String]) throws {
            let path = try file.make(in: cluster.folder)
            let output = try cluster.tool(command, variables: ["CIB_file": path])
            let place = file.line.map { "\(path):\($0)" } ?? path
            check(output, status: file == .missing ? 105 : 78, says: [place, file.complaint], ["CIB_file=\(path)"] + command)
        }

        /// Commands, the exit status, and what they say.
        private static let commands: [(words: [String], status: Int32, says: [String])] = [
            (["crm_resource", "-r", "nothing", "-W"], 105, ["Resource 'nothing' not found"]),
            (["crm_resource", "-r", "d1", "-M", "-N", "nowhere"], 105, ["Node 'nowhere' not found"]),
            (["crm_resource", "-r", "d1", "-B", "-N", "nowhere"], 105, ["Node 'nowhere' not found"]),
            (["crm_resource", "-r", "d1", "-p", "x"], 64, ["-v"]),
            (["crm_resource", "-r", "d1", "-p", "", "-v", "1"], 64, ["empty"]),
            (["crm_resource", "-F", "-r", "d1"], 64, ["-N/--node"]),
            (["crm_resource", "--wait", "-T", "banana"], 64, ["'banana' is no time for --timeout"]),
            (["crm_resource", "-r", "d1", "--restart", "-T", "banana"], 64, ["'banana'"]),
            (["crm_resource", "--no-such-option"], 64, ["no-such-option"]),
            (["crm_resource", "--show-metadata", "ocf:no:such"], 105, ["ocf:no:such"]),
            (["crm_resource", "--validate", "--class", "ocf", "--agent", "nothing"], 5, ["Not installed"]),
            (["crm_attribute", "-n", "", "-v", "1"], 64, ["empty"]),
            (["crm_attribute", "-v", "1"], 64, ["must specify attribute name"]),
            (["crm_attribute", "-n", "x", "-v", "1", "-N", "nowhere"], 105, ["nowhere"]),
            (["crm_attribute", "-n", "x", "-v", "1", "-l", "banana"], 64, ["banana"]),
            (["crm_attribute", "-n", "x", "-v", "1", "-t", "banana"], 64, ["banana"]),
            (["crm_attribute", "-n", "x", "-v", "1", "-s", "bad id"], 78, ["bad id"]),
            (["crm_attribute", "-n", "x", "-G"], 105, ["No such device or address"]),
            (["cibadmin", "-C", "-X", "<a"], 65, ["input string", "line 1"]),
            (["cibadmin", "-P", "-X", "<configuration/>"], 70, ["<configuration> is no patch"]),
            (["cibadmin", "-P", "-X", "<diff format=\"2\"><change operation=\"banana\" path=\"/cib\"/></diff>"], 70, ["banana"]),
            (["cibadmin", "-M", "-o", "resources", "-X", "<primitive id=\"d1\"><operations><op id=\"d1\" name=\"x\" interval=\"1\"/></operations></primitive>"], 78, ["'d1'", "more than once"]),
            (["cibadmin", "-C", "-o", "resources", "-X", "<primitive id=\"d1\" class=\"ocf\" provider=\"fault\" type=\"Witness\"/>"], 108, ["exists"]),
            (["cibadmin", "-C", "-o", "constraints", "-X", "<rsc_location id=\"l\" rsc=\"d1\" node=\"host\" score=\"banana\"/>"], 78, ["'l'", "score=\"banana\""]),
            (["cibadmin", "-M", "-o", "resources", "-X", "<banana id=\"b\"/>"], 105, ["No such device"]),
            (["cibadmin", "-Q", "-A", "//["], 105, ["//["]),
            (["crm_ticket", "-t", "t", "-S", "banana"], 64, ["-v"]),
            (["stonith_admin", "-F", "nowhere"], 105, ["nowhere"]),
            (["crm_verify", "-x", "/nowhere"], 105, ["/nowhere"]),
            (["crm_simulate", "-x", "/nowhere", "-S"], 65, ["/nowhere"]),
            (["crm_simulate", "-L", "-R", "-G", "/nowhere/graph"], 74, ["/nowhere/graph"]),
            (["crm_simulate", "-L", "-R", "-O", "/nowhere/cib"], 105, ["/nowhere/cib"]),
            (["crm_diff", "-o", "/nowhere", "-n", "/nowhere"], 105, ["/nowhere"]),
            (["crm", "configure", "delete", "nothing"], 1, ["nothing"]),
            (["crm", "resource", "start", "nothing"], 1, ["nothing"]),
            (["crm", "node", "standby", "nowhere"], 1, ["nowhere"]),
            (["crm", "banana"], 1, ["banana"]),
        ]

        @Test(arguments: commands.indices)
        func commandsWithWrongWordsSayWhatIsWrong(row: Int) throws {
            let (words, status, says) = Self.commands[row]
            check(try cluster.tool(words), status: status, says: says, words)
            try unchanged()
        }
    }
}
