// SPDX-License-Identifier: GPL-2.0-or-later
// crm_verify: whether a configuration is valid and makes sense (spec: cli-tools section 13).
package import ArgumentParser
import CIBModel
import ClusterStatus
import ClusterXML
import Glibc
import Scheduling

package struct CrmVerify: ParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "crm_verify", abstract: "Check a configuration for errors: its form, and whether the scheduler understands it.",
        discussion: "With -V every problem is described; ends with status 78 if there are any.")

    @OptionGroup var common: CommonToolOptions
    @OptionGroup var output: OutputOptions
    @Flag(name: [.customShort("L"), .customLong("live-check")], help: "Check the configuration of the running cluster (or of CIB_file).")
    var live = false
    @Option(name: [.customShort("x"), .customLong("xml-file")], help: "Check the configuration in this file.")
    var xmlFile: String?
    @Option(name: [.customShort("X"), .customLong("xml-text")], parsing: .unconditional, help: "Check the configuration in this text.")
    var xmlText: String?
    @Flag(name: [.customShort("p"), .customLong("xml-pipe")], help: "Check the configuration on standard input.")
    var xmlPipe = false
    @Option(name: [.customShort("S"), .customLong("save-xml")], help: "Write what was checked to this file.")
    var saveFile: String?
    @Flag(name: [.short, .long], help: "Print nothing but errors found (in XML).")
    var quiet = false

    package init() {}

    package func run() throws {
        try output.run { output in
            let cib = try input(output)
            if let saveFile { try save(cib, saveFile) }
            guard cib.name == "cib" else {
                output.error("This tool can only check complete configurations (those starting with <cib>).")
                throw CommandFailure(.protocolError, "crm_verify: Verification failed: Bad message")
            }
            let verification = Verification(of: cib, at: Timestamp(epoch: Int64(time(nil))))
            if common.verbose > 0 || output.isStructured {
                // A line of a file means nothing without the file.
                for line in verification.lines { output.error((line.hasPrefix("line ") ? xmlFile.map { "\($0): " } ?? "" : "") + line) }
            }
            guard verification.hasProblems else { return }
            if !quiet {
                let hint = common.verbose > 0 || output.isStructured ? "" : " (-V may provide more detail)"
                output.error("Configuration invalid" + hint)
            }
            output.status = .configuration
        }
    }

    private func input(_ output: ToolOutput) throws -> XMLElement {
        do {
            if live {
                do {
                    return try liveCIB()
                } catch {
                    output.error("Could not connect to the CIB: \(error.text)")
                    throw CommandFailure(error.exitCode, "crm_verify: Verification failed: \(error.text)")
                }
            }
            if let xmlText { return try XMLParser.parse(xmlText) }
            if let xmlFile { return try XMLInput.parse(file: xmlFile) }
            if xmlPipe { return try XMLInput.parse(descriptor: STDIN_FILENO) }
        } catch let error as XMLError {
            throw CommandFailure(.dataError, "crm_verify: Couldn't parse input string: \(error.description)")
        } catch let failure as CommandFailure where failure.exitCode == .noInput {
            throw CommandFailure(.noSuchObject, "crm_verify: Couldn't parse input file: \(failure.message)")
        } catch let failure as CommandFailure where failure.exitCode == .dataError {
            throw CommandFailure(.dataError, "crm_verify: Couldn't parse input file: \(failure.message)")
        }
        throw CommandFailure(
            .usage, "crm_verify: No configuration source specified.  Use --help for usage information.")
    }

    private func liveCIB() throws(CIBAccessError) -> XMLElement {
        switch CIBSource.fromEnvironment {
        case .file(let path), .shadow(_, let path):
            return try CIBFile.explaining { () throws(CIBAccessError) in try CIBFile.readUnchecked(path) }
        case .cluster: return try CIBSession().query()
        }
    }

    private func save(_ cib: XMLElement, _ path: String) throws {
        do {
            try CIBFile.write(cib, to: path)
        } catch {
            throw CommandFailure(.cannotCreate, "crm_verify: Could not write \(path): \(error.text)")
        }
    }
}
