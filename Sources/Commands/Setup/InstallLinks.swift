// SPDX-License-Identifier: GPL-2.0-or-later
// `clusterctl install-links`: a symbolic link for every role name, so that scripts find the tools they know.
package import ArgumentParser
import CIBModel
import Glibc

package struct InstallLinks: ParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "install-links", abstract: "Make a symbolic link for every role and alias.",
        discussion: "Tools go to PREFIX/sbin, daemons to PREFIX/libexec/pacemaker. Existing links are replaced, files never unless --force.")

    @Option(help: "Where sbin and libexec are.")
    var prefix = "/usr"
    @Option(help: "Put all links into this one directory instead.")
    var directory: String?
    @Flag(help: "Say what would be done and do nothing.")
    var dryRun = false
    @Flag(help: "Replace files that are not links, too.")
    var force = false

    package init() {}

    package func run() throws {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
        let length = readlink("/proc/self/exe", &buffer, Int(PATH_MAX))
        guard length > 0 else { throw CommandFailure(.osError, "install-links: cannot find the path of this program") }
        let target = String(decoding: buffer[..<length].map { UInt8(bitPattern: $0) }, as: UTF8.self)
        for role in roleTable where role.group != .setup {
            for name in role.allNames { try link(name, folder(for: role), target) }
        }
    }

    private func folder(for role: Role) -> String {
        directory ?? (role.group == .daemon ? "\(prefix)/libexec/pacemaker" : "\(prefix)/sbin")
    }

    private func link(_ name: String, _ folder: String, _ target: String) throws {
        let path = "\(folder)/\(name)"
        guard path != target else { return }
        print("\(path) -> \(target)")
        guard !dryRun else { return }
        try makeFolders(folder)
        var info = stat()
        if lstat(path, &info) == 0 {
            guard info.st_mode & S_IFMT == S_IFLNK || force else {
                throw CommandFailure(.exists, "install-links: \(path) exists and is not a link; use --force to replace it")
            }
            unlink(path)
        }
        guard symlink(target, path) == 0 else {
            throw CommandFailure(.cannotCreate, "install-links: cannot make \(path): \(String(cString: strerror(errno)))")
        }
    }

    private func makeFolders(_ path: String) throws {
        var current = ""
        for part in path.split(separator: "/") {
            current += "/\(part)"
            if mkdir(path.hasPrefix("/") ? current : String(current.dropFirst()), 0o755) != 0, errno != EEXIST {
                throw CommandFailure(.cannotCreate, "install-links: cannot make \(current): \(String(cString: strerror(errno)))")
            }
        }
    }
}
