// SPDX-License-Identifier: GPL-2.0-or-later
// A whole node: inputs in, effects out, without a world around it.
import CIBModel
import ClusterXML
import Messages
@testable import NodeCore
import Scheduling
import Testing

struct NodeTests {
    private var clock = TestClock()
    private var node = Node(settings: NodeSettings(hostName: "ctl", programVersion: "test", seed: 1))
    private let tool = ToolSessionID.local(connection: 1, session: "1")

    private mutating func handle(_ input: NodeInput) -> [NodeEffect] {
        var effects: [NodeEffect] = []
        node.handle(input, at: clock.now, into: &effects)
        return effects
    }

    private func request(_ effects: [NodeEffect]) -> SchedulerRequest? {
        effects.compactMap { if case .schedule(let request) = $0 { request } else { nil } }.last
    }

    private func responses(_ effects: [NodeEffect]) -> [XMLElement] {
        effects.compactMap { if case .respond(_, _, let answer) = $0 { answer } else { nil } }
    }

    /// The number of the last write that was asked for.
    private func persisted(_ effects: [NodeEffect]) -> Int? {
        effects.compactMap { if case .persist(let write) = $0 { write.number } else { nil } }.last
    }

    /// A node that has started, saved its configuration and has nothing to do.
    private mutating func start() {
        let effects = handle(.started(cib: nil))
        if let number = persisted(effects) { _ = handle(.persisted(write: number)) }
        if let request = request(effects) { _ = handle(.scheduled(Transition(), request: request.id, source: "input")) }
        _ = handle(.toolOpened(tool, SessionPeer(channel: "cib_rw", client: "cibadmin", user: "root", isPrivileged: true)))
    }

    private mutating func setProperty(_ name: String, _ value: String) -> [NodeEffect] {
        let pair = XMLElement("nvpair", [("id", "p-\(name)"), ("name", name), ("value", value)])
        let set = XMLElement("cluster_property_set", [("id", "cib-bootstrap-options")], children: [pair])
        let command = XMLElement("cib_command", [
            ("t", "cib"), ("cib_op", "cib_modify"), ("cib_section", "crm_config"), ("cib_callid", "2"), ("cib_callopt", "4096"),
        ], children: [XMLElement("cib_calldata", children: [XMLElement("crm_config", children: [set])])])
        return handle(.toolMessage(tool, ToolRequest(id: 5, wantsResponse: true, payload: command)))
    }

    private func starting(_ resource: String) -> Transition {
        var action = GraphAction(id: 1, kind: .resource, task: "start", key: "\(resource)_start_0")
        action.node = GraphNode(name: "ctl", id: "1")
        var primitive = GraphResource(element: "primitive", id: resource, longID: nil)
        (primitive.agentClass, primitive.provider, primitive.type) = ("lsb", nil, "web")
        action.resource = primitive
        action.attributes = [GraphAttribute("CRM_meta_timeout", "20000")]
        var transition = Transition()
        transition.append(Synapse(id: 0, priority: 0, action: action, inputs: []))
        return transition
    }

    @Test("a new host becomes the DC of a cluster of one, with itself in the configuration")
    mutating func fresh() {
        let effects = handle(.started(cib: nil))
        #expect(node.cib["dc-uuid"] == "1")
        #expect(node.cib["have-quorum"] == "1")
        #expect(node.cib.first("configuration")?.first("nodes")?.first("node")?["uname"] == "ctl")
        #expect(persisted(effects) != nil)
        #expect(request(effects) != nil)
        #expect(node.stateName == "S_POLICY_ENGINE")
    }

    @Test("a change is confirmed only when it is on disk")
    mutating func durability() {
        start()
        let effects = setProperty("batch-limit", "7")
        #expect(responses(effects).isEmpty)
        let number = persisted(effects)
        #expect(number != nil)
        guard let number else { return }
        #expect(responses(handle(.persisted(write: number))).first?["cib_rc"] == "0")
    }

    @Test("a disk that refuses: the tool hears of it and the change is taken back")
    mutating func diskFull() throws {
        start()
        let number = try #require(persisted(setProperty("batch-limit", "7")))
        let effects = handle(.persistFailed(write: number, reason: "No space left on device"))
        #expect(responses(effects).first?["cib_rc"] == "-210")
        #expect(!node.cib.serialized().contains("batch-limit"))
        let retry = effects.contains { if case .setTimer(.persist, _) = $0 { true } else { false } }
        #expect(retry)
    }

    @Test("what is asked for again is confirmed only when the first is on disk")
    mutating func repeatedChange() throws {
        start()
        let number = try #require(persisted(setProperty("batch-limit", "7")))
        #expect(responses(setProperty("batch-limit", "7")).isEmpty)
        #expect(responses(handle(.persisted(write: number))).count == 2)
    }

    @Test("a disk that refuses the first change after the start: it is taken back too")
    mutating func diskFullAtOnce() throws {
        start()
        var stored = node.cib
        stored.removeChildren("status")
        node = Node(settings: NodeSettings(hostName: "ctl", programVersion: "test", seed: 2))
        _ = handle(.started(cib: stored))
        _ = handle(.toolOpened(tool, SessionPeer(channel: "cib_rw", client: "cibadmin", user: "root", isPrivileged: true)))
        let number = try #require(persisted(setProperty("batch-limit", "7")))
        _ = handle(.persistFailed(write: number, reason: "No space left on device"))
        #expect(!node.cib.serialized().contains("batch-limit"))
    }

    @Test("a decision that forgets the target of a cut-off migration is not carried out: the target is probed")
    mutating func halfMigration() throws {
        start()
        var record = OperationRecord(
            node: NodeIdentity(id: "1", name: "ctl", isRemote: false), resource: ResourceAgent(id: "web", standard: "lsb", provider: nil, type: "web"),
            action: "migrate_to", interval: 0, rc: 0, status: .done, callID: 1, key: "")
        record.parameters = [XMLAttribute("CRM_meta_migrate_target", "there")]
        node.noteMigration(record)
        let wanted = try #require(request(setProperty("batch-limit", "7")))
        let effects = handle(.scheduled(starting("web"), request: wanted.id, source: "input"))
        #expect(!effects.contains { if case .spawn = $0 { true } else { false } })
        let again = try #require(request(effects), "asks for another decision")
        let later = handle(.scheduled(starting("web"), request: again.id, source: "input"))
        #expect(later.contains { if case .spawn = $0 { true } else { false } }, "now the history of the target says what runs there")
    }

    @Test("a decision that is out of date is not carried out")
    mutating func obsolete() throws {
        start()
        let first = try #require(request(setProperty("batch-limit", "7")))
        #expect(request(setProperty("batch-limit", "8")) == nil)
        let effects = handle(.scheduled(starting("web"), request: first.id, source: "input"))
        #expect(!effects.contains { if case .spawn = $0 { true } else { false } })
        #expect(request(effects)?.id == first.id + 1)
    }

    @Test("a failed start is recorded, counted and decided upon anew")
    mutating func failure() throws {
        start()
        let wanted = try #require(request(setProperty("batch-limit", "7")))
        var effects = handle(.scheduled(starting("web"), request: wanted.id, source: "input"))
        let process = try #require(effects.compactMap { if case .spawn(let request) = $0 { request } else { nil } }.last)
        #expect(process.choices.first?.path == "/etc/init.d/web")
        effects = handle(.processFinished(process.id, ProcessOutcome(.exited(1))))
        let history = try #require(StatusSection.resource(node.cib, node: "1", resource: "web"))
        #expect(history.elements("lrm_rsc_op").compactMap { $0.id } == ["web_last_0", "web_last_failure_0"])
        #expect(StatusSection.transientAttributes(node.cib, node: "1").contains { $0 == ("fail-count-web#start_0", "INFINITY") })
        #expect(request(effects) != nil)
    }

    @Test("a tool on a remote node is answered over its connection and acts in the name of the node")
    mutating func proxied() throws {
        start()
        var action = GraphAction(id: 1, kind: .resource, task: "start", key: "r1_start_0")
        action.node = GraphNode(name: "ctl", id: "1")
        var resource = GraphResource(element: "primitive", id: "r1", longID: nil)
        (resource.agentClass, resource.provider, resource.type) = ("ocf", "pacemaker", "remote")
        action.resource = resource
        action.attributes = [GraphAttribute("CRM_meta_timeout", "20000"), GraphAttribute("server", "10.0.0.1")]
        var transition = Transition()
        transition.append(Synapse(id: 0, priority: 0, action: action, inputs: []))
        let wanted = try #require(request(setProperty("batch-limit", "7")))
        _ = handle(.scheduled(transition, request: wanted.id, source: "input"))
        let opened = handle(.linkOpened(node: "r1"))
        let register = opened.compactMap { if case .sendLink(_, let message) = $0 { message } else { nil } }.first
        _ = handle(.linkMessage(node: "r1", XMLElement("lrmd_reply", [
            ("lrmd_rc", "0"), ("lrmd_clientid", "c"), ("lrmd_remote_msg_type", "reply"), ("lrmd_remote_msg_id", register?["lrmd_remote_msg_id"] ?? ""),
        ])))
        _ = handle(.linkMessage(node: "r1", proxy("new", [("lrmd_ipc_server", "attrd")])))
        let update = XMLElement("create_attrd_op", [("t", "attrd"), ("task", "update"), ("attr_name", "color"), ("attr_value", "red")])
        let effects = handle(.linkMessage(node: "r1", proxy("request", [
            ("lrmd_ipc_msg_id", "9"), ("lrmd_ipc_msg_flags", "768"), ("lrmd_ipc_client", "attrd_updater"),
        ], children: [XMLElement("lrmd_ipc_msg", children: [update])])))
        let answers = effects.compactMap { if case .sendLink("r1", let message) = $0, message["lrmd_ipc_op"] == "response" { message } else { nil } }
        #expect(answers.map { $0["lrmd_ipc_msg_id"] } == ["9"])
        #expect(StatusSection.transientAttributes(node.cib, node: "r1").contains { $0 == ("color", "red") })
    }

    private func proxy(_ operation: String, _ attributes: [(String, String)], children: [XMLElement] = []) -> XMLElement {
        XMLElement("lrmd_ipc_proxy", [
            ("lrmd_ipc_op", operation), ("lrmd_ipc_session", "s1"), ("lrmd_remote_msg_type", "notify"), ("lrmd_remote_msg_id", "0"),
        ] + attributes, children: children)
    }

    @Test("asked to stop, a node plans its own shutdown and leaves when that is reached")
    mutating func shutdown() throws {
        start()
        let wanted = try #require(request(handle(.terminate)))
        #expect(StatusSection.transientAttributes(node.cib, node: "1").contains { $0.0 == "shutdown" })
        var action = GraphAction(id: 1, kind: .cluster, task: "do_shutdown", key: "do_shutdown-ctl")
        action.node = GraphNode(name: "ctl", id: "1")
        var transition = Transition()
        transition.append(Synapse(id: 0, priority: 0, action: action, inputs: []))
        let effects = handle(.scheduled(transition, request: wanted.id, source: "input"))
        let exits = effects.compactMap { if case .exit(let code) = $0 { code } else { nil } }
        #expect(exits == [.ok])
    }
}
