// SPDX-License-Identifier: GPL-2.0-or-later
// A CIB for tools that only look at it: with today's schema, in memory.
import CIBModel
package import ClusterXML

package enum CIBReading {
    /// The file that the environment names, a shadow copy's included; nil for the cluster.
    package static var fileFromEnvironment: String? {
        switch CIBSource.fromEnvironment {
        case .file(let path), .shadow(_, let path): path
        case .cluster: nil
        }
    }

    /// The CIB in a file, checked and upgraded.
    /// - Throws: exit status 105 when it is not there, 78 when it is no valid CIB.
    package static func read(_ path: String) throws -> XMLElement {
        let cib = try parse(file: path)
        do {
            return try upgraded(cib)
        } catch {
            throw CommandFailure(error.exitCode, error.text)
        }
    }

    /// The CIB in a file as it is.
    package static func parse(file path: String) throws -> XMLElement {
        do {
            return try CIBFile.explaining { () throws(CIBAccessError) in try CIBFile.readUnchecked(path) }
        } catch {
            throw CommandFailure(error.exitCode, error.text)
        }
    }

    /// The CIB with today's schema.
    /// - Throws: exit status 78 when it is not valid.
    package static func upgraded(_ cib: XMLElement) throws(CIBAccessError) -> XMLElement {
        do {
            return try CIBUpgrade.upgradedInMemory(cib)
        } catch {
            throw CIBAccessError(.configuration, "Update does not conform to the configured schema")
        }
    }
}
