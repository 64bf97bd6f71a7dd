// SPDX-License-Identifier: GPL-2.0-or-later
// Which pages of the program itself can be given back, and doing so.
import Glibc

/// The program's own code and constants in memory.
package enum ProgramPages {
    /// Gives back what has been mapped so far; what is used from here on is mapped again when it is touched.
    package static func giveBack() {
        giveBack(ranges())
    }

    static func giveBack(_ ranges: [(begin: UInt, end: UInt)]) {
        for range in ranges {
            madvise(UnsafeMutableRawPointer(bitPattern: range.begin), Int(range.end - range.begin), MADV_DONTNEED)
        }
    }

    /// Mappings of the program and its libraries that cannot be written and have no changed page, which the kernel tells
    /// (`Anonymous` in `/proc/self/smaps`): nothing is lost with them.
    static func ranges() -> [(begin: UInt, end: UInt)] {
        guard let file = fopen("/proc/self/smaps", "re") else { return [] }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 4096 + 256)
        var ranges: [(begin: UInt, end: UInt)] = []
        var current: (begin: UInt, end: UInt)?
        while fgets(&line, Int32(line.count), file) != nil {
            let text = String(decoding: line.prefix { $0 != 0 && $0 != 10 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            let fields = text.split(separator: " ")
            guard let first = fields.first else { continue }
            if !first.hasSuffix(":") {
                current = unwritableFileMapping(fields)
            } else if first == "Anonymous:", let range = current, fields.count > 1, fields[1] == "0" {
                ranges.append(range)
                current = nil
            }
        }
        return ranges
    }

    /// The executable and its libraries stay mapped. Other files, such as the loader's cache, go, and their place may then hold
    /// data that would be lost.
    private static func isProgram(_ path: Substring) -> Bool {
        path.hasPrefix("/") && (path.contains(".so") && !path.hasSuffix(".cache") || path == executable)
    }

    private static let executable: String = {
        guard let path = realpath("/proc/self/exe", nil) else { return "" }
        defer { free(path) }
        return String(cString: path)
    }()

    /// From the first line of a mapping: `begin-end r-xp offset device inode path`.
    private static func unwritableFileMapping(_ fields: [Substring]) -> (begin: UInt, end: UInt)? {
        guard fields.count >= 6, fields[1] == "r-xp" || fields[1] == "r--p", isProgram(fields[5]) else { return nil }
        let ends = fields[0].split(separator: "-").compactMap { UInt($0, radix: 16) }
        return ends.count == 2 && ends[1] > ends[0] ? (ends[0], ends[1]) : nil
    }
}
