// SPDX-License-Identifier: GPL-2.0-or-later
// XML as a value tree: what every part of the program reads and edits. Parsing is in XMLParser, printing in XMLPrinter.
import CLibXML2

/// One attribute of an element.
package struct XMLAttribute: Sendable, Equatable {
    package var name: String
    package var value: String

    package init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }
}

/// An XML element with its attributes and children, in document order.
///
/// Comments and text are children too, with the names `#comment` and `#text` and their content in `text`.
/// Copies share storage until one of them is changed.
package struct XMLElement: Sendable {
    package var name: String
    package var attributes: [XMLAttribute]
    package var children: [XMLElement]
    /// The line of the source that the element began on, or 0 if it was not parsed. No part of equality.
    package var line: Int32 = 0

    package init(_ name: String, _ attributes: [(String, String)] = [], children: [XMLElement] = []) {
        self.name = name
        self.attributes = attributes.map { XMLAttribute($0.0, $0.1) }
        self.children = children
    }

    init(name: String, attributes: [XMLAttribute], line: Int32) {
        self.name = name
        self.attributes = attributes
        children = []
        self.line = line
    }

    /// A comment node with the given content.
    package static func comment(_ content: String) -> XMLElement { XMLElement("#comment", [("#content", content)]) }

    /// A text node with the given content.
    package static func text(_ content: String) -> XMLElement { XMLElement("#text", [("#content", content)]) }

    /// Whether an element can have the name; one with a colon would need a namespace.
    package static func isPossibleName(_ name: String) -> Bool { xmlValidateNCName(name, 0) == 0 }

    /// False for comments and text.
    package var isElement: Bool { name.utf8.first != UInt8(ascii: "#") }

    /// The value of an attribute; assigning nil removes it, assigning a new name appends it.
    package subscript(_ attribute: String) -> String? {
        get {
            let length = attribute.utf8.count
            for candidate in attributes where candidate.name.utf8.count == length && candidate.name == attribute {
                return candidate.value
            }
            return nil
        }
        set {
            let index = attributes.firstIndex { $0.name == attribute }
            switch (index, newValue) {
            case (let index?, let value?): attributes[index].value = value
            case (let index?, nil): attributes.remove(at: index)
            case (nil, let value?): attributes.append(XMLAttribute(attribute, value))
            case (nil, nil): break
            }
        }
    }

    package var id: String? { self["id"] }

    /// The children that are elements.
    package var elements: LazyFilterSequence<[XMLElement]> { children.lazy.filter(\.isElement) }

    /// The child elements with the given name.
    package func elements(_ name: String) -> LazyFilterSequence<[XMLElement]> {
        children.lazy.filter { $0.name == name }
    }

    /// The first child element with the given name.
    package func first(_ name: String) -> XMLElement? {
        for child in children where child.name == name { return child }
        return nil
    }

    /// The content of a comment or text node; for an element, its text children joined.
    package var text: String {
        get {
            if !isElement { return self["#content"] ?? "" }
            var joined = ""
            for child in children where child.name == "#text" { joined += child["#content"] ?? "" }
            return joined
        }
        set {
            if isElement { children = newValue.isEmpty ? [] : [.text(newValue)] } else { self["#content"] = newValue }
        }
    }
}

extension XMLElement: Equatable {
    package static func == (left: XMLElement, right: XMLElement) -> Bool {
        left.name == right.name && left.attributes == right.attributes && left.children == right.children
    }
}
