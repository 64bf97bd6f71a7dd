// SPDX-License-Identifier: GPL-2.0-or-later
// Which of two operations in a history is newer.
import ClusterStatus
import ClusterXML
import Testing

@Suite("Order of operations")
struct HistoryOrderTests {
    private func operation(_ id: String, call: Int32, changed: Int64 = -1, magic: String? = nil, node: String = "n") -> OperationResult {
        var element = XMLElement("lrm_rsc_op", [("id", id), ("operation", "monitor"), ("call-id", "\(call)"), ("on_node", node)])
        if changed >= 0 { element["last-rc-change"] = "\(changed)" }
        element["transition-magic"] = magic
        return OperationResult(reading: element)
    }

    @Test("Call ids decide on one node")
    func callIDs() {
        #expect(OperationOrder.compare(operation("a", call: 3), operation("b", call: 12)) < 0)
        #expect(OperationOrder.compare(operation("a", call: 12), operation("b", call: 3)) > 0)
    }

    @Test("Times decide between nodes")
    func times() {
        let older = operation("a", call: 99, changed: 10, node: "x")
        let newer = operation("b", call: 1, changed: 20, node: "y")
        #expect(OperationOrder.compare(older, newer) < 0)
        #expect(OperationOrder.compare(newer, older) > 0)
    }

    @Test("A pending operation of a later transition is newer, of an earlier one older")
    func pending() {
        let done = operation("a", call: 5, magic: "0:0;1:20:0:uuid")
        let later = operation("b", call: -1, magic: "-1:193;2:21:0:uuid")
        let earlier = operation("c", call: -1, magic: "-1:193;2:19:0:uuid")
        let stranger = operation("d", call: -1, magic: "-1:193;2:3:0:other")
        #expect(OperationOrder.compare(later, done) > 0)
        #expect(OperationOrder.compare(earlier, done) < 0)
        #expect(OperationOrder.compare(stranger, done) > 0)
    }

    @Test("Equal operations keep the reverse order of the document")
    func stability() {
        let operations: ContiguousArray = [operation("a", call: -1), operation("b", call: -1), operation("c", call: 4)]
        #expect(OperationOrder.sorted(operations) == [2, 1, 0])
    }

    @Test("Transition keys are read or refused as a whole")
    func keys() {
        #expect(TransitionKey("12:34:7:abc-def")?.expectedRC == 7)
        #expect(TransitionKey.inMagic("0:-1;1:2:-1:u")?.expectedRC == -1)
        #expect(TransitionKey("12:34:x:abc") == nil)
        #expect(TransitionKey("12:34") == nil)
        #expect(TransitionKey.inMagic("no key") == nil)
    }

    @Test("Instance suffixes are digits after a colon at the end", arguments: [
        ("rsc:0", "rsc"), ("rsc:12", "rsc"), ("rsc", "rsc"), ("rsc12", "rsc12"), ("rsc:", "rsc:"), ("a:1b", "a:1b"),
    ])
    func instances(_ name: String, _ base: String) { #expect(InstanceName.base(name) == base) }
}
