// SPDX-License-Identifier: GPL-2.0-or-later
// What placement tells about scores and capacities: values, which text and XML are made of alike.

package import CIBModel

/// The step of placement that a score is told by, named as it is shown (scheduler spec section 25).
package enum PlacementStep: String, Sendable {
    case primitive = "pcmk__primitive_assign"
    case group = "pcmk__group_assign"
    case clone = "pcmk__clone_assign"
    case bundle = "pcmk__bundle_assign"
    /// The step that takes from a node what a resource needs.
    case assignment = "pcmk__assign_resource"
}

/// When the capacity of a node is told.
package enum CapacityMoment: String, Sendable {
    case original = "Original"
    case remaining = "Remaining"
}

/// One thing that `crm_simulate -s` or `-U` shows, in the order in which placement comes to it.
package enum ScoreReport: Sendable {
    /// The score that a resource has on a node of its table.
    case allocation(PlacementStep, ResourceIndex, NodeIndex, Score)
    /// The promotion score of an instance, and its node; no node: it is inactive.
    case promotion(ResourceIndex, NodeIndex?, Score)
    /// What a node has, by name of the utilization attribute.
    case capacity(CapacityMoment, NodeIndex, [UtilizationAmount])
    /// What a resource takes from the node it is assigned to.
    case utilization(ResourceIndex, NodeIndex, [UtilizationAmount])
}

/// How much there is, or is needed, of what a utilization attribute counts: as it is configured, or as a number once calculated.
package struct UtilizationAmount: Sendable, Equatable {
    package var name: String
    package var value: String

    package init(name: String, value: String) {
        (self.name, self.value) = (name, value)
    }
}
