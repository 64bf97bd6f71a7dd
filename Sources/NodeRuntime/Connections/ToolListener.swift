// SPDX-License-Identifier: GPL-2.0-or-later
// The local socket of a daemon, for the tools of its host. Messages are those of proxied tools on the remote protocol,
// with the same framing, so that a remote node can pass them on nearly as they are.
package import ClusterXML
import CLinux
import Glibc
import Messages
import NodeCore

/// A tool's connection.
package final class ToolConnection {
    package enum Event {
        case message(XMLElement)
        case closed
    }

    /// Distinguishes connections for as long as the daemon lives.
    package let number: UInt64
    /// The account at the other end, as the kernel reports it.
    package let user: String
    /// Names of that account's groups, for access lists.
    package let groups: [String]
    package let processID: Int32
    private let stream: ByteStream
    private let numbering: FrameNumbering
    private let handler: (ToolConnection, Event) -> Void
    private let loop: EventLoop
    private let budget: ToolBudget
    private var decoder = RemoteFrameDecoder()
    private var isOpen = true
    private var deadline: TimerToken?
    /// What this connection has taken of the budget.
    private var taken = 0
    /// Requests that the tool waits for.
    private var unanswered = 0
    private var pauseEnd: TimerToken?

    /// Bytes that may wait for a tool that does not read: several whole CIBs.
    static let pendingLimit = 64 * 1024 * 1024
    /// A tool that does not read its answers is not listened to either.
    static let pauseLimit = 1024 * 1024
    /// Tools ask and wait; one that asks on and on must not keep everybody else waiting, on this host or another.
    static let unansweredLimit = 16
    /// After that, what was not answered will not be.
    static let longestPause = Duration.milliseconds(500)
    /// A tool must not leave a message half-sent for longer.
    static let messageTimeout = Duration.seconds(60)

    fileprivate init(
        _ descriptor: Int32, number: UInt64, peer: PeerAccount, loop: EventLoop, budget: ToolBudget,
        numbering: FrameNumbering, _ handler: @escaping (ToolConnection, Event) -> Void
    ) {
        self.loop = loop
        self.budget = budget
        self.number = number
        user = peer.name
        groups = peer.userID == 0 ? [] : AccountGroups.names(of: peer.name, primary: peer.groupID)
        processID = peer.processID
        self.numbering = numbering
        self.handler = handler
        stream = ByteStream(descriptor, loop: loop, isTCP: false, pendingLimit: ToolConnection.pendingLimit,
            pauseLimit: ToolConnection.pauseLimit)
        stream.received = { [weak self] in self?.received($0) }
    }

    fileprivate func start() { stream.start() }

    private func received(_ bytes: [UInt8]) {
        guard isOpen else { return }
        if bytes.isEmpty { return end() }
        decoder.append(bytes)
        handleMessages()
    }

    private func handleMessages() {
        var isComplete = false
        do throws(FrameError) {
            while isOpen, unanswered < Self.unansweredLimit, let text = try decoder.next() {
                isComplete = true
                guard let message = try? WireText.parse(text) else { continue }
                if case .request(_, let request)? = ProxyRequest(message), request.wantsResponse { unanswered += 1 }
                handler(self, .message(message))
            }
        } catch {
            return end()
        }
        guard isOpen else { return }
        if isComplete || !decoder.isInsideMessage { setDeadline(nil) }
        stream.isPaused = unanswered >= Self.unansweredLimit
        if stream.isPaused, pauseEnd == nil {
            pauseEnd = loop.schedule(after: Self.longestPause) { [weak self] in self?.forgetUnanswered() }
        }
        if decoder.isInsideMessage, deadline == nil, !stream.isPaused { setDeadline(Self.messageTimeout) }
        accountFor()
    }

    /// Some requests make so little sense that nobody answers them.
    private func forgetUnanswered() {
        pauseEnd = nil
        unanswered = 0
        goOn()
    }

    private func goOn() {
        if isOpen, stream.isPaused, unanswered < Self.unansweredLimit { handleMessages() }
    }

    private func setDeadline(_ limit: Duration?) {
        if let deadline { loop.cancel(deadline) }
        deadline = limit.map { loop.schedule(after: $0) { [weak self] in self?.end() } }
    }

    /// Whoever takes more than all tools together may have has to go.
    private func accountFor() {
        let held = decoder.bufferedCount + stream.pendingCount
        budget.bytes += held - taken
        taken = held
        if budget.bytes > ToolBudget.limit, held > ToolBudget.modest { loop.soon { [weak self] in self?.end() } }
    }

    package func send(_ message: XMLElement) {
        guard isOpen, let frame = try? numbering.frame(message) else { return }
        stream.send(frame.header + frame.payload)
        accountFor()
        guard message["lrmd_ipc_op"] == "response", unanswered > 0 else { return }
        unanswered -= 1
        if let pauseEnd { loop.cancel(pauseEnd) }
        pauseEnd = nil
        if stream.isPaused { loop.soon { [weak self] in self?.goOn() } }
    }

    /// Closes. No event follows.
    package func close() {
        guard isOpen else { return }
        isOpen = false
        budget.bytes -= taken
        taken = 0
        setDeadline(nil)
        if let pauseEnd { loop.cancel(pauseEnd) }
        stream.close()
    }

    private func end() {
        guard isOpen else { return }
        close()
        handler(self, .closed)
    }
}

/// Bytes that the daemon holds for all its tools: parts of requests, and answers that nobody fetched.
private final class ToolBudget {
    var bytes = 0
    /// Together.
    static let limit = 128 * 1024 * 1024
    /// A connection that holds less than this is not to blame.
    static let modest = 64 * 1024
}

/// Accepts tools.
package final class ToolListener {
    private let loop: EventLoop
    private let path: String
    private let numbering: FrameNumbering
    private let handler: (ToolConnection, ToolConnection.Event) -> Void
    private var descriptor: Int32
    private var nextNumber: UInt64 = 1
    private var connections: [UInt64: ToolConnection] = [:]
    private let budget = ToolBudget()

    /// Tools at a time; more are turned away.
    package static let connectionLimit = 512

    package struct Failure: Error {
        package let explanation: String
    }

    /// Binds the socket; whoever holds the run directory's lock may replace an old one.
    package init(
        path: String, loop: EventLoop, numbering: FrameNumbering,
        _ handler: @escaping (ToolConnection, ToolConnection.Event) -> Void
    ) throws(Failure) {
        self.loop = loop
        self.path = path
        self.numbering = numbering
        self.handler = handler
        descriptor = try ToolListener.bind(path)
        loop.watch(descriptor, .read) { [weak self] _ in self?.acceptAll() }
    }

    private static func bind(_ path: String) throws(Failure) -> Int32 {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        let capacity = MemoryLayout.size(ofValue: address.sun_path)
        guard bytes.count < capacity else {
            throw Failure(explanation: "the path of the socket \(path) is longer than \(capacity - 1) bytes: choose a shorter run directory")
        }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        let type = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
        let descriptor = socket(AF_UNIX, type, 0)
        unlink(path)
        let code = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard descriptor >= 0, code == 0, listen(descriptor, 64) == 0 else {
            let problem = String(cString: strerror(errno))
            if descriptor >= 0 { Glibc.close(descriptor) }
            throw Failure(explanation: "cannot make the socket \(path) for tools: \(problem)")
        }
        // Who may use it is decided for each connection, with a message instead of a refused connect.
        chmod(path, 0o666)
        return descriptor
    }

    private func acceptAll() {
        for _ in 0..<64 {
            let accepted = accept4(descriptor, nil, nil, Int32(SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue))
            guard accepted >= 0 else { return }
            guard connections.count < ToolListener.connectionLimit, let peer = PeerAccount(accepted), peer.mayUseTools
            else {
                Glibc.close(accepted)
                continue
            }
            let connection = ToolConnection(
                accepted, number: nextNumber, peer: peer, loop: loop, budget: budget, numbering: numbering
            ) { [weak self] connection, event in
                if case .closed = event { self?.connections[connection.number] = nil }
                self?.handler(connection, event)
            }
            nextNumber += 1
            connections[connection.number] = connection
            connection.start()
        }
    }

    /// Closes the socket and every connection.
    package func close() {
        guard descriptor >= 0 else { return }
        loop.unwatch(descriptor)
        Glibc.close(descriptor)
        descriptor = -1
        unlink(path)
        for number in connections.keys.sorted() { connections[number]?.close() }
        connections = [:]
    }
}

/// The account behind a local socket.
private struct PeerAccount {
    let name: String
    let processID: Int32
    let userID: uid_t
    let groupID: gid_t

    init?(_ descriptor: Int32) {
        // struct ucred: process, user, group.
        var credentials: (pid: pid_t, uid: uid_t, gid: gid_t) = (0, 0, 0)
        var size = socklen_t(MemoryLayout<(pid_t, uid_t, gid_t)>.size)
        guard getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &credentials, &size) == 0 else { return nil }
        processID = credentials.pid
        userID = credentials.uid
        groupID = credentials.gid
        if let account = getpwuid(userID) {
            name = String(cString: account.pointee.pw_name)
        } else {
            name = String(userID)
        }
    }

    /// root, the daemon's own account, hacluster, and members of haclient.
    var mayUseTools: Bool {
        if userID == 0 || userID == geteuid() || name == "hacluster" { return true }
        guard let group = getgrnam("haclient") else { return false }
        let wanted = group.pointee.gr_gid
        if groupID == wanted { return true }
        return AccountGroups.numbers(of: name, primary: groupID).contains(wanted)
    }
}

/// The groups of an account, from the system's user database.
enum AccountGroups {
    static func numbers(of account: String, primary: gid_t) -> [gid_t] {
        var count: Int32 = 256
        var groups = [gid_t](repeating: 0, count: Int(count))
        guard getgrouplist(account, primary, &groups, &count) >= 0 else { return [primary] }
        return Array(groups.prefix(Int(max(0, count))))
    }

    static func names(of account: String, primary: gid_t? = nil) -> [String] {
        guard let primary = primary ?? getpwnam(account)?.pointee.pw_gid else { return [] }
        return numbers(of: account, primary: primary).compactMap { number in
            getgrgid(number).map { String(cString: $0.pointee.gr_name) }
        }
    }
}
