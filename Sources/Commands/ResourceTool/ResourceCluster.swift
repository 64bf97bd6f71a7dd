// SPDX-License-Identifier: GPL-2.0-or-later
// crm_resource: what needs a running cluster: cleaning up, failing, restarting, waiting.
import CIBModel
import Client
import ClusterStatus
import ClusterXML
import Glibc
import Reports

extension ResourceWork {
    /// A connection to the cluster; nil when the tool works on a file.
    private func cluster() throws -> ClusterClient? {
        guard session.isLive else { return nil }
        return try LiveCluster.connect()
    }

    private func needCluster() throws -> ClusterClient {
        guard let client = try cluster() else {
            throw failure(.unimplemented, "This needs a running cluster; CIB_file and CIB_shadow name a file")
        }
        return client
    }

    private var waitSeconds: Int {
        guard let text = tool.timeout, let milliseconds = Scan.duration(text) else { return 3600 }
        return max(1, Int(clamping: Scan.timeoutSeconds(milliseconds)))
    }

    // MARK: - Forgetting

    func cleanup() throws {
        let client = try cluster()
        let node = try tool.nodeName.map { try self.node(named: $0) }
        if tool.resource == nil, client == nil {
            out.error("Dry run: skipping clean-up of \(tool.nodeName ?? "all nodes") due to CIB_file")
            return
        }
        let wanted = try tool.resource.map { _ in state.leaves(of: tool.force ? try requestedResource() : top(try requestedResource())) }
        let interval = tool.interval.map { Scan.interval($0) }
        var done: Set<String> = []
        var sent = 0
        for failed in state.failedOperations {
            let operation = state.history[Int(failed.operation.entry)].operations[Int(failed.operation.operation)]
            if let wanted, !wanted.contains(failed.resource) { continue }
            if let node, failed.node != node { continue }
            if let name = tool.operation, name != operation.taskName { continue }
            if let interval, tool.operation != nil, interval != operation.intervalMs { continue }
            guard done.insert("\(failed.resource.raw)@\(failed.node.raw)").inserted else { continue }
            sent += try forget(failed.resource, on: failed.node, client)
        }
        try clearFailures(wanted, node, client)
        try report(sent, client)
    }

    private func top(_ resource: ResourceIndex) -> ResourceIndex { state.resources[resource].top }

    func refresh() throws {
        let client = try cluster()
        let node = try tool.nodeName.map { try self.node(named: $0) }
        guard tool.resource != nil else {
            guard let client else {
                out.error("Dry run: skipping clean-up of \(tool.nodeName ?? "all nodes") due to CIB_file")
                return
            }
            try clearFailures(nil, node, client)
            let data = node.map { XMLElement("data_for_probe_again", [("on_node", state.nodes[$0].name), ("router_node", router(of: $0))]) }
            out.info("Waiting for 1 reply from the controller")
            _ = try asking { () throws(ClientError) in try client.controller("probe_again", data: data ?? XMLElement("data_for_probe_again"), expectReplies: 1, timeout: 60) }
            out.info("... got reply (done)")
            return
        }
        let requested = try requestedResource()
        let leaves = state.leaves(of: tool.force ? requested : top(requested))
        var sent = 0
        for leaf in leaves {
            for place in state.nodeOrder where node == nil || place == node {
                guard state.historyEntry(leaf, on: place) != nil else { continue }
                sent += try forget(leaf, on: place, client)
            }
        }
        try clearFailures(leaves, node, client)
        try report(sent, client)
    }

    /// The cluster node that speaks to a node.
    private func router(of node: NodeIndex) -> String {
        guard let connection = state.nodes[node].connection, let host = state.currentNode(connection) else { return state.nodes[node].name }
        return state.nodes[host].name
    }

    /// Deletes what is on record about a resource on a node.
    /// - Returns: how many requests were sent.
    private func forget(_ resource: ResourceIndex, on node: NodeIndex, _ client: ClusterClient?) throws -> Int {
        let (id, place) = (state.resources[resource].id, state.nodes[node].name)
        guard let client else {
            out.error("Dry run: skipping clean-up of \(id) on \(place) due to CIB_file")
            return 0
        }
        if !state.nodes[node].isOnline {
            out.info("Skipping clean-up of \(id) on \(place): the node is offline")
            return 0
        }
        let data = operationData(resource, node, deletesHistory: true)
        let replies = try asking { () throws(ClientError) in
            try client.controller("lrm_delete", data: data, host: router(of: node), expectReplies: 1, timeout: 60)
        }
        let verdicts = try replies.flatMap { reply in
            try XPath("//lrm_rsc_op").places(in: reply).compactMap { reply[$0]?["rc-code"] }
        }
        if verdicts.contains("4") {
            throw failure(.insufficientPrivileges)
        }
        out.info("Cleaned up \(id) on \(place)")
        return 1
    }

    private func operationData(_ resource: ResourceIndex, _ node: NodeIndex, deletesHistory: Bool) -> XMLElement {
        let place = state.nodes[node].name
        let id = state.resources[resource].id
        let name = state.resources[resource].has(.unique) ? id : InstanceName.base(state.resources[resource].nameInHistory)
        var primitive = XMLElement("primitive", [("id", name)])
        if name != id { primitive["long-id"] = id }
        if let agent = state.resources[resource].agent {
            primitive["class"] = agent.standard
            primitive["provider"] = agent.provider
            primitive["type"] = agent.type
        }
        let attributes = XMLElement("attributes", [("crm_feature_set", CIBDocument.featureSet), ("CRM_meta_timeout", "60000")])
        var data = XMLElement("rsc_op", [("transition-key", "\(getpid()):0:0:xxxxxxxx-xrsc-opxx-xcrm-resourcexxxx"), ("on_node", place)])
        data["router_node"] = router(of: node)
        if deletesHistory { data["mode"] = "cib" }
        data.children = [primitive, attributes]
        return data
    }

    private func clearFailures(_ resources: ContiguousArray<ResourceIndex>?, _ node: NodeIndex?, _ client: ClusterClient?) throws {
        guard let client else { return }
        var names: [String?] = [nil]
        if let resources {
            names = []
            for resource in resources {
                let known = state.resources[resource].nameInHistory
                let name = state.resources[resource].has(.unique) ? known : InstanceName.base(known)
                if !names.contains(name) { names.append(name) }
            }
        }
        for name in names {
            var message = XMLElement("create_attrd_op", [("task", "clear-failure")])
            message["attr_host"] = node.map { state.nodes[$0].name }
            message["attr_resource"] = name
            message["attr_clear_operation"] = tool.operation
            if tool.operation != nil { message["attr_clear_interval"] = tool.interval ?? "0" }
            let request = message
            _ = try asking { () throws(ClientError) in try client.attrd(request) }
        }
    }

    private func report(_ sent: Int, _ client: ClusterClient?) throws {
        guard client != nil, sent > 0 else { return }
        out.info("Waiting for \(sent) \(sent == 1 ? "reply" : "replies") from the controller")
        out.info("... got \(sent == 1 ? "reply" : "replies") (done)")
    }

    // MARK: - Failing

    func fail() throws {
        let resource = try requestedResource()
        let node = try node(named: tool.nodeName ?? "")
        guard state.resources[resource].isPrimitive else {
            throw failure(.usage, "We can only process primitive resources, not \(state.resources[resource].id)")
        }
        let client = try needCluster()
        out.info("Waiting for 1 reply from the controller")
        let data = operationData(resource, node, deletesHistory: false)
        _ = try asking { () throws(ClientError) in
            try client.controller("lrm_fail", data: data, host: router(of: node), expectReplies: 1, timeout: 60)
        }
        out.info("... got reply (done)")
    }

    /// Turns an error of the connection into the tool's.
    private func asking<Value>(_ work: () throws(ClientError) -> Value) throws -> Value {
        do { return try work() } catch { throw LiveCluster.failure(error) }
    }

    // MARK: - Waiting and restarting

    func wait() throws {
        let client = try needCluster()
        let isIdle = try asking { () throws(ClientError) in try client.waitForIdle(timeoutSeconds: waitSeconds) }
        if !isIdle { throw failure(.timeout) }
    }

    func restart() throws {
        let requested = try resourceButNoInstance()
        let client = try needCluster()
        let resource = state.resources[requested].parent.map { state.resources[$0].variant == .clone ? $0 : requested } ?? requested
        let id = configuredID(resource)
        let active = state.leaves(of: resource).filter { !state.resources[$0].activeNodes.isEmpty }.map { state.resources[$0].id }
        guard !active.isEmpty else { throw failure(.notRunning, "\(id) is not running and so cannot be restarted") }
        let kind = state.resources[resource].xml.name
        let pairID = "\(id)-meta_attributes-target-role"
        let before = state.resources[resource].xml.elements("meta_attributes").flatMap { Array($0.elements("nvpair")) }
            .first { $0["name"] == "target-role" }
        let pair = XMLElement("nvpair", [("id", before?.id ?? pairID), ("name", "target-role"), ("value", "stopped")])
        let block = XMLElement("meta_attributes", [("id", "\(id)-meta_attributes")], children: [pair])
        let data = before == nil ? XMLElement(kind, [("id", id)], children: [block]) : pair
        try session.change(CIBRequest("cib_modify", section: "resources", data: data))
        out.info("Set '\(id)' option: id=\(pair.id ?? "") set=\(id)-meta_attributes name=target-role value=stopped")
        out.info("Waiting for \(active.count) resources to stop:")
        for name in active { out.info(" * \(name)") }
        let stopped = try settles(client) { state in
            active.allSatisfy { name in state.findResource(name).map { state.resources[$0].activeNodes.isEmpty } ?? true }
        }
        if let before {
            try session.change(CIBRequest("cib_modify", section: "resources", data: before))
            out.info("Set '\(id)' option: id=\(before.id ?? "") name=target-role value=\(before["value"] ?? "")")
        } else {
            let gone = XMLElement("nvpair", [("id", pairID), ("name", "target-role")])
            try session.change(CIBRequest("cib_delete", section: "resources", data: gone))
            out.info("Deleted '\(id)' option: id=\(pairID) name=target-role")
        }
        guard stopped else { throw failure(.timeout, "Could not complete shutdown of \(id), \(active.count) resources remaining") }
        out.info("Waiting for \(active.count) resources to start again:")
        for name in active { out.info(" * \(name)") }
        let started = try settles(client) { state in
            active.allSatisfy { name in state.findResource(name).map { !state.resources[$0].activeNodes.isEmpty } ?? false }
        }
        if !started { throw failure(.timeout, "Could not complete restart of \(id)") }
    }

    /// Waits until the state is as wanted and nothing more is to be done, or the time is up.
    private func settles(_ client: ClusterClient, _ isReached: (ClusterState) -> Bool) throws -> Bool {
        let deadline = epochNow() + Int64(waitSeconds)
        while epochNow() < deadline {
            _ = try asking { () throws(ClientError) in try client.waitForIdle(timeoutSeconds: 10) }
            if isReached(try freshState()) { return true }
            usleep(200_000)
        }
        return false
    }
}
