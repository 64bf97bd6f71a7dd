// SPDX-License-Identifier: GPL-2.0-or-later
// Commits that are taken back unless they are confirmed, and the check that they are: the configuration from before, all of it.
import CIBModel
import ClusterXML
import NodeCore

/// A commit to be confirmed, from the point of view of who made it.
struct UnconfirmedChange {
    /// What a CIB has as long as the commit is in force: the value of the property `sim-commit`.
    let mark: String
    /// The configuration before, and what had been promised then.
    let previous: XMLElement
    let promises: Promises
    /// When it is taken back at the latest.
    var deadline: Instant
    var isAcknowledged = false
    /// Somebody has confirmed it, but is not told yet that it counts.
    var isConfirming = false

    /// Whether a configuration has it, or one that it has joined.
    func isInForce(in configuration: XMLElement) -> Bool {
        Promises.value(of: "property:sim-commit", in: configuration) != Promises.value(of: "property:sim-commit", in: previous)
    }
}

extension World {
    /// How long after the deadline a running controller may take.
    private static let patience = Duration.seconds(15)

    /// Commits a change that must be confirmed; every third time it will be. A second one before the first is confirmed joins it.
    mutating func commitUnconfirmed() {
        guard controller.node != nil, var configuration = controller.node?.cib.first("configuration") else { return }
        guard administrator.commit?.isConfirming != true else { return }
        incidents[.unconfirmed] += 1
        let before = configuration
        let mark = "\(administrator.nextCommit())"
        let seconds = random.pick(settings.faults.confirmation)
        let resource = "dummy\(random.pick(1...settings.resources))"
        let parameter = "\(random.pick(10...99))"
        Self.set("sim-commit", mark, parameter, of: resource, in: &configuration)
        if random.oneIn(2) {
            configuration.editExisting("constraints") {
                let ban = XMLElement("rsc_location", [("id", "commit-ban"), ("rsc", resource), ("node", remotes[0].name), ("score", "-INFINITY")])
                if $0.position("rsc_location", id: "commit-ban") == nil { $0.children.append(ban) }
            }
        }
        let deadline = now.monotonic + .seconds(seconds) + Self.patience
        if let open = administrator.commit, open.isInForce(in: before) {
            administrator.commit = UnconfirmedChange(
                mark: mark, previous: open.previous, promises: open.promises, deadline: max(deadline, open.deadline), isAcknowledged: open.isAcknowledged)
        } else {
            administrator.commit = UnconfirmedChange(mark: mark, previous: before, promises: checks.promises, deadline: deadline)
        }
        checks.promises.ask("property:sim-commit", mark)
        checks.promises.ask("parameter:\(resource)", parameter)
        var command = Self.cibCommand("cib_replace", "configuration", configuration)
        command["cib_confirm"] = "\(seconds)"
        ask("cib_rw", command, "commits \(mark), to be confirmed in \(seconds) s", kind: .commit)
        if settings.confirmsCommits, random.oneIn(3) {
            queue.plan(.confirms, at: after(random.pick(.zero ... .seconds(seconds))))
        }
        if random.oneIn(3) { queue.plan(.controllerDies(life: controller.life), at: after(random.pick(.zero ... .milliseconds(25)))) }
    }

    mutating func confirm() {
        guard controller.node != nil, administrator.commit?.isAcknowledged == true else { return }
        administrator.commit?.isConfirming = true
        ask("cib_rw", XMLElement("cib_command", [("t", "cib"), ("cib_op", "cib_confirm"), ("cib_callid", "1")]), "confirms", kind: .confirmation)
    }

    /// The administrator is told that the commit stays.
    mutating func commitConfirmed() {
        guard let commit = administrator.commit else { return }
        incidents[.confirmed] += 1
        administrator.commit = nil
        guard let configuration = controller.node?.cib.first("configuration"), commit.isInForce(in: configuration) else { return }
        checks.promises.promise("property:sim-commit", Promises.value(of: "property:sim-commit", in: configuration))
    }

    /// The controller says that it has taken a commit back.
    mutating func commitTakenBack() {
        // Once more if the controller was killed before it had written that.
        guard let commit = administrator.commit ?? administrator.takenBack, let cib = controller.node?.cib else {
            return checks.complain("a commit was taken back that nobody has made")
        }
        if administrator.commit != nil { incidents[.takenBack] += 1 }
        administrator.takenBack = commit
        if cib.first("configuration") != commit.previous {
            checks.complain("a commit was taken back, but the configuration is not the one from before")
        }
        checks.promises = commit.promises
        administrator.commit = nil
    }

    /// A commit that was neither confirmed nor taken back in time.
    mutating func overdueCommit() -> Violation? {
        guard let commit = administrator.commit, now.monotonic > commit.deadline, let node = controller.node else { return nil }
        // It may take effect when the controller has been there for a while.
        guard now.monotonic - controller.started > Self.patience else { return nil }
        guard let configuration = node.cib.first("configuration"), commit.isInForce(in: configuration) else {
            incidents[.lostCommit] += 1
            administrator.commit = nil
            return nil
        }
        guard !commit.isConfirming else {
            // Whether it was confirmed nobody was told, and it was.
            administrator.commit = nil
            return nil
        }
        return Violation("the commit \(commit.mark) was not confirmed and is still there")
    }
}
