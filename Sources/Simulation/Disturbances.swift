// SPDX-License-Identifier: GPL-2.0-or-later
// The storm: what happens to the simulated hosts from outside, and how it ends.
import ClusterXML
import NodeCore

extension World {
    mutating func disturb(_ disturbance: Disturbance) {
        guard !stormIsOver else { return }
        let host = random.pick(0...(remotes.count - 1))
        let outage = random.pick(settings.faults.outage)
        switch disturbance {
        case .cutLink:
            guard !network.isCut[host] else { return }
            note("network", "link to \(remotes[host].name) cut for \(outage)")
            network.isCut[host] = true
            queue.plan(.linkHeals(host: host), at: after(outage))
        case .killRemote:
            killRemote(host)
            queue.plan(.remoteStarts(host: host), at: after(outage))
        case .crashRemoteHost:
            guard remotes[host].hasPower else { return }
            losePower(host)
            queue.plan(.powerReturns(host: host), at: after(outage))
            queue.plan(.remoteStarts(host: host), at: after(outage + .seconds(1)))
        case .killController:
            killController()
            queue.plan(.controllerStarts, at: after(random.pick(.milliseconds(100) ... .seconds(20))))
        case .failResource:
            let name = "dummy\(random.pick(1...max(1, settings.resources)))"
            note("storm", "\(name) dies")
            for place in truth.hosts(of: name) { truth.remove(name, from: place) }
        case .administer: administer()
        }
    }

    mutating func endStorm() {
        stormIsOver = true
        note("storm", "over")
        for host in remotes.indices {
            heal(host)
            remotes[host].hasPower = true
            queue.plan(.remoteStarts(host: host), at: after(.seconds(1)))
        }
        queue.plan(.controllerStarts, at: after(.seconds(1)))
        // Agents that hung were the storm's doing; their timeouts end them.
    }

    // MARK: The administrator

    private var session: ToolSessionID { .local(connection: UInt64(controller.life), session: "admin") }

    mutating func openAdministrator() {
        tellController(.toolOpened(session, SessionPeer(channel: "cib_rw", client: "cibadmin", user: "root", isPrivileged: true)))
    }

    /// Changes a property and remembers what was asked for until the answer comes.
    private mutating func administer() {
        guard controller.node != nil else { return }
        let value = "\(random.pick(0...999_999))"
        let name = "sim-\(random.pick(1...3))"
        let pair = XMLElement("nvpair", [("id", "options-\(name)"), ("name", name), ("value", value)])
        let data = XMLElement("crm_config", children: [XMLElement("cluster_property_set", [("id", "options")], children: [pair])])
        let command = XMLElement("cib_command", [
            ("t", "cib"), ("cib_op", "cib_modify"), ("cib_section", "crm_config"), ("cib_callid", value), ("cib_callopt", "4352"),
        ], children: [XMLElement("cib_calldata", children: [data])])
        controller.asked[value] = name
        checks.ask(name, value)
        note("administrator", "sets \(name)=\(value)")
        tellController(.toolMessage(session, ToolRequest(id: UInt32(value) ?? 0, wantsResponse: true, payload: command)))
    }

    /// The administrator is told that a change is done: from now on it must not be lost.
    mutating func answered(_ session: ToolSessionID, _ answer: XMLElement) {
        guard let value = answer["cib_callid"], let name = controller.asked.removeValue(forKey: value), answer["cib_rc"] == "0" else { return }
        checks.promise(name, value)
    }
}
