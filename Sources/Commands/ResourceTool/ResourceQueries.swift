// SPDX-License-Identifier: GPL-2.0-or-later
// crm_resource: lists, places, configuration, operations, parameters.
import CIBModel
import ClusterStatus
import ClusterXML
import Reports

extension ResourceWork {
    private var report: StatusReport { report(withoutNodes: true) }

    private func report(withoutNodes: Bool) -> StatusReport {
        var options = StatusOptions()
        options.inactive = true
        options.withoutNodes = withoutNodes
        options.sections = [.resources]
        return StatusReport(state, show: options, clock: .here)
    }

    func list() throws {
        if out.isStructured {
            let elements = state.topLevel.compactMap { report.resourceElement($0) }
            if elements.isEmpty { return }
            out.result(XMLElement("resources", children: elements))
        } else {
            for block in report.resourceBlocks(withSummary: true) { out.block(block) }
        }
    }

    func listRaw() throws {
        var names: [String] = []
        for top in state.topLevel {
            for leaf in state.leaves(of: top) { names.append(state.resources[leaf].id) }
        }
        if names.isEmpty {
            if !tool.quiet { out.line("NO resources configured") }
            return
        }
        if out.isStructured {
            out.result(Self.genericList("Resource Names", names.map { ("primitive", $0) }))
        } else {
            for name in names { out.line(name) }
        }
    }

    /// The lines that Pacemaker's cluster test suite reads: element, ids, agent, place and flags of every resource, and the colocations.
    func listForTests() {
        for top in state.topLevel { listForTests(top) }
        let constraints = state.cib.first("configuration")?.first("constraints")
        for constraint in constraints?.elements("rsc_colocation").map({ $0 }) ?? [] {
            let words = ["id", "rsc", "with-rsc", "score", "rsc-role", "with-rsc-role"].map { constraint[$0] ?? "NA" }
            out.line((["Constraint", constraint.name] + words).joined(separator: " "))
        }
    }

    private func listForTests(_ resource: ResourceIndex) {
        let record = state.resources[resource]
        let parent = record.parent.map { state.resources[$0].id }
        let host = state.currentNode(resource).map { state.nodes[$0].name }
        let flags = TestSuiteFlags.number(of: record.flags) | (record.launched.isEmpty ? 0 : TestSuiteFlags.container)
        let words = [
            "Resource:", record.xml.name, record.id, record.historyName ?? record.id, parent ?? "NA", record.agent?.provider ?? "NA",
            record.agent?.standard ?? "(null)", record.agent?.type ?? "(null)", host ?? "NA", record.has(.fenceDevice) ? "0" : "1",
            String(flags), "0x" + String(repeating: "0", count: 16 - String(flags, radix: 16).count) + String(flags, radix: 16),
        ]
        out.line(words.joined(separator: " "))
        for child in record.children { listForTests(child) }
    }

    // MARK: - Places

    func locate() throws {
        let resource = try requestedResource()
        let name = tool.resource ?? ""
        let places = places(of: resource, requested: name)
        if out.isStructured {
            let nodes = places.map { place in
                XMLElement("node", place.promoted ? [("state", "promoted")] : [], children: [.text(place.node)])
            }
            out.result(XMLElement("nodes", [("resource", name)], children: nodes))
            return
        }
        if places.isEmpty { out.error("resource \(name) is NOT running") }
        for place in places {
            out.line(tool.quiet ? place.node : "resource \(name) is running on: \(place.node)" + (place.promoted ? " Promoted" : ""))
        }
    }

    private func places(of resource: ResourceIndex, requested: String) -> [(node: String, promoted: Bool)] {
        var result: [(node: String, promoted: Bool)] = []
        func add(_ child: ResourceIndex, promotable: Bool) {
            let isPromoted = promotable && role(child) == .promoted
            for node in state.resources[child].activeNodes { result.insert((state.nodes[node].name, isPromoted), at: 0) }
        }
        let parent = state.resources[resource].parent
        if state.resources[resource].variant == .clone {
            for child in state.resources[resource].children { add(child, promotable: state.resources[resource].has(.promotable)) }
        } else if let parent, state.resources[parent].variant == .clone, !state.resources[resource].has(.unique),
            requested != state.resources[resource].id
        {
            for child in state.resources[parent].children { add(child, promotable: state.resources[parent].has(.promotable)) }
        } else {
            add(resource, promotable: state.resources[resource].has(.promotable))
        }
        return result
    }

    /// The highest role of a resource's members.
    private func role(_ resource: ResourceIndex) -> ResourceRole {
        state.leaves(of: resource).map { state.resources[$0].originalRole }.max() ?? .unknown
    }

    // MARK: - Configuration

    func queryXML(raw: Bool) throws {
        let resource = try requestedResource()
        let element = raw ? writtenElement(resource) : state.resources[resource].xml
        let text = element.serialized(.indented)
        if out.isStructured {
            var children: [XMLElement] = []
            if let status = report.resourceElement(resource) { children.append(status) }
            children.append(XMLElement("xml", children: [.cdata(text)]))
            out.result(XMLElement("resource_config", children: children))
        } else {
            for block in report(withoutNodes: false).blocks(of: resource) { out.block(block) }
            out.line("Resource XML:")
            out.raw(text)
        }
    }

    /// The element as it is written, before any upgrade and before templates are worked in.
    func writtenElement(_ resource: ResourceIndex) -> XMLElement {
        let id = configuredID(resource)
        func find(_ element: XMLElement) -> XMLElement? {
            for child in element.elements {
                if child.id == id, ["primitive", "group", "clone", "bundle", "master"].contains(child.name) { return child }
                if let found = find(child) { return found }
            }
            return nil
        }
        let written = (try? session.query()) ?? state.cib
        return written.first("configuration")?.first("resources").flatMap(find) ?? state.resources[resource].xml
    }

    func getParameter(_ name: String) throws {
        let resource = try requestedResource()
        let value: String?
        if tool.element || tool.getProperty != nil {
            value = state.resources[resource].xml[name]
        } else if tool.meta {
            value = state.resources[resource].meta[name]
        } else if tool.utilization {
            value = state.resources[resource].utilization[name]
        } else {
            var copy = state
            value = copy.parameters(of: resource, on: state.currentNode(resource))[name]
        }
        guard let value else {
            out.error("Attribute '\(name)' not found for '\(state.resources[resource].id)'")
            return
        }
        out.result(Self.genericList("Attributes", [(name, value)]), text: value)
    }

    /// A list for programs that has no elements of its own.
    private static func genericList(_ title: String, _ items: [(name: String, value: String)]) -> XMLElement {
        XMLElement(
            "list", [("name", title), ("count", String(items.count))],
            children: items.map { XMLElement("item", [("name", $0.name)], children: [.text($0.value)]) })
    }

    // MARK: - Operations

    func listOperations(activeOnly: Bool) throws {
        let wanted = try tool.resource.map { _ in try requestedResource() }
        let node = try tool.nodeName.map { try self.node(named: $0) }
        var elements: [XMLElement] = []
        for entry in entriesInDocumentOrder() {
            if let node, entry.node != node { continue }
            if let wanted, entry.id != state.resources[wanted].id, entry.id != state.resources[wanted].historyName { continue }
            if activeOnly, entry.startIndex < entry.stopIndex { continue }
            for (counter, position) in entry.sorted.enumerated() {
                if activeOnly, counter < Int(entry.startIndex) { continue }
                let operation = entry.operations[Int(position)]
                if out.isStructured {
                    elements.append(element(operation, entry))
                } else {
                    out.line(line(operation, entry))
                }
            }
        }
        if out.isStructured { out.result(XMLElement("operations", children: elements)) }
    }

    private func entriesInDocumentOrder() -> [HistoryEntry] {
        let nodes = state.nodes.indices.map { NodeIndex($0) }.sorted {
            (state.nodes[$0].statePosition ?? .max) < (state.nodes[$1].statePosition ?? .max)
        }
        return nodes.flatMap { node in state.historyByNode[node.position].map { state.history[Int($0)] } }
    }

    private func line(_ operation: OperationResult, _ entry: HistoryEntry) -> String {
        let resource = entry.resource.flatMap { report.blocks(of: $0).first }.map { TextPrinter.print([$0]) }
        let title = resource.map { $0.hasSuffix("\n") ? String($0.dropLast()) : $0 } ?? "Unknown resource \(entry.id)"
        var facts = "node=\(state.nodes[entry.node].name), call=\(operation.callID), rc=\(operation.rc)"
        if operation.lastRCChange > 0 { facts += ", last-rc-change='\(ReportClock.here.local(operation.lastRCChange))'" }
        facts += ", exec=\(operation.execTime ?? "0")ms"
        return "\(title): \(operation.key) (\(facts)): \(StatusReport.statusText(operation.status))"
    }

    private func element(_ operation: OperationResult, _ entry: HistoryEntry) -> XMLElement {
        var element = XMLElement("operation", [
            ("op", operation.key), ("node", state.nodes[entry.node].name), ("call", String(operation.callID)),
            ("rc", String(operation.rc)), ("status", StatusReport.statusText(operation.status)),
        ])
        if let resource = entry.resource {
            element["rsc"] = state.resources[resource].id
            if let agent = state.resources[resource].agent {
                element["agent"] = "\(agent.standard):\(agent.provider ?? ""):\(agent.type)"
            }
        }
        if operation.lastRCChange > 0 { element["last-rc-change"] = ReportClock.here.local(operation.lastRCChange) }
        if let time = operation.execTime { element["exec-time"] = time }
        return element
    }

    // MARK: - Digests

    func digests(_ words: [String]) throws {
        let resource = try requestedResource()
        guard state.resources[resource].isPrimitive else {
            throw failure(.usage, "Digests can be calculated for primitives only")
        }
        let node = try node(named: tool.nodeName ?? "")
        var overrides = NameValueTable()
        for word in words {
            let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            overrides[String(parts[0])] = parts.count > 1 ? String(parts[1]) : ""
        }
        var copy = state
        let result = copy.describeDigests(of: resource, on: node, overrides: overrides)
        let id = state.resources[resource].id
        if out.isStructured {
            let children = result.digests.map { digest in
                XMLElement("digest", [("type", digest.type), ("hash", digest.hash)], children: [digest.parameters])
            }
            out.result(
                XMLElement(
                    "digests",
                    [("resource", id), ("node", state.nodes[node].name), ("task", "start"), ("interval", "\(result.intervalMs)ms")],
                    children: children))
            return
        }
        out.line("Digests for \(result.intervalMs)ms-interval start of \(id) on \(state.nodes[node].name)")
        for digest in result.digests {
            out.line("\(digest.hash) (\(digest.type)) \(digest.parameters.serialized(.compact))")
        }
    }
}

/// The numbers of Pacemaker 2.1 for what a resource is, as `--list-cts` prints them.
private enum TestSuiteFlags {
    private static let bits: [(flag: ResourceFlags, bit: UInt64)] = [
        (.removed, 0x1), (.managed, 0x2), (.blocked, 0x4), (.removedLaunched, 0x8), (.notify, 0x10), (.unique, 0x20), (.fenceDevice, 0x40),
        (.promotable, 0x80), (.unassigned, 0x100), (.stopIfFailed, 0x20_1000), (.nestingAllowed, 0x4000), (.critical, 0x8000), (.failed, 0x1_0000),
        (.startPending, 0x8_0000), (.migratable, 0x80_0000), (.ignoreFailure, 0x100_0000),
        (.maintenance, 0x400_0000), (.needsQuorum, 0x1000_0000), (.needsFencing, 0x2000_0000), (.needsUnfencing, 0x4000_0000),
    ]

    /// Holds other resources: guests, or the connection of a bundle.
    static let container: UInt64 = 0x800_0000

    /// Whatever is not yet known to be impossible may run (0x40000).
    static func number(of flags: ResourceFlags) -> UInt64 {
        bits.reduce(0x4_0000) { flags.contains($1.flag) ? $0 | $1.bit : $0 }
    }
}
