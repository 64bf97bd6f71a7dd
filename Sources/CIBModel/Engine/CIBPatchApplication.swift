// SPDX-License-Identifier: GPL-2.0-or-later
// Applying a patch set of format 2 to a tree, in place.
package import ClusterXML

extension CIBPatch {
    /// Why a patch set was not applied. The tree may be changed then; callers work on a copy.
    package enum Failure: Error, Sendable, Equatable {
        /// Not a patch set of format 2.
        case malformed(String)
        /// Made for an older CIB than this one.
        case older
        /// Made for a newer CIB than this one.
        case newer
        /// A place does not exist.
        case doesNotFit(String)
        case digestMismatch

        package var error: CIBError {
            switch self {
            case .malformed: .invalid
            case .older: .oldData
            case .newer, .doesNotFit, .digestMismatch: .patchFailed
            }
        }

        /// A sentence for people.
        package var explanation: String {
            switch self {
            case .malformed(let reason): "the patch set is malformed: \(reason)"
            case .older: "the patch set was made for an older configuration"
            case .newer: "the patch set was made for a newer configuration"
            case .doesNotFit(let path): "the patch set does not fit: there is no \(path)"
            case .digestMismatch: "the result of the patch set does not have the digest that it should have"
            }
        }
    }

    /// Applies a patch set.
    /// - Parameter checkingVersions: whether the tree must have the version that the patch set was made for.
    package static func apply(_ patch: XMLElement, to tree: inout XMLElement, checkingVersions: Bool = true) throws(Failure) {
        guard patch.name == "diff" else { throw .malformed("it begins with <\(patch.name)> instead of <diff>") }
        guard patch["format"] == "2" else { throw .malformed("format=\"\(patch["format"] ?? "1")\" is not supported") }
        if checkingVersions { try checkVersions(patch, tree) }
        var insertions: [(position: Int, change: XMLElement)] = []
        for change in patch.elements("change") {
            let position = change["position"].flatMap { Int($0) }
            switch change["operation"] {
            case "delete":
                guard let place = place(of: try path(change), in: tree, position: position), !place.indices.isEmpty else { continue }
                tree.remove(at: place)
            case "modify":
                try modify(change, &tree)
            case "create", "move":
                insertions.append((position ?? Int.max, change))
            case let other: throw .malformed("operation '\(other ?? "")' is not known")
            }
        }
        let ordered = insertions.enumerated().sorted { ($0.element.position, $0.offset) < ($1.element.position, $1.offset) }
        for (_, (position, change)) in ordered {
            if change["operation"] == "move" { try move(change, to: position, &tree) } else { try create(change, at: position, &tree) }
        }
        if let digest = patch["digest"], digest != Digest.version2(tree) { throw .digestMismatch }
    }

    private static func path(_ change: XMLElement) throws(Failure) -> String {
        guard let path = change["path"] else { throw .malformed("a change has no path") }
        return path
    }

    private static func checkVersions(_ patch: XMLElement, _ tree: XMLElement) throws(Failure) {
        guard let version = patch.first("version"), let source = version.first("source") else { return }
        let current = CIBVersion(of: tree)
        let from = CIBVersion(of: source)
        if current > from { throw .older }
        if current < from { throw .newer }
        if let target = version.first("target"), CIBVersion(of: target) <= from { throw .older }
    }

    private static func modify(_ change: XMLElement, _ tree: inout XMLElement) throws(Failure) {
        let path = try path(change)
        guard let result = change.first("change-result")?.children.first(where: \.isElement) else {
            throw .malformed("a modification has no result")
        }
        let done: Void? = place(of: path, in: tree, position: nil).flatMap { place in
            tree.modify(at: place) { $0.attributes = result.attributes }
        }
        if done == nil { throw .doesNotFit(path) }
    }

    private static func create(_ change: XMLElement, at position: Int, _ tree: inout XMLElement) throws(Failure) {
        let path = try path(change)
        guard let new = change.children.first(where: { $0.name != "#text" }) else {
            throw .malformed("a creation has no content")
        }
        let done: Void? = place(of: path, in: tree, position: nil).flatMap { place in
            tree.modify(at: place) { parent in
                parent.children.insert(new, at: position < 0 ? parent.children.count : min(position, parent.children.count))
            }
        }
        if done == nil { throw .doesNotFit(path) }
    }

    private static func move(_ change: XMLElement, to position: Int, _ tree: inout XMLElement) throws(Failure) {
        let path = try path(change)
        guard let place = place(of: path, in: tree, position: nil), let parent = place.parent, let index = place.indices.last else {
            throw .doesNotFit(path)
        }
        tree.modify(at: parent) { element in
            let moved = element.children.remove(at: index)
            element.children.insert(moved, at: min(max(0, position), element.children.count))
        }
    }

    // MARK: Addresses

    /// Follows an address such as `/cib/configuration/resources/primitive[@id='a']`.
    /// - Parameter position: which child a comment at the end of the address is.
    package static func place(of address: String, in tree: XMLElement, position: Int?) -> XMLPath? {
        guard let steps = steps(of: address), let first = steps.first, first.name == tree.name,
            first.id == nil || first.id == tree.id
        else { return nil }
        var current = tree
        var indices: [Int] = []
        for (number, step) in steps.enumerated().dropFirst() {
            let isLast = number + 1 == steps.count
            let index = current.children.firstIndex { child in
                if step.name == "comment", child.name == "#comment" { return position == nil || !isLast }
                return child.name == step.name && (step.id == nil || child.id == step.id)
            }
            if step.name == "comment", isLast, let position {
                guard current.children.indices.contains(position), current.children[position].name == "#comment" else { return nil }
                indices.append(position)
            } else {
                guard let index else { return nil }
                indices.append(index)
            }
            if let last = indices.last { current = current.children[last] }
        }
        return XMLPath(indices)
    }

    private static func steps(of address: String) -> [(name: String, id: String?)]? {
        let bytes = Array(address.utf8)
        let marker = Array("[@id='".utf8)
        var steps: [(name: String, id: String?)] = []
        var position = 0
        while position < bytes.count {
            guard bytes[position] == UInt8(ascii: "/") else { return nil }
            position += 1
            let start = position
            while position < bytes.count, bytes[position] != UInt8(ascii: "/"), bytes[position] != UInt8(ascii: "[") { position += 1 }
            let name = String(decoding: bytes[start..<position], as: UTF8.self)
            guard !name.isEmpty else { return nil }
            guard position < bytes.count, bytes[position] == UInt8(ascii: "[") else {
                steps.append((name, nil))
                continue
            }
            guard bytes[position...].starts(with: marker), let end = endOfID(bytes, from: position + marker.count) else { return nil }
            steps.append((name, String(decoding: bytes[(position + marker.count)..<end], as: UTF8.self)))
            position = end + 2
        }
        return steps.isEmpty ? nil : steps
    }

    /// The index of the quote that ends an id: the first one with `]` and then a step or the end behind it.
    private static func endOfID(_ bytes: [UInt8], from start: Int) -> Int? {
        var index = start
        while index + 1 < bytes.count {
            if bytes[index] == UInt8(ascii: "'"), bytes[index + 1] == UInt8(ascii: "]"),
                index + 2 == bytes.count || bytes[index + 2] == UInt8(ascii: "/")
            {
                return index
            }
            index += 1
        }
        return nil
    }
}
