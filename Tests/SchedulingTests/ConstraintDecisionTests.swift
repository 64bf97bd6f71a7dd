// SPDX-License-Identifier: GPL-2.0-or-later
// What constraints make the cluster do: situation, event, outcome.

import CIBModel
import ClusterStatus
import Scheduling
import Testing

@Suite("Constraints")
struct ConstraintDecisionTests: HistorySituations {
    private func set(_ id: String, _ members: String, attributes: String = "") -> String {
        let references = members.map { "<resource_ref id=\"\($0)\"/>" }.joined()
        return "<resource_set id=\"\(id)\" \(attributes)>\(references)</resource_set>"
    }

    /// Where the resources `r`, `s` and `t`, which run nowhere, start, in order.
    private func starts(_ constraints: String, nodes: [String] = ["a"], stopped: String = "") throws -> [String] {
        let resources = ["r", "s", "t"].map { dummy($0, stopped.contains($0) ? block("m-\($0)", ["target-role": "Stopped"]) : "") }.joined()
        let histories = Dictionary(uniqueKeysWithValues: nodes.map { ($0, absent("r", "s", "t")) })
        return try steps(cib(resources: resources, histories: histories, constraints: constraints))
    }

    // MARK: Orders

    @Test("A mandatory order waits for what does not start, an optional one and one that only serializes do not", arguments: [
        ("Mandatory", ["start t a"]), ("Optional", ["start r a", "start t a"]), ("Serialize", ["start r a", "start t a"]),
    ])
    func kinds(kind: String, expected: [String]) throws {
        let order = "<rsc_order id=\"o\" first=\"s\" then=\"r\" kind=\"\(kind)\"/>"
        #expect(try starts(order, stopped: "s").sorted() == expected)
    }

    @Test("What is ordered one way only may stop in any order")
    func asymmetric() throws {
        func stopInputs(symmetrical: Bool) throws -> Bool {
            let order = "<rsc_order id=\"o\" first=\"r\" then=\"s\" symmetrical=\"\(symmetrical)\"/>"
            let resources = ["r", "s"].map { dummy($0, block("m-\($0)", ["target-role": "Stopped"])) }.joined()
            let transition = Scheduler.run(
                try state(cib(resources: resources, histories: ["a": started("r") + started("s")], constraints: order))
            ).transition
            let later = try #require(transition.synapses.map(\.action).first { $0.key == "s_stop_0" }).id
            return try #require(transition.synapses.first { $0.action.key == "r_stop_0" }).inputs.contains(later)
        }
        #expect(try stopInputs(symmetrical: true))
        #expect(try !stopInputs(symmetrical: false))
    }

    @Test("Members of a sequential set start one after the other; a set after one that is in any order waits for all, or for one of it")
    func orderedSets() throws {
        #expect(try starts("<rsc_order id=\"o\">\(set("x", "tsr"))</rsc_order>") == ["start t a", "start s a", "start r a"])
        func afterBoth(_ attributes: String) -> String {
            "<rsc_order id=\"o\">\(set("x", "rs", attributes: "sequential=\"false\" \(attributes)"))\(set("y", "t"))</rsc_order>"
        }
        #expect(try starts(afterBoth(""), stopped: "s") == ["start r a"])
        #expect(try starts(afterBoth("require-all=\"false\""), stopped: "s") == ["start r a", "start t a"])
        #expect(try starts(afterBoth("require-all=\"false\""), stopped: "rs") == [])
    }

    // MARK: Colocations

    @Test("A dependent that may not run elsewhere moves its primary, unless it has no influence on it", arguments: [true, false])
    func influence(has: Bool) throws {
        let colocation = "<rsc_colocation id=\"c\" rsc=\"s\" with-rsc=\"r\" score=\"INFINITY\" influence=\"\(has)\"/>"
        let ban = "<rsc_location id=\"l\" rsc=\"s\" node=\"a\" score=\"-INFINITY\"/>"
        let text = cib(
            resources: dummy("r", block("m", ["resource-stickiness": "1"])) + dummy("s"),
            histories: ["a": started("r") + absent("s"), "b": absent("r", "s")], constraints: colocation + ban)
        #expect(try steps(text) == (has ? ["stop r a", "start s b", "start r b"] : []))
    }

    @Test("A colocation by an attribute puts resources where its value is the same")
    func nodeAttribute() throws {
        let colocation = "<rsc_colocation id=\"c\" rsc=\"s\" with-rsc=\"r\" score=\"INFINITY\" node-attribute=\"rack\"/>"
        let ban = "<rsc_location id=\"l\" rsc=\"s\" node=\"a\" score=\"-INFINITY\"/><rsc_location id=\"k\" rsc=\"r\" node=\"a\" score=\"100\"/>"
        var text = cib(
            resources: dummy("r") + dummy("s"), histories: ["a": absent("r", "s"), "b": absent("r", "s"), "c": absent("r", "s")],
            constraints: colocation + ban)
        for (name, rack) in [("a", "1"), ("b", "2"), ("c", "1")] {
            text = node(name, with: block("n-\(name)", ["rack": rack], tag: "instance_attributes"), in: text)
        }
        #expect(try steps(text).sorted() == ["start r a", "start s c"])
    }

    @Test("A colocated set is together, each member with the one before; one that is kept apart is not")
    func colocatedSets() throws {
        func constraint(_ score: String) -> String { "<rsc_colocation id=\"c\" score=\"\(score)\">\(set("x", "rst"))</rsc_colocation>" }
        let location = "<rsc_location id=\"l\" rsc=\"s\" node=\"b\" score=\"50\"/>"
        #expect(try starts(constraint("INFINITY") + location, nodes: ["a", "b"]).sorted() == ["start r b", "start s b", "start t b"])
        // Of three that are kept apart one has no node.
        #expect(try starts(constraint("-INFINITY") + location, nodes: ["a", "b"]).sorted() == ["start r a", "start s b"])
    }

    // MARK: Locations

    @Test("A rule counts while its date does", arguments: [
        ("operation=\"gt\" start=\"2023-01-01\"", "b"), ("operation=\"lt\" end=\"2023-01-01\"", "a"),
        ("operation=\"in_range\" start=\"2023-11-14\" end=\"2023-11-15\"", "b"),
    ])
    func dates(expression: String, chosen: String) throws {
        let rule = "<rule id=\"u\" score=\"100\" boolean-op=\"and\"><date_expression id=\"d\" \(expression)/>"
            + "<expression id=\"e\" attribute=\"#uname\" operation=\"eq\" value=\"b\"/></rule>"
        #expect(try starts("<rsc_location id=\"l\" rsc=\"r\">\(rule)</rsc_location>", nodes: ["a", "b"]).contains("start r \(chosen)"))
    }

    @Test("A score may be the value of a node's attribute")
    func scoreAttribute() throws {
        let rule = "<rule id=\"u\" score-attribute=\"ping\"><expression id=\"e\" attribute=\"ping\" operation=\"defined\"/></rule>"
        let text = cib(
            resources: dummy("r"), histories: ["a": absent("r"), "b": absent("r")],
            constraints: "<rsc_location id=\"l\" rsc=\"r\">\(rule)</rsc_location>")
        #expect(try steps(node("b", transient: ["ping": "1000"], in: node("a", transient: ["ping": "10"], in: text))) == ["start r b"])
    }

    // MARK: Tickets

    @Test("What is lost with a ticket is decided by its policy; with the ticket it runs", arguments: [
        ("stop", ["stop r a"]), ("freeze", []), ("demote", ["stop r a"]), ("fence", ["reboot a"]),
    ])
    func tickets(policy: String, expected: [String]) throws {
        func text(granted: Bool) -> String {
            fencing(
                cib(
                    resources: dummy("r"), histories: ["a": started("r") + started("device").replacing("class=\"ocf\"", with: "class=\"stonith\"")],
                    constraints: "<rsc_ticket id=\"k\" rsc=\"r\" ticket=\"T\" loss-policy=\"\(policy)\"/>",
                    more: "<tickets><ticket_state id=\"T\" granted=\"\(granted)\"/></tickets>"))
        }
        #expect(try steps(text(granted: true)).filter { $0.contains(" r ") } == [])
        #expect(try steps(text(granted: false)).filter { $0.contains(" r ") || $0.hasPrefix("reboot") } == expected)
    }

    @Test("A ticket on standby is as if it had not been granted")
    func ticketOnStandby() throws {
        let text = cib(
            resources: dummy("r"), histories: ["a": started("r")], constraints: "<rsc_ticket id=\"k\" rsc=\"r\" ticket=\"T\"/>",
            more: "<tickets><ticket_state id=\"T\" granted=\"true\" standby=\"true\"/></tickets>")
        #expect(try steps(text) == ["stop r a"])
    }
}
