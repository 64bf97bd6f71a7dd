// SPDX-License-Identifier: GPL-2.0-or-later
// The document a commit writes. What it does not touch keeps its place.
package import ClusterXML

extension Configuration {
    /// The new document.
    ///
    /// CIBs of writers before feature set 3.0.9 take patches that know no positions: there, new parts go to the end of what
    /// holds them and old ones stay where they are, unless a container or an access list changed, when the new order is
    /// written as a whole.
    package func committed() -> XMLElement {
        let next = assembled()
        if Self.knowsPositions(root["crm_feature_set"]) { return next }
        let reordered = allObjects.contains { $0.isChanged && ($0.kind.isContainer || $0.kind.isAccessRule) }
        return reordered ? next : Self.keepingPlaces(next, from: original)
    }

    private static func knowsPositions(_ featureSet: String?) -> Bool {
        guard let featureSet else { return false }
        let numbers = featureSet.split(separator: ".").map { Int($0) ?? 0 }
        return [3, 0, 8].lexicographicallyPrecedes(numbers)
    }

    /// `new` with children in the order of `old`, new ones behind.
    private static func keepingPlaces(_ new: XMLElement, from old: XMLElement) -> XMLElement {
        var result = new
        guard new.children != old.children else { return result }
        var rest = new.children.map(Optional.some)
        var places: [String: [Int]] = [:]
        for (index, child) in new.children.enumerated() where child.isElement { places[key(child), default: []].append(index) }
        var ordered: [XMLElement] = []
        ordered += new.children.filter { !$0.isElement }
        if new.name == "tag", isRenaming(old, new) { return new }
        for child in old.children where child.isElement {
            guard let index = places[key(child)]?.first, let match = rest[index] else { continue }
            places[key(child)]?.removeFirst()
            ordered.append(keepingPlaces(match, from: child))
            rest[index] = nil
        }
        for case let child? in rest where child.isElement { ordered.append(child) }
        result.children = ordered
        return result
    }

    private static func key(_ element: XMLElement) -> String { "\(element.name) \(element.id ?? "")" }

    /// Whether one member was only given another name.
    private static func isRenaming(_ old: XMLElement, _ new: XMLElement) -> Bool {
        old.children.count == new.children.count && zip(old.children, new.children).filter { $0 != $1 }.count == 1
    }
}
