// SPDX-License-Identifier: GPL-2.0-or-later
// Sets that are used in several places by `id-ref`: copied out before an upgrade to 3.0, so that a pair can move out of one
// use and stay in another, and turned back into references behind it where nothing came between.
import ClusterXML

enum SharedSets {
    private static let kinds: Set = ["cluster_property_set", "instance_attributes", "meta_attributes"]
    /// How ids of copies begin; members of a copy get the id of the original in front, too.
    private static let copyPrefix = "_cibtr-2_"

    static func unfold(_ cib: inout XMLElement) {
        let originals = definitions(in: cib)
        cib.rewriteDescendants { element, _ in
            guard kinds.contains(element.name), let target = element["id-ref"],
                let original = originals["\(element.name) \(target)"]
            else { return [element] }
            var copy = original
            copy["id"] = copyPrefix + target
            copy.children = original.children.map { prefixed($0, "_\(copyPrefix)\(target)__") }
            return [copy]
        }
    }

    private static func definitions(in cib: XMLElement) -> [String: XMLElement] {
        var found: [String: XMLElement] = [:]
        cib.forEachElement { element in
            if kinds.contains(element.name), let id = element.id { found["\(element.name) \(id)"] = element }
        }
        return found
    }

    private static func prefixed(_ element: XMLElement, _ prefix: String) -> XMLElement {
        var result = element
        if element.isElement, let id = element.id { result["id"] = prefix + id }
        result.children = element.children.map { prefixed($0, prefix) }
        return result
    }

    static func fold(_ cib: inout XMLElement, _ notes: inout [UpgradeNote]) {
        let originals = definitions(in: cib)
        var found: [UpgradeNote] = []
        cib.rewriteDescendants { element, _ in
            guard kinds.contains(element.name), let id = element.id, id.hasPrefix(copyPrefix) else { return [element] }
            let target = String(id.dropFirst(copyPrefix.count))
            guard let original = originals["\(element.name) \(target)"] else {
                found.append(
                    UpgradeNote(
                        severity: .debug,
                        text: "\(element.name): original element pointed to with @id-ref (\(target)) disappeared during upgrade"))
                return [element]
            }
            return sameButForIDs(element, original) ? [XMLElement(element.name, [("id-ref", target)])] : [element]
        }
        notes += found
    }

    private static func sameButForIDs(_ a: XMLElement, _ b: XMLElement) -> Bool {
        a.name == b.name && a.attributes.filter { $0.name != "id" } == b.attributes.filter { $0.name != "id" }
            && a.children.count == b.children.count && zip(a.children, b.children).allSatisfy(sameButForIDs)
    }
}
