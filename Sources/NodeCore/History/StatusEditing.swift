// SPDX-License-Identifier: GPL-2.0-or-later
// Finding and making the elements of the status section, in place.
package import ClusterXML

extension XMLElement {
    /// Position of the first child with this name and, unless nil, this id.
    package func position(_ name: String, id: String? = nil) -> Int? {
        children.firstIndex { $0.name == name && (id == nil || $0["id"] == id) }
    }

    /// Calls `body` with the child of this name and id, which is made at the end if it is not there.
    package mutating func edit<Result>(_ name: String, id: String? = nil, _ body: (inout XMLElement) -> Result) -> Result {
        if let index = position(name, id: id) { return body(&children[index]) }
        children.append(XMLElement(name, id.map { [("id", $0)] } ?? []))
        return body(&children[children.count - 1])
    }

    /// Calls `body` with the child of this name and id; nil if it is not there.
    package mutating func editExisting<Result>(_ name: String, id: String? = nil, _ body: (inout XMLElement) -> Result) -> Result? {
        guard let index = position(name, id: id) else { return nil }
        return body(&children[index])
    }

    /// Removes the children with this name and id.
    /// - Returns: whether there were any.
    @discardableResult
    package mutating func removeChildren(_ name: String, id: String? = nil) -> Bool {
        let before = children.count
        children.removeAll { $0.name == name && (id == nil || $0["id"] == id) }
        return children.count != before
    }

    /// Sets several attributes, keeping the order of those that exist.
    package mutating func set(_ values: [(String, String)]) {
        for (name, value) in values { self[name] = value }
    }
}

/// A node as the status section names it.
package struct NodeIdentity: Sendable, Equatable {
    /// Corosync's number for cluster nodes, the name for remote nodes.
    package var id: String
    package var name: String
    package var isRemote: Bool

    package init(id: String, name: String, isRemote: Bool) {
        self.id = id
        self.name = name
        self.isRemote = isRemote
    }

    package static func remote(_ name: String) -> NodeIdentity { NodeIdentity(id: name, name: name, isRemote: true) }
}

/// Edits of the `status` section. Each leaves everything else as it is.
package enum StatusSection {
    /// Calls `body` with the `node_state` of the node, which is made if needed.
    package static func editNode<Result>(_ cib: inout XMLElement, _ node: NodeIdentity, _ body: (inout XMLElement) -> Result) -> Result {
        cib.edit("status") { status in
            let index = status.position("node_state", id: node.id) ?? {
                let start = node.isRemote ? [("remote_node", "true")] : []
                status.children.append(XMLElement("node_state", start + [("id", node.id), ("uname", node.name)]))
                return status.children.count - 1
            }()
            return body(&status.children[index])
        }
    }

    /// Calls `body` with the history element of a resource on a node, which is made if needed.
    package static func editResource<Result>(
        _ cib: inout XMLElement, _ node: NodeIdentity, _ resource: ResourceAgent, _ body: (inout XMLElement) -> Result
    ) -> Result {
        editNode(&cib, node) { state in
            state.edit("lrm", id: node.id) { lrm in
                lrm.edit("lrm_resources") { resources in
                    let index = resources.position("lrm_resource", id: resource.id) ?? {
                        var element = XMLElement(
                            "lrm_resource", [("id", resource.id), ("type", resource.type), ("class", resource.standard)])
                        element["provider"] = resource.provider
                        resources.children.append(element)
                        return resources.children.count - 1
                    }()
                    return body(&resources.children[index])
                }
            }
        }
    }

    /// The history element of a resource on a node.
    package static func resource(_ cib: XMLElement, node: String, resource: String) -> XMLElement? {
        guard let state = cib.first("status")?.elements("node_state").first(where: { $0.id == node }) else { return nil }
        return state.first("lrm")?.first("lrm_resources")?.elements("lrm_resource").first { $0.id == resource }
    }

    /// Deletes the history of a resource, or of all resources if nil, on a node.
    /// - Returns: whether there was any.
    @discardableResult
    package static func deleteHistory(_ cib: inout XMLElement, node: String, resource: String?) -> Bool {
        cib.editExisting("status") { status in
            status.editExisting("node_state", id: node) { state in
                if resource == nil { return state.removeChildren("lrm") }
                return state.editExisting("lrm") { lrm in
                    lrm.editExisting("lrm_resources") { $0.removeChildren("lrm_resource", id: resource) } ?? false
                } ?? false
            } ?? false
        } ?? false
    }

    /// The transient attributes of a node, as (name, value).
    package static func transientAttributes(_ cib: XMLElement, node: String) -> [(String, String)] {
        guard let state = cib.first("status")?.elements("node_state").first(where: { $0.id == node }) else { return [] }
        var result: [(String, String)] = []
        for block in state.elements("transient_attributes") {
            for set in block.elements("instance_attributes") {
                for pair in set.elements("nvpair") { result.append((pair["name"] ?? "", pair["value"] ?? "")) }
            }
        }
        return result
    }

    /// Writes or, with a nil value, removes one transient attribute.
    /// - Returns: whether anything changed.
    package static func setTransient(
        _ cib: inout XMLElement, _ node: NodeIdentity, name: String, value: String?, set: String?, kind: String = "instance_attributes"
    ) -> Bool {
        let setID = set ?? "status-\(node.id)"
        let pairID = sanitizedID("\(setID)-\(name)")
        return editNode(&cib, node) { state in
            guard value != nil || state.position("transient_attributes", id: node.id) != nil else { return false }
            return state.edit("transient_attributes", id: node.id) { block in
                guard value != nil || block.position(kind, id: setID) != nil else { return false }
                return block.edit(kind, id: setID) { pairs in
                    let index = pairs.children.firstIndex { $0.name == "nvpair" && $0["name"] == name }
                    switch (index, value) {
                    case (let index?, let value?):
                        if pairs.children[index]["value"] == value { return false }
                        pairs.children[index]["value"] = value
                    case (let index?, nil): pairs.children.remove(at: index)
                    case (nil, let value?):
                        pairs.children.append(XMLElement("nvpair", [("id", pairID), ("name", name), ("value", value)]))
                    case (nil, nil): return false
                    }
                    return true
                }
            }
        }
    }

    /// Replaces characters that an XML id must not have by a dot.
    package static func sanitizedID(_ text: String) -> String {
        String(text.map { $0.isLetter || $0.isNumber || $0 == "-" || $0 == "_" || $0 == "." ? $0 : "." })
    }
}
