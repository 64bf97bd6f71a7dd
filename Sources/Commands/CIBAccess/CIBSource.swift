// SPDX-License-Identifier: GPL-2.0-or-later
// Where a tool finds the CIB: a shadow copy, a file or the cluster, as the environment says (spec: cli-tools section 3).
import CIBModel
import Glibc

/// A place that holds a CIB.
package enum CIBSource: Sendable, Equatable {
    /// A file, read and written in place. `-` is standard input.
    case file(String)
    /// A named shadow copy and its file.
    case shadow(name: String, path: String)
    case cluster

    /// What the environment selects. A shadow wins over a file; empty variables count as not set.
    package static var fromEnvironment: CIBSource {
        if let name = variable("CIB_shadow") { return .shadow(name: name, path: shadowPath(name)) }
        return ignoringShadow
    }

    /// What the environment selects, without regard to shadow copies.
    package static var ignoringShadow: CIBSource {
        variable("CIB_file").map { .file($0) } ?? .cluster
    }

    /// The file of a shadow copy.
    package static func shadowPath(_ name: String) -> String { "\(shadowFolder)/shadow.\(name)" }

    /// The folder of shadow copies: `CIB_shadow_dir`, else the cluster's own folder for its users, else `~/.cib`.
    package static var shadowFolder: String {
        if let folder = variable("CIB_shadow_dir") { return folder }
        if geteuid() == 0 || userName(geteuid()) == "hacluster" { return "/var/lib/pacemaker/cib" }
        return (variable("HOME") ?? "/tmp") + "/.cib"
    }

    /// A variable of the environment; nil if it is empty or not set.
    package static func variable(_ name: String) -> String? {
        guard let value = getenv(name), value.pointee != 0 else { return nil }
        return String(cString: value)
    }

    /// The name of a user id, if the system knows one.
    package static func userName(_ id: UInt32) -> String? {
        guard let entry = getpwuid(id) else { return nil }
        return String(cString: entry.pointee.pw_name)
    }

    /// The names of the groups that a user belongs to on this host.
    package static func groups(of user: String) -> [String] {
        guard let entry = getpwnam(user) else { return [] }
        var ids = [gid_t](repeating: 0, count: 256)
        var count = Int32(ids.count)
        guard getgrouplist(user, entry.pointee.pw_gid, &ids, &count) >= 0 else { return [] }
        return ids.prefix(Int(count)).compactMap { id in getgrgid(id).map { String(cString: $0.pointee.gr_name) } }
    }
}
