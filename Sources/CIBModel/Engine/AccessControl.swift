// SPDX-License-Identifier: GPL-2.0-or-later
// Access lists: what a user may read and change (spec: cluster-daemon-facts 2.6, cib-schema 4.2).
package import ClusterXML

/// The rights of one user, taken from the access lists of a CIB.
package struct AccessControl: Sendable {
    /// What a permission says about an element and what is below it.
    struct Mode: OptionSet, Hashable, Sendable {
        let rawValue: UInt8
        static let read = Mode(rawValue: 1)
        static let write = Mode(rawValue: 2)
        static let deny = Mode(rawValue: 4)
    }
    struct Permission: Sendable {
        var mode: Mode
        var xpath: String
    }

    package let user: String
    let permissions: [Permission]

    /// - Returns: nil if the request needs no check: lists are off, or the user may do everything.
    init?(for request: CIBRequest, in cib: XMLElement) {
        guard !request.isPrivileged, let user = request.user else { return nil }
        self.init(user: user, in: cib, groups: request.groups)
    }

    /// - Parameter groups: the groups of the user, for `acl_group` entries.
    /// - Returns: nil if lists are off (`enable-acl`), or the user is root or hacluster.
    package init?(user: String, in cib: XMLElement, groups: [String] = []) {
        guard !user.isEmpty, user != "root", user != "hacluster", AccessControl.isEnabled(in: cib) else { return nil }
        self.init(enforcedFor: user, in: cib, groups: groups)
    }

    /// The rights of a user as if lists were enabled.
    package init(enforcedFor user: String, in cib: XMLElement, groups: [String] = []) {
        self.user = user
        let lists = cib.first("configuration")?.first("acls")
        var found: [Permission] = []
        for entry in lists?.elements.map({ $0 }) ?? [] {
            let subject = entry["name"] ?? entry.id
            switch entry.name {
            case "acl_target", "acl_user": if subject != user { continue }
            case "acl_group": if !groups.contains(subject ?? "") { continue }
            default: continue
            }
            AccessControl.collect(entry, lists, depth: 0, &found)
        }
        permissions = found
    }

    /// Whether the users root and hacluster, which bypass the lists, are meant.
    package static func isPrivileged(_ user: String) -> Bool { user.isEmpty || user == "root" || user == "hacluster" }

    package static func isEnabled(in cib: XMLElement) -> Bool {
        for set in cib.first("configuration")?.first("crm_config")?.all("cluster_property_set") ?? [] {
            for pair in set.elements("nvpair") where pair["name"] == "enable-acl" {
                return ["true", "yes", "on", "y", "1"].contains(pair["value"]?.lowercased() ?? "")
            }
        }
        return false
    }

    private static func collect(_ entry: XMLElement, _ lists: XMLElement?, depth: Int, _ found: inout [Permission]) {
        guard depth < 8 else { return }
        for child in entry.elements {
            switch child.name {
            case "role", "role_ref":
                let role = lists?.children.first { $0.name == "acl_role" && $0.id == child.id }
                if let role { collect(role, lists, depth: depth + 1, &found) }
            case "acl_permission": if let mode = mode(child["kind"]) { append(child, mode, &found) }
            case "read", "write", "deny": if let mode = mode(child.name) { append(child, mode, &found) }
            default: break
            }
        }
    }

    private static func mode(_ kind: String?) -> Mode? {
        switch kind {
        case "read": .read
        case "write": .write
        case "deny": .deny
        default: nil
        }
    }

    private static func append(_ rule: XMLElement, _ mode: Mode, _ found: inout [Permission]) {
        if let xpath = rule["xpath"] { return found.append(Permission(mode: mode, xpath: xpath)) }
        let type = rule["object-type"] ?? rule["tag"]
        let reference = rule["reference"] ?? rule["ref"]
        guard type != nil || reference != nil || rule["attribute"] != nil else { return }
        let conditions = [reference.map { "@id='\($0)'" }, rule["attribute"].map { "@\($0)" }].compactMap { $0 }
        let predicate = conditions.isEmpty ? "" : "[\(conditions.joined(separator: " and "))]"
        found.append(Permission(mode: mode, xpath: "//\(type ?? "*")\(predicate)"))
    }

    // MARK: Applying

    /// The modes of the elements that permissions select in a tree.
    private func marks(in tree: XMLElement) -> [XMLPath: Mode] {
        var marks: [XMLPath: Mode] = [:]
        for permission in permissions {
            for place in (try? XPath(permission.xpath).places(in: tree)) ?? [] { marks[place, default: []].insert(permission.mode) }
        }
        return marks
    }

    /// What the user may see of a CIB; nil if nothing at all.
    package func readable(_ cib: XMLElement) -> XMLElement? {
        guard !permissions.isEmpty else { return nil }
        return readable(cib, .root, inherited: false, marks(in: cib))
    }

    private func readable(_ element: XMLElement, _ place: XMLPath, inherited: Bool, _ marks: [XMLPath: Mode]) -> XMLElement? {
        let mark = marks[place]
        let isReadable = mark.map { $0.contains(.deny) ? false : true } ?? inherited
        guard element.isElement else { return isReadable ? element : nil }
        if isReadable, !marks.contains(where: { $0.value.contains(.deny) && $0.key.indices.starts(with: place.indices) }) {
            return element
        }
        var result = element
        result.children = element.children.enumerated().compactMap { index, child in
            readable(child, place.child(index), inherited: isReadable, marks)
        }
        if isReadable { return result }
        result.attributes.removeAll { $0.name != "id" }
        return result.elements.isEmpty ? nil : result
    }

    /// How an element stands for the user.
    package enum Verdict: Sendable { case writable, readable, denied }

    /// The verdict for each element, by its place; for showing the rights.
    package func verdicts(in cib: XMLElement) -> [XMLPath: Verdict] {
        var result: [XMLPath: Verdict] = [:]
        var path = XMLPath.root
        fill(cib, &path, inherited: .denied, marks(in: cib), &result)
        return result
    }

    private func fill(
        _ element: XMLElement, _ path: inout XMLPath, inherited: Verdict, _ marks: [XMLPath: Mode],
        _ result: inout [XMLPath: Verdict]
    ) {
        var verdict = inherited
        if let mark = marks[path] {
            verdict = mark.contains(.deny) ? .denied : mark.contains(.write) ? .writable : .readable
        }
        result[path] = verdict
        for (index, child) in element.children.enumerated() where child.isElement {
            path.indices.append(index)
            fill(child, &path, inherited: verdict, marks, &result)
            path.indices.removeLast()
        }
    }

    // MARK: Changes

    /// A sentence about the first change the user may not make; nil if all are allowed.
    /// - Parameter replaced: the whole CIB was given anew, so that permissions apply to what it holds now.
    func firstDenial(_ difference: TreeDifference, from old: XMLElement, to new: XMLElement, replaced: Bool) -> String? {
        guard !permissions.isEmpty else { return "user '\(user)' has no access" }
        let before = marks(in: old)
        for deletion in difference.deletions where !mayWrite(deletion.place, before) {
            return denial("remove", old.address(of: deletion.place))
        }
        // New elements are judged by what they are; those that were there by what they were before the change.
        let present = marks(in: new)
        let after = replaced ? present : carriedOver(before, old, new)
        for change in difference.changes {
            switch change {
            case .modify(_, let place, let all):
                // Whoever may change anything counts the versions up.
                let attributes = place == .root ? all.filter { !Self.counters.contains($0.name) } : all
                guard !attributes.isEmpty, !mayWrite(place, after) else { continue }
                return denial("change", new.address(of: place) + "[@\(attributes[0].name)]")
            case .create(let place):
                if let denied = deniedCreation(place, new, present) { return denial("create", new.address(of: denied)) }
            case .move(let place):
                if !mayWrite(place.parent ?? .root, after) { return denial("move", new.address(of: place)) }
            }
        }
        return nil
    }

    private static let counters = [
        "admin_epoch", "epoch", "num_updates", "cib-last-written", "update-origin", "update-client", "update-user",
    ]

    private func denial(_ verb: String, _ address: String) -> String { "user '\(user)' may not \(verb) \(address)" }

    /// The nearest mark decides, from the element upwards.
    private func mayWrite(_ place: XMLPath, _ marks: [XMLPath: Mode]) -> Bool {
        var current: XMLPath? = place
        while let step = current {
            if let mark = marks[step] {
                if mark.contains(.deny) { return false }
                if mark.contains(.write) { return true }
            }
            current = step.parent
        }
        return false
    }

    /// Elements without anything but an id may be created freely, outside the access lists themselves.
    private func deniedCreation(_ place: XMLPath, _ new: XMLElement, _ marks: [XMLPath: Mode]) -> XMLPath? {
        guard let element = new[place], element.isElement else { return nil }
        let isScaffold =
            element.attributes.allSatisfy { $0.name == "id" } && !new.address(of: place).hasPrefix("/cib/configuration/acls")
        if !isScaffold, !mayWrite(place, marks) { return place }
        for index in element.children.indices {
            if let denied = deniedCreation(place.child(index), new, marks) { return denied }
        }
        return nil
    }

    /// Marks of the old tree at the places that the same elements have in the new one.
    private func carriedOver(_ marks: [XMLPath: Mode], _ old: XMLElement, _ new: XMLElement) -> [XMLPath: Mode] {
        var result: [XMLPath: Mode] = [:]
        for (place, mode) in marks {
            if let now = samePlace(place, old, new) { result[now, default: []].formUnion(mode) }
        }
        return result
    }

    private func samePlace(_ place: XMLPath, _ old: XMLElement, _ new: XMLElement) -> XMLPath? {
        var before = old
        var after = new
        var indices: [Int] = []
        for index in place.indices {
            guard before.children.indices.contains(index) else { return nil }
            before = before.children[index]
            let same = { (candidate: XMLElement) in candidate.name == before.name && candidate.id == before.id }
            let partner = after.children.indices.contains(index) && same(after.children[index]) ? index : after.children.firstIndex(where: same)
            guard let partner else { return nil }
            indices.append(partner)
            after = after.children[partner]
        }
        return XMLPath(indices)
    }
}
