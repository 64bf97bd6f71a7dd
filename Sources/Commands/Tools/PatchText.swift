// SPDX-License-Identifier: GPL-2.0-or-later
// A patch set as lines for people: what was removed, changed, moved and added.
import ClusterXML

enum PatchText {
    /// The lines for a patch set of format 2.
    static func lines(_ patch: XMLElement) -> [String] {
        var lines = header(patch)
        for change in patch.elements("change") {
            let path = change["path"] ?? ""
            switch change["operation"] {
            case "delete": lines.append("-- \(path)" + (change["position"].map { " (\($0))" } ?? ""))
            case "move": lines.append("+~ \(path) moved to offset \(change["position"] ?? "")")
            case "create": lines += creation(change, path)
            case "modify": lines += modification(change, path)
            default: break
            }
        }
        return lines
    }

    private static func header(_ patch: XMLElement) -> [String] {
        guard let version = patch.first("version"), let source = version.first("source"), let target = version.first("target")
        else { return [] }
        func numbers(_ element: XMLElement) -> String {
            ["admin_epoch", "epoch", "num_updates"].map { element[$0] ?? "0" }.joined(separator: ".")
        }
        return [
            "Diff: --- \(numbers(source)) \(patch["format"] ?? "1")",
            "Diff: +++ \(numbers(target)) \(patch["digest"] ?? "(no digest)")",
        ]
    }

    private static func creation(_ change: XMLElement, _ path: String) -> [String] {
        guard let element = change.children.first(where: { $0.name != "#text" }) else { return [] }
        let text = element.serialized(.indented).split(separator: "\n", omittingEmptySubsequences: true)
        let first = "++ \(path):  "
        let rest = "++ " + String(repeating: " ", count: path.count + 3)
        return text.enumerated().map { ($0 == 0 ? first : rest) + $1 }
    }

    private static func modification(_ change: XMLElement, _ path: String) -> [String] {
        let items = change.first("change-list")?.elements("change-attr").map { $0 } ?? []
        let set = items.filter { $0["operation"] == "set" }.map { "@\($0["name"] ?? "")=\($0["value"] ?? "")" }
        let unset = items.filter { $0["operation"] == "unset" }.map { "@\($0["name"] ?? "")" }
        var lines: [String] = []
        if !set.isEmpty { lines.append("+  \(path):  " + set.joined(separator: ", ")) }
        if !unset.isEmpty { lines.append("-- \(path):  " + unset.joined(separator: ", ")) }
        return lines
    }
}
