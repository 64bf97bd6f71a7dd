// SPDX-License-Identifier: GPL-2.0-or-later
// The controller's end of a remote connection: start, pokes, operations, loss, takeover.
import ClusterXML
import Messages
import NodeCore
import Testing

struct RemoteConnectionTests {
    private var clock = TestClock()
    private var connection = RemoteConnection(node: "r1")
    private let dummy = AgentReference(standard: "ocf", provider: "pacemaker", type: "Dummy")

    private func order(_ action: String, interval: Int64 = 0, timeout: Int64 = 20_000, server: String = "10.0.0.1") -> OperationOrder {
        OperationOrder(
            resource: "r1", action: action, interval: interval, timeout: timeout, parameters: ParameterList([("server", server)]))
    }

    private func completions(_ effects: [RemoteConnectionEffect]) -> [OperationCompletion] {
        effects.compactMap { if case .connectionCompleted(let result) = $0 { result } else { nil } }
    }

    private func results(_ effects: [RemoteConnectionEffect]) -> [OperationCompletion] {
        effects.compactMap { if case .operationCompleted(let result, _) = $0 { result } else { nil } }
    }

    private func sent(_ effects: [RemoteConnectionEffect]) -> [XMLElement] {
        effects.compactMap { if case .send(let message) = $0 { message } else { nil } }
    }

    private func reply(_ rc: Int, to message: XMLElement, _ more: [(String, String)] = []) -> XMLElement {
        XMLElement("lrmd_reply", [
            ("lrmd_rc", "\(rc)"), ("lrmd_remote_msg_id", message["lrmd_remote_msg_id"] ?? ""), ("lrmd_remote_msg_type", "reply"),
        ] + more)
    }

    /// Brings the connection up.
    private mutating func connect() -> [RemoteConnectionEffect] {
        var effects: [RemoteConnectionEffect] = []
        connection.perform(order("start"), callID: 1, at: clock.now, into: &effects)
        connection.linkOpened(at: clock.now, into: &effects)
        let register = sent(effects).last ?? XMLElement("none")
        connection.received(reply(0, to: register, [("lrmd_clientid", "uuid"), ("uptime", "7")]), at: clock.now, into: &effects)
        return effects
    }

    @Test("a start connects, registers as a provider and announces the node")
    mutating func start() {
        let effects = connect()
        #expect(effects.contains(.open(server: "10.0.0.1", port: 3121)))
        #expect(sent(effects).first?["lrmd_op"] == "register")
        #expect(sent(effects).first?["lrmd_is_ipc_provider"] == "true")
        #expect(effects.contains(.nodeUp(uptime: 7, startState: nil)))
        #expect(completions(effects).map(\.rc) == [0])
        #expect(connection.isUp)
    }

    @Test("a refused connection is tried again each second until the time is nearly up")
    mutating func retry() {
        var effects: [RemoteConnectionEffect] = []
        connection.perform(order("start", timeout: 5000), callID: 1, at: clock.now, into: &effects)
        connection.linkClosed(.refused, at: clock.now, into: &effects)
        #expect(effects.contains(.setTimer(.retry, at: clock.now.monotonic + .seconds(1))))
        #expect(completions(effects).isEmpty)
        clock.advance(.seconds(3))
        connection.timerFired(.retry, at: clock.now, into: &effects)
        connection.linkClosed(.refused, at: clock.now, into: &effects)
        let result = completions(effects).first
        #expect(result?.status == .timeout)
        #expect(result?.exitReason == "Connection refused without enough time to retry")
    }

    @Test("a wrong key is final")
    mutating func wrongKey() {
        var effects: [RemoteConnectionEffect] = []
        connection.perform(order("start"), callID: 1, at: clock.now, into: &effects)
        connection.linkClosed(.keyRejected, at: clock.now, into: &effects)
        #expect(completions(effects).map(\.rc) == [2])
        #expect(completions(effects).map(\.status) == [.error])
    }

    @Test("a peer that hangs up during the handshake may just be starting: three times in a row it is the key")
    mutating func closedHandshakes() {
        for interruption in [nil, LinkFailure.refused] {
            var effects: [RemoteConnectionEffect] = []
            let failures = [.closedInHandshake, .closedInHandshake] + (interruption.map { [$0, .closedInHandshake, .closedInHandshake] } ?? [])
            connection.perform(order("start"), callID: 1, at: clock.now, into: &effects)
            for failure in failures {
                connection.linkClosed(failure, at: clock.now, into: &effects)
                clock.advance(.seconds(1))
                connection.timerFired(.retry, at: clock.now, into: &effects)
            }
            #expect(completions(effects).isEmpty)
            connection.linkClosed(.closedInHandshake, at: clock.now, into: &effects)
            #expect(completions(effects).map(\.rc) == [2])
            #expect(completions(effects).map(\.status) == [.error])
        }
    }

    @Test("a probe of a connection that is not up finds it inactive")
    mutating func probe() {
        var effects: [RemoteConnectionEffect] = []
        connection.perform(order("monitor"), callID: 1, at: clock.now, into: &effects)
        #expect(completions(effects).map(\.rc) == [7])
    }

    @Test("a monitor pokes, reports its first success only, and pokes again after its interval")
    mutating func monitor() {
        _ = connect()
        var effects: [RemoteConnectionEffect] = []
        connection.perform(order("monitor", interval: 3000, timeout: 15_000), callID: 2, at: clock.now, into: &effects)
        #expect(sent(effects).last?["lrmd_op"] == "lrmd_rsc_poke")
        let sign = XMLElement("lrmd_notify", [("lrmd_op", "lrmd_rsc_poke"), ("lrmd_remote_msg_type", "notify")])
        connection.received(sign, at: clock.now, into: &effects)
        #expect(completions(effects).map(\.rc) == [0])
        #expect(effects.contains(.setTimer(.nextPoke(2), at: clock.now.monotonic + .seconds(3))))
        connection.timerFired(.nextPoke(2), at: clock.now, into: &effects)
        connection.received(sign, at: clock.now, into: &effects)
        #expect(completions(effects).count == 1)
    }

    @Test("without a sign of life in time the connection is given up and its monitor has timed out")
    mutating func silence() {
        _ = connect()
        var effects: [RemoteConnectionEffect] = []
        connection.perform(order("monitor", interval: 3000, timeout: 15_000), callID: 2, at: clock.now, into: &effects)
        clock.advance(.seconds(15))
        connection.timerFired(.pokeLimit(2), at: clock.now, into: &effects)
        #expect(completions(effects).first?.status == .timeout)
        #expect(completions(effects).first?.exitReason == "Remote executor did not respond")
        #expect(effects.contains(.close))
        #expect(!connection.isUp)
    }

    @Test("operations are sent without waiting for the registration of their resource")
    mutating func pipelining() {
        _ = connect()
        var effects: [RemoteConnectionEffect] = []
        let start = OperationOrder(resource: "d1", action: "start", userData: "key", timeout: 20_000)
        connection.execute(start, dummy, at: clock.now, into: &effects)
        #expect(sent(effects).map { $0["lrmd_op"] } == ["lrmd_rsc_register", "lrmd_rsc_exec"])
        #expect(sent(effects).first?["lrmd_callopt"] == "3")
        let execution = sent(effects).last ?? XMLElement("none")
        connection.received(reply(9, to: execution), at: clock.now, into: &effects)
        let notice = XMLElement("lrmd_notify", [
            ("lrmd_op", "lrmd_rsc_exec"), ("lrmd_rsc_id", "d1"), ("lrmd_rsc_action", "start"), ("lrmd_callid", "9"), ("lrmd_exec_rc", "0"),
            ("lrmd_exec_op_status", "0"), ("lrmd_rsc_userdata_str", "key"), ("lrmd_remote_msg_type", "notify"), ("lrmd_queue_time", "-5"),
        ], children: [XMLElement("attributes", [("state", "/run/x")])])
        connection.received(notice, at: clock.now, into: &effects)
        let result = results(effects).first
        #expect(result?.order.userData == "key")
        #expect(result?.order.parameters["state"] == "/run/x")
        #expect(result?.queueTime == 0)
    }

    @Test("when the connection is lost, running operations end as not connected, settled monitors do not")
    mutating func loss() {
        _ = connect()
        var effects: [RemoteConnectionEffect] = []
        let monitor = OperationOrder(resource: "d1", action: "monitor", interval: 5000, timeout: 20_000)
        connection.execute(monitor, dummy, at: clock.now, into: &effects)
        connection.received(reply(4, to: sent(effects).last ?? XMLElement("none")), at: clock.now, into: &effects)
        connection.received(XMLElement("lrmd_notify", [
            ("lrmd_op", "lrmd_rsc_exec"), ("lrmd_rsc_id", "d1"), ("lrmd_rsc_action", "monitor"), ("lrmd_callid", "4"),
            ("lrmd_rsc_interval", "5000"), ("lrmd_exec_rc", "0"), ("lrmd_remote_msg_type", "notify"),
        ]), at: clock.now, into: &effects)
        connection.execute(OperationOrder(resource: "d2", action: "start", timeout: 20_000), dummy, at: clock.now, into: &effects)
        effects = []
        connection.linkClosed(.other("reset"), at: clock.now, into: &effects)
        #expect(results(effects).map(\.order.resource) == ["d2"])
        #expect(results(effects).map(\.status) == [.disconnected])
    }

    @Test("a result that was under way when its resource was forgotten is no history")
    mutating func forgotten() {
        _ = connect()
        var effects: [RemoteConnectionEffect] = []
        let monitor = OperationOrder(resource: "d1", action: "monitor", interval: 5000, timeout: 20_000)
        connection.execute(monitor, dummy, at: clock.now, into: &effects)
        connection.received(reply(4, to: sent(effects).last ?? XMLElement("none")), at: clock.now, into: &effects)
        connection.unregister("d1", at: clock.now, into: &effects)
        effects = []
        connection.received(XMLElement("lrmd_notify", [
            ("lrmd_op", "lrmd_rsc_exec"), ("lrmd_rsc_id", "d1"), ("lrmd_rsc_action", "monitor"), ("lrmd_callid", "4"),
            ("lrmd_rsc_interval", "5000"), ("lrmd_exec_rc", "0"), ("lrmd_remote_msg_type", "notify"),
        ]), at: clock.now, into: &effects)
        #expect(results(effects).map(\.resourceDeleted) == [true])
        #expect(connection.recurring(of: "d1").isEmpty)
    }

    @Test("another controller is expected only after migrate_to")
    mutating func takeover() {
        _ = connect()
        let newClient = XMLElement("lrmd_notify", [("lrmd_op", "lrmd_rsc_new_client"), ("lrmd_remote_msg_type", "notify")])
        var effects: [RemoteConnectionEffect] = []
        connection.perform(order("migrate_to"), callID: 2, at: clock.now, into: &effects)
        connection.perform(order("stop"), callID: 3, at: clock.now, into: &effects)
        #expect(completions(effects).map(\.callID) == [2])
        connection.received(newClient, at: clock.now, into: &effects)
        #expect(completions(effects).map(\.callID) == [2, 3])
        #expect(!effects.contains(.nodeDown(byItself: false, isEmpty: true)))

        _ = connect()
        effects = []
        connection.received(newClient, at: clock.now, into: &effects)
        #expect(!connection.isUp)
    }

    @Test("a node that asks to stop and is gone at once is lost, not let go")
    mutating func shutdownWithoutWaiting() {
        let request = XMLElement("lrmd_ipc_proxy", [
            ("lrmd_ipc_op", "shutdown_req"), ("lrmd_ipc_session", "0"), ("lrmd_remote_msg_type", "notify"),
        ])
        for waits in [true, false] {
            _ = connect()
            var effects: [RemoteConnectionEffect] = []
            connection.received(request, at: clock.now, into: &effects)
            #expect(effects.contains(.shutdownRequested))
            if !waits { connection.linkClosed(.other("reset"), at: clock.now, into: &effects) }
            connection.perform(order("stop"), callID: 2, at: clock.now, into: &effects)
            #expect(effects.contains(.nodeDown(byItself: waits, isEmpty: waits)), "its resources were stopped: \(waits)")
        }
    }

    @Test("a stop always succeeds and takes the node down")
    mutating func stop() {
        _ = connect()
        var effects: [RemoteConnectionEffect] = []
        connection.perform(order("stop"), callID: 2, at: clock.now, into: &effects)
        #expect(effects.contains(.close))
        #expect(effects.contains(.nodeDown(byItself: false, isEmpty: true)))
        #expect(completions(effects).map(\.rc) == [0])
    }

    @Test("a node that could not be reached is looked for until it answers")
    mutating func looking() {
        var effects: [RemoteConnectionEffect] = []
        connection.perform(order("start", timeout: 2000), callID: 1, at: clock.now, into: &effects)
        connection.linkClosed(.refused, at: clock.now, into: &effects)
        #expect(completions(effects).map(\.status) == [.timeout])
        connection.perform(order("stop"), callID: 2, at: clock.now, into: &effects)
        effects = []
        connection.timerFired(.look, at: clock.now, into: &effects)
        #expect(effects.contains(.open(server: "10.0.0.1", port: 3121)))
        connection.linkClosed(.refused, at: clock.now, into: &effects)
        #expect(!effects.contains(.reachable))
        connection.timerFired(.look, at: clock.now, into: &effects)
        connection.linkOpened(at: clock.now, into: &effects)
        #expect(effects.suffix(2) == [.close, .reachable])
        #expect(!connection.isUp)
    }
}
