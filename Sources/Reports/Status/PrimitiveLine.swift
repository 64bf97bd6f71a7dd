// SPDX-License-Identifier: GPL-2.0-or-later
// The line of one primitive: name, agent, state, node, flags (cli-tools §5.5, scheduler §26.4).
import CIBModel
package import ClusterStatus
import ClusterXML

extension StatusReport {
    /// Where and how a primitive's line is printed.
    struct LineContext {
        /// Below its node, or in a list by node: the node is not repeated, the description shown.
        var belowNode = false
    }

    /// A resource and what is below it.
    package func blocks(of r: ResourceIndex) -> [TextBlock] { blocks(r) }

    /// The line under the resource's own name.
    func line(_ r: ResourceIndex, _ context: LineContext = LineContext()) -> TextBlock {
        let node = currentNode(r) ?? state.resources[r].pendingNode
        return line(r, named: shownName(r), node: node, context)
    }

    /// - Parameters:
    ///   - name: the name to print; members of bundles are shown under their connection's.
    ///   - node: where it runs; if nowhere, the node it is locked to is shown, of a bundle's container also.
    func line(_ r: ResourceIndex, named name: String, node: NodeIndex?, _ context: LineContext = LineContext()) -> TextBlock {
        let node = node ?? state.resources[r].lockNode
        let several = state.resources[r].activeNodes.count > 1
        let shownNode = context.belowNode || several || show.withoutNodes ? nil : node
        var text = "\(name)\t(\(state.resources[r].agent?.shownText ?? "")):\t"
        text += stateText(r)
        if let shownNode { text += " " + state.nodes[shownNode].name }
        if shownRole(r) == .stopped, let rc = failedProbe(of: r, on: shownNode) {
            text += " (\(ExitCode.text(for: rc))) "
        }
        let flags = self.flags(of: r, node: shownNode)
        if !flags.isEmpty { text += " (\(flags.joined(separator: ", ")))" }
        if context.belowNode || several || show.descriptions || show.detail,
            let description = state.resources[r].xml["description"]
        {
            text += " (\(description))"
        }
        if several, !context.belowNode, !show.withoutNodes {
            text += " [ " + state.resources[r].activeNodes.map { state.nodes[$0].name }.joined(separator: " ") + " ]"
        }
        return .line(StyledText(text, style(of: r)))
    }

    private func stateText(_ r: ResourceIndex) -> String {
        var text = state.resources[r].has(.removed) ? " ORPHANED" : ""
        let role = shownRole(r)
        if state.resources[r].has(.failed) {
            text += role > .unpromoted ? " FAILED \(role.text)" : " FAILED"
        } else {
            text += " " + ((show.pending ? pendingText(r) : nil) ?? role.text)
        }
        return text
    }

    /// What an action under way turns the resource into.
    func pendingText(_ r: ResourceIndex) -> String? {
        let action = state.resources[r].pendingTask
        return switch action {
        case "start": "Starting"
        case "stop": "Stopping"
        case "migrate_to", "migrate_from": "Migrating"
        case "promote": "Promoting"
        case "demote": "Demoting"
        default: nil
        }
    }

    private func flags(of r: ResourceIndex, node: NodeIndex?) -> [String] {
        let resource = state.resources[r].flags
        var flags: [String] = []
        if let node {
            if !state.nodes[node].isOnline, state.nodes[node].isUnclean { flags.append("UNCLEAN") }
            if node == state.resources[r].lockNode { flags.append("LOCKED") }
        }
        if show.pending, state.resources[r].pendingTask == "monitor" { flags.append("Monitoring") }
        if let target = state.resources[r].meta["target-role"] {
            switch ResourceRole(parsing: target) {
            case .stopped: flags.append("disabled")
            case .unpromoted where state.resources[state.resources[r].top].has(.promotable):
                flags.append("target-role:\(target)")
            default: break
            }
        }
        if resource.contains(.blocked) {
            flags.append("blocked")
        } else if resource.contains(.maintenance) {
            flags.append("maintenance")
        } else if !resource.contains(.managed) {
            flags.append("unmanaged")
        }
        if resource.contains(.ignoreFailure) { flags.append("failure ignored") }
        return flags
    }

    private func style(of r: ResourceIndex) -> StyledText.Style {
        let flags = state.resources[r].flags
        if !flags.contains(.managed) { return .resourceUnmanaged }
        if flags.contains(.failed) { return .resourceFailed }
        switch state.resources[r].activeNodes.count {
        case 0: return .resourceFailed
        case 1: return flags.contains(.ignoreFailure) ? .resourceFailureIgnored : .resourceOk
        default: return .resourceMultiple
        }
    }
}
