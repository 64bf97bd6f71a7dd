// SPDX-License-Identifier: GPL-2.0-or-later
// crm_resource --list-options: what can be set on primitives and on fencing resources.
import ClusterXML
import Reports

enum OptionCatalog {
    static func list(_ kind: String, all: Bool, _ out: ToolOutput) {
        OptionListing.show(kind == "fencing" ? fencing : primitive, all: all, out)
    }

    static let primitive = KnownOptions(
        name: "primitive-meta", title: "Primitive meta-attributes",
        introduction: "Meta-attributes that say how the cluster treats a primitive resource.", options: primitiveOptions)

    static let fencing = KnownOptions(
        name: "fence-attributes", title: "Fencing resource common parameters",
        introduction: "Parameters of every fencing resource, whatever its agent. The cluster reads them; the agent does not see them.",
        options: hostOptions + ["reboot", "off", "on", "list", "monitor", "status"].flatMap(actionOptions))

    private static let primitiveOptions: [KnownOption] = [
        KnownOption("priority", .score, "0", "Importance of the resource", "Where not everything can run, what has the lower priority stops first."),
        KnownOption("critical", .boolean, "true", "Whether its failures may move the resources it depends on", "Default of influence for its colocations, also those a group implies."),
        KnownOption(
            "target-role", .select(["Stopped", "Started", "Unpromoted", "Promoted"]), "Started", "State the resource should be kept in",
            "Stopped keeps it down, Unpromoted keeps it from being promoted; Started and Promoted set no limit."),
        KnownOption("is-managed", .boolean, "true", "Whether the cluster may start, stop, promote and demote the resource", "Recurring monitors go on. Maintenance mode of the cluster or the node counts more."),
        KnownOption("maintenance", .boolean, "false", "Leave the resource alone altogether", "Monitors pause too, but those for the role Stopped."),
        KnownOption("resource-stickiness", .score, nil, "How much the resource prefers to stay where it is", "1 for clones and what they contain, 0 for everything else."),
        KnownOption(
            "requires", .select(["nothing", "quorum", "fencing", "unfencing"]), nil, "What must be given before the resource may start",
            "fencing: failed nodes have been fenced. unfencing: the node has been unfenced, too. The default follows from fencing-enabled."),
        KnownOption("migration-threshold", .score, "INFINITY", "How many failures on a node make the node unfit for the resource"),
        KnownOption("failure-timeout", .duration, "0", "After what time failures are forgotten", "0 keeps them until somebody clears them."),
        KnownOption(
            "multiple-active", .select(["block", "stop_only", "stop_start", "stop_unexpected"]), "stop_start",
            "What to do if the resource is found active on several nodes"),
        KnownOption("allow-migrate", .boolean, nil, "Whether the resource may be moved while it runs", "true for remote connections, false for everything else."),
        KnownOption("allow-unhealthy-nodes", .boolean, "false", "Whether the resource may run on unhealthy nodes"),
        KnownOption("container-attribute-target", .string, nil, "Whose node attributes count for a resource in a container", "host: those of the host the container runs on."),
        KnownOption("remote-node", .string, nil, "Name of the guest node that this resource makes"),
        KnownOption("remote-addr", .string, nil, "Address of the guest node; its name if not given"),
        KnownOption("remote-port", .portNumber, "3121", "Port of the guest node"),
        KnownOption("remote-connect-timeout", .timeout, "60s", "How long connecting to the guest node may take"),
        KnownOption("remote-allow-migrate", .boolean, "true", "Whether the connection may move with the guest"),
    ]

    private static let hostOptions: [KnownOption] = [
        KnownOption("pcmk_host_argument", .string, nil, "Name of the agent's parameter for the target", "port or plug if the agent has one of them; none sends no such parameter.", advanced: true),
        KnownOption("pcmk_host_map", .string, nil, "What the device calls each node", "For example node1:1;node2:2,3"),
        KnownOption("pcmk_host_list", .string, nil, "Nodes this device can fence", "Separated by commas or blanks."),
        KnownOption(
            "pcmk_host_check", .select(["dynamic-list", "static-list", "status", "none"]), nil, "How the nodes are found that the device can fence",
            "Asking it for a list, from pcmk_host_list and pcmk_host_map, asking it for each node's status, or not at all."),
        KnownOption("pcmk_delay_max", .duration, "0s", "Longest delay before fencing, part of it random"),
        KnownOption("pcmk_delay_base", .string, "0s", "Delay before fencing, one for all nodes or one for each", "For example 5s, or node1:1s;node2:5. Keeps two nodes from fencing each other at the same time."),
        KnownOption("pcmk_action_limit", .integer, "1", "How many actions the device takes at a time (-1: any number)"),
    ]

    private static func actionOptions(_ action: String) -> [KnownOption] {
        [
            KnownOption("pcmk_\(action)_action", .string, action, "What to tell the agent for '\(action)'", advanced: true),
            KnownOption("pcmk_\(action)_timeout", .timeout, "60s", "How long '\(action)' may take, instead of fencing-timeout", advanced: true),
            KnownOption("pcmk_\(action)_retries", .integer, "2", "How often '\(action)' is tried within its time", advanced: true),
        ]
    }
}
