// SPDX-License-Identifier: GPL-2.0-or-later
// What a connection to a remote node asks for and is told.
package import ClusterXML
package import Messages

/// Timers of one connection.
package enum RemoteTimer: Sendable, Hashable {
    /// The present attempt to connect has taken too long.
    case attempt
    /// Try again.
    case retry
    /// A reply is overdue.
    case reply
    /// No sign of life after a poke; by call id of the monitor.
    case pokeLimit(Int)
    /// The next poke is due; by call id of the monitor.
    case nextPoke(Int)
    /// The other host of a moving connection did not take over.
    case takeover
    /// Look whether a node that could not be reached is back.
    case look
}

/// Why there is no connection.
package enum LinkFailure: Error, Sendable, Equatable {
    /// The key file cannot be read; the text says which and why.
    case noKey(String)
    /// The other side has another key.
    case keyRejected
    /// The other side hung up while keys were agreed. Genuine daemons say no more when the key is wrong, but one that is just
    /// starting, or ending, looks the same.
    case closedInHandshake
    case refused
    case timeout
    case versionMismatch
    case other(String)

    package var text: String {
        switch self {
        case .noKey(let detail): detail
        case .keyRejected: "Key was rejected by service: the authentication keys of the two hosts differ"
        case .closedInHandshake: "Connection closed during the TLS handshake"
        case .refused: "Connection refused"
        case .timeout: "Connection timed out"
        case .versionMismatch: "Protocol version mismatch"
        case .other(let detail): detail
        }
    }
}

/// What a connection asks for, in order.
package enum RemoteConnectionEffect: Sendable, Equatable {
    case open(server: String, port: Int)
    case close
    case send(XMLElement)
    case setTimer(RemoteTimer, at: Instant)
    case cancelTimer(RemoteTimer)
    /// An operation of the connection resource itself has ended.
    case connectionCompleted(OperationCompletion)
    /// An operation of a resource on the remote node has ended.
    case operationCompleted(OperationCompletion, AgentReference)
    /// The node can be used.
    /// - Parameters:
    ///   - uptime: seconds since its daemon started, nil if it did not say.
    ///   - startState: `standby` or `online` if it asked for that.
    case nodeUp(uptime: Int?, startState: String?)
    /// The node cannot be used any more.
    /// - Parameters:
    ///   - byItself: it stopped by its own wish; trying it again at once would only fail.
    ///   - isEmpty: it was left in order, after all that ran there.
    case nodeDown(byItself: Bool, isEmpty: Bool)
    /// A node that could not be reached answers again.
    case reachable
    /// Traffic of a tool that runs on the remote node.
    case proxy(XMLElement)
    /// The node's daemon was asked to stop.
    case shutdownRequested
    case record(Event)
}
