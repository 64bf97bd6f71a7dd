// SPDX-License-Identifier: GPL-2.0-or-later
// From argv to a running role and from its outcome to an exit status. Nothing below this file calls exit().
import ArgumentParser
package import CIBModel
import Glibc
import NodeRuntime

/// In this target the name means the tools' exit statuses, not the argument parser's type of the same name.
package typealias ExitCode = CIBModel.ExitCode

/// Ends a command with an exit status and, unless empty, a message on standard error.
package struct CommandFailure: Error {
    package let exitCode: ExitCode
    package let message: String

    package init(_ exitCode: ExitCode, _ message: String = "") {
        self.exitCode = exitCode
        self.message = message
    }
}

/// The name the running role was called by, for messages and for names that select a behaviour.
/// Set once, before any role runs.
nonisolated(unsafe) package private(set) var calledAs = "clusterctl"

/// Runs the program for `argv` and returns its exit status.
package func dispatch(argv: [String]) -> Int32 {
    ProgramPages.giveBackLibraries()
    guard let invocation = Invocation(argv: argv) else { return withoutRole(argv) }
    calledAs = invocation.calledAs
    let status = run(invocation)
    if fflush(nil) != 0 { return ExitCode.ioError.rawValue }
    return status
}

private func run(_ invocation: Invocation) -> Int32 {
    let command = invocation.role.command
    let words = (command as? any AdaptsArguments.Type)?.adapted(invocation.arguments) ?? invocation.arguments
    let arguments = LegacyArguments.normalized(words, valueLetters: invocation.role.valueLetters)
    do {
        if try StandardOptions.answer(arguments, of: invocation.role) { return ExitCode.ok.rawValue }
        var parsed = try command.parseAsRoot(arguments)
        try parsed.run()
        return ExitCode.ok.rawValue
    } catch let failure as CommandFailure {
        complain(failure.message)
        return failure.exitCode.rawValue
    } catch let code as ArgumentParser.ExitCode {
        return code.rawValue
    } catch {
        return explain(error, command, of: invocation.role)
    }
}

/// Help goes to standard output with status 0, usage errors to standard error with status 64.
private func explain(_ error: any Error, _ command: any ParsableCommand.Type, of role: Role) -> Int32 {
    let code = command.exitCode(for: error)
    if role.group == .tool, code == .validationFailure {
        complain(UsageErrors.line(command.message(for: error)))
        return ExitCode.usage.rawValue
    }
    let text = command.fullMessage(for: error)
    if code == .success {
        print(text)
        return ExitCode.ok.rawValue
    }
    complain(text)
    return code == .validationFailure ? ExitCode.usage.rawValue : code.rawValue
}

/// Writes a line to standard error.
package func complain(_ text: String) {
    guard !text.isEmpty else { return }
    fflush(nil)
    var bytes = Array((text.hasSuffix("\n") ? text : text + "\n").utf8)[...]
    while !bytes.isEmpty {
        let written = bytes.withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
        if written <= 0 { return }
        bytes = bytes.dropFirst(written)
    }
}

private func withoutRole(_ argv: [String]) -> Int32 {
    let word = argv.dropFirst().first
    switch word {
    case nil, "--help", "-h", "help":
        print(roleListing())
        fflush(nil)
        return word == nil ? ExitCode.usage.rawValue : ExitCode.ok.rawValue
    case "--version", "-V":
        print("clusterctl \(version)")
        fflush(nil)
        return ExitCode.ok.rawValue
    default:
        complain("clusterctl: no role is named '\(word ?? "")'. 'clusterctl --help' lists the roles.")
        return ExitCode.usage.rawValue
    }
}

/// The version of this program.
package let version = "0.1.0"

/// The roles by group, for `clusterctl --help`.
package func roleListing() -> String {
    var text = "Usage: clusterctl ROLE [arguments]\n       or call a link named after the role ('clusterctl install-links' makes them)\n"
    for group in Role.Group.allCases {
        text += "\n\(group.rawValue):\n"
        for role in roleTable where role.group == group {
            let names = role.allNames.joined(separator: ", ")
            let gap = String(repeating: " ", count: max(2, 26 - role.name.count))
            text += "  \(role.name)\(gap)\(role.summary)"
            text += role.aliases.isEmpty ? "\n" : " (\(names.dropFirst(role.name.count + 2)))\n"
        }
    }
    return text + "\nRun a role with --help for its options."
}
