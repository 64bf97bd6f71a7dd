// SPDX-License-Identifier: GPL-2.0-or-later
// Patch sets of format 2 (spec: cluster-daemon-facts 2.4): making and applying them.
package import ClusterXML

package enum CIBPatch {
    /// How a patch set is made.
    package struct Options: OptionSet, Sendable {
        package let rawValue: Int
        package init(rawValue: Int) { self.rawValue = rawValue }
        /// Add the digest of the result.
        package static let digest = Options(rawValue: 1)
        /// The order of attributes counts.
        package static let attributeOrder = Options(rawValue: 2)
        /// Leave out the versions: for XML that is no CIB.
        package static let noVersions = Options(rawValue: 4)
    }

    /// The patch set that turns `old` into `new`; nil if they do not differ.
    package static func diff(from old: XMLElement, to new: XMLElement, options: Options = []) -> XMLElement? {
        let difference = TreeDifference(from: old, to: new, ordered: options.contains(.attributeOrder))
        guard !difference.isEmpty else { return nil }
        return patch(for: difference, from: old, to: new, options: options)
    }

    /// The patch set for a difference that is known already.
    package static func patch(
        for difference: TreeDifference, from old: XMLElement, to new: XMLElement, options: Options = []
    ) -> XMLElement {
        var patch = XMLElement("diff", [("format", "2")])
        if options.contains(.digest) { patch["digest"] = Digest.version2(new) }
        if !options.contains(.noVersions) {
            patch.children.append(
                XMLElement("version", children: [version("source", of: old), version("target", of: new)]))
        }
        for deletion in difference.deletions {
            var change = XMLElement("change", [("operation", "delete"), ("path", old.address(of: deletion.place))])
            if old[deletion.place]?.name == "#comment" { change["position"] = String(deletion.index) }
            patch.children.append(change)
        }
        for change in difference.changes { patch.children.append(element(change, in: new)) }
        return patch
    }

    private static func version(_ name: String, of cib: XMLElement) -> XMLElement {
        var element = XMLElement(name)
        for counter in ["admin_epoch", "epoch", "num_updates"] { element[counter] = cib[counter] ?? "0" }
        return element
    }

    private static func element(_ change: TreeDifference.Change, in new: XMLElement) -> XMLElement {
        switch change {
        case .create(let place):
            let parent = place.parent ?? .root
            return XMLElement(
                "change",
                [("operation", "create"), ("path", new.address(of: parent)), ("position", String(place.indices.last ?? 0))],
                children: new[place].map { [$0] } ?? [])
        case .move(let place):
            return XMLElement("change", [
                ("operation", "move"), ("path", new.address(of: place)), ("position", String(place.indices.last ?? 0)),
            ])
        case .modify(_, let place, let attributes):
            let list = attributes.map { attribute in
                var item = XMLElement("change-attr", [("name", attribute.name)])
                item["operation"] = attribute.value == nil ? "unset" : "set"
                item["value"] = attribute.value
                return item
            }
            var result = new[place] ?? XMLElement("")
            result.children = []
            return XMLElement(
                "change", [("operation", "modify"), ("path", new.address(of: place))],
                children: [XMLElement("change-list", children: list), XMLElement("change-result", children: [result])])
        }
    }
}

extension Digest {
    /// The digest of a whole CIB in patch sets and `replace` requests: MD5 of the compact XML without the attributes
    /// that say who wrote it when.
    package static func version2(_ cib: XMLElement) -> String {
        var printer = XMLPrinter()
        printer.omittedAttributes = ["cib-last-written", "update-origin", "update-client", "update-user", "crm-debug-origin"]
        printer.compact(cib)
        return md5Hex(printer.bytes)
    }
}
