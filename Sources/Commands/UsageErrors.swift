// SPDX-License-Identifier: GPL-2.0-or-later
// Wrong command lines of tools, in the words that scripts know (spec: cli-tools section 1).

enum UsageErrors {
    /// The tools' wording of what the argument parser says, with the tool's name in front.
    static func line(_ message: String) -> String {
        let quoted = message.split(separator: "'", omittingEmptySubsequences: false).enumerated().filter { $0.offset % 2 == 1 }
            .map { String($0.element) }
        if message.hasPrefix("Unknown option"), let option = quoted.first { return "\(calledAs): Unknown option \(option)" }
        if message.hasPrefix("Missing value for"), let option = quoted.first?.split(separator: " ").first {
            return "\(calledAs): Missing argument for \(option)"
        }
        if message.lowercased().contains("unexpected argument"), !quoted.isEmpty {
            let words = quoted.enumerated().map { "[\($0.offset + 1) of \(quoted.count)] \($0.element)" }
            return (["\(calledAs): non-option ARGV-elements:"] + words).joined(separator: "\n")
        }
        return "\(calledAs): \(message)"
    }
}
