// SPDX-License-Identifier: GPL-2.0-or-later
// Options that choose sections act in the order they are written, which the argument parser does not keep.
import Reports

/// Reads the options that change `SectionChoice` from a command line, left to right.
struct SectionArguments {
    private(set) var choice: SectionChoice
    /// 0 to 3 as given by `--fence-history`; nil without.
    private(set) var fenceHistory: Int?

    /// - Parameters:
    ///   - words: the command line after the role's name, clusters of short options split.
    ///   - live: fencing can only be shown of a live cluster.
    init(_ words: [String], structured: Bool, live: Bool) throws(SectionChoice.UnknownSection) {
        choice = SectionChoice(structured: structured, live: live)
        var index = 0
        while index < words.count {
            let word = words[index]
            index += 1
            if word == "--" { return }
            let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let joined = word.hasPrefix("--") && parts.count == 2 ? String(parts[1]) : nil
            let name = word.hasPrefix("--") ? String(parts[0]) : word
            if Self.takesValue(name) {
                let value = joined ?? (index < words.count ? words[index] : "")
                if joined == nil { index += 1 }
                try apply(name, value)
            } else {
                let next = joined ?? (index < words.count && !words[index].hasPrefix("-") ? words[index] : nil)
                apply(flag: name, optional: next)
            }
        }
    }

    private static func takesValue(_ name: String) -> Bool {
        [
            "--include", "-I", "--exclude", "-U", "--node", "--resource", "--interval", "-i", "--output-as", "--output-to",
            "--external-agent", "-E", "--external-recipient", "-e", "--xml-file", "-x", "--pid-file", "-p",
            "--html-stylesheet", "--html-title",
        ].contains(name)
    }

    private mutating func apply(_ name: String, _ value: String) throws(SectionChoice.UnknownSection) {
        switch name {
        case "--include", "-I": try choice.include(value)
        case "--exclude", "-U": try choice.exclude(value)
        default: break
        }
    }

    private mutating func apply(flag name: String, optional value: String?) {
        switch name {
        case "--show-node-attributes", "-A": choice.insert(.attributes)
        case "--tickets", "-c": choice.insert(.tickets)
        case "--failcounts", "-f": choice.insert(.failcounts)
        case "--operations", "-o", "--timing-details", "-t": choice.insert([.failcounts, .operations])
        case "--neg-locations", "-L": choice.showBans(prefix: value ?? "")
        case "--hide-headers", "-D": choice.remove(.summary)
        case "--fence-history", "-m": setFenceHistory(value.flatMap { Int($0) } ?? 2)
        default: break
        }
    }

    private mutating func setFenceHistory(_ level: Int) {
        fenceHistory = level
        switch level {
        case 3, 2: choice.insert(.fencing)
        case 1: choice.insert([.fencingFailed, .fencingPending])
        default: choice.remove(.fencing)
        }
    }
}
