// SPDX-License-Identifier: GPL-2.0-or-later
// Every role of the executable, one line each. This table is the only registration: links, help and tests follow from it.

package let roleTable: [Role] = [
    Role("controller", aliases: ["pacemakerd"], .daemon, "Run this host as a cluster node", values: "p", Controller.self),
    Role("cibadmin", .tool, "Query and edit the configuration and state (CIB)", values: "aXxoAtUSN", Cibadmin.self),
    Role("crm_attribute", .tool, "Query and change cluster options and node attributes", values: "nPvNUltsidpWL", CrmAttribute.self),
    Role("crm_failcount", .tool, "Show or forget how often a resource failed", values: "rnIN", CrmFailcount.self),
    Role("crm_master", .tool, "Show or change a promotion score (for agents)", values: "vlNr", CrmMaster.self),
    Role("crm_ticket", .tool, "Show, grant and revoke tickets", values: "tGSDvdn", CrmTicket.self),
    Role("crm_verify", .tool, "Check a configuration for errors", values: "xXS", CrmVerify.self),
    Role("crm_standby", .tool, "Keep a node from running resources", values: "vNl", CrmStandby.self),
    Role("crm_diff", .tool, "Compare two configurations or apply a patch set", values: "oOnNp", CrmDiff.self),
    Role("crm_error", .tool, "Explain error codes and exit statuses", CrmError.self),
    Role("crm_shadow", .tool, "Try changes on a copy of the configuration", values: "ceCDrsv", CrmShadow.self),
    Role("remoted", aliases: ["pacemaker-remoted", "pacemaker_remoted"], .daemon, "Serve as a remote node", values: "pl", Remoted.self),
    Role("crm_mon", aliases: ["status"], .tool, "Show the status of the cluster", values: "imxpEILUeh", CrmMon.self),
    Role("crm_rule", .tool, "Say whether rules of the configuration are in effect", values: "drX", CrmRule.self),
    Role("iso8601", .tool, "Show and compute dates, durations and periods", values: "dpDE", ISO8601.self),
    Role("crm", aliases: ["configure"], .tool, "Configure and run the cluster, command by command or interactively", Crm.self),
    Role("crm_node", .tool, "Show the cluster's nodes and their membership", values: "NR", CrmNode.self),
    Role("crmadmin", .tool, "Ask the controller how it is", values: "SNt", Crmadmin.self),
    Role("attrd_updater", .tool, "Set and query transient node attributes", values: "nPUvBdsNWS", AttrdUpdater.self),
    Role("stonith_admin", .tool, "Fence nodes, look after fence devices", values: "lsHhQFUBCRDrdaoeivTty", StonithAdmin.self),
    Role("crm_simulate", .tool, "Show what the cluster would do after an event", values: "xudfiFtqwgrbeIOGDPN", CrmSimulate.self),
    Role("install", .setup, "Install the program, links, units, directories and accounts", Install.self),
    Role("install-links", .setup, "Make a symbolic link for every role", InstallLinks.self),
    Role("list-roles", .setup, "List the roles, their names and what they do", ListRoles.self),
]
