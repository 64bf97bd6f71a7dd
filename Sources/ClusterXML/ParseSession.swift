// SPDX-License-Identifier: GPL-2.0-or-later
// One run of libxml2's push parser: its callbacks and the tree that grows from them.
import CLibXML2
import Glibc

/// Builds a tree from the parser's events. Owned by XMLParser for the time of one document.
final class ParseSession {
    private var context: xmlParserCtxtPtr?
    private var handler: xmlSAXHandler
    private var open: [XMLElement] = []
    private var root: XMLElement?
    private var text: [UInt8] = []
    private var failure: XMLError?
    private var names = NameCache()
    private var texts = ValueCache()
    private var hasBegun = false

    /// - Parameter ignoringDocumentType: whether a document type may be named; it is never read, and an entity declared
    ///   in it is an error all the same.
    init(ignoringDocumentType: Bool = false) {
        handler = xmlSAXHandler()
        handler.initialized = XML_SAX2_MAGIC
        handler.startElementNs = { session, name, prefix, _, _, _, attributeCount, _, attributes in
            ParseSession.from(session).began(name, prefix, Int(attributeCount), attributes)
        }
        handler.endElementNs = { session, _, _, _ in ParseSession.from(session).ended() }
        handler.characters = { session, bytes, count in ParseSession.from(session).read(bytes, Int(count)) }
        handler.cdataBlock = { session, bytes, count in ParseSession.from(session).read(bytes, Int(count)) }
        handler.comment = { session, bytes in ParseSession.from(session).comment(bytes) }
        if !ignoringDocumentType {
            handler.internalSubset = { session, _, _, _ in
                ParseSession.from(session).fail("document type declarations are not accepted")
            }
        }
        handler.entityDecl = { session, _, _, _, _, _ in
            ParseSession.from(session).fail("entity declarations are not accepted")
        }
        handler.serror = { session, error in
            guard let session, let error else { return }
            ParseSession.from(session).libraryError(error.pointee)
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

    private static func from(_ pointer: UnsafeMutableRawPointer?) -> ParseSession {
        // The parser hands back the pointer given in init, whose session outlives the parser.
        Unmanaged<ParseSession>.fromOpaque(pointer!).takeUnretainedValue()
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
        guard let root else { throw XMLError(message: "no element found", line: 0) }
        return root
    }

    // MARK: Events

    private func began(
        _ name: UnsafePointer<xmlChar>?, _ prefix: UnsafePointer<xmlChar>?, _ count: Int,
        _ values: UnsafeMutablePointer<UnsafePointer<xmlChar>?>?
    ) {
        guard failure == nil else { return }
        guard open.count < XMLParser.maximumDepth else { return fail("elements are nested too deeply") }
        flushText()
        var attributes: [XMLAttribute] = []
        attributes.reserveCapacity(count)
        for index in 0..<count {
            // Five pointers an attribute: local name, prefix, namespace, begin and end of the value.
            guard let values, let begin = values[index * 5 + 3], let end = values[index * 5 + 4] else { continue }
            let value = texts.string(UnsafeBufferPointer(start: begin, count: end - begin))
            attributes.append(XMLAttribute(qualified(values[index * 5], values[index * 5 + 1]), value))
        }
        open.append(XMLElement(name: qualified(name, prefix), attributes: attributes, line: Int32(clamping: line)))
    }

    private func ended() {
        guard failure == nil, var element = open.popLast() else { return }
        if !text.isEmpty { flushText(into: &element) }
        if open.isEmpty { root = element } else { open[open.count - 1].children.append(element) }
    }

    private func read(_ bytes: UnsafePointer<xmlChar>?, _ count: Int) {
        guard failure == nil, let bytes else { return }
        text.append(contentsOf: UnsafeBufferPointer(start: bytes, count: count))
    }

    private func comment(_ bytes: UnsafePointer<xmlChar>?) {
        guard failure == nil, let bytes, !open.isEmpty else { return }
        flushText()
        open[open.count - 1].children.append(.comment(String(cString: bytes)))
    }

    /// White space alone is layout; other text is content.
    private func flushText() {
        guard !text.isEmpty else { return }
        if open.isEmpty { text.removeAll(keepingCapacity: true) } else { flushText(into: &open[open.count - 1]) }
    }

    private func flushText(into element: inout XMLElement) {
        if text.contains(where: { $0 != 0x20 && $0 != 0x0A && $0 != 0x09 && $0 != 0x0D }) {
            element.children.append(.text(String(decoding: text, as: UTF8.self)))
        }
        text.removeAll(keepingCapacity: true)
    }

    private func qualified(_ name: UnsafePointer<xmlChar>?, _ prefix: UnsafePointer<xmlChar>?) -> String {
        guard let name else { return "" }
        guard let prefix else { return names.string(name) }
        return names.string(prefix) + ":" + names.string(name)
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

/// Strings for the names that libxml2 keeps once per document, found by address.
///
/// A CIB has some hundred different names and millions of uses; the address of a name in the parser's
/// dictionary is stable, so a small table indexed by address saves making the same string again.
private struct NameCache {
    private var slots: [(key: UnsafePointer<xmlChar>?, value: String)] = Array(repeating: (nil, ""), count: 1024)

    mutating func string(_ name: UnsafePointer<xmlChar>) -> String {
        let address = UInt(bitPattern: name)
        let slot = Int((address ^ (address >> 10)) & 1023)
        if slots[slot].key == name { return slots[slot].value }
        let value = String(cString: name)
        slots[slot] = (name, value)
        return value
    }
}

/// Values seen shortly before, so that equal ones share their storage: in a history, digests, keys and owners repeat all the time.
private struct ValueCache {
    private var slots: [String] = Array(repeating: "", count: 4096)

    mutating func string(_ bytes: UnsafeBufferPointer<UInt8>) -> String {
        // Up to fifteen bytes lie in the string itself.
        guard bytes.count > 15, bytes.count < 128, let base = bytes.baseAddress else { return String(decoding: bytes, as: UTF8.self) }
        let raw = UnsafeRawPointer(base)
        let first = raw.loadUnaligned(as: UInt64.self)
        let last = raw.loadUnaligned(fromByteOffset: bytes.count - 8, as: UInt64.self)
        let hash = (first &* 0x9E37_79B9_7F4A_7C15) ^ (last &* 0xC2B2_AE3D_27D4_EB4F) ^ UInt64(bytes.count)
        let slot = Int(truncatingIfNeeded: (hash ^ (hash >> 29)) & 4095)
        let isEqual = slots[slot].utf8.withContiguousStorageIfAvailable { known in
            guard let start = known.baseAddress, known.count == bytes.count else { return false }
            return memcmp(start, base, bytes.count) == 0
        } ?? false
        if isEqual { return slots[slot] }
        let value = String(decoding: bytes, as: UTF8.self)
        slots[slot] = value
        return value
    }
}
