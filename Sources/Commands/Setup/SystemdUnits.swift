// SPDX-License-Identifier: GPL-2.0-or-later
// The service units that `clusterctl install` writes. Names and settings are those that Pacemaker's users know.

/// A unit file: its name, further names that are links to it, and its text.
struct SystemdUnit {
    let name: String
    let aliases: [String]
    let text: String
}

/// The units for a cluster host and for a remote node, for a program installed under `prefix`.
///
/// Stopping may take as long as moving all resources away does (30 minutes, as Pacemaker's units say), the
/// service manager never kills resources (`KillMode=process`), and the exit statuses 100 (fatal)
/// and 78 (an unusable key, say) mean "do not respawn".
func systemdUnits(prefix: String) -> [SystemdUnit] {
    let order = """
        After=network.target time-sync.target dbus.service resource-agents-deps.target
        Wants=resource-agents-deps.target
        """
    let environment = """
        EnvironmentFile=-/etc/default/pacemaker
        EnvironmentFile=-/etc/sysconfig/pacemaker
        """
    let supervision = """
        KillMode=process
        SendSIGKILL=no
        SuccessExitStatus=100
        RestartPreventExitStatus=78 100
        Restart=on-failure
        TimeoutStopSec=30min
        """
    let cluster = """
        [Unit]
        Description=Pacemaker High Availability Cluster Manager (clusterctl)
        Documentation=man:pacemakerd(8)
        \(order)
        After=corosync.service
        Conflicts=pacemaker_remote.service

        [Install]
        WantedBy=multi-user.target

        [Service]
        Type=simple
        \(environment)
        EnvironmentFile=-/etc/default/sbd
        EnvironmentFile=-/etc/sysconfig/sbd
        ExecStart=\(prefix)/sbin/pacemakerd
        \(supervision)
        TimeoutStartSec=60s
        TasksMax=infinity
        LimitNOFILE=65536

        """
    let remote = """
        [Unit]
        Description=Pacemaker Remote executor daemon (clusterctl)
        Documentation=man:pacemaker-remoted(8)
        \(order)
        Conflicts=pacemaker.service

        [Install]
        Alias=pacemaker-remote.service
        WantedBy=multi-user.target

        [Service]
        Type=simple
        \(environment)
        ExecStart=\(prefix)/sbin/pacemaker-remoted
        \(supervision)
        TimeoutStartSec=30s
        TasksMax=infinity
        LimitNOFILE=65536

        """
    return [
        SystemdUnit(name: "pacemaker.service", aliases: [], text: cluster),
        SystemdUnit(name: "pacemaker_remote.service", aliases: ["pacemaker-remote.service"], text: remote),
    ]
}
