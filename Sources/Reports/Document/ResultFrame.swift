// SPDX-License-Identifier: GPL-2.0-or-later
// What a tool answers, independent of the format asked for: text for people, elements for programs, messages, a status.
package import CIBModel
package import ClusterXML

/// The answer of one run of a tool, printed as XML, JSON, HTML or text by the printers of this folder.
package struct ResultFrame: Sendable {
    /// Version of the output's grammar, as `api-version` announces it.
    package static let apiVersion = "2.42"

    /// The command line as it was given.
    package var request: String
    /// For people: printed by the text and HTML formats.
    package var text: [TextBlock] = []
    /// For programs: children of `pacemaker-result`, printed by the XML and JSON formats.
    package var elements: [XMLElement] = []
    /// Messages about what went wrong, in order.
    package var errors: [String] = []
    /// Free text of the tool or of a program it ran, carried inside `status` by the XML and JSON formats.
    package var outputs: [String] = []
    package var status = ExitCode.ok
    /// Replaces the description of the exit status when the error has a text of its own.
    package var statusText: String?

    package init(request: String) {
        self.request = request
    }

    /// Joins the words of a command line for `request`. Words with blanks, quotes or angle brackets are quoted for the shell.
    package static func request(_ words: [String]) -> String {
        words.map(quoted).joined(separator: " ")
    }

    private static func quoted(_ word: String) -> String {
        let special: StaticString = " \t\n\"'<>|&;()$`\\"
        let isSpecial = special.withUTF8Buffer { special in word.utf8.contains { special.contains($0) } }
        guard isSpecial else { return word }
        return "'" + word.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
    }

    /// The `status` element that ends every frame (cli-tools §4.2).
    package var statusElement: XMLElement {
        var element = XMLElement("status", [("code", String(status.rawValue)), ("message", statusText ?? status.text)])
        if !outputs.isEmpty {
            element.children.append(contentsOf: outputs.map { XMLElement("output", children: [.text($0)]) })
        }
        if !errors.isEmpty {
            let messages = errors.map { XMLElement("error", children: [.text($0)]) }
            element.children.append(XMLElement("errors", children: messages))
        }
        return element
    }

    /// The whole answer as one element.
    package var element: XMLElement {
        XMLElement(
            "pacemaker-result", [("api-version", Self.apiVersion), ("request", request)],
            children: elements + [statusElement])
    }

    /// The answer as XML, with the line end.
    package var xml: String { FramePrinter.print(element) }
}

extension XMLElement {
    /// Text that a frame prints as it is, inside a CDATA section: for XML that is itself the answer.
    package static func cdata(_ text: String) -> XMLElement {
        var node = XMLElement.text(text)
        node.name = "#cdata"
        return node
    }
}

/// Prints result frames: two blanks of indentation, empty elements closed at once, text kept on its element's line.
package enum FramePrinter {
    package static func print(_ element: XMLElement) -> String {
        var text = ""
        append(element, indent: 0, to: &text)
        return text
    }

    private static func append(_ element: XMLElement, indent: Int, to text: inout String) {
        for _ in 0..<indent { text += " " }
        text += "<"
        text += element.name
        for attribute in element.attributes {
            text += " "
            text += attribute.name
            text += "=\""
            appendEscaped(attribute.value, inAttribute: true, to: &text)
            text += "\""
        }
        guard !element.children.isEmpty else {
            text += "/>\n"
            return
        }
        text += ">"
        if element.children.contains(where: { $0.name == "#text" || $0.name == "#cdata" }) {
            appendMixed(element.children, to: &text)
        } else {
            text += "\n"
            for child in element.children {
                if child.name == "#comment" {
                    text += String(repeating: " ", count: indent + 2) + "<!--" + child.text + "-->\n"
                } else {
                    append(child, indent: indent + 2, to: &text)
                }
            }
            for _ in 0..<indent { text += " " }
        }
        text += "</"
        text += element.name
        text += ">\n"
    }

    private static func appendMixed(_ children: [XMLElement], to text: inout String) {
        for child in children {
            switch child.name {
            case "#text": appendEscaped(child.text, inAttribute: false, to: &text)
            case "#cdata": text += "<![CDATA[" + child.text + "]]>"
            case "#comment": text += "<!--" + child.text + "-->"
            default:
                append(child, indent: 0, to: &text)
                if text.hasSuffix("\n") { text.removeLast() }
            }
        }
    }

    /// Replaces the characters that XML (and HTML) reserves.
    package static func appendEscaped(_ value: String, inAttribute: Bool, to text: inout String) {
        guard value.utf8.contains(where: { $0 < 0x20 || $0 == 0x26 || $0 == 0x3C || $0 == 0x3E || $0 == 0x22 }) else {
            text += value
            return
        }
        for scalar in value.unicodeScalars {
            switch scalar {
            case "&": text += "&amp;"
            case "<": text += "&lt;"
            case ">": text += "&gt;"
            case "\"" where inAttribute: text += "&quot;"
            case "\n" where inAttribute: text += "&#10;"
            case "\t" where inAttribute: text += "&#9;"
            case "\r": text += "&#13;"
            case "\n", "\t": text.unicodeScalars.append(scalar)
            case _ where scalar.value < 0x20: text += "?"
            default: text.unicodeScalars.append(scalar)
            }
        }
    }
}
