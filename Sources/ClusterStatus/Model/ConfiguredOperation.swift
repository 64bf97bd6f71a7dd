// SPDX-License-Identifier: GPL-2.0-or-later
// An `op` element of a resource, parsed once.

package import CIBModel
package import ClusterXML

/// A configured operation (scheduler spec 8.4, 18.7).
package struct ConfiguredOperation: Sendable {
    package var id: String?
    package var name: String
    package var intervalMs: UInt32
    /// `interval` as written.
    package var intervalText: String?
    /// `role` as written; nil without.
    package var roleText: String?
    /// `role` parsed; `.unknown` when missing or invalid.
    package var role: ResourceRole
    /// `on-fail` as written in the XML attribute.
    package var onFailText: String?
    /// `timeout` as written in the XML attribute.
    package var timeoutText: String?
    /// The XML attribute `enabled`; true without.
    package var isEnabled: Bool
    /// The whole element, for its attributes.
    package var xml: XMLElement
    package var metaBlocks: ContiguousArray<NameValueBlock>
    package var parameterBlocks: ContiguousArray<NameValueBlock>
}
