// SPDX-License-Identifier: GPL-2.0-or-later
// What every daemon does with its core: inputs one after the other, effects carried out in order, timers by name.
import NodeCore

/// Feeds a core and keeps its timers. Belongs to the loop's thread.
final class CoreDriver<Input, Effect, Timer: Hashable> {
    private let loop: EventLoop
    private let decide: (Input, Now, inout [Effect]) -> Void
    private let carryOut: (Effect) -> Void
    private var waiting: [Input] = []
    private var isDelivering = false
    private var timers: [Timer: TimerToken] = [:]

    /// - Parameters:
    ///   - decide: the core.
    ///   - carryOut: brings an effect into the world; may call `deliver`.
    init(_ loop: EventLoop, decide: @escaping (Input, Now, inout [Effect]) -> Void, carryOut: @escaping (Effect) -> Void) {
        self.loop = loop
        self.decide = decide
        self.carryOut = carryOut
    }

    /// Hands an input to the core and carries out the effects. What happens meanwhile waits for its turn.
    func deliver(_ input: Input) {
        waiting.append(input)
        guard !isDelivering else { return }
        isDelivering = true
        while !waiting.isEmpty {
            let inputs = waiting
            waiting = []
            for input in inputs {
                var effects: [Effect] = []
                decide(input, loop.now, &effects)
                for effect in effects { carryOut(effect) }
            }
        }
        isDelivering = false
    }

    /// Delivers `input` at an instant; a timer of the same name is replaced.
    func set(_ timer: Timer, at instant: Instant, _ input: Input) {
        cancel(timer)
        timers[timer] = loop.schedule(at: instant) { [unowned self] in
            timers[timer] = nil
            deliver(input)
        }
    }

    func cancel(_ timer: Timer) {
        if let token = timers.removeValue(forKey: timer) { loop.cancel(token) }
    }

    /// Ends the loop; what was sent just now still leaves.
    func stopSoon() {
        loop.soon { [loop] in loop.soon { loop.stop() } }
    }
}
