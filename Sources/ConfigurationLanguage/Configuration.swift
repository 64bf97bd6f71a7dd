// SPDX-License-Identifier: GPL-2.0-or-later
// A CIB as a set of objects that statements create, change and remove. Reading it in and writing it out loses nothing.
package import ClusterXML

/// One object: what one statement describes.
package struct ConfigurationObject: Sendable, Equatable {
    package var kind: ObjectKind
    package var id: String
    /// The element; member resources are `member-resource` placeholders.
    package var element: XMLElement
    /// Key of the container it is in.
    package var parent: String?
    package var isChanged = false

    /// The name among all objects: nodes have a name space of their own.
    package var key: String { Self.key(kind, id) }

    package static func key(_ kind: ObjectKind, _ id: String) -> String { kind == .node ? "node:\(id)" : id }

    /// Ids of the member resources in order.
    package var members: [String] { element.elements.filter { $0.name == MemberPlaceholder.name }.compactMap(\.id) }
}

package struct Configuration: Sendable {
    enum Entry: Sendable, Equatable { case object(String), raw(XMLElement) }
    struct Section: Sendable, Equatable {
        var element: XMLElement
        var entries: [Entry]
        var isChanged = false
    }

    /// The `cib` element without its children.
    package var root: XMLElement
    private var configurationElement: XMLElement
    var sections: [Section]
    /// Children of `cib` other than `configuration`: the status.
    package var rest: [XMLElement]
    var objects: [String: ConfigurationObject] = [:]
    var ids = IDRegistry()
    /// The document this was read from.
    package private(set) var original: XMLElement

    /// Takes a `cib` document apart.
    package init(_ cib: XMLElement) {
        original = cib
        root = XMLElement("cib")
        root.attributes = cib.attributes
        var configuration = cib.first("configuration") ?? XMLElement("configuration")
        rest = cib.elements.filter { $0.name != "configuration" }
        let contents = configuration.children
        configuration.children = []
        configurationElement = configuration
        sections = []
        for child in contents where child.isElement {
            var section = Section(element: child, entries: [])
            if child.name == "fencing-topology" {
                section.entries = [.object("fencing_topology")]
                section.element = XMLElement("fencing-topology")
                add(ConfigurationObject(kind: .fencingTopology, id: "fencing_topology", element: child))
            } else {
                for entry in child.children where entry.name != "#text" {
                    section.entries.append(read(entry, in: child.name))
                }
                section.element.children = []
            }
            sections.append(section)
        }
    }

    private mutating func read(_ element: XMLElement, in section: String) -> Entry {
        guard let kind = ObjectKind.of(element: element.name, in: section),
            let id = kind == .node ? element["uname"] ?? element.id : element.id ?? element["id-ref"],
            objects[ConfigurationObject.key(kind, id)] == nil
        else {
            ids.add(element)
            return .raw(element)
        }
        return .object(readObject(element, kind: kind, id: id, parent: nil))
    }

    /// Files an element and its members; the key it got.
    private mutating func readObject(_ element: XMLElement, kind: ObjectKind, id: String, parent: String?) -> String {
        var element = element
        element.stripBlankText()
        var object = ConfigurationObject(kind: kind, id: id, element: element, parent: parent)
        if kind.isContainer {
            for index in element.children.indices {
                let child = element.children[index]
                guard let memberKind = ObjectKind.of(element: child.name, in: "resources"), let memberID = child.id,
                    objects[memberID] == nil, memberID != id
                else { continue }
                _ = readObject(child, kind: memberKind, id: memberID, parent: id)
                object.element.children[index] = MemberPlaceholder.of(memberID)
            }
        }
        add(object)
        return object.key
    }

    private mutating func add(_ object: ConfigurationObject) {
        ids.add(object.element)
        objects[object.key] = object
    }

    // MARK: looking

    package subscript(_ key: String) -> ConfigurationObject? { objects[key] }

    /// The object with an id; resources and the like before nodes.
    package func object(id: String) -> ConfigurationObject? { objects[id] ?? objects["node:\(id)"] }

    /// All objects in document order, members after their container.
    package var allObjects: [ConfigurationObject] {
        var result: [ConfigurationObject] = []
        result.reserveCapacity(objects.count)
        func visit(_ key: String) {
            guard let object = objects[key] else { return }
            result.append(object)
            for member in object.members { visit(member) }
        }
        for section in sections {
            for case .object(let key) in section.entries { visit(key) }
        }
        return result
    }

    package func objects(of kind: ObjectKind) -> [ConfigurationObject] { allObjects.filter { $0.kind == kind } }

    /// Node names in document order.
    package var nodeNames: [String] {
        guard let section = sections.first(where: { $0.element.name == "nodes" }) else { return [] }
        return section.entries.compactMap { entry in
            if case .object(let key) = entry { objects[key]?.id } else { nil }
        }
    }

    /// The same configuration as a change of another document.
    func based(on document: XMLElement) -> Configuration {
        var result = self
        result.original = document
        return result
    }

    package var schema: String { root["validate-with"] ?? "" }

    package var isChanged: Bool { assembled() != comparableOriginal }

    private var comparableOriginal: XMLElement { Configuration(original).assembled() }

    // MARK: writing out

    /// The element of an object with its members in place.
    package func element(of key: String) -> XMLElement? {
        guard let object = objects[key] else { return nil }
        var element = object.element
        if object.kind.isContainer {
            element.children = element.children.compactMap {
                $0.name == MemberPlaceholder.name ? self.element(of: $0.id ?? "") : $0
            }
        }
        return element
    }

    /// The whole `cib` document. Of the optional sections, empty ones that were not there before stay away.
    /// - Parameter only: if given, only objects with these top-level keys.
    package func assembled(only: Set<String>? = nil, includingRest: Bool = true) -> XMLElement {
        var configuration = configurationElement
        for section in sections {
            var element = section.element
            if element.name == "fencing-topology" {
                if only?.contains("fencing_topology") ?? true, let topology = objects["fencing_topology"]?.element {
                    configuration.children.append(topology)
                }
                continue
            }
            element.children = section.entries.compactMap { entry in
                switch entry {
                case .raw(let raw): only == nil ? raw : nil
                case .object(let key): only?.contains(key) ?? true ? self.element(of: key) : nil
                }
            }
            let isMandatory = ["crm_config", "nodes", "resources", "constraints"].contains(element.name)
            if only != nil, element.children.isEmpty, !isMandatory { continue }
            configuration.children.append(element)
        }
        var cib = root
        cib.children = [configuration] + (includingRest ? rest : [])
        return cib
    }

    // MARK: changing

    /// Files a new top-level object at the end of its section.
    mutating func insert(_ object: ConfigurationObject) {
        var object = object
        object.isChanged = true
        add(object)
        guard object.parent == nil else { return }
        appendEntry(object)
    }

    private mutating func appendEntry(_ object: ConfigurationObject) {
        let name = object.kind.section
        let index = sections.firstIndex { $0.element.name == name } ?? {
            sections.append(Section(element: XMLElement(name), entries: []))
            return sections.count - 1
        }()
        if !sections[index].entries.contains(.object(object.key)) { sections[index].entries.append(.object(object.key)) }
    }

    /// Replaces the element of an object.
    mutating func replace(_ key: String, with element: XMLElement) {
        guard let old = objects[key], old.element != element else { return }
        ids.remove(old.element)
        ids.add(element)
        objects[key]?.element = element
        objects[key]?.isChanged = true
    }

    /// Changes an object's element in place, for changes that leave ids alone.
    mutating func update(_ key: String, _ change: (inout XMLElement) -> Void) {
        guard var element = objects[key]?.element else { return }
        change(&element)
        replace(key, with: element)
    }

    /// Removes an object and its entry; members must have been moved away before.
    mutating func drop(_ key: String) {
        guard let object = objects.removeValue(forKey: key) else { return }
        ids.remove(object.element)
        removeEntry(object)
    }

    private mutating func removeEntry(_ object: ConfigurationObject) {
        if let parent = object.parent {
            update(parent) { $0.children.removeAll { $0.name == MemberPlaceholder.name && $0.id == object.id } }
        } else if let index = sections.firstIndex(where: { $0.element.name == object.kind.section }) {
            sections[index].entries.removeAll { $0 == .object(object.key) }
            if object.kind == .fencingTopology { sections.remove(at: index) }
        }
    }

    /// Moves a resource into a container (whose element must already name it) or to the top level.
    mutating func move(_ key: String, to parent: String?) {
        guard let object = objects[key], object.parent != parent else { return }
        removeEntry(object)
        objects[key]?.parent = parent
        if parent == nil, let moved = objects[key] { appendEntry(moved) }
    }

    /// Gives an object another id; its place stays.
    mutating func rekey(_ old: String, to id: String) {
        guard var object = objects.removeValue(forKey: old) else { return }
        ids.remove(object.element)
        object.id = id
        object.element["id"] = id
        object.isChanged = true
        add(object)
        for member in object.members { objects[member]?.parent = id }
        if let parent = object.parent {
            update(parent) { element in
                for index in element.children.indices where element.children[index].name == MemberPlaceholder.name {
                    if element.children[index].id == old { element.children[index]["id"] = id }
                }
            }
        } else if let index = sections.firstIndex(where: { $0.element.name == object.kind.section }) {
            for place in sections[index].entries.indices where sections[index].entries[place] == .object(old) {
                sections[index].entries[place] = .object(id)
            }
        }
    }
}

/// Which ids a CIB uses.
struct IDRegistry: Sendable {
    private var uses: [String: Int] = [:]

    /// Elements whose `id` names another object, or repeats freely.
    private static func isDefinition(_ element: XMLElement) -> Bool {
        switch element.name {
        case "resource_ref", "obj_ref", "role", "role_ref", "node", MemberPlaceholder.name: false
        default: element.isElement
        }
    }

    func contains(_ id: String) -> Bool { uses[id] != nil }

    mutating func add(_ element: XMLElement) { count(element, by: 1) }
    mutating func remove(_ element: XMLElement) { count(element, by: -1) }

    mutating func use(_ id: String) { uses[id, default: 0] += 1 }

    private mutating func count(_ element: XMLElement, by change: Int) {
        if let id = element.id, Self.isDefinition(element) {
            let now = (uses[id] ?? 0) + change
            uses[id] = now > 0 ? now : nil
        }
        for child in element.children where child.isElement { count(child, by: change) }
    }

    /// The id itself if it is free, else with the first free `-N`.
    func free(_ id: String) -> String {
        guard contains(id) else { return id }
        var number = 0
        while contains("\(id)-\(number)") { number += 1 }
        return "\(id)-\(number)"
    }
}

extension Configuration {
    /// Whether every element of the configuration is an object or remark of its own; false if some could not be filed.
    package var isComplete: Bool {
        sections.allSatisfy { section in
            section.entries.allSatisfy { entry in
                if case .raw(let element) = entry { !element.isElement } else { true }
            }
        }
    }
}
