// SPDX-License-Identifier: GPL-2.0-or-later
// Instance parameters of a resource, as a node sees them (scheduler spec 14.3).

package import CIBModel

extension ClusterState {
    /// The parameters of a resource on a node: its own blocks, then each ancestor's, without overwriting.
    /// - Parameter node: nil evaluates rules without node attributes.
    package mutating func parameters(of resource: ResourceIndex, on node: NodeIndex?) -> NameValueTable {
        var table = NameValueTable()
        var input = RuleInput(now: now)
        if let node { input.nodeAttributes = nodes[node].attributes }
        var current: ResourceIndex? = resource
        while let index = current {
            if !resources[index].parameterBlocks.isEmpty {
                evaluate(resources[index].parameterBlocks, input, into: &table)
            }
            current = resources[index].parent
        }
        return table
    }

    /// Whether the parameters are the same on every node.
    package func parametersAreUniform(_ resource: ResourceIndex) -> Bool {
        var current: ResourceIndex? = resource
        while let index = current {
            if resources[index].parameterBlocks.contains(where: { $0.rule.map { !$0.isIndependentOfNode } ?? false }) { return false }
            current = resources[index].parent
        }
        return true
    }
}
