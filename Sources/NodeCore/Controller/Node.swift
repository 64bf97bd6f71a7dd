// SPDX-License-Identifier: GPL-2.0-or-later
// One cluster node: all its state machines and how they talk to each other. `handle` is the only way in.
import CIBModel
package import ClusterXML
import Messages
import Scheduling

/// A cluster node, as a value. The runtime and the simulator run the same one.
package struct Node: Sendable {
    enum Phase: Sendable { case starting, running, stopping, finished }
    enum Scheduling: Sendable, Equatable { case idle, waiting(Int) }

    package let settings: NodeSettings
    let host: NodeIdentity
    /// The whole CIB, status included.
    package internal(set) var cib: XMLElement
    var phase = Phase.starting
    var random: RandomSource

    // Transitions
    var engine: TransitionEngine
    var scheduling = Scheduling.idle
    var wantsScheduling = false
    var nextRequest = 1
    var nextTransition = 0
    var transitionSource = ""
    var transitionWork: [TransitionEffect] = []
    var shutdownReached = false
    /// Schedule once more when the present transition has ended.
    var needsAnotherLook = false

    // Executors
    var executor: Executor
    var connections: [String: RemoteConnection] = [:]
    /// Names of `connections`, in the order they appeared.
    var connectionNames: [String] = []
    var nextCall = 1
    var halfMigrations: [HalfMigration] = []
    var migrationWatches: [MigrationWatch] = []
    var persistedMemory = ClusterMemory()
    var outstandingMemories: [(number: Int, memory: ClusterMemory)] = []
    var nextMemory = 1
    var heldActions: [HeldAction] = []
    /// Cancellations that an action of the transition waits for, by node and operation key.
    var cancellations: [Cancellation] = []

    // Agents' meta-data
    var metaData: [String: MetaDataState] = [:]
    var helpers: [Helper] = []
    var nextHelper: UInt64 = 1 << 48

    var attributes = Attributes()
    var fencer: Fencer
    /// Actions of the transition that wait for a fencing, by its id.
    var pendingFencing: [(operation: String, action: Int)] = []
    var fencingFailures: [String: Int] = [:]

    var alertRecipients: [AlertRecipient] = []

    // Tools
    var sessions: [ToolSessionID: ToolSession] = [:]
    var sessionOrder: [ToolSessionID] = []
    /// The CIB that subscribers know, nil without subscribers.
    var announced: XMLElement?
    var cibChanged = false
    /// Answers held back until the configuration they confirm is on disk.
    var heldAnswers: [HeldAnswer] = []
    var persistedConfiguration: XMLElement?
    var persistedUnconfirmed: UnconfirmedCommit?
    /// What writes that are not on disk yet have with them.
    var outstandingWrites: [(number: Int, unconfirmed: UnconfirmedCommit?)] = []
    var nextWrite = 1
    /// A commit that is taken back unless it is confirmed.
    var unconfirmed: UnconfirmedCommit?
    var persistIsOverdue = false

    struct Cancellation: Sendable {
        var node: String
        var resource: String
        var action: String
        var interval: Int64
        var graphAction: Int
    }
    enum MetaDataState: Sendable {
        /// Results that wait for it.
        case asked([HeldResult])
        case known(AgentMetaData?)
    }
    struct HeldResult: Sendable {
        var record: OperationRecord
        var deleted: Bool
    }
    struct Helper: Sendable {
        var id: ProcessID
        var agent: String
    }
    struct HeldAnswer: Sendable {
        /// The number of the write that it waits for.
        var write: Int
        var session: ToolSessionID
        var request: ToolRequest
        var answer: XMLElement
    }

    package init(settings: NodeSettings) {
        self.settings = settings
        host = NodeIdentity(id: settings.hostID, name: settings.hostName, isRemote: false)
        random = RandomSource(seed: settings.seed)
        engine = TransitionEngine(uuid: random.uuid())
        engine.jobLimit = max(4, 2 * settings.processors)
        var executorSettings = settings.executor
        executorSettings.delegatesFenceDevices = true
        executor = Executor(configuration: executorSettings)
        fencer = Fencer(
            host: settings.hostName, agentDirectory: settings.fenceAgentDirectory, firstProcess: 1 << 32, seed: random.next())
        cib = Node.emptyCIB(settings)
    }

    /// Everything a node does, it does in answer to an input.
    package mutating func handle(_ input: NodeInput, at now: Now, into effects: inout [NodeEffect]) {
        let first = effects.count
        switch input {
        case .agentsFound(let agents):
            withExecutor(at: now, into: &effects) { for agent in agents { $0.adopt(agent, at: now, into: &$1) } }
        case .started(let stored, let unconfirmed, let memory):
            start(from: stored, unconfirmed: unconfirmed, memory: memory, at: now, into: &effects)
        case .remembered(let number): remembered(number, at: now, into: &effects)
        case .notRemembered(let reason): notRemembered(reason, at: now, into: &effects)
        case .timerFired(let timer): timerFired(timer, at: now, into: &effects)
        case .processFinished(let id, let outcome): processFinished(id, outcome, at: now, into: &effects)
        case .persisted(let write): persisted(write, into: &effects)
        case .persistFailed(_, let reason): persistFailed(reason, at: now, into: &effects)
        case .scheduled(let transition, let request, let source):
            scheduled(transition, request, source, at: now, into: &effects)
        case .schedulingFailed(let request, let reason): schedulingFailed(request, reason, at: now, into: &effects)
        case .linkOpened(let node): connection(node, at: now, into: &effects) { $0.linkOpened(at: now, into: &$1) }
        case .linkClosed(let node, let failure):
            connection(node, at: now, into: &effects) { $0.linkClosed(failure, at: now, into: &$1) }
        case .linkMessage(let node, let message):
            connection(node, at: now, into: &effects) { $0.received(message, at: now, into: &$1) }
        case .toolOpened(let id, let peer): toolOpened(id, peer)
        case .toolMessage(let id, let request): toolMessage(id, request, at: now, into: &effects)
        case .toolClosed(let id): toolClosed(id)
        case .toolLeft(let connection): closeSessions(ofConnection: connection)
        case .terminate: terminate(at: now, into: &effects)
        }
        settle(at: now, into: &effects)
        forwardToRemoteTools(from: first, at: now, in: &effects)
    }

    /// What follows from the state as a whole once an input has been dealt with.
    private mutating func settle(at now: Now, into effects: inout [NodeEffect]) {
        carryOutTransition(at: now, into: &effects)
        scheduleIfWanted(at: now, into: &effects)
        announceChanges(into: &effects)
    }

    private mutating func timerFired(_ timer: NodeTimer, at now: Now, into effects: inout [NodeEffect]) {
        switch timer {
        case .action(let id): actionLost(id, at: now, into: &effects)
        case .executor(let timer): withExecutor(at: now, into: &effects) { $0.timerFired(timer, at: now, into: &$1) }
        case .remote(let node, let timer):
            connection(node, at: now, into: &effects) { $0.timerFired(timer, at: now, into: &$1) }
        case .fencer(let timer): withFencer(at: now, into: &effects) { $0.timerFired(timer, at: now, into: &$1) }
        case .attribute(let name): withAttributes(at: now, into: &effects) { $0.timerFired(name, into: &$1) }
        case .recheck: wantScheduling("Periodic recheck", at: now, into: &effects)
        case .shutdown:
            effects.append(.record(Event(.error, "shutdown", "The orderly shutdown took too long; giving up")))
            finish(.error, into: &effects)
        case .helper(let id): effects.append(.kill(id, wholeGroup: true))
        case .persist: persist(into: &effects)
        case .memory: remember(into: &effects)
        case .confirmation: confirmationMissed(at: now, into: &effects)
        }
    }

    private mutating func processFinished(_ id: ProcessID, _ outcome: ProcessOutcome, at now: Now, into effects: inout [NodeEffect]) {
        if helpers.contains(where: { $0.id == id }) {
            helperFinished(id, outcome, at: now, into: &effects)
        } else if fencer.owns(id) {
            withFencer(at: now, into: &effects) { $0.processFinished(id, outcome, at: now, into: &$1) }
        } else {
            withExecutor(at: now, into: &effects) { $0.processFinished(id, outcome, at: now, into: &$1) }
        }
    }

    /// The node does nothing more.
    mutating func finish(_ code: ExitCode, into effects: inout [NodeEffect]) {
        guard phase != .finished else { return }
        phase = .finished
        effects.append(.exit(code))
    }

    /// The node with this name, as the status section knows it.
    func identity(_ name: String) -> NodeIdentity { name == host.name || name == host.id ? host : .remote(name) }

    /// State of the controller in the terms of its tools.
    package var stateName: String {
        switch phase {
        case .starting: "S_STARTING"
        case .stopping where !engine.isActive && scheduling == .idle && !wantsScheduling: "S_STOPPING"
        case .finished: "S_TERMINATE"
        default: engine.isActive ? "S_TRANSITION_ENGINE" : scheduling != .idle || wantsScheduling ? "S_POLICY_ENGINE" : "S_IDLE"
        }
    }
}
