// SPDX-License-Identifier: GPL-2.0-or-later
// The simulated people: commands as the tools send them, at random, and what was promised by the answers.
import ClusterXML
import Messages
import NodeCore

/// Requests that wait for their answer.
struct Administrator {
    struct Request {
        let id: UInt32
        let what: String
        let time: Instant
        /// What must be so once the answer says that it is done: see `Promises`.
        let promises: [(key: String, value: String?)]
        let kind: Kind
    }

    enum Kind { case plain, commit, confirmation }

    /// A number for the next commit.
    mutating func nextCommit() -> Int {
        commits += 1
        return commits
    }

    private(set) var waiting: [Request] = []
    /// The commit that waits for its confirmation, as far as this person knows.
    var commit: UnconfirmedChange?
    /// The last one that was taken back.
    var takenBack: UnconfirmedChange?
    private var commits = 0
    private(set) var nextID: UInt32 = 1
    /// Numbers answered in this life of the controller.
    private var answeredIDs: Set<UInt32> = []

    mutating func ask(_ what: String, at time: Instant, _ promises: [(key: String, value: String?)], _ kind: Kind) -> UInt32 {
        let id = nextID
        nextID += 1
        waiting.append(Request(id: id, what: what, time: time, promises: promises, kind: kind))
        return id
    }

    /// - Returns: the request; nil if there is none that waits, with whether it was answered before.
    mutating func answered(_ id: UInt32) -> (request: Request?, isRepeated: Bool) {
        let isRepeated = !answeredIDs.insert(id).inserted
        guard let index = waiting.firstIndex(where: { $0.id == id }) else { return (nil, isRepeated) }
        return (waiting.remove(at: index), isRepeated)
    }

    mutating func controllerDied() {
        waiting = []
        answeredIDs = []
    }
}

extension World {
    private func session(_ channel: String) -> ToolSessionID { .local(connection: UInt64(controller.life), session: channel) }

    mutating func openAdministrator() {
        for channel in ["cib_rw", "attrd", "crmd"] {
            tellController(.toolOpened(
                session(channel), SessionPeer(channel: channel, client: "simulated", user: "root", isPrivileged: true)))
        }
    }

    // MARK: Asking and answers

    mutating func ask(
        _ channel: String, _ payload: XMLElement, _ what: String, promises: [(key: String, value: String?)] = [],
        kind: Administrator.Kind = .plain
    ) {
        guard controller.node != nil else { return }
        note("administrator", what)
        let id = administrator.ask(what, at: now.monotonic, promises, kind)
        for promise in promises { checks.promises.ask(promise.key, promise.value) }
        tellController(.toolMessage(session(channel), ToolRequest(id: id, wantsResponse: true, payload: payload)))
    }

    /// Somebody is told what became of a request. What is said to be done must not be lost from now on.
    mutating func answered(_ session: ToolSessionID, _ id: UInt32, _ answer: XMLElement) {
        guard case .local = session else { return }
        let (request, isRepeated) = administrator.answered(id)
        if isRepeated { checks.complain("request \(id) was answered twice") }
        guard let request else { return }
        guard answer["cib_rc"] == "0" || answer["cib_rc"] == nil else {
            note("administrator", "is told \(answer["cib_rc"] ?? "") about: \(request.what)")
            return
        }
        if request.kind == .confirmation { commitConfirmed() }
        if request.kind == .commit { administrator.commit?.isAcknowledged = true }
        for promise in request.promises { checks.promises.promise(promise.key, promise.value) }
    }

    // MARK: Commands

    static func cibCommand(_ operation: String, _ section: String, _ data: XMLElement) -> XMLElement {
        XMLElement("cib_command", [
            ("t", "cib"), ("cib_op", operation), ("cib_section", section), ("cib_callid", "1"), ("cib_callopt", "4352"),
        ], children: [XMLElement("cib_calldata", children: [data])])
    }

    private mutating func pickResource() -> SimulatedResource { random.pick(resources) ?? resources[0] }
    private mutating func pickHost() -> String { hostName(random.pick((settings.usesClusterHost ? 0 : 1)...remotes.count)) }

    /// One command of an administrator, as the tools would send it.
    mutating func administer() {
        guard controller.node != nil else { return }
        switch random.pick(0...8) {
        case 0: setProperty()
        case 1: load()
        case 2, 3: move()
        case 4: ban()
        case 5: clear(pickResource().constrainedAs)
        case 6:
            incidents[.cleanup] += 1
            let resource = pickResource()
            cleanUp(resource.name, on: pickHost())
        case 7:
            incidents[.standby] += 1
            setStandby(remotes[random.pick(0...(remotes.count - 1))].name, random.oneIn(2))
        default: updateAttribute()
        }
    }

    private mutating func setProperty() {
        incidents[.property] += 1
        let (name, value) = ("sim-\(random.pick(1...3))", "\(random.pick(0...999_999))")
        let data = XMLElement("crm_config", children: [Scenario.pairs("cluster_property_set", "options", [(name, value)])])
        ask("cib_rw", Self.cibCommand("cib_modify", "crm_config", data), "sets \(name)=\(value)", promises: [("property:\(name)", value)])
    }

    /// Replaces the whole configuration by one in which several things differ.
    private mutating func load() {
        guard var configuration = controller.node?.cib.first("configuration") else { return }
        incidents[.load] += 1
        let (name, value) = ("sim-\(random.pick(1...3))", "\(random.pick(0...999_999))")
        let resource = "dummy\(random.pick(1...settings.resources))"
        let parameter = "\(random.pick(1...9))"
        Self.set(name, value, parameter, of: resource, in: &configuration)
        ask("cib_rw", Self.cibCommand("cib_replace", "configuration", configuration), "loads \(name)=\(value), \(resource) fake=\(parameter)",
            promises: [("property:\(name)", value), ("parameter:\(resource)", parameter)])
    }

    /// Sets a property and the parameter of a resource.
    static func set(_ name: String, _ value: String, _ parameter: String, of resource: String, in configuration: inout XMLElement) {
        configuration.edit("crm_config") { section in
            section.edit("cluster_property_set", id: "options") { set in
                set.edit("nvpair", id: "options-\(name)") { $0.set([("name", name), ("value", value)]) }
            }
        }
        configuration.editExisting("resources") { resources in
            resources.editExisting("primitive", id: resource) { primitive in
                primitive.editExisting("instance_attributes", id: "\(resource)-params") { set in
                    set.edit("nvpair", id: "\(resource)-params-fake") { $0.set([("name", "fake"), ("value", parameter)]) }
                }
            }
        }
    }

    private mutating func constrain(_ id: String, _ resource: String, _ host: String, _ score: String, _ what: String) {
        let constraint = XMLElement("rsc_location", [("id", id), ("rsc", resource), ("node", host), ("score", score)])
        ask("cib_rw", Self.cibCommand("cib_modify", "constraints", XMLElement("constraints", children: [constraint])), what,
            promises: [("constraint:\(id)", "\(host) \(score)")])
    }

    /// Half of the moves are by force: away from where it is, besides.
    private mutating func move() {
        incidents[.move] += 1
        let resource = pickResource()
        let host = pickHost()
        if random.oneIn(2), let present = truth.hosts(of: resource.name).first, hostName(present) != host {
            let (place, name) = (hostName(present), resource.constrainedAs)
            constrain("cli-ban-\(name)-on-\(place)", name, place, "-INFINITY", "moves \(name) off \(place)")
        }
        constrain("cli-prefer-\(resource.constrainedAs)", resource.constrainedAs, host, "INFINITY", "moves \(resource.constrainedAs) to \(host)")
    }

    private mutating func ban() {
        incidents[.ban] += 1
        let (name, host) = (pickResource().constrainedAs, pickHost())
        constrain("cli-ban-\(name)-on-\(host)", name, host, "-INFINITY", "bans \(name) from \(host)")
    }

    /// Removes what moves and bans have left.
    private mutating func clear(_ resource: String) {
        incidents[.clear] += 1
        let ids = ["cli-prefer-\(resource)"] + (0...remotes.count).map { "cli-ban-\(resource)-on-\(hostName($0))" }
        for id in ids {
            guard controller.node?.cib.first("configuration")?.first("constraints")?.position("rsc_location", id: id) != nil else { continue }
            ask("cib_rw", Self.cibCommand("cib_delete", "constraints", XMLElement("rsc_location", [("id", id)])), "clears \(id)",
                promises: [("constraint:\(id)", nil)])
        }
    }

    private mutating func cleanUp(_ resource: String, on host: String) {
        ask("attrd", XMLElement("create_attrd_op", [
            ("t", "attrd"), ("task", "clear-failure"), ("attr_resource", resource), ("attr_host", host),
        ]), "clears failures of \(resource) on \(host)")
        let primitive = XMLElement("primitive", [("id", resource), ("class", "ocf"), ("provider", "heartbeat"), ("type", "Dummy")])
        let operation = XMLElement("rsc_op", [
            ("transition-key", "1:0:0:xxxxxxxx-xrsc-opxx-xcrm-resourcexxxx"), ("on_node", host), ("mode", "cib"),
        ], children: [primitive])
        ask("crmd", XMLElement("create_request_adv", [
            ("t", "crmd"), ("subt", "request"), ("crm_task", "lrm_delete"), ("reference", "\(administrator.nextID)"),
        ], children: [XMLElement("crm_xml", children: [operation])]), "cleans up \(resource) on \(host)")
    }

    private mutating func setStandby(_ node: String, _ on: Bool) {
        let value = on ? "on" : "off"
        let set = XMLElement("instance_attributes", [("id", "nodes-\(node)")], children: [
            XMLElement("nvpair", [("id", "nodes-\(node)-standby"), ("name", "standby"), ("value", value)]),
        ])
        let data = XMLElement("nodes", children: [XMLElement("node", [("id", node), ("uname", node), ("type", "remote")], children: [set])])
        ask("cib_rw", Self.cibCommand("cib_modify", "nodes", data), "standby of \(node): \(value)", promises: [("standby:\(node)", value)])
    }

    /// A transient attribute, half of the time by a tool on a remote host.
    private mutating func updateAttribute() {
        incidents[.attribute] += 1
        let host = random.pick(0...remotes.count)
        let update = XMLElement("create_attrd_op", [
            ("t", "attrd"), ("task", "update"), ("attr_name", "sim"), ("attr_value", "\(random.pick(0...999))"), ("attr_host", hostName(host)),
        ])
        if host > 0, random.oneIn(2) {
            runTool(on: host - 1, "attrd", update)
        } else {
            ask("attrd", update, "sets an attribute of \(hostName(host))")
        }
    }

    /// A tool on a remote host: through its daemon to the controller.
    mutating func runTool(on host: Int, _ channel: String, _ payload: XMLElement) {
        guard remotes[host].server != nil else { return }
        incidents[.remoteTool] += 1
        remotes[host].tools += 1
        let id = SessionID((1 << 40) + remotes[host].tools)
        let message = ProxiedMessage(client: "simulated", user: "root", id: 1, flags: ProxiedMessage.wantsResponse, payload: payload)
        tellRemote(host, .toolConnected(id, user: "root", process: 1))
        tellRemote(host, .toolSent(id, ProxyRequest.opened(session: "1", channel: channel).xml))
        tellRemote(host, .toolSent(id, ProxyRequest.request(session: "1", message).xml))
        tellRemote(host, .toolLeft(id))
    }

    /// The agent of a promotable resource tells the cluster how much its instance deserves to be promoted.
    mutating func setPromotionScore(of resource: String, on host: Int) {
        let update = XMLElement("create_attrd_op", [
            ("t", "attrd"), ("task", "update"), ("attr_name", "master-\(resource)"), ("attr_value", "\(10 + host)"), ("attr_host", hostName(host)),
        ])
        if host == 0 { ask("attrd", update, "promotion score") } else { runTool(on: host - 1, "attrd", update) }
    }

    // MARK: The end

    /// After the storm: half of the time what commands have left is cleared. What no fencing can help, somebody has to clean
    /// up: lost hosts without fencing, and resources that could not be stopped on the only host that could fence.
    mutating func endAdministration() {
        guard controller.node != nil, administrator.waiting.isEmpty else {
            queue.plan(.administrationEnds, at: after(.seconds(5)))
            return
        }
        if !settings.hasFencing || settings.usesClusterHost {
            for resource in resources { for host in 0...remotes.count { cleanUp(resource.name, on: hostName(host)) } }
            for remote in remotes { cleanUp(remote.name, on: Scenario.host) }
        }
        guard seed % 2 == 0 else { return }
        for remote in remotes { setStandby(remote.name, false) }
        for resource in resources { clear(resource.constrainedAs) }
    }
}
