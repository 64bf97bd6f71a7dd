// SPDX-License-Identifier: GPL-2.0-or-later
// What a cluster node is told and what it asks for: the single border between deciding and doing.
package import CIBModel
package import ClusterXML
import Messages
package import Scheduling

/// A connection of a tool, on this host or through a remote node.
package enum ToolSessionID: Sendable, Hashable {
    case local(connection: UInt64, session: String)
    case proxied(node: String, session: String)
}

/// Who is at the other end of a session.
package struct SessionPeer: Sendable, Equatable {
    /// `cib_ro`, `cib_rw`, `cib_shm`, `attrd`, `crmd`, `stonith-ng` or `pacemakerd`.
    package var channel: String
    /// The name the program gave itself, for messages.
    package var client: String
    package var user: String
    /// Groups of the user, for access lists.
    package var groups: [String]
    /// Not subject to access control lists.
    package var isPrivileged: Bool

    package init(channel: String, client: String, user: String, groups: [String] = [], isPrivileged: Bool) {
        self.channel = channel
        self.client = client
        self.user = user
        self.groups = groups
        self.isPrivileged = isPrivileged
    }
}

/// A message of a tool.
package struct ToolRequest: Sendable {
    /// Number of the message; its response carries it.
    package var id: UInt32
    /// Exactly one response is expected; without this none is.
    package var wantsResponse: Bool
    package var payload: XMLElement

    package init(id: UInt32, wantsResponse: Bool, payload: XMLElement) {
        self.id = id
        self.wantsResponse = wantsResponse
        self.payload = payload
    }
}

/// What is to be on disk from now on.
package struct DiskWrite: Sendable {
    /// Counts writes. Of those that wait for the disk only the last needs to be made; its success is that of all before.
    package var number: Int
    package var version: CIBVersion
    package var configuration: XMLElement
    /// A commit that waits for its confirmation: to be on disk before the configuration is; without one what is there has to
    /// go after it.
    package var unconfirmed: XMLElement?
}

/// A snapshot to schedule.
package struct SchedulerRequest: Sendable {
    package var id: Int
    package var cib: XMLElement
    /// Epoch seconds.
    package var time: Int64
}

package enum NodeTimer: Sendable, Hashable {
    /// An action of the transition is overdue.
    case action(Int)
    case executor(ExecutorTimer)
    case remote(String, RemoteTimer)
    case fencer(FencerTimer)
    case attribute(String)
    /// Time to schedule even though nothing happened.
    case recheck
    /// The orderly shutdown has taken too long.
    case shutdown
    /// A helper process (meta-data, alert) has taken too long.
    case helper(ProcessID)
    /// Write the configuration again after the disk refused.
    case persist
    /// Nobody has confirmed a commit.
    case confirmation
    /// Write the memory again after the disk refused.
    case memory
}

package enum NodeInput: Sendable {
    /// Agents of an earlier daemon that still work; before all other inputs.
    case agentsFound([SurvivingAgent])
    /// The configuration found on disk, nil if there is none, a commit that waits for its confirmation, and the `ClusterMemory` of
    /// an earlier life.
    case started(cib: XMLElement?, unconfirmed: XMLElement? = nil, memory: XMLElement? = nil)
    case timerFired(NodeTimer)
    case processFinished(ProcessID, ProcessOutcome)
    /// The write of this number is on disk.
    case persisted(write: Int)
    case persistFailed(write: Int, reason: String)
    /// The memory of this number, or a later one, is on disk.
    case remembered(Int)
    case notRemembered(reason: String)
    /// - Parameter source: where the input was saved, for messages.
    case scheduled(Transition, request: Int, source: String)
    case schedulingFailed(request: Int, reason: String)
    case linkOpened(node: String)
    case linkClosed(node: String, LinkFailure)
    case linkMessage(node: String, XMLElement)
    case toolOpened(ToolSessionID, SessionPeer)
    case toolMessage(ToolSessionID, ToolRequest)
    case toolClosed(ToolSessionID)
    /// A local connection is gone with all its sessions.
    case toolLeft(connection: UInt64)
    /// Somebody wants the node to stop in order; the second time at once.
    case terminate
}

package enum NodeEffect: Sendable {
    case setTimer(NodeTimer, at: Instant)
    case cancelTimer(NodeTimer)
    case spawn(ProcessRequest)
    case kill(ProcessID, wholeGroup: Bool)
    /// Write the configuration to disk; answered by `.persisted` or `.persistFailed`.
    case persist(DiskWrite)
    /// Write the memory to disk; answered by `.remembered` or `.notRemembered`. Of those that wait only the last needs to be written.
    case remember(Int, ClusterMemory)
    /// Answered by `.scheduled` or `.schedulingFailed`.
    case schedule(SchedulerRequest)
    case openLink(node: String, server: String, port: Int)
    case closeLink(node: String)
    case sendLink(node: String, XMLElement)
    case respond(ToolSessionID, id: UInt32, XMLElement)
    case event(ToolSessionID, XMLElement)
    case closeTool(ToolSessionID)
    case record(Event)
    /// The node has nothing left to do.
    case exit(ExitCode)
}

/// What does not change while a node runs.
package struct NodeSettings: Sendable {
    package var hostName: String
    /// Corosync's number of the host; 1 without corosync.
    package var hostID = "1"
    package var clusterName: String?
    package var infrastructure = "standalone"
    package var programVersion: String
    /// The feature set that is announced: that of Pacemaker 2.1.5, so that its tools on remote nodes accept the CIB.
    package var featureSet = "3.16.1"
    /// The schema of a new CIB.
    package var schema = "pacemaker-3.9"
    package var remotePort = 3121
    package var executor = ExecutorConfiguration()
    package var fenceAgentDirectory = "/usr/sbin"
    /// Processors of the host; agents that run in parallel are limited by it.
    package var processors = 2
    /// Seconds to add to UTC for times that people read in the CIB.
    package var utcOffset: Int64 = 0
    /// Whether this node must not run resources until it is told otherwise.
    package var startsInStandby = false
    package var seed: UInt64

    package init(hostName: String, programVersion: String, seed: UInt64) {
        self.hostName = hostName
        self.programVersion = programVersion
        self.seed = seed
    }
}
