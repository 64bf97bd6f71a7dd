// SPDX-License-Identifier: GPL-2.0-or-later
// Fencing: which device, in which order, what its agent is told, and what counts as done.
import ClusterXML
import NodeCore
import Testing

struct FencerTests {
    private var clock = TestClock()
    private var fencer = Fencer(host: "ctl", firstProcess: 1, seed: 1)

    private mutating func add(_ id: String, _ parameters: [(String, String)], metaData: String? = nil) {
        var effects: [FencerEffect] = []
        fencer.replaceConfigured(
            fencer.devices + [FenceDevice(id: id, agent: "fence_\(id)", parameters: parameters.map { XMLAttribute($0.0, $0.1) }, isConfigured: true)],
            at: clock.now, into: &effects)
        guard let metaData, let process = spawned(effects).last else { return }
        fencer.processFinished(process.id, ProcessOutcome(.exited(0), standardOutput: Array(metaData.utf8)), at: clock.now, into: &effects)
    }

    private func spawned(_ effects: [FencerEffect]) -> [ProcessRequest] {
        effects.compactMap { if case .spawn(let request) = $0 { request } else { nil } }
    }

    private func outcomes(_ effects: [FencerEffect]) -> [FencingOutcome] {
        effects.compactMap { if case .finished(let outcome) = $0 { outcome } else { nil } }
    }

    private func input(_ request: ProcessRequest?) -> String { String(decoding: request?.standardInput ?? [], as: UTF8.self) }

    private mutating func fence(_ target: String, _ action: String = "reboot") -> [FencerEffect] {
        var effects: [FencerEffect] = []
        _ = fencer.fence(FencingRequest(target: target, action: action), at: clock.now, into: &effects)
        return effects
    }

    private mutating func finish(_ request: ProcessRequest?, _ ending: ProcessOutcome.Ending) -> [FencerEffect] {
        var effects: [FencerEffect] = []
        guard let request else { return [] }
        fencer.processFinished(request.id, ProcessOutcome(ending), at: clock.now, into: &effects)
        return effects
    }

    @Test("the device that lists the node is used, and its agent is told the port")
    mutating func hostMap() {
        add("a", [("pcmk_host_list", "other"), ("ip", "1")])
        add("b", [("pcmk_host_map", "r1:7;r2:8"), ("ip", "2")])
        let begun = fence("r1")
        #expect(input(spawned(begun).last) == "action=reboot\nnodename=r1\nport=7\nip=2\n")
        let done = finish(spawned(begun).last, .exited(0))
        #expect(outcomes(done).map(\.succeeded) == [true])
        #expect(outcomes(done).first?.delegate == "ctl")
    }

    @Test("without a device nobody tries")
    mutating func noDevice() {
        let effects = fence("r1")
        #expect(outcomes(effects).map(\.status) == [10])
        #expect(spawned(effects).isEmpty)
    }

    @Test("a failure is tried once more, then the next device has its turn")
    mutating func retries() {
        add("a", [("pcmk_host_list", "r1")])
        add("b", [("pcmk_host_list", "r1")])
        var effects = fence("r1", "off")
        #expect(spawned(effects).last?.choices.first?.path == "/usr/sbin/fence_a")
        effects = finish(spawned(effects).last, .exited(1))
        #expect(spawned(effects).last?.choices.first?.path == "/usr/sbin/fence_a")
        effects = finish(spawned(effects).last, .exited(1))
        #expect(spawned(effects).last?.choices.first?.path == "/usr/sbin/fence_b")
        effects = finish(spawned(effects).last, .exited(0))
        #expect(outcomes(effects).map(\.succeeded) == [true])
    }

    @Test("a level with two devices switches both off before it switches either on")
    mutating func topology() {
        add("a", [("pcmk_host_list", "r1")])
        add("b", [("pcmk_host_list", "r1")])
        fencer.topology.add(FencingLevel(target: .pattern("^r[0-9]$"), index: 1, devices: ["a", "b"], isConfigured: false))
        var seen: [String] = []
        var effects = fence("r1")
        while let request = spawned(effects).last {
            seen.append(String(request.choices[0].path.suffix(1)) + input(request).prefix { $0 != "\n" }.dropFirst(7))
            effects = finish(request, .exited(0))
        }
        #expect(seen == ["aoff", "boff", "aon", "bon"])
        #expect(outcomes(effects).map(\.succeeded) == [true])
    }

    @Test("the same request again joins the one in progress")
    mutating func duplicate() {
        add("a", [("pcmk_host_list", "r1")])
        let first = fence("r1")
        #expect(spawned(fence("r1")).isEmpty)
        #expect(outcomes(finish(spawned(first).last, .exited(0))).count == 1)
    }

    @Test("an agent that lists its nodes is asked before it is used")
    mutating func dynamicList() {
        add("a", [], metaData: "<resource-agent><parameters><parameter name=\"plug\"/></parameters><actions><action name=\"list\"/><action name=\"reboot\"/></actions></resource-agent>")
        var effects = fence("r1")
        #expect(input(spawned(effects).last).hasPrefix("action=list"))
        let list = spawned(effects).last
        effects = []
        if let list {
            fencer.processFinished(list.id, ProcessOutcome(.exited(0), standardOutput: Array("r1,alias\nr2,\n".utf8)), at: clock.now, into: &effects)
        }
        #expect(input(spawned(effects).last) == "action=reboot\nnodename=r1\nplug=r1\n")
    }

    @Test("a host never fences itself")
    mutating func suicide() {
        add("a", [])
        #expect(outcomes(fence("ctl")).map(\.succeeded) == [false])
    }

    @Test("time runs out: the agent is killed and the fencing has failed")
    mutating func timeout() {
        add("a", [("pcmk_host_list", "r1")])
        let begun = fence("r1")
        let process = spawned(begun).last
        var effects: [FencerEffect] = []
        if let process { fencer.timerFired(.agent(process.id), at: clock.now, into: &effects) }
        #expect(effects.contains { if case .kill = $0 { true } else { false } })
        #expect(outcomes(finish(process, .signaled(9))).map(\.status) == [2])
    }
}
