// SPDX-License-Identifier: GPL-2.0-or-later
// Agents of the classes that a namespace does not have by itself: an init script, and a systemctl that keeps a unit's state in a file.

import Foundation

/// Resources of class `lsb`, `service` and `systemd`, and what they need on a host.
enum AgentClasses {
    /// A machine without systemctl (a small container) has no place to put ours over.
    private static let hasSystemctl = FileManager.default.fileExists(atPath: "/usr/bin/systemctl")

    static let names = ["initscript", "either"] + (hasSystemctl ? ["unit"] : [])

    static let configuration = names.map { configurations[$0, default: ""] }.joined()

    private static let configurations = [
        "initscript": """
            primitive initscript lsb:lab-script op monitor interval=30s timeout=20s
            location initscript-at initscript resource-discovery=exclusive rule inf: #uname eq remote1

            """,
        "either": """
            primitive either service:lab-either op monitor interval=30s timeout=20s
            location either-at either resource-discovery=exclusive rule inf: #uname eq remote1

            """,
        "unit": """
            primitive unit systemd:lab-unit op monitor interval=30s timeout=20s
            location unit-at unit resource-discovery=exclusive rule inf: #uname eq remote1

            """,
    ]

    /// Keeps its state in a file and writes down each call.
    static func initScript(_ name: String) -> String {
        """
        #!/bin/sh
        echo "$1" >> /run/agent-\(name)
        case $1 in
          start) touch /run/state-\(name) ;;
          stop) rm -f /run/state-\(name) ;;
          status) test -e /run/state-\(name) || exit 3 ;;
          *) exit 2 ;;
        esac

        """
    }

    /// The part of systemctl that a resource needs.
    static let systemctl = """
        #!/bin/sh
        action= unit=
        for word in "$@"; do
          case $word in
            -*) ;;
            *) if [ -z "$action" ]; then action=$word; else unit=$word; fi ;;
          esac
        done
        case $unit in lab-unit*) ;; *) echo "LoadState=not-found"; echo "ActiveState=inactive"; exit 0 ;; esac
        case $action in
          start) echo start >> /run/agent-unit; touch /run/state-unit ;;
          stop) echo stop >> /run/agent-unit; rm -f /run/state-unit ;;
          show) echo LoadState=loaded
            if [ -e /run/state-unit ]; then echo ActiveState=active; else echo ActiveState=inactive; fi ;;
          is-active) test -e /run/state-unit ;;
        esac

        """
}

extension Lab {
    /// Puts the agents in place, in the host's own view of the file system.
    func layOut(on host: Host) throws {
        try must(on: host, "mountpoint -q /etc/init.d || mount -t tmpfs tmpfs /etc/init.d")
        for (script, name) in [("lab-script", "initscript"), ("lab-either", "either")] {
            try must(on: host, "cat > /etc/init.d/\(script) && chmod +x /etc/init.d/\(script)", input: AgentClasses.initScript(name))
        }
        try must(
            on: host,
            """
            mkdir -p /run/systemd/system && cat > /run/systemctl && chmod +x /run/systemctl
            test ! -e /usr/bin/systemctl || mount --bind /run/systemctl "$(readlink -f /usr/bin/systemctl)"
            """, input: AgentClasses.systemctl)
    }
}
