// SPDX-License-Identifier: GPL-2.0-or-later
// Whether a node is online, pending, or must be fenced (scheduler spec 9.2, 9.3).

import CIBModel
import ClusterXML

extension ClusterState {
    /// What a `node_state` says about membership.
    private struct Membership {
        /// −1: never seen; 0: no member; else since when.
        var member: Int64
        /// 0: controller not in the process group; else since when.
        var online: Int64
        var join: String?
        var expected: String?

        init(_ element: XMLElement, now: Int64) {
            join = element["join"]
            expected = element["expected"]
            if let text = element["in_ccm"] {
                if let flag = Scan.boolean(text) {
                    member = flag ? max(1, now) : 0
                } else if let since = Scan.integer(text), since >= 0 {
                    member = Scan.epoch(since)
                } else {
                    // What is neither is as if nobody had ever seen the node.
                    member = -1
                }
            } else {
                member = -1
            }
            switch element["crmd"]?.lowercased() {
            case nil, "offline": online = 0
            case "online": online = 1
            case .some(let text):
                // A time that no number holds is none.
                let since = Scan.integer(text) ?? 0
                online = since == .max || since == .min ? 0 : since
            }
        }
    }

    mutating func determineOnlineState(_ element: XMLElement, _ node: NodeIndex) {
        let membership = Membership(element, now: now.epoch)
        if shutdownRequested(node) {
            nodes[node].flags.insert(.shutdown)
        } else if Compare.equalIgnoringCase(membership.expected, "member") {
            nodes[node].flags.insert(.expectedUp)
        }
        let online = options.fencingEnabled ? onlineWithFencing(node, membership) : onlineWithoutFencing(node, membership)
        if online { nodes[node].flags.insert(.online) }
        guard !online || nodes[node].isShuttingDown else { return }
        nodes[node].baseScore = .minusInfinity
        // Resources that appear from now on, in the history, start with the new score.
        defaultTable = nil
    }

    private mutating func onlineWithoutFencing(_ node: NodeIndex, _ membership: Membership) -> Bool {
        guard membership.member > 0 else { return false }
        if membership.online > 0 { return Compare.equalIgnoringCase(membership.join, "member") }
        if nodes[node].flags.contains(.expectedUp) { fence(node, reason: "peer is unexpectedly down") }
        return false
    }

    /// First match of the table in 9.2.
    private mutating func onlineWithFencing(_ node: NodeIndex, _ membership: Membership) -> Bool {
        let isMember = membership.member > 0
        let isOnline = membership.online > 0
        func joined(_ text: String) -> Bool { Compare.equalIgnoringCase(membership.join, text) }
        if nodes[node].isShuttingDown { return isOnline }
        if membership.member < 0 {
            fence(node, reason: "peer has not been seen by the cluster")
            return false
        }
        if joined("banned") {
            fence(node, reason: "peer failed Pacemaker membership criteria")
            return isMember
        }
        if terminationRequested(node) {
            if !isMember, !isOnline, joined("down") { return false }
            fence(node, reason: "fencing was requested")
            return isMember
        }
        if membership.expected.map({ Compare.equalIgnoringCase($0, "down") }) ?? true {
            if pendingTooLong(membership) {
                fence(node, reason: "peer pending timed out on joining the process group", priorityDelay: true)
            } else if isMember || isOnline {
                nodes[node].flags.formUnion([.standby, .pending])
            }
            return isMember
        }
        if !isMember {
            fence(node, reason: "peer is no longer part of the cluster", priorityDelay: true)
            return false
        }
        if !isOnline {
            fence(node, reason: "peer process is no longer available")
            return true
        }
        if joined("member") { return true }
        if joined("pending") || joined("down") {
            nodes[node].flags.formUnion([.standby, .pending])
            return true
        }
        fence(node, reason: "peer was in an unknown state")
        return true
    }

    private func terminationRequested(_ node: NodeIndex) -> Bool {
        guard let text = nodes[node].attributes["terminate"] else { return false }
        if let answer = Scan.boolean(text) { return answer }
        // A number of more than 64 bits, which saturates, asks for nothing.
        let number = Scan.integer(text) ?? 0
        return number > 0 && number < .max
    }

    private mutating func pendingTooLong(_ membership: Membership) -> Bool {
        guard options.nodePendingTimeoutMs > 0, membership.member > 0, membership.online <= 0 else { return false }
        let (limit, overflow) = membership.member.addingReportingOverflow(options.nodePendingTimeoutMs / 1000)
        if overflow { return false }
        if now.epoch >= limit { return true }
        recheck(at: limit)
        return false
    }

    // MARK: - Remote and guest nodes

    mutating func determineRemoteOnlineState(_ node: NodeIndex) {
        guard let connection = nodes[node].connection else {
            nodes[node].flags.remove(.online)
            return
        }
        let launcher = resources[connection].launcher
        // A guest's host is where its connection is, not where its container seems to be (which may be several nodes).
        let hosts = launcher == nil ? [] : resources[connection].activeNodes
        let host = hosts.count == 1 ? hosts.first : nil
        if resources[connection].originalRole == .started {
            nodes[node].flags.insert(.online)
            if resources[connection].nextRole == .stopped { nodes[node].flags.insert(.shutdown) }
        }
        if let launcher, resources[launcher].has(.failed) {
            nodes[node].flags.remove(.online)
            nodes[node].flags.insert(.remoteReset)
        } else if resources[connection].has(.failed) {
            nodes[node].flags.remove(.online)
        } else if resources[connection].originalRole == .stopped
            || launcher.map({ resources[$0].originalRole == .stopped }) ?? false
        {
            nodes[node].flags.remove([.online, .remoteReset])
        } else if let host, !nodes[host].isOnline, nodes[host].isUnclean {
            nodes[node].flags.remove(.online)
            nodes[node].flags.insert(.remoteReset)
        }
    }

    mutating func applyRemoteAttributes(_ element: XMLElement, _ node: NodeIndex) {
        if (element["node_in_maintenance"].flatMap(Scan.integer) ?? 0) != 0 { nodes[node].flags.insert(.remoteMaintenance) }
        if !nodes[node].flags.contains(.remoteReset) {
            nodes[node].flags.remove(.unclean)
            nodes[node].flags.insert(.seen)
        }
        addAttributes(of: element.first("transient_attributes") ?? XMLElement("transient_attributes"), to: node, overwrite: true)
        if shutdownRequested(node) { nodes[node].flags.insert(.shutdown) }
        if Scan.isTrue(nodes[node].attributes["standby"]) { nodes[node].flags.insert(.standby) }
        let connectionIsUnmanaged = nodes[node].connection.map { !resources[$0].isManaged } ?? false
        if Scan.isTrue(nodes[node].attributes["maintenance"]) || connectionIsUnmanaged {
            nodes[node].flags.insert(.maintenance)
        }
        guard let discovery = nodes[node].attributes["resource-discovery-enabled"], !Scan.isTrue(discovery) else { return }
        if isRemoteNode(node), !options.fencingEnabled {
            warn("Ignoring resource-discovery-enabled attribute on Pacemaker Remote node \(nodes[node].name) because fencing is disabled")
        } else {
            nodes[node].flags.remove(.probesAllowed)
        }
    }
}
