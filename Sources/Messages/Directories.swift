// SPDX-License-Identifier: GPL-2.0-or-later
// Where daemons and tools of one instance meet. Tests and demos run several instances on a machine, each with its own.

/// The directories of one instance.
package struct Directories: Sendable, Equatable {
    /// Sockets and the lock of the running daemon.
    package var run: String
    /// What outlives a restart: the CIB, inputs of decisions.
    package var state: String

    package static let runVariable = "PCMK_run_directory"
    package static let stateVariable = "PCMK_state_directory"

    /// - Parameters:
    ///   - run, state: from options; nil to look at the environment, then at Pacemaker's own places.
    ///   - environment: looks up a variable.
    package init(run: String? = nil, state: String? = nil, environment: (String) -> String?) {
        self.run = run ?? environment(Directories.runVariable) ?? "/run/crm"
        self.state = state ?? environment(Directories.stateVariable) ?? "/var/lib/pacemaker"
    }

    /// The socket that tools connect to.
    package var toolSocket: String { run + "/clusterctl.sock" }
    /// The agents at work, for the daemon that comes after this one.
    package var agentJournal: String { run + "/clusterctl.agents" }
    /// Locked by the daemon of this instance.
    package var lock: String { run + "/clusterctl.lock" }
}
