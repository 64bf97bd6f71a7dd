// SPDX-License-Identifier: GPL-2.0-or-later
// crm_error: what the numbers mean that tools and functions return (spec: cli-tools section 19).
package import ArgumentParser
import CIBModel
import ClusterXML

package struct CrmError: ParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "crm_error", abstract: "Show the names and descriptions of error codes and exit statuses.")

    @OptionGroup var common: CommonToolOptions
    @OptionGroup var output: OutputOptions
    @Flag(name: [.customShort("n"), .customLong("name")], help: "Show the names, too.")
    var names = false
    @Flag(name: [.customShort("l"), .customLong("list")], help: "Show all known codes.")
    var list = false
    @Flag(name: [.customShort("X"), .customLong("exit")], help: "The codes are exit statuses of tools.")
    var exitCodes = false
    @Flag(name: [.customShort("r"), .customLong("rc")], help: "The codes are return codes of functions.")
    var returnCodes = false
    @Argument(help: "Numbers to explain.")
    var codes: [String] = []

    package init() {}

    package func run() throws {
        try output.run { output in
            let table = exitCodes ? ReturnCodes.exit : returnCodes ? ReturnCodes.standard : ReturnCodes.legacy
            if list { return show(table, output) }
            for word in codes {
                guard let number = Int32(word) else {
                    throw CommandFailure(.usage, "crm_error: '\(word)' is not a number")
                }
                explain(number, table, output)
            }
        }
    }

    private func show(_ table: [ReturnCode], _ output: ToolOutput) {
        for entry in table {
            let number = String(entry.code)
            let padded = String(repeating: " ", count: max(0, 5 - number.count)) + number
            let name = names ? entry.name + String(repeating: " ", count: max(1, 28 - entry.name.count)) : ""
            output.result(element(entry), text: "\(padded): \(name)\(entry.text)")
        }
    }

    private func explain(_ number: Int32, _ table: [ReturnCode], _ output: ToolOutput) {
        // Functions return errors of the system as negative numbers.
        let entry =
            table.first { $0.code == number } ?? (exitCodes ? nil : table.first { $0.code == -number && number < 0 })
            ?? ReturnCode(code: number, name: "Unknown", text: exitCodes ? ExitCode.text(for: number) : "Unknown error \(number)")
        var found = entry
        found.code = number
        output.result(element(found), text: names ? "\(found.name) - \(found.text)" : found.text)
    }

    private func element(_ entry: ReturnCode) -> XMLElement {
        var element = XMLElement("result-code", [("code", String(entry.code))])
        if names { element["name"] = entry.name }
        element["description"] = entry.text
        return element
    }
}
