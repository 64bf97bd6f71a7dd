// SPDX-License-Identifier: GPL-2.0-or-later
// A remote node: an executor that controllers use over the network, and a relay for the tools of its host
// (remote-protocol.md sections 3, 4 and 6). It knows nothing of the cluster, not even its own node name.
import Messages

/// The whole of a remote node's behaviour.
package struct RemoteServer: Sendable {
    /// The executor protocol we speak. 1.1: newer peers then do not expect us to fetch schemas.
    package static let protocolVersion = "1.1"
    /// Controllers at a time; more than a cluster has.
    package static let controllerLimit = 64
    /// A controller that does not answer a shutdown request in this time will not do so at all.
    static let shutdownAnswerTimeout = Duration.seconds(20)

    let configuration: RemoteServerConfiguration
    var executor: Executor
    var random: RandomSource
    let startedAt: Instant
    var nextCallID = 1
    var controllers: [ControllerSession] = []
    /// The highest rank given to a provider: see `ControllerSession`.
    var newestProvider = 0
    var tools = ToolRelay()
    var isShuttingDown = false
    var shutdownIsAccepted = false

    /// - Parameter seed: for identifiers; different in each process.
    package init(configuration: RemoteServerConfiguration, seed: UInt64, at now: Now) {
        self.configuration = configuration
        executor = Executor(configuration: configuration.executor)
        random = RandomSource(seed: seed)
        startedAt = now.monotonic
    }

    /// Takes one input and appends what has to be done.
    package mutating func handle(_ input: RemoteServerInput, at now: Now, into effects: inout [RemoteServerEffect]) {
        switch input {
        case .agentsFound(let agents):
            var produced: [ExecutorEffect] = []
            for agent in agents { executor.adopt(agent, at: now, into: &produced) }
            carryOut(produced, into: &effects)
        case .controllerConnected(let id, let peer): controllerConnected(id, peer, into: &effects)
        case .controllerSent(let id, let message):
            guard let request = ExecutorRequest(message) else { return }
            controllerSent(id, request, at: now, into: &effects)
        case .controllerLeft(let id, let reason): controllerLeft(id, reason, at: now, into: &effects)
        case .toolConnected(let id, let user, let process): tools.connected(id, user: user, process: process)
        case .toolSent(let id, let message):
            guard let request = ProxyRequest(message) else { return }
            toolSent(id, request, into: &effects)
        case .toolLeft(let id): toolLeft(id, into: &effects)
        case .timerFired(.executor(let timer)):
            var produced: [ExecutorEffect] = []
            executor.timerFired(timer, at: now, into: &produced)
            carryOut(produced, into: &effects)
        case .timerFired(.shutdownUnanswered): shutdownUnanswered(into: &effects)
        case .processFinished(let process, let outcome):
            var produced: [ExecutorEffect] = []
            executor.processFinished(process, outcome, at: now, into: &produced)
            carryOut(produced, into: &effects)
        case .terminationRequested: terminationRequested(at: now, into: &effects)
        }
    }

    // MARK: Controllers

    /// A controller that is connected. Its name and role come with its messages.
    struct ControllerSession: Sendable {
        let id: SessionID
        let clientID: String
        let peer: String
        /// Only named clients get notices. The first message with a name gives it.
        var name: String?
        var isProvider = false
        /// Counts providers by when they registered: the newest serves new tools, and only the newest may give orders. What
        /// an earlier one sent before it died may come in when its successor has already looked around.
        var providerRank = 0
    }

    private mutating func controllerConnected(_ id: SessionID, _ peer: String, into effects: inout [RemoteServerEffect]) {
        notifyAll(.newClient, into: &effects)
        controllers.append(ControllerSession(id: id, clientID: random.uuid(), peer: peer))
        effects.append(.record(Event(.notice, "remote-client-connected", "Remote client \(peer) connected")))
    }

    private mutating func controllerLeft(
        _ id: SessionID, _ reason: String, at now: Now, into effects: inout [RemoteServerEffect]
    ) {
        guard let index = controllers.firstIndex(where: { $0.id == id }) else { return }
        let session = controllers.remove(at: index)
        effects.append(
            .record(
                Event(
                    .notice, "remote-client-left", "Remote client \(session.name ?? session.peer) left: \(reason)")))
        closeToolSessions(of: id, into: &effects)
        var produced: [ExecutorEffect] = []
        executor.clientLeft(ExecutorClient(id.rawValue), wasLast: controllers.isEmpty, at: now, into: &produced)
        carryOut(produced, into: &effects)
        if isShuttingDown, !controllers.contains(where: \.isProvider) { leave(into: &effects) }
    }

    /// The provider that registered last.
    var provider: ControllerSession? {
        controllers.filter(\.isProvider).max { $0.providerRank < $1.providerRank }
    }

    func notifyAll(_ notice: ExecutorNotice, into effects: inout [RemoteServerEffect]) {
        let message = notice.xml
        for session in controllers where session.name != nil {
            effects.append(.sendToController(session.id, message))
        }
    }

    // MARK: Executor effects

    func carryOut(_ produced: [ExecutorEffect], into effects: inout [RemoteServerEffect]) {
        for effect in produced {
            switch effect {
            case .spawn(let request): effects.append(.spawn(request))
            case .kill(let process, let wholeGroup): effects.append(.kill(process, wholeGroup: wholeGroup))
            case .setTimer(let timer, let instant): effects.append(.setTimer(.executor(timer), at: instant))
            case .cancelTimer(let timer): effects.append(.cancelTimer(.executor(timer)))
            case .completed(let completion, let audience):
                notify(.completed(completion), audience, into: &effects)
            case .alertCompleted(let completion, let audience):
                notify(.alertCompleted(completion), audience, into: &effects)
            case .delegate: break
            case .record(let event): effects.append(.record(event))
            }
        }
    }

    private func notify(
        _ notice: ExecutorNotice, _ audience: CompletionAudience, into effects: inout [RemoteServerEffect]
    ) {
        switch audience {
        case .everyone: notifyAll(notice, into: &effects)
        case .only(let client):
            let session = controllers.first { $0.id.rawValue == client.rawValue && $0.name != nil }
            if let session { effects.append(.sendToController(session.id, notice.xml)) }
        }
    }

    // MARK: Shutdown

    /// Asks the cluster to move everything away first; without a cluster there is nothing to ask.
    private mutating func terminationRequested(at now: Now, into effects: inout [RemoteServerEffect]) {
        if isShuttingDown {
            effects.append(.record(Event(.notice, "shutdown", "Already shutting down, waiting for the cluster")))
            return
        }
        isShuttingDown = true
        guard let provider else { return leave(into: &effects) }
        effects.append(
            .record(Event(.notice, "shutdown", "Sending shutdown request to \(provider.name ?? provider.peer)")))
        effects.append(.sendToController(provider.id, ProxyRequest.shutdown.xml))
        effects.append(.closeListener)
        effects.append(.setTimer(.shutdownUnanswered, at: now.monotonic + RemoteServer.shutdownAnswerTimeout))
    }

    mutating func shutdownAnswered(accepted: Bool, into effects: inout [RemoteServerEffect]) {
        guard isShuttingDown else { return }
        effects.append(.cancelTimer(.shutdownUnanswered))
        if accepted {
            shutdownIsAccepted = true
            effects.append(
                .record(Event(.notice, "shutdown", "The cluster stops the resources of this node before it leaves")))
        } else {
            effects.append(.record(Event(.notice, "shutdown", "The cluster does not manage this node, leaving now")))
            leave(into: &effects)
        }
    }

    private mutating func shutdownUnanswered(into effects: inout [RemoteServerEffect]) {
        guard isShuttingDown, !shutdownIsAccepted else { return }
        effects.append(.record(Event(.warning, "shutdown", "No answer to the shutdown request, leaving anyway")))
        leave(into: &effects)
    }

    func leave(into effects: inout [RemoteServerEffect]) {
        effects.append(.record(Event(.notice, "shutdown", "Leaving")))
        effects.append(.exit(0))
    }
}
