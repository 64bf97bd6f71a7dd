// SPDX-License-Identifier: GPL-2.0-or-later
// From other threads to the loop: a worker posts a value, the loop's thread handles it.
import CLinux
import Glibc
import Synchronization

/// Where a worker thread leaves values for the loop.
package final class MailboxSender<Value: Sendable>: Sendable {
    private let values = Mutex<[Value]>([])
    fileprivate let descriptor: Int32

    fileprivate init() {
        descriptor = eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK))
    }

    deinit {
        close(descriptor)
    }

    /// Hands a value to the loop. Any thread may call it.
    package func post(_ value: Value) {
        values.withLock { $0.append(value) }
        var one: UInt64 = 1
        _ = write(descriptor, &one, MemoryLayout<UInt64>.size)
    }

    fileprivate func take() -> [Value] {
        var count: UInt64 = 0
        _ = read(descriptor, &count, MemoryLayout<UInt64>.size)
        return values.withLock { values in
            defer { values = [] }
            return values
        }
    }
}

extension EventLoop {
    /// Makes a mailbox whose values `handler` gets on the loop's thread, in the order they were posted.
    package func mailbox<Value: Sendable>(of type: Value.Type, _ handler: @escaping (Value) -> Void) -> MailboxSender<Value> {
        let sender = MailboxSender<Value>()
        watch(sender.descriptor, .read) { [weak sender] _ in
            for value in sender?.take() ?? [] { handler(value) }
        }
        return sender
    }

    /// Stops delivering. The sender must be ended before its last reference goes.
    package func endMailbox<Value: Sendable>(_ sender: MailboxSender<Value>) {
        unwatch(sender.descriptor)
    }
}

/// Runs `work` on a new thread. Results come back through a mailbox.
package func startThread(_ work: @escaping @Sendable () -> Void) {
    final class Box {
        let work: @Sendable () -> Void
        init(_ work: @escaping @Sendable () -> Void) { self.work = work }
    }
    var thread = pthread_t()
    let box = Unmanaged.passRetained(Box(work))
    var attributes = pthread_attr_t()
    pthread_attr_init(&attributes)
    pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
    // The scheduler's walk recurses as deep as there are actions in a chain; untouched pages cost nothing.
    pthread_attr_setstacksize(&attributes, 1 << 30)
    let code = pthread_create(&thread, &attributes, { pointer in
        guard let pointer else { return nil }
        Unmanaged<Box>.fromOpaque(pointer).takeRetainedValue().work()
        return nil
    }, box.toOpaque())
    pthread_attr_destroy(&attributes)
    if code != 0 {
        box.release()
        work()
    }
}
