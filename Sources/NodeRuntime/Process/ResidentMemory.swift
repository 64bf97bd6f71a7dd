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
    /// Found while there is one thread and nothing has been loaded or unloaded at run time: these mappings stay for ever.
    private let programRanges = ProgramPages.ranges()
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

    private func giveBack() {
        malloc_trim(0)
        ProgramPages.giveBack(programRanges)
        // A daemon that holds a large configuration must not try in vain every second.
        threshold = max(modest, Self.residentBytes() + 4 << 20)
    }

    private static func residentBytes() -> Int {
        let text = FileContent.read("/proc/self/statm", limit: 256).map { String(decoding: $0, as: UTF8.self) } ?? ""
        let pages = text.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
        return pages * max(1, sysconf(Int32(_SC_PAGESIZE)))
    }
}
