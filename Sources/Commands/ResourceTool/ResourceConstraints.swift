// SPDX-License-Identifier: GPL-2.0-or-later
// crm_resource: where a resource may run, what it is colocated with, and why it does not run.
import CIBModel
import ClusterStatus
import ClusterXML
import Reports
import Scheduling

extension ResourceWork {
    func constraints(recursive: Bool) throws {
        var resource = try requestedResource()
        if !tool.force { resource = state.resources[resource].top }
        var copy = state
        copy.unpackConstraints()
        let view = ConstraintView(state: copy, isRecursive: recursive)
        var seen: Set<ResourceIndex> = []
        let dependents = view.colocations(resource, following: .dependents, &seen)
        seen = []
        let primaries = view.colocations(resource, following: .primaries, &seen)
        if out.isStructured {
            let elements = view.locationElements(resource) + dependents.elements + primaries.elements
            out.result(XMLElement("constraints", children: elements))
        } else {
            for block in view.locationBlocks(resource) + dependents.blocks + primaries.blocks { out.block(block) }
        }
    }

    // MARK: - Why

    func why() throws {
        let node = try tool.nodeName.map { try self.node(named: $0) }
        if tool.resource != nil { return whyOne(try requestedResource(), node) }
        let leaves = state.topLevel.flatMap { state.leaves(of: $0) }.filter { leaf in
            node == nil || state.resources[leaf].activeNodes.contains { $0 == node }
        }
        var elements: [XMLElement] = []
        for leaf in leaves {
            let isRunning = !state.resources[leaf].activeNodes.isEmpty
            var entry = XMLElement("resource", [("id", state.resources[leaf].id), ("running", isRunning ? "true" : "false")])
            if let node { entry["host"] = state.nodes[node].name }
            let findings = findings(leaf, node)
            if !findings.texts.isEmpty { entry.children = [findings.element] }
            elements.append(entry)
            let place = node.map { " on host \(state.nodes[$0].name)" } ?? ""
            out.line("Resource \(state.resources[leaf].id) is \(isRunning ? "running" : "not running")\(place)")
            for text in findings.texts { out.line(text) }
            if !out.isStructured { explain(leaf, node) }
        }
        if out.isStructured {
            out.result(XMLElement("reason", children: [XMLElement("resources", children: elements)]))
        }
    }

    private func whyOne(_ resource: ResourceIndex, _ node: NodeIndex?) {
        let active = state.leaves(of: resource).flatMap { state.resources[$0].activeNodes }
        let isRunning = node.map { active.contains($0) } ?? !active.isEmpty
        let findings = findings(resource, node)
        let id = state.resources[resource].id
        if out.isStructured {
            var element = XMLElement("reason")
            if let node {
                element["running_on"] = isRunning ? state.nodes[node].name : nil
            } else {
                element["running"] = isRunning ? "true" : "false"
            }
            element.children = [findings.element]
            let accounts = explanations(resource, node).map(\.element)
            if !accounts.isEmpty { element.children.append(XMLElement("explanation", children: accounts)) }
            out.result(element)
            return
        }
        let place = node.map { " on host \(state.nodes[$0].name)" } ?? ""
        out.line("Resource \(id) is \(isRunning ? "running" : "not running")\(place)")
        for text in findings.texts { out.line(text) }
        explain(resource, node)
    }

    /// With --verbose, the scheduler's own account of where a resource may run and why.
    private func explain(_ resource: ResourceIndex, _ node: NodeIndex?) {
        for explanation in explanations(resource, node) {
            for line in explanation.text.split(separator: "\n") { out.line(String(line)) }
        }
    }

    private func explanations(_ resource: ResourceIndex, _ node: NodeIndex?) -> [PlacementExplanation] {
        guard tool.common.verbose > 0 else { return [] }
        var copy = state
        copy.recordScores(of: resource)
        _ = copy.schedule(transitionID: 1)
        return copy.explainPlacement(of: resource, on: node)
    }

    /// What in the configuration keeps a resource from running or changing.
    private func findings(_ resource: ResourceIndex, _ node: NodeIndex?) -> (texts: [String], element: XMLElement) {
        let top = state.resources[resource].top
        let id = state.resources[top].id
        var texts: [String] = []
        var element = XMLElement("check", [("id", id)])
        let target = state.resources[resource].targetRole
        if target == .stopped {
            texts.append("Configuration specifies '\(id)' should remain stopped")
            element["remain_stopped"] = "true"
        } else if target == .unpromoted, state.resources[top].has(.promotable) {
            texts.append("Configuration specifies '\(id)' should not be promoted")
            element["promotable"] = "false"
        }
        if !state.resources[resource].isManaged {
            texts.append("Configuration prevents cluster from stopping or starting unmanaged '\(id)'")
            element["unmanaged"] = "true"
        }
        if let lock = state.resources[resource].lockNode {
            texts.append("'\(id)' is locked to node \(state.nodes[lock].name) due to shutdown")
            element["locked-to"] = state.nodes[lock].name
        }
        if let place = node ?? state.currentNode(resource), state.isUnhealthy(place), !state.resources[resource].has(.allowUnhealthyNodes) {
            texts.append("'\(id)' cannot run on unhealthy nodes due to node-health-strategy='\(state.options.healthStrategy.rawValue)'")
            element["unhealthy"] = "true"
        }
        return (texts, element)
    }
}

extension ClusterState {
    /// Whether node health speaks against a node (scheduler 12.1).
    fileprivate func isUnhealthy(_ node: NodeIndex) -> Bool {
        if options.healthStrategy == .none { return false }
        var sum = options.healthStrategy == .progressive ? options.healthBase : .zero
        for entry in nodes[node].attributes.entries where entry.name.hasPrefix("#health") { sum += healthScore(entry.value) ?? .zero }
        return sum < .zero
    }
}

/// The constraints of resources as nested lists and as elements.
struct ConstraintView {
    enum Side { case dependents, primaries }

    let state: ClusterState
    let isRecursive: Bool

    func locationBlocks(_ resource: ResourceIndex) -> [TextBlock] {
        let items = locations(resource).map { location -> TextBlock in
            .line(
                StyledText("Node \(location.node) (score=\(location.score), id=\(location.id), rsc=\(state.resources[resource].id))"))
        }
        return items.isEmpty ? [] : [.list("Locations", items)]
    }

    func locationElements(_ resource: ResourceIndex) -> [XMLElement] {
        locations(resource).map { location in
            XMLElement("rsc_location", [
                ("node", location.node), ("rsc", state.resources[resource].id), ("id", location.id),
                ("score", location.score.description),
            ])
        }
    }

    private func locations(_ resource: ResourceIndex) -> [(id: String, node: String, score: Score)] {
        state.resources[resource].locations.reversed().flatMap { index in
            state.locations[index].nodes.map { (state.locations[index].id, state.nodes[$0.node].name, $0.score) }
        }
    }

    /// The colocations of a resource on one side, each with what is known about the resource at its other end.
    func colocations(
        _ resource: ResourceIndex, following side: Side, _ seen: inout Set<ResourceIndex>
    ) -> (blocks: [TextBlock], elements: [XMLElement]) {
        guard seen.insert(resource).inserted else { return ([], []) }
        let own = side == .dependents ? state.resources[resource].withThis : state.resources[resource].thisWith
        var items: [TextBlock] = []
        var elements: [XMLElement] = []
        for index in own {
            let colocation = state.colocations[index]
            let other = side == .dependents ? colocation.dependent : colocation.primary
            elements.append(element(colocation))
            if seen.contains(other) {
                items.append(.line(StyledText("\(state.resources[other].id) (id=\(colocation.id) - loop)")))
                continue
            }
            items.append(.line(StyledText(header(other, colocation))))
            var inner = locationBlocks(other)
            elements += locationElements(other)
            if isRecursive {
                let further = colocations(other, following: side, &seen)
                inner += further.blocks
                elements += further.elements
            }
            if !inner.isEmpty { items.append(.list(ListHeading(nil), inner)) }
        }
        if items.isEmpty { return ([], elements) }
        let id = state.resources[resource].id
        let title = side == .dependents ? "Resources colocated with \(id)" : "Resources \(id) is colocated with"
        return ([.list(title, items)], elements)
    }

    private func header(_ other: ResourceIndex, _ colocation: ColocationConstraint) -> String {
        var text = "\(state.resources[other].id) (score=\(colocation.score), id=\(colocation.id)"
        if colocation.primaryRole != .unknown { text += ", with-rsc-role=\(colocation.primaryRole.text)" }
        return text + ")"
    }

    private func element(_ colocation: ColocationConstraint) -> XMLElement {
        var element = XMLElement("rsc_colocation", [
            ("id", colocation.id), ("rsc", state.resources[colocation.dependent].id),
            ("with-rsc", state.resources[colocation.primary].id), ("score", colocation.score.description),
            ("node-attribute", colocation.nodeAttribute),
        ])
        if colocation.dependentRole != .unknown { element["rsc-role"] = colocation.dependentRole.text }
        if colocation.primaryRole != .unknown { element["with-rsc-role"] = colocation.primaryRole.text }
        return element
    }
}
