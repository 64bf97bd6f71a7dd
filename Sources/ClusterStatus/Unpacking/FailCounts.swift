// SPDX-License-Identifier: GPL-2.0-or-later
// Fail counts and last failures, recorded as node attributes (scheduler spec section 10).

package import CIBModel
import ClusterXML

extension FailureTable {
    /// Reads the attributes `fail-count-NAME#OP_INTERVAL` and `last-failure-NAME#OP_INTERVAL`.
    package init(attributes: NameValueTable) {
        self.init()
        var positions: [String: Int32] = [:]
        for entry in attributes.entries {
            let isCount = entry.name.hasPrefix("fail-count-")
            guard isCount || entry.name.hasPrefix("last-failure-") else { continue }
            let name = String(entry.name.utf8.dropFirst(isCount ? 11 : 13)) ?? ""
            let position: Int32
            if let known = positions[name] {
                position = known
            } else {
                position = Int32(records.count)
                positions[name] = position
                records.append(Self.record(name))
                byBase[records[Int(position)].base, default: []].append(position)
            }
            if isCount {
                records[Int(position)].count = Score(parsing: entry.value) ?? .zero
            } else {
                records[Int(position)].lastFailure = Scan.epoch(entry.value)
            }
        }
    }

    private static func record(_ name: String) -> Record {
        var resource = name
        var operation: String?
        if let hash = name.firstIndex(of: "#") {
            resource = String(name[..<hash])
            operation = String(name[name.index(after: hash)...])
            if !isOperation(operation ?? "") { operation = nil }
        }
        return Record(resource: resource, base: InstanceName.base(resource), operation: operation)
    }
}

extension FailureTable {
    /// Whether a text is a task and an interval: anything, an underscore, digits.
    fileprivate static func isOperation(_ text: String) -> Bool {
        guard let underscore = text.utf8.lastIndex(of: UInt8(ascii: "_")), underscore > text.startIndex else { return false }
        let digits = text.utf8[text.utf8.index(after: underscore)...]
        return !digits.isEmpty && digits.allSatisfy { $0 >= 0x30 && $0 <= 0x39 }
    }
}

/// Names with instance suffix (spec 1.4).
package enum InstanceName {
    /// The name without `:N`.
    package static func base(_ id: String) -> String {
        var end = id.utf8.endIndex
        while end > id.utf8.startIndex {
            let previous = id.utf8.index(before: end)
            let byte = id.utf8[previous]
            if byte >= 0x30, byte <= 0x39 {
                end = previous
            } else if byte == UInt8(ascii: ":") {
                return end == id.utf8.endIndex ? id : String(id[..<previous])
            } else {
                return id
            }
        }
        return id
    }

    /// The name of instance 0.
    package static func zero(_ id: String) -> String { base(id) + ":0" }
}

/// What a fail count takes into account.
package struct FailCountOptions: OptionSet, Sendable {
    package let rawValue: UInt8
    package init(rawValue: UInt8) { self.rawValue = rawValue }
    /// Expired failures do not count.
    package static let effective = FailCountOptions(rawValue: 1)
    /// Failures of launched resources count too.
    package static let launched = FailCountOptions(rawValue: 2)
}

extension ClusterState {
    /// The fail count of a resource on a node and the time of the last failure (epoch seconds, 0 without).
    /// - Parameter operation: the operation being processed, if any: decides whether a blocking failure ends expiry.
    package mutating func failCount(
        of resource: ResourceIndex, on node: NodeIndex, _ options: FailCountOptions = [], operation: OperationReference? = nil
    ) -> (count: Score, lastFailure: Int64) {
        var (count, last) = recordedFailures(resource, node)
        if count > .zero, resources[resource].failureTimeoutMs > 0, failureBlocks(resource, node, operation) {
            resources[resource].failureTimeoutMs = 0
        }
        let timeout = Scan.timeoutSeconds(resources[resource].failureTimeoutMs)
        if options.contains(.effective), last > 0, timeout > 0, now.epoch > last, now.epoch - last > timeout { count = .zero }
        if options.contains(.launched), !resources[resource].has(.replicaContainer) {
            let launched = resources[resource].launched
            for filler in launched {
                let other = failCount(of: filler, on: node, options.intersection(.effective), operation: operation)
                last = max(last, other.lastFailure)
                count = Score(Int(count.value) + Int(other.count.value))
            }
        }
        return (count, last)
    }

    private func recordedFailures(_ resource: ResourceIndex, _ node: NodeIndex) -> (Score, Int64) {
        if nodes[node].failures.records.isEmpty { return (.zero, 0) }
        let isUnique = resources[resource].has(.unique)
        let known = resources[resource].nameInHistory
        let name = isUnique ? known : InstanceName.base(known)
        if FailCountPattern.isNeeded(for: name) { return failures(matching: FailCountPattern(name, isUnique: isUnique), node) }
        guard let positions = nodes[node].failures.byBase[InstanceName.base(name)] else { return (.zero, 0) }
        var count = Score.zero
        var last: Int64 = 0
        for position in positions {
            let record = nodes[node].failures.records[Int(position)]
            if isUnique, record.resource != name { continue }
            if record.operation == nil { continue }
            count += record.count
            last = max(last, record.lastFailure)
        }
        return (count, last)
    }

    /// The same for a name that means something in a regular expression: the reference inserts it as it is.
    private func failures(matching pattern: FailCountPattern?, _ node: NodeIndex) -> (Score, Int64) {
        guard let pattern else { return (.zero, 0) }
        var count = Score.zero
        var last: Int64 = 0
        for record in nodes[node].failures.records {
            let name = record.resource + (record.operation.map { "#" + $0 } ?? "")
            if pattern.matches("fail-count-" + name) { count += record.count }
            if pattern.matches("last-failure-" + name) { last = max(last, record.lastFailure) }
        }
        return (count, last)
    }

    /// Whether a failure of an operation with `on-fail=block` is on record: it must not expire.
    private mutating func failureBlocks(_ resource: ResourceIndex, _ node: NodeIndex, _ reference: OperationReference?) -> Bool {
        let blocking = resources[resource].operations.filter { $0.onFailText == "block" }
        if blocking.isEmpty { return false }
        let base = InstanceName.base(resources[resource].id)
        func matches(_ configured: ConfiguredOperation, _ result: OperationResult) -> Bool {
            guard configured.name == result.taskName, configured.intervalMs == result.intervalMs else { return false }
            if result.id == "\(base)_last_failure_0" { return true }
            guard result.id == "\(base)_\(configured.name)_\(configured.intervalMs)" else { return false }
            return result.rc != result.expectedRC
        }
        if let reference {
            let result = history[Int(reference.entry)].operations[Int(reference.operation)]
            return blocking.contains { matches($0, result) }
        }
        // Also in the history of a node that is offline, which nothing else looks at without fencing.
        return operations(recordedAs: base, on: node).contains { result in blocking.contains { matches($0, result) } }
    }
}
