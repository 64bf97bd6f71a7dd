// SPDX-License-Identifier: GPL-2.0-or-later
// A process to run, as data, and what became of it. The runtime carries it out; cores only see these values.

/// A core's own number for a process it asked for. It is not the system's process id.
package struct ProcessID: Sendable, Hashable {
    package var rawValue: UInt64

    package init(_ rawValue: UInt64) {
        self.rawValue = rawValue
    }
}

/// One way to run a request. A request lists them in order; the runtime takes the first whose `requires` exists.
package struct ProgramChoice: Sendable, Equatable {
    /// Absolute path of the program.
    package var path: String
    /// Arguments after the program's own name.
    package var arguments: [String]
    /// A path that must exist for this choice to be taken. The last choice is taken in any case.
    package var requires: String

    package init(_ path: String, _ arguments: [String], requires: String? = nil) {
        self.path = path
        self.arguments = arguments
        self.requires = requires ?? path
    }
}

/// A variable of the environment of a process.
package struct EnvironmentEntry: Sendable, Equatable {
    package enum Value: Sendable, Equatable {
        case text(String)
        /// The content of a file that stays out of the CIB, checked against the MD5 sum in `file` + `.sign`.
        case secret(file: String)
    }

    package var name: String
    package var value: Value

    package init(_ name: String, _ value: Value) {
        self.name = name
        self.value = value
    }
}

/// A file to write (or, with no content, to remove) before a process starts. Failures are logged, not fatal.
package struct FilePreparation: Sendable, Equatable {
    package var path: String
    package var content: String?

    package init(path: String, content: String?) {
        self.path = path
        self.content = content
    }
}

/// A process that a core wants to run. It gets its own process group and no terminal.
package struct ProcessRequest: Sendable, Equatable {
    package var id: ProcessID
    package var choices: [ProgramChoice]
    /// Added to the daemon's own environment.
    package var environment: [EnvironmentEntry] = []
    package var preparations: [FilePreparation] = []
    /// Text for standard input; empty means `/dev/null`.
    package var standardInput: [UInt8] = []
    /// Bytes kept of standard output and of standard error each; the rest is read and dropped.
    package var outputLimit = ProcessRequest.defaultOutputLimit
    /// The account to run as, nil for the daemon's own. Ignored when the daemon does not run as root.
    package var user: String?
    /// Run even when a secret cannot be read (stopping must not depend on secrets).
    package var toleratesMissingSecrets = false
    /// What a later daemon has to know of the process if this one is killed; nil if nothing.
    package var note: AgentNote?

    /// Far below the 10 MB that an XML attribute may hold, and plenty for a person to read.
    package static let defaultOutputLimit = 256 * 1024

    package init(id: ProcessID, choices: [ProgramChoice]) {
        self.id = id
        self.choices = choices
    }
}

/// How a process ended.
package struct ProcessOutcome: Sendable, Equatable {
    package enum Ending: Sendable, Equatable {
        case exited(Int32)
        /// Killed by a signal, for whatever reason.
        case signaled(Int32)
        /// It could not be started: an `errno` value.
        case notStarted(Int32)
        /// A secret among its parameters could not be read, so it was not started.
        case secretsUnavailable
    }

    package var ending: Ending
    /// Which of the request's choices was taken.
    package var choice: Int
    package var standardOutput: [UInt8]
    package var standardError: [UInt8]

    package init(_ ending: Ending, choice: Int = 0, standardOutput: [UInt8] = [], standardError: [UInt8] = []) {
        self.ending = ending
        self.choice = choice
        self.standardOutput = standardOutput
        self.standardError = standardError
    }
}
