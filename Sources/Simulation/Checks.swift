// SPDX-License-Identifier: GPL-2.0-or-later
// What must hold in every simulated run, whatever goes wrong.
import CIBModel
import ClusterXML
import Messages
import NodeCore

/// A broken invariant, in words.
package struct Violation: Error, Sendable, CustomStringConvertible {
    package let description: String

    package init(_ description: String) { self.description = description }
}

/// What has happened so far, as far as it has to be compared with what comes.
struct Checks {
    private(set) var violation: Violation?
    var promises = Promises()
    /// A remote host was out of reach or without its daemon: without fencing its resources may run twice from then on.
    var hostWasLost = false
    /// Orders that were sent, by node and transition key, in this life of the controller.
    private var orders: Set<String> = []
    /// Actions that the present transition has begun.
    private var begun: Set<String> = []
    private var highest = CIBVersion()
    private var lastChange = Instant.origin

    /// Keeps the first violation.
    mutating func complain(_ text: String) { violation = violation ?? Violation(text) }

    mutating func controllerStarted(disk: XMLElement?, commitWaits waits: Bool) {
        orders = []
        begun = []
        guard let disk else { return }
        let version = CIBVersion(of: disk)
        // What was not written is forgotten; what was written counts on.
        highest = CIBVersion(adminEpoch: version.adminEpoch, epoch: version.epoch)
        // A commit that has yet to be taken back hides what was promised before it.
        if !waits, let lost = promises.lost(in: disk) { violation = violation ?? lost }
    }

    mutating func controllerDied() {
        orders = []
        begun = []
    }

    /// A message of the controller: the same order must not be given twice.
    mutating func sent(_ message: XMLElement, to node: String) {
        guard message["lrmd_op"] == "lrmd_rsc_exec",
            let key = message.first("lrmd_calldata")?.first("lrmd_rsc")?["lrmd_rsc_userdata_str"]
        else { return }
        if !orders.insert("\(node) \(key)").inserted { complain("the order \(key) was sent to \(node) twice") }
    }

    /// A line of the controller's log: within a transition no action begins twice.
    mutating func recorded(_ event: Event) {
        switch event.name {
        case "transition-start": begun.removeAll(keepingCapacity: true)
        case "operation-start" where event.text.hasPrefix("Initiating"):
            if !begun.insert(event.text).inserted { complain("twice in one transition: \(event.text)") }
        default: break
        }
    }

    /// - Returns: whether the configuration has changed since the last look.
    mutating func sawVersion(_ version: CIBVersion, at now: Now) -> Bool {
        guard version != highest else { return false }
        if version < highest { complain("the CIB's version went back from \(highest) to \(version)") }
        lastChange = now.monotonic
        defer { highest = version }
        return version.epoch != highest.epoch || version.adminEpoch != highest.adminEpoch
    }

    /// How long the CIB has not changed.
    func quietSince(_ now: Now) -> Duration { now.monotonic - lastChange }
}

extension World {
    /// How long a request may stay without its answer while the controller lives; the disk may be full for a while.
    private static let answerLimit = Duration.seconds(60)

    /// Invariants that hold after every step.
    mutating func checkAlways() -> Violation? {
        if controller.hasActed, let node = controller.node {
            controller.hasActed = false
            var version = CIBVersion(of: node.cib)
            if settings.sabotage == .turnBackVersion, version.epoch % 7 == 6 { version.epoch -= 2 }
            let waits = controller.disk.unconfirmed != nil && administrator.commit == nil
            if checks.sawVersion(version, at: now), !waits, let lost = checks.promises.lost(in: node.cib) { return lost }
            if let overdue = overdueCommit() { return overdue }
        }
        if truth.changed {
            truth.changed = false
            if let found = runsTwice() { return found }
        }
        if let request = administrator.waiting.first, now.monotonic - request.time > Self.answerLimit {
            return Violation("a request was never answered: \(request.what)")
        }
        return checks.violation
    }

    /// A resource that runs on several hosts and must not.
    private mutating func runsTwice() -> Violation? {
        // Without fencing a lost host is taken to be down, so what runs there may be started elsewhere; and what could not be
        // demoted stays promoted.
        guard settings.hasFencing || !checks.hostWasLost else { return nil }
        for resource in resources {
            let hosts = resource.isCloned ? truth.promotedHosts(of: resource.name) : truth.hosts(of: resource.name)
            guard hosts.count > 1, settings.hasFencing || !resource.isPromotable else { continue }
            let names = hosts.map { hostName($0) }.joined(separator: " and ")
            return Violation("\(resource.name) \(resource.isCloned ? "is promoted" : "runs") on \(names) at the same time")
        }
        return nil
    }
}
