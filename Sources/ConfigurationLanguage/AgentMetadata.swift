// SPDX-License-Identifier: GPL-2.0-or-later
// What an agent says about itself: parameters and actions, read from its meta-data document.
package import ClusterXML

/// The identity of an agent: class, provider (OCF only) and type.
package struct AgentName: Sendable, Hashable, CustomStringConvertible {
    package var standard: String
    package var provider: String?
    package var type: String

    package init(standard: String, provider: String?, type: String) {
        self.standard = standard
        self.provider = provider
        self.type = type
    }

    /// The agent of a primitive or template element; nil without class and type.
    package init?(of element: XMLElement) {
        guard let standard = element["class"], let type = element["type"] else { return nil }
        self.init(standard: standard, provider: element["provider"], type: type)
    }

    package var description: String {
        provider.map { "\(standard):\($0):\(type)" } ?? "\(standard):\(type)"
    }
}

package struct AgentMetadata: Sendable {
    package struct Parameter: Sendable {
        package var name: String
        package var isUnique: Bool
        package var isRequired: Bool
        package var isDeprecated: Bool
        package var defaultValue: String?
        /// The newer name of a deprecated parameter, and vice versa.
        package var obsoletes: String?
        package var shortDescription: String
    }

    package struct Action: Sendable {
        package var name: String
        /// As the agent writes it, `20s` or `20`.
        package var timeout: String?
        package var interval: String?
        package var role: String?
        package var depth: String?
    }

    package var parameters: [Parameter]
    package var actions: [Action]
    package var shortDescription: String
    package var longDescription: String

    /// Reads a `resource-agent` document; nil if it is none.
    package init?(_ element: XMLElement) {
        guard element.name == "resource-agent" else { return nil }
        shortDescription = element.first("shortdesc")?.text ?? ""
        longDescription = element.first("longdesc")?.text ?? ""
        parameters = (element.first("parameters")?.elements("parameter").map { $0 } ?? []).compactMap { parameter in
            guard let name = parameter["name"] else { return nil }
            func flag(_ attribute: String) -> Bool { Vocabulary.boolean(parameter[attribute] ?? "0") ?? false }
            return Parameter(
                name: name, isUnique: flag("unique"), isRequired: flag("required"), isDeprecated: flag("deprecated"),
                defaultValue: parameter.first("content")?["default"], obsoletes: parameter["obsoletes"],
                shortDescription: parameter.first("shortdesc")?.text ?? "")
        }
        actions = (element.first("actions")?.elements("action").map { $0 } ?? []).compactMap { action in
            guard let name = action["name"] else { return nil }
            return Action(
                name: name, timeout: action["timeout"], interval: action["interval"], role: action["role"],
                depth: action["depth"])
        }
    }

    package func parameter(_ name: String) -> Parameter? { parameters.first { $0.name == name } }

    /// The advice for an operation: without role the first action of that name, with a role the one with exactly it.
    package func action(_ name: String, role: String?) -> Action? {
        guard let role, name == "monitor" else { return actions.first { $0.name == name } }
        return actions.first { $0.name == name && $0.role == role }
    }

    package func hasAction(_ name: String) -> Bool { actions.contains { $0.name == name } }
}

extension ParsedStatement {
    /// Renames parameters that the agent knows with `_` in place of `-`.
    package mutating func correctParameterNames(_ metadata: AgentMetadata) {
        for set in element.children.indices where element.children[set].name == "instance_attributes" {
            for place in element.children[set].children.indices {
                guard let name = element.children[set].children[place]["name"], metadata.parameter(name) == nil else { continue }
                let other = String(name.map { $0 == "-" ? "_" : $0 })
                guard other != name, metadata.parameter(other) != nil else { continue }
                element.children[set].children[place]["name"] = other
                // Ids are made of what was written.
                guard element.children[set].children[place].id == nil else { continue }
                let owner = element.children[set].id ?? "\(id)-instance_attributes"
                element.children[set].children[place]["id"] = "\(owner)-\(name)"
            }
        }
    }
}
