// SPDX-License-Identifier: GPL-2.0-or-later
// XMLElement to text. The layouts are those of Pacemaker's files and messages, because digests are taken over them.

extension XMLElement {
    /// How an element is laid out.
    package enum Style: Sendable {
        /// No white space between elements: messages and digests. Text nodes are left out, as on the wire.
        case compact
        /// One element a line, two blanks a level: files and what people read.
        case indented
    }

    /// The element as XML text without a declaration; `indented` ends with a newline.
    /// - Parameter escapingText: whether text nodes are written, too (they are by default in `indented`).
    package func serialized(_ style: Style = .compact) -> String {
        String(decoding: serializedBytes(style), as: UTF8.self)
    }

    /// The same as bytes, for digests, files and sockets.
    package func serializedBytes(_ style: Style = .compact) -> [UInt8] {
        var printer = XMLPrinter()
        switch style {
        case .compact: printer.compact(self)
        case .indented: printer.indented(self, depth: 0)
        }
        return printer.bytes
    }
}

/// Writes XML into one growing buffer.
package struct XMLPrinter {
    package private(set) var bytes: [UInt8] = []
    /// Names of attributes that are left out.
    package var omittedAttributes: [String] = []

    package init() {}

    package mutating func compact(_ element: XMLElement) {
        guard element.isElement else {
            if element.name == "#comment" { comment(element) }
            return
        }
        openTag(element.name, element.attributes)
        guard element.children.contains(where: { $0.name != "#text" }) else { return put("/>") }
        put(">")
        for child in element.children { compact(child) }
        closeTag(element)
    }

    package mutating func indented(_ element: XMLElement, depth: Int) {
        guard element.name != "#text" else { return escape(element.text, inAttribute: false) }
        for _ in 0..<depth { put("  ") }
        guard element.isElement else {
            comment(element)
            return put("\n")
        }
        openTag(element.name, element.attributes)
        if element.children.isEmpty { return put("/>\n") }
        put(">")
        let onlyText = element.children.allSatisfy { $0.name == "#text" }
        if !onlyText { put("\n") }
        for child in element.children { indented(child, depth: depth + 1) }
        if !onlyText { for _ in 0..<depth { put("  ") } }
        closeTag(element)
        put("\n")
    }

    /// One element with attributes and nothing in it.
    package mutating func empty(_ name: String, _ attributes: [XMLAttribute]) {
        openTag(name, attributes)
        put("/>")
    }

    private mutating func openTag(_ name: String, _ attributes: [XMLAttribute]) {
        put("<")
        put(name)
        for attribute in attributes {
            if !omittedAttributes.isEmpty, omittedAttributes.contains(attribute.name) { continue }
            put(" ")
            put(attribute.name)
            put("=\"")
            escape(attribute.value, inAttribute: true)
            put("\"")
        }
    }

    private mutating func closeTag(_ element: XMLElement) {
        put("</")
        put(element.name)
        put(">")
    }

    private mutating func comment(_ element: XMLElement) {
        put("<!--")
        put(element.text)
        put("-->")
    }

    /// Writes text as it is.
    package mutating func put(_ text: String) {
        if text.utf8.withContiguousStorageIfAvailable({ bytes.append(contentsOf: $0) }) == nil { bytes.append(contentsOf: text.utf8) }
    }

    /// Escapes as Pacemaker 3 does; characters that XML forbids become `?`, since no reader takes them.
    private mutating func escape(_ text: String, inAttribute: Bool) {
        var text = text
        text.withUTF8 { source in
            guard source.contains(where: { $0 < 0x20 || $0 == 0x22 || $0 == 0x26 || $0 == 0x3C || $0 == 0x3E }) else {
                return bytes.append(contentsOf: source)
            }
            for byte in source {
                switch byte {
                case 0x26: bytes.append(contentsOf: "&amp;".utf8)
                case 0x3C: bytes.append(contentsOf: "&lt;".utf8)
                case 0x3E: bytes.append(contentsOf: "&gt;".utf8)
                case 0x22 where inAttribute: bytes.append(contentsOf: "&quot;".utf8)
                case 0x09 where inAttribute: bytes.append(contentsOf: "&#x09;".utf8)
                case 0x0A where inAttribute: bytes.append(contentsOf: "&#x0A;".utf8)
                case 0x0D: bytes.append(contentsOf: "&#x0D;".utf8)
                case 0x09, 0x0A: bytes.append(byte)
                case 0..<0x20: bytes.append(UInt8(ascii: "?"))
                default: bytes.append(byte)
                }
            }
        }
    }
}
