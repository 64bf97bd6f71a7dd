// SPDX-License-Identifier: GPL-2.0-or-later
// The one thread of a daemon: waits for descriptors, timers and signals, and calls handlers. Nothing here blocks otherwise.
import CLinux
import Glibc
package import NodeCore

/// What a descriptor is watched for.
package struct Readiness: OptionSet, Sendable {
    package let rawValue: UInt32

    package init(rawValue: UInt32) {
        self.rawValue = rawValue
    }

    package static let read = Readiness(rawValue: 1)
    package static let write = Readiness(rawValue: 4)
    /// The other side is gone; always reported.
    package static let hangUp = Readiness(rawValue: 8 | 16)
}

/// Identifies a timer of an `EventLoop`.
package struct TimerToken: Hashable {
    fileprivate let number: UInt64
}

/// A loop on epoll. All its methods belong to the thread that calls `run`.
package final class EventLoop {
    private let epoll: Int32
    private var watches: [Int32: (Readiness) -> Void] = [:]
    private var timers = TimerQueue()
    private var soonActions: [() -> Void] = []
    private var isStopping = false
    private var signalDescriptor: Int32 = -1

    package init() {
        epoll = epoll_create1(Int32(EPOLL_CLOEXEC))
        precondition(epoll >= 0, "epoll_create1 failed")
        signal(SIGPIPE, SIG_IGN)
    }

    deinit {
        if signalDescriptor >= 0 { close(signalDescriptor) }
        close(epoll)
    }

    // MARK: Time

    /// The current time on both clocks.
    package var now: Now {
        Now(
            monotonic: Instant(sinceOrigin: Duration(read(CLOCK_MONOTONIC))),
            wall: WallTime(sinceEpoch: Duration(read(CLOCK_REALTIME))))
    }

    private func read(_ clock: clockid_t) -> timespec {
        var time = timespec()
        clock_gettime(clock, &time)
        return time
    }

    /// Calls `action` once, at or soon after the given time.
    @discardableResult
    package func schedule(at instant: Instant, _ action: @escaping () -> Void) -> TimerToken {
        timers.add(at: instant, action)
    }

    @discardableResult
    package func schedule(after duration: Duration, _ action: @escaping () -> Void) -> TimerToken {
        schedule(at: now.monotonic + duration, action)
    }

    package func cancel(_ token: TimerToken) {
        timers.cancel(token)
    }

    /// Calls `action` when the current handler has returned.
    package func soon(_ action: @escaping () -> Void) {
        soonActions.append(action)
    }

    // MARK: Descriptors

    /// Watches a descriptor until `unwatch`. The caller keeps owning and closes it.
    package func watch(_ descriptor: Int32, _ interest: Readiness, _ handler: @escaping (Readiness) -> Void) {
        control(watches[descriptor] == nil ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, descriptor, interest)
        watches[descriptor] = handler
    }

    /// Changes what a watched descriptor is watched for.
    package func rewatch(_ descriptor: Int32, _ interest: Readiness) {
        guard watches[descriptor] != nil else { return }
        control(EPOLL_CTL_MOD, descriptor, interest)
    }

    /// Stops watching. Must precede closing the descriptor.
    package func unwatch(_ descriptor: Int32) {
        guard watches.removeValue(forKey: descriptor) != nil else { return }
        control(EPOLL_CTL_DEL, descriptor, [])
    }

    private func control(_ operation: Int32, _ descriptor: Int32, _ interest: Readiness) {
        var event = epoll_event()
        event.events = interest.rawValue
        event.data.fd = descriptor
        epoll_ctl(epoll, operation, descriptor, &event)
    }

    /// Blocks the given signals for this and later threads and reports them to `handler` instead.
    package func watchSignals(_ signals: [Int32], _ handler: @escaping (Int32) -> Void) {
        var set = sigset_t()
        sigemptyset(&set)
        for signal in signals { sigaddset(&set, signal) }
        pthread_sigmask(SIG_BLOCK, &set, nil)
        signalDescriptor = signalfd(signalDescriptor, &set, Int32(SFD_CLOEXEC | SFD_NONBLOCK))
        watch(signalDescriptor, .read) { [unowned self] _ in
            var info = signalfd_siginfo()
            while Glibc.read(signalDescriptor, &info, MemoryLayout<signalfd_siginfo>.size) > 0 {
                handler(Int32(info.ssi_signo))
            }
        }
    }

    // MARK: Running

    /// Handles events until `stop` is called.
    package func run() {
        var events = [epoll_event](repeating: epoll_event(), count: 64)
        while !isStopping {
            runSoonActions()
            if isStopping { break }
            let count = epoll_wait(epoll, &events, Int32(events.count), timers.waitMilliseconds(from: now.monotonic))
            for index in 0..<max(0, Int(count)) {
                let event = events[index]
                // A handler may have closed a later descriptor of the same batch.
                watches[event.data.fd]?(Readiness(rawValue: event.events))
                if isStopping { return }
            }
            runDueTimers()
        }
    }

    /// Handlers set and cancel timers, so the queue must not be in use while they run.
    private func runDueTimers() {
        let instant = now.monotonic
        while !isStopping, let due = timers.takeDue(at: instant) { due() }
    }

    private func runSoonActions() {
        var rounds = 0
        while !soonActions.isEmpty, rounds < 1000 {
            let actions = soonActions
            soonActions = []
            for action in actions { action() }
            rounds += 1
        }
    }

    /// Makes `run` return.
    package func stop() {
        isStopping = true
    }
}

extension Duration {
    fileprivate init(_ time: timespec) {
        self = .seconds(Int64(time.tv_sec)) + .nanoseconds(Int64(time.tv_nsec))
    }
}

/// Timers by time, then by age.
private struct TimerQueue {
    private struct Entry {
        let instant: Instant
        let token: TimerToken
    }

    private var heap: [Entry] = []
    private var actions: [TimerToken: () -> Void] = [:]
    private var nextNumber: UInt64 = 1

    mutating func add(at instant: Instant, _ action: @escaping () -> Void) -> TimerToken {
        let token = TimerToken(number: nextNumber)
        nextNumber += 1
        actions[token] = action
        heap.append(Entry(instant: instant, token: token))
        siftUp(heap.count - 1)
        return token
    }

    /// A cancelled timer stays in the heap until its time or until the dead outnumber the living.
    mutating func cancel(_ token: TimerToken) {
        guard actions.removeValue(forKey: token) != nil, heap.count > 64, heap.count > 2 * actions.count else { return }
        let living = heap.filter { actions[$0.token] != nil }
        heap = living.sorted { isBefore($0, $1) }
    }

    /// Milliseconds to wait for the first timer, rounded up; -1 without timers.
    mutating func waitMilliseconds(from now: Instant) -> Int32 {
        while let first = heap.first, actions[first.token] == nil { _ = removeFirst() }
        guard let first = heap.first else { return -1 }
        let wait = first.instant - now
        if wait <= .zero { return 0 }
        return Int32(clamping: min(wait.wholeMilliseconds, 3_600_000) + 1)
    }

    /// Removes the next timer that is due and gives its action.
    mutating func takeDue(at now: Instant) -> (() -> Void)? {
        while let first = heap.first, first.instant <= now {
            _ = removeFirst()
            if let action = actions.removeValue(forKey: first.token) { return action }
        }
        return nil
    }

    private func isBefore(_ left: Entry, _ right: Entry) -> Bool {
        left.instant == right.instant ? left.token.number < right.token.number : left.instant < right.instant
    }

    private mutating func removeFirst() -> Entry? {
        guard let first = heap.first, let last = heap.popLast() else { return nil }
        if !heap.isEmpty {
            heap[0] = last
            siftDown(0)
        }
        return first
    }

    private mutating func siftUp(_ start: Int) {
        var child = start
        while child > 0 {
            let parent = (child - 1) / 2
            guard isBefore(heap[child], heap[parent]) else { return }
            heap.swapAt(child, parent)
            child = parent
        }
    }

    private mutating func siftDown(_ start: Int) {
        var parent = start
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count && isBefore(heap[child], heap[least]) {
                least = child
            }
            if least == parent { return }
            heap.swapAt(parent, least)
            parent = least
        }
    }
}
