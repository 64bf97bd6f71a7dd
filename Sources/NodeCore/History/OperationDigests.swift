// SPDX-License-Identifier: GPL-2.0-or-later
// The digests by which the scheduler sees that parameters changed since an operation ran (spec: remote-protocol 8.4).
import CIBModel
package import ClusterXML

/// Digests of the parameters of an operation.
package enum OperationDigests {
    private static let neverCounted: Set<String> = [
        "id", "crm_feature_set", "op-digest", "on_node", "on_node_uuid", "pcmk_external_ip",
    ]

    /// The parameters that count, sorted by name.
    package static func counted(_ attributes: [XMLAttribute]) -> [XMLAttribute] {
        let interval = attributes.first { $0.name == "CRM_meta_interval" }?.value ?? "0"
        let recurring = interval != "0"
        var result = attributes.filter { attribute in
            if recurring && attribute.name == "CRM_meta_timeout" { return true }
            return !neverCounted.contains(attribute.name) && !attribute.name.hasPrefix("CRM_meta_")
        }
        result.sort { Array($0.name.utf8).lexicographicallyPrecedes(Array($1.name.utf8)) }
        return result
    }

    /// MD5 of the `parameters` element that these attributes make.
    package static func digest(_ sorted: [XMLAttribute]) -> String {
        var element = XMLElement("parameters")
        for attribute in sorted {
            if isXMLName(attribute.name) {
                element.attributes.append(attribute)
            } else {
                element.children.append(XMLElement("param", [("name", attribute.name), ("value", attribute.value)]))
            }
        }
        return Digest.version1(element)
    }

    /// The digest attributes of a history entry.
    /// - Parameters:
    ///   - metaData: nil if it is not known; then only `op-digest` is written.
    package static func attributes(
        of parameters: [XMLAttribute], action: String, interval: Int, metaData: AgentMetaData?
    ) -> [(String, String)] {
        let all = counted(parameters)
        var result = [("op-digest", digest(all))]
        guard let metaData, actionsWithDetails.contains(action) else { return result }
        if interval == 0, let restart = metaData.restartParameters {
            let present = all.filter { restart.contains($0.name) }
            result.append(("op-force-restart", list(restart)))
            result.append(("op-restart-digest", digest(present)))
        }
        let secret = metaData.secretParameters
        if !secret.isEmpty, !all.isEmpty {
            result.append(("op-secure-params", list(secret)))
            result.append(("op-secure-digest", digest(all.filter { !secret.contains($0.name) })))
        }
        return result
    }

    private static let actionsWithDetails: Set<String> = [
        "start", "monitor", "promote", "demote", "reload", "reload-agent", "migrate_to", "migrate_from", "notify",
    ]

    /// Names with one blank between and two around; empty if there are none.
    private static func list(_ names: [String]) -> String {
        names.isEmpty ? "" : "  " + names.joined(separator: " ") + "  "
    }

    private static func isXMLName(_ name: String) -> Bool {
        guard let first = name.unicodeScalars.first else { return false }
        guard first == "_" || first == ":" || first.properties.isAlphabetic else { return false }
        return name.unicodeScalars.allSatisfy {
            $0 == "_" || $0 == ":" || $0 == "-" || $0 == "." || $0.properties.isAlphabetic || ("0"..."9").contains($0)
        }
    }
}
