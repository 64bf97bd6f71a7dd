// SPDX-License-Identifier: GPL-2.0-or-later
// Where a tool that only reads finds the CIB: a shadow copy, a file, or the cluster (cli-tools §3).
package import CIBModel
package import ClusterXML
import Glibc

/// The CIB that a reading tool works on.
package enum CIBReading {
    package enum Source: Sendable, Equatable {
        case file(String)
        case cluster
    }

    /// A variable of the environment; empty counts as not set.
    package static func environment(_ name: String) -> String? {
        guard let value = getenv(name) else { return nil }
        let text = String(cString: value)
        return text.isEmpty ? nil : text
    }

    /// The source that the environment names: a shadow copy wins over a file, a file over the cluster.
    package static func source() -> Source {
        if let shadow = environment("CIB_shadow") { return .file("\(shadowDirectory())/shadow.\(shadow)") }
        if let file = environment("CIB_file") { return .file(file) }
        return .cluster
    }

    /// The folder of shadow copies.
    package static func shadowDirectory() -> String {
        if let directory = environment("CIB_shadow_dir") { return directory }
        let user = getpwuid(geteuid()).map { String(cString: $0.pointee.pw_name) }
        if user == "root" || user == "hacluster" { return "/var/lib/pacemaker/cib" }
        return "\(environment("HOME") ?? "/tmp")/.cib"
    }

    /// Parses the CIB in a file.
    /// - Throws: exit status 105 when it is not there, 78 when it is no CIB.
    package static func parse(file path: String) throws -> XMLElement {
        if path != "-", access(path, F_OK) != 0 {
            throw CommandFailure(.noSuchObject, String(cString: strerror(ENXIO)))
        }
        do {
            let cib = try XMLInput.parse(file: path)
            guard cib.name == "cib" else {
                throw CommandFailure(.configuration, "\(path): the document is '\(cib.name)', not a CIB")
            }
            return cib
        } catch let failure as CommandFailure where failure.exitCode == .dataError {
            throw CommandFailure(.configuration, failure.message)
        }
    }

    /// The CIB with today's schema, in memory.
    package static func upgraded(_ cib: XMLElement) throws -> XMLElement {
        do {
            return try CIBUpgrade.upgradedInMemory(cib)
        } catch {
            throw CommandFailure(.configuration, "Update does not conform to the configured schema")
        }
    }
}
