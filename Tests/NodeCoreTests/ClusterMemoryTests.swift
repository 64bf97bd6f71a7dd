// SPDX-License-Identifier: GPL-2.0-or-later
// What a controller knows after a crash without anybody who could tell: migrations under way.
import ClusterXML
import Messages
@testable import NodeCore
import Scheduling
import Testing

@Suite struct ClusterMemoryTests {
    private var clock = TestClock()
    private var node = Node(settings: NodeSettings(hostName: "ctl", programVersion: "test", seed: 1))

    private mutating func handle(_ input: NodeInput) -> [NodeEffect] {
        var effects: [NodeEffect] = []
        node.handle(input, at: clock.now, into: &effects)
        return effects
    }

    /// Starts the node with a remote node r1 in its configuration.
    private mutating func start(_ memory: ClusterMemory = ClusterMemory(), fencing: Bool = true) -> Int {
        let options = XMLElement("cluster_property_set", [("id", "o")], children: [
            XMLElement("nvpair", [("id", "o-s"), ("name", "stonith-enabled"), ("value", "\(fencing)")]),
        ])
        let remote = XMLElement("primitive", [("id", "r1"), ("class", "ocf"), ("provider", "pacemaker"), ("type", "remote")])
        let cib = XMLElement("cib", [("epoch", "1"), ("num_updates", "0"), ("admin_epoch", "0")], children: [
            XMLElement("configuration", children: [
                XMLElement("crm_config", children: [options]), XMLElement("resources", children: [remote]),
            ]),
        ])
        let effects = handle(.started(cib: cib, memory: memory.xml))
        return effects.compactMap { if case .schedule(let request) = $0 { request.id } else { nil } }.last ?? 0
    }

    private func action(_ id: Int, _ task: String, _ resource: String, on name: String, target: String? = nil) -> GraphAction {
        var action = GraphAction(id: id, kind: .resource, task: task, key: "\(resource)_\(task)_0")
        action.node = GraphNode(name: name, id: name)
        var primitive = GraphResource(element: "primitive", id: resource, longID: nil)
        let isRemote = resource == "r1"
        (primitive.agentClass, primitive.provider, primitive.type) = (isRemote ? "ocf" : "lsb", isRemote ? "pacemaker" : nil, isRemote ? "remote" : "web")
        action.resource = primitive
        action.attributes = [GraphAttribute("CRM_meta_timeout", "20000")]
        if let target { action.attributes.append(GraphAttribute("CRM_meta_migrate_target", target)) }
        return action
    }

    private mutating func carryOut(_ actions: GraphAction..., request: Int) -> [NodeEffect] {
        var transition = Transition()
        for (index, action) in actions.enumerated() { transition.append(Synapse(id: index, priority: 0, action: action, inputs: [])) }
        return handle(.scheduled(transition, request: request, source: "input"))
    }

    private func spawned(_ effects: [NodeEffect]) -> ProcessID? {
        effects.compactMap { if case .spawn(let request) = $0 { request.id } else { nil } }.last
    }

    private func memories(_ effects: [NodeEffect]) -> [(number: Int, memory: ClusterMemory)] {
        effects.compactMap { if case .remember(let number, let memory) = $0 { (number, memory) } else { nil } }
    }

    private func migrating() -> ClusterMemory {
        var memory = ClusterMemory()
        memory.migrations = [UnresolvedMigration(resource: "vm", source: "r1", target: "r2")]
        return memory
    }

    @Test("what is written can be read; something else is refused")
    func text() throws {
        #expect(try ClusterMemory(XMLParser.parse(migrating().xml.serialized(.indented))) == migrating())
        #expect(ClusterMemory(XMLElement("damaged")) == nil)
    }

    @Test("a migration begins when it is on disk that it may be under way, and is forgotten when it has ended")
    mutating func durability() throws {
        let request = start()
        let effects = carryOut(action(1, "migrate_to", "vm", on: "ctl", target: "r1"), request: request)
        let memory = try #require(memories(effects).last)
        #expect(memory.memory.migrations == [UnresolvedMigration(resource: "vm", source: "ctl", target: "r1")])
        #expect(spawned(effects) == nil)
        let process = try #require(spawned(handle(.remembered(memory.number))))
        let after = handle(.processFinished(process, ProcessOutcome(.exited(0))))
        #expect(memories(after).last?.memory.migrations == [])
    }

    @Test("a disk that refuses: there is no migration")
    mutating func diskFull() throws {
        let request = start()
        _ = carryOut(action(1, "migrate_to", "vm", on: "ctl", target: "r1"), request: request)
        let effects = handle(.notRemembered(reason: "No space left on device"))
        #expect(spawned(effects) == nil)
        let history = try #require(StatusSection.resource(node.cib, node: "1", resource: "vm"))
        #expect(history.elements("lrm_rsc_op").contains { $0["operation"] == "migrate_to" && $0["rc-code"] == "1" })
        #expect(node.memory.migrations.isEmpty)
    }

    @Test("a migration of an earlier life: nothing is done with the resource before its source has been fenced")
    mutating func recalled() {
        let request = start(migrating())
        #expect(spawned(carryOut(action(1, "monitor", "vm", on: "ctl"), action(2, "monitor", "other", on: "ctl"), request: request)) != nil)
        #expect(node.engine.running.map(\.id) == [2])
    }

    @Test("without fencing a node that is not there is taken to be down, and its migration to be over")
    mutating func recalledWithoutFencing() {
        let request = start(migrating(), fencing: false)
        _ = carryOut(action(1, "monitor", "vm", on: "ctl"), request: request)
        #expect(node.engine.running.map(\.id) == [1])
    }

    @Test("a migration of an earlier life from the cluster host: the answer to a later probe ends the wait")
    mutating func recalledFromHost() throws {
        var memory = ClusterMemory()
        memory.migrations = [UnresolvedMigration(resource: "vm", source: "ctl", target: "r1")]
        let request = start(memory)
        let effects = carryOut(action(1, "monitor", "vm", on: "ctl"), request: request)
        _ = handle(.processFinished(try #require(spawned(effects)), ProcessOutcome(.exited(3))))
        #expect(node.memory.migrations.isEmpty)
    }

    @Test("a node that was fenced moves nothing any more")
    mutating func fenced() {
        _ = start(migrating())
        var effects: [NodeEffect] = []
        node.forgetMigrations(from: "r1", into: &effects)
        #expect(memories(effects).last?.memory == ClusterMemory())
    }
}
