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

    /// Notes when the parameters of a resource may change. The reference looks at them at moments when they decide nothing, but
    /// when to look again counts.
    /// - Parameter node: nil evaluates rules without node attributes.
    package mutating func noteParameterTimes(of resource: ResourceIndex, on node: NodeIndex?) {
        var current: ResourceIndex? = resource
        while let index = current {
            if resources[index].parameterBlocks.contains(where: { $0.rule?.looksAtTime ?? false }) {
                _ = parameters(of: resource, on: node)
                return
            }
            current = resources[index].parent
        }
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
