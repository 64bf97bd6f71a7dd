// SPDX-License-Identifier: GPL-2.0-or-later
// One fencing of one node: what was asked, where it stands, how it ended.

/// Who asked for a fencing and what for.
package struct FencingRequest: Sendable, Equatable {
    package var target: String
    /// `reboot`, `off` or `on`.
    package var action: String
    /// Seconds.
    package var timeout = 60
    /// Seconds; -1 switches all delays off.
    package var delay = 0
    /// A fencing that succeeded at most this many seconds ago counts.
    package var tolerance = 0
    package var client = ""
    package var origin = ""
    /// A person confirms that the node is down.
    package var isManual = false

    package init(target: String, action: String) {
        self.target = target
        self.action = action
    }
}

/// How a fencing ended, and its entry in the history.
package struct FencingOutcome: Sendable, Equatable {
    /// Numbers as in messages (spec: cluster-daemon-facts 5.1).
    package enum State: Int, Sendable { case query = 0, executing, done, duplicate, failed }

    package var id: String
    package var request: FencingRequest
    package var state: State
    /// The node that did it.
    package var delegate: String?
    package var status: ExecutionStatusCode
    package var rc: Int
    package var reason: String?
    /// When it ended.
    package var time: WallTime

    package var succeeded: Bool { state == .done }
}

/// Execution status as a number, so that this file needs no message types.
package typealias ExecutionStatusCode = Int

/// A fencing in progress.
struct FencingOperation: Sendable {
    /// One thing to do: an action of a device.
    struct Step: Sendable {
        var device: String
        var action: String
        /// Its failure does not matter: switching on again after a successful "off".
        var optional = false
    }

    var id: String
    var request: FencingRequest
    var deadline: Instant
    /// Steps of the level at work, next first.
    var steps: [Step] = []
    /// Device lists of the levels still to try.
    var levels: [[String]] = []
    /// Devices whose list or status must be asked before anything else.
    var asking: [String] = []
    /// Devices that said they can fence the target by their status.
    var confirmed: [String] = []
    var isPlanned = false
    var attempts = 0
    var process: ProcessID?
    var stepBegan = Instant.origin
    var lastReason = "No such device"
    var lastStatus = 10
    var usedDevice = false
}
