// SPDX-License-Identifier: GPL-2.0-or-later
// Upgrade from 3.10 to 4.0: sets go behind the other children of their parent, in the order in which they count.
import ClusterXML

enum SortedSets {
    private static let kinds: Set = ["cluster_property_set", "instance_attributes", "meta_attributes", "utilization"]

    static func sorted(_ element: XMLElement) -> XMLElement {
        guard !element.children.isEmpty else { return element }
        var result = element
        for index in result.children.indices where result.children[index].isElement {
            result.children[index] = sorted(result.children[index])
        }
        let sets = result.children.filter { kinds.contains($0.name) }
        guard !sets.isEmpty else { return result }
        let ordered = sets.enumerated().sorted { ($0.element.rank, $0.offset) < ($1.element.rank, $1.offset) }
        result.children.removeAll { kinds.contains($0.name) }
        result.children += ordered.map(\.element)
        return result
    }
}

extension XMLElement {
    /// Small for what counts first: the options of the cluster, then by score, highest first.
    fileprivate var rank: Int {
        if name == "cluster_property_set", id == "cib-bootstrap-options" { return Int.min }
        switch self["score"] {
        case nil: return 0
        case "INFINITY", "+INFINITY": return Int.min + 1
        case "-INFINITY": return Int.max
        case let text?:
            let score = Int(text) ?? 0
            return score == Int.min ? Int.max - 1 : -score
        }
    }
}
