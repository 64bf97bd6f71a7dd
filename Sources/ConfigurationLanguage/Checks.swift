// SPDX-License-Identifier: GPL-2.0-or-later
// Advisory checks with what agents say about themselves (crm-configure.md section 9).
import ClusterXML

/// What is known about an agent.
package enum AgentAnswer: Sendable {
    case metadata(AgentMetadata)
    /// It exists but does not describe itself.
    case silent
    case missing
}

/// Checks objects against their agents and against each other.
package struct ConfigurationCheck {
    private let configuration: Configuration
    private let agent: (AgentName) -> AgentAnswer
    private var messages: [Message] = []
    private let nodes: Set<String>
    private let operationDefault: String?
    private let isSymmetric: Bool

    /// - Parameter agent: what is known about an agent; called once for each primitive.
    package init(_ configuration: Configuration, agent: @escaping (AgentName) -> AgentAnswer) {
        self.configuration = configuration
        self.agent = agent
        nodes = Set(configuration.nodeNames.map { $0.lowercased() })
        operationDefault = configuration.objects(of: .operationDefaults).lazy
            .filter { $0.element.first("rule") == nil }
            .compactMap { $0.element.pairValue("timeout") }.first
        isSymmetric = configuration.isTrue("symmetric-cluster", default: true)
    }

    /// The agents that checking these objects asks about.
    package static func agents(of objects: [ConfigurationObject], in configuration: Configuration) -> [AgentName] {
        var result: [AgentName] = []
        for object in objects where object.kind == .primitive || object.kind == .template {
            guard let name = configuration.agentName(of: object), !result.contains(name) else { continue }
            result.append(name)
        }
        return result
    }

    /// All messages about the objects: uniqueness first, then object by object in the order of ids. Errors stop a commit.
    package mutating func run(on objects: [ConfigurationObject]) -> [Message] {
        messages = []
        checkUniqueness(objects)
        let sorted = objects.sorted { $0.id.unicodeScalars.lexicographicallyPrecedes($1.id.unicodeScalars) }
        for object in sorted {
            switch object.kind {
            case .primitive, .template: checkPrimitive(object)
            case .group: checkMeta(object, known: Vocabulary.resourceMeta + ["container"])
            case .clone: checkMeta(object, known: Vocabulary.resourceMeta + Vocabulary.cloneMeta)
            case .ms: checkMeta(object, known: Vocabulary.resourceMeta + Vocabulary.cloneMeta + Vocabulary.masterMeta)
            case .location: checkLocation(object)
            case .colocation, .order, .ticket: checkConstraint(object)
            case .fencingTopology: checkTopology(object)
            case .property where object.id == "cib-bootstrap-options": checkProperties(object)
            case .resourceDefaults: checkNames(object.element, object.id, known: Vocabulary.resourceMeta)
            case .operationDefaults: checkNames(object.element, object.id, known: Vocabulary.operationAttributes)
            default: break
            }
        }
        return messages
    }

    private mutating func warn(_ text: String, hint: String? = nil) {
        messages.append(Message(.warning, text, hint: hint))
    }

    // MARK: primitives

    private mutating func checkPrimitive(_ object: ConfigurationObject) {
        if let template = object.element["template"], configuration[template]?.kind != .template {
            messages.append(.error("\(template): no such resource template"))
            return
        }
        checkMeta(object, known: Vocabulary.resourceMeta)
        guard let name = configuration.agentName(of: object) else { return }
        switch agent(name) {
        case .missing:
            guard isSymmetric else { return }
            messages.append(.error("\(name): got no meta-data, does this RA exist?"))
            messages.append(.error("\(name): no such resource agent"))
        case .silent: checkOperations(object, name, nil)
        case .metadata(let metadata):
            checkParameters(object, name, metadata)
            checkOperations(object, name, metadata)
        }
    }

    private mutating func checkParameters(_ object: ConfigurationObject, _ name: AgentName, _ metadata: AgentMetadata) {
        let given = configuration.parameters(of: object)
        let isFencing = name.standard == "stonith"
        if object.kind != .template {
            for parameter in metadata.parameters where parameter.isRequired && !parameter.isDeprecated {
                // Fence agents get the target from the fencer, and take old and new names for the rest.
                if isFencing, parameter.obsoletes != nil || ["action", "port"].contains(parameter.name) { continue }
                if given.contains(where: { $0.name == parameter.name || $0.name == parameter.obsoletes }) { continue }
                messages.append(.error("\(object.id): required parameter \"\(parameter.name)\" not defined"))
            }
        }
        for (known, _) in given where metadata.parameter(known) == nil {
            if isFencing, known.hasPrefix("pcmk_") || ["provides", "priority", "stonith-timeout"].contains(known) { continue }
            let hint = Spelling.nearest(to: known, among: metadata.parameters.map(\.name))
            messages.append(
                .error("\(object.id): parameter \"\(known)\" is not known", hint: hint.map { "did you mean \"\($0)\"?" }))
        }
    }

    // MARK: operations

    private mutating func checkOperations(
        _ object: ConfigurationObject, _ name: AgentName, _ metadata: AgentMetadata?
    ) {
        let operations = object.element.operations
        let inherited = object.element["template"].flatMap { configuration[$0]?.element.operations } ?? []
        if name.standard != "stonith", let metadata {
            for missing in ["start", "stop"] where !(operations + inherited).contains(where: { $0["name"] == missing }) {
                checkTimeout(object.id, XMLElement("op", [("name", missing)]), metadata)
            }
        }
        let monitors = operations.filter { $0["name"] == "monitor" }
        let others = operations.filter { $0["name"] != "monitor" }
        var intervals: [(String, String?)] = []
        for operation in monitors + others {
            let action = operation["name"] ?? ""
            for item in operation.attributes {
                guard let legal = Vocabulary.operationAttributeValues[item.name], !legal.contains(item.value) else { continue }
                warn("\(object.id): op '\(action)' attribute '\(item.name)' value '\(item.value)' not recognized")
            }
            guard let metadata else { continue }
            guard metadata.hasAction(action) else {
                warn("\(object.id): action '\(action)' not found in Resource Agent meta-data")
                continue
            }
            checkInterval(object.id, operation, metadata, &intervals)
            if name.standard != "stonith" || action == "monitor" { checkTimeout(object.id, operation, metadata) }
        }
    }

    private mutating func checkInterval(
        _ id: String, _ operation: XMLElement, _ metadata: AgentMetadata, _ seen: inout [(String, String?)]
    ) {
        let action = operation["name"] ?? ""
        let interval = operation["interval"] ?? "0"
        let milliseconds = Duration.milliseconds(interval) ?? 0
        guard action == "monitor" else {
            if ["start", "stop", "promote", "demote"].contains(action), milliseconds != 0 {
                warn("\(id): Specified interval for \(action) is \(interval), it must be 0")
            }
            return
        }
        let advised = metadata.action("monitor", role: operation["role"])?.interval ?? metadata.action("monitor", role: nil)?.interval
        let advice = advised.map { ", advised is \($0)" } ?? ""
        if milliseconds == 0 { warn("\(id): interval in monitor should be larger than 0\(advice)") }
        if seen.contains(where: { Duration.equal($0.0, interval) }) {
            warn("\(id): interval in monitor must be unique\(advice)")
        }
        seen.append((interval, operation["role"]))
    }

    /// Compares with the agent's advice; without any timeout the cluster uses 20s (section 15 no. 27).
    private mutating func checkTimeout(_ id: String, _ operation: XMLElement, _ metadata: AgentMetadata) {
        let action = operation["name"] ?? ""
        guard let advised = metadata.action(action, role: operation["role"])?.timeout,
            let needed = Duration.milliseconds(advised)
        else { return }
        let specified = operation["timeout"] ?? operation.first("meta_attributes")?.pairValue("timeout")
        let timeout = specified ?? operationDefault ?? "20s"
        guard let given = Duration.milliseconds(timeout), given < needed else { return }
        let kind = specified == nil ? "default" : "specified"
        warn("\(id): \(kind) timeout \(timeout) for \(action) is smaller than the advised \(advised)")
    }

    // MARK: uniqueness

    private mutating func checkUniqueness(_ objects: [ConfigurationObject]) {
        let changed = Set(objects.map(\.key))
        struct Value: Hashable { var agent: AgentName, parameter: String, value: String }
        var holders: [Value: [String]] = [:]
        var order: [Value] = []
        for object in configuration.objects(of: .primitive) {
            guard let name = configuration.agentName(of: object), case .metadata(let metadata) = agent(name) else { continue }
            guard name.standard != "stonith" else { continue }
            for (parameter, value) in configuration.parameters(of: object) {
                guard metadata.parameter(parameter)?.isUnique ?? false, let value else { continue }
                let entry = Value(agent: name, parameter: parameter, value: value)
                if holders[entry] == nil { order.append(entry) }
                holders[entry, default: []].append(object.id)
            }
        }
        for entry in order {
            let ids = holders[entry] ?? []
            guard ids.count > 1, ids.contains(where: changed.contains) else { continue }
            let list = ids.sorted().joined(separator: ",")
            warn("Resources \(list) violate uniqueness for parameter \"\(entry.parameter)\": \"\(entry.value)\"")
        }
    }

    // MARK: names

    private mutating func checkMeta(_ object: ConfigurationObject, known: [String]) {
        for set in object.element.elements("meta_attributes") { checkNames(set, object.id, known: known) }
    }

    private mutating func checkNames(_ set: XMLElement, _ id: String, known: [String]) {
        for pair in set.elements("nvpair") {
            guard let name = pair["name"], !known.contains(name) else { continue }
            let hint = Spelling.nearest(to: name, among: known)
            warn("\(id): unknown attribute '\(name)'", hint: hint.map { "did you mean \"\($0)\"?" })
        }
    }

    private mutating func checkProperties(_ object: ConfigurationObject) {
        for pair in object.element.elements("nvpair") {
            guard let name = pair["name"], !ClusterProperties.isKnown(name) else { continue }
            let hint = ClusterProperties.renamed(name)
            warn("\(object.id): unknown attribute '\(name)'", hint: hint.map { "did you mean \"\($0)\"?" })
        }
    }

    // MARK: constraints

    private mutating func checkLocation(_ object: ConfigurationObject) {
        var names: [String] = []
        if let node = object.element["node"] { names.append(node) }
        func collect(_ element: XMLElement) {
            if element.name == "expression", element["attribute"] == "#uname", element["value-source"] ?? "literal" == "literal",
                ["eq", "ne"].contains(element["operation"]), let value = element["value"]
            {
                names.append(value)
            }
            for child in element.children where child.isElement { collect(child) }
        }
        collect(object.element)
        for name in names where !nodes.contains(name.lowercased()) {
            warn("\(object.id): referenced node \(name) does not exist")
        }
        checkConstraint(object)
    }

    private mutating func checkConstraint(_ object: ConfigurationObject) {
        for name in ConstraintReferences.names(in: object.element) {
            guard let target = configuration[name] else {
                warn("\(object.id): resource \(name) does not exist")
                continue
            }
            guard let parent = target.parent.flatMap({ configuration[$0] }) else { continue }
            if parent.kind == .group, object.kind == .colocation {
                warn("\(object.id): resource \(name) is grouped, constraints should apply to the group")
            } else if parent.kind != .group {
                warn("\(object.id): resource \(name) ambiguous, apply constraints to container")
            }
        }
    }

    private mutating func checkTopology(_ object: ConfigurationObject) {
        var seen = Set<String>()
        for level in object.element.elements("fencing-level") {
            if let target = level["target"], !nodes.contains(target.lowercased()), seen.insert("target:\(target)").inserted {
                warn("fencing_topology: target \(target) not a node")
            }
            for device in (level["devices"] ?? "").split(separator: ",").map(String.init)
            where seen.insert(device).inserted {
                guard let resource = configuration[device], resource.kind == .primitive else {
                    warn("fencing_topology: resource \(device) does not exist")
                    continue
                }
                if let name = configuration.agentName(of: resource), name.standard != "stonith" {
                    warn("fencing_topology: \(device) not a stonith resource")
                }
            }
        }
    }
}

extension Configuration {
    /// The agent of a primitive or template, through the template if need be.
    package func agentName(of object: ConfigurationObject) -> AgentName? {
        if let template = object.element["template"] { return objects[template].flatMap { AgentName(of: $0.element) } }
        return AgentName(of: object.element)
    }

    /// Instance parameters of a primitive and, behind them, those of its template that it does not set.
    func parameters(of object: ConfigurationObject) -> [(name: String, value: String?)] {
        var result: [(name: String, value: String?)] = []
        func add(_ element: XMLElement) {
            for set in element.elements("instance_attributes") {
                let source = set["id-ref"].flatMap(definition) ?? set
                for pair in source.elements("nvpair") {
                    let target = pair["id-ref"].flatMap(definition)
                    guard let name = pair["name"] ?? target?["name"], !result.contains(where: { $0.name == name }) else {
                        continue
                    }
                    result.append((name, pair["value"] ?? target?["value"]))
                }
            }
        }
        add(object.element)
        if let template = object.element["template"].flatMap({ objects[$0] }) { add(template.element) }
        return result
    }

    /// Instance parameters with values, as an agent gets them.
    package func parameterValues(of object: ConfigurationObject) -> [(String, String)] {
        parameters(of: object).compactMap { pair in pair.value.map { (pair.name, $0) } }
    }

    /// The element with an id anywhere in the configuration.
    func definition(_ id: String) -> XMLElement? {
        for object in allObjects {
            if let found = object.element.withID(id) { return found }
        }
        return nil
    }

    /// The value of a cluster property: of the default set first, then of others.
    package func property(_ name: String) -> String? {
        let sets = objects(of: .property)
        for set in sets where set.id == "cib-bootstrap-options" {
            if let value = set.element.pairValue(name) { return value }
        }
        return sets.lazy.compactMap { $0.element.pairValue(name) }.first
    }

    func isTrue(_ name: String, default standard: Bool) -> Bool {
        property(name).flatMap(Vocabulary.boolean) ?? standard
    }
}

extension XMLElement {
    /// The value of the pair with that name in this set.
    package func pairValue(_ name: String) -> String? {
        elements("nvpair").first { $0["name"] == name }?["value"]
    }

    /// The operations of a resource, in order.
    var operations: [XMLElement] {
        var result: [XMLElement] = []
        for child in children where child.name == "operations" { result += child.elements("op") }
        return result
    }

    func withID(_ id: String) -> XMLElement? {
        if self["id"] == id, name != "resource_ref", name != "obj_ref" { return self }
        for child in children where child.isElement {
            if let found = child.withID(id) { return found }
        }
        return nil
    }
}
