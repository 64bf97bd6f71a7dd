// SPDX-License-Identifier: GPL-2.0-or-later
// A resource agent that writes down every call, and misbehaves on request.
import Foundation

extension DaemonCluster {
    /// Installs `ocf:fault:Witness`. Parameters: `when`, the action to misbehave in, and `how`: hang, slow, flood or secret.
    func writeAgent() throws {
        let manager = FileManager.default
        try manager.createDirectory(atPath: folder + "/ocf/resource.d/fault", withIntermediateDirectories: true)
        for name in ["lib", "resource.d/heartbeat", "resource.d/pacemaker"] {
            try manager.createSymbolicLink(atPath: folder + "/ocf/" + name, withDestinationPath: "/usr/lib/ocf/" + name)
        }
        try write(agent: "Witness", Self.agent)
    }

    /// Installs another agent `ocf:fault:NAME`.
    func write(agent name: String, _ text: String) throws {
        let path = folder + "/ocf/resource.d/fault/" + name
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
    }

    /// The statement for a resource with this agent.
    /// - Parameter place: name of the only host it may run on, nil for any remote node.
    func witness(_ name: String, on place: String? = nil, _ parameters: String = "", operations: String = "") -> String {
        let start = operations.contains("op start") ? "" : "op start interval=0 timeout=20 "
        let stop = operations.contains("op stop") ? "" : "op stop interval=0 timeout=20 "
        let monitor = operations.contains("op monitor") ? "" : "op monitor interval=1 timeout=20 "
        let rule = place.map { "location only-\(name) \(name) rule -inf: #uname ne \($0)\n" }
            ?? "location not-\(name) \(name) rule -inf: #uname eq \(Self.host)\n"
        return "primitive \(name) ocf:fault:Witness \(parameters.isEmpty ? "" : "params " + parameters) \(start)\(stop)\(monitor)\(operations)\n" + rule
    }

    private static let agent = """
        #!/bin/sh
        state="$HA_RSCTMP/$OCF_RESOURCE_INSTANCE.state"
        if [ "$1" = meta-data ]; then
            cat <<END
        <?xml version="1.0"?>
        <resource-agent name="Witness" version="1.0"><version>1.1</version>
        <longdesc lang="en">Writes down every call.</longdesc><shortdesc lang="en">Witness</shortdesc>
        <parameters>
        <parameter name="when" unique="0"><longdesc lang="en">When.</longdesc><shortdesc lang="en">When</shortdesc><content type="string"/></parameter>
        <parameter name="how" unique="0"><longdesc lang="en">How.</longdesc><shortdesc lang="en">How</shortdesc><content type="string"/></parameter>
        </parameters>
        <actions><action name="start" timeout="20s"/><action name="stop" timeout="20s"/><action name="monitor" timeout="20s" interval="10s"/>
        <action name="migrate_to" timeout="20s"/><action name="migrate_from" timeout="20s"/><action name="meta-data" timeout="5s"/></actions>
        </resource-agent>
        END
            exit 0
        fi
        echo "$1 $OCF_RESOURCE_INSTANCE $WITNESS_HOST" >> "$WITNESS_LOG"
        if [ "$1" = "$OCF_RESKEY_when" ]; then
            case "$OCF_RESKEY_how" in
            hang) sleep 1000 & echo "$$ $!" > "$state.pids"; wait ;;
            slow) sleep 3; echo "done $1 $OCF_RESOURCE_INSTANCE $WITNESS_HOST" >> "$WITNESS_LOG" ;;
            flood) yes "a line that nobody wants to read" | head -c 200000000; yes "ocf-exit-reason:$(head -c 2000 /dev/zero | tr '\\0' x)" | head -c 50000000 >&2 ;;
            fail) echo "ocf-exit-reason:told to fail" >&2; exit 1 ;;
            esac
        fi
        case "$1" in
        start|migrate_from) touch "$state" ;;
        stop|migrate_to) rm -f "$state" ;;
        monitor) [ -f "$state" ] || exit 7 ;;
        *) exit 3 ;;
        esac
        exit 0

        """
}
