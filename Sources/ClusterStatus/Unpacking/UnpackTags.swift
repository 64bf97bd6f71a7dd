// SPDX-License-Identifier: GPL-2.0-or-later
// Tags, and templates as lists of the resources derived from them (scheduler spec 7.1).

import ClusterXML

extension ClusterState {
    mutating func unpackTags(_ section: XMLElement?) {
        guard let section else { return }
        for element in section.elements("tag") {
            guard let id = element.id else {
                error("Ignoring tag without id")
                continue
            }
            for reference in element.elements("obj_ref") {
                guard let target = reference.id else {
                    error("Ignoring reference without id in tag '\(id)'")
                    continue
                }
                addToTag(id, target)
            }
        }
    }

    private mutating func addToTag(_ id: String, _ reference: String) {
        let position = tagPositions[id] ?? tags.count
        if position == tags.count {
            tags.append(Tag(id: id))
            tagPositions[id] = position
        }
        if !tags[position].references.contains(reference) { tags[position].references.append(reference) }
    }

    /// Notes a template, and a resource derived from it if there is one.
    mutating func addToTemplate(_ id: String, _ resource: String?) {
        let position = templatePositions[id] ?? templates.count
        if position == templates.count {
            templates.append(Tag(id: id))
            templatePositions[id] = position
        }
        if let resource, !templates[position].references.contains(resource) {
            templates[position].references.append(resource)
        }
    }
}
