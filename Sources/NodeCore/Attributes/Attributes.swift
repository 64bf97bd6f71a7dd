// SPDX-License-Identifier: GPL-2.0-or-later
// Transient node attributes: who set what, when it is written to the CIB (spec: cluster-daemon-facts 3).
import CIBModel
package import ClusterXML

/// One value to write to, or with nil to remove from, the status section.
package struct AttributeWrite: Sendable, Equatable {
    package var node: String
    package var name: String
    package var value: String?
    /// Id of the set, nil for the usual one.
    package var set: String?
    /// `instance_attributes` or `utilization`.
    package var kind: String
}

/// What the attribute manager asks for.
package enum AttributeEffect: Sendable, Equatable {
    case write([AttributeWrite])
    /// The delay of an attribute begins (again).
    case setTimer(attribute: String, at: Instant)
    case cancelTimer(attribute: String)
    case record(Event)
}

/// One change somebody asked for.
package struct AttributeUpdate: Sendable {
    package var name: String
    package var node: String
    /// nil or empty deletes; `value++` and `value+=N` count.
    package var value: String?
    package var set: String?
    package var kind = "instance_attributes"
    /// Milliseconds; nil leaves the delay as it is.
    package var delay: Int?
    package var isPrivate = false
    package var nodeIsRemote = false

    package init(_ name: String, node: String, value: String?) {
        self.name = name
        self.node = node
        self.value = value
    }
}

/// The attribute manager. A value; the runtime owns the timers.
package struct Attributes: Sendable {
    private struct Value: Sendable {
        var node: String
        var current: String?
        /// What the CIB has.
        var written: String?
    }
    private struct Attribute: Sendable {
        var name: String
        var set: String?
        var kind: String
        var delay = 0
        var isPrivate: Bool
        var timerRuns = false
        var values: [Value] = []
    }

    private var attributes: [Attribute] = []
    private var positions: [String: Int] = [:]
    private var remoteNodes: Set<String> = []

    package init() {}

    /// Nodes that somebody has called remote nodes.
    package func isRemote(_ node: String) -> Bool { remoteNodes.contains(node) }

    /// The present value, written or not.
    package func value(_ name: String, node: String) -> String? {
        guard let position = positions[name] else { return nil }
        return attributes[position].values.first { $0.node == node }?.current
    }

    /// All attributes of a node that have a value, in order of creation.
    package func all(of node: String) -> [(name: String, value: String)] {
        attributes.compactMap { attribute in
            attribute.values.first { $0.node == node }?.current.map { (attribute.name, $0) }
        }
    }

    // MARK: Changes

    package mutating func update(_ update: AttributeUpdate, at now: Now, into effects: inout [AttributeEffect]) {
        if update.nodeIsRemote { remoteNodes.insert(update.node) }
        let position = position(of: update)
        var delayChanged = false
        if let delay = update.delay, delay != attributes[position].delay {
            delayChanged = true
            attributes[position].delay = delay
        }
        if let set = update.set { attributes[position].set = set }
        let slot = slot(position, update.node)
        let old = attributes[position].values[slot].current
        let new = Self.expanded(update.value, old: old)
        let same = (old ?? "").lowercased() == (new ?? "").lowercased() && (old == nil) == (new == nil)
        guard !same || delayChanged else { return }
        attributes[position].values[slot].current = new
        if !same {
            effects.append(.record(Event(
                .notice, "attribute-update",
                "Setting \(update.name)[\(update.node)]: \(old ?? "(unset)") -> \(new ?? "(unset)")")))
        }
        guard !attributes[position].isPrivate else { return }
        if attributes[position].delay == 0 {
            write(position, into: &effects)
        } else {
            attributes[position].timerRuns = true
            effects.append(.setTimer(attribute: update.name, at: now.monotonic + .milliseconds(attributes[position].delay)))
        }
    }

    /// Changes the delay of an attribute that exists.
    /// - Returns: false if there is none.
    package mutating func updateDelay(_ name: String, to delay: Int, at now: Now, into effects: inout [AttributeEffect]) -> Bool {
        guard let position = positions[name] else { return false }
        attributes[position].delay = delay
        if attributes[position].timerRuns {
            effects.append(.setTimer(attribute: name, at: now.monotonic + .milliseconds(delay)))
        }
        return true
    }

    package mutating func timerFired(_ name: String, into effects: inout [AttributeEffect]) {
        guard let position = positions[name] else { return }
        attributes[position].timerRuns = false
        write(position, into: &effects)
    }

    /// Writes everything, whatever the delays.
    package mutating func refresh(into effects: inout [AttributeEffect]) {
        for position in attributes.indices {
            for slot in attributes[position].values.indices { attributes[position].values[slot].written = nil }
            write(position, into: &effects)
        }
    }

    /// Forgets all values of a node, without touching the CIB: whoever calls this removes them there.
    package mutating func forget(node: String) {
        for position in attributes.indices { attributes[position].values.removeAll { $0.node == node } }
    }

    /// Clears fail counts (spec: cluster-daemon-facts 3.4).
    /// - Parameters:
    ///   - resource: nil for all; `operation` and `interval` (milliseconds) only with a resource.
    ///   - node: nil for all nodes.
    package mutating func clearFailures(
        resource: String?, operation: String?, interval: Int, node: String?, at now: Now, into effects: inout [AttributeEffect]
    ) {
        for attribute in attributes where Self.isFailure(attribute.name, resource, operation, interval) {
            for value in attribute.values where (node == nil || value.node == node) && value.current != nil {
                update(AttributeUpdate(attribute.name, node: value.node, value: nil), at: now, into: &effects)
            }
        }
    }

    /// Whether a name is the fail count or the last failure of the resource and operation.
    package static func isFailure(_ name: String, _ resource: String?, _ operation: String?, _ interval: Int) -> Bool {
        for prefix in ["fail-count-", "last-failure-"] where name.hasPrefix(prefix) {
            let rest = name.dropFirst(prefix.count)
            guard let resource else { return true }
            guard let hash = rest.lastIndex(of: "#") else { return rest == resource }
            // Failures of an anonymous clone's instance are counted under the name of the clone's resource.
            guard rest[..<hash] == resource else { return false }
            guard let operation else { return true }
            return rest[rest.index(after: hash)...] == "\(operation)_\(interval)"
        }
        return false
    }

    // MARK: Queries

    /// The answer to a query, as the children of the reply; nil if the attribute does not exist.
    package func query(_ name: String, node: String?) -> [XMLElement]? {
        guard let position = positions[name] else { return nil }
        if let node {
            var element = XMLElement("node", [("attr_host", node)])
            element["attr_value"] = value(name, node: node)
            return [element]
        }
        return attributes[position].values.map { value in
            var element = XMLElement("node", [("attr_host", value.node)])
            element["attr_value"] = value.current
            return element
        }
    }

    /// The names a request means: one name, or all that a test accepts.
    package func names(where matches: (String) -> Bool) -> [String] { attributes.map(\.name).filter(matches) }

    // MARK: Details

    private mutating func position(of update: AttributeUpdate) -> Int {
        if let position = positions[update.name] { return position }
        positions[update.name] = attributes.count
        attributes.append(Attribute(name: update.name, set: update.set, kind: update.kind, isPrivate: update.isPrivate))
        return attributes.count - 1
    }

    private mutating func slot(_ position: Int, _ node: String) -> Int {
        if let slot = attributes[position].values.firstIndex(where: { $0.node == node }) { return slot }
        attributes[position].values.append(Value(node: node))
        return attributes[position].values.count - 1
    }

    private mutating func write(_ position: Int, into effects: inout [AttributeEffect]) {
        let attribute = attributes[position]
        guard !attribute.isPrivate else { return }
        if attribute.timerRuns {
            attributes[position].timerRuns = false
            effects.append(.cancelTimer(attribute: attribute.name))
        }
        var writes: [AttributeWrite] = []
        for slot in attribute.values.indices where attribute.values[slot].current != attribute.values[slot].written {
            let value = attribute.values[slot]
            attributes[position].values[slot].written = value.current
            writes.append(AttributeWrite(
                node: value.node, name: attribute.name, value: value.current, set: attribute.set, kind: attribute.kind))
        }
        if !writes.isEmpty { effects.append(.write(writes)) }
    }

    /// `value++` and `value+=N` count from the old value; an empty value deletes.
    private static func expanded(_ text: String?, old: String?) -> String? {
        guard let text, !text.isEmpty else { return nil }
        guard text.hasPrefix("value") else { return text }
        let base = old.flatMap { Score(parsing: $0) } ?? .zero
        if text == "value++" { return (base + Score(1)).description }
        if text.hasPrefix("value+="), let step = Score(parsing: String(text.dropFirst(7))) { return (base + step).description }
        return text
    }
}
