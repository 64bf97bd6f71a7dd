// SPDX-License-Identifier: GPL-2.0-or-later
// Messages between controller and executor: genuine ones are understood, ours carry what genuine peers need.
import ClusterXML
@testable import Messages
import Testing

@Suite struct ExecutorMessageTests {
    private func parse(_ text: String) throws -> XMLElement { try XMLParser.parse(text) }

    @Test func theFirstMessageOfAController() throws {
        let request = try #require(
            ExecutorRequest(
                parse(
                    #"<lrmd_command t="lrmd" lrmd_op="register" lrmd_clientname="pacemaker-remote-r:3121" lrmd_protocol_version="1.1" lrmd_is_ipc_provider="true" lrmd_remote_msg_id="1" lrmd_remote_msg_type="request"/>"#)))
        #expect(request.messageID == 1)
        let registration = Registration(clientName: "pacemaker-remote-r:3121", version: "1.1", isProvider: true)
        #expect(request.command == .register(registration))
    }

    @Test func anExecutionOfAGenuineController() throws {
        let request = try #require(
            ExecutorRequest(
                parse(
                    #"<lrmd_command __name__="lrmd_command" t="lrmd" lrmd_async_id="x" lrmd_op="lrmd_rsc_exec" lrmd_timeout="20000" lrmd_callopt="4" lrmd_remote_msg_id="9" lrmd_remote_msg_type="request"><lrmd_calldata><lrmd_rsc lrmd_origin="lrmd_api_exec" lrmd_rsc_id="d1" lrmd_rsc_action="monitor" lrmd_rsc_userdata_str="7:5:0:u" lrmd_rsc_interval="5000" lrmd_timeout="20000" lrmd_rsc_start_delay="0"><attributes CRM_meta_interval="5000" state="/run/d1"><param name="1st" value="v"/></attributes></lrmd_rsc></lrmd_calldata></lrmd_command>"#)))
        guard case .execute(let order) = request.command else {
            Issue.record("not an execution")
            return
        }
        #expect(order.resource == "d1" && order.action == "monitor" && order.interval == 5000 && order.timeout == 20000)
        #expect(order.notifiesChangesOnly && !order.notifiesOriginatorOnly)
        #expect(order.parameters["state"] == "/run/d1")
        #expect(order.parameters["1st"] == "v")
    }

    @Test func messagesOfOtherProtocolsAreIgnored() throws {
        #expect(try ExecutorRequest(parse(#"<x t="cib" lrmd_op="lrmd_rsc_poke"/>"#)) == nil)
        #expect(try ExecutorRequest(parse(#"<lrmd_command t="lrmd"/>"#)) == nil)
    }

    @Test func registrationsDropRecurringOperationsForBothGenerationsOfPeers() {
        let agent = AgentReference(standard: "ocf", provider: "pacemaker", type: "Dummy")
        let request = ExecutorRequest(.registerResource(name: "d1", agent: agent, dropsRecurring: true), messageID: 3)
        #expect(request.xml["lrmd_callopt"] == "3")
    }

    @Test func requestsSurviveTheWayThroughXML() {
        var order = OperationOrder(
            resource: "d", action: "start", userData: "k", interval: 0, timeout: 1000, startDelay: 5,
            parameters: ParameterList([("a", "1"), ("2b", "<&\"'>")]))
        order.notifiesChangesOnly = true
        let agent = AgentReference(standard: "lsb", provider: nil, type: "x")
        let commands: [ExecutorCommand] = [
            .execute(order), .poke, .check(watchdog: "10s"), .cancel(resource: "d", action: "monitor", interval: 10),
            .registerResource(name: "d", agent: agent, dropsRecurring: true), .unregisterResource(name: "d"),
            .resourceInformation(name: "d"), .recurringOperations(resource: nil),
            .alert(AlertOrder(id: "a", path: "/p", timeout: 3, parameters: ParameterList([("k", "v")]))),
            .forward(.shutdownAccepted), .forward(.event(session: "s", payload: XMLElement("e"))),
        ]
        for (index, command) in commands.enumerated() {
            var command = command
            if case .alert(var alert) = command {
                alert.notifiesOriginatorOnly = true
                command = .alert(alert)
            }
            let request = ExecutorRequest(command, messageID: index)
            #expect(ExecutorRequest(request.xml) == request)
        }
    }

    @Test func aCompletionOfAGenuineRemote() throws {
        let message = try parse(
            #"<lrmd_notify lrmd_origin="send_cmd_complete_notify" lrmd_timeout="60000" lrmd_rsc_interval="0" lrmd_rsc_start_delay="0" lrmd_exec_rc="7" lrmd_exec_op_status="0" lrmd_callid="6" lrmd_rsc_deleted="0" lrmd_run_time="1795429858" lrmd_rcchange_time="1795429858" lrmd_exec_time="7" lrmd_queue_time="-5" lrmd_op="lrmd_rsc_exec" lrmd_rsc_id="dummy" lrmd_rsc_action="monitor" lrmd_rsc_userdata_str="1:2:7:u" lrmd_remote_msg_id="0" lrmd_remote_msg_type="notify"><attributes CRM_meta_timeout="60000"/></lrmd_notify>"#)
        guard case .notice(.completed(let completion)) = MessageFromRemote(message) else {
            Issue.record("not a completion")
            return
        }
        #expect(completion.rc == 7 && completion.status == .done && completion.callID == 6)
        #expect(completion.queueTime == 0, "genuine peers can send large negative numbers")
        #expect(completion.order.userData == "1:2:7:u")
        #expect(completion.order.parameters["CRM_meta_timeout"] == "60000")
    }

    @Test func completionsSurviveTheWayThroughXML() {
        let order = OperationOrder(resource: "d", action: "stop", userData: "k", timeout: 9, parameters: ParameterList([("p", "q")]))
        var completion = OperationCompletion(
            callID: 4, order: order, status: .timeout, rc: 1, exitReason: "slow", output: "line\n")
        completion.runTime = 5
        completion.executionTime = 6
        completion.resourceDeleted = true
        let notice = ExecutorNotice.completed(completion)
        #expect(MessageFromRemote(notice.xml) == .notice(notice))
    }

    @Test func proxiedRequestsSurviveTheWayThroughXML() {
        let message = ProxiedMessage(
            client: "proxy-attrd-1-abcd", user: "root", id: 7, flags: 768, payload: XMLElement("create_attrd_op", [("t", "attrd")]))
        let requests: [ProxyRequest] = [
            .opened(session: "s", channel: "attrd"), .request(session: "s", message), .closed(session: "s"), .shutdown,
        ]
        for request in requests { #expect(MessageFromRemote(request.xml) == .proxy(request)) }
    }

    @Test func repliesTellWhatWasAsked() {
        let agent = AgentReference(standard: "ocf", provider: "heartbeat", type: "Dummy")
        let replies = [
            ExecutorReply(messageID: 3, rc: 12, callID: 12),
            ExecutorReply(messageID: 4, rc: 0, callID: 5, content: .resource(name: "d", agent: agent)),
            ExecutorReply(
                messageID: 1, rc: 0, callID: 1,
                content: .registered(RegistrationReply(clientID: "u", version: "1.1", uptime: 28))),
            ExecutorReply(
                messageID: 9, rc: 0, callID: 9,
                content: .recurring([RecurringOperation(resource: "d", action: "monitor", interval: 10, timeout: 20)])),
        ]
        for reply in replies { #expect(MessageFromRemote(reply.xml) == .reply(reply)) }
    }
}
