// SPDX-License-Identifier: GPL-2.0-or-later
// Keeps a daemon small: gives back pages of the program that rare work touched, and memory that large messages needed.
import CLinux
import Glibc

/// The resident memory of a daemon. Belongs to the loop's thread.
///
/// The executable holds every role. The kernel maps sixteen pages around each one that is touched, so a few rare requests
/// make a daemon carry some 10 MB of the file that it does not look at again. What is needed later is mapped again from the
/// page cache, in microseconds.
package final class ResidentMemory {
    private let loop: EventLoop
    /// Below this nothing is done, in bytes.
    private let modest: Int
    /// What has to be exceeded before the next round: more than the last one left.
    private var threshold: Int
    private var check: TimerToken?

    /// While a daemon is busy, memory is looked at this often; an idle one is left alone.
    private static let interval = Duration.seconds(1)

    /// Make it before other threads start.
    /// - Parameter modest: resident megabytes that are not worth an effort.
    package init(loop: EventLoop, modest: Int) {
        self.loop = loop
        self.modest = modest << 20
        threshold = modest << 20
    }

    /// Call when the daemon is ready: what only its start needed goes.
    package func begin() {
        giveBack()
        noteActivity()
    }

    /// Call when the daemon has done something.
    package func noteActivity() {
        guard check == nil else { return }
        check = loop.schedule(after: Self.interval) { [unowned self] in
            check = nil
            if Self.residentBytes() > threshold { giveBack() }
        }
    }

    /// For a tool in which one thread does the work: one heap, which grows in steps worth a system call.
    package static func useOneHeap() {
        mallopt(M_ARENA_MAX, 1)
        mallopt(M_TOP_PAD, 1 << 18)
    }

    /// Lets the one heap grow by this many bytes at once, in pages of two megabytes where the kernel has them. A page fault costs more
    /// than what is then put into a small page, and what of the room is not used takes no memory. Call it after `useOneHeap`, before
    /// reading something large.
    package static func makeRoom(_ bytes: Int) {
        mallopt(M_TOP_PAD, Int32(clamping: bytes))
        mallopt(M_TRIM_THRESHOLD, Int32.max)
        // Arrays that grow take room that others left, and bring no new pages each time.
        mallopt(M_MMAP_THRESHOLD, 4 << 20)
        guard let before = sbrk(0) else { return }
        // Blocks that still fit move nothing; the first that does not fit brings the room with it.
        var blocks: [UnsafeMutableRawPointer?] = []
        while sbrk(0) == before, blocks.count < 16 { blocks.append(malloc(100_000)) }
        for block in blocks { free(block) }
        mallopt(M_TOP_PAD, 1 << 18)
        guard let after = sbrk(0), after > before else { return }
        let page = max(1, sysconf(Int32(_SC_PAGESIZE)))
        let begin = UInt(bitPattern: before).advanced(by: page - 1) / UInt(page) * UInt(page)
        madvise(UnsafeMutableRawPointer(bitPattern: begin), Int(UInt(bitPattern: after) - begin), MADV_HUGEPAGE)
    }

    private func giveBack() {
        malloc_trim(0)
        // Looked up each time, because GnuTLS comes with the first connection; what is loaded stays.
        ProgramPages.giveBack()
        // A daemon that holds a large configuration must not try in vain every second.
        threshold = max(modest, Self.residentBytes() + 4 << 20)
    }

    private static func residentBytes() -> Int {
        let text = FileContent.read("/proc/self/statm", limit: 256).map { String(decoding: $0, as: UTF8.self) } ?? ""
        let pages = text.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
        return pages * max(1, sysconf(Int32(_SC_PAGESIZE)))
    }
}
