// SPDX-License-Identifier: GPL-2.0-or-later
// crm_rule: say whether rules are in effect (cli-tools section 18).
package import ArgumentParser
import CIBModel
import ClusterXML
import Reports

package struct CrmRule: ParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "crm_rule", abstract: "Evaluate rules from the cluster's configuration",
        discussion: "Only rules with exactly one date expression can be judged.")

    @OptionGroup var output: OutputOptions
    @Flag(name: .shortAndLong, help: "Check whether rules are in effect.") var check = false
    @Option(name: .shortAndLong, help: "Check at this date instead of now.") var date: String?
    @Option(name: .shortAndLong, help: "The id of a rule; can be given several times.") var rule: [String] = []
    @Option(name: [.customShort("X"), .customLong("xml-text")], help: "Use this XML as configuration; - reads standard input.")
    var xmlText: String?
    @Flag(name: [.customShort("V"), .long], help: "Say more on standard error.") var verbose: Int
    @Flag(name: [.customShort("Q"), .long], help: "Only the exit status answers.") var quiet = false

    package init() {}

    package func run() throws {
        try output.run { out in
            guard check else { throw CommandFailure(.usage, "\(calledAs): No mode operation given") }
            if rule.isEmpty { throw CommandFailure(.usage, "\(calledAs): --check requires use of --rule=") }
            let now = try effectiveTime()
            let cib = try configurationTree()
            for id in rule {
                let code = report(RuleCheck.of(id, in: cib, at: now), id, out)
                if out.status == .ok { out.status = code }
            }
        }
    }

    private func effectiveTime() throws -> Timestamp {
        let epoch = epochNow()
        let current = Timestamp(epoch: epoch, offset: Timestamp.localOffset(at: epoch))
        guard let date else { return current }
        do {
            return try Timestamp(parsing: date, now: current)
        } catch {
            DiagnosticLog.error(error.text, verbosity: verbose)
            throw CommandFailure(.dataError, "\(calledAs): Invalid date specified: '\(date)'")
        }
    }

    private func configurationTree() throws -> XMLElement {
        switch xmlText {
        case "-":
            guard let tree = try? XMLInput.parse(file: "-") else {
                throw CommandFailure(.dataError, "\(calledAs): Couldn't parse input from STDIN")
            }
            return tree
        case let text?:
            guard let tree = try? XMLParser.parse(text) else {
                throw CommandFailure(.dataError, "\(calledAs): Couldn't parse input string: \(text)")
            }
            return tree
        case nil: return try clusterCIB()
        }
    }

    private func clusterCIB() throws -> XMLElement {
        do {
            return try CIBReading.upgraded(CIBSession().query())
        } catch {
            throw CommandFailure(error.exitCode, "\(calledAs): Could not read the cluster's configuration: \(error.text)")
        }
    }

    private func report(_ result: RuleCheck, _ id: String, _ out: ToolOutput) -> ExitCode {
        let (code, text): (ExitCode, String)
        switch result {
        case .inEffect: (code, text) = (.ok, "Rule \(id) is still in effect")
        case .expired: (code, text) = (.expired, "Rule \(id) is expired")
        case .notYet: (code, text) = (.notYetInEffect, "Rule \(id) has not yet taken effect")
        case .notFound: (code, text) = (.noSuchObject, "Could not determine whether rule \(id) is in effect: Rule not found")
        case .unsupported(let why): (code, text) = (.unimplemented, "Could not determine whether rule \(id) is in effect: \(why)")
        }
        let element = XMLElement("rule-check", [("rule-id", id), ("rc", String(code.rawValue))])
        switch result {
        case .inEffect, .expired, .notYet: out.result(element, text: quiet ? nil : text)
        case .notFound, .unsupported:
            out.result(element)
            out.error(text)
        }
        return code
    }
}
