// SPDX-License-Identifier: GPL-2.0-or-later
// What both daemons take: how much to log and where an instance keeps its files.
import ArgumentParser
import CIBModel
import Glibc
import Messages
import NodeRuntime

/// Options of one running daemon; several can share a machine in directories of their own.
struct InstanceOptions: ParsableArguments {
    @Flag(name: [.customShort("V"), .long], help: "Log more, also to standard error.")
    var verbose: Int

    @Option(name: .customLong("run-dir"), help: "Directory for the socket and the lock of this instance.")
    var runDirectory: String?

    @Option(name: .customLong("state-dir"), help: "Directory for lasting files of this instance.")
    var stateDirectory: String?

    init() {}

    var directories: Directories {
        Directories(run: runDirectory, state: stateDirectory, environment: environmentVariable)
    }

    /// Puts the options into the environment, where the log, the agents and the tools that agents call find them.
    /// - Parameter service: the name agents know the daemon by.
    func export(_ directories: Directories, service: String) {
        if verbose > 0 { setenv("PCMK_stderr", "yes", 1) }
        if verbose > 1 { setenv("PCMK_debug", "yes", 1) }
        setenv("PCMK_service", service, 1)
        setenv(Directories.runVariable, directories.run, 1)
        setenv(Directories.stateVariable, directories.state, 1)
    }

    /// Takes the directories for as long as the result lives.
    func lock(_ directories: Directories, role: String) throws -> RunDirectoryLock {
        do throws(RunDirectoryLock.Failure) {
            return try RunDirectoryLock(directories, role: role)
        } catch {
            throw CommandFailure(error.isTaken ? .fatal : .cannotCreate, "\(calledAs): \(error.explanation)")
        }
    }
}
