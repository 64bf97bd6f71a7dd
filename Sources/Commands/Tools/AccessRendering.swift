// SPDX-License-Identifier: GPL-2.0-or-later
// A CIB printed so that it shows what a user may read and change (cibadmin --show-access).
import CIBModel
import ClusterXML

struct AccessRendering {
    enum Form { case color, text, namespace }

    let form: Form

    private static let namespaceRoot = "http://clusterlabs.org/ns/pacemaker/access/"
    private static let order: [AccessControl.Verdict] = [.writable, .readable, .denied]

    /// The CIB as the user's rights are, with a comment in front.
    func text(_ cib: XMLElement, user: String) -> String {
        let verdicts = AccessControl(enforcedFor: user, in: cib).verdicts(in: cib)
        var lines = "<!-- ACLs as evaluated for user \(user) -->\n"
        switch form {
        case .color: color(cib, .root, verdicts, depth: 0, &lines)
        case .text: marked(cib, .root, verdicts, above: nil, depth: 0, &lines)
        case .namespace: lines += prefixed(cib, .root, verdicts, above: nil).serialized(.indented)
        }
        return lines
    }

    private func indent(_ depth: Int) -> String { String(repeating: "  ", count: depth) }

    private func startTag(_ element: XMLElement) -> String {
        var alone = element
        alone.children = []
        let text = alone.serialized(.compact)
        return element.children.isEmpty ? text : String(text.dropLast(2)) + ">"
    }

    private func color(
        _ element: XMLElement, _ place: XMLPath, _ verdicts: [XMLPath: AccessControl.Verdict], depth: Int, _ lines: inout String
    ) {
        guard element.isElement else { return lines += indent(depth) + element.serialized(.compact) + "\n" }
        let start =
            switch verdicts[place] ?? .denied {
            case .writable: "\u{1B}[32m"
            case .readable: "\u{1B}[34m"
            case .denied: "\u{1B}[31m"
            }
        let reset = "\u{1B}[0m"
        lines += indent(depth) + start + startTag(element) + (element.children.isEmpty ? reset : "") + "\n"
        guard !element.children.isEmpty else { return }
        for (index, child) in element.children.enumerated() { color(child, place.child(index), verdicts, depth: depth + 1, &lines) }
        lines += indent(depth) + start + "</\(element.name)>" + reset + "\n"
    }

    private func marked(
        _ element: XMLElement, _ place: XMLPath, _ verdicts: [XMLPath: AccessControl.Verdict],
        above: AccessControl.Verdict?, depth: Int, _ lines: inout String
    ) {
        guard element.isElement else { return lines += indent(depth) + element.serialized(.compact) + "\n" }
        let verdict = verdicts[place] ?? .denied
        if verdict != above {
            let word =
                switch verdict {
                case .writable: "WRITABLE"
                case .readable: "READABLE"
                case .denied: "~DENIED~"
                }
            if depth > 0 { lines += indent(depth) + "\n" }
            lines += indent(depth) + "vvv---[ \(word) ]---vvv\n"
        }
        lines += indent(depth) + startTag(element) + "\n"
        guard !element.children.isEmpty else { return }
        for (index, child) in element.children.enumerated() {
            marked(child, place.child(index), verdicts, above: verdict, depth: depth + 1, &lines)
        }
        lines += indent(depth) + "</\(element.name)>\n"
    }

    private func prefixed(
        _ element: XMLElement, _ place: XMLPath, _ verdicts: [XMLPath: AccessControl.Verdict], above: AccessControl.Verdict?
    ) -> XMLElement {
        guard element.isElement else { return element }
        let verdict = verdicts[place] ?? .denied
        var result = element
        if verdict != above { result.name = "pcmk-access-\(word(verdict)):\(element.name)" }
        if above == nil {
            for kind in Self.order { result["xmlns:pcmk-access-\(word(kind))"] = Self.namespaceRoot + word(kind) }
        }
        result.children = element.children.enumerated().map { prefixed($1, place.child($0), verdicts, above: verdict) }
        return result
    }

    private func word(_ verdict: AccessControl.Verdict) -> String {
        switch verdict {
        case .writable: "writable"
        case .readable: "readable"
        case .denied: "denied"
        }
    }
}
