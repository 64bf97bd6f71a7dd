// SPDX-License-Identifier: GPL-2.0-or-later
// The tree that grows from the events of a parser. A large CIB has millions of attributes, so this is about what one costs.
import CLibXML2
import Glibc

struct TreeBuilder {
    private(set) var root: XMLElement?
    private var open: [XMLElement] = []
    private var text: [UInt8] = []
    private var names = NameCache()
    private var texts = ValueCache()

    /// How many elements are open.
    var depth: Int { open.count }

    /// An element begins.
    /// - Parameter values: five pointers an attribute: local name, prefix, namespace, begin and end of the value.
    mutating func begin(
        _ name: UnsafePointer<xmlChar>?, _ prefix: UnsafePointer<xmlChar>?, _ count: Int,
        _ values: UnsafeMutablePointer<UnsafePointer<xmlChar>?>?, line: Int
    ) {
        flushText()
        var attributes: [XMLAttribute] = []
        if let values {
            attributes.reserveCapacity(count)
            for index in 0..<count {
                guard let begin = values[index * 5 + 3], let end = values[index * 5 + 4] else { continue }
                let value = texts.string(UnsafeRawBufferPointer(start: begin, count: end - begin))
                attributes.append(XMLAttribute(qualified(values[index * 5], values[index * 5 + 1]), value))
            }
        }
        open.append(XMLElement(name: qualified(name, prefix), attributes: attributes, line: Int32(clamping: line)))
    }

    mutating func end() {
        flushText()
        guard let element = open.popLast() else { return }
        if open.isEmpty { root = element } else { open[open.count - 1].children.append(element) }
    }

    mutating func read(_ bytes: UnsafePointer<xmlChar>?, _ count: Int) {
        guard let bytes else { return }
        text.append(contentsOf: UnsafeBufferPointer(start: bytes, count: count))
    }

    mutating func comment(_ bytes: UnsafePointer<xmlChar>?) {
        guard let bytes, !open.isEmpty else { return }
        flushText()
        open[open.count - 1].children.append(.comment(String(cString: bytes)))
    }

    /// White space alone is layout; other text is content.
    private mutating func flushText() {
        guard !text.isEmpty else { return }
        if !open.isEmpty, let content = content() { open[open.count - 1].children.append(content) }
        text.removeAll(keepingCapacity: true)
    }

    private func content() -> XMLElement? {
        let isContent = text.contains { $0 != 0x20 && $0 != 0x0A && $0 != 0x09 && $0 != 0x0D }
        return isContent ? .text(String(decoding: text, as: UTF8.self)) : nil
    }

    private mutating func qualified(_ name: UnsafePointer<xmlChar>?, _ prefix: UnsafePointer<xmlChar>?) -> String {
        guard let name else { return "" }
        guard let prefix else { return names.string(name) }
        return names.string(prefix) + ":" + names.string(name)
    }
}

/// Strings for the names that libxml2 keeps once per document, found by address.
///
/// A CIB has some hundred different names and millions of uses; the address of a name in the parser's
/// dictionary is stable, so a small table indexed by address saves making the same string again.
private struct NameCache {
    private var slots: ContiguousArray<(key: UnsafePointer<xmlChar>?, value: String)> = .init(repeating: (nil, ""), count: 1024)

    mutating func string(_ name: UnsafePointer<xmlChar>) -> String {
        let address = UInt(bitPattern: name)
        let slot = Int((address ^ (address >> 10)) & 1023)
        if slots[slot].key == name { return slots[slot].value }
        let value = String(cString: name)
        slots[slot] = (name, value)
        return value
    }
}

/// Values seen shortly before: in a history numbers, digests, keys and owners repeat all the time, and a string that is there is
/// cheaper than one that has to be checked and made. Equal long ones share their storage, too.
private struct ValueCache {
    private struct Slot {
        /// What tells texts of up to 16 bytes apart completely, and nearly all longer ones.
        var first: UInt64 = 0
        var last: UInt64 = 0
        var count = 0
        var value = ""
    }
    private var slots = ContiguousArray(repeating: Slot(), count: 64)
    private var misses = 0

    mutating func string(_ bytes: UnsafeRawBufferPointer) -> String {
        let count = bytes.count
        guard count > 0, count < 128, let base = bytes.baseAddress else { return String(decoding: bytes, as: UTF8.self) }
        let (first, last) = Self.ends(base, count)
        let hash = (first &* 0x9E37_79B9_7F4A_7C15) ^ (last &* 0xC2B2_AE3D_27D4_EB4F) ^ UInt64(truncatingIfNeeded: count)
        let slot = Int(truncatingIfNeeded: (hash ^ (hash >> 29)) & UInt64(truncatingIfNeeded: slots.count - 1))
        if slots[slot].first == first, slots[slot].last == last, slots[slot].count == count,
            count <= 16 || Self.isEqual(slots[slot].value, base, count)
        {
            return slots[slot].value
        }
        let value = String(decoding: bytes, as: UTF8.self)
        slots[slot] = Slot(first: first, last: last, count: count, value: value)
        misses += 1
        // Small documents, of which a daemon parses many, do with a small table: one that is large for them costs a page for each value.
        if misses == 4 * slots.count, slots.count < 4096 { slots = ContiguousArray(repeating: Slot(), count: 8 * slots.count) }
        return value
    }

    /// The first and the last eight bytes; of shorter texts all bytes in some order.
    @inline(__always)
    private static func ends(_ base: UnsafeRawPointer, _ count: Int) -> (UInt64, UInt64) {
        if count >= 8 {
            return (base.loadUnaligned(as: UInt64.self), base.loadUnaligned(fromByteOffset: count - 8, as: UInt64.self))
        }
        if count >= 4 {
            let first = base.loadUnaligned(as: UInt32.self)
            return (UInt64(first), UInt64(base.loadUnaligned(fromByteOffset: count - 4, as: UInt32.self)))
        }
        let bytes = base.assumingMemoryBound(to: UInt8.self)
        return (UInt64(bytes[0]) | UInt64(bytes[count / 2]) << 8, UInt64(bytes[count - 1]))
    }

    private static func isEqual(_ value: String, _ base: UnsafeRawPointer, _ count: Int) -> Bool {
        value.utf8.withContiguousStorageIfAvailable { known in
            guard let start = known.baseAddress, known.count == count else { return false }
            return memcmp(start, base, count) == 0
        } ?? false
    }
}
