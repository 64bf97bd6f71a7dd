// SPDX-License-Identifier: GPL-2.0-or-later
// What a remote node asks of its surroundings, and how it is set up.
package import ClusterXML
import Messages

/// A controller's connection, or a tool's, by a number that the runtime gives out.
package struct SessionID: Sendable, Hashable {
    package var rawValue: UInt64

    package init(_ rawValue: UInt64) {
        self.rawValue = rawValue
    }
}

/// What happens to a remote node.
package enum RemoteServerInput: Sendable {
    /// Agents of an earlier daemon that still work; before all other inputs.
    case agentsFound([SurvivingAgent])
    /// A controller has proved to know the key; the text describes its address.
    case controllerConnected(SessionID, String)
    case controllerSent(SessionID, XMLElement)
    case controllerLeft(SessionID, String)
    /// A tool on this host has connected.
    case toolConnected(SessionID, user: String, process: Int32)
    case toolSent(SessionID, XMLElement)
    case toolLeft(SessionID)
    case timerFired(RemoteServerTimer)
    case processFinished(ProcessID, ProcessOutcome)
    /// Somebody wants this daemon to stop.
    case terminationRequested
}

package enum RemoteServerTimer: Sendable, Hashable {
    case executor(ExecutorTimer)
    /// The controller has not answered the shutdown request.
    case shutdownUnanswered
}

/// What a remote node wants done, in order.
package enum RemoteServerEffect: Sendable, Equatable {
    case sendToController(SessionID, XMLElement)
    case sendToTool(SessionID, XMLElement)
    case closeTool(SessionID)
    case setTimer(RemoteServerTimer, at: Instant)
    case cancelTimer(RemoteServerTimer)
    case spawn(ProcessRequest)
    case kill(ProcessID, wholeGroup: Bool)
    /// Accept no more controllers.
    case closeListener
    /// Leave, with this exit status.
    case exit(Int32)
    case record(Event)
}

package struct RemoteServerConfiguration: Sendable, Equatable {
    package var executor = ExecutorConfiguration()
    /// Sent to controllers, which then set the node's standby attribute: `standby`, `online` or `default`.
    package var startState: String?
    /// The watchdog timeout of a running SBD, milliseconds; nil without SBD.
    package var watchdogTimeout: Int64?

    package init() {}
}
