// SPDX-License-Identifier: GPL-2.0-or-later
// The actions of one resource with one key. Most have one or two; a probe exists once for every node, so long lists are
// indexed by node: looking for one action must not cost as much as there are nodes.

struct KeyList: Sendable {
    let key: ActionKey
    /// The resource's next list, -1 at the end.
    let next: Int32
    /// The most recent action; older ones follow by `Action.olderOfKey`.
    var newest: Int32 = -1
    var count: Int32 = 0
    /// The only action on each node by node, -1 without; empty while the list is short or cannot be indexed.
    var byNode = ContiguousArray<Int32>()
    /// Whether some action had no node, or some node two actions: such lists are walked.
    var mustWalk = false

    /// Lists at least this long are indexed.
    static let indexedFrom: Int32 = 16

    init(key: ActionKey, next: Int32) {
        self.key = key
        self.next = next
    }
}

extension ActionTable {
    /// Takes a new action into the index of its list, which is made when the list has become long.
    mutating func indexByNode(_ action: ActionIndex, in list: Int) {
        guard !keyLists[list].mustWalk, keyLists[list].count >= KeyList.indexedFrom else { return }
        if keyLists[list].count > KeyList.indexedFrom {
            enter(action.raw, list)
            return
        }
        var next = keyLists[list].newest
        while next >= 0, !keyLists[list].mustWalk {
            enter(next, list)
            next = all[Int(next)].olderOfKey
        }
    }

    private mutating func enter(_ action: Int32, _ list: Int) {
        guard let node = all[Int(action)].node else { return walkFromNowOn(list) }
        while keyLists[list].byNode.count <= node.position { keyLists[list].byNode.append(-1) }
        if keyLists[list].byNode[node.position] >= 0 { return walkFromNowOn(list) }
        keyLists[list].byNode[node.position] = action
    }

    private mutating func walkFromNowOn(_ list: Int) {
        keyLists[list].mustWalk = true
        keyLists[list].byNode = []
    }

    /// The action of an indexed list on a node; `isIndexed` false says that the list has to be walked.
    @inline(__always)
    func indexed(_ list: Int, _ node: NodeIndex) -> (isIndexed: Bool, action: ActionIndex?) {
        guard !keyLists[list].byNode.isEmpty else { return (false, nil) }
        guard node.position < keyLists[list].byNode.count, keyLists[list].byNode[node.position] >= 0 else { return (true, nil) }
        return (true, ActionIndex(raw: keyLists[list].byNode[node.position]))
    }

    /// The most recent action of a list; follow with `olderWithKey(than:)`.
    @inline(__always)
    func newest(in list: Int) -> ActionIndex? {
        keyLists[list].newest >= 0 ? ActionIndex(raw: keyLists[list].newest) : nil
    }

    @inline(__always)
    func olderWithKey(than action: ActionIndex) -> ActionIndex? {
        let next = all[action.position].olderOfKey
        return next >= 0 ? ActionIndex(raw: next) : nil
    }
}
