// SPDX-License-Identifier: GPL-2.0-or-later
// From the end of a process to the result of an operation (remote-protocol.md 5.5 and 5.6).
import Messages

/// What a finished process means for its operation.
enum RunVerdict: Equatable {
    case result(RunResult)
    /// The service is still changing state: look again.
    case lookAgain
}

struct RunResult: Equatable {
    var status: ExecutionStatus
    var rc: Int
    var exitReason: String?
    var output: String?

    init(_ status: ExecutionStatus, _ rc: Int, reason: String? = nil, output: String? = nil) {
        self.status = status
        self.rc = rc
        exitReason = reason
        self.output = output
    }
}

extension AgentCommand {
    /// Reads the end of a run that was neither cancelled nor timed out.
    func verdict(on outcome: ProcessOutcome) -> RunVerdict {
        switch outcome.ending {
        case .exited(let code): return verdict(exitCode: Int(code), outcome)
        case .signaled(let signal):
            let reason = "Resource agent interrupted by \(signalName(signal)) signal"
            return .result(RunResult(.error, 1, reason: reason, output: agentOutput(outcome)))
        case .notStarted(let error): return .result(notStarted(error, choice: outcome.choice))
        case .secretsUnavailable: return .result(RunResult(.done, 2, reason: "Unable to load CIB secrets"))
        }
    }

    private func verdict(exitCode: Int, _ outcome: ProcessOutcome) -> RunVerdict {
        let output = agentOutput(outcome)
        switch dialect {
        case .ocf:
            let rc = (0...9).contains(exitCode) || exitCode == 190 || exitCode == 191 ? exitCode : 1
            return .result(RunResult(.done, rc, reason: ocfExitReason(outcome.standardError), output: output))
        case .lsb: return .result(RunResult(.done, lsbActionCode(exitCode), output: output))
        case .lsbStatus: return .result(RunResult(.done, lsbStatusCode(exitCode), output: output))
        case .alert: return .result(RunResult(.done, exitCode == 0 ? 0 : 1, output: output))
        case .systemd(let unit, let action):
            return systemdVerdict(exitCode, unit: unit, action: action, outcome)
        case .service(let type, let action):
            if outcome.choice == 1 {
                return systemdVerdict(exitCode, unit: SystemdUnit.name(type), action: action, outcome)
            }
            let rc = action == "monitor" || action == "status" ? lsbStatusCode(exitCode) : lsbActionCode(exitCode)
            return .result(RunResult(.done, rc, output: output))
        }
    }

    private func lsbActionCode(_ code: Int) -> Int { (0...7).contains(code) ? code : 1 }

    private func lsbStatusCode(_ code: Int) -> Int {
        switch code {
        case 0: 0
        case 1, 2, 3: 7
        case 150: 5
        case 151: 4
        default: 1
        }
    }

    private func systemdVerdict(_ code: Int, unit: String, action: String, _ outcome: ProcessOutcome) -> RunVerdict {
        let output = agentOutput(outcome)
        let missing = RunResult(.notInstalled, 5, reason: "Unit \(unit) not found", output: output)
        let isMonitor = action == "monitor" || action == "status"
        if isMonitor, code == 0 {
            switch SystemdUnit.state(fromProperties: String(decoding: outcome.standardOutput, as: UTF8.self)) {
            case .running: return .result(RunResult(.done, 0))
            case .stopped: return .result(RunResult(.done, 7))
            case .changing: return .lookAgain
            case .unknownUnit: return .result(missing)
            }
        }
        if code == 0 { return .result(RunResult(.done, 0, output: output)) }
        // systemctl exits with 5 when the unit is not loaded; stopping what does not exist is done already.
        if code == 5 { return .result(action == "stop" ? RunResult(.done, 0) : missing) }
        let reason = output.map { firstLine($0) } ?? "systemctl \(action) \(unit) failed"
        return .result(RunResult(.error, 1, reason: reason, output: output))
    }

    private func notStarted(_ error: Int32, choice: Int) -> RunResult {
        switch error {
        case Errno.noEntry, Errno.notDirectory, Errno.isDirectory, Errno.invalid, Errno.notExecutable:
            return RunResult(.notInstalled, 5, reason: "\(agentName): No such file or directory")
        case Errno.accessDenied, Errno.notPermitted:
            return RunResult(.error, 4, reason: "\(agentName): Permission denied")
        default:
            return RunResult(.error, 1, reason: "\(agentName): could not be started (errno \(error))")
        }
    }
}

/// Linux error numbers that starting a process can end with.
private enum Errno {
    static let notPermitted: Int32 = 1
    static let noEntry: Int32 = 2
    static let notExecutable: Int32 = 8
    static let accessDenied: Int32 = 13
    static let notDirectory: Int32 = 20
    static let isDirectory: Int32 = 21
    static let invalid: Int32 = 22
}

/// Standard error if there was any, else standard output; nil if the agent was silent.
func agentOutput(_ outcome: ProcessOutcome) -> String? {
    let bytes = outcome.standardError.isEmpty ? outcome.standardOutput : outcome.standardError
    return bytes.isEmpty ? nil : String(decoding: bytes, as: UTF8.self)
}

/// The rest of the line after the last exit reason mark.
func ocfExitReason(_ standardError: [UInt8]) -> String? {
    let text = String(decoding: standardError, as: UTF8.self)
    var reason: Substring?
    for line in text.split(whereSeparator: \.isNewline) {
        var rest = line[...]
        while let range = rest.firstRange(of: ocfExitReasonPrefix) {
            rest = rest[range.upperBound...]
            reason = rest
        }
    }
    return reason.map(String.init)
}

private func firstLine(_ text: String) -> String {
    text.split(whereSeparator: \.isNewline).first.map(String.init) ?? text
}

/// The name people know a signal by.
private func signalName(_ signal: Int32) -> String {
    let names: [Int32: String] = [
        1: "Hangup", 2: "Interrupt", 3: "Quit", 4: "Illegal instruction", 6: "Aborted", 7: "Bus error",
        8: "Floating point exception", 9: "Killed", 10: "User defined signal 1", 11: "Segmentation fault",
        12: "User defined signal 2", 13: "Broken pipe", 14: "Alarm clock", 15: "Terminated",
    ]
    return names[signal] ?? "Unknown signal \(signal)"
}

/// A duration as people read it: `1m30s`, `2s`, `1.500s`, `250ms`.
func readableDuration(milliseconds: Int64) -> String {
    guard milliseconds >= 1000 else { return "\(max(0, milliseconds))ms" }
    let seconds = milliseconds / 1000
    let rest = milliseconds % 1000
    var text = ""
    for (unit, length) in [("d", Int64(86400)), ("h", 3600), ("m", 60)] {
        let count = unit == "d" ? seconds / length : (seconds % (length * (unit == "h" ? 24 : 60))) / length
        if count > 0 { text += "\(count)\(unit)" }
    }
    let last = seconds % 60
    if rest > 0 {
        let digits = String(rest)
        text += "\(last).\(String(repeating: "0", count: 3 - digits.count))\(digits)s"
    } else if last > 0 {
        text += "\(last)s"
    }
    return text
}
