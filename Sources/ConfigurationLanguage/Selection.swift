// SPDX-License-Identifier: GPL-2.0-or-later
// Which objects the arguments of `show`, `save`, `edit` and `filter` mean (crm-configure.md section 6.8).
import ClusterXML

package struct Selection: Sendable {
    package var objects: [ConfigurationObject]
    package var asXML = false
    /// Patterns of `obscure:`; nil if none were given.
    package var hidden: [String]?

    /// - Throws: for an id that does not exist.
    package init(_ arguments: [String], in configuration: Configuration) throws(EditError) {
        var words = arguments
        if words.first == "xml" {
            asXML = true
            words.removeFirst()
        }
        let patterns = words.filter { $0.hasPrefix("obscure:") }.map { String($0.dropFirst(8)) }
        if !patterns.isEmpty { hidden = patterns }
        words.removeAll { $0.hasPrefix("obscure:") }
        let all = configuration.allObjects
        guard !words.isEmpty else {
            objects = all
            return
        }
        var keys = Set<String>()
        var errors: [Message] = []
        var position = 0
        while position < words.count {
            let word = words[position]
            position += 1
            let isJoin = (word == "and" || word == "or") && position > 1 && position < words.count
            let term = isJoin ? words[position] : word
            if isJoin { position += 1 }
            do throws(EditError) {
                let found = Set(try Self.find(term, all, configuration).map(\.key))
                if isJoin, word == "and" { keys.formIntersection(found) } else { keys.formUnion(found) }
            } catch {
                errors += error.messages
            }
        }
        guard errors.isEmpty else { throw EditError(errors) }
        objects = all.filter { keys.contains($0.key) }
    }

    /// The top-level objects that hold the selected ones, for XML.
    package func topLevelKeys(in configuration: Configuration) -> Set<String> {
        Set(
            objects.map { object in
                var top = object
                while let parent = top.parent.flatMap({ configuration[$0] }) { top = parent }
                return top.key
            })
    }

    private static func find(
        _ term: String, _ all: [ConfigurationObject], _ configuration: Configuration
    ) throws(EditError) -> [ConfigurationObject] {
        if term == "changed" { return configuration.changedObjects }
        if let kind = value(of: "type:", in: term) {
            return all.filter { $0.kind.rawValue == kind.lowercased() }
        }
        if let tag = value(of: "tag:", in: term) {
            let members = configuration[tag].map { $0.element.elements("obj_ref").compactMap(\.id) } ?? []
            return all.filter { members.contains($0.id) }
        }
        if let name = value(of: "related:", in: term) { return related(name, all, configuration) }
        if Glob.isPattern(term) {
            return all.filter { names(of: $0).contains { Glob.matches(term, $0) } }
        }
        let found = all.filter { names(of: $0).contains(term) }
        guard !found.isEmpty else {
            let hint = Spelling.nearest(to: term, among: all.map(\.id)).map { "did you mean \"\($0)\"?" }
            throw EditError("object \(term) does not exist", hint: hint)
        }
        return found
    }

    /// What selects an object: nodes go by their ids, too.
    private static func names(of object: ConfigurationObject) -> [String] {
        object.kind == .node ? [object.id] + (object.element.id.map { [$0] } ?? []) : [object.id]
    }

    private static func value(of prefix: String, in term: String) -> String? {
        term.hasPrefix(prefix) ? String(term.dropFirst(prefix.utf8.count)) : nil
    }

    /// The object and everything that names it; or all primitives of an agent.
    private static func related(
        _ name: String, _ all: [ConfigurationObject], _ configuration: Configuration
    ) -> [ConfigurationObject] {
        guard configuration.object(id: name) != nil else {
            let parts = name.lowercased().split(separator: ":").map(String.init)
            return all.filter { object in
                guard object.kind == .primitive || object.kind == .template, object.element["template"] == nil,
                    let agent = AgentName(of: object.element)
                else { return false }
                let own = [agent.standard, agent.provider, agent.type].compactMap { $0?.lowercased() }
                guard let type = own.last, let wanted = parts.last, type.contains(wanted) else { return false }
                return parts.dropLast().allSatisfy { own.dropLast().contains($0) }
            }
        }
        return all.filter { object in
            if object.id == name || object.members.contains(name) { return true }
            switch object.kind {
            case .tag: return object.element.elements("obj_ref").contains { $0.id == name }
            case .location where object.element["node"] == name: return true
            case .fencingTopology:
                return object.element.elements("fencing-level").contains {
                    ($0["devices"] ?? "").split(separator: ",").contains { $0 == name }
                }
            case .aclTarget, .aclGroup: return object.element.elements("role").contains { $0.id == name }
            default: return object.kind.isConstraint && ConstraintReferences.names(in: object.element).contains(name)
            }
        }
    }
}

extension Configuration {
    /// Objects that are new or differ from the document this was read from.
    package var changedObjects: [ConfigurationObject] {
        let before = Configuration(original)
        return allObjects.filter { object in
            guard let old = before[object.key] else { return true }
            return old.element != object.element || old.parent != object.parent
        }
    }
}
