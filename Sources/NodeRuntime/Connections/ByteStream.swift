// SPDX-License-Identifier: GPL-2.0-or-later
// A connected stream socket on the loop: reads until there is nothing, writes what the kernel takes, keeps the rest.
import CLinux
import Glibc

/// Owns a non-blocking socket.
final class ByteStream {
    let descriptor: Int32
    private static let chunkSize = 16384
    private let loop: EventLoop
    private let isTCP: Bool
    private let pendingLimit: Int
    private let pauseLimit: Int
    private var pending: [UInt8] = []
    private var sent = 0
    private var isOpen = true
    private var interest: Readiness = .read
    /// Bytes that wait for the peer to read them.
    var pendingCount: Int { pending.count - sent }
    /// Bytes from the peer; empty at end of stream or after an error.
    var received: ([UInt8]) -> Void = { _ in }

    /// - Parameters:
    ///   - pendingLimit: bytes the peer may leave unread before the stream is given up.
    ///   - pauseLimit: with more bytes unread than this, the peer is not listened to. Only for peers that ask and wait for
    ///     answers: two that both do this and talk at the same time would wait for each other.
    init(_ descriptor: Int32, loop: EventLoop, isTCP: Bool, pendingLimit: Int, pauseLimit: Int = .max) {
        self.descriptor = descriptor
        self.loop = loop
        self.isTCP = isTCP
        self.pendingLimit = pendingLimit
        self.pauseLimit = pauseLimit
        if isTCP {
            // Header and payload leave in one segment; without this they would wait for each other's acknowledgement.
            setOption(IPPROTO_TCP, TCP_NODELAY, 1)
            setOption(SOL_SOCKET, SO_KEEPALIVE, 1)
            setOption(IPPROTO_TCP, TCP_KEEPIDLE, 60)
            setOption(IPPROTO_TCP, TCP_KEEPINTVL, 10)
            setOption(IPPROTO_TCP, TCP_KEEPCNT, 6)
        }
    }

    /// A stream that nobody holds any longer must not keep waking the loop.
    deinit {
        close()
    }

    func start() {
        loop.watch(descriptor, .read) { [weak self] readiness in self?.handle(readiness) }
    }

    private func setOption(_ level: some BinaryInteger, _ name: Int32, _ value: Int32) {
        var value = value
        setsockopt(descriptor, Int32(level), name, &value, socklen_t(MemoryLayout<Int32>.size))
    }

    private func handle(_ readiness: Readiness) {
        if readiness.contains(.write) { flush() }
        if readiness.contains(.read) || !readiness.isDisjoint(with: .hangUp) { readAll() }
    }

    private func readAll() {
        var bytes: [UInt8] = []
        var hasEnded = false
        // A fast sender must not keep the loop from its other duties.
        while isOpen, !hasEnded, bytes.count < 1 << 20 {
            var count = 0
            var code: Int32 = 0
            let chunk = [UInt8](unsafeUninitializedCapacity: ByteStream.chunkSize) { buffer, filled in
                count = read(descriptor, buffer.baseAddress, ByteStream.chunkSize)
                code = errno
                filled = max(0, count)
            }
            if count > 0 {
                if bytes.isEmpty { bytes = chunk } else { bytes += chunk }
                if count < ByteStream.chunkSize { break }
            } else if count == 0 || code != EINTR {
                hasEnded = count == 0 || code != EAGAIN
                break
            }
        }
        // Genuine peers write header and payload apart and wait for our acknowledgement in between.
        if isTCP { setOption(IPPROTO_TCP, TCP_QUICKACK, 1) }
        if !bytes.isEmpty { received(bytes) }
        if hasEnded, isOpen { received([]) }
    }

    /// Queues bytes and sends what the kernel takes at once.
    func send(_ bytes: [UInt8]) {
        guard isOpen, !bytes.isEmpty else { return }
        if pendingCount + bytes.count > pendingLimit {
            loop.soon { [weak self] in self?.received([]) }
            return
        }
        pending.append(contentsOf: bytes)
        flush()
    }

    private func flush() {
        while isOpen, sent < pending.count {
            let count = pending.withUnsafeBytes { buffer in
                Glibc.send(descriptor, buffer.baseAddress.map { $0 + sent }, buffer.count - sent, Int32(MSG_NOSIGNAL))
            }
            if count > 0 {
                sent += count
            } else if errno == EAGAIN {
                break
            } else if errno != EINTR {
                loop.soon { [weak self] in self?.received([]) }
                sent = pending.count
            }
        }
        if sent == pending.count {
            pending = []
            sent = 0
        }
        updateInterest()
    }

    /// True while the peer is not listened to.
    var isPaused = false {
        didSet { updateInterest() }
    }

    private func updateInterest() {
        var wanted: Readiness = isPaused || pendingCount > pauseLimit ? [] : .read
        if !pending.isEmpty { wanted.insert(.write) }
        guard wanted != interest, isOpen else { return }
        interest = wanted
        loop.rewatch(descriptor, wanted)
    }

    /// Sends what is pending as far as possible and closes.
    func close() {
        guard isOpen else { return }
        flush()
        isOpen = false
        received = { _ in }
        loop.unwatch(descriptor)
        Glibc.close(descriptor)
    }
}
