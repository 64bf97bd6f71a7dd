// SPDX-License-Identifier: GPL-2.0-or-later
// The status as Prometheus metrics, under the names that existing dashboards and alerts use (users-and-conventions §10).
import CIBModel
import ClusterStatus
import ClusterXML

/// Collects metrics in the text format that Prometheus reads.
package struct MetricsPage: Sendable {
    package private(set) var text = ""
    /// Prometheus refuses a page that names a series twice; instances that are alike would.
    private var seen: Set<String> = []

    package init() {}

    /// Begins a metric; all its samples follow.
    package mutating func metric(_ name: String, help: String) {
        text += "# HELP \(name) \(help)\n# TYPE \(name) gauge\n"
    }

    /// One sample, the first of its labels. Values of plus and minus INFINITY are `+Inf` and `-Inf`.
    package mutating func sample(_ name: String, _ labels: [(String, String)], _ value: String) {
        var series = name
        if !labels.isEmpty {
            series += "{" + labels.map { "\($0.0)=\"\(Self.escaped($0.1))\"" }.joined(separator: ",") + "}"
        }
        guard seen.insert(series).inserted else { return }
        text += "\(series) \(value)\n"
    }

    mutating func sample(_ name: String, _ labels: [(String, String)], _ isTrue: Bool) {
        sample(name, labels, isTrue ? "1" : "0")
    }

    private static func escaped(_ value: String) -> String {
        guard value.contains(where: { $0 == "\\" || $0 == "\"" || $0 == "\n" }) else { return value }
        return value.reduce(into: "") { text, character in
            switch character {
            case "\\": text += "\\\\"
            case "\"": text += "\\\""
            case "\n": text += "\\n"
            default: text.append(character)
            }
        }
    }
}

extension StatusReport {
    /// Adds the metrics of the cluster.
    package func addMetrics(to page: inout MetricsPage) {
        addNodes(&page)
        addResources(&page)
        addFailures(&page)
        addConstraints(&page)
        addAttributes(&page)
        page.metric("ha_cluster_pacemaker_stonith_enabled", help: "Whether fencing is enabled")
        page.sample("ha_cluster_pacemaker_stonith_enabled", [], state.options.fencingEnabled)
        if let changed = state.cib["cib-last-written"].flatMap(clock.parse) {
            page.metric("ha_cluster_pacemaker_config_last_change", help: "When the configuration was changed last, in epoch seconds")
            page.sample("ha_cluster_pacemaker_config_last_change", [], "\(changed)")
        }
    }

    private func addNodes(_ page: inout MetricsPage) {
        let name = "ha_cluster_pacemaker_nodes"
        page.metric(name, help: "1 for each status that a node is in, 0 for the others")
        // "maintanance" is how dashboards spell it.
        let statuses: [(String, NodeFlags)] = [
            ("online", .online), ("standby", .standby), ("standby_onfail", .failStandby), ("maintanance", .maintenance),
            ("pending", .pending), ("unclean", .unclean), ("shutdown", .shutdown), ("expected_up", .expectedUp),
        ]
        for n in state.nodeOrder {
            let labels = [("node", state.nodes[n].name), ("type", state.nodes[n].isRemote ? "remote" : "member")]
            for (status, flag) in statuses {
                page.sample(name, labels + [("status", status)], state.nodes[n].flags.contains(flag))
            }
            page.sample(name, labels + [("status", "dc")], n == state.dc)
        }
    }

    private func addResources(_ page: inout MetricsPage) {
        let name = "ha_cluster_pacemaker_resources"
        page.metric(name, help: "1 for each status that a resource is in on a node, 0 for the others")
        for top in state.topLevel {
            for r in state.leaves(of: top) where !state.resources[r].has(.removed) || isActive(r, entirely: false) {
                let nodes = state.resources[r].activeNodes
                if nodes.isEmpty { addResource(r, top, on: "", &page) }
                for node in nodes { addResource(r, top, on: state.nodes[node].name, &page) }
            }
        }
    }

    private func addResource(_ r: ResourceIndex, _ top: ResourceIndex, on node: String, _ page: inout MetricsPage) {
        let resource = state.resources[r].flags
        let parent = state.resources[r].parent
        let group = parent.flatMap { state.resources[$0].variant == .group ? state.resources[$0].xmlID : nil }
        let labels = [
            ("agent", state.resources[r].agent?.text ?? ""),
            ("clone", state.resources[top].variant == .clone ? state.resources[top].id : ""), ("group", group ?? ""),
            ("managed", "\(resource.contains(.managed))"), ("node", node), ("resource", shownName(r)),
            ("role", shownRole(r).text.lowercased()),
        ]
        let statuses: [(String, Bool)] = [
            ("active", isActive(r, entirely: true)), ("orphaned", resource.contains(.removed)),
            ("blocked", resource.contains(.blocked)), ("failed", resource.contains(.failed)),
            ("failure_ignored", resource.contains(.ignoreFailure)),
        ]
        for (status, isTrue) in statuses {
            page.sample("ha_cluster_pacemaker_resources", labels + [("status", status)], isTrue)
        }
    }

    private func addFailures(_ page: inout MetricsPage) {
        let histories = state.history.compactMap { entry -> (node: String, resource: String, count: Score, threshold: Score)? in
            guard let r = state.resourcesByID[entry.id]?.first ?? entry.resource else { return nil }
            let count = failCount(of: r, on: entry.node).0
            return (state.nodes[entry.node].name, shownName(r), count, state.resources[r].migrationThreshold)
        }
        let fails = "ha_cluster_pacemaker_fail_count"
        page.metric(fails, help: "How often a resource failed on a node")
        for item in histories { page.sample(fails, [("node", item.node), ("resource", item.resource)], Self.number(item.count)) }
        let thresholds = "ha_cluster_pacemaker_migration_threshold"
        page.metric(thresholds, help: "How many failures make a resource leave a node")
        for item in histories {
            page.sample(thresholds, [("node", item.node), ("resource", item.resource)], Self.number(item.threshold))
        }
    }

    private func addConstraints(_ page: inout MetricsPage) {
        let name = "ha_cluster_pacemaker_location_constraints"
        page.metric(name, help: "Scores of the location constraints that apply")
        for location in state.locations {
            let role = location.role == .unknown ? "" : location.role.text.lowercased()
            for entry in location.nodes {
                let labels = [
                    ("constraint", location.id), ("node", state.nodes[entry.node].name),
                    ("resource", state.resources[location.resource].id), ("role", role),
                ]
                page.sample(name, labels, Self.number(entry.score))
            }
        }
    }

    private func addAttributes(_ page: inout MetricsPage) {
        let name = "ha_cluster_pacemaker_node_attributes"
        page.metric(name, help: "Attributes of nodes, always 1")
        for n in state.nodeOrder where state.nodes[n].isOnline {
            for attribute in shownAttributes(n) {
                page.sample(name, [("node", state.nodes[n].name), ("name", attribute.name), ("value", attribute.value)], "1")
            }
        }
    }

    private static func number(_ score: Score) -> String {
        score == .infinity ? "+Inf" : score == .minusInfinity ? "-Inf" : "\(score.value)"
    }
}

extension ReportClock {
    /// Reads a time as `local` prints it.
    package func parse(_ text: String) -> Int64? {
        let words = text.split(separator: " ")
        guard words.count == 5, let month = Self.months.firstIndex(of: String(words[1])), let day = Int64(words[2]),
            let year = Int64(words[4]), (1...31).contains(day), (1...9999).contains(year)
        else { return nil }
        let clock = words[3].split(separator: ":").compactMap { Int64($0) }
        guard clock.count == 3, clock.allSatisfy({ (0...60).contains($0) }) else { return nil }
        // Months are counted from March, so that leap days come last in a year.
        let shiftedYear = month < 2 ? year - 1 : year
        let shiftedMonth = Int64((month + 10) % 12)
        let days = shiftedYear * 365 + shiftedYear / 4 - shiftedYear / 100 + shiftedYear / 400
            + (153 * shiftedMonth + 2) / 5 + day - 1 - 719_468
        let seconds = days * 86400 + clock[0] * 3600 + clock[1] * 60 + clock[2]
        return seconds - Int64(offset(seconds - Int64(offset(seconds))))
    }
}
