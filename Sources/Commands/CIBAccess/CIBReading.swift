// SPDX-License-Identifier: GPL-2.0-or-later
// A CIB for tools that only look at it: with today's schema, in memory.
import CIBModel
package import ClusterXML

package enum CIBReading {
    /// The CIB in a file, checked and upgraded.
    /// - Throws: exit status 105 when it is not there, 78 when it is no valid CIB.
    package static func read(_ path: String) throws -> XMLElement {
        do throws(CIBAccessError) {
            return try upgraded(try CIBFile.readUnchecked(path))
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
