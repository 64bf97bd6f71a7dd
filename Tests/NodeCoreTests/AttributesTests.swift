// SPDX-License-Identifier: GPL-2.0-or-later
// Transient node attributes: when they reach the CIB.
import NodeCore
import Testing

struct AttributesTests {
    private var clock = TestClock()
    private var attributes = Attributes()

    private func writes(_ effects: [AttributeEffect]) -> [[AttributeWrite]] {
        effects.compactMap { if case .write(let writes) = $0 { writes } else { nil } }
    }

    private mutating func set(_ name: String, _ value: String?, delay: Int? = nil, isPrivate: Bool = false) -> [AttributeEffect] {
        var effects: [AttributeEffect] = []
        var update = AttributeUpdate(name, node: "n1", value: value)
        update.delay = delay
        update.isPrivate = isPrivate
        attributes.update(update, at: clock.now, into: &effects)
        return effects
    }

    @Test("without delay a value is written at once, the same value again is not")
    mutating func immediate() {
        #expect(writes(set("a", "5")).count == 1)
        #expect(set("a", "5").isEmpty)
        #expect(attributes.value("a", node: "n1") == "5")
    }

    @Test("with a delay, changes within it become one write")
    mutating func dampening() {
        let first = set("a", "1", delay: 5000)
        #expect(writes(first).isEmpty)
        #expect(first.contains(.setTimer(attribute: "a", at: clock.now.monotonic + .seconds(5))))
        clock.advance(.seconds(3))
        #expect(set("a", "2").contains(.setTimer(attribute: "a", at: clock.now.monotonic + .seconds(5))))
        var effects: [AttributeEffect] = []
        attributes.timerFired("a", into: &effects)
        #expect(writes(effects).flatMap { $0 }.map(\.value) == ["2"])
    }

    @Test("values count up, with INFINITY as the limit")
    mutating func counting() {
        _ = set("fail-count-d1#start_0", "value++")
        _ = set("fail-count-d1#start_0", "value++")
        #expect(attributes.value("fail-count-d1#start_0", node: "n1") == "2")
        _ = set("fail-count-d1#start_0", "value+=INFINITY")
        #expect(attributes.value("fail-count-d1#start_0", node: "n1") == "INFINITY")
    }

    @Test("an empty value deletes")
    mutating func deletion() {
        _ = set("a", "1")
        #expect(writes(set("a", "")).flatMap { $0 }.map(\.value) == [nil])
        #expect(attributes.value("a", node: "n1") == nil)
    }

    @Test("private attributes never reach the CIB")
    mutating func privacy() {
        #expect(writes(set("a", "1", isPrivate: true)).isEmpty)
        #expect(attributes.value("a", node: "n1") == "1")
    }

    @Test("clearing failures of one operation leaves the others")
    mutating func clearing() {
        _ = set("fail-count-d1#start_0", "1")
        _ = set("fail-count-d1#monitor_5000", "1")
        _ = set("last-failure-d1#monitor_5000", "100")
        _ = set("fail-count-d12#monitor_5000", "1")
        var effects: [AttributeEffect] = []
        attributes.clearFailures(resource: "d1", operation: "monitor", interval: 5000, node: nil, at: clock.now, into: &effects)
        #expect(attributes.all(of: "n1").map(\.name) == ["fail-count-d1#start_0", "fail-count-d12#monitor_5000"])
    }
}
