// SPDX-License-Identifier: GPL-2.0-or-later
// A node's CIB: start, versions, what goes to disk, and what follows from a changed configuration.
import CIBModel
import ClusterXML
import Messages
import Scheduling

extension Node {
    static func emptyCIB(_ settings: NodeSettings) -> XMLElement {
        let sections = ["crm_config", "nodes", "resources", "constraints"].map { XMLElement($0) }
        return XMLElement("cib", [
            ("crm_feature_set", settings.featureSet), ("validate-with", settings.schema), ("epoch", "0"), ("num_updates", "0"),
            ("admin_epoch", "0"),
        ], children: [XMLElement("configuration", children: sections), XMLElement("status")])
    }

    // MARK: Start and stop

    mutating func start(
        from stored: XMLElement?, unconfirmed element: XMLElement?, memory: XMLElement?, at now: Now, into effects: inout [NodeEffect]
    ) {
        guard phase == .starting else { return }
        if let stored, stored.name == "cib" { cib = stored }
        recall(memory, into: &effects)
        persistedConfiguration = stored?.first("configuration")
        recallCommit(element, found: stored.map { CIBVersion(of: $0) } ?? CIBVersion(), at: now, into: &effects)
        cib.removeChildren("status")
        if cib.position("configuration") == nil { cib.children.insert(XMLElement("configuration"), at: 0) }
        cib.editExisting("configuration") { configuration in
            for section in ["crm_config", "nodes", "resources", "constraints"] { configuration.edit(section) { _ in } }
        }
        cib.children.append(XMLElement("status"))
        phase = .running
        cib["crm_feature_set"] = settings.featureSet
        cib["have-quorum"] = "1"
        cib["dc-uuid"] = host.id
        StatusSection.editNode(&cib, host) { state in
            state.set([
                ("in_ccm", "true"), ("crmd", "online"), ("crm-debug-origin", "do_state_transition"), ("join", "member"),
                ("expected", "member"),
            ])
            state.edit("lrm", id: host.id) { $0.edit("lrm_resources") { _ in } }
        }
        touchStatus()
        announceSelf(at: now, into: &effects)
        if settings.startsInStandby { setStandby(host, true, at: now, into: &effects) }
        let (name, featureSet) = (host.name, settings.featureSet)
        withAttributes(at: now, into: &effects) {
            var version = AttributeUpdate("#attrd-protocol", node: name, value: "\(AttributeChannel.protocolVersion)")
            version.isPrivate = true
            $0.update(version, at: now, into: &$1)
            $0.update(AttributeUpdate("#feature-set", node: name, value: featureSet), at: now, into: &$1)
        }
        configurationTakesEffect(at: now, into: &effects)
        effects.append(.record(Event(.notice, "started", "\(host.name) is the only cluster host and takes over as DC")))
        wantScheduling("Start", at: now, into: &effects)
    }

    /// What the cluster says about itself in its properties.
    var ownProperties: [(name: String, value: String)] {
        var facts = [("have-watchdog", "false"), ("dc-version", settings.programVersion), ("cluster-infrastructure", settings.infrastructure)]
        if let name = settings.clusterName { facts.append(("cluster-name", name)) }
        return facts
    }

    /// Writes what the cluster itself keeps in the configuration.
    private mutating func announceSelf(at now: Now, into effects: inout [NodeEffect]) {
        var changed = false
        cib.editExisting("configuration") { configuration in
            configuration.edit("nodes") { nodes in
                if nodes.position("node", id: host.id) == nil {
                    nodes.children.append(XMLElement("node", [("id", host.id), ("uname", host.name)]))
                    changed = true
                } else {
                    nodes.editExisting("node", id: host.id) {
                        if $0["uname"] != host.name { $0["uname"] = host.name; changed = true }
                    }
                }
            }
        }
        for (name, value) in ownProperties where property(name) != value {
            setProperty(name, value)
            changed = true
        }
        guard changed else { return }
        configurationChanged(client: "crmd", user: "hacluster", at: now)
        persist(into: &effects)
    }

    mutating func terminate(at now: Now, into effects: inout [NodeEffect]) {
        guard phase == .running else {
            effects.append(.record(Event(.warning, "shutdown", "Asked to stop again: stopping at once")))
            stopNow(at: now, into: &effects)
            return
        }
        phase = .stopping
        effects.append(.record(Event(.notice, "shutdown", "Stopping: moving or stopping all resources first")))
        let limit = milliseconds(property("shutdown-escalation")) ?? 1_200_000
        effects.append(.setTimer(.shutdown, at: now.monotonic + .milliseconds(limit)))
        StatusSection.editNode(&cib, host) { $0["expected"] = "down" }
        let name = host.name
        withAttributes(at: now, into: &effects) {
            $0.update(AttributeUpdate("shutdown", node: name, value: "\(now.wall.seconds)"), at: now, into: &$1)
        }
        wantScheduling("Shutdown", at: now, into: &effects)
    }

    /// Everything has been stopped that could be.
    mutating func stopNow(at now: Now, into effects: inout [NodeEffect]) {
        for name in connectionNames where connections[name]?.isUp == true { effects.append(.closeLink(node: name)) }
        withExecutor(at: now, into: &effects) { $0.clientLeft(.local, wasLast: true, at: now, into: &$1) }
        for session in sessionOrder { effects.append(.closeTool(session)) }
        finish(.ok, into: &effects)
    }

    // MARK: Versions

    /// Counts a change of the status section.
    mutating func touchStatus() {
        cib["num_updates"] = "\(CIBVersion(of: cib).updates + 1)"
        cibChanged = true
    }

    /// Counts a change of the configuration that the cluster itself made.
    mutating func configurationChanged(client: String, user: String, at now: Now) {
        var version = CIBVersion(of: cib)
        version.epoch += 1
        version.updates = 0
        version.store(in: &cib)
        cib["cib-last-written"] = WriteTime.text(now.wall.seconds + settings.utcOffset)
        cib["update-origin"] = host.name
        cib["update-client"] = client
        cib["update-user"] = user
        cibChanged = true
    }

    // MARK: Properties

    /// A cluster property, under its name or an older or newer one.
    func property(_ name: String) -> String? {
        guard let section = cib.first("configuration")?.first("crm_config") else { return nil }
        let renamed = ClusterPropertyNames.synonym(of: name)
        for set in section.elements("cluster_property_set") {
            for pair in set.elements("nvpair") where pair["name"] == name || (renamed != nil && pair["name"] == renamed) {
                return pair["value"]
            }
        }
        return nil
    }

    mutating func setProperty(_ name: String, _ value: String) {
        cib.editExisting("configuration") { configuration in
            configuration.edit("crm_config") { section in
                section.edit("cluster_property_set", id: "cib-bootstrap-options") { set in
                    let id = "cib-bootstrap-options-\(name)"
                    if let index = set.children.firstIndex(where: { $0.name == "nvpair" && $0["name"] == name }) {
                        set.children[index]["value"] = value
                    } else {
                        set.children.append(XMLElement("nvpair", [("id", id), ("name", name), ("value", value)]))
                    }
                }
            }
        }
    }

    // MARK: Disk

    /// The part of the CIB that is kept on disk.
    private var configurationOnly: XMLElement {
        var copy = cib
        copy.removeChildren("status")
        copy["num_updates"] = "0"
        return copy
    }

    mutating func persist(into effects: inout [NodeEffect]) {
        effects.append(.persist(DiskWrite(
            number: nextWrite, version: CIBVersion(of: cib), configuration: configurationOnly, unconfirmed: unconfirmed?.xml)))
        outstandingWrites.append((nextWrite, unconfirmed))
        nextWrite += 1
    }

    /// Keeps an answer back until what was written last is on disk.
    mutating func hold(_ answer: XMLElement, to request: ToolRequest, of session: ToolSessionID) {
        heldAnswers.append(HeldAnswer(write: nextWrite - 1, session: session, request: request, answer: answer))
    }

    mutating func persisted(_ write: Int, into effects: inout [NodeEffect]) {
        if persistIsOverdue {
            persistIsOverdue = false
            effects.append(.record(Event(.notice, "cib-saved", "The configuration is on disk again")))
        }
        if write == nextWrite - 1 { persistedConfiguration = cib.first("configuration") }
        if let reached = outstandingWrites.last(where: { $0.number <= write }) { persistedUnconfirmed = reached.unconfirmed }
        outstandingWrites.removeAll { $0.number <= write }
        let ready = heldAnswers.filter { $0.write <= write }
        heldAnswers.removeAll { $0.write <= write }
        for held in ready { reply(held.answer, to: held.request, of: held.session, into: &effects) }
    }

    /// The disk refused. Whoever waits for a confirmation hears that; the change is taken back, because it would be lost
    /// with the next restart.
    mutating func persistFailed(_ reason: String, at now: Now, into effects: inout [NodeEffect]) {
        effects.append(.record(Event(.error, "cib-not-saved", "The configuration \(CIBVersion(of: cib)) could not be saved: \(reason)")))
        persistIsOverdue = true
        let refused = heldAnswers
        heldAnswers = []
        if !refused.isEmpty, let saved = persistedConfiguration, let index = cib.position("configuration") {
            cib.children[index] = saved
            outstandingWrites = []
            configurationChanged(client: "crmd", user: "hacluster", at: now)
            restoreUnconfirmed(at: now, into: &effects)
            configurationTakesEffect(at: now, into: &effects)
            wantScheduling("Configuration taken back", at: now, into: &effects)
        }
        for held in refused {
            var answer = held.answer
            if answer["cib_rc"] != nil { answer["cib_rc"] = "\(CIBError.notSaved.rawValue)" }
            reply(answer, to: held.request, of: held.session, into: &effects)
        }
        effects.append(.setTimer(.persist, at: now.monotonic + .seconds(10)))
    }

    // MARK: Consequences

    /// Reads what matters to this node off a configuration that has just changed.
    mutating func configurationTakesEffect(at now: Now, into effects: inout [NodeEffect]) {
        guard let configuration = cib.first("configuration") else { return }
        let reader = ConfigurationReader(configuration)
        let levels = configuration.first("fencing-topology")?.elements("fencing-level").compactMap { FencingLevel($0, isConfigured: true) } ?? []
        fencer.topology.replaceConfigured(levels)
        let devices = reader.fenceDevices()
        withFencer(at: now, into: &effects) { $0.replaceConfigured(devices, at: now, into: &$1) }
        alertRecipients = AlertRecipient.all(configuration.first("alerts"))
        for agent in reader.agents() { askMetaData(agent, at: now, into: &effects) }
    }

    /// Tells subscribers what has changed since they were told last.
    mutating func announceChanges(into effects: inout [NodeEffect]) {
        guard cibChanged else { return }
        cibChanged = false
        let listeners = sessionOrder.filter { sessions[$0]?.wantsChanges == true }
        guard !listeners.isEmpty else {
            announced = nil
            return
        }
        let before = announced ?? XMLElement("cib")
        announced = cib
        guard let patch = CIBPatch.diff(from: before, to: cib, options: [.digest]) else { return }
        let notice = XMLElement("notify", [
            ("t", "cib_notify"), ("subt", "cib_diff_notify"), ("cib_op", "cib_apply_diff"), ("cib_rc", "0"),
        ], children: [XMLElement("cib_update_result", children: [patch])])
        for listener in listeners { send(event: notice, to: listener, into: &effects) }
    }
}

/// Cluster properties that were renamed (spec: cluster-daemon-facts 1).
enum ClusterPropertyNames {
    private static let pairs: [(old: String, new: String)] = [
        ("stonith-enabled", "fencing-enabled"), ("stonith-action", "fencing-action"), ("stonith-timeout", "fencing-timeout"),
        ("stonith-max-attempts", "fencing-max-attempts"), ("stonith-watchdog-timeout", "fencing-watchdog-timeout"),
        ("fence-reaction", "fencing-reaction"),
    ]

    static func synonym(of name: String) -> String? {
        for pair in pairs {
            if pair.old == name { return pair.new }
            if pair.new == name { return pair.old }
        }
        return nil
    }
}
