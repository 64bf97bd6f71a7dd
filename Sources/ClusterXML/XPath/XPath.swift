// SPDX-License-Identifier: GPL-2.0-or-later
// XPath on XMLElement: simple forms directly, others through libxml2 on a copy of the tree.
import CLibXML2
import Glibc

/// Why an XPath expression gave no answer.
package enum XPathError: Error, Equatable, Sendable, CustomStringConvertible {
    /// Not an XPath 1.0 expression.
    case syntax(String)
    /// The expression computes a number, string or truth value.
    case selectsNoNodes
    /// Longer, or more work, than expressions of configurations need.
    case tooExpensive

    package var description: String {
        switch self {
        case .syntax(let expression): "'\(expression)' is not a valid XPath expression"
        case .selectsNoNodes: "the XPath expression does not select elements"
        case .tooExpensive: "the XPath expression takes too much work"
        }
    }
}

/// The functions of XPath 1.0.
private let coreFunctions: Set<String> = [
    "boolean", "ceiling", "concat", "contains", "count", "false", "floor", "id", "lang", "last", "local-name", "name", "namespace-uri",
    "normalize-space", "not", "number", "position", "round", "starts-with", "string", "string-length", "substring", "substring-after",
    "substring-before", "sum", "translate", "true",
]

/// An XPath expression to select elements of a tree.
package struct XPath: Sendable {
    /// Longer expressions are refused.
    package static let maximumLength = 16_384
    /// The number of steps that libxml2 may take for one expression.
    private static let maximumOperations: UInt = 20_000_000

    package let expression: String

    package init(_ expression: String) {
        self.expression = expression
    }

    /// The places of what the expression selects, in document order, each once. Attributes stand for their element,
    /// text for its parent, the document for the root.
    /// - Parameter limit: how many places are wanted at most.
    package func places(in root: XMLElement, limit: Int = .max) throws(XPathError) -> [XMLPath] {
        guard expression.utf8.count <= XPath.maximumLength else { throw .tooExpensive }
        if let simple = SimplePath(expression) { return simple.places(in: root, limit: limit) }
        let found = try evaluate(on: root)
        return found.count > limit ? Array(found.prefix(limit)) : found
    }

    /// The first element selected.
    package func first(in root: XMLElement) throws(XPathError) -> XMLElement? {
        try places(in: root, limit: 1).first.flatMap { root[$0] }
    }

    private func evaluate(on root: XMLElement) throws(XPathError) -> [XMLPath] {
        let document = XPathDocument(root)
        guard let context = xmlXPathNewContext(document.pointer) else { throw .tooExpensive }
        defer { xmlXPathFreeContext(context) }
        context.pointee.opLimit = XPath.maximumOperations
        context.pointee.error = { _, _ in }
        // libxml2 prints about functions that do not exist, past the handler of errors.
        xmlXPathRegisterFuncLookup(context, { _, name, _ in
            guard let name, !coreFunctions.contains(String(cString: name)) else { return nil }
            return { parser, _ in xmlXPathErr(parser, Int32(bitPattern: XPATH_UNKNOWN_FUNC_ERROR.rawValue)) }
        }, nil)
        guard let result = xmlXPathEvalExpression(expression, context) else {
            let code = context.pointee.lastError.code
            let limits = [XPATH_OP_LIMIT_EXCEEDED, XPATH_RECURSION_LIMIT_EXCEEDED].map {
                Int32(bitPattern: XML_XPATH_EXPRESSION_OK.rawValue + $0.rawValue)
            }
            throw limits.contains(code) ? .tooExpensive : .syntax(expression)
        }
        defer { xmlXPathFreeObject(result) }
        guard result.pointee.type == XPATH_NODESET else { throw .selectsNoNodes }
        guard let nodes = result.pointee.nodesetval, nodes.pointee.nodeNr > 0 else { return [] }
        var found: Set<XMLPath> = []
        for index in 0..<Int(nodes.pointee.nodeNr) {
            if let node = nodes.pointee.nodeTab[index] { found.insert(document.place(of: node)) }
        }
        return found.sorted()
    }
}

/// A tree of libxml2 made from an XMLElement. Each node remembers which child of its parent it is.
private final class XPathDocument {
    let pointer: xmlDocPtr?

    init(_ root: XMLElement) {
        pointer = xmlNewDoc("1.0")
        if let node = XPathDocument.node(root, index: 0, pointer) { xmlDocSetRootElement(pointer, node) }
    }

    deinit { xmlFreeDoc(pointer) }

    private static func node(_ element: XMLElement, index: Int, _ document: xmlDocPtr?) -> xmlNodePtr? {
        let node: xmlNodePtr?
        switch element.name {
        case "#comment": node = xmlNewDocComment(document, element.text)
        case "#text", "#cdata": node = xmlNewDocText(document, element.text)
        default:
            node = xmlNewDocNode(document, nil, element.name, nil)
            for attribute in element.attributes { xmlNewProp(node, attribute.name, attribute.value) }
            for (position, child) in element.children.enumerated() {
                // Adding a text node may merge it into the one before, so those are linked by hand.
                if let child = XPathDocument.node(child, index: position, document) { link(child, into: node) }
            }
        }
        node?.pointee._private = UnsafeMutableRawPointer(bitPattern: index + 1)
        return node
    }

    private static func link(_ child: xmlNodePtr, into parent: xmlNodePtr?) {
        guard let parent else { return }
        child.pointee.parent = parent
        if let last = parent.pointee.last {
            last.pointee.next = child
            child.pointee.prev = last
        } else {
            parent.pointee.children = child
        }
        parent.pointee.last = child
    }

    func place(of start: xmlNodePtr) -> XMLPath {
        var indices: [Int] = []
        var node: xmlNodePtr? = start
        // Attributes and text stand for their element.
        while let current = node, current.pointee.type != XML_ELEMENT_NODE, current.pointee.type != XML_COMMENT_NODE {
            node = current.pointee.type == XML_DOCUMENT_NODE ? nil : current.pointee.parent
        }
        while let current = node, let parent = current.pointee.parent, parent.pointee.type == XML_ELEMENT_NODE {
            indices.append(Int(bitPattern: current.pointee._private) - 1)
            node = parent
        }
        return XMLPath(indices.reversed())
    }
}
