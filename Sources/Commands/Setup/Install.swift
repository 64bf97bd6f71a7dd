// SPDX-License-Identifier: GPL-2.0-or-later
// `clusterctl install`: puts the program, its links, manual pages, units, directories and accounts where Pacemaker's users expect them.
package import ArgumentParser
import CIBModel
import Glibc

package struct Install: ParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "install", abstract: "Install the program, its links, manual pages, service units, directories and accounts.",
        discussion: """
            Copies the running program to PREFIX/sbin/clusterctl. Refuses to replace files that are not links, such \
            as those of an installed Pacemaker, unless --force is given. With a PREFIX other than /usr the units go to \
            PREFIX/lib/systemd/system, where systemd looks if PREFIX is /usr/local.
            """)

    @Option(help: "Where sbin, libexec and share are.")
    var prefix = "/usr"
    @Option(help: "Install below this directory instead of /, for packaging.")
    var root = ""
    @OptionGroup var options: SetupOptions

    package init() {}

    package func run() throws {
        let actions = options.actions(root: root)
        // Nothing is changed when something is in the way of a later step.
        try carryOut(actions.rehearsal)
        try carryOut(actions)
        print("Next: put a key into /etc/pacemaker/authkey ('dd if=/dev/urandom of=/etc/pacemaker/authkey bs=4096 count=1'),")
        print("then 'systemctl start pacemaker_remote' on remote nodes and 'systemctl start pacemaker' on the cluster host.")
    }

    private func carryOut(_ actions: SetupActions) throws {
        if root.isEmpty { try makeAccounts(actions) }
        try makeFolders(actions)
        let program = "\(prefix)/sbin/clusterctl"
        let running = try SetupActions.executablePath()
        try actions.folder("\(prefix)/sbin")
        if running != root + program {
            try actions.file(program, mode: 0o755, content: try actions.content(of: running))
        }
        try linkRoles(prefix: prefix, to: program, actions)
        try writeManPages(into: "\(prefix)/share/man/man8", actions)
        try writeUnits(actions)
    }

    /// The account that owns the state and the group whose members may use the tools.
    private func makeAccounts(_ actions: SetupActions) throws {
        if getgrnam("haclient") == nil { try account(actions, "groupadd", ["--system", "haclient"]) }
        if getpwnam("hacluster") == nil {
            try account(actions, "useradd", [
                "--system", "--gid", "haclient", "--home-dir", "/var/lib/pacemaker", "--no-create-home",
                "--shell", "/usr/sbin/nologin", "hacluster",
            ])
        }
    }

    private func account(_ actions: SetupActions, _ program: String, _ arguments: [String]) throws {
        actions.say("account \(arguments.last ?? "")")
        guard !actions.dryRun else { return }
        let words = ["/usr/sbin/\(program)"] + arguments
        var pointers: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) }
        pointers.append(nil)
        defer { pointers.forEach { free($0) } }
        var child: pid_t = 0
        guard posix_spawn(&child, words[0], nil, nil, pointers, nil) == 0 else {
            throw CommandFailure(.osError, "install: cannot run \(words[0])")
        }
        var status: Int32 = 0
        waitpid(child, &status, 0)
        guard status == 0 else { throw CommandFailure(.osError, "install: \(words.joined(separator: " ")) failed") }
    }

    private func makeFolders(_ actions: SetupActions) throws {
        try actions.folder("/etc/pacemaker", mode: 0o750, user: "root", group: "haclient")
        try actions.folder("/var/lib/pacemaker", mode: 0o750, user: "hacluster", group: "haclient")
        for name in ["cib", "pengine", "cores", "blackbox"] {
            try actions.folder("/var/lib/pacemaker/\(name)", mode: 0o750, user: "hacluster", group: "haclient")
        }
        try actions.folder("/var/log/pacemaker", mode: 0o770, user: "hacluster", group: "haclient")
    }

    private func writeUnits(_ actions: SetupActions) throws {
        let folder = prefix == "/usr" ? "/lib/systemd/system" : "\(prefix)/lib/systemd/system"
        try actions.folder(folder)
        for unit in systemdUnits(prefix: prefix) {
            try actions.file("\(folder)/\(unit.name)", mode: 0o644, content: Array(unit.text.utf8), sign: "(clusterctl)")
            for alias in unit.aliases { try actions.link("\(folder)/\(alias)", to: unit.name) }
        }
    }
}
