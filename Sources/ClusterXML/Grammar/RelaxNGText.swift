// SPDX-License-Identifier: GPL-2.0-or-later
// A Grammar as a RELAX NG document, for libxml2 and other validators.

extension Grammar {
    /// The grammar in the XML syntax of RELAX NG.
    package func relaxNG() -> XMLElement {
        var root = XMLElement(
            "grammar",
            [
                ("xmlns", "http://relaxng.org/ns/structure/1.0"),
                ("datatypeLibrary", "http://www.w3.org/2001/XMLSchema-datatypes"),
            ])
        root.children.append(XMLElement("start", children: [relaxNG(start)]))
        for name in definitions.keys.sorted() {
            guard let definition = definitions[name] else { continue }
            root.children.append(XMLElement("define", [("name", name)], children: [relaxNG(definition)]))
        }
        root.children.append(anything)
        return root
    }

    private func relaxNG(_ pattern: GrammarPattern) -> XMLElement {
        switch pattern {
        case .empty: XMLElement("empty")
        case .notAllowed: XMLElement("notAllowed")
        case .anything: XMLElement("ref", [("name", "_anything")])
        case .attribute(let name, let type): XMLElement("attribute", [("name", name)], children: [relaxNG(type)])
        case .element(let name, let content): XMLElement("element", [("name", name)], children: [relaxNG(content)])
        case .named(let name): XMLElement("ref", [("name", name)])
        case .sequence(let parts): list("group", parts)
        case .interleave(let parts): list("interleave", parts)
        // The short forms make for clearer messages of other validators.
        case .choice(let parts): abbreviated(parts) ?? list("choice", parts)
        case .oneOrMore(let part): XMLElement("oneOrMore", children: [relaxNG(part)])
        }
    }

    /// `optional` and `zeroOrMore`, which this description writes as a choice with nothing.
    private func abbreviated(_ parts: [GrammarPattern]) -> XMLElement? {
        guard parts.count == 2, case .empty = parts[1] else { return nil }
        if case .oneOrMore(let part) = parts[0] { return XMLElement("zeroOrMore", children: [relaxNG(part)]) }
        return XMLElement("optional", children: [relaxNG(parts[0])])
    }

    private func list(_ name: String, _ parts: [GrammarPattern]) -> XMLElement {
        parts.isEmpty ? XMLElement(name == "choice" ? "notAllowed" : "empty") : XMLElement(name, children: parts.map(relaxNG))
    }

    private func relaxNG(_ type: GrammarType) -> XMLElement {
        func data(_ name: String) -> XMLElement { XMLElement("data", [("type", name)]) }
        func values(_ words: [String]) -> XMLElement {
            XMLElement("choice", children: words.map { XMLElement("value", children: [.text($0)]) })
        }
        func pattern(_ expression: String) -> XMLElement {
            XMLElement("data", [("type", "string")], children: [
                XMLElement("param", [("name", "pattern")], children: [.text(expression)])
            ])
        }
        return switch type {
        case .text: XMLElement("text")
        case .id: data("ID")
        case .reference: data("IDREF")
        case .integer: data("integer")
        case .nonNegativeInteger: data("nonNegativeInteger")
        case .positiveInteger: data("positiveInteger")
        case .boolean: data("boolean")
        case .score:
            XMLElement("choice", children: [data("integer"), values(["INFINITY", "+INFINITY", "-INFINITY"])])
        case .oneOf(let words): values(words)
        case .noneOf(let words):
            XMLElement("data", [("type", "string")], children: [XMLElement("except", children: [values(words)])])
        case .digitsAndHyphens: pattern("[0-9\\-]+")
        case .nameList: pattern("[a-zA-Z0-9_.\\-]+(,[a-zA-Z0-9_.\\-]+)*")
        }
    }

    /// Any attributes, text and elements.
    private var anything: XMLElement {
        let content = XMLElement("choice", children: [
            XMLElement("attribute", children: [XMLElement("anyName"), XMLElement("text")]),
            XMLElement("element", children: [XMLElement("anyName"), XMLElement("ref", [("name", "_anything")])]),
            XMLElement("text"),
        ])
        return XMLElement("define", [("name", "_anything")], children: [XMLElement("zeroOrMore", children: [content])])
    }
}
