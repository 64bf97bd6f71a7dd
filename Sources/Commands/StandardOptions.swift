// SPDX-License-Identifier: GPL-2.0-or-later
// What every program answers, whatever else its command line says: help and version (cli-tools section 1).
import ArgumentParser
import CIBModel
import ClusterXML

enum StandardOptions {
    private enum Question { case help, version }

    /// Answers `--version` or `-$`, and `-?`, `--help-all` and the other helps by which Pacemaker's programs divide their options; ours show
    /// them all at once.
    /// - Parameter arguments: the words after the program's name, see `LegacyArguments`.
    /// - Returns: whether one of them was asked for.
    static func answer(_ arguments: [String], of role: Role) throws -> Bool {
        // What crmsh's program is asked is for it to read.
        guard role.group != .setup, role.name != "crm", let question = question(arguments, role.valueLetters) else { return false }
        switch question {
        case .help: print(role.command.helpMessage())
        case .version: try showVersion(arguments)
        }
        return true
    }

    private static func question(_ arguments: [String], _ valueLetters: String) -> Question? {
        var isValue = false
        for word in arguments {
            if word == "--" { return nil }
            defer { isValue = !isValue && word.count == 2 && word.first == "-" && valueLetters.contains(word.last ?? "-") }
            if isValue { continue }
            if word == "-$" || word == "--version" { return .version }
            if word == "-?" || word.hasPrefix("--help-") { return .help }
        }
        return nil
    }

    private static func showVersion(_ arguments: [String]) throws {
        var asked: [String] = []
        for (position, word) in arguments.enumerated() where word.hasPrefix("--output-") {
            asked.append(word)
            if !word.contains("="), position + 1 < arguments.count { asked.append(arguments[position + 1]) }
        }
        try OutputOptions.parse(asked).run { output in
            output.result(
                XMLElement("version", [
                    ("program", "Pacemaker"), ("version", Compatibility.version), ("author", Compatibility.author),
                    ("build", Compatibility.build), ("features", Compatibility.features),
                ]),
                text: "Pacemaker \(Compatibility.version)\nWritten by \(Compatibility.author)")
        }
    }
}

/// What programs ask the tools' version for: the release that their behaviour follows.
enum Compatibility {
    static let version = "3.0.2"
    static let author = "the Pacemaker project contributors"
    static let build = "clusterctl"
    static let features = ""
}
