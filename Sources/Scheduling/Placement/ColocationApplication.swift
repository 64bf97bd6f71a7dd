// SPDX-License-Identifier: GPL-2.0-or-later
// Applying one colocation to its dependent, once the primary has its place (scheduler spec 16.1, 16.3).

package import ClusterStatus
import CIBModel

/// What a colocation decides at the moment (16.1).
enum ColocationEffect: Sendable { case nothing, location, role }

extension ClusterState {
    /// The resource whose role counts: a container answers with what runs in it.
    private func roleResource(_ r: ResourceIndex) -> ResourceIndex {
        guard resources[r].has(.replicaContainer), let owner = resources[r].bundle, let bundle = bundle(owner)
        else { return r }
        return bundle.replicas.first { $0.container == r }?.child ?? r
    }

    /// 16.1: what the colocation affects. In preview nothing needs to be assigned yet.
    func effect(
        of c: ColocationIndex, dependent: ResourceIndex, primary: ResourceIndex, preview: Bool = false
    ) -> ColocationEffect {
        if !preview, resources[primary].has(.unassigned) { return .nothing }
        let (dependentRole, primaryRole) = (colocations[c].dependentRole, colocations[c].primaryRole)
        let dependentSide = roleResource(dependent)
        if dependentRole >= .unpromoted, let parent = resources[dependentSide].parent,
            resources[parent].has(.promotable), !resources[dependentSide].has(.unassigned)
        {
            return .role
        }
        if !preview, !resources[dependent].has(.unassigned) { return .nothing }
        if dependentRole != .unknown, dependentRole != resources[dependentSide].nextRole { return .nothing }
        if primaryRole != .unknown, primaryRole != resources[roleResource(primary)].nextRole { return .nothing }
        return .location
    }

    /// 16.3: applies a colocation to a dependent, which may be an instance of the constraint's dependent.
    /// - Returns: what was added to the dependent's priority.
    @discardableResult
    mutating func applyColocation(_ c: ColocationIndex, dependent: ResourceIndex, primary: ResourceIndex) -> Int {
        guard resources[dependent].variant == .group else {
            return applyByPrimary(c, dependent: dependent, primary: primary)
        }
        var change = 0
        if resources[dependent].has(.groupColocated) {
            guard let first = resources[dependent].children.first else { return 0 }
            change = applyColocation(c, dependent: first, primary: primary)
        } else if colocations[c].score == .infinity {
            error("\(resources[dependent].id): Cannot perform mandatory colocation between non-colocated group and \(resources[primary].id)")
            return 0
        } else {
            // With the primary as it is, whatever it is: what has instances has no place of its own.
            for member in resources[dependent].children {
                change += applyAlone(c, dependent: member, primary: primary)
            }
        }
        if change != 0 { addPriority(Score(change), to: dependent) }
        return change
    }

    private mutating func applyByPrimary(_ c: ColocationIndex, dependent: ResourceIndex, primary: ResourceIndex) -> Int {
        switch resources[primary].variant {
        case .primitive: return applyAlone(c, dependent: dependent, primary: primary)
        case .group: return applyToGroup(c, dependent: dependent, primary: primary)
        case .clone: return applyToClone(c, dependent: dependent, primary: primary)
        case .bundle: return applyToBundle(c, dependent: dependent, primary: primary)
        }
    }

    /// Applies a colocation to the scores or the priority of a primitive by where the primary itself is assigned.
    private mutating func applyAlone(_ c: ColocationIndex, dependent: ResourceIndex, primary: ResourceIndex) -> Int {
        switch effect(of: c, dependent: dependent, primary: primary) {
        case .nothing: return 0
        case .role: return applyToPriority(c, dependent: dependent, primary: primary)
        case .location:
            applyToScores(c, dependent: dependent, primary: primary)
            return 0
        }
    }

    private mutating func applyToGroup(_ c: ColocationIndex, dependent: ResourceIndex, primary: ResourceIndex) -> Int {
        if resources[primary].has(.unassigned) { return 0 }
        let members = resources[primary].children
        let isMandatory = colocations[c].score == .infinity
        if resources[primary].has(.groupColocated) {
            guard let member = isMandatory ? members.last : members.first else { return 0 }
            return applyByPrimary(c, dependent: dependent, primary: member)
        }
        if isMandatory {
            error("\(resources[dependent].id): Cannot perform mandatory colocation with non-colocated group \(resources[primary].id)")
            return 0
        }
        var change = 0
        for member in members { change += applyByPrimary(c, dependent: dependent, primary: member) }
        return change
    }

    private mutating func applyToClone(_ c: ColocationIndex, dependent: ResourceIndex, primary: ResourceIndex) -> Int {
        if resources[primary].has(.unassigned) { return 0 }
        let isMandatory = colocations[c].score == .infinity
        if resources[primary].has(.promotable), colocations[c].primaryRole != .unknown {
            if resources[dependent].has(.unassigned) {
                applyToPromotedNodes(c, dependent: dependent, primary: primary)
                return 0
            }
            if colocations[c].dependentRole == .promoted {
                return applyPromotedPriority(c, dependent: dependent, primary: primary)
            }
        }
        if canInterleave(c, with: primary) {
            if let instance = partner(in: primary, of: dependent, current: false) {
                return applyColocation(c, dependent: dependent, primary: instance)
            }
            if isMandatory { assign(dependent, to: nil, entry: nil, force: true, stopIfFail: true) }
            return 0
        }
        if isMandatory {
            confine(dependent, to: places(of: primary, current: false).nodes, c)
            return 0
        }
        if applyToScores(c, dependent: dependent, instancesOf: primary) { return 0 }
        var change = 0
        for instance in resources[primary].children {
            change += applyByPrimary(c, dependent: dependent, primary: instance)
        }
        return change
    }

    /// Whether instances of both sides go together one by one.
    private mutating func canInterleave(_ c: ColocationIndex, with primary: ResourceIndex) -> Bool {
        let dependent = colocations[c].dependent
        guard resources[dependent].variant.rawValue >= ResourceVariant.clone.rawValue, isInterleaved(dependent)
        else { return false }
        if maximumPerNode(dependent) == maximumPerNode(primary) { return true }
        error("Cannot interleave \(resources[dependent].id) and \(resources[primary].id) because they do not support the same number of instances per node")
        return false
    }

    /// Meta-attribute `interleave` of a clone or bundle.
    package func isInterleaved(_ r: ResourceIndex) -> Bool {
        clone(r)?.isInterleaved ?? Scan.isTrue(resources[r].meta["interleave"])
    }

    /// Bans the dependent from every node that is not in the list.
    private mutating func confine(_ dependent: ResourceIndex, to allowed: ContiguousArray<NodeIndex>, _ c: ColocationIndex) {
        var isAllowed = ContiguousArray(repeating: false, count: nodes.count)
        for node in allowed { isAllowed[node.position] = true }
        resources[dependent].nodes.updateAll { node, entry in
            if !isAllowed[node.position] { entry.score = .minusInfinity }
        }
        recordScores(dependent, .colocation(c))
    }

    /// Case P1 of 16.3: the dependent follows instances in the given role.
    private mutating func applyToPromotedNodes(_ c: ColocationIndex, dependent: ResourceIndex, primary: ResourceIndex) {
        let score = colocations[c].score
        var affected = ContiguousArray<(node: NodeIndex, score: Score)>()
        for instance in resources[primary].children {
            guard let node = location(of: instance, current: false),
                role(of: instance, current: false) == colocations[c].primaryRole
            else { continue }
            if score < .infinity {
                let number = attribute(of: c)
                let wanted = attributeClass(number, of: node, for: primary)
                for candidate in nodeOrder where resources[dependent].nodes.contains(candidate) {
                    if attributeClass(number, of: candidate, for: dependent) == wanted {
                        resources[dependent].nodes[candidate].score += score
                    }
                }
            }
            affected.append((node, assignedEntry(of: instance)?.score ?? .zero))
        }
        let bothPromoted = colocations[c].dependentRole == .promoted && colocations[c].primaryRole == .promoted
        if score == .infinity, !bothPromoted {
            resources[dependent].nodes.updateAll { node, entry in
                if let match = affected.last(where: { $0.node == node }) {
                    entry.score += match.score
                } else {
                    entry.score = .minusInfinity
                }
            }
        }
        recordScores(dependent, .colocation(c))
    }

    /// Case P2 of 16.3: which instance of the dependent may be promoted.
    private mutating func applyPromotedPriority(_ c: ColocationIndex, dependent: ResourceIndex, primary: ResourceIndex) -> Int {
        let score = colocations[c].score
        let instance = compatibleInstance(
            of: primary, with: dependent, role: colocations[c].primaryRole, attribute: attribute(of: c))
        if instance != nil {
            addPriority(score, to: dependent)
            return Int(score.value)
        }
        guard score == .infinity else { return 0 }
        setPriority(.minusInfinity, of: dependent)
        return Int(Score.minusInfinity.value)
    }

    private mutating func applyToBundle(_ c: ColocationIndex, dependent: ResourceIndex, primary: ResourceIndex) -> Int {
        guard !resources[primary].has(.unassigned), let bundle = bundle(primary) else { return 0 }
        let isMandatory = colocations[c].score == .infinity
        if resources[colocations[c].dependent].variant.rawValue >= ResourceVariant.clone.rawValue {
            if let container = compatibleContainer(of: bundle, with: dependent) {
                return applyColocation(c, dependent: dependent, primary: container)
            }
            if isMandatory { assign(dependent, to: nil, entry: nil, force: true, stopIfFail: true) }
            return 0
        }
        var change = 0
        var allowed = ContiguousArray<NodeIndex>()
        for replica in bundle.replicas {
            if !isMandatory {
                change += applyByPrimary(c, dependent: dependent, primary: replica.container)
                continue
            }
            guard let node = location(of: replica.container, current: false), !hasAnywhere(.blocked, replica.container)
            else { continue }
            if colocations[c].primaryRole == .promoted {
                guard let child = replica.child, role(of: child, current: false) == .promoted else { continue }
            }
            allowed.append(node)
        }
        if isMandatory { confine(dependent, to: allowed, c) }
        return change
    }

    /// The container of a bundle that goes with a dependent; bundle nodes stand for their hosts.
    private func compatibleContainer(of bundle: BundleRecord, with dependent: ResourceIndex) -> ResourceIndex? {
        // A bundle node whose container has no node is as good as none.
        if let node = location(of: dependent, current: false), let host = bundleHost(of: node) { return container(of: bundle, on: host) }
        for node in sortedNodes(resources[dependent].nodes, preferred: nil) {
            if let host = bundleHost(of: node), let found = container(of: bundle, on: host) { return found }
        }
        return nil
    }

    /// The node itself, of a bundle node where its container is assigned.
    private func bundleHost(of node: NodeIndex) -> NodeIndex? { isBundleNode(node) ? assignedHost(of: node) : node }

    private func container(of bundle: BundleRecord, on host: NodeIndex) -> ResourceIndex? {
        bundle.replicas.first { matches($0.container, node: host, role: .unknown, attribute: nil) }?.container
    }

    /// 16.4a: changes the dependent's scores.
    private mutating func applyToScores(_ c: ColocationIndex, dependent: ResourceIndex, primary: ResourceIndex) {
        let score = colocations[c].score
        let number = attribute(of: c)
        let place = resources[primary].assigned
        if place == nil, score.value < 0 { return }
        if let place, number == 0, score.value > -Score.infinity.value, score < .infinity, placement.namesDiffer, usesOwnAttributes(dependent),
            usesOwnAttributes(primary)
        {
            return add(score, at: place, c, to: dependent)
        }
        let wanted = place.map { attributeClass(number, of: $0, for: primary) }
        let classes = attributeClasses(number, for: dependent)
        var work = resources[dependent].nodes
        work.withRow { row in
            for position in row.indices where row[position].present {
                guard let wanted else {
                    row[position].score = -score + row[position].score
                    continue
                }
                if classes[position] == wanted {
                    if score < .infinity { row[position].score += score }
                } else if score == .infinity {
                    row[position].score = .minusInfinity
                }
            }
        }
        if score == .infinity || score == .minusInfinity || hasUsableNode(work) {
            work.noteCopy()
            resources[dependent].nodes = work
            recordScores(dependent, .colocation(c))
        }
    }

    /// The same for a score that is not infinite and the one node of a name.
    private mutating func add(_ score: Score, at place: NodeIndex, _ c: ColocationIndex, to dependent: ResourceIndex) {
        guard resources[dependent].nodes.contains(place) else {
            if hasUsableNode(resources[dependent].nodes) { resources[dependent].nodes.noteCopy() }
            return
        }
        let before = resources[dependent].nodes[place].score
        resources[dependent].nodes[place].score += score
        if hasUsableNode(resources[dependent].nodes) {
            resources[dependent].nodes.noteCopy()
            recordScores(dependent, .colocation(c))
        } else {
            resources[dependent].nodes[place].score = before
        }
    }

    /// 16.4b: changes the dependent's priority when roles are chosen.
    private mutating func applyToPriority(_ c: ColocationIndex, dependent: ResourceIndex, primary: ResourceIndex) -> Int {
        guard let own = resources[dependent].assigned else { return 0 }
        let score = colocations[c].score
        let place = resources[primary].assigned
        if place != nil, colocations[c].primaryRole != .unknown,
            colocations[c].primaryRole != resources[roleResource(primary)].nextRole
        {
            return 0
        }
        let number = attribute(of: c)
        let value = place.map { attributeClass(number, of: $0, for: primary) } ?? 0
        let multiplier: Int
        if value == attributeClass(number, of: own, for: dependent) {
            multiplier = colocations[c].dependentRole == .unpromoted ? -1 : 1
        } else if score == .infinity, colocations[c].dependentRole == .promoted {
            multiplier = -1
        } else {
            return 0
        }
        let change = multiplier * Int(score.value)
        addPriority(Score(change), to: dependent)
        return change
    }

    /// Changes a priority; lists of colocations are sorted by it.
    mutating func setPriority(_ score: Score, of r: ResourceIndex) {
        guard resources[r].priority != score else { return }
        resources[r].priority = score
        if !resources[r].thisWith.isEmpty || !resources[r].withThis.isEmpty { placement.listEpoch &+= 1 }
    }

    mutating func addPriority(_ score: Score, to r: ResourceIndex) { setPriority(resources[r].priority + score, of: r) }
}
