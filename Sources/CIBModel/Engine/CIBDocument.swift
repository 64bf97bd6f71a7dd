// SPDX-License-Identifier: GPL-2.0-or-later
// New CIBs.
package import ClusterXML

package enum CIBDocument {
    /// The feature set that we write: what the newest grammar goes with.
    package static let featureSet = "3.20.5"

    /// A CIB with nothing in it, at the newest schema.
    package static func empty(epoch: Int = 0) -> XMLElement {
        let sections = ["crm_config", "nodes", "resources", "constraints"].map { XMLElement($0) }
        return XMLElement(
            "cib",
            [
                ("crm_feature_set", featureSet), ("validate-with", SchemaVersion.newest.name), ("admin_epoch", "0"),
                ("epoch", String(epoch)), ("num_updates", "0"),
            ],
            children: [XMLElement("configuration", children: sections), XMLElement("status")])
    }
}
