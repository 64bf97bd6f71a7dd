// SPDX-License-Identifier: GPL-2.0-or-later
// The pipes between the daemon and an agent.
import CLinux
import Glibc

/// Collects what a child prints, up to a limit; the rest is read and dropped so that the child never blocks.
final class OutputPipe {
    let childEnd: Int32
    private let ownEnd: Int32
    private let limit: Int
    private var bytes: [UInt8] = []
    private var isOpen = true
    private weak var loop: EventLoop?

    private init(ownEnd: Int32, childEnd: Int32, limit: Int) {
        self.ownEnd = ownEnd
        self.childEnd = childEnd
        self.limit = limit
    }

    static func make(limit: Int) -> OutputPipe? {
        var ends: [Int32] = [-1, -1]
        guard pipe2(&ends, O_CLOEXEC) == 0 else { return nil }
        _ = fcntl(ends[0], F_SETFL, O_NONBLOCK)
        return OutputPipe(ownEnd: ends[0], childEnd: ends[1], limit: limit)
    }

    func closeChildEnd() {
        Glibc.close(childEnd)
    }

    func collect(on loop: EventLoop) {
        self.loop = loop
        loop.watch(ownEnd, .read) { [weak self] _ in self?.drain() }
    }

    /// Reads what is there now; at end of file the watching ends.
    private func drain() {
        var chunk = [UInt8](repeating: 0, count: 16384)
        while isOpen {
            let count = read(ownEnd, &chunk, chunk.count)
            if count > 0 {
                bytes.append(contentsOf: chunk[..<min(count, max(0, limit - bytes.count))])
            } else if count < 0, errno == EINTR {
                continue
            } else if count < 0, errno == EAGAIN {
                return
            } else {
                close()
            }
        }
    }

    /// Takes the last bytes and closes the pipe even if a grandchild still holds the other end.
    func finish(_ loop: EventLoop) -> [UInt8] {
        drain()
        close()
        // NUL bytes cannot travel in XML.
        return bytes.firstIndex(of: 0).map { Array(bytes[..<$0]) } ?? bytes
    }

    func close() {
        guard isOpen else { return }
        isOpen = false
        loop?.unwatch(ownEnd)
        Glibc.close(ownEnd)
    }
}

/// Feeds a child's standard input.
final class InputPipe {
    let childEnd: Int32
    private let ownEnd: Int32
    private var bytes: ArraySlice<UInt8>
    private var isOpen = true
    private weak var loop: EventLoop?

    private init(ownEnd: Int32, childEnd: Int32, bytes: [UInt8]) {
        self.ownEnd = ownEnd
        self.childEnd = childEnd
        self.bytes = bytes[...]
    }

    static func make(_ bytes: [UInt8]) -> InputPipe? {
        var ends: [Int32] = [-1, -1]
        guard pipe2(&ends, O_CLOEXEC) == 0 else { return nil }
        _ = fcntl(ends[1], F_SETFL, O_NONBLOCK)
        return InputPipe(ownEnd: ends[1], childEnd: ends[0], bytes: bytes)
    }

    func closeChildEnd() {
        Glibc.close(childEnd)
    }

    func feed(on loop: EventLoop) {
        self.loop = loop
        writeMore()
        if isOpen { loop.watch(ownEnd, .write) { [weak self] _ in self?.writeMore() } }
    }

    private func writeMore() {
        while isOpen, !bytes.isEmpty {
            let count = bytes.withUnsafeBytes { write(ownEnd, $0.baseAddress, $0.count) }
            if count > 0 {
                bytes = bytes.dropFirst(count)
            } else if errno == EAGAIN {
                return
            } else if errno != EINTR {
                return close()
            }
        }
        close()
    }

    func close() {
        guard isOpen else { return }
        isOpen = false
        loop?.unwatch(ownEnd)
        Glibc.close(ownEnd)
    }
}
