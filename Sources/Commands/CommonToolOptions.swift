// SPDX-License-Identifier: GPL-2.0-or-later
// Options that every tool has, and options whose value may be left out.
package import ArgumentParser

/// `--verbose` and `--version`.
package struct CommonToolOptions: ParsableArguments {
    @Flag(name: [.customShort("V"), .long], help: "Say more; can be given several times.")
    package var verbose: Int
    /// For the help only: `StandardOptions` answers it before anything else is read.
    @Flag(name: [.customShort("$"), .customLong("version")], help: "Show the version and stop.")
    package var version = false

    package init() {}
}

/// A command that rewrites its words before they are parsed.
package protocol AdaptsArguments {
    static func adapted(_ arguments: [String]) -> [String]
}

/// Options such as `--empty[=SCHEMA]`, which the argument parser does not know.
package enum OptionalValue {
    /// Stands for a value that was left out.
    package static let absent = "\u{1}"

    /// Adds the missing values: an option takes the next word unless there is none or it begins with a hyphen.
    package static func filled(_ arguments: [String], options: Set<String>) -> [String] {
        var result: [String] = []
        for (index, word) in arguments.enumerated() {
            result.append(word)
            guard options.contains(word) else { continue }
            if index + 1 == arguments.count || arguments[index + 1].hasPrefix("-") { result.append(absent) }
        }
        return result
    }
}
