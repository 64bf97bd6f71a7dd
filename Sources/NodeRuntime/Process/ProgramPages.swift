// SPDX-License-Identifier: GPL-2.0-or-later
// Gives back the pages of the program that were only needed to start it.
import Glibc

/// The program's own code in memory.
///
/// The executable holds every role. While it starts, the kernel maps sixteen pages around each one that is touched, and a
/// daemon then carries some 7 MB of code that it never runs.
package enum ProgramPages {
    /// Unmaps the code of the program and its libraries; what is used from here on is mapped again from the page cache
    /// when it is touched. Only mappings that can be executed and not written are given back: they are never changed, so
    /// nothing is lost. Call it once, when the daemon is ready.
    package static func giveBack() {
        guard let file = fopen("/proc/self/maps", "re") else { return }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 4096 + 256)
        var ranges: [(begin: UInt, end: UInt)] = []
        while fgets(&line, Int32(line.count), file) != nil {
            let text = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            let fields = text.split(separator: " ")
            guard fields.count >= 6, fields[1] == "r-xp", fields[5].hasPrefix("/") else { continue }
            let ends = fields[0].split(separator: "-").compactMap { UInt($0, radix: 16) }
            if ends.count == 2 { ranges.append((ends[0], ends[1])) }
        }
        for range in ranges {
            madvise(UnsafeMutableRawPointer(bitPattern: range.begin), Int(range.end - range.begin), MADV_DONTNEED)
        }
    }
}
