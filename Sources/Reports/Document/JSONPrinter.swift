// SPDX-License-Identifier: GPL-2.0-or-later
// Result frames as JSON. The structure is that of the XML, so that one description serves both (docs/output.md).
import CIBModel
package import ClusterXML

/// Turns a frame's elements into JSON:
/// attributes become members (truth values and counts unquoted), collections become arrays in document order, an element
/// that holds only text becomes a string. Members of collections that mix kinds carry their kind.
package enum JSONPrinter {
    package static func print(_ element: XMLElement) -> String {
        var printer = Printer()
        printer.object(of: element, kind: nil)
        return printer.text + "\n"
    }

    /// A string as JSON, quoted.
    package static func quoted(_ value: String) -> String {
        var printer = Printer()
        printer.string(value)
        return printer.text
    }
}

/// Elements whose children are one list.
private let collections: Set<String> = [
    "nodes", "node_attributes", "node_history", "failures", "fence_history", "tickets", "bans", "errors", "list",
    "constraints", "operations", "replicas", "agents", "providers", "digests", "modifications", "actions", "transition",
    "allocations", "utilizations", "allocations_utilizations", "injected_events",
]
/// Elements whose children are one list of several kinds.
private let mixedCollections: Set<String> = ["resources", "clone", "group", "replica"]
/// Elements that may occur several times below one parent; always arrays, also when there is one.
private let repeatable: Set<String> = [
    "node", "resource", "attribute", "replica", "resource_history", "operation_history", "output", "item", "constraint",
    "error", "ticket", "fence_event", "failure", "ban", "rule-check", "result-code", "location", "colocation",
]
/// Attributes whose values are texts even where they look like something else.
private let texts: Set<String> = [
    "id", "name", "value", "uname", "version", "description", "exitreason", "call", "message", "request", "api-version",
    "time", "hash", "default", "node", "weight", "score", "target_role",
]
/// Attributes that are counts or times.
private let numbers: Set<String> = [
    "code", "number", "disabled", "blocked", "resources_running", "nodes_running_on", "number_resources", "rc", "exitcode",
    "fail-count", "migration-threshold", "queued", "exec", "interval", "count", "fencing-timeout-ms", "stonith-timeout-ms",
    "priority-fencing-delay-ms", "execution_code", "expected",
]

private struct Printer {
    var text = ""
    private var indent = 0

    mutating func object(of element: XMLElement, kind: String?) {
        var members: [(String, (inout Printer) -> Void)] = []
        if let kind { members.append(("kind", { $0.string(kind) })) }
        for attribute in element.attributes {
            members.append((attribute.name, { $0.scalar(attribute) }))
        }
        members += childMembers(of: element)
        braces("{", "}", members.count) { printer, index in
            printer.string(members[index].0)
            printer.text += ": "
            members[index].1(&printer)
        }
    }

    private func childMembers(of element: XMLElement) -> [(String, (inout Printer) -> Void)] {
        let children = element.children.filter { !$0.name.hasPrefix("#") }
        guard !children.isEmpty else {
            let content = content(of: element)
            return content.isEmpty ? [] : [("text", { $0.string(content) })]
        }
        if mixedCollections.contains(element.name) {
            return [("resources", { $0.array(children, withKind: true) })]
        }
        var members: [(String, (inout Printer) -> Void)] = []
        var seen: Set<String> = []
        for child in children where seen.insert(child.name).inserted {
            let same = children.filter { $0.name == child.name }
            if same.count > 1 || repeatable.contains(child.name) {
                members.append((child.name, { $0.array(same, withKind: false) }))
            } else {
                members.append((child.name, { $0.value(of: child) }))
            }
        }
        return members
    }

    private mutating func value(of element: XMLElement) {
        let children = element.children.filter { !$0.name.hasPrefix("#") }
        if element.attributes.isEmpty, collections.contains(element.name) || mixedCollections.contains(element.name) {
            array(children, withKind: mixedCollections.contains(element.name))
        } else if element.attributes.isEmpty, children.isEmpty, !element.children.isEmpty {
            string(content(of: element))
        } else {
            object(of: element, kind: nil)
        }
    }

    private mutating func array(_ elements: [XMLElement], withKind: Bool) {
        braces("[", "]", elements.count) { printer, index in
            let element = elements[index]
            if withKind {
                printer.object(of: element, kind: element.name)
            } else {
                printer.value(of: element)
            }
        }
    }

    private func content(of element: XMLElement) -> String {
        element.children.reduce(into: "") { if $1.name == "#text" || $1.name == "#cdata" { $0 += $1.text } }
    }

    private mutating func braces(_ open: String, _ close: String, _ count: Int, _ body: (inout Printer, Int) -> Void) {
        text += open
        guard count > 0 else {
            text += close
            return
        }
        indent += 2
        for index in 0..<count {
            text += (index == 0 ? "\n" : ",\n") + String(repeating: " ", count: indent)
            body(&self, index)
        }
        indent -= 2
        text += "\n" + String(repeating: " ", count: indent) + close
    }

    private mutating func scalar(_ attribute: XMLAttribute) {
        let value = attribute.value
        if value == "true" || value == "false", !texts.contains(attribute.name) {
            text += value
        } else if numbers.contains(attribute.name), let number = Int64(value), String(number) == value {
            text += value
        } else {
            string(value)
        }
    }

    mutating func string(_ value: String) {
        text += "\""
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            case "\t": text += "\\t"
            case "\r": text += "\\r"
            case _ where scalar.value < 0x20:
                let hex = String(scalar.value, radix: 16)
                text += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
            default: text.unicodeScalars.append(scalar)
            }
        }
        text += "\""
    }
}
