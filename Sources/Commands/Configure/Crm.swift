// SPDX-License-Identifier: GPL-2.0-or-later
// The role `crm`: configuration and daily work in one shell, command by command or interactively.
import ArgumentParser
import Glibc

struct Crm: ParsableCommand, HasOwnHelp {
    static var helpText: String { CrmOptions.help }

    static let configuration = CommandConfiguration(
        commandName: "crm", abstract: "Configure and run the cluster", helpNames: [])

    @Argument(parsing: .captureForPassthrough) var arguments: [String] = []

    func run() throws {
        do {
            var options = try CrmOptions(arguments)
            if calledAs == "configure" { options.words.insert("configure", at: 0) }
            let session = CrmSession(options)
            let status = session.run()
            guard status == 0 else { throw ArgumentParser.ExitCode(status) }
        } catch let failure as CrmOptions.Failure {
            switch failure {
            case .help: print(CrmOptions.help)
            case .version: print("crm \(version)")
            case .value(let text):
                complain("ERROR: \(text)")
                throw ArgumentParser.ExitCode(1)
            case .usage(let text):
                complain("crm: error: \(text)\n'crm --help' lists the options.")
                throw ArgumentParser.ExitCode(2)
            }
        }
    }
}
