// SPDX-License-Identifier: GPL-2.0-or-later
// Storage of location and colocation constraints, tickets, tags. Placement fills the constraints (spec section 11).

package import CIBModel

/// A location constraint after its rules were evaluated (11.1).
@usableFromInline package struct LocationConstraint: Sendable {
    package var id: String
    package var resource: ResourceIndex
    /// `.unknown`: applies in any role.
    package var role: ResourceRole
    package var probe: ProbeMode
    /// Nodes with scores, in the order they apply (already "prepended": latest match first).
    package var nodes: ContiguousArray<(node: NodeIndex, score: Score)>

    package init(
        id: String, resource: ResourceIndex, role: ResourceRole = .unknown, probe: ProbeMode = .always,
        nodes: ContiguousArray<(node: NodeIndex, score: Score)>
    ) {
        self.id = id
        self.resource = resource
        self.role = role
        self.probe = probe
        self.nodes = nodes
    }
}

/// A colocation (11.2).
@usableFromInline package struct ColocationConstraint: Sendable {
    package var id: String
    package var dependent: ResourceIndex
    package var primary: ResourceIndex
    package var score: Score
    /// `.unknown`: any role.
    package var dependentRole: ResourceRole
    package var primaryRole: ResourceRole
    /// `#uname` unless configured.
    package var nodeAttribute: String
    package var hasInfluence: Bool
    /// From a constraint element, not implied by a group, launcher or bundle.
    package var isExplicit: Bool

    package init(
        id: String, dependent: ResourceIndex, primary: ResourceIndex, score: Score, dependentRole: ResourceRole,
        primaryRole: ResourceRole, nodeAttribute: String, hasInfluence: Bool, isExplicit: Bool
    ) {
        self.id = id
        self.dependent = dependent
        self.primary = primary
        self.score = score
        self.dependentRole = dependentRole
        self.primaryRole = primaryRole
        self.nodeAttribute = nodeAttribute
        self.hasInfluence = hasInfluence
        self.isExplicit = isExplicit
    }
}

/// A ticket (9.1, 11.4).
package struct Ticket: Sendable {
    package var id: String
    package var isGranted = false
    package var isStandby = false
    /// Epoch seconds as written, if any.
    package var lastGranted: Int64?
    /// All attributes of the `ticket_state` except the id.
    package var attributes = NameValueTable()

    package init(id: String) { self.id = id }
}

/// A tag, or the resources derived from a template (11): a named list of ids.
package struct Tag: Sendable {
    package var id: String
    package var references: ContiguousArray<String> = []
    package init(id: String) { self.id = id }
}
