// SPDX-License-Identifier: GPL-2.0-or-later
// `clusterctl man-pages` and `clusterctl completions`: documents made from the roles' own descriptions.
package import ArgumentParser
import CIBModel

/// A command whose help is not made by the argument parser.
package protocol HasOwnHelp {
    static var helpText: String { get }
}

extension Role {
    /// What `--help` prints.
    package var help: String {
        if let own = command as? any HasOwnHelp.Type { return own.helpText }
        return command.helpMessage(columns: 80)
    }
}

package struct ManPages: ParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "man-pages", abstract: "Write a manual page for every role.",
        discussion: "Pages go to DIRECTORY/man8; further names get pages that refer to their role's.")

    @Option(help: "Where man8 is.")
    var directory = "/usr/share/man"
    @OptionGroup var options: SetupOptions

    package init() {}

    package func run() throws {
        let actions = options.actions()
        try writeManPages(into: "\(directory)/man8", actions)
    }
}

/// A page for the program and one for each role, under the first name that has a link; further links refer to it.
func writeManPages(into folder: String, _ actions: SetupActions) throws {
    func write(_ name: String, _ text: String) throws {
        try actions.file("\(folder)/\(name).8", mode: 0o644, content: Array(text.utf8), sign: ManPage.sign)
    }
    try actions.folder(folder)
    try write("clusterctl", ManPage(name: "clusterctl", summary: "high-availability cluster resource manager", help: roleListing()).roff())
    for role in roleTable where role.group != .setup {
        let name = role.linkNames.first ?? role.name
        let others = role.allNames.filter { $0 != name }
        try write(name, ManPage(name: name, summary: role.summary, help: role.help, aliases: others).roff())
        for link in role.linkNames.dropFirst() { try write(link, ".so man8/\(name).8\n.\\\" \(ManPage.sign)\n") }
    }
}

package struct Completions: ParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "completions", abstract: "Write completion scripts for bash, zsh and fish.",
        discussion: "One script a role and shell, in the folders that the shells look into below PREFIX/share.")

    @Option(help: "Where share is.")
    var prefix = "/usr"
    @OptionGroup var options: SetupOptions

    package init() {}

    package func run() throws {
        let actions = options.actions()
        let shells: [(CompletionShell, String, (String) -> String)] = [
            (.bash, "\(prefix)/share/bash-completion/completions", { $0 }),
            (.zsh, "\(prefix)/share/zsh/site-functions", { "_\($0)" }),
            (.fish, "\(prefix)/share/fish/vendor_completions.d", { "\($0).fish" }),
        ]
        for (shell, folder, fileName) in shells {
            try actions.folder(folder)
            for role in roleTable where role.group != .setup && !(role.command is any HasOwnHelp.Type) {
                let script = role.command.completionScript(for: shell)
                try actions.file("\(folder)/\(fileName(role.name))", mode: 0o644, content: Array(script.utf8))
            }
        }
    }
}
