// SPDX-License-Identifier: GPL-2.0-or-later
// Commits that are taken back unless they are confirmed, in a node without a world around it.
import CIBModel
import ClusterXML
import Messages
@testable import NodeCore
import Scheduling
import Testing

struct UnconfirmedCommitTests {
    private var clock = TestClock()
    private var node = Node(settings: NodeSettings(hostName: "ctl", programVersion: "test", seed: 1))
    private let tool = ToolSessionID.local(connection: 1, session: "1")
    private let peer = SessionPeer(channel: "cib_rw", client: "crm", user: "root", isPrivileged: true)
    /// What the disk has.
    private var disk: DiskWrite?

    init() {
        _ = handle(.started(cib: nil))
        _ = handle(.toolOpened(tool, peer))
    }

    private mutating func handle(_ input: NodeInput) -> [NodeEffect] {
        var effects: [NodeEffect] = []
        node.handle(input, at: clock.now, into: &effects)
        if case .started = input, let write = writes(effects).last { disk = write }
        return effects
    }

    private func writes(_ effects: [NodeEffect]) -> [DiskWrite] {
        effects.compactMap { if case .persist(let write) = $0 { write } else { nil } }
    }

    private func responses(_ effects: [NodeEffect]) -> [XMLElement] {
        effects.compactMap { if case .respond(_, _, let answer) = $0 { answer } else { nil } }
    }

    private mutating func set(_ name: String, _ value: String, confirm seconds: String? = nil) -> [NodeEffect] {
        let pair = XMLElement("nvpair", [("id", "p-\(name)"), ("name", name), ("value", value)])
        let set = XMLElement("cluster_property_set", [("id", "cib-bootstrap-options")], children: [pair])
        var command = XMLElement("cib_command", [
            ("t", "cib"), ("cib_op", "cib_modify"), ("cib_section", "crm_config"), ("cib_callid", "2"), ("cib_callopt", "4096"),
        ], children: [XMLElement("cib_calldata", children: [XMLElement("crm_config", children: [set])])])
        command["cib_confirm"] = seconds
        return handle(.toolMessage(tool, ToolRequest(id: 5, wantsResponse: true, payload: command)))
    }

    private mutating func confirm() -> [NodeEffect] {
        let command = XMLElement("cib_command", [("t", "cib"), ("cib_op", "cib_confirm")])
        return handle(.toolMessage(tool, ToolRequest(id: 6, wantsResponse: true, payload: command)))
    }

    /// The disk takes what it was given.
    @discardableResult
    private mutating func write(_ effects: [NodeEffect]) -> [NodeEffect] {
        guard let write = writes(effects).last else { return [] }
        disk = write
        return handle(.persisted(write: write.number))
    }

    /// Another process with what the disk has.
    private mutating func restart(after seconds: Int) -> [NodeEffect] {
        clock.advance(.seconds(seconds))
        node = Node(settings: NodeSettings(hostName: "ctl", programVersion: "test", seed: 2))
        let kept = disk
        var effects: [NodeEffect] = []
        node.handle(.started(cib: kept?.configuration, unconfirmed: kept?.unconfirmed), at: clock.now, into: &effects)
        return effects
    }

    private func timer(_ effects: [NodeEffect]) -> Instant? {
        effects.compactMap { if case .setTimer(.confirmation, let time) = $0 { time } else { nil } }.last
    }

    private var configuration: XMLElement? { node.cib.first("configuration") }

    @Test("not confirmed in time: the configuration from before, under a newer version")
    mutating func missed() throws {
        write(set("batch-limit", "1"))
        let (before, version) = (configuration, CIBVersion(of: node.cib))
        let effects = set("batch-limit", "2", confirm: "60")
        #expect(responses(effects).isEmpty, "nothing is acknowledged before it is on disk")
        #expect(writes(effects).last?.unconfirmed != nil)
        #expect(responses(write(effects)).first?["cib_unconfirmed"] == "60")
        #expect(timer(effects) == clock.now.monotonic + .seconds(60))
        write(set("node-action-limit", "9"))
        write(handle(.timerFired(.confirmation)))
        #expect(configuration == before)
        #expect(CIBVersion(of: node.cib) > CIBVersion(adminEpoch: version.adminEpoch, epoch: version.epoch + 2))
        #expect(disk?.unconfirmed == nil)
    }

    @Test("confirmed: it stays, and that is acknowledged when the disk knows")
    mutating func confirmed() throws {
        write(set("batch-limit", "2", confirm: "60"))
        let after = configuration
        let effects = confirm()
        #expect(responses(effects).isEmpty)
        #expect(responses(write(effects)).first?["cib_rc"] == "0")
        _ = handle(.timerFired(.confirmation))
        _ = restart(after: 600)
        _ = handle(.timerFired(.confirmation))
        #expect(configuration == after)
    }

    @Test("killed after the commit: the next process takes it back, on time or at once")
    mutating func killed() throws {
        write(set("batch-limit", "1"))
        let before = configuration
        write(set("batch-limit", "2", confirm: "60"))
        #expect(timer(restart(after: 20)) == clock.now.monotonic + .seconds(40))
        #expect(timer(restart(after: 600)) == clock.now.monotonic)
        write(handle(.timerFired(.confirmation)))
        #expect(configuration == before)
        #expect(timer(restart(after: 1)) == nil)
    }

    @Test("killed between the two writes: the commit never was, and nothing is taken back")
    mutating func cutShort() throws {
        write(set("batch-limit", "1"))
        let before = configuration
        let cut = try #require(writes(set("batch-limit", "2", confirm: "60")).last)
        disk?.unconfirmed = cut.unconfirmed
        let effects = restart(after: 1)
        #expect(timer(effects) == nil)
        #expect(writes(effects).contains { $0.unconfirmed == nil })
        #expect(configuration == before)
    }

    @Test("a second commit joins the first: its time counts, and what comes back is from before the first")
    mutating func joined() throws {
        let before = configuration
        write(set("batch-limit", "1", confirm: "60"))
        clock.advance(.seconds(30))
        let effects = set("batch-limit", "2", confirm: "60")
        #expect(timer(effects) == clock.now.monotonic + .seconds(60))
        // Killed when only the first of the second commit's two writes was made.
        let cut = writes(effects).last
        disk?.unconfirmed = cut?.unconfirmed
        #expect(timer(restart(after: 0)) == clock.now.monotonic + .seconds(60))
        write(handle(.timerFired(.confirmation)))
        #expect(configuration == before)
    }

    @Test("a disk that refuses the commit: nothing waits for a confirmation")
    mutating func refused() throws {
        write(set("batch-limit", "1"))
        let before = configuration
        let number = try #require(writes(set("batch-limit", "2", confirm: "60")).last?.number)
        let effects = handle(.persistFailed(write: number, reason: "No space left on device"))
        #expect(responses(effects).first?["cib_rc"] == "-210")
        #expect(configuration == before)
        #expect(effects.contains { if case .cancelTimer(.confirmation) = $0 { true } else { false } })
    }

    @Test("a full disk does not bring back what was taken back in memory")
    mutating func takenBackOnAFullDisk() throws {
        write(set("batch-limit", "1"))
        let before = configuration
        write(set("batch-limit", "2", confirm: "60"))
        clock.advance(.seconds(60))
        let number = try #require(writes(handle(.timerFired(.confirmation))).last?.number)
        _ = handle(.persistFailed(write: number, reason: "No space left on device"))
        let next = try #require(writes(set("batch-limit", "3")).last?.number)
        _ = handle(.persistFailed(write: next, reason: "No space left on device"))
        #expect(configuration == before)
    }

    @Test("times that make no sense are refused", arguments: ["0", "-1", "soon", "", "9999999999999999999", "604801"])
    func badTimes(_ text: String) {
        var test = self
        #expect(test.responses(test.set("batch-limit", "2", confirm: text)).first?["cib_rc"] == "-22")
    }

    @Test("confirming what nobody committed is an error")
    mutating func nothingToConfirm() {
        #expect(responses(confirm()).first?["cib_rc"] == "-6")
    }

    @Test("the wall clock set back: no more time than was granted")
    func clockSetBack() {
        let commit = UnconfirmedCommit(id: "1", user: "root", seconds: 60, deadline: 1_000_060, version: CIBVersion(), previous: XMLElement("cib"))
        #expect(commit.remaining(at: 1_000_020) == 40)
        #expect(commit.remaining(at: 500_000) == 60)
        #expect(commit.remaining(at: 2_000_000) == 0)
        #expect(UnconfirmedCommit(commit.xml) == commit)
    }
}
