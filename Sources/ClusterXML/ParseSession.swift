// SPDX-License-Identifier: GPL-2.0-or-later
// One run of libxml2's push parser and its callbacks.
import CLibXML2
import Glibc

/// Hands the parser's events to a tree that grows from them. Owned by XMLParser for the time of one document.
final class ParseSession {
    // The parser calls back one call at a time; checking exclusive access in each would cost more than some of them do.
    @exclusivity(unchecked) private var context: xmlParserCtxtPtr?
    private var handler: xmlSAXHandler
    @exclusivity(unchecked) private var tree = TreeBuilder()
    @exclusivity(unchecked) private var failure: XMLError?
    private var hasBegun = false

    /// - Parameter ignoringDocumentType: whether a document type may be named; it is never read, and an entity declared
    ///   in it is an error all the same.
    init(ignoringDocumentType: Bool = false) {
        handler = xmlSAXHandler()
        handler.initialized = XML_SAX2_MAGIC
        handler.startElementNs = { session, name, prefix, _, _, _, attributeCount, _, attributes in
            ParseSession.with(session) { $0.began(name, prefix, Int(attributeCount), attributes) }
        }
        handler.endElementNs = { session, _, _, _ in ParseSession.with(session) { $0.tree.end() } }
        handler.characters = { session, bytes, count in ParseSession.with(session) { $0.tree.read(bytes, Int(count)) } }
        handler.cdataBlock = { session, bytes, count in ParseSession.with(session) { $0.tree.read(bytes, Int(count)) } }
        handler.comment = { session, bytes in ParseSession.with(session) { $0.tree.comment(bytes) } }
        if !ignoringDocumentType {
            handler.internalSubset = { session, _, _, _ in
                ParseSession.with(session) { $0.fail("document type declarations are not accepted") }
            }
        }
        handler.entityDecl = { session, _, _, _, _, _ in
            ParseSession.with(session) { $0.fail("entity declarations are not accepted") }
        }
        handler.serror = { session, error in
            guard let session, let error else { return }
            ParseSession.with(session) { $0.libraryError(error.pointee) }
        }
        xmlInitParser()
        let me = Unmanaged.passUnretained(self).toOpaque()
        context = xmlCreatePushParserCtxt(&handler, me, nil, 0, nil)
        if let context {
            // NOENT makes the five predefined entities arrive as characters; no other can exist without a document type.
            let options = XML_PARSE_NONET.rawValue | XML_PARSE_HUGE.rawValue | XML_PARSE_NOENT.rawValue
            xmlCtxtUseOptions(context, Int32(options))
        }
    }

    deinit {
        if let context {
            if let document = context.pointee.myDoc { xmlFreeDoc(document) }
            xmlFreeParserCtxt(context)
        }
    }

    /// The parser hands back the pointer given in init. The session outlives the parser, so it needs no counting here.
    @inline(__always)
    private static func with(_ pointer: UnsafeMutableRawPointer?, _ work: (ParseSession) -> Void) {
        Unmanaged<ParseSession>.fromOpaque(pointer!)._withUnsafeGuaranteedRef(work)
    }

    /// False once an error was found; further input would be ignored.
    var isGoing: Bool { failure == nil && context != nil }

    func push(_ bytes: UnsafeRawBufferPointer) {
        guard let context, failure == nil else { return }
        if !hasBegun, let first = bytes.first(where: { ![0x20, 0x09, 0x0A, 0x0D].contains($0) }) {
            hasBegun = true
            // Byte order marks may come before the first element.
            guard [UInt8(ascii: "<"), 0xEF, 0xFE, 0xFF].contains(first) else { return fail("this is no XML, it does not begin with '<'") }
        }
        xmlParseChunk(context, bytes.baseAddress?.assumingMemoryBound(to: CChar.self), Int32(bytes.count), 0)
    }

    func finish() throws(XMLError) -> XMLElement {
        if !hasBegun { fail("the document is empty") }
        if let context, failure == nil { xmlParseChunk(context, nil, 0, 1) }
        if let failure { throw failure }
        guard let root = tree.root else { throw XMLError(message: "no element found", line: 0) }
        return root
    }

    private func began(
        _ name: UnsafePointer<xmlChar>?, _ prefix: UnsafePointer<xmlChar>?, _ count: Int,
        _ values: UnsafeMutablePointer<UnsafePointer<xmlChar>?>?
    ) {
        guard failure == nil else { return }
        guard tree.depth < XMLParser.maximumDepth else { return fail("elements are nested too deeply") }
        tree.begin(name, prefix, count, values, line: line)
    }

    // MARK: Errors

    private var line: Int { Int(context?.pointee.input?.pointee.line ?? 0) }

    private func fail(_ message: String) {
        if failure == nil { failure = XMLError(message: message, line: line) }
        if let context { xmlStopParser(context) }
    }

    /// The first real error is the one to report; what follows is mostly its consequence.
    private func libraryError(_ error: xmlError) {
        guard failure == nil, error.level.rawValue >= XML_ERR_ERROR.rawValue else { return }
        let words = error.message.map { String(cString: $0) } ?? "not well-formed"
        let message = words.split(separator: "\n").joined(separator: " ")
        failure = XMLError(message: message, line: Int(error.line))
        if let context { xmlStopParser(context) }
    }
}
