// SPDX-License-Identifier: GPL-2.0-or-later
// Prints a transition as the `transition_graph` document (spec 23). Written straight to bytes: graphs can have 100,000 actions.

/// Renders transitions as XML text.
package struct TransitionXML {
    private var out: [UInt8] = []
    /// Size at which a piece is handed on: a whole graph can be half a gigabyte.
    private static let pieceSize = 1 << 17

    /// The whole document, indented by two spaces a level, ending with a newline.
    package static func text(of transition: Transition) -> [UInt8] {
        var text: [UInt8] = []
        write(transition) { text += $0 }
        return text
    }

    /// Hands the document on piece by piece.
    package static func write(_ transition: Transition, to sink: ([UInt8]) -> Void) {
        var writer = TransitionXML()
        writer.out.reserveCapacity(pieceSize + 8192)
        writer.root(transition, sink)
        sink(writer.out)
    }

    private mutating func root(_ transition: Transition, _ sink: ([UInt8]) -> Void) {
        out += "<transition_graph".utf8
        attribute("cluster-delay", transition.clusterDelay)
        attribute("fencing-timeout", transition.fencingTimeout)
        attribute("failed-stop-offset", "INFINITY")
        attribute("failed-start-offset", transition.startFailureIsFatal ? "INFINITY" : "1")
        attribute("batch-limit", transition.batchLimit)
        attribute("transition_id", String(transition.id))
        if let limit = transition.migrationLimit { attribute("migration-limit", limit) }
        if let recheck = transition.recheckBy { attribute("recheck-by", String(recheck)) }
        guard !transition.synapses.isEmpty else {
            out += "/>\n".utf8
            return
        }
        out += ">\n".utf8
        for position in transition.synapses.indices {
            add(transition.synapses[position], in: transition)
            if out.count >= Self.pieceSize {
                sink(out)
                out.removeAll(keepingCapacity: true)
            }
        }
        out += "</transition_graph>\n".utf8
    }

    private mutating func add(_ synapse: Synapse, in transition: Transition) {
        out += "  <synapse".utf8
        attribute("id", String(synapse.id))
        if synapse.priority > 0 { attribute("priority", String(synapse.priority)) }
        out += ">\n    <action_set>\n".utf8
        writeFull(synapse.action)
        out += "    </action_set>\n".utf8
        if synapse.inputs.isEmpty {
            out += "    <inputs/>\n".utf8
        } else {
            out += "    <inputs>\n".utf8
            for input in synapse.inputs {
                guard let action = transition.action(input) ?? transition.missing[input] else { continue }
                out += "      <trigger>\n        ".utf8
                begin(action)
                out += "/>\n      </trigger>\n".utf8
            }
            out += "    </inputs>\n".utf8
        }
        out += "  </synapse>\n".utf8
    }

    private func element(_ action: GraphAction) -> StaticString {
        switch action.kind {
        case .pseudo: "pseudo_event"
        case .cluster: "crm_event"
        case .resource: "rsc_op"
        }
    }

    private mutating func raw(_ text: StaticString) {
        out.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    /// The start of the element, without its end: also the whole of a trigger's.
    private mutating func begin(_ action: GraphAction) {
        raw("<")
        raw(element(action))
        if action.changesCIBOnly { attribute("mode", "cib") }
        attribute("id", String(action.id))
        attribute("operation", action.task)
        attribute("operation_key", action.key)
        if let key = action.internalKey { attribute("internal_operation_key", key) }
        if let node = action.node {
            attribute("on_node", node.name)
            attribute("on_node_uuid", node.id)
        }
        if let router = action.routerNode { attribute("router_node", router) }
    }

    private mutating func writeFull(_ action: GraphAction) {
        raw("      ")
        begin(action)
        if let lock = action.shutdownLock { attribute("shutdown-lock", String(lock)) }
        raw(">\n")
        if let resource = action.resource { add(resource) }
        writeAttributes(action)
        if !action.downedNodes.isEmpty {
            raw("        <downed>\n")
            for node in action.downedNodes {
                raw("          <node")
                attribute("id", node)
                raw("/>\n")
            }
            raw("        </downed>\n")
        }
        if !action.maintenance.isEmpty {
            raw("        <maintenance>\n")
            for entry in action.maintenance {
                raw("          <node")
                attribute("id", entry.nodeID)
                attribute("node_in_maintenance", entry.inMaintenance ? "1" : "0")
                raw("/>\n")
            }
            raw("        </maintenance>\n")
        }
        raw("      </")
        raw(element(action))
        raw(">\n")
    }

    private mutating func add(_ resource: GraphResource) {
        raw("        <")
        out += resource.element.utf8
        attribute("id", resource.id)
        if let value = resource.longID { attribute("long-id", value) }
        if let value = resource.agentClass { attribute("class", value) }
        if let value = resource.provider { attribute("provider", value) }
        if let value = resource.type { attribute("type", value) }
        raw("/>\n")
    }

    private mutating func writeAttributes(_ action: GraphAction) {
        raw("        <attributes")
        for item in action.attributes { attribute(item.name, item.value) }
        guard !action.numberedParameters.isEmpty else { return raw("/>\n") }
        raw(">\n")
        for item in action.numberedParameters {
            raw("          <param")
            attribute("name", item.name)
            attribute("value", item.value)
            raw("/>\n")
        }
        raw("        </attributes>\n")
    }

    private mutating func attribute(_ name: String, _ value: String) {
        out.append(UInt8(ascii: " "))
        out += name.utf8
        raw("=\"")
        for byte in value.utf8 {
            switch byte {
            case UInt8(ascii: "&"): raw("&amp;")
            case UInt8(ascii: "<"): raw("&lt;")
            case UInt8(ascii: ">"): raw("&gt;")
            case UInt8(ascii: "\""): raw("&quot;")
            case 9: raw("&#9;")
            case 10: raw("&#10;")
            case 13: raw("&#13;")
            default: out.append(byte)
            }
        }
        raw("\"")
    }
}
