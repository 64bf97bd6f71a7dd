// SPDX-License-Identifier: GPL-2.0-or-later
// Real processes: output, groups, kills, and daemons that agents leave behind.
import Glibc
import NodeCore
@testable import NodeRuntime
import Testing

/// Runs requests on a loop of its own until each has been reported.
private func outcomes(of requests: [ProcessRequest], killing kills: [ProcessID] = []) -> [ProcessID: ProcessOutcome] {
    let loop = EventLoop()
    var results: [ProcessID: ProcessOutcome] = [:]
    let launcher = ProcessLauncher(loop) { process, outcome in
        results[process] = outcome
        if results.count == requests.count { loop.stop() }
    }
    // Signals of a process are shared by all tests, so the children are polled for here.
    func poll() {
        launcher.reap()
        loop.schedule(after: .milliseconds(5)) { poll() }
    }
    poll()
    for request in requests { launcher.launch(request) }
    for process in kills { launcher.kill(process, wholeGroup: true) }
    loop.schedule(after: .seconds(20)) { loop.stop() }
    loop.run()
    return results
}

private func shell(_ id: UInt64, _ script: String) -> ProcessRequest {
    ProcessRequest(id: ProcessID(id), choices: [ProgramChoice("/bin/sh", ["-c", script])])
}

private func text(_ bytes: [UInt8]?) -> String { String(decoding: bytes ?? [], as: UTF8.self) }

@Suite(.serialized) struct ProcessLauncherTests {
    @Test func outputAndExitCodeAreCollected() {
        let outcome = outcomes(of: [shell(1, "echo out; echo err >&2; exit 7")])[ProcessID(1)]
        #expect(outcome?.ending == .exited(7))
        #expect(text(outcome?.standardOutput) == "out\n")
        #expect(text(outcome?.standardError) == "err\n")
    }

    @Test func aDaemonThatKeepsThePipesDoesNotHoldUpTheResult() {
        let outcome = outcomes(of: [shell(1, "echo started; sleep 30 & exit 0")])[ProcessID(1)]
        #expect(outcome?.ending == .exited(0))
        #expect(text(outcome?.standardOutput) == "started\n")
    }

    /// A systemctl without a running systemd says so at length; the marker that systemd leaves tells without asking it.
    @Test func aProgramWhoseRequirementIsMissingIsNotStarted() {
        let choice = ProgramChoice("/bin/sh", ["-c", "exit 0"], requires: "/nonexistent/marker")
        let outcome = outcomes(of: [ProcessRequest(id: ProcessID(1), choices: [choice])])[ProcessID(1)]
        #expect(outcome?.ending == .notStarted(ENOENT))
    }

    @Test func aKilledGroupIsReported() {
        let outcome = outcomes(of: [shell(1, "sleep 30 & sleep 30")], killing: [ProcessID(1)])[ProcessID(1)]
        #expect(outcome?.ending == .signaled(SIGKILL))
    }

    @Test func outputBeyondTheLimitIsReadAndDropped() {
        var request = shell(1, "head -c 3000000 /dev/zero | tr '\\0' x; exit 3")
        request.outputLimit = 1000
        let outcome = outcomes(of: [request])[ProcessID(1)]
        #expect(outcome?.ending == .exited(3))
        #expect(outcome?.standardOutput.count == 1000)
    }

    @Test func whatCannotBeStartedIsExplained() {
        let requests = [
            ProcessRequest(id: ProcessID(1), choices: [ProgramChoice("/nonexistent/agent", [])]),
            ProcessRequest(id: ProcessID(2), choices: [ProgramChoice("/etc", [])]),
            ProcessRequest(id: ProcessID(3), choices: [ProgramChoice("/etc/passwd", [])]),
        ]
        let results = outcomes(of: requests)
        #expect(results[ProcessID(1)]?.ending == .notStarted(ENOENT))
        #expect(results[ProcessID(2)]?.ending == .notStarted(EISDIR))
        #expect(results[ProcessID(3)]?.ending == .notStarted(EACCES))
    }

    @Test func theFirstChoiceThatExistsIsTaken() {
        var request = shell(1, "exit 5")
        request.choices.insert(ProgramChoice("/nonexistent/agent", ["x"]), at: 0)
        let outcome = outcomes(of: [request])[ProcessID(1)]
        #expect(outcome?.choice == 1)
        #expect(outcome?.ending == .exited(5))
    }

    @Test func theEnvironmentAndStandardInputArrive() {
        var request = shell(1, "cat; echo \"$OCF_RESKEY_state $NOTIFY_SOCKET\"")
        request.environment = [EnvironmentEntry("OCF_RESKEY_state", .text("a=b c"))]
        request.standardInput = Array("action=off\n".utf8)
        let outcome = outcomes(of: [request])[ProcessID(1)]
        #expect(text(outcome?.standardOutput) == "action=off\na=b c \n")
    }

    @Test func aMissingSecretKeepsAnAgentFromStartingUnlessItStops() {
        var request = shell(1, "echo \"$OCF_RESKEY_passwd\"")
        request.environment = [EnvironmentEntry("OCF_RESKEY_passwd", .secret(file: "/nonexistent/secret"))]
        var stop = request
        stop.id = ProcessID(2)
        stop.toleratesMissingSecrets = true
        let results = outcomes(of: [request, stop])
        #expect(results[ProcessID(1)]?.ending == .secretsUnavailable)
        #expect(text(results[ProcessID(2)]?.standardOutput) == "lrm://\n")
    }

    @Test func agentsGetTheirOwnGroupAndNoDescriptorsOfOurs() {
        let outcome = outcomes(of: [shell(1, "ls /proc/self/fd | wc -l; ps -o pgid= -p $$; echo $$")])[ProcessID(1)]
        let lines = text(outcome?.standardOutput).split(separator: "\n").map { $0.filter { !$0.isWhitespace } }
        #expect(lines.first == "4", "standard input, output, error and the directory being listed")
        #expect(lines.count == 3 && lines[1] == lines[2])
    }
}

@Suite struct EventLoopTests {
    @Test func timersFireInOrderAndMaySetTimers() {
        let loop = EventLoop()
        var order: [Int] = []
        let start = loop.now.monotonic
        loop.schedule(at: start + .milliseconds(2)) {
            order.append(2)
            loop.schedule(at: start + .milliseconds(3)) {
                order.append(3)
                loop.stop()
            }
        }
        loop.schedule(at: start + .milliseconds(1)) { order.append(1) }
        let cancelled = loop.schedule(at: start) { order.append(0) }
        loop.cancel(cancelled)
        loop.run()
        #expect(order == [1, 2, 3])
    }

    @Test func otherThreadsPostToTheLoop() {
        let loop = EventLoop()
        var received: [Int] = []
        let sender = loop.mailbox(of: Int.self) { value in
            received.append(value)
            if received.count == 100 { loop.stop() }
        }
        startThread { for value in 0..<100 { sender.post(value) } }
        loop.run()
        #expect(received == Array(0..<100))
        loop.endMailbox(sender)
    }
}
