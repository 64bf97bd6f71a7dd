// SPDX-License-Identifier: GPL-2.0-or-later
// Which pages of the program itself can be given back, and doing so.
import CLinux
import Glibc

/// The program's own code and constants in memory.
package enum ProgramPages {
    /// Gives back what has been mapped so far; what is used from here on is mapped again when it is touched.
    package static func giveBack() { giveBack(ranges()) }

    /// The same for the libraries alone. The loader has looked through their tables of names when a program starts, a quarter of
    /// what is resident then, and nobody does again.
    package static func giveBackLibraries() { giveBack(ranges(ofProgram: false)) }

    private static func giveBack(_ ranges: [(begin: UInt, end: UInt)]) {
        for range in ranges {
            madvise(UnsafeMutableRawPointer(bitPattern: range.begin), Int(range.end - range.begin), MADV_DONTNEED)
        }
    }

    /// The segments of the program and its libraries that are never written, not even by the loader: what it relocates lies in
    /// segments that can be written, so these are as in the file and nothing is lost with them.
    /// - Parameter ofProgram: whether those of the program itself are among them.
    static func ranges(ofProgram: Bool = true) -> [(begin: UInt, end: UInt)] {
        var objects: [dl_phdr_info] = []
        _ = withUnsafeMutablePointer(to: &objects) { list in
            dl_iterate_phdr(
                { object, _, list in
                    guard let object, let list else { return 0 }
                    list.assumingMemoryBound(to: [dl_phdr_info].self).pointee.append(object.pointee)
                    return 0
                }, list)
        }
        // The program itself always comes first.
        return objects.dropFirst(ofProgram ? 0 : 1).flatMap(unwritableSegments)
    }

    private static func unwritableSegments(of object: dl_phdr_info) -> [(begin: UInt, end: UInt)] {
        let base = UInt(object.dlpi_addr)
        // The kernel's own page is no file.
        guard base != getauxval(UInt(AT_SYSINFO_EHDR)) else { return [] }
        let page = UInt(max(1, sysconf(Int32(_SC_PAGESIZE))))
        let headers = UnsafeBufferPointer(start: object.dlpi_phdr, count: Int(object.dlpi_phnum))
        // Relocations in code, which nobody makes any more, would change pages that cannot be written.
        return headers.filter { $0.p_type == PT_LOAD && $0.p_flags & UInt32(PF_W) == 0 }.map { header in
            let begin = base + UInt(header.p_vaddr)
            return (begin / page * page, (begin + UInt(header.p_memsz) + page - 1) / page * page)
        }
    }
}
