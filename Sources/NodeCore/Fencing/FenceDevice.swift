// SPDX-License-Identifier: GPL-2.0-or-later
// A fence device: which nodes it can fence and what its agent is told (spec: cluster-daemon-facts 5.3 and 5.4).
package import ClusterXML

/// What an agent's meta-data says about using it.
package struct FenceAgentMetaData: Sendable, Equatable {
    package var actions: Set<String>
    /// The parameter that names the target: `plug`, `port`, or none.
    package var targetParameter: String?

    package init(_ root: XMLElement) {
        actions = Set((root.first("actions")?.elements("action").map { $0["name"] ?? "" }) ?? [])
        let parameters = Set((root.first("parameters")?.elements("parameter").map { $0["name"] ?? "" }) ?? [])
        targetParameter = parameters.contains("plug") ? "plug" : parameters.contains("port") ? "port" : nil
    }
}

/// A configured fence device.
package struct FenceDevice: Sendable {
    /// How it is found out whether a device can fence a node.
    package enum HostCheck: String, Sendable {
        case staticList = "static-list"
        case dynamicList = "dynamic-list"
        case status
        case none
    }

    package var id: String
    package var agent: String
    package var namespace: String
    package var parameters: [XMLAttribute]
    /// Defined by the configuration, not by `stonith_admin --register`.
    package var isConfigured: Bool
    package var metaData: FenceAgentMetaData?
    /// Names the agent listed, and when.
    package var listed: [String]?
    package var listedAt: Instant?

    package init(id: String, agent: String, namespace: String = "any", parameters: [XMLAttribute], isConfigured: Bool) {
        self.id = id
        self.agent = agent
        self.namespace = namespace
        self.parameters = parameters
        self.isConfigured = isConfigured
    }

    package func parameter(_ name: String) -> String? { parameters.first { $0.name == name }?.value }

    package var hostCheck: HostCheck {
        if let text = parameter("pcmk_host_check"), let check = HostCheck(rawValue: text) { return check }
        if parameter("pcmk_host_list") != nil || parameter("pcmk_host_map") != nil { return .staticList }
        guard let metaData else { return .none }
        if metaData.actions.contains("list") { return .dynamicList }
        return metaData.actions.contains("status") ? .status : .none
    }

    /// The nodes named by the list and by the map.
    package var staticHosts: [String] {
        let list = (parameter("pcmk_host_list") ?? "").split { $0 == " " || $0 == "," || $0 == ";" || $0 == "\t" || $0 == "\n" }
        return list.map(String.init) + hostMap.map(\.node)
    }

    /// `node:port` pairs. A backslash takes the next character as it is.
    package var hostMap: [(node: String, port: String)] {
        var pairs: [(String, String)] = []
        var name: String?
        var word = ""
        var escaped = false
        func close() {
            if let known = name, !word.isEmpty { pairs.append((known, word)) }
            name = nil
            word = ""
        }
        for character in parameter("pcmk_host_map") ?? "" {
            if escaped { word.append(character); escaped = false; continue }
            switch character {
            case "\\": escaped = true
            case ";", " ", "\t", "\n": close()
            case ":" where name == nil, "=" where name == nil:
                name = word
                word = ""
            default: word.append(character)
            }
        }
        close()
        return pairs
    }

    /// What the agent calls this node.
    package func port(of target: String) -> String { hostMap.first { $0.node == target }?.port ?? target }

    /// True, false, or nil if the agent must be asked first.
    package func canFence(_ target: String, at now: Instant) -> Bool? {
        switch hostCheck {
        case .none: return true
        case .staticList: return staticHosts.contains(target)
        case .dynamicList:
            guard let listed, let listedAt, now - listedAt < .seconds(60) else { return nil }
            return listed.contains(port(of: target))
        case .status: return nil
        }
    }

    package func supports(_ action: String) -> Bool {
        if parameter("pcmk_\(action)_action") != nil { return true }
        return metaData?.actions.contains(action) ?? true
    }

    /// Seconds that this action may take.
    package func timeout(_ action: String, requested: Int) -> Int {
        milliseconds(parameter("pcmk_\(action)_timeout")).map { max(1, $0 / 1000) } ?? requested
    }

    /// How often an action is tried at most.
    package func attempts(_ action: String) -> Int {
        max(1, parameter("pcmk_\(action)_retries").flatMap { Int($0) } ?? 2)
    }

    /// Milliseconds: the fixed delay before fencing this target, and the upper limit of the random one.
    package func delay(for target: String) -> (base: Int, maximum: Int) {
        let text = parameter("pcmk_delay_base") ?? ""
        var base = milliseconds(text) ?? 0
        if text.contains(":") {
            base = 0
            for pair in text.split(whereSeparator: { $0 == ";" || $0 == " " }) {
                let parts = pair.split(separator: ":", maxSplits: 1)
                if parts.count == 2, parts[0] == target { base = milliseconds(String(parts[1])) ?? 0 }
            }
        }
        return (base, max(base, milliseconds(parameter("pcmk_delay_max")) ?? 0))
    }

    /// The text for the agent's standard input.
    package func input(action: String, target: String?) -> String {
        var lines = ["action=\(parameter("pcmk_\(action)_action") ?? action)"]
        var targetParameter: String?
        if let target {
            lines.append("nodename=\(target)")
            let argument = parameter("pcmk_host_argument") ?? metaData?.targetParameter ?? (metaData == nil ? "port" : nil)
            if let argument, argument != "none" {
                let given = parameter(argument)
                if given == nil || given == "dynamic" {
                    targetParameter = argument
                    lines.append("\(argument)=\(port(of: target))")
                }
            }
        }
        for entry in parameters {
            if entry.name.hasPrefix("pcmk_") || entry.name.hasPrefix("CRM_meta_") || entry.name == "provides" { continue }
            if ["crm_feature_set", "action", "stonith-timeout"].contains(entry.name) || entry.name == targetParameter { continue }
            lines.append("\(entry.name)=\(entry.value)")
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// The names in the output of an agent's `list`.
    package static func names(inList output: String) -> [String] {
        output.split { $0 == "\n" || $0 == " " || $0 == "," || $0 == ";" || $0 == "\t" || $0 == "\r" }
            .map(String.init).filter { $0 != "on" && $0 != "off" }
    }
}
