// SPDX-License-Identifier: GPL-2.0-or-later
// Text on the wire: what we send is strictly valid XML 1.0, what we accept may be less (remote-protocol.md 2.4, pitfalls 16 and 17).
package import ClusterXML

package enum WireText {
    /// Replaces characters that XML 1.0 cannot carry, so that a strict peer does not drop the whole message.
    package static func sanitized(_ text: String) -> String {
        if text.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F || $0 == 9 || $0 == 10 || $0 == 13 }) { return text }
        var result = String.UnicodeScalarView()
        for scalar in text.unicodeScalars { result.append(isAllowed(scalar.value) ? scalar : "?") }
        return String(result)
    }

    static func isAllowed(_ code: UInt32) -> Bool {
        switch code {
        case 0x9, 0xA, 0xD, 0x20...0xD7FF, 0xE000...0xFFFD, 0x10000...0x10FFFF: true
        default: false
        }
    }

    /// Parses a message; text that a lenient peer may send is repaired first where that is possible.
    package static func parse(_ text: [UInt8]) throws(XMLError) -> XMLElement {
        do {
            return try XMLParser.parse(text)
        } catch {
            return try XMLParser.parse(repaired(text))
        }
    }

    /// Escapes raw `<`, `&` and quotes inside attribute values, and drops references to forbidden characters.
    static func repaired(_ text: [UInt8]) -> [UInt8] {
        let bytes = Array(String(decoding: text, as: UTF8.self).utf8)
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count + 64)
        var isInTag = false
        var quote: UInt8?
        var index = 0
        while index < bytes.count {
            let byte = bytes[index]
            if let open = quote {
                if byte == open, endsValue(bytes, after: index) {
                    quote = nil
                    result.append(byte)
                } else {
                    index = appendRepaired(bytes, at: index, to: &result)
                    continue
                }
            } else {
                if byte == UInt8(ascii: "<") { isInTag = true }
                if byte == UInt8(ascii: ">") { isInTag = false }
                if isInTag, byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") { quote = byte }
                if byte >= 0x20 || byte == 9 || byte == 10 || byte == 13 { result.append(byte) }
            }
            index += 1
        }
        return result
    }

    /// A quote ends a value only if the tag or another attribute goes on behind it.
    private static func endsValue(_ bytes: [UInt8], after index: Int) -> Bool {
        guard index + 1 < bytes.count else { return true }
        switch bytes[index + 1] {
        case UInt8(ascii: "/"), UInt8(ascii: ">"), UInt8(ascii: "?"): return true
        case UInt8(ascii: " "):
            var next = index + 2
            while next < bytes.count, isNameByte(bytes[next]) { next += 1 }
            return next > index + 2 && next + 1 < bytes.count && bytes[next] == UInt8(ascii: "=")
                && bytes[next + 1] == UInt8(ascii: "\"")
        default: return false
        }
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "_"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: ":"), 0x80...:
            true
        default: false
        }
    }

    /// Copies one character of a value, escaped; returns the index behind it.
    private static func appendRepaired(_ bytes: [UInt8], at index: Int, to result: inout [UInt8]) -> Int {
        switch bytes[index] {
        case UInt8(ascii: "<"): result += Array("&lt;".utf8)
        case UInt8(ascii: "\""): result += Array("&quot;".utf8)
        case UInt8(ascii: "&"):
            if let (reference, end) = reference(bytes, at: index) {
                result += reference
                return end
            }
            result += Array("&amp;".utf8)
        case 9, 10, 13, 0x20...: result.append(bytes[index])
        default: result.append(UInt8(ascii: "?"))
        }
        return index + 1
    }

    /// The reference that begins at an ampersand, made valid, and the index behind it; nil if it is a bare ampersand.
    private static func reference(_ bytes: [UInt8], at index: Int) -> ([UInt8], Int)? {
        let limit = min(bytes.count, index + 12)
        guard let end = bytes[index..<limit].firstIndex(of: UInt8(ascii: ";")), end > index + 1 else { return nil }
        let name = String(decoding: bytes[(index + 1)..<end], as: UTF8.self)
        if ["lt", "gt", "amp", "quot", "apos"].contains(name) { return (Array(bytes[index...end]), end + 1) }
        guard name.hasPrefix("#") else { return nil }
        let isHex = name.hasPrefix("#x")
        guard let code = UInt32(name.dropFirst(isHex ? 2 : 1), radix: isHex ? 16 : 10) else { return nil }
        return (isAllowed(code) ? Array(bytes[index...end]) : [UInt8(ascii: "?")], end + 1)
    }
}
