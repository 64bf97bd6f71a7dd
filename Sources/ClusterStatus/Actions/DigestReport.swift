// SPDX-License-Identifier: GPL-2.0-or-later
// Digests of a resource's parameters for people who ask for them (spec 14.3; crm_resource --digests).

package import CIBModel
package import ClusterXML

/// One kind of digest with the parameters that it covers.
package struct DescribedDigest: Sendable {
    /// `all`, `nonprivate` or `nonreloadable`.
    package var type: String
    package var hash: String
    package var parameters: XMLElement
}

extension ClusterState {
    /// The digests of a resource's start (or, with an interval among the overrides, a recurring operation) on a node.
    /// - Parameter overrides: parameters and `CRM_meta_…` that count before the configured ones.
    package mutating func describeDigests(
        of r: ResourceIndex, on node: NodeIndex, overrides: NameValueTable
    ) -> (intervalMs: UInt32, digests: [DescribedDigest]) {
        let interval = overrides["CRM_meta_interval"].flatMap(Scan.integer).map { UInt32(clamping: $0) } ?? 0
        var all = overrides.entries.filter { Self.countsForDigest($0.name) }
        if interval > 0, let timeout = overrides["CRM_meta_timeout"] {
            all.append(.init(name: "CRM_meta_timeout", value: timeout))
        }
        for entry in digestParameters(r, .start, interval, configuredOperation(r, task: .start, interval: 0), on: node)
        where !all.contains(where: { $0.name == entry.name }) {
            all.append(entry)
        }
        var result = [described("all", Array(all))]
        let recorded = historyEntry(r, on: node).flatMap { entry -> OperationResult? in
            history[Int(entry)].operations.last { $0.intervalMs == 0 && $0.digest != nil }
        }
        guard let recorded else { return (interval, result) }
        var nonPrivate = all
        if let names = recorded.secureParameters { nonPrivate.removeAll { Self.lists(names, $0.name) } }
        if Compare.versions(recorded.featureSet, "3.16.0") < 0 {
            nonPrivate.removeAll { $0.name == "CRM_meta_timeout" }
            if resources[r].flags.contains(.fenceDevice) { nonPrivate.removeAll { Self.isFencingParameter($0.name) } }
        }
        result.append(described("nonprivate", Array(nonPrivate)))
        if recorded.restartDigest != nil {
            let names = recorded.forceRestart
            result.append(described("nonreloadable", all.filter { entry in names.map { Self.lists($0, entry.name) } ?? true }))
        }
        return (interval, result)
    }

    private func described(_ type: String, _ entries: [NameValueTable.Entry]) -> DescribedDigest {
        let shown = entries.sorted { $1.name.utf8.lexicographicallyPrecedes($0.name.utf8) }
        return DescribedDigest(
            type: type, hash: digest(entries), parameters: XMLElement("parameters", shown.map { ($0.name, $0.value) }))
    }
}
