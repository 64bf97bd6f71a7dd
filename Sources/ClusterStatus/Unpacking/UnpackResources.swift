// SPDX-License-Identifier: GPL-2.0-or-later
// The resource tree: reading elements into records, variant by variant (scheduler spec 7.1, 7.2, 7.5, 7.8).

import CIBModel
import ClusterXML

extension ClusterState {
    mutating func unpackResources(_ section: XMLElement, guests: [XMLElement]) {
        for element in section.elements("template") {
            guard let id = element.id else { continue }
            if templateElements[id] == nil { templateElements[id] = element }
        }
        for element in section.elements where element.name != "template" {
            if let index = unpackResource(element, parent: nil) {
                topLevel.append(index)
            } else {
                error("Ignoring <\(element.name)> resource '\(element.id ?? "")' because configuration is invalid")
            }
        }
        for element in guests {
            if let index = unpackResource(element, parent: nil) { topLevel.append(index) }
        }
        for element in section.elements("template") { addToTemplate(element.id ?? "", nil) }
        for index in topLevel {
            linkLaunchers(index)
            linkConnection(index)
        }
        let priorities = topLevel.map { resources[$0].priority }
        let order = topLevel.indices.sorted {
            priorities[$0] != priorities[$1] ? priorities[$0] > priorities[$1] : $0 < $1
        }
        topLevel = ContiguousArray(order.map { topLevel[$0] })
        if options.fencingEnabled, !haveFencing {
            error(
                "Resource start-up disabled since no fencing resources have been defined. Either configure some or disable fencing with the fencing-enabled option. NOTE: Clusters with shared data need fencing to ensure data integrity."
            )
        }
    }

    /// Reads a resource and everything below it.
    /// - Returns: nil if it is unusable (an error was remembered); its records stay unreachable then.
    mutating func unpackResource(_ written: XMLElement, parent: ResourceIndex?) -> ResourceIndex? {
        guard let element = expandTemplate(written) else { return nil }
        guard let xmlID = element.id else {
            error("Ignoring <\(element.name)> configuration without id")
            return nil
        }
        guard let variant = Self.variant(of: element.name) else {
            error("Ignoring resource '\(xmlID)' of unknown type '\(element.name)'")
            return nil
        }
        let index = ResourceIndex(resources.count)
        let instance = element["clone"].flatMap(Scan.integer).map { Int32(clamping: $0) }
        let id = instance.map { "\(xmlID):\($0)" } ?? xmlID
        var record = Resource(id: id, xmlID: xmlID, variant: variant, xml: element, index: index)
        record.instanceNumber = instance
        record.parent = parent
        if let parent {
            let parentIsBundle = resources[parent].variant == .bundle
            record.top = parentIsBundle ? index : resources[parent].top
            record.bundle = parentIsBundle ? parent : resources[parent].bundle
        }
        if variant == .primitive, let standard = element["class"] {
            record.agent = Agent(standard: standard, provider: element["provider"], type: element["type"] ?? "")
        }
        resources.append(record)
        resourcesByID[id, default: []].append(index)
        readOperations(index)
        resources[index].parameterBlocks = blocks("instance_attributes", in: element)
        readMeta(index)
        applySettings(index)
        let unpacked: Bool
        switch variant {
        case .primitive: unpacked = unpackPrimitive(index)
        case .group: unpacked = unpackGroup(index)
        case .clone: unpacked = unpackClone(index)
        case .bundle: unpacked = unpackBundle(index)
        }
        guard unpacked else {
            forget(index)
            return nil
        }
        if options.symmetric {
            addDefaultScores(index)
        } else if resources[index].has(.remoteConnection), resources[index].meta.contains("container") {
            addScoreEverywhere(.zero, to: index)
        }
        let utilization = blocks("utilization", in: element)
        if !utilization.isEmpty {
            var table = NameValueTable()
            evaluate(utilization, RuleInput(now: now), into: &table)
            resources[index].utilization = table
        }
        return index
    }

    private static func variant(of name: String) -> ResourceVariant? {
        switch name {
        case "primitive": .primitive
        case "group": .group
        case "clone", "master": .clone
        case "bundle": .bundle
        default: nil
        }
    }

    /// Takes a dropped resource and everything below it out of the index of ids.
    private mutating func forget(_ index: ResourceIndex) {
        for position in index.position..<resources.count {
            let candidate = ResourceIndex(position)
            guard candidate == index || isDescendant(candidate, of: index) else { continue }
            resourcesByID[resources[candidate].id]?.removeAll { $0 == candidate }
        }
    }

    private func isDescendant(_ candidate: ResourceIndex, of ancestor: ResourceIndex) -> Bool {
        var current = resources[candidate].parent
        while let parent = current {
            if parent == ancestor { return true }
            current = resources[parent].parent
        }
        return false
    }

    // MARK: - Variants

    private mutating func unpackPrimitive(_ index: ResourceIndex) -> Bool {
        guard let agent = resources[index].agent, !agent.standard.isEmpty else {
            error("Ignoring resource '\(resources[index].id)' because it has no class")
            return false
        }
        let top = resources[index].top
        if agent.standard == "stonith" { haveFencing = true }
        if resources[top].variant == .clone {
            if ["systemd", "service", "lsb"].contains(agent.standard), resources[index].has(.unique) {
                forceAnonymous(top, agent.standard, resources[index].xmlID)
                resources[index].flags.remove(.unique)
            }
            if agent.standard != "ocf", resources[top].has(.promotable) {
                error(
                    "Resource \(resources[index].id) is of type \(agent.standard) and therefore cannot be used as a promotable clone resource"
                )
                return false
            }
        }
        return true
    }

    private mutating func forceAnonymous(_ clone: ResourceIndex, _ standard: String, _ id: String) {
        warn(
            "Ignoring globally-unique for \(resources[clone].id) because \(standard) resources such as \(id) can be used only as anonymous clones"
        )
        makeAnonymous(clone)
        let record = Int(resources[clone].cloneRecord)
        guard clones.indices.contains(record) else { return }
        clones[record].nodeMaximum = 1
        clones[record].maximum = min(clones[record].maximum, Int32(clamping: nodes.count))
    }

    /// Takes back what complete instances were told; members of the instance that is being read keep what they have.
    private mutating func makeAnonymous(_ index: ResourceIndex) {
        resources[index].flags.remove(.unique)
        resources[index].meta["globally-unique"] = "false"
        for child in resources[index].children { makeAnonymous(child) }
    }

    private mutating func unpackGroup(_ index: ResourceIndex) -> Bool {
        let meta = resources[index].meta
        if meta["ordered"].flatMap(Scan.boolean) ?? true { resources[index].flags.insert(.groupOrdered) }
        if meta["collocated"].flatMap(Scan.boolean) ?? true { resources[index].flags.insert(.groupColocated) }
        let instance = resources[index].instanceNumber
        for var member in resources[index].xml.elements("primitive") {
            if let instance { member["clone"] = String(instance) }
            guard let child = unpackResource(member, parent: index) else { continue }
            resources[index].children.append(child)
        }
        if resources[index].children.isEmpty {
            error("Ignoring group '\(resources[index].id)' because it has no usable members")
            return false
        }
        return true
    }

    private mutating func unpackClone(_ index: ResourceIndex) -> Bool {
        guard let child = resources[index].xml.elements.first(where: { $0.name == "primitive" || $0.name == "group" }),
            let childID = child.id
        else {
            error("Cannot use clone '\(resources[index].id)' because it has no usable child")
            return false
        }
        let meta = resources[index].meta
        var record = CloneRecord(
            maximum: meta["clone-max"].map { Scan.count($0, minimum: 0) } ?? max(1, Int32(clamping: nodes.count)),
            nodeMaximum: meta["clone-node-max"].map { Scan.count($0, minimum: 0) } ?? 1, childID: childID)
        record.minimum = meta["clone-min"].map { Scan.count($0, minimum: 0) } ?? 0
        record.isOrdered = Scan.isTrue(meta["ordered"])
        record.isInterleaved = Scan.isTrue(meta["interleave"])
        if resources[index].has(.promotable) {
            record.promotedMaximum = (meta["promoted-max"] ?? meta["master-max"]).map { Scan.count($0, minimum: 0) } ?? 1
            record.promotedNodeMaximum =
                (meta["promoted-node-max"] ?? meta["master-node-max"]).map { Scan.count($0, minimum: 0) } ?? 1
        }
        if !resources[index].has(.unique), record.nodeMaximum > 1 {
            error(
                "Ignoring clone-node-max of \(record.nodeMaximum) for \(resources[index].id) because anonymous clones support only one instance per node"
            )
            record.nodeMaximum = 1
        }
        resources[index].cloneRecord = Int32(clamping: clones.count)
        clones.append(record)
        resources[index].meta.setIfAbsent("resource-stickiness", "1")
        resources[index].meta["globally-unique"] = resources[index].has(.unique) ? "true" : "false"
        let limit = record.instanceLimit(areGroups: child.name == "group")
        if record.maximum > limit {
            error("Limiting clone '\(resources[index].id)' to \(limit) instances")
            clones[Int(resources[index].cloneRecord)].maximum = limit
        }
        // One at least. The maximum may shrink meanwhile: of what cannot be told apart there is no more than one a node.
        let position = Int(resources[index].cloneRecord)
        repeat {
            if addInstance(to: index) == nil { return false }
        } while clones[position].total < clones[position].maximum
        return true
    }

    /// Unpacks one more instance of a clone; beyond its maximum it is a removed one.
    mutating func addInstance(to clone: ResourceIndex) -> ResourceIndex? {
        let record = Int(resources[clone].cloneRecord)
        guard clones.indices.contains(record),
            var element = resources[clone].xml.elements.first(where: { $0.name == "primitive" || $0.name == "group" })
        else { return nil }
        let number = clones[record].total
        let isRemoved = number >= clones[record].maximum
        let maximum = String(clones[record].maximum)
        element["clone"] = String(number)
        guard let child = unpackResource(element, parent: clone) else { return nil }
        clones[record].total += 1
        resources[clone].children.append(child)
        if isRemoved { setFlags(.removed, on: child) }
        resources[child].meta["clone-max"] = maximum
        return child
    }

    /// The first instance of what this resource, which is being unpacked, is a further instance of. What both have from the same
    /// element they can share.
    func firstInstance(like index: ResourceIndex) -> ResourceIndex? {
        guard let parent = resources[index].parent else { return nil }
        var model: ResourceIndex?
        if resources[parent].variant == .clone {
            model = resources[parent].children.first
        } else if let clone = resources[parent].parent, resources[clone].variant == .clone, let group = resources[clone].children.first {
            // The members of the first group come in the order in which those of this one are unpacked.
            model = resources[group].children.dropFirst(resources[parent].children.count).first
        }
        return model.flatMap { resources[$0].xmlID == resources[index].xmlID ? $0 : nil }
    }

    /// Sets flags on a resource and everything below it.
    mutating func setFlags(_ flags: ResourceFlags, on resource: ResourceIndex) {
        resources[resource].flags.formUnion(flags)
        for child in resources[resource].children { setFlags(flags, on: child) }
    }

    // MARK: - Links (7.8)

    private mutating func linkLaunchers(_ index: ResourceIndex) {
        let children = resources[index].children
        if !children.isEmpty {
            for child in children { linkLaunchers(child) }
            return
        }
        guard let name = resources[index].meta["container"], name != resources[index].id else { return }
        guard let launcher = findResource(name) else {
            error("Resource \(resources[index].id): Unknown container '\(name)'")
            return
        }
        resources[index].launcher = launcher
        resources[launcher].launched.append(index)
    }

    /// Joins a remote connection and its node.
    mutating func linkConnection(_ index: ResourceIndex) {
        guard resources[index].has(.remoteConnection), let node = node(named: resources[index].id) else { return }
        nodes[node].connection = index
        resources[index].remoteNode = node
        if resources[index].launcher == nil {
            markForStartupFencing(node)
        } else {
            nodes[node].attributes["#kind"] = "container"
        }
    }
}
