// SPDX-License-Identifier: GPL-2.0-or-later
// Scheduling follows chains of constraints recursively, as deep as there are actions; that takes more than a usual stack.
import Glibc

private final class StackJob {
    let work: () throws -> Void
    var failure: (any Error)?
    init(_ work: @escaping () throws -> Void) { self.work = work }
}

/// Runs something on a thread with a stack of a gigabyte (reserved, not used) and waits for it.
func onLargeStack(_ work: @escaping () throws -> Void) throws {
    let job = StackJob(work)
    let attributes = UnsafeMutablePointer<pthread_attr_t>.allocate(capacity: 1)
    defer { attributes.deallocate() }
    var thread: pthread_t = 0
    pthread_attr_init(attributes)
    defer { pthread_attr_destroy(attributes) }
    guard pthread_attr_setstacksize(attributes, 1 << 30) == 0 else { return try work() }
    let pointer = Unmanaged.passUnretained(job).toOpaque()
    let status = pthread_create(
        &thread, attributes,
        { argument in
            guard let argument else { return nil }
            let job = Unmanaged<StackJob>.fromOpaque(argument).takeUnretainedValue()
            do { try job.work() } catch { job.failure = error }
            return nil
        }, pointer)
    guard status == 0 else { return try work() }
    pthread_join(thread, nil)
    if let failure = job.failure { throw failure }
}
