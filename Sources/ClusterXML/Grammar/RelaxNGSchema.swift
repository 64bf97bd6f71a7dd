// SPDX-License-Identifier: GPL-2.0-or-later
// RELAX NG through libxml2. GrammarValidator is what the program uses; this checks the same grammar, and grammars that
// others wrote, with an independent validator.
import CLibXML2
import Glibc

/// A compiled RELAX NG grammar.
package final class RelaxNGSchema {
    private let schema: xmlRelaxNGPtr

    /// Compiles a grammar from its text, which must not include other files.
    /// - Throws: the first error of the grammar.
    package convenience init(text: String) throws(XMLError) {
        let bytes = Array(text.utf8)
        let context = bytes.withUnsafeBytes {
            xmlRelaxNGNewMemParserCtxt($0.baseAddress?.assumingMemoryBound(to: CChar.self), Int32(clamping: $0.count))
        }
        try self.init(context, bytes)
    }

    /// Compiles a grammar from a file and those it includes.
    package convenience init(file path: String) throws(XMLError) {
        try self.init(xmlRelaxNGNewParserCtxt(path), [])
    }

    /// - Parameter bytes: the text the context reads from; kept until the grammar is compiled.
    private init(_ context: xmlRelaxNGParserCtxtPtr?, _ bytes: [UInt8]) throws(XMLError) {
        guard let context else { throw XMLError(message: "the grammar cannot be read", line: 0) }
        defer { xmlRelaxNGFreeParserCtxt(context) }
        let log = ErrorLog()
        xmlRelaxNGSetParserStructuredErrors(context, recordError, Unmanaged.passUnretained(log).toOpaque())
        let compiled = withExtendedLifetime((bytes, log)) { xmlRelaxNGParse(context) }
        guard let compiled else {
            throw log.errors.first ?? XMLError(message: "the grammar is not valid", line: 0)
        }
        schema = compiled
    }

    deinit { xmlRelaxNGFree(schema) }

    /// Validates a document.
    /// - Returns: what libxml2 complains about, in its words, in order; empty if the document is valid.
    /// - Throws: the error if the text is not well-formed.
    package func errors(inDocument text: String) throws(XMLError) -> [XMLError] {
        let bytes = Array(text.utf8)
        let options = Int32(XML_PARSE_NONET.rawValue | XML_PARSE_NOERROR.rawValue | XML_PARSE_NOWARNING.rawValue)
        let document = bytes.withUnsafeBytes {
            xmlReadMemory(
                $0.baseAddress?.assumingMemoryBound(to: CChar.self), Int32(clamping: $0.count), nil, "UTF-8", options)
        }
        guard let document else { throw XMLError(message: "the document is not well-formed XML", line: 0) }
        defer { xmlFreeDoc(document) }
        guard let context = xmlRelaxNGNewValidCtxt(schema) else {
            throw XMLError(message: "out of memory while validating", line: 0)
        }
        defer { xmlRelaxNGFreeValidCtxt(context) }
        let log = ErrorLog()
        xmlRelaxNGSetValidStructuredErrors(context, recordError, Unmanaged.passUnretained(log).toOpaque())
        // References without a target are reported past the context's handler, to that of the thread.
        xmlSetStructuredErrorFunc(Unmanaged.passUnretained(log).toOpaque(), recordError)
        defer { xmlSetStructuredErrorFunc(nil, nil) }
        let result = withExtendedLifetime(log) { xmlRelaxNGValidateDoc(context, document) }
        if result != 0, log.errors.isEmpty { return [XMLError(message: "the document is not valid", line: 0)] }
        return result == 0 ? [] : log.errors
    }
}

private final class ErrorLog {
    var errors: [XMLError] = []
}

private let recordError: xmlStructuredErrorFunc = { context, error in
    guard let context, let error else { return }
    let log = Unmanaged<ErrorLog>.fromOpaque(context).takeUnretainedValue()
    let message = error.pointee.message.map { String(cString: $0) } ?? "unknown error"
    log.errors.append(
        XMLError(message: message.hasSuffix("\n") ? String(message.dropLast()) : message, line: Int(error.pointee.line)))
}
