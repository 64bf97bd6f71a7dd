// SPDX-License-Identifier: GPL-2.0-or-later
// Runs a `Node` in the world: its disk, its tools' socket, the links to remote nodes, its processes, timers and log.
import CIBModel
package import ClusterXML
import Glibc
package import Messages
package import NodeCore
package import PresharedTLS
package import Scheduling

/// How a cluster host is set up.
package struct NodeHostSettings {
    package var directories: Directories
    package var node: NodeSettings
    /// Looks for the key when a connection needs it, so that it can be installed later.
    package var loadKey: () -> Result<PresharedKey, PresharedKey.Problem>
    package var tlsPriorities: String?
    /// Decides what to do about a CIB at a time (epoch seconds).
    package var schedule: @Sendable (XMLElement, Int64) -> Result<Transition, SchedulingFailure>

    package init(
        directories: Directories, node: NodeSettings, loadKey: @escaping () -> Result<PresharedKey, PresharedKey.Problem>,
        schedule: @escaping @Sendable (XMLElement, Int64) -> Result<Transition, SchedulingFailure>
    ) {
        self.directories = directories
        self.node = node
        self.loadKey = loadKey
        self.schedule = schedule
    }
}

/// Why nothing could be decided.
package struct SchedulingFailure: Error, Sendable {
    package let explanation: String
    package init(_ explanation: String) { self.explanation = explanation }
}

/// A cluster host's daemon. Belongs to the loop's thread.
package final class NodeHost {
    private let settings: NodeHostSettings
    private let loop: EventLoop
    private let log: EventLog
    private let memory: ResidentMemory
    private let store: CIBStore
    private let memoryFile: MemoryFile
    private let archive: DecisionArchive
    private let numbering = FrameNumbering()
    private var node: Node
    private var launcher: ProcessLauncher!
    private var toolListener: ToolListener!
    private var links: [String: Link] = [:]
    private var tools: [UInt64: ToolConnection] = [:]
    private var driver: CoreDriver<NodeInput, NodeEffect, NodeTimer>!
    private var exitStatus: Int32 = 0
    private var results: MailboxSender<NodeInput>!
    /// The newest configuration that waits for the disk.
    private var pendingWrite: DiskWrite?
    private var isWriting = false
    /// The newest memory that is not known to be on disk.
    private var pendingMemory: (number: Int, memory: ClusterMemory)?
    private var isWritingMemory = false
    /// Number under which the input of the next decision is kept.
    private var nextDecision: Int

    /// A link to a remote node, from the first attempt on.
    private struct Link {
        var connector: RemoteConnector
        var connection: TLSConnection?
    }

    package struct Failure: Error {
        package let explanation: String
    }

    /// Reads the configuration and opens the socket. Nothing is done before `run`.
    package init(_ settings: NodeHostSettings, loop: EventLoop, log: EventLog) throws(Failure) {
        self.settings = settings
        self.loop = loop
        self.log = log
        memory = ResidentMemory(loop: loop, modest: 16)
        store = CIBStore(directory: settings.directories.state + "/cib")
        memoryFile = MemoryFile(store)
        archive = DecisionArchive(directory: settings.directories.state + "/pengine")
        nextDecision = archive.nextNumber()
        node = Node(settings: settings.node)
        do {
            toolListener = try ToolListener(path: settings.directories.toolSocket, loop: loop, numbering: numbering) {
                [unowned self] connection, event in handle(connection, event)
            }
        } catch {
            throw Failure(explanation: error.explanation)
        }
        driver = CoreDriver(
            loop, decide: { [unowned self] input, now, effects in node.handle(input, at: now, into: &effects) },
            carryOut: { [unowned self] effect in carryOut(effect) })
        launcher = ProcessLauncher(loop, journal: settings.directories.agentJournal) { [unowned self] process, outcome in deliver(.processFinished(process, outcome)) }
        results = loop.mailbox(of: NodeInput.self) { [unowned self] in deliver($0) }
    }

    /// Runs the node until it has stopped.
    /// - Returns: the exit status.
    package func run() throws(Failure) -> Int32 {
        let stored = try storedConfiguration()
        loop.watchSignals([SIGTERM, SIGINT, SIGCHLD, SIGHUP]) { [unowned self] signal in
            switch signal {
            case SIGCHLD: launcher.reap()
            case SIGTERM, SIGINT: deliver(.terminate)
            default: break
            }
        }
        deliver(.agentsFound(launcher.adoptSurvivors()))
        deliver(.started(cib: stored, unconfirmed: store.unconfirmed(), memory: memoryFile.read()))
        memory.begin()
        loop.run()
        toolListener.close()
        writeLastMemory()
        for name in links.keys.sorted() { links[name]?.connector.abandon() }
        return exitStatus
    }

    private func storedConfiguration() throws(Failure) -> XMLElement? {
        do throws(CIBStore.Failure) {
            switch try store.load() {
            case .nothing: return nil
            case .found(let cib): return cib
            case .restored(let cib, let path):
                log.record(.error, "cib-restored", "The configuration on disk is damaged; using the backup \(path)")
                return cib
            case .damaged(let path):
                throw CIBStore.Failure(
                    explanation: "the configuration \(path) is damaged and no backup is good; move it away to start with an empty one")
            }
        } catch {
            throw Failure(explanation: error.explanation)
        }
    }

    // MARK: Inputs

    private func handle(_ connection: ToolConnection, _ event: ToolConnection.Event) {
        switch event {
        case .message(let message): toolMessage(connection, message)
        case .closed:
            guard tools.removeValue(forKey: connection.number) != nil else { return }
            deliver(.toolLeft(connection: connection.number))
        }
    }

    private func toolMessage(_ connection: ToolConnection, _ message: XMLElement) {
        tools[connection.number] = connection
        switch ProxyRequest(message) {
        case .opened(let session, let channel, let client):
            let isPrivileged = connection.user == "root" || connection.user == "hacluster"
            let peer = SessionPeer(
                channel: channel, client: client ?? "", user: connection.user, groups: connection.groups, isPrivileged: isPrivileged)
            deliver(.toolOpened(.local(connection: connection.number, session: session), peer))
        case .request(let session, let request):
            var tool = ToolRequest(
                id: UInt32(truncatingIfNeeded: request.id), wantsResponse: request.wantsResponse, payload: request.payload)
            // Only this host knows who belongs to which group; what a tool says about that does not count.
            tool.payload["cib_user_groups"] = tool.payload["cib_user"].map { AccountGroups.names(of: $0).joined(separator: " ") }
            deliver(.toolMessage(.local(connection: connection.number, session: session), tool))
        case .closed(let session): deliver(.toolClosed(.local(connection: connection.number, session: session)))
        case .shutdown: deliver(.terminate)
        case nil: break
        }
    }

    private func handle(_ name: String, _ connection: TLSConnection?, _ event: TLSConnection.Event) {
        switch event {
        case .established(let cipher):
            links[name]?.connection = connection
            log.record(.debug, "tls-established", "\(name): \(cipher)")
            deliver(.linkOpened(node: name))
        case .message(let message): deliver(.linkMessage(node: name, message))
        case .closed(let reason):
            links[name] = nil
            deliver(.linkClosed(node: name, LinkFailure(reason)))
        }
    }

    private func deliver(_ input: NodeInput) {
        memory.noteActivity()
        driver.deliver(input)
    }

    // MARK: Effects

    private func carryOut(_ effect: NodeEffect) {
        switch effect {
        case .setTimer(let timer, let instant): driver.set(timer, at: instant, .timerFired(timer))
        case .cancelTimer(let timer): driver.cancel(timer)
        case .spawn(let request): launcher.launch(request)
        case .kill(let process, let wholeGroup): launcher.kill(process, wholeGroup: wholeGroup)
        case .persist(let write):
            pendingWrite = write
            writeNext()
        case .remember(let number, let memory):
            pendingMemory = (number, memory)
            writeMemory()
        case .schedule(let request): schedule(request)
        case .openLink(let name, let server, let port): open(name, server, port)
        case .closeLink(let name): links.removeValue(forKey: name)?.connector.abandon()
        case .sendLink(let name, let message): links[name]?.connection?.send(message)
        case .respond, .event, .closeTool: toTool(effect)
        case .record(let event): log.record(event)
        case .exit(let code):
            exitStatus = code.rawValue
            driver.stopSoon()
        }
    }

    private func toTool(_ effect: NodeEffect) {
        switch effect {
        case .respond(.local(let connection, let session), let id, let answer):
            tools[connection]?.send(ProxyForward.response(session: session, id: Int(id), payload: answer).xml(messageID: 0))
        case .event(.local(let connection, let session), let event):
            tools[connection]?.send(ProxyForward.event(session: session, payload: event).xml(messageID: 0))
        case .closeTool(.local(let connection, let session)):
            tools[connection]?.send(ProxyForward.closed(session: session, rc: WireError.notConnected).xml(messageID: 0))
        default: break
        }
    }

    private func open(_ name: String, _ server: String, _ port: Int) {
        links.removeValue(forKey: name)?.connector.abandon()
        let key: PresharedKey
        switch settings.loadKey() {
        case .success(let found): key = found
        case .failure(let problem):
            loop.soon { [unowned self] in deliver(.linkClosed(node: name, .noKey(problem.explanation))) }
            return
        }
        do {
            let credentials = try Credentials(.client, key: key, basePriorities: settings.tlsPriorities)
            let connector = RemoteConnector(
                host: server, port: port, timeout: .seconds(10), loop: loop, credentials: credentials, numbering: numbering
            ) { [unowned self] connection, event in handle(name, connection, event) }
            links[name] = Link(connector: connector)
        } catch {
            loop.soon { [unowned self] in deliver(.linkClosed(node: name, .other(error.explanation))) }
        }
    }

    // MARK: Work off the loop

    /// One write at a time; of those that come meanwhile only the last counts.
    private func writeNext() {
        guard !isWriting, let write = pendingWrite else { return }
        isWriting = true
        pendingWrite = nil
        let (store, results) = (store, writeResults)
        startThread {
            do throws(CIBStore.Failure) {
                try store.write(write.configuration, unconfirmed: write.unconfirmed)
                results.post(.persisted(write: write.number))
            } catch {
                results.post(.persistFailed(write: write.number, reason: error.explanation))
            }
        }
    }

    private lazy var writeResults: MailboxSender<NodeInput> = loop.mailbox(of: NodeInput.self) { [unowned self] input in
        isWriting = false
        deliver(input)
        writeNext()
    }

    /// The memory has a file and a turn of its own: it must not wait for a large configuration.
    private func writeMemory() {
        guard !isWritingMemory, let (number, memory) = pendingMemory else { return }
        isWritingMemory = true
        let (file, results) = (memoryFile, memoryResults)
        startThread {
            do throws(CIBStore.Failure) {
                try file.write(number, memory)
                results.post(.remembered(number))
            } catch {
                results.post(.notRemembered(reason: error.explanation))
            }
        }
    }

    private lazy var memoryResults: MailboxSender<NodeInput> = loop.mailbox(of: NodeInput.self) { [unowned self] input in
        isWritingMemory = false
        if case .remembered(let number) = input, pendingMemory?.number == number { pendingMemory = nil }
        if case .notRemembered = input { pendingMemory = nil }
        deliver(input)
        writeMemory()
    }

    /// A node that stops in order has left its remote nodes in order: that must be on disk before the process ends.
    private func writeLastMemory() {
        guard let (number, memory) = pendingMemory else { return }
        try? memoryFile.write(number, memory)
    }

    private func schedule(_ request: SchedulerRequest) {
        guard let results else { return }
        let (decide, archive, number) = (settings.schedule, archive, nextDecision)
        nextDecision = archive.following(number)
        startThread {
            switch decide(request.cib, request.time) {
            case .success(let transition):
                results.post(.scheduled(transition, request: request.id, source: archive.path(number)))
                archive.save(request.cib, number: number)
            case .failure(let failure): results.post(.schedulingFailed(request: request.id, reason: failure.explanation))
            }
        }
    }
}

extension LinkFailure {
    init(_ end: ConnectionEnd) {
        switch end {
        case .keyRejected: self = .keyRejected
        case .closedInHandshake: self = .closedInHandshake
        case .timedOut: self = .timeout
        case .notReached(let code): self = code == ECONNREFUSED ? .refused : .other(end.explanation)
        default: self = .other(end.explanation)
        }
    }
}
