// SPDX-License-Identifier: GPL-2.0-or-later
// What distinguishes two versions of a tree, in the terms of patch sets: deletions, creations, moves, attribute changes.
// Parts that both versions share in memory are skipped, so after a small edit comparing costs little.
package import ClusterXML

/// The difference between an old and a new version of a tree whose roots are the same element.
package struct TreeDifference: Sendable {
    package struct AttributeChange: Sendable, Equatable {
        package var name: String
        /// nil: the attribute is gone.
        package var value: String?
        /// The attribute had another value before (or the same one at another position).
        package var existed: Bool
    }
    /// Something that is only in the old version. `index` counts the siblings without those deleted before.
    package struct Deletion: Sendable, Equatable {
        package var place: XMLPath
        package var index: Int
    }
    package enum Change: Sendable, Equatable {
        /// Places are those in the old and in the new version.
        case modify(old: XMLPath, new: XMLPath, [AttributeChange])
        case create(XMLPath)
        case move(XMLPath)
    }

    /// In the order of the old document.
    package private(set) var deletions: [Deletion] = []
    /// In the order of the new document; a move comes behind what changed below the element.
    package private(set) var changes: [Change] = []

    package var isEmpty: Bool { deletions.isEmpty && changes.isEmpty }

    /// - Parameter ordered: whether the order of attributes counts.
    package init(from old: XMLElement, to new: XMLElement, ordered: Bool = false) {
        var oldPath: [Int] = []
        var newPath: [Int] = []
        compare(old, new, &oldPath, &newPath, ordered)
        deletions.sort { $0.place < $1.place }
    }

    /// Whether two elements certainly are equal because they share storage.
    static func shareStorage(_ a: XMLElement, _ b: XMLElement) -> Bool {
        sameBuffer(a.attributes, b.attributes) && sameBuffer(a.children, b.children) && a.name == b.name
    }

    private static func sameBuffer<Item>(_ a: [Item], _ b: [Item]) -> Bool {
        guard a.count == b.count else { return false }
        return a.isEmpty || a.withUnsafeBufferPointer { left in b.withUnsafeBufferPointer { left.baseAddress == $0.baseAddress } }
    }

    private mutating func compare(
        _ old: XMLElement, _ new: XMLElement, _ oldPath: inout [Int], _ newPath: inout [Int], _ ordered: Bool
    ) {
        if TreeDifference.shareStorage(old, new) { return }
        if !TreeDifference.sameBuffer(old.attributes, new.attributes) {
            let attributes = TreeDifference.attributeChanges(old, new, ordered)
            if !attributes.isEmpty { changes.append(.modify(old: XMLPath(oldPath), new: XMLPath(newPath), attributes)) }
        }
        if TreeDifference.sameBuffer(old.children, new.children) { return }
        compareChildren(old, new, &oldPath, &newPath, ordered)
    }

    private static func attributeChanges(_ old: XMLElement, _ new: XMLElement, _ ordered: Bool) -> [AttributeChange] {
        var found: [AttributeChange] = []
        for (index, attribute) in new.attributes.enumerated() {
            if index < old.attributes.count, old.attributes[index] == attribute { continue }
            let before = old.attributes.firstIndex { $0.name == attribute.name }
            if let before, old.attributes[before].value == attribute.value, !ordered || before == index { continue }
            found.append(AttributeChange(name: attribute.name, value: attribute.value, existed: before != nil))
        }
        for attribute in old.attributes where new[attribute.name] == nil {
            found.append(AttributeChange(name: attribute.name, value: nil, existed: true))
        }
        return found
    }

    private mutating func compareChildren(
        _ old: XMLElement, _ new: XMLElement, _ oldPath: inout [Int], _ newPath: inout [Int], _ ordered: Bool
    ) {
        let matching = SiblingMatching(old.children, new.children)
        var deleted = 0
        for (index, partner) in matching.newOfOld.enumerated() where partner == nil {
            deletions.append(Deletion(place: XMLPath(oldPath + [index]), index: index - deleted))
            deleted += 1
        }
        let movement = SiblingMovement(matching)
        for (index, partner) in matching.oldOfNew.enumerated() {
            newPath.append(index)
            defer { newPath.removeLast() }
            guard let partner else {
                changes.append(.create(XMLPath(newPath)))
                continue
            }
            oldPath.append(partner)
            compare(old.children[partner], new.children[index], &oldPath, &newPath, ordered)
            oldPath.removeLast()
            if movement.moved[index] { changes.append(.move(XMLPath(newPath))) }
        }
    }
}

/// Which children of two versions of an element are the same: by name and id, comments and text by place and content.
private struct SiblingMatching {
    private(set) var newOfOld: [Int?]
    private(set) var oldOfNew: [Int?]

    init(_ old: [XMLElement], _ new: [XMLElement]) {
        newOfOld = Array(repeating: nil, count: old.count)
        oldOfNew = Array(repeating: nil, count: new.count)
        var rest: [Int] = []
        for index in old.indices {
            if index < new.count, SiblingMatching.same(old[index], new[index]) { pair(index, index) } else { rest.append(index) }
        }
        guard !rest.isEmpty else { return }
        var open: [String: [Int]] = [:]
        for index in new.indices.reversed() where oldOfNew[index] == nil && new[index].isElement {
            open[SiblingMatching.key(new[index]), default: []].append(index)
        }
        for index in rest where old[index].isElement {
            if let partner = open[SiblingMatching.key(old[index])]?.popLast() { pair(index, partner) }
        }
    }

    private mutating func pair(_ old: Int, _ new: Int) {
        newOfOld[old] = new
        oldOfNew[new] = old
    }

    private static func same(_ a: XMLElement, _ b: XMLElement) -> Bool {
        guard a.name == b.name else { return false }
        return a.isElement ? a.id == b.id : a.text == b.text
    }

    private static func key(_ element: XMLElement) -> String { "\(element.name) \(element.id ?? "")" }
}

/// Which of the children that are in both versions stand at another position, not counting created, deleted and
/// already moved ones.
private struct SiblingMovement {
    private(set) var moved: [Bool]

    init(_ matching: SiblingMatching) {
        moved = Array(repeating: false, count: matching.oldOfNew.count)
        // Positions in the old list that no longer count, ascending.
        var ignored = matching.newOfOld.indices.filter { matching.newOfOld[$0] == nil }
        var position = 0
        for (index, partner) in matching.oldOfNew.enumerated() {
            guard let partner else { continue }
            let rank = SiblingMovement.count(ignored, below: partner)
            let oldPosition = partner - rank
            if oldPosition == position {
                position += 1
                continue
            }
            moved[index] = true
            if oldPosition > position {
                ignored.insert(partner, at: rank)
                position += 1
            }
        }
    }

    private static func count(_ sorted: [Int], below limit: Int) -> Int {
        var low = 0
        var high = sorted.count
        while low < high {
            let middle = (low + high) / 2
            if sorted[middle] < limit { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
