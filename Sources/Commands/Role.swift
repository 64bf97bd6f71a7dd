// SPDX-License-Identifier: GPL-2.0-or-later
// What a role is, and how the program finds the one it was called for. The list of roles is in RoleTable.swift.
package import ArgumentParser

/// One of the programs that the executable can be: a daemon, a tool or a setup command.
package struct Role: Sendable {
    /// The heading a role stands under in `clusterctl --help`.
    package enum Group: String, Sendable, CaseIterable {
        case daemon = "Daemons"
        case tool = "Tools"
        case setup = "Setup"
    }

    /// The name users type and the name of the symbolic link, for example `crm_mon`.
    package let name: String
    /// Further names that select the same role.
    package let aliases: [String]
    package let group: Group
    /// One line for the list of roles.
    package let summary: String
    /// Letters of the short options that take a value; see `LegacyArguments`.
    package let valueLetters: String
    package let command: any ParsableCommand.Type

    init(
        _ name: String, aliases: [String] = [], _ group: Group, _ summary: String, values: String = "",
        _ command: any ParsableCommand.Type
    ) {
        self.name = name
        self.aliases = aliases
        self.group = group
        self.summary = summary
        self.valueLetters = values
        self.command = command
    }

    package var allNames: [String] { [name] + aliases }

    /// The names that get a symbolic link: those of Pacemaker's and crmsh's programs.
    package var linkNames: [String] { allNames.filter { !Self.words.contains($0) } }

    /// Names that are only the first argument of `clusterctl`: too general for a folder on everybody's PATH.
    private static let words: Set = ["controller", "remoted", "status", "configure"]

    /// Finds a role by its name or an alias.
    package static func named(_ name: String) -> Role? {
        roleTable.first { $0.name == name || $0.aliases.contains(name) }
    }
}

/// How the program was called: as which role, under which name, with which arguments.
package struct Invocation {
    package let role: Role
    /// The name used by the caller; one role may serve several names that differ in detail (`crm_standby`).
    package let calledAs: String
    package let arguments: [String]

    /// Picks the role from `argv`: the base name of the first word if it names a role, else the second word.
    /// - Returns: nil if neither names a role; the caller prints the list.
    package init?(argv: [String]) {
        guard let program = argv.first else { return nil }
        let base = String(program.split(separator: "/").last ?? "")
        if let role = Role.named(base) {
            self.role = role
            calledAs = base
            arguments = Array(argv.dropFirst())
        } else if argv.count > 1, let role = Role.named(argv[1]) {
            self.role = role
            calledAs = argv[1]
            arguments = Array(argv.dropFirst(2))
        } else {
            return nil
        }
    }
}
