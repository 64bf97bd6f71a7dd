// SPDX-License-Identifier: GPL-2.0-or-later
// Units as resources: which systemctl call serves which action, and how its answer is read (remote-protocol.md 5.7).
import Messages

enum SystemdUnit {
    private static let suffixes = [
        ".service", ".socket", ".device", ".mount", ".automount", ".swap", ".target", ".path", ".timer", ".slice",
        ".scope",
    ]

    /// The unit behind a resource type.
    static func name(_ type: String) -> String {
        suffixes.contains { type.hasSuffix($0) } ? type : type + ".service"
    }

    static func choice(_ action: String, unit: String, _ configuration: ExecutorConfiguration) -> ProgramChoice {
        // systemctl fails anyway where systemd does not run; the marker directory tells without a process.
        let systemctl = configuration.systemctl
        switch action {
        case "start", "stop":
            let script = "\"$1\" daemon-reload; exec \"$1\" --no-ask-password \"$2\" \"$3\""
            return ProgramChoice(
                "/bin/sh", ["-c", script, "sh", systemctl, action, unit], requires: "/run/systemd/system")
        case "monitor", "status":
            return ProgramChoice(
                systemctl, ["show", "--property=LoadState", "--property=ActiveState", "--", unit],
                requires: "/run/systemd/system")
        default:
            return ProgramChoice(
                systemctl, ["--no-ask-password", action, "--", unit], requires: "/run/systemd/system")
        }
    }

    /// While the cluster runs a unit, systemd must not restart it by itself and must stop it before the cluster.
    static func preparations(_ action: String, unit: String) -> [FilePreparation] {
        let path = "/run/systemd/system/\(unit).d/50-pacemaker.conf"
        guard unit.utf8.allSatisfy({ $0 != UInt8(ascii: "/") }) else { return [] }
        switch action {
        case "start":
            let text = """
                [Unit]
                Description=Cluster Controlled \(unit)
                Before=pacemaker.service pacemaker_remote.service

                [Service]
                Restart=no

                """
            return [FilePreparation(path: path, content: text)]
        case "stop":
            return [FilePreparation(path: path, content: nil)]
        default:
            return []
        }
    }

    /// The state that `systemctl show` reported.
    enum State: Equatable {
        case running, stopped, changing, unknownUnit
    }

    static func state(fromProperties output: String) -> State {
        var active = ""
        for line in output.split(whereSeparator: \.isNewline) {
            if line == "LoadState=not-found" { return .unknownUnit }
            if line.hasPrefix("ActiveState=") { active = String(line.dropFirst("ActiveState=".count)) }
        }
        switch active {
        case "active", "reloading": return .running
        case "activating", "deactivating": return .changing
        default: return .stopped
        }
    }
}
