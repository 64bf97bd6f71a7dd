// SPDX-License-Identifier: GPL-2.0-or-later
// What agents that a daemon starts find in their environment.
import Glibc
import NodeCore
import NodeRuntime

/// Where agents are on this host and what they find in their environment, from the daemon's environment.
/// - Parameter service: the name agents know the daemon by.
func agentSettings(service: String) -> ExecutorConfiguration {
    var configuration = ExecutorConfiguration()
    configuration.ocfRoot = AgentPlaces.ocfRoot
    configuration.ocfDirectories = AgentPlaces.ocfFolders
    let facility = environmentVariable("PCMK_logfacility") ?? "daemon"
    var entries = [("PCMK_service", service), ("PCMK_logfacility", facility), ("HA_logfacility", facility)]
    if let file = environmentVariable("PCMK_logfile"), file != "none" {
        entries += [("PCMK_LOGFILE", file), ("HA_LOGFILE", file), ("PCMK_DEBUGLOG", file), ("HA_DEBUGLOG", file)]
    }
    if environmentVariable("HA_SBIN_DIR") == nil, let folder = ownTools() {
        entries += [("HA_SBIN_DIR", folder), ("PATH", "\(folder):\(environmentVariable("PATH") ?? "/usr/sbin:/usr/bin:/sbin:/bin")")]
    }
    configuration.baseEnvironment = entries.map { EnvironmentEntry($0.0, .text($0.1)) }
    return configuration
}

/// The folder this daemon was started from, if its tools are there and it is not where agents look anyway: an agent that sets a
/// promotion score must call the `crm_attribute` of the daemon that started it.
private func ownTools() -> String? {
    let program = CommandLine.arguments.first ?? ""
    guard let slash = program.lastIndex(of: "/"), let path = realpath(String(program[...slash]), nil) else { return nil }
    defer { free(path) }
    let folder = String(cString: path)
    guard folder != "/usr/sbin", access("\(folder)/crm_attribute", X_OK) == 0 else { return nil }
    return folder
}
