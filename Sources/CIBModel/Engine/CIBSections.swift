// SPDX-License-Identifier: GPL-2.0-or-later
// The sections of a CIB that requests can name.
package import ClusterXML

package enum CIBSection {
    /// Names that `--scope` and `cib_section` may have, besides `all` and `cib`.
    package static let names = [
        "configuration", "nodes", "resources", "constraints", "crm_config", "rsc_defaults", "op_defaults", "acls",
        "fencing-topology", "tags", "alerts", "status",
    ]

    /// The element that contains a section.
    static func parentName(of section: String) -> String? {
        switch section {
        case "configuration", "status": "cib"
        case let name where names.contains(name): "configuration"
        default: nil
        }
    }

    /// The place of a section; nil, `all` and `cib` are the whole CIB.
    package static func place(of section: String?, in cib: XMLElement) -> XMLPath? {
        guard let section, section != "all", section != "cib" else { return .root }
        guard let parent = parentName(of: section) else { return nil }
        if parent == "cib" { return cib.children.firstIndex { $0.name == section }.map { XMLPath([$0]) } }
        guard let configuration = cib.children.firstIndex(where: { $0.name == "configuration" }),
            let index = cib.children[configuration].children.firstIndex(where: { $0.name == section })
        else { return nil }
        return XMLPath([configuration, index])
    }

    /// The place of a section, which is created at the end of its parent if it is missing.
    static func madePlace(of section: String, in cib: inout XMLElement) -> XMLPath? {
        if let place = place(of: section, in: cib) { return place }
        guard let parent = parentName(of: section), let outer = self.place(of: parent, in: cib) else { return nil }
        cib.modify(at: outer) { $0.children.append(XMLElement(section)) }
        return place(of: section, in: cib)
    }
}
