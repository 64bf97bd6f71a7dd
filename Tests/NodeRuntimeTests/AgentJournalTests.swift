// SPDX-License-Identifier: GPL-2.0-or-later
// The journal of agents: what one daemon leaves behind, the next one finds, and nothing else.
import Glibc
import NodeCore
@testable import NodeRuntime
import Testing

@Suite(.serialized) struct AgentJournalTests {
    private let path = "/tmp/clusterctl-journal-\(getpid())-\(UInt32.random(in: 0...UInt32.max))"
    private let note = AgentNote(resource: "a%b", action: "start", deadline: Instant(sinceOrigin: .seconds(77)), killsGroup: false)

    private func agent(_ script: String) -> ProcessRequest {
        var request = ProcessRequest(id: ProcessID(1), choices: [ProgramChoice("/bin/sh", ["-c", script])])
        request.note = note
        return request
    }

    /// A launcher as a new daemon has it, and what it finds; ends when the agents have ended that it found.
    private func successor(killing: Bool = false) -> (found: [SurvivingAgent], ended: [ProcessID]) {
        let loop = EventLoop()
        var ended: [ProcessID] = []
        var found: [SurvivingAgent] = []
        let launcher = ProcessLauncher(loop, journal: path) { id, _ in
            ended.append(id)
            if ended.count == found.count { loop.stop() }
        }
        found = launcher.adoptSurvivors()
        if killing { for agent in found { launcher.kill(agent.id, wholeGroup: true) } }
        loop.schedule(after: .seconds(20)) { loop.stop() }
        if !found.isEmpty { loop.run() }
        return (found, ended)
    }

    @Test func anAgentThatIsStillAtWorkIsFoundAndItsEndIsReported() {
        defer { unlink(path) }
        ProcessLauncher(EventLoop(), journal: path) { _, _ in }.launch(agent("sleep 0.3"))
        let (found, ended) = successor()
        #expect(found.map(\.note) == [note])
        #expect(ended == found.map(\.id))
        #expect(successor().found.isEmpty, "it is crossed out")
    }

    @Test func anAgentOfTheDaemonBeforeTheLastIsFoundToo() {
        defer { unlink(path) }
        ProcessLauncher(EventLoop(), journal: path) { _, _ in }.launch(agent("sleep 30"))
        let second = ProcessLauncher(EventLoop(), journal: path) { _, _ in }
        #expect(second.adoptSurvivors().count == 1)
        let third = successor(killing: true)
        #expect(third.found.count == 1)
        #expect(third.ended.count == 1)
    }

    @Test func anAgentWhoseDaemonDiedBeforeItCouldNoteTheProcessIsFoundByItsMark() {
        defer { unlink(path) }
        let mark = AgentJournal(path: path).begin(note, program: ProgramChoice("/bin/sh", []))
        var request = agent("sleep 0.3; :")
        request.note = nil
        request.environment = [EnvironmentEntry(AgentJournal.variable, .text(mark))]
        ProcessLauncher(EventLoop()) { _, _ in }.launch(request)
        let (found, ended) = successor()
        #expect(found.map(\.note) == [note])
        #expect(ended.count == 1)
    }

    @Test func aProcessThatOnlyHasTheNumberIsNoAgent() throws {
        defer { unlink(path) }
        let journal = AgentJournal(path: path)
        journal.started(journal.begin(note, program: ProgramChoice("/bin/sh", [])), pid: getpid())
        let text = String(decoding: try #require(FileContent.read(path, limit: 4096)), as: UTF8.self)
        let start = try #require(ProcessFacts(getpid())).start
        try write(text.replacing("\t\(start)\n", with: "\t\(start + 1)\n"))
        #expect(successor().found.isEmpty)
    }

    @Test func afterTheMachineWasStartedAnewNothingIsAtWork() throws {
        defer { unlink(path) }
        ProcessLauncher(EventLoop(), journal: path) { _, _ in }.launch(agent("sleep 0.3"))
        let text = String(decoding: try #require(FileContent.read(path, limit: 4096)), as: UTF8.self)
        try write("boot\tanother\n" + text.split(separator: "\n").dropFirst().joined(separator: "\n") + "\n")
        #expect(successor().found.isEmpty)
    }

    @Test func theJournalIsEmptyWhenNothingIsAtWorkAndStaysSmall() throws {
        defer { unlink(path) }
        let journal = AgentJournal(path: path)
        let long = journal.begin(note, program: ProgramChoice("/bin/sh", []))
        for number in 1...5000 {
            let mark = journal.begin(note, program: ProgramChoice("/bin/sh", []))
            journal.started(mark, pid: pid_t(number + 1))
            journal.ended(mark)
        }
        #expect(try #require(FileContent.read(path, limit: 1 << 20)).count < 100_000)
        journal.ended(long)
        #expect(try #require(FileContent.read(path, limit: 1 << 20)).split(separator: 10).count == 1)
    }

    @Test func aJournalThatCannotBeWrittenStopsNothing() {
        let loop = EventLoop()
        var isDone = false
        let launcher = ProcessLauncher(loop, journal: "/nonexistent/journal") { _, _ in
            isDone = true
            loop.stop()
        }
        #expect(launcher.adoptSurvivors().isEmpty)
        func poll() {
            launcher.reap()
            loop.schedule(after: .milliseconds(5)) { poll() }
        }
        poll()
        launcher.launch(agent("exit 0"))
        loop.schedule(after: .seconds(20)) { loop.stop() }
        loop.run()
        #expect(isDone)
    }

    private func write(_ text: String) throws {
        let file = try #require(fopen(path, "w"))
        fputs(text, file)
        fclose(file)
    }
}
