// SPDX-License-Identifier: GPL-2.0-or-later
// Which devices fence a node, in which order (spec: cluster-daemon-facts 5.5).
package import ClusterXML

/// One level of the fencing of some nodes.
package struct FencingLevel: Sendable, Equatable {
    /// Whom it is for.
    package enum Target: Sendable, Equatable {
        case node(String)
        /// A regular expression.
        case pattern(String)
        case attribute(name: String, value: String)
    }

    package var target: Target
    /// 1 to 9; lower levels are tried first.
    package var index: Int
    /// All of them must succeed.
    package var devices: [String]
    package var isConfigured: Bool

    package init(target: Target, index: Int, devices: [String], isConfigured: Bool) {
        self.target = target
        self.index = index
        self.devices = devices
        self.isConfigured = isConfigured
    }

    /// Reads a `fencing-level` element of the configuration or of a request; nil if it is not complete.
    package init?(_ element: XMLElement, isConfigured: Bool) {
        if let node = element["target"] {
            target = .node(node)
        } else if let pattern = element["target-pattern"] {
            target = .pattern(pattern)
        } else if let name = element["target-attribute"] {
            target = .attribute(name: name, value: element["target-value"] ?? "")
        } else {
            return nil
        }
        guard let index = element["index"].flatMap({ Int($0) }), (1...9).contains(index) else { return nil }
        self.index = index
        let listed = (element["devices"] ?? "").split(separator: ",").map { String($0.filter { $0 != " " }) }
        devices = listed.isEmpty ? element.elements("st_device_id").compactMap { $0.id } : listed
        self.isConfigured = isConfigured
    }
}

/// All levels.
package struct FencingTopology: Sendable {
    package private(set) var levels: [FencingLevel] = []

    package init() {}

    package mutating func replaceConfigured(_ configured: [FencingLevel]) {
        levels.removeAll { level in level.isConfigured || configured.contains { $0.target == level.target && $0.index == level.index } }
        levels += configured
    }

    package mutating func add(_ level: FencingLevel) {
        remove(level.target, index: level.index)
        levels.append(level)
    }

    package mutating func remove(_ target: FencingLevel.Target, index: Int) {
        levels.removeAll { $0.target == target && $0.index == index }
    }

    /// The levels for a node in the order they are tried; names win over patterns, patterns over attributes.
    /// - Parameters:
    ///   - matches: whether a regular expression matches a name.
    ///   - attribute: the value of an attribute of the node.
    package func levels(
        for node: String, matches: (String, String) -> Bool, attribute: (String) -> String?
    ) -> [FencingLevel] {
        let named = levels.filter { $0.target == .node(node) }
        if !named.isEmpty { return named.sorted { $0.index < $1.index } }
        let patterned = levels.filter { if case .pattern(let text) = $0.target { matches(text, node) } else { false } }
        if let first = patterned.first {
            return patterned.filter { $0.target == first.target }.sorted { $0.index < $1.index }
        }
        return levels.filter { level in
            if case .attribute(let name, let value) = level.target { attribute(name) == value } else { false }
        }.sorted { $0.index < $1.index }
    }
}
