// SPDX-License-Identifier: GPL-2.0-or-later
// `clusterctl install-links`: a symbolic link for every program that the executable stands for, so that scripts find the tools they know.
package import ArgumentParser

package struct InstallLinks: ParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "install-links", abstract: "Make a symbolic link for every program that this one stands for.",
        discussion: """
            Links go to PREFIX/sbin; daemons have a second one in PREFIX/libexec/pacemaker. Existing links are \
            replaced, files never unless --force.
            """)

    @Option(help: "Where sbin and libexec are.")
    var prefix = "/usr"
    @Option(help: "Put all links into this one directory instead.")
    var directory: String?
    @OptionGroup var options: SetupOptions

    package init() {}

    package func run() throws {
        let actions = options.actions()
        let target = try SetupActions.executablePath()
        if let directory {
            try actions.folder(directory)
            try linkRoles(into: [directory], target, actions)
        } else {
            try linkRoles(prefix: prefix, to: target, actions)
        }
    }
}

/// Makes the links of all roles below `prefix`, daemons also where Pacemaker keeps them.
func linkRoles(prefix: String, to target: String, _ actions: SetupActions) throws {
    let places = ["\(prefix)/sbin", "\(prefix)/libexec/pacemaker"]
    for place in places { try actions.folder(place) }
    try linkRoles(into: [places[0]], target, actions)
    try linkRoles(into: [places[1]], target, actions, only: .daemon)
}

private func linkRoles(
    into folders: [String], _ target: String, _ actions: SetupActions, only group: Role.Group? = nil
) throws {
    for role in roleTable where role.group != .setup && (group == nil || role.group == group) {
        for name in role.linkNames {
            for folder in folders { try actions.link("\(folder)/\(name)", to: target) }
        }
    }
}
