// SPDX-License-Identifier: GPL-2.0-or-later
// The cluster options, in the order in which tools list them.

enum ClusterOptionCatalog {
    static let listing = KnownOptions(
        name: "cluster-options", title: "Pacemaker cluster options",
        introduction: "Options that apply to the cluster as a whole. They stand in cluster_property_set elements of the section crm_config.",
        options: membership + recovery + fencing + limits + scheduling + health)

    private static let bugHint = "A need to change this value points to a defect elsewhere."

    private static let membership: [KnownOption] = [
        KnownOption("dc-version", .version, nil, "Software version of the node that is the designated controller (DC)", "Names the exact build, for diagnosis.", generated: true),
        KnownOption("cluster-infrastructure", .string, nil, "Messaging layer the cluster runs on", "For information and diagnosis.", generated: true),
        KnownOption("cluster-name", .string, nil, "A name for the cluster", "For people, for rules (node attribute #cluster-name) and for other tools."),
        KnownOption("dc-deadtime", .duration, "20s", "How long a starting node waits for others to answer", "What is best depends on the network and its load."),
        KnownOption("cluster-recheck-interval", .duration, "15min", "How often the state is looked at again without a reason", "Needed for rules with date specifications; other times are known in advance. 0 turns it off."),
        KnownOption("election-timeout", .duration, "2min", "How long an election may take", bugHint, advanced: true),
        KnownOption("shutdown-escalation", .duration, "20min", "How long a shutdown may take before the node just leaves", bugHint, advanced: true),
        KnownOption("join-integration-timeout", .duration, "3min", "How long integrating nodes may take", bugHint, advanced: true),
        KnownOption("join-finalization-timeout", .duration, "30min", "How long completing the join of nodes may take", bugHint, advanced: true),
        KnownOption("transition-delay", .duration, "0s", "Delay before each recovery", "Makes every reaction slower.", advanced: true),
        KnownOption("no-quorum-policy", .select(["stop", "freeze", "ignore", "demote", "fence", "suicide"]), "stop", "What a partition without quorum does"),
        KnownOption("shutdown-lock", .boolean, "false", "Keep resources of a node that was shut down cleanly for that node", "They start nowhere else until it is back, or the lock is cleared or expires."),
        KnownOption("shutdown-lock-limit", .duration, "0", "How long such a lock lasts", "0 means without end."),
        KnownOption("enable-acl", .boolean, "false", "Check access lists (ACLs)"),
        KnownOption("symmetric-cluster", .boolean, "true", "Resources may run anywhere unless a constraint says otherwise"),
        KnownOption("maintenance-mode", .boolean, "false", "Leave all resources alone: neither start, stop nor monitor them"),
    ]

    private static let recovery: [KnownOption] = [
        KnownOption("start-failure-is-fatal", .boolean, "true", "A resource that failed to start is not tried again on that node", "With false, the fail count and migration-threshold decide."),
        KnownOption("enable-startup-probes", .boolean, "true", "Check at start-up what is running already", obsolete: true),
        KnownOption("fence-remote-without-quorum", .boolean, "false", "Remote nodes may be fenced without quorum", "Dangerous: nodes in two partitions may fence the same remote nodes.", advanced: true),
    ]

    private static let fencingEnabled = KnownOption("fencing-enabled", .boolean, "true", "Nodes may be fenced", "Without fencing, data can be damaged; nothing starts unless fencing devices exist or this is false.", advanced: true)
    private static let fencingAction = KnownOption("fencing-action", .select(["reboot", "off"]), "reboot", "What fencing does to a node")
    private static let fencingReaction = KnownOption("fencing-reaction", .select(["stop", "panic"]), "stop", "What a node does that learns of its own fencing", "A node may hear of it when fencing cut it off a fabric only.")
    private static let fencingTimeout = KnownOption("fencing-timeout", .duration, "60s", "How long fencing may take unless a device says otherwise")
    private static let watchdogTimeout = KnownOption("fencing-watchdog-timeout", .timeout, "0", "After what time a node that fences itself by watchdog counts as down", "A positive value turns watchdog fencing on where SBD is configured; a negative one takes twice SBD's own timeout.")
    private static let maxAttempts = KnownOption("fencing-max-attempts", .score, "10", "How many failures to fence a node stop immediate further tries")

    private static let fencing: [KnownOption] = [
        fencingEnabled, fencingEnabled.alias("stonith-enabled"), fencingAction, fencingAction.alias("stonith-action"),
        fencingReaction, fencingReaction.alias("fence-reaction"), fencingTimeout, fencingTimeout.alias("stonith-timeout"),
        KnownOption("have-watchdog", .boolean, "false", "A watchdog is in use", "Found out by the cluster.", generated: true),
        watchdogTimeout, watchdogTimeout.alias("stonith-watchdog-timeout"), maxAttempts, maxAttempts.alias("stonith-max-attempts"),
        KnownOption("concurrent-fencing", .boolean, "true", "Several nodes may be fenced at the same time", obsolete: true),
        KnownOption("startup-fencing", .boolean, "true", "Fence nodes that were not seen since the cluster started", "With false, a node that was never seen is taken to be off, which nobody checked.", advanced: true),
        KnownOption("priority-fencing-delay", .duration, "0", "Extra delay before fencing the nodes with the more important resources", "Gives the more important half of a split cluster a head start."),
        KnownOption("node-pending-timeout", .duration, "0", "How long a member may take to join the controllers", "After that it is fenced; 0 never."),
    ]

    private static let limits: [KnownOption] = [
        KnownOption("cluster-delay", .duration, "60s", "How long messages between nodes may take", "Depends on the network and its load."),
        KnownOption("load-threshold", .percentage, "80%", "How much of a node's capacity the cluster's work may use", "Nodes beyond it get less to do at a time."),
        KnownOption("node-action-limit", .integer, "0", "How many actions run at a time on a node (0: twice its cores)"),
        KnownOption("batch-limit", .integer, "0", "How many actions run at a time in the cluster", "0 lets the load decide."),
        KnownOption("migration-limit", .integer, "-1", "How many live migrations run at a time on a node (-1: any number)"),
        KnownOption("cluster-ipc-limit", .nonnegativeInteger, nil, "Has no effect", obsolete: true),
    ]

    private static let stopRemoved = KnownOption("stop-removed-resources", .boolean, "true", "Stop resources that are no longer configured", obsolete: true)
    private static let cancelRemoved = KnownOption("cancel-removed-actions", .boolean, "true", "Cancel recurring actions that are no longer configured", obsolete: true)

    private static let scheduling: [KnownOption] = [
        KnownOption("stop-all-resources", .boolean, "false", "Stop everything"),
        stopRemoved, stopRemoved.alias("stop-orphan-resources"), cancelRemoved, cancelRemoved.alias("stop-orphan-actions"),
        KnownOption("pe-error-series-max", .integer, "-1", "How many scheduler inputs with errors are kept", "0 keeps none, -1 all."),
        KnownOption("pe-warn-series-max", .integer, "5000", "How many scheduler inputs with warnings are kept", "0 keeps none, -1 all."),
        KnownOption("pe-input-series-max", .integer, "4000", "How many scheduler inputs without errors and warnings are kept", "0 keeps none, -1 all."),
    ]

    private static let health: [KnownOption] = [
        KnownOption("node-health-strategy", .select(["none", "migrate-on-red", "only-green", "progressive", "custom"]), "none", "What follows from the health of nodes", "Needs agents that set the attributes #health-…."),
        KnownOption("node-health-base", .score, "0", "Health that nodes have to begin with", "Only for the strategy progressive."),
        KnownOption("node-health-green", .score, "0", "What a health attribute with the value green counts", "For the strategies custom and progressive."),
        KnownOption("node-health-yellow", .score, "0", "What a health attribute with the value yellow counts", "For the strategies custom and progressive."),
        KnownOption("node-health-red", .score, "-INFINITY", "What a health attribute with the value red counts", "For the strategies custom and progressive."),
        KnownOption("placement-strategy", .select(["default", "utilization", "minimal", "balanced"]), "default", "How utilization counts when nodes are chosen"),
    ]
}
