// SPDX-License-Identifier: GPL-2.0-or-later
// What the fix-point remembers of a clone, and how long: situation, event, outcome.

import CIBModel
import ClusterStatus
import Scheduling
import Testing

@Suite("What the fix-point remembers")
struct VisitMemoryTests: HistorySituations {
    /// Two clones on a node, walked over; of the first it is noted that no instance can be promoted.
    private func walking() throws -> (state: ClusterState, c: ResourceIndex, start: ActionIndex) {
        let clones = ["c", "d"].map { "<clone id=\"\($0)\">\(dummy("\($0)r"))</clone>" }.joined()
        var state = Scheduler.run(try state(cib(resources: clones, histories: ["a": ""]))).state
        let (c, instance) = (try #require(state.findResource("c")), try #require(state.findResource("cr:0")))
        let start = try #require(state.firstAction(instance, ActionKey(.start)))
        state.startVisits()
        state.visitStamps.noteUnrunnable(c, .promote)
        return (state, c, start)
    }

    @Test("That nothing of a clone can run is remembered of it and of the task")
    func remembered() throws {
        let (state, c, _) = try walking()
        #expect(state.visitStamps.isUnrunnable(c, .promote))
        #expect(!state.visitStamps.isUnrunnable(c, .demote))
        #expect(!state.visitStamps.isUnrunnable(try #require(state.findResource("d")), .promote))
    }

    @Test("A change of an action leaves it: in the walk none of an instance's actions becomes runnable again")
    func changes() throws {
        var (state, c, start) = try walking()
        state.drop(.runnable, of: start)
        #expect(state.visitStamps.isUnrunnable(c, .promote))
    }

    @Test("What nobody notes, such as another place of an instance, makes all of it void, and so does the end of the walk")
    func everything() throws {
        var (state, c, _) = try walking()
        state.forgetVisits()
        #expect(!state.visitStamps.isUnrunnable(c, .promote))
        state.visitStamps.noteUnrunnable(c, .promote)
        #expect(state.visitStamps.isUnrunnable(c, .promote))
        state.visitStamps.finish()
        #expect(!state.visitStamps.isUnrunnable(c, .promote))
    }

    @Test("A walk that comes back to an action it has not finished with goes on there: the last stop to be related is the reason")
    func visitWithinVisit() throws {
        let clone = { (id: String, meta: String, inside: String) in "<clone id=\"\(id)\">\(meta)\(dummy("\(id)r", inside))</clone>" }
        let then = clone("then", block("t", ["interleave": "true"]), block("tr", ["requires": "unfencing"]))
        let sets = "<resource_set id=\"s1\" require-all=\"false\" action=\"stop\"><resource_ref id=\"one\"/></resource_set>"
            + "<resource_set id=\"s2\" require-all=\"false\"><resource_ref id=\"then\"/></resource_set>"
        let orders = "<rsc_order id=\"o1\" first=\"two\" then=\"then\" first-action=\"stop\" then-action=\"start\"/><rsc_order id=\"o2\">\(sets)</rsc_order>"
        let text = fencing(cib(
            resources: clone("one", "", "") + then + clone("two", block("two-meta", ["priority": "10"]), ""),
            histories: ["a": started("oner") + started("thenr") + started("twor")], constraints: orders))
        let state = Scheduler.run(try state(text)).state
        let instance = try #require(state.findResource("thenr:0"))
        let start = try #require(state.firstAction(instance, ActionKey(.start)))
        guard case .required(let cause) = state.actions[start].reason else { return #expect(Bool(false), "\(state.actions[start].reason)") }
        #expect(state.keyText(cause) == "oner:0_stop_0")
    }
}
