// SPDX-License-Identifier: GPL-2.0-or-later
// All actions, orderings and relations of one scheduling run, in dense arrays. Nothing is removed before the run ends.

@usableFromInline package struct ActionTable: Sendable {
    /// By index; the order is the order of creation.
    @usableFromInline package var all = ContiguousArray<Action>()
    /// Orderings by order of creation.
    package var orderings = ContiguousArray<OrderingRecord>()
    package var relations = ContiguousArray<Relation>()
    /// Instances of ordered clones that start one after the other and stop the other way round.
    package var sequences = InstanceSequences()
    /// Whether all relations are wanted, also those between actions that nobody carries out (`crm_simulate -a`).
    package var wantsAllRelations = false
    /// Lists of explicit meta-attributes, see `Action.metaList`.
    package var metas = ContiguousArray<[ActionMeta]>()
    package var tasks = TaskTable()
    /// Relations that end in an action, by action, ascending by first action and merged; filled as the graph is made (spec 23.2).
    package var mergedInputs = ContiguousArray<ContiguousArray<Int32>>()
    /// Most recent action by resource, -1 if none; grows on demand.
    private var newestOfResource = ContiguousArray<Int32>()
    /// Lists of the actions of one resource with one key, and the first of them by resource, -1 if none.
    var keyLists = ContiguousArray<KeyList>()
    private var firstKeyList = ContiguousArray<Int32>()
    /// Actions without resource by key (spec 8.1); there is one of each.
    private var singletons: [String: ActionIndex] = [:]
    private var labels = ContiguousArray<String>()
    /// Union of the flags of all relations between two actions, by the pair.
    private var pairs = RelationPairs()

    package init() {}

    @inlinable package subscript(_ action: ActionIndex) -> Action {
        @inline(__always) unsafeAddress { all.borrowedElement(action.position) }
        @inline(__always) _modify { yield &all[action.position] }
    }

    /// Appends an action; the caller has made sure that there is none with its key.
    package mutating func append(_ action: Action) -> ActionIndex {
        let index = ActionIndex(all.count)
        var action = action
        if let resource = action.resource {
            let row = resource.position
            while newestOfResource.count <= row {
                newestOfResource.append(-1)
                firstKeyList.append(-1)
            }
            action.olderOfResource = newestOfResource[row]
            newestOfResource[row] = index.raw
            let list = keyList(action.key, of: resource) ?? newKeyList(action.key, row)
            action.olderOfKey = keyLists[list].newest
            keyLists[list].newest = index.raw
            keyLists[list].count += 1
            all.append(action)
            indexByNode(index, in: list)
            return index
        }
        all.append(action)
        return index
    }

    /// The list of a resource's actions with a key.
    @inline(__always)
    func keyList(_ key: ActionKey, of resource: ResourceIndex) -> Int? {
        var list = firstKeyList(of: resource)
        while list >= 0, keyLists[list].key != key { list = Int(keyLists[list].next) }
        return list >= 0 ? list : nil
    }

    /// The first of a resource's lists, -1 without; follow with `next`.
    @inline(__always)
    func firstKeyList(of resource: ResourceIndex) -> Int {
        resource.position < firstKeyList.count ? Int(firstKeyList[resource.position]) : -1
    }

    private mutating func newKeyList(_ key: ActionKey, _ row: Int) -> Int {
        keyLists.append(KeyList(key: key, next: firstKeyList[row]))
        firstKeyList[row] = Int32(truncatingIfNeeded: keyLists.count - 1)
        return keyLists.count - 1
    }

    /// The most recently created action of a resource; follow with `older(than:)`.
    @inline(__always)
    package func newest(of resource: ResourceIndex) -> ActionIndex? {
        let row = resource.position
        guard row < newestOfResource.count, newestOfResource[row] >= 0 else { return nil }
        return ActionIndex(raw: newestOfResource[row])
    }

    @inline(__always)
    package func older(than action: ActionIndex) -> ActionIndex? {
        let next = all[action.position].olderOfResource
        return next >= 0 ? ActionIndex(raw: next) : nil
    }

    /// All actions of a resource, most recent first. A snapshot: actions made meanwhile are not in it.
    package func actions(of resource: ResourceIndex) -> [ActionIndex] {
        var result: [ActionIndex] = []
        var next = newest(of: resource)
        while let action = next {
            result.append(action)
            next = older(than: action)
        }
        return result
    }

    /// The action without resource that has this key.
    package func singleton(_ key: String) -> ActionIndex? { singletons[key] }

    /// Appends an action without resource under a key of its own.
    package mutating func appendSingleton(_ key: String, _ action: Action) -> ActionIndex {
        var action = action
        action.label = Int32(labels.count)
        labels.append(key)
        let index = append(action)
        singletons[key] = index
        return index
    }

    /// Key text of an action without resource; empty for others.
    package func label(of action: ActionIndex) -> String {
        let label = self[action].label
        return label >= 0 ? labels[Int(label)] : ""
    }
}

// MARK: - Explicit meta-attributes

extension ActionTable {
    /// The explicit value of a meta-attribute; those of the configured operation are not looked at.
    package func explicitMeta(_ action: ActionIndex, _ name: String) -> String? {
        let list = self[action].metaList
        guard list >= 0 else { return nil }
        return metas[Int(list)].first { $0.name == name }?.value
    }

    /// Sets an explicit meta-attribute.
    /// - Parameter overwrite: false keeps a value that is already there.
    package mutating func setMeta(_ action: ActionIndex, _ name: String, _ value: String, overwrite: Bool = true) {
        var list = self[action].metaList
        if list < 0 {
            list = Int32(metas.count)
            metas.append([])
            self[action].metaList = list
        }
        let length = name.utf8.count
        if let position = metas[Int(list)].firstIndex(where: { $0.name.utf8.count == length && $0.name == name }) {
            if overwrite { metas[Int(list)][position].value = value }
        } else {
            metas[Int(list)].append(ActionMeta(name, value))
        }
    }
}

// MARK: - Relations

extension ActionTable {
    /// Adds "first before then" unless the two are already related by a flag in common (spec 22.1).
    /// - Returns: whether it was added.
    @discardableResult
    package mutating func relate(_ first: ActionIndex, _ then: ActionIndex, _ flags: OrderFlags) -> Bool {
        guard !flags.isEmpty, first != then, pairs.insert(first, then, flags) else { return false }
        let index = Int32(relations.count)
        relations.append(
            Relation(
                first: first, then: then, flags: flags, afterFlags: flags, olderAfter: self[first].firstAfter,
                olderBefore: self[then].firstBefore))
        self[first].firstAfter = index
        self[then].firstBefore = index
        return true
    }
}
