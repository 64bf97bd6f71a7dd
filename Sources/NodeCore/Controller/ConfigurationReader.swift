// SPDX-License-Identifier: GPL-2.0-or-later
// What a running node reads off the configuration by itself, without the scheduler: agents in use and fence devices.
import ClusterXML
import Messages

/// Reads primitives, wherever they stand, with their templates.
struct ConfigurationReader {
    private var primitives: [XMLElement] = []
    private var templates: [String: XMLElement] = [:]

    init(_ configuration: XMLElement) {
        guard let resources = configuration.first("resources") else { return }
        collect(resources)
    }

    private mutating func collect(_ parent: XMLElement) {
        for child in parent.elements {
            switch child.name {
            case "primitive": primitives.append(child)
            case "template": if let id = child.id { templates[id] = child }
            case "group", "clone", "master", "bundle": collect(child)
            default: break
            }
        }
    }

    private func agent(_ primitive: XMLElement) -> AgentReference? {
        let source = primitive["template"].flatMap { templates[$0] } ?? primitive
        guard let standard = source["class"], let type = source["type"] else { return nil }
        return AgentReference(standard: standard, provider: source["provider"], type: type)
    }

    /// The agents of all resources, each once, in order.
    func agents() -> [AgentReference] {
        var seen: Set<AgentReference> = []
        return primitives.compactMap { agent($0) }.filter { seen.insert($0).inserted }
    }

    /// The fence devices, without those that are meant to be stopped.
    func fenceDevices() -> [FenceDevice] {
        primitives.compactMap { primitive in
            guard let id = primitive.id, let agent = agent(primitive), agent.standard == "stonith" else { return nil }
            let template = primitive["template"].flatMap { templates[$0] }
            let role = values("meta_attributes", primitive, template).first { $0.name == "target-role" }?.value
            if role?.lowercased() == "stopped" { return nil }
            return FenceDevice(
                id: id, agent: agent.type, parameters: values("instance_attributes", primitive, template), isConfigured: true)
        }
    }

    private func values(_ kind: String, _ primitive: XMLElement, _ template: XMLElement?) -> [XMLAttribute] {
        var result: [XMLAttribute] = []
        for element in [primitive, template].compactMap({ $0 }) {
            for block in element.elements(kind) {
                for pair in block.elements("nvpair") {
                    guard let name = pair["name"], !result.contains(where: { $0.name == name }) else { continue }
                    result.append(XMLAttribute(name, pair["value"] ?? ""))
                }
            }
        }
        return result
    }
}
