// SPDX-License-Identifier: GPL-2.0-or-later
// The help texts of the shell's levels.
import ConfigurationLanguage

enum CrmHelp {
    /// Whether there is anything to say about a topic.
    static func knows(_ topic: String) -> Bool {
        topics[topic] != nil || CrmSession.levelNames.contains(topic) || CrmSession.Level(rawValue: topic) != nil
    }

    static func text(level: CrmSession.Level, topic: String?) -> String {
        if let topic, let line = topics[topic] { return line }
        let level = topic.flatMap { CrmSession.Level(rawValue: $0) } ?? level
        let names =
            switch level {
            case .root: CrmSession.levelNames
            case .configure: ConfigureLevel.commandNames
            default: CrmLevels.commands(of: level)
            }
        var lines = ["Commands\(level == .root ? "" : " of \(level.rawValue)"):", ""]
        for name in names.sorted() { lines.append("  " + (topics[name] ?? name)) }
        lines += ["", "Everywhere: help [COMMAND], ls, cd LEVEL, up, quit. A backslash at the end of a line continues it."]
        return lines.joined(separator: "\n")
    }

    private static let topics: [String: String] = [
        "node": "node [ID:] NAME[:TYPE] [attributes A=V…] [utilization A=V…]",
        "primitive": "primitive ID [CLASS:[PROVIDER:]]TYPE|@TEMPLATE [params A=V…] [meta A=V…] [op NAME A=V…]…",
        "rsc_template": "rsc_template ID [CLASS:[PROVIDER:]]TYPE [params A=V…] [meta A=V…] [op NAME A=V…]…",
        "group": "group ID RESOURCE… [params A=V…] [meta A=V…]",
        "clone": "clone ID RESOURCE [params A=V…] [meta A=V…]   (promotable: meta promotable=true)",
        "bundle": "bundle ID docker|podman|rkt A=V… [network A=V… [port-mapping A=V…]] [storage storage-mapping A=V…] [primitive ID]",
        "location": "location ID RESOURCE|/PATTERN/|{ SETS } [A=V…] SCORE: NODE | rule [SCORE:] EXPRESSION…",
        "colocation": "colocation ID SCORE: RESOURCE[:ROLE] RESOURCE[:ROLE] | SETS [node-attribute=A]",
        "order": "order ID [KIND:] RESOURCE[:ACTION] RESOURCE[:ACTION] | SETS [symmetrical=BOOL]",
        "rsc_ticket": "rsc_ticket ID TICKET: RESOURCE[:ROLE] | SETS [loss-policy=stop|demote|fence|freeze]",
        "property": "property [ID:] A=V…", "rsc_defaults": "rsc_defaults [ID:] A=V…", "op_defaults": "op_defaults [ID:] A=V…",
        "fencing_topology": "fencing_topology DEVICES… | (NODE:|pattern:REGEX|attr:A=V) DEVICES…",
        "tag": "tag ID OBJECT…", "role": "role ID (read|write|deny) SPEC…", "acl_target": "acl_target USER ROLE…",
        "acl_group": "acl_group GROUP ROLE…",
        "alert": "alert ID PATH [attributes A=V…] [meta A=V…] [select KIND…] [to RECIPIENT]…",
        "monitor": "monitor RESOURCE[:ROLE] INTERVAL[:TIMEOUT]", "xml": "xml <ELEMENT…>",
        "show": "show [xml] [changed|ID|GLOB|type:KIND|tag:TAG|related:ID]… [and …]",
        "edit": "edit [xml] [ID…]", "filter": "filter COMMAND [xml] [ID…]", "delete": "delete ID…",
        "rename": "rename OLD NEW", "modgroup": "modgroup GROUP add ID [after|before ID] | remove ID",
        "set": "set ID.[OP.][INTERVAL.]NAME VALUE", "default-timeouts": "default-timeouts ID…",
        "get-property": "get-property [-t] [NAME…]", "load": "load [xml] update|replace|push FILE|URL|-",
        "save": "save [xml] [ID…] FILE|-", "commit": "commit [force] [replace] [--dry-run] [--plan ID] [--confirm SECONDS]",
        "verify": "verify   (checks everything)", "validate-all": "validate-all ID", "erase": "erase [nodes]",
        "refresh": "refresh   (drops what is not committed)", "upgrade": "upgrade force", "schema": "schema [NAME]",
        "ptest": "ptest   (what the cluster would do; also simulate)", "graph": "graph   (dot text of resources and constraints)",
        "rsctest": "rsctest RESOURCE…   (runs the agents' monitor here)",
        "plan": "plan [--json] [COMMAND…]   (the difference and what the cluster would do)",
        "diff": "diff [N]   (what is pending, or since commit N)", "history": "history   (commits made here)",
        "revert": "revert N   (back to what was before commit N)", "confirm": "confirm   (keeps a commit made with --confirm)",
    ]
}
