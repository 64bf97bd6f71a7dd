// SPDX-License-Identifier: GPL-2.0-or-later
// What an ordered group has to look at when it is visited: completions that changed since somebody looked at them.
@testable import ClusterStatus
import Testing

@Suite("Waits for completions")
struct CompletionWaitsTests {
    private func waits(_ count: Int) -> CompletionWaits {
        var waits = CompletionWaits(count: count)
        waits.start(
            waiting: ContiguousArray((0..<count).map { ActionIndex($0) }), completions: ContiguousArray((0..<count).map { ActionIndex(count + $0) }))
        return waits
    }

    @Test("At first all have to be looked at, each of them once")
    func first() {
        var waits = waits(5)
        #expect(waits.takeUnseen(0..<3) == [ActionIndex(5), ActionIndex(6), ActionIndex(7)])
        #expect(waits.takeUnseen(0..<4) == [ActionIndex(8)])
        #expect(waits.takeUnseen(0..<5) == [ActionIndex(9)])
        #expect(waits.takeUnseen(0..<5).isEmpty)
    }

    @Test("What changes has to be looked at again, by whom it concerns", arguments: [[1], [0, 4], [3, 1], [2, 2]])
    func changes(positions: [Int]) {
        var waits = waits(5)
        _ = waits.takeUnseen(0..<5)
        for (count, position) in positions.enumerated() { waits.noteChange(position, UInt32(count + 1)) }
        let later = Set(positions.filter { $0 >= 2 }).sorted(), earlier = Set(positions.filter { $0 < 2 }).sorted()
        #expect(waits.lastChange == UInt32(positions.count))
        #expect(Array(waits.takeUnseen(2..<5)) == later.map { ActionIndex(5 + $0) })
        #expect(Array(waits.takeUnseen(0..<5)) == earlier.map { ActionIndex(5 + $0) })
    }

    @Test("Without anything known all have to be looked at again, but who waits goes on waiting")
    func forgotten() {
        var waits = waits(3)
        waits.begin(2, relations: 7)
        _ = waits.takeUnseen(0..<3)
        waits.forgetSeen()
        #expect(waits.takeUnseen(0..<3).count == 3)
        #expect(waits.mark(2) == 7)
        #expect(waits.mark(1) == nil)
        #expect(Array(waits.order) == [2])
    }
}
