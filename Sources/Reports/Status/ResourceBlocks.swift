// SPDX-License-Identifier: GPL-2.0-or-later
// The list of resources as text: primitives, groups, clones; bundles and counts have their own files (cli-tools §5.5).
import CIBModel
import ClusterStatus
import ClusterXML

extension StatusReport {
    /// The section of resources.
    /// - Parameter withSummary: say so when there is nothing to show.
    package func resourceBlocks(withSummary: Bool) -> [TextBlock] {
        // Below the nodes all active ones were listed already.
        if show.groupByNode, !show.inactive { return [] }
        var items: [TextBlock] = []
        if show.brief, !show.groupByNode {
            items += briefItems(state.topLevel.filter { !isFiltered($0, askParent: false) }, BriefContext(all: show.inactive))
        }
        for r in state.topLevel where isListed(r) { items += blocks(r) }
        if items.isEmpty {
            guard withSummary else { return [] }
            items = [.line(show.groupByNode ? "No inactive resources" : show.inactive ? "No resources" : "No active resources")]
        }
        let title = show.groupByNode ? "Inactive Resources" : show.inactive ? "Full List of Resources" : "Active Resources"
        return [.list(title, items)]
    }

    /// Whether a top-level resource has a place in the list.
    func isListed(_ r: ResourceIndex) -> Bool {
        let entirely = isActive(r, entirely: true)
        if state.resources[r].has(.removed), !entirely { return false }
        // What runs was listed below the nodes; what does not entirely run is named whatever the other options say.
        if show.groupByNode { return !entirely }
        if show.brief, state.resources[r].isPrimitive { return false }
        let partly = isActive(r, entirely: false)
        return partly ? !isElsewhere(r) : show.inactive
    }

    /// One resource and what is below it; empty if a filter leaves it out.
    func blocks(_ r: ResourceIndex, _ context: LineContext = LineContext()) -> [TextBlock] {
        switch state.resources[r].variant {
        case .primitive:
            if isFiltered(r, askParent: true) || (state.resources[r].has(.isInternal) && !show.detail) { return [] }
            return [line(r, context)]
        case .group: return groupBlocks(r)
        case .clone: return cloneBlocks(r)
        case .bundle: return bundleBlocks(r)
        }
    }

    // MARK: Groups

    private func groupBlocks(_ r: ResourceIndex) -> [TextBlock] {
        if isFiltered(r, askParent: true) { return [] }
        let passes = listed(shownName(topmost(r))) || listed(state.resources[r].id) || listed(shownName(r))
        var items: [TextBlock] = []
        if show.brief {
            let members = state.resources[r].children.filter { !isFiltered($0, askParent: false) || passes }
            items = briefItems(members, BriefContext(all: true))
        } else {
            for member in state.resources[r].children where isShown(member: member, parentPasses: passes) {
                items += blocks(member)
            }
        }
        if items.isEmpty { return [] }
        return [.list(ListHeading(groupTitle(r), isResource: true), items)]
    }

    /// Members are shown when they are active, when inactive ones are wanted, or when the user names them with their exact id.
    private func isShown(member: ResourceIndex, parentPasses: Bool) -> Bool {
        if show.onlyResources != nil, listed(state.resources[member].id) { return true }
        guard parentPasses || !isFiltered(member, askParent: false) else { return false }
        return show.inactive || isActive(member, entirely: false)
    }

    private func groupTitle(_ r: ResourceIndex) -> StyledText {
        var attributes: [String] = []
        if !show.inactive, isActive(r, entirely: false) {
            let inactive = state.resources[r].children.count { !isActive($0, entirely: false) }
            if inactive > 0 { attributes.append("\(inactive) member\(inactive == 1 ? "" : "s") inactive") }
        }
        if isDisabled(r) { attributes.append("disabled") }
        attributes += managementFlags(r)
        return StyledText("Resource Group: \(state.resources[r].id)" + parenthesis(attributes) + description(r))
    }

    func managementFlags(_ r: ResourceIndex) -> [String] {
        if state.resources[r].has(.maintenance) { return ["maintenance"] }
        return state.resources[r].isManaged ? [] : ["unmanaged"]
    }

    func parenthesis(_ words: [String]) -> String {
        words.isEmpty ? "" : " (\(words.joined(separator: ", ")))"
    }

    func description(_ r: ResourceIndex) -> String {
        guard show.descriptions || show.detail, let text = state.resources[r].xml["description"] else { return "" }
        return " (\(text))"
    }

    // MARK: Clones

    /// Nodes of a clone's instances that need no line of their own, by what they do there.
    private struct Collected {
        var promoted: [NodeIndex] = []
        var started: [NodeIndex] = []
        /// Ids of instances that run nowhere.
        var stopped: [String] = []
        var count: Int { promoted.count + started.count }
    }

    private func cloneBlocks(_ r: ResourceIndex) -> [TextBlock] {
        if isFiltered(r, askParent: true) { return [] }
        let passes = listed(shownName(r)) || listed(state.resources[r].id)
        var items: [TextBlock] = []
        var collected = Collected()
        // Once an instance passes the filters the clone is named, even if nothing is left to say about it.
        var isNamed = state.resources[r].children.isEmpty
        for instance in state.resources[r].children {
            if isElsewhere(instance) || (!passes && isFiltered(instance, askParent: false)) { continue }
            isNamed = true
            if isShownInFull(instance, of: r, &collected) { items += blocks(instance) }
        }
        if !show.detail { items += collectedLines(r, collected) }
        if !isNamed { return [] }
        return [.list(ListHeading(cloneTitle(r), isResource: true), items)]
    }

    private func cloneTitle(_ r: ResourceIndex) -> StyledText {
        var attributes: [String] = []
        if state.resources[r].has(.promotable) { attributes.append("promotable") }
        if state.resources[r].has(.unique) { attributes.append("unique") }
        if isDisabled(r) { attributes.append("disabled") }
        attributes += managementFlags(r)
        let child = state.clone(r)?.childID ?? ""
        return StyledText("Clone Set: \(state.resources[r].id) [\(child)]" + parenthesis(attributes) + description(r))
    }

    /// Says whether an instance gets lines of its own; if not, notes where it is.
    private func isShownInFull(_ instance: ResourceIndex, of clone: ResourceIndex, _ collected: inout Collected) -> Bool {
        if show.detail { return true }
        let active = isActive(instance, entirely: false)
        if state.resources[clone].has(.unique) {
            return active || !state.resources[clone].has(.removed)
        }
        if show.pending, state.resources[instance].pendingTask != nil { return true }
        guard active else {
            if show.inactive, !state.resources[instance].has(.removed) { collected.stopped.append(state.resources[instance].id) }
            return false
        }
        if hasAnywhere(instance, { $0.has(.removed) || $0.has(.failed) || !$0.isManaged }) { return true }
        guard isActive(instance, entirely: true), let node = onlyNode(of: instance) else { return true }
        if !state.nodes[node].isOnline, state.nodes[node].isUnclean { return true }
        if highestRole(instance) > .unpromoted { collected.promoted.append(node) } else { collected.started.append(node) }
        return false
    }

    private func hasAnywhere(_ r: ResourceIndex, _ test: (Resource) -> Bool) -> Bool {
        if test(state.resources[r]) { return true }
        return state.resources[r].children.contains { hasAnywhere($0, test) }
    }

    /// The node that everything below an instance runs on, if it is one.
    private func onlyNode(of instance: ResourceIndex) -> NodeIndex? {
        let nodes = state.resources[instance].activeNodes
        guard let first = nodes.first, nodes.allSatisfy({ $0 == first }) else { return nil }
        return first
    }

    private func highestRole(_ r: ResourceIndex) -> ResourceRole {
        if state.resources[r].isPrimitive { return state.resources[r].originalRole }
        return state.resources[r].children.map(highestRole).max() ?? .unknown
    }

    private func collectedLines(_ r: ResourceIndex, _ collected: Collected) -> [TextBlock] {
        var lines: [TextBlock] = []
        let promoted = names(sorted(collected.promoted.filter { allows($0) }))
        if !promoted.isEmpty { lines.append(bracketed("Promoted", promoted)) }
        let started = names(sorted(collected.started.filter { allows($0) }))
        if !started.isEmpty {
            var title = "Started"
            if state.resources[r].has(.promotable) {
                title = ResourceRole(parsing: configuredTargetRole(r)) == .unpromoted
                    ? "Unpromoted (target-role)" : "Unpromoted"
            }
            lines.append(bracketed(title, started))
        }
        if show.inactive { lines += stoppedLines(r, collected) }
        return lines
    }

    /// Where a clone does not run, grouped by why.
    private func stoppedLines(_ r: ResourceIndex, _ collected: Collected) -> [TextBlock] {
        let maximum = Int(state.clone(r)?.maximum ?? 0)
        guard !state.resources[r].has(.unique), maximum > collected.count else {
            return collected.stopped.isEmpty ? [] : [bracketed("Stopped", collected.stopped.sorted())]
        }
        var candidates = Array(state.nodeOrder).filter { state.resources[r].nodes.contains($0) }
        if candidates.isEmpty { candidates = sorted(Array(state.resources[r].knownOn)) }
        let active = state.resources[r].activeNodes
        let disabled = ResourceRole(parsing: configuredTargetRole(r)) == .stopped
        var groups: [(title: String, nodes: [NodeIndex])] = []
        for node in candidates where !active.contains(node) && allows(node) {
            var title = disabled ? "Stopped (disabled)" : "Stopped"
            if let rc = failedProbe(of: r, on: node) { title = "Stopped (\(ExitCode.text(for: rc)))" }
            if let index = groups.firstIndex(where: { $0.title == title }) {
                groups[index].nodes.append(node)
            } else {
                groups.append((title, [node]))
            }
        }
        groups.sort { $0.title < $1.title }
        return groups.map { bracketed($0.title, names($0.nodes)) }
    }

    /// The `target-role` of a collective resource, or of its first child.
    func configuredTargetRole(_ r: ResourceIndex) -> String? {
        if let role = state.resources[r].meta["target-role"] { return role }
        return state.resources[r].children.first.flatMap { state.resources[$0].meta["target-role"] }
    }

    private func bracketed(_ title: String, _ names: [String]) -> TextBlock {
        .line("\(title): [ \(names.joined(separator: " ")) ]")
    }

    func sorted(_ nodes: [NodeIndex]) -> [NodeIndex] {
        let all = state.nodes  // A closure that takes the report copies it, which costs more than the sorting.
        return nodes.sorted { all[$0].rank < all[$1].rank }
    }

    private func names(_ nodes: [NodeIndex]) -> [String] { nodes.map { state.nodes[$0].name } }
}
