// SPDX-License-Identifier: GPL-2.0-or-later
// A change of the configuration that is taken back unless somebody confirms it in time, and what is kept of it on disk.
// It follows the confirmed commit of RFC 6241: a second one before the first is confirmed joins it, with a new deadline and the
// configuration from before the first; one confirmation is for all.
package import CIBModel
package import ClusterXML

/// What has to be known to take a commit back, also by another process after a crash.
package struct UnconfirmedCommit: Sendable, Equatable {
    /// Names it in confirmations and messages.
    package var id: String
    /// Who committed it.
    package var user: String
    /// How long it may stay unconfirmed, seconds.
    package var seconds: Int64
    /// When it is taken back, epoch seconds: the wall clock outlives the process.
    package var deadline: Int64
    /// The version that the commit made, of several the first. A disk with an older one has not seen the commit.
    package var version: CIBVersion
    /// The CIB before, without its status.
    package var previous: XMLElement

    /// The longest time that may be asked for: a week.
    package static let longest: Int64 = 7 * 86_400

    package init(id: String, user: String, seconds: Int64, deadline: Int64, version: CIBVersion, previous: XMLElement) {
        self.id = id
        self.user = user
        self.seconds = seconds
        self.deadline = deadline
        self.version = version
        self.previous = previous
    }

    /// Reads what `xml` wrote; nil if it is something else.
    package init?(_ element: XMLElement) {
        guard element.name == "unconfirmed-commit", let id = element.id, let previous = element.first("cib"),
            let seconds = element["seconds"].flatMap({ Int64($0) }), let deadline = element["deadline"].flatMap({ Int64($0) })
        else { return nil }
        self.init(
            id: id, user: element["user"] ?? "", seconds: seconds, deadline: deadline, version: CIBVersion(of: element), previous: previous)
    }

    /// The commit without the configuration that it replaced, for people who ask.
    package var summary: XMLElement {
        var element = XMLElement("unconfirmed-commit", [("id", id), ("user", user), ("seconds", "\(seconds)"), ("deadline", "\(deadline)")])
        version.store(in: &element)
        return element
    }

    package var xml: XMLElement {
        var element = summary
        element.children = [previous]
        return element
    }

    /// Seconds that are left. A wall clock that was set back grants no more than was granted at first.
    package func remaining(at now: Int64) -> Int64 {
        let (left, overflow) = deadline.subtractingReportingOverflow(now)
        return overflow ? 0 : min(max(0, left), max(0, seconds))
    }
}

extension Node {
    // MARK: Committing and confirming

    /// The time in which a command wants its change to be confirmed.
    /// - Returns: nil for a plain command; 0 for a time that makes no sense.
    func confirmationTime(_ command: XMLElement) -> Int64? {
        guard let text = command["cib_confirm"] else { return nil }
        guard let seconds = Int64(text), (1...UnconfirmedCommit.longest).contains(seconds) else { return 0 }
        return seconds
    }

    /// A change has been made that has to be confirmed.
    mutating func awaitConfirmation(
        _ seconds: Int64, of before: XMLElement, user: String, at now: Now, into effects: inout [NodeEffect]
    ) {
        var previous = unconfirmed?.previous ?? before
        previous.removeChildren("status")
        // What the disk still knows of an earlier one is replaced before the configuration is, so it has to stand for both.
        let first = (unconfirmed ?? persistedUnconfirmed)?.version ?? CIBVersion(of: cib)
        let commit = UnconfirmedCommit(
            id: unconfirmed?.id ?? random.uuid(), user: user, seconds: seconds, deadline: now.wall.seconds + seconds,
            version: first, previous: previous)
        unconfirmed = commit
        effects.append(.setTimer(.confirmation, at: now.monotonic + .seconds(seconds)))
        effects.append(.record(Event(
            .notice, "commit-unconfirmed",
            "The configuration \(CIBVersion(of: cib)) by \(user) is taken back in \(seconds) s unless it is confirmed | commit=\(commit.id)")))
    }

    /// `cib_confirm`: keeps a commit. `cib_unconfirmed`: tells about it.
    mutating func confirmationRequest(_ id: ToolSessionID, _ request: ToolRequest, at now: Now, into effects: inout [NodeEffect]) {
        let command = request.payload
        guard let commit = unconfirmed, command["cib_confirm_id"].map({ $0 == commit.id }) ?? true else {
            return cibReply(id, request, rc: CIBError.noSuchObject.rawValue, data: nil, into: &effects)
        }
        guard command["cib_op"] == "cib_confirm" else {
            return cibReply(id, request, rc: 0, data: commit.summary, into: &effects)
        }
        let peer = sessions[id]?.peer
        let mayConfirm = peer.map { $0.channel != "cib_ro" && ($0.isPrivileged || $0.user == commit.user || remoteNode(of: id) == commit.user) }
        guard mayConfirm == true else {
            return cibReply(id, request, rc: CIBError.permissionDenied.rawValue, data: nil, into: &effects)
        }
        unconfirmed = nil
        effects.append(.cancelTimer(.confirmation))
        effects.append(.record(Event(.notice, "commit-confirmed", "The configuration of \(commit.user) is confirmed | commit=\(commit.id)")))
        // Said to be confirmed only when no restart can take it back any more.
        persist(into: &effects)
        hold(cibAnswer(id, request, rc: 0, data: commit.summary), to: request, of: id)
    }

    // MARK: Taking back

    /// Nobody confirmed in time.
    mutating func confirmationMissed(at now: Now, into effects: inout [NodeEffect]) {
        guard let commit = unconfirmed else { return }
        unconfirmed = nil
        let taken = CIBVersion(of: cib)
        guard let configuration = commit.previous.first("configuration"), let index = cib.position("configuration"),
            cib.children[index] != configuration || cib["validate-with"] != commit.previous["validate-with"]
        else { return persist(into: &effects) }
        cib.children[index] = configuration
        cib["validate-with"] = commit.previous["validate-with"]
        configurationChanged(client: "unconfirmed-commit", user: commit.user, at: now)
        restoreOwnFacts()
        let changes = taken.epoch - commit.version.epoch
        let others = changes > 0 && taken.adminEpoch == commit.version.adminEpoch ? " with \(changes) later change\(changes == 1 ? "" : "s")" : ""
        effects.append(.record(Event(
            .warning, "commit-taken-back",
            "The configuration \(commit.version) by \(commit.user) was not confirmed in \(commit.seconds) s: "
                + "taken back\(others); what was \(CIBVersion(of: commit.previous)) is now \(CIBVersion(of: cib)) | commit=\(commit.id)")))
        configurationTakesEffect(at: now, into: &effects)
        persist(into: &effects)
        wantScheduling("Unconfirmed configuration taken back", at: now, into: &effects)
    }

    /// A commit of an earlier life that still waits for its confirmation.
    mutating func recallCommit(_ element: XMLElement?, found: CIBVersion, at now: Now, into effects: inout [NodeEffect]) {
        guard let element else { return }
        guard let commit = UnconfirmedCommit(element) else {
            effects.append(.record(Event(
                .error, "commit-unreadable", "What is kept of an unconfirmed commit can not be read: nothing is taken back")))
            return persist(into: &effects)
        }
        guard (found.adminEpoch, found.epoch) >= (commit.version.adminEpoch, commit.version.epoch) else {
            // The crash came between the two writes: nobody was told that the commit was made, and it was not.
            return persist(into: &effects)
        }
        unconfirmed = commit
        persistedUnconfirmed = commit
        let left = commit.remaining(at: now.wall.seconds)
        effects.append(.setTimer(.confirmation, at: now.monotonic + .seconds(left)))
        effects.append(.record(Event(
            .notice, "commit-unconfirmed", "The configuration by \(commit.user) is still not confirmed; \(left) s left | commit=\(commit.id)")))
    }

    /// The disk refused a change that is taken back for that: what waits for confirmation is again what the disk knows.
    mutating func restoreUnconfirmed(at now: Now, into effects: inout [NodeEffect]) {
        unconfirmed = persistedUnconfirmed
        if let unconfirmed {
            let left = unconfirmed.remaining(at: now.wall.seconds)
            // Taken back already, but not on disk: that must not come undone meanwhile.
            guard left > 0 else { return confirmationMissed(at: now, into: &effects) }
            effects.append(.setTimer(.confirmation, at: now.monotonic + .seconds(left)))
        } else {
            effects.append(.cancelTimer(.confirmation))
        }
    }
}
