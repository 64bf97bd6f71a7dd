// SPDX-License-Identifier: GPL-2.0-or-later
// Node attributes, permanent and transient, and looking them up for a resource (scheduler spec 6.5).

import CIBModel
import ClusterXML

extension ClusterState {
    /// Enters the attributes written under a `node` or `transient_attributes` element.
    /// - Parameter overwrite: they replace those that are there (transient ones); among themselves the first of a name counts.
    mutating func addAttributes(of element: XMLElement, to node: NodeIndex, overwrite: Bool) {
        let (name, id) = (nodes[node].name, nodes[node].id)
        nodes[node].attributes["#uname"] = name
        nodes[node].attributes["#id"] = id
        if dc == nil, let dcID = cib["dc-uuid"], dcID == id {
            dc = node
            nodes[node].flags.insert(.isDC)
            nodes[node].attributes["#is_dc"] = "true"
        } else if dc != node {
            nodes[node].attributes["#is_dc"] = "false"
        }
        if let cluster = options.clusterName { nodes[node].attributes["#cluster-name"] = cluster }
        let input = RuleInput(now: now)
        var attributes = nodes[node].attributes
        if overwrite {
            var own = NameValueTable()
            evaluate(blocks("instance_attributes", in: element), input, into: &own)
            for entry in own.entries { attributes[entry.name] = entry.value }
        } else {
            evaluate(blocks("instance_attributes", in: element), input, into: &attributes)
        }
        nodes[node].attributes = attributes
        var utilization = nodes[node].utilization
        evaluate(blocks("utilization", in: element), input, into: &utilization)
        nodes[node].utilization = utilization
        if nodes[node].attributes["#site-name"] == nil {
            let site = nodes[node].attributes["site-name"] ?? options.clusterName
            if let site { nodes[node].attributes["#site-name"] = site }
        }
        if overwrite { nodes[node].failures = FailureTable(attributes: nodes[node].attributes) }
    }

    /// An attribute of a node as a resource sees it: for targets `host`, guests answer for the host of their container.
    /// - Parameter assignedHost: the host the container is assigned to instead of the one it runs on.
    package func attribute(
        _ name: String, of node: NodeIndex, for resource: ResourceIndex?, assignedHost: Bool = false
    ) -> String? {
        let wantsHost = resource.map { resources[$0].meta["container-attribute-target"] == "host" } ?? false
        return attribute(name, of: node, hostTarget: wantsHost, assignedHost: assignedHost)
    }

    /// The same with the target decided by the caller.
    package func attribute(_ name: String, of node: NodeIndex, hostTarget: Bool, assignedHost: Bool) -> String? {
        guard hostTarget, isGuest(node), let connection = nodes[node].connection, let container = resources[connection].launcher
        else { return nodes[node].attributes[name] }
        let host = assignedHost ? resources[container].assigned : resources[container].activeNodes.first
        return host.flatMap { nodes[$0].attributes[name] }
    }
}
