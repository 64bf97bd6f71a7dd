// SPDX-License-Identifier: GPL-2.0-or-later
// crm_diff: compare two XML documents, or apply a patch set to one (spec: cli-tools section 17).
package import ArgumentParser
import CIBModel
import ClusterXML
import Glibc

package struct CrmDiff: ParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "crm_diff", abstract: "Compare two configurations, or apply a patch set to one.",
        discussion: "Ends with status 1 when there are differences.")

    @OptionGroup var common: CommonToolOptions
    @OptionGroup var output: OutputOptions
    @Option(name: [.short, .long], help: "File with the original XML.")
    var original: String?
    @Option(name: [.customShort("O"), .customLong("original-string")], parsing: .unconditional, help: "The original XML itself.")
    var originalString: String?
    @Option(name: [.short, .long], help: "File with the new XML.")
    var new: String?
    @Option(name: [.customShort("N"), .customLong("new-string")], parsing: .unconditional, help: "The new XML itself.")
    var newString: String?
    @Option(name: [.short, .long], help: "File with a patch set to apply to the original.")
    var patch: String?
    @Flag(name: [.short, .long], help: "The XML is a whole CIB: the order of attributes does not count, the patch set gets a digest.")
    var cib = false
    @Flag(name: [.customShort("u"), .customLong("no-version")], help: "Leave the version of the CIB out of account.")
    var noVersion = false
    @Flag(name: [.customShort("s"), .customLong("stdin")], help: .hidden)
    var standardInput = false

    package init() {}

    package func run() throws {
        try output.run { output in
            if cib, noVersion { throw CommandFailure(.usage, "crm_diff: -u/--no-version incompatible with -c/--cib") }
            if patch != nil, noVersion { output.error("Warning: -u/--no-version ignored with -p/--patch") }
            let first = try read(original, originalString, "first")
            if let patch {
                return try apply(try read(patch, nil, "second"), to: first, output)
            }
            try compare(first, try read(new, newString, "second"), output)
        }
    }

    private func read(_ file: String?, _ text: String?, _ which: String) throws -> XMLElement {
        if let text, let element = try? XMLParser.parse(text) { return element }
        if text == nil, file != nil || standardInput {
            do {
                return try XMLInput.parse(file: file ?? "-")
            } catch let failure as CommandFailure where failure.exitCode == .noInput {
                throw CommandFailure(.noSuchObject, "crm_diff: Could not open \(failure.message)")
            } catch {}
        }
        throw CommandFailure(.dataError, "crm_diff: Could not parse the \(which) XML fragment")
    }

    private func compare(_ old: XMLElement, _ new: XMLElement, _ output: ToolOutput) throws {
        var new = new
        if noVersion {
            for counter in ["admin_epoch", "epoch", "num_updates"] { new[counter] = old[counter] }
        }
        var options: CIBPatch.Options = cib ? [.digest] : [.attributeOrder]
        if noVersion { options.insert(.noVersions) }
        guard let difference = CIBPatch.diff(from: old, to: new, options: options) else { return }
        output.xml(difference.serialized(.indented), as: "patchset")
        output.status = .error
    }

    private func apply(_ patch: XMLElement, to original: XMLElement, _ output: ToolOutput) throws {
        var result = original
        do {
            try CIBPatch.apply(patch, to: &result)
        } catch {
            throw CommandFailure(error.error.exitCode, "crm_diff: Could not apply patch: \(error.error.text)")
        }
        output.xml(result.serialized(.indented), as: "updated")
    }
}
