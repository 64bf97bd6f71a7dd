// SPDX-License-Identifier: GPL-2.0-or-later
// `clusterctl list-roles`: the role table, one role a line, for people and scripts.
package import ArgumentParser

package struct ListRoles: ParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "list-roles", abstract: "List the roles, their names and what they do.")

    @Flag(help: "Print the names only, aliases included, one a line.")
    var names = false

    package init() {}

    package func run() throws {
        print(names ? roleTable.flatMap(\.allNames).joined(separator: "\n") : roleListing())
    }
}
