// SPDX-License-Identifier: GPL-2.0-or-later
// Runs a `RemoteServer` in the world: its port, its tools' socket, its processes, timers and log.
import Glibc
package import Messages
package import NodeCore
package import PresharedTLS

/// How a remote node is set up.
package struct RemotedSettings {
    package var directories: Directories
    package var address: String?
    package var port = 3121
    package var key: PresharedKey
    package var tlsPriorities: String?
    package var server = RemoteServerConfiguration()

    package init(directories: Directories, key: PresharedKey) {
        self.directories = directories
        self.key = key
    }
}

/// A remote node's daemon. Belongs to the loop's thread.
package final class RemotedHost {
    private let loop: EventLoop
    private let log: EventLog
    private let memory: ResidentMemory
    private var server: RemoteServer
    private var launcher: ProcessLauncher!
    private var listener: RemoteListener!
    private var toolListener: ToolListener!
    private var controllers: [SessionID: TLSConnection] = [:]
    private var sessionNumbers: [ObjectIdentifier: SessionID] = [:]
    private var tools: [SessionID: ToolConnection] = [:]
    private var driver: CoreDriver<RemoteServerInput, RemoteServerEffect, RemoteServerTimer>!
    private var nextSession: UInt64 = 1
    private var lastRefusalNoted: Instant?
    private var refusalsLeftOut = 0
    /// Why the daemon ends, once it does.
    private var exitStatus: Int32 = 0

    package struct Failure: Error {
        package let explanation: String
    }

    /// Opens the port and the socket. Nothing is served before `run`.
    package init(_ settings: RemotedSettings, loop: EventLoop, log: EventLog) throws(Failure) {
        self.loop = loop
        self.log = log
        memory = ResidentMemory(loop: loop, modest: 8)
        server = RemoteServer(configuration: settings.server, seed: randomSeed(), at: loop.now)
        let numbering = FrameNumbering()
        do {
            let credentials = try Credentials(.server, key: settings.key, basePriorities: settings.tlsPriorities)
            listener = try RemoteListener(
                address: settings.address, port: settings.port, loop: loop, credentials: credentials,
                numbering: numbering
            ) { [unowned self] connection, event in handle(connection, event) }
            toolListener = try ToolListener(path: settings.directories.toolSocket, loop: loop, numbering: numbering) {
                [unowned self] connection, event in handle(connection, event)
            }
        } catch let error as TLSError {
            throw Failure(explanation: error.explanation)
        } catch let error as RemoteListener.Failure {
            throw Failure(explanation: error.explanation)
        } catch let error as ToolListener.Failure {
            throw Failure(explanation: error.explanation)
        } catch {
            throw Failure(explanation: "\(error)")
        }
        driver = CoreDriver(
            loop, decide: { [unowned self] input, now, effects in server.handle(input, at: now, into: &effects) },
            carryOut: { [unowned self] effect in carryOut(effect) })
        launcher = ProcessLauncher(loop, journal: settings.directories.agentJournal) { [unowned self] process, outcome in
            deliver(.processFinished(process, outcome))
        }
        log.record(
            .notice, "started",
            "Pacemaker remote executor accepts connections on \(settings.address ?? "any address") port \(settings.port)")
    }

    /// Serves until the daemon shall end.
    /// - Returns: the exit status.
    package func run() -> Int32 {
        loop.watchSignals([SIGTERM, SIGINT, SIGCHLD, SIGHUP]) { [unowned self] signal in
            switch signal {
            case SIGCHLD: launcher.reap()
            case SIGTERM, SIGINT: deliver(.terminationRequested)
            default: break
            }
        }
        deliver(.agentsFound(launcher.adoptSurvivors()))
        memory.begin()
        loop.run()
        listener.close()
        toolListener.close()
        for session in controllers.keys.sorted(by: { $0.rawValue < $1.rawValue }) { controllers[session]?.close() }
        return exitStatus
    }

    // MARK: Inputs

    private func handle(_ connection: TLSConnection, _ event: TLSConnection.Event) {
        let key = ObjectIdentifier(connection)
        switch event {
        case .established(let cipher):
            guard controllers.count < RemoteServer.controllerLimit else {
                log.record(.warning, "remote-client-refused", "Too many controllers, refusing \(connection.peer)")
                return connection.close()
            }
            let session = takeSession()
            controllers[session] = connection
            sessionNumbers[key] = session
            log.record(.debug, "tls-established", "\(connection.peer): \(cipher)")
            deliver(.controllerConnected(session, connection.peer))
        case .message(let message):
            if let session = sessionNumbers[key] { deliver(.controllerSent(session, message)) }
        case .closed(let reason):
            guard let session = sessionNumbers.removeValue(forKey: key) else {
                return refused(connection.peer, reason)
            }
            controllers[session] = nil
            deliver(.controllerLeft(session, reason.explanation))
        }
    }

    /// Strangers must not fill the log: one line in a while, with the number of those left out.
    private func refused(_ peer: String, _ reason: ConnectionEnd) {
        let now = loop.now.monotonic
        if let last = lastRefusalNoted, now - last < .seconds(5) {
            refusalsLeftOut += 1
            return
        }
        let others = refusalsLeftOut > 0 ? " (and \(refusalsLeftOut) more since the last such line)" : ""
        log.record(.warning, "remote-client-refused", "\(peer) was refused: \(reason.explanation)\(others)")
        lastRefusalNoted = now
        refusalsLeftOut = 0
    }

    private func handle(_ connection: ToolConnection, _ event: ToolConnection.Event) {
        let session = SessionID(connection.number)
        switch event {
        case .message(let message):
            if tools[session] == nil {
                tools[session] = connection
                deliver(.toolConnected(session, user: connection.user, process: connection.processID))
            }
            deliver(.toolSent(session, message))
        case .closed:
            guard tools.removeValue(forKey: session) != nil else { return }
            deliver(.toolLeft(session))
        }
    }

    private func takeSession() -> SessionID {
        defer { nextSession += 1 }
        return SessionID(nextSession)
    }

    private func deliver(_ input: RemoteServerInput) {
        memory.noteActivity()
        driver.deliver(input)
    }

    // MARK: Effects

    private func carryOut(_ effect: RemoteServerEffect) {
        switch effect {
        case .sendToController(let session, let message): controllers[session]?.send(message)
        case .sendToTool(let session, let message): tools[session]?.send(message)
        case .closeTool(let session): tools.removeValue(forKey: session)?.close()
        case .setTimer(let timer, let instant): driver.set(timer, at: instant, .timerFired(timer))
        case .cancelTimer(let timer): driver.cancel(timer)
        case .spawn(let request): launcher.launch(request)
        case .kill(let process, let wholeGroup): launcher.kill(process, wholeGroup: wholeGroup)
        case .closeListener: listener.close()
        case .exit(let status):
            exitStatus = status
            driver.stopSoon()
        case .record(let event): log.record(event)
        }
    }
}
