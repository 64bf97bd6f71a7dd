// SPDX-License-Identifier: GPL-2.0-or-later
// A remote node's conversation with controllers and tools, in the order that the protocol promises.
import ClusterXML
import Messages
@testable import NodeCore
import Testing

/// A remote node without a network.
private struct Bench {
    var now = Now(monotonic: .origin, wall: WallTime(seconds: 1_000_000))
    var server: RemoteServer
    var effects: [RemoteServerEffect] = []

    init(_ change: (inout RemoteServerConfiguration) -> Void = { _ in }) {
        var configuration = RemoteServerConfiguration()
        change(&configuration)
        server = RemoteServer(configuration: configuration, seed: 1, at: now)
    }

    mutating func input(_ input: RemoteServerInput) {
        server.handle(input, at: now, into: &effects)
    }

    mutating func connect(_ number: UInt64, provider: Bool = true, version: String? = "1.1") {
        input(.controllerConnected(session(number), "10.0.0.\(number)"))
        send(number, .register(Registration(clientName: "c\(number)", version: version, isProvider: provider)))
    }

    mutating func send(_ number: UInt64, _ command: ExecutorCommand, id: Int = 7) {
        input(.controllerSent(session(number), ExecutorRequest(command, messageID: id).xml))
    }

    mutating func registerResource(_ name: String = "d") {
        send(1, .registerResource(
            name: name, agent: AgentReference(standard: "ocf", provider: "heartbeat", type: "Dummy"), dropsRecurring: true))
    }

    func session(_ number: UInt64) -> SessionID { SessionID(number) }

    /// What a controller got since the last look.
    mutating func received(_ number: UInt64) -> [XMLElement] {
        let mine = effects.compactMap { effect -> XMLElement? in
            if case .sendToController(session(number), let message) = effect { return message }
            return nil
        }
        let wanted = session(number)
        effects.removeAll { if case .sendToController(wanted, _) = $0 { true } else { false } }
        return mine
    }

    mutating func toolReceived(_ number: UInt64) -> [XMLElement] {
        let mine = effects.compactMap { effect -> XMLElement? in
            if case .sendToTool(session(number), let message) = effect { return message }
            return nil
        }
        effects.removeAll { if case .sendToTool = $0 { true } else { false } }
        return mine
    }
}

@Suite struct RemoteServerSessionTests {
    @Test func aControllerRegistersAndLearnsItsNumberAndTheUptime() {
        var bench = Bench()
        bench.now = bench.now.advanced(by: .seconds(28))
        bench.connect(1)
        let reply = bench.received(1).first
        #expect(reply?["lrmd_rc"] == "0" && reply?["lrmd_op"] == "register" && reply?["lrmd_callid"] == "1")
        #expect(reply?["lrmd_protocol_version"] == "1.1")
        #expect(reply?["uptime"] == "28")
        #expect(reply?["lrmd_clientid"]?.count == 36)
    }

    @Test(arguments: [nil, "0.9", "", "abc"]) func olderProtocolsAreRefused(version: String?) {
        var bench = Bench()
        bench.connect(1, version: version)
        #expect(bench.received(1).first?["lrmd_rc"] == "-71")
        #expect(bench.server.provider == nil)
    }

    @Test(arguments: ["1", "1.0", "1.2", "2"]) func newerProtocolsAreWelcome(version: String) {
        var bench = Bench()
        bench.connect(1, version: version)
        #expect(bench.received(1).first?["lrmd_rc"] == "0")
    }

    @Test func aPokeIsAnsweredAndThenAnnounced() {
        var bench = Bench()
        bench.connect(1)
        _ = bench.received(1)
        bench.send(1, .poke, id: 6)
        let messages = bench.received(1)
        #expect(messages.map { $0["lrmd_remote_msg_type"] } == ["reply", "notify"])
        #expect(messages.map { $0["lrmd_remote_msg_id"] } == ["6", "0"])
        #expect(messages.map { $0["lrmd_callid"] } == ["2", "2"])
    }

    @Test func onlyNamedClientsHearNotices() {
        var bench = Bench()
        bench.input(.controllerConnected(bench.session(1), "x"))
        bench.send(1, .poke)
        #expect(bench.received(1).map(\.name) == ["lrmd_reply"])
    }

    @Test func aSecondControllerIsAnnouncedToTheFirstBeforeItRegisters() {
        var bench = Bench()
        bench.connect(1)
        _ = bench.received(1)
        bench.input(.controllerConnected(bench.session(2), "y"))
        #expect(bench.received(1).map { $0["lrmd_op"] } == ["lrmd_rsc_new_client"])
        #expect(bench.received(2).isEmpty)
    }

    @Test func everyRequestTakesANumberEvenWithoutAReply() {
        var bench = Bench()
        bench.connect(1)
        bench.send(1, .check(watchdog: nil))
        _ = bench.received(1)
        bench.send(1, .poke)
        #expect(bench.received(1).first?["lrmd_callid"] == "3")
    }

    @Test func unknownRequestsAreAnsweredAndStrangeMessagesIgnored() {
        var bench = Bench()
        bench.connect(1)
        _ = bench.received(1)
        bench.send(1, .unknown("lrmd_dance"))
        #expect(bench.received(1).map { $0["lrmd_rc"] } == ["-95"])
        bench.input(.controllerSent(bench.session(1), XMLElement("lrmd_command", [("t", "cib"), ("lrmd_op", "lrmd_rsc_poke")])))
        bench.input(.controllerSent(bench.session(1), XMLElement("garbage")))
        bench.send(9, .poke)
        #expect(bench.effects.allSatisfy { if case .record = $0 { true } else { false } })
    }
}

@Suite struct RemoteServerExecutionTests {
    private func process(in bench: Bench) -> ProcessID? {
        for case .spawn(let request) in bench.effects.reversed() { return request.id }
        return nil
    }

    @Test func registrationExecutionAndCompletionFollowEachOther() throws {
        var bench = Bench()
        bench.connect(1)
        _ = bench.received(1)
        bench.send(1, .resourceInformation(name: "d"))
        #expect(bench.received(1).map { $0["lrmd_rc"] } == ["-19"])
        bench.registerResource()
        #expect(bench.received(1).map(\.name) == ["lrmd_reply", "lrmd_notify"])
        bench.send(1, .resourceInformation(name: "d"))
        #expect(bench.received(1).first?["lrmd_type"] == "Dummy")
        let order = OperationOrder(
            resource: "d", action: "start", userData: "9:2:0:u", timeout: 1000, parameters: ParameterList([("state", "/x")]))
        bench.send(1, .execute(order))
        #expect(bench.received(1).map { $0["lrmd_rc"] } == ["5"], "the reply is the call id")
        bench.input(.processFinished(try #require(process(in: bench)), ProcessOutcome(.exited(0))))
        let notice = bench.received(1).first
        #expect(notice?["lrmd_callid"] == "5" && notice?["lrmd_exec_rc"] == "0")
        #expect(notice?["lrmd_rsc_userdata_str"] == "9:2:0:u")
        #expect(notice?.first("attributes")?["state"] == "/x")
    }

    @Test func anImmediateFailureIsReportedAfterTheReply() {
        var bench = Bench()
        bench.connect(1)
        bench.send(1, .registerResource(
            name: "f", agent: AgentReference(standard: "stonith", provider: nil, type: "x"), dropsRecurring: true))
        _ = bench.received(1)
        bench.send(1, .execute(OperationOrder(resource: "f", action: "start", timeout: 1)))
        #expect(bench.received(1).map(\.name) == ["lrmd_reply", "lrmd_notify"])
    }

    @Test func aCancelledOperationIsReportedBeforeTheReply() throws {
        var bench = Bench()
        bench.connect(1)
        bench.registerResource()
        bench.send(1, .execute(OperationOrder(resource: "d", action: "monitor", interval: 5000, timeout: 1000)))
        bench.input(.processFinished(try #require(process(in: bench)), ProcessOutcome(.exited(0))))
        _ = bench.received(1)
        bench.send(1, .cancel(resource: "d", action: "monitor", interval: 5000))
        let messages = bench.received(1)
        #expect(messages.map(\.name) == ["lrmd_notify", "lrmd_reply"])
        #expect(messages.first?["lrmd_exec_op_status"] == "1")
    }

    @Test func unregisteringReportsTheCancelledThenRepliesThenAnnounces() {
        var bench = Bench()
        bench.connect(1)
        bench.registerResource()
        bench.send(1, .execute(OperationOrder(resource: "d", action: "start", timeout: 1000)))
        bench.send(1, .execute(OperationOrder(resource: "d", action: "monitor", timeout: 1000)))
        _ = bench.received(1)
        bench.send(1, .unregisterResource(name: "d"))
        let messages = bench.received(1)
        #expect(messages.map(\.name) == ["lrmd_notify", "lrmd_reply", "lrmd_notify"])
        #expect(messages.map { $0["lrmd_rc"] } == [nil, "-115", "-115"])
    }

    @Test func ordersOfAControllerThatWasSucceededAreRefused() throws {
        var bench = Bench()
        bench.connect(1)
        bench.registerResource()
        bench.connect(2)
        _ = bench.received(1)
        bench.send(1, .execute(OperationOrder(resource: "d", action: "start", timeout: 1000)))
        #expect(bench.received(1).map { $0["lrmd_rc"] } == ["-13"])
        #expect(process(in: bench) == nil)
        bench.send(2, .execute(OperationOrder(resource: "d", action: "start", timeout: 1000)))
        #expect(process(in: bench) != nil)
    }

    @Test func recurringOperationsEndWithTheLastController() throws {
        var bench = Bench()
        bench.connect(2)
        bench.connect(1)
        bench.registerResource()
        bench.send(1, .execute(OperationOrder(resource: "d", action: "monitor", interval: 5000, timeout: 1000)))
        bench.input(.processFinished(try #require(process(in: bench)), ProcessOutcome(.exited(0))))
        bench.input(.controllerLeft(bench.session(1), "gone"))
        #expect(bench.server.executor.recurringOperations(of: nil).count == 1)
        bench.input(.controllerLeft(bench.session(2), "gone"))
        #expect(bench.server.executor.recurringOperations(of: nil).isEmpty)
        #expect(bench.server.executor.registeredResources == ["d"], "the resources stay")
    }
}

@Suite struct ToolRelayTests {
    private let query = ProxiedMessage(client: "", user: "", id: 3, flags: 0x200, payload: XMLElement("cib_command", [("t", "cib")]))

    private func withTool() -> Bench {
        var bench = Bench()
        bench.connect(1)
        bench.input(.toolConnected(bench.session(100), user: "root", process: 26))
        bench.input(.toolSent(bench.session(100), ProxyRequest.opened(session: "1", channel: "cib_ro").xml))
        return bench
    }

    @Test func aRequestReachesTheControllerWithUserAndFlags() throws {
        var bench = withTool()
        bench.input(.toolSent(bench.session(100), ProxyRequest.request(session: "1", query).xml))
        let messages = bench.received(1)
        #expect(messages.suffix(2).map { $0["lrmd_ipc_op"] } == ["new", "request"])
        let request = try #require(messages.last)
        #expect(request["lrmd_ipc_user"] == "root" && request["lrmd_ipc_msg_flags"] == "768" && request["lrmd_ipc_msg_id"] == "3")
        #expect(request["lrmd_ipc_client"]?.hasPrefix("proxy-cib_ro-26-") == true)
        #expect(request["lrmd_op"] == nil)
    }

    @Test func theResponseReachesTheToolUnderItsOwnSession() throws {
        var bench = withTool()
        let uuid = try #require(bench.received(1).last?["lrmd_ipc_session"])
        bench.send(1, .forward(.response(session: uuid, id: 3, payload: XMLElement("cib-reply"))))
        let answer = bench.toolReceived(100).first
        #expect(answer?["lrmd_ipc_session"] == "1" && answer?["lrmd_ipc_op"] == "response" && answer?["lrmd_ipc_msg_id"] == "3")
        #expect(bench.received(1).map { $0["lrmd_rc"] } == ["0"])
    }

    @Test func withoutAControllerToolsAreRefused() {
        var bench = Bench()
        bench.input(.toolConnected(bench.session(100), user: "root", process: 26))
        bench.input(.toolSent(bench.session(100), ProxyRequest.opened(session: "1", channel: "cib_ro").xml))
        let answer = bench.toolReceived(100).first
        #expect(answer?["lrmd_ipc_op"] == "destroy" && answer?["lrmd_rc"] == "-121")
    }

    @Test func theLaunchersChannelIsNotServedOnRemoteNodes() {
        var bench = withTool()
        bench.input(.toolSent(bench.session(100), ProxyRequest.opened(session: "2", channel: "pacemakerd").xml))
        #expect(bench.toolReceived(100).first?["lrmd_rc"] == "-121")
    }

    @Test func aToolThatLeavesIsAnnouncedAndLateAnswersAreRefusedOnce() throws {
        var bench = withTool()
        let uuid = try #require(bench.received(1).last?["lrmd_ipc_session"])
        bench.input(.toolLeft(bench.session(100)))
        #expect(bench.received(1).map { $0["lrmd_ipc_op"] } == ["destroy"])
        bench.send(1, .forward(.event(session: uuid, payload: XMLElement("late"))))
        #expect(bench.received(1).compactMap { $0["lrmd_ipc_op"] } == ["destroy"])
        bench.send(1, .forward(.closed(session: uuid)))
        #expect(bench.received(1).map(\.name) == ["lrmd_reply"], "a destroy is not answered with another")
    }

    @Test func sessionsEndWithTheirController() {
        var bench = withTool()
        bench.input(.controllerLeft(bench.session(1), "gone"))
        #expect(bench.toolReceived(100).map { $0["lrmd_ipc_op"] } == ["destroy"])
    }

    @Test func theNewestProviderServesNewTools() throws {
        var bench = withTool()
        bench.connect(2)
        bench.input(.toolSent(bench.session(100), ProxyRequest.opened(session: "2", channel: "attrd").xml))
        #expect(bench.received(2).last?["lrmd_ipc_server"] == "attrd")
        bench.input(.controllerLeft(bench.session(2), "gone"))
        bench.input(.toolSent(bench.session(100), ProxyRequest.opened(session: "3", channel: "attrd").xml))
        #expect(bench.received(1).last?["lrmd_ipc_server"] == "attrd")
    }
}

@Suite struct RemoteServerShutdownTests {
    private func exitStatus(_ bench: Bench) -> Int32? {
        for case .exit(let status) in bench.effects { return status }
        return nil
    }

    @Test func withoutAClusterItLeavesAtOnce() {
        var bench = Bench()
        bench.connect(1, provider: false)
        bench.input(.terminationRequested)
        #expect(exitStatus(bench) == 0)
    }

    @Test func theClusterIsAskedFirstAndThenWaitedFor() {
        var bench = Bench()
        bench.connect(1)
        _ = bench.received(1)
        bench.input(.terminationRequested)
        #expect(bench.received(1).map { $0["lrmd_ipc_op"] } == ["shutdown_req"])
        #expect(bench.effects.contains(.closeListener))
        bench.send(1, .forward(.shutdownAccepted))
        bench.input(.timerFired(.shutdownUnanswered))
        bench.input(.terminationRequested)
        #expect(exitStatus(bench) == nil)
        bench.input(.controllerLeft(bench.session(1), "done"))
        #expect(exitStatus(bench) == 0)
    }

    @Test func aRefusalMeansLeavingNow() {
        var bench = Bench()
        bench.connect(1)
        bench.input(.terminationRequested)
        bench.send(1, .forward(.shutdownRefused))
        #expect(exitStatus(bench) == 0)
    }

    @Test func withoutAnAnswerItLeavesAfterAWhile() {
        var bench = Bench()
        bench.connect(1)
        bench.input(.terminationRequested)
        bench.input(.timerFired(.shutdownUnanswered))
        #expect(exitStatus(bench) == 0)
    }

    @Test func watchdogFencingThatCannotWorkEndsTheDaemonForGood() {
        var bench = Bench()
        bench.connect(1)
        for harmless in [nil, "", "0"] { bench.send(1, .check(watchdog: harmless)) }
        #expect(exitStatus(bench) == nil)
        bench.send(1, .check(watchdog: "10s"))
        #expect(exitStatus(bench) == 100)
    }

    @Test func watchdogFencingWithALongerTimeoutThanSBDIsFine() {
        var bench = Bench { $0.watchdogTimeout = 5000 }
        bench.connect(1)
        bench.send(1, .check(watchdog: "10s"))
        bench.send(1, .check(watchdog: "-1"))
        #expect(exitStatus(bench) == nil)
        bench.send(1, .check(watchdog: "3s"))
        #expect(exitStatus(bench) == 100)
    }
}
