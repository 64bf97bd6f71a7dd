// SPDX-License-Identifier: GPL-2.0-or-later
// Resolving `id-ref`: the first element of a name with an id in the configuration.

package import ClusterXML

/// Elements that can be referred to, collected only if the configuration refers to anything at all.
package struct ReferenceIndex: Sendable {
    private var elements: [String: XMLElement] = [:]

    package init(_ configuration: XMLElement) {
        if Self.refers(configuration) { collect(configuration) }
    }

    /// The element meant by a reference, nil if there is none.
    package func find(_ name: String, _ id: String) -> XMLElement? { elements[name + " " + id] }

    private static func refers(_ element: XMLElement) -> Bool {
        if element.attributes.contains(where: { $0.name == "id-ref" }) { return true }
        return element.children.contains { refers($0) }
    }

    private mutating func collect(_ element: XMLElement) {
        if let id = element.id {
            let key = element.name + " " + id
            if elements[key] == nil { elements[key] = element }
        }
        for child in element.children { collect(child) }
    }
}
