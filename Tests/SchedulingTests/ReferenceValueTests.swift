// SPDX-License-Identifier: GPL-2.0-or-later
// What values mean that a careless hand wrote, as the reference reads them: situation, outcome.

import CIBModel
import ClusterStatus
import ClusterXML
import Scheduling
import Testing

@Suite("Odd values")
struct ReferenceValueTests: HistorySituations {
    private func meta(_ name: String, _ value: String, _ id: String = "m") -> String {
        "<meta_attributes id=\"\(id)\"><nvpair id=\"\(id)-1\" name=\"\(name)\" value=\"\(value)\"/></meta_attributes>"
    }

    @Test("Scores may begin with blanks; infinity is written in capitals", arguments: [
        (" 7", 7), ("7 ", 7), ("12abc", 12), ("+5", 5), ("INFINITY", 1_000_000), ("+INFINITY", 1_000_000), ("-INFINITY", -1_000_000),
        ("infinity", nil), ("-Infinity", nil), ("+ 5", nil), ("", nil), (" ", nil),
    ] as [(String, Int32?)])
    func scores(text: String, value: Int32?) { #expect(Score(parsing: text)?.value == value) }

    @Test("What is-managed says must be a truth, or the old word \"default\", to leave the resource managed", arguments: [
        ("true", true), ("yEs", true), ("Default", true), ("abc", false), ("", false), ("2", false), ("off", false),
    ])
    func managed(value: String, isManaged: Bool) throws {
        let result = try state(cib(resources: dummy("a", meta("is-managed", value)), histories: ["alpha": ""]))
        #expect(result.resources[try #require(result.findResource("a"))].isManaged == isManaged)
    }

    @Test("A group is ordered and colocated unless it says clearly that it is not", arguments: [("false", false), ("abc", true), ("true", true)])
    func groups(value: String, holds: Bool) throws {
        let group = "<group id=\"g\">\(meta("collocated", value))\(meta("ordered", value, "n"))\(dummy("a"))</group>"
        let result = try state(cib(resources: group, histories: ["alpha": ""]))
        let flags = result.resources[try #require(result.findResource("g"))].flags
        #expect(flags.contains(.groupColocated) == holds)
        #expect(flags.contains(.groupOrdered) == holds)
    }

    @Test("An operation is enabled unless it says clearly that it is not", arguments: [("false", false), ("maybe", true), ("", true)])
    func enabled(value: String, isEnabled: Bool) throws {
        let operations = "<operations><op id=\"o\" name=\"monitor\" interval=\"10s\" enabled=\"\(value)\"/></operations>"
        let result = try state(cib(resources: dummy("a", operations), histories: ["alpha": ""]))
        #expect(result.resources[try #require(result.findResource("a"))].operations.map(\.isEnabled) == [isEnabled])
    }

    @Test("A ticket whose state is there twice keeps what only the first one says")
    func ticketTwice() throws {
        let tickets = "<tickets><ticket_state id=\"t\" granted=\"true\"/><ticket_state id=\"t\" standby=\"true\"/></tickets>"
        let result = try state(cib(resources: dummy("a"), histories: ["alpha": ""], more: tickets))
        #expect(result.tickets.map(\.isGranted) == [true])
        #expect(result.tickets.map(\.isStandby) == [true])
    }

    @Test("A remote node without a connection has no history, shutdown locks or not", arguments: ["true", "false"])
    func strayRemoteNode(lock: String) throws {
        let stray = "<node_state id=\"far\" uname=\"far\" remote_node=\"true\" in_ccm=\"true\"><lrm id=\"far\"><lrm_resources>"
            + entry("a", operation("a", "start", call: 3)) + "</lrm_resources></lrm></node_state>"
        let option = "<nvpair id=\"l\" name=\"shutdown-lock\" value=\"\(lock)\"/>"
        let text = cib(resources: dummy("a"), histories: ["alpha": ""], options: option, more: stray)
            .replacing("</nodes>", with: "<node id=\"far\" uname=\"far\" type=\"remote\"/></nodes>")
        let result = try state(text)
        #expect(result.resources[try #require(result.findResource("a"))].activeNodes.isEmpty)
    }

    @Test("A default asked for by a group takes nothing away from what its member says")
    func defaultOfAnAncestor() throws {
        let group = "<group id=\"g\">\(meta("priority", "#default", "n"))\(dummy("a", meta("priority", "5")))</group>"
        let result = try state(cib(resources: group, histories: ["alpha": ""]))
        #expect(result.resources[try #require(result.findResource("a"))].priority == Score(5))
    }

    // MARK: Options

    @Test("Delays and timeouts of the cluster may be ISO durations; what is negative, no interval or beyond 64 bits is the default", arguments: [
        ("P1D", "P1D"), ("PT90S", "PT90S"), ("90", "90"), ("2min", "2min"), ("4294967296", "4294967296"), ("99999999999999s", "99999999999999s"),
        ("P", "60s"), ("-5", "60s"), ("-5s", "60s"), ("5parsecs", "60s"), ("", "60s"), ("99999999999999999999", "60s"),
        ("-99999999999999999999", "60s"),
    ])
    func intervalOptions(value: String, expected: String) throws {
        func options(_ name: String) throws -> ClusterOptions {
            try state(cib(resources: dummy("a"), histories: ["alpha": ""], options: option(name, value))).options
        }
        #expect(try options("cluster-delay").clusterDelayText == expected)
        #expect(try options("fencing-timeout").fencingTimeoutText == expected)
        #expect(try options("stonith-timeout").fencingTimeoutText == expected)
    }

    @Test("Limits are what they say if they begin with a number of 64 bits", arguments: [
        ("-5", "-5", "-5"), ("2min", "2min", "2min"), ("4294967296", "4294967296", "4294967296"), ("99999999999999999999", "0", "-1"),
        ("-99999999999999999999", "0", "-1"), ("abc", "0", "-1"), ("", "0", "-1"), ("P1D", "0", "-1"),
    ])
    func limits(value: String, batch: String, migration: String) throws {
        func options(_ name: String) throws -> ClusterOptions {
            try state(cib(resources: dummy("a"), histories: ["alpha": ""], options: option(name, value))).options
        }
        #expect(try options("batch-limit").batchLimitText == batch)
        #expect(try options("migration-limit").migrationLimitText == migration)
    }

    @Test("A placement strategy counts in any case: a resource that needs more than the node has stays where it is", arguments: [
        ("Utilization", false), ("BALANCED", false), ("minimal", false), ("Default", true), ("bogus", true),
    ])
    func strategies(value: String, starts: Bool) throws {
        let needy = dummy("a", "<utilization id=\"u\"><nvpair id=\"u1\" name=\"cpu\" value=\"4\"/></utilization>")
        let started = try tasks(cib(resources: needy, histories: ["alpha": ""], options: option("placement-strategy", value)))
        #expect(started.contains("a_start_0") == starts)
    }

    // MARK: Operations

    private func op(_ name: String, _ attributes: String, onFail: String? = nil) -> String {
        let inside = onFail.map { meta("on-fail", $0, "om") } ?? ""
        return "<operations><op id=\"o\" name=\"\(name)\" \(attributes)>\(inside)</op></operations>"
    }

    @Test("A timeout is at most what 31 bits of milliseconds hold; one that is none, or beyond 64 bits, is 20 seconds", arguments: [
        ("100000h", "2147483647"), ("2147483648ms", "2147483647"), ("2147483647ms", "2147483647"), ("30", "30000"),
        ("99999999999999999999", "20000"), ("-5", "20000"), ("0", "20000"), ("P1D", "20000"),
    ])
    func timeouts(value: String, milliseconds: String) throws {
        let text = cib(resources: dummy("a", op("start", "interval=\"0\" timeout=\"\(value)\"")), histories: ["alpha": ""])
        let start = try #require(Scheduler.run(try state(text)).transition.synapses.map(\.action).first { $0.key == "a_start_0" })
        #expect(start.attributes.contains(GraphAttribute("CRM_meta_timeout", milliseconds)))
    }

    @Test("What happens on failure counts in any case", arguments: [
        ("BLOCK", []), ("Ignore", ["a_monitor_10000"]), ("STANDBY", ["a_stop_0"]), ("Stop", ["a_stop_0"]),
        ("Restart", ["a_monitor_10000", "a_start_0", "a_stop_0"]), ("bogus", ["a_monitor_10000", "a_start_0", "a_stop_0"]),
    ])
    func responses(value: String, expected: [String]) throws {
        let failed = entry(
            "a", operation("a", "start", call: 2, more: nothing),
            operation("a", "monitor", interval: 10000, call: 3, rc: 1, id: "a_last_failure_0"))
        let text = cib(resources: dummy("a", op("monitor", "interval=\"10s\"", onFail: value)), histories: ["alpha": failed])
        #expect(try tasks(text).sorted() == expected)
        // A failure that is ignored makes nobody stand by; one that is not does.
        let isStandby = try state(text).nodes.contains { $0.isStandby }
        #expect(isStandby == (value == "STANDBY"))
    }

    @Test("What a failed stop must not do is reset in any case", arguments: [("STANDBY", nil), ("Demote", nil), ("stop", nil), ("Block", "Block")])
    func failedStops(value: String, kept: String?) throws {
        let resource = dummy("a", meta("target-role", "Stopped") + op("stop", "interval=\"0\"", onFail: value))
        let text = cib(resources: resource, histories: ["alpha": entry("a", operation("a", "start", call: 2, more: nothing))])
        let result = Scheduler.run(try state(text))
        let stop = try #require(result.transition.synapses.map(\.action).first { $0.key == "a_stop_0" })
        #expect(stop.attributes.first { $0.name == "CRM_meta_on_fail" }?.value == kept)
        #expect(result.state.diagnostics.contains { $0.text.contains("Resetting 'on-fail' for a stop") } == (kept == nil))
    }

    @Test("Demoting is reset where nothing is promoted, in any case", arguments: [("demote", nil), ("DEMOTE", nil), ("Stop", "Stop")])
    func demoting(value: String, kept: String?) throws {
        let text = cib(resources: dummy("a", op("monitor", "interval=\"10s\"", onFail: value)), histories: ["alpha": ""])
        let monitors = Scheduler.run(try state(text)).transition.synapses.map(\.action).filter { $0.key == "a_monitor_10000" }
        #expect(monitors.map { $0.attributes.first { $0.name == "CRM_meta_on_fail" }?.value } == [kept])
    }

    // MARK: Clones

    @Test("Instances are told apart where a node may have several, which a number beyond 32 bits does not say", arguments: [
        ("1", false), ("2", true), (" 2", true), ("2147483647", true), ("2147483648", false), ("99999999999999999999", false), ("1.5", false),
    ])
    func instancesOnOneNode(value: String, areUnique: Bool) throws {
        let text = cib(resources: "<clone id=\"c\">\(meta("clone-node-max", value))\(dummy("a"))</clone>", histories: ["alpha": ""])
        let result = try state(text)
        #expect(result.resources[try #require(result.findResource("c"))].flags.contains(.unique) == areUnique)
    }

    @Test("A monitor begins at a whole number of its intervals after its origin; they count in seconds, rounded", arguments: [
        ("10s", "9000"), ("1500ms", "1000"), ("1400ms", "0"), ("500ms", "0"), ("100ms", "0"),
    ])
    func intervalOrigin(_ interval: String, _ delay: String) throws {
        let resource = dummy("r", "<operations><op id=\"o\" name=\"monitor\" interval=\"\(interval)\" interval-origin=\"2023-11-14 22:13:19Z\"/></operations>")
        let result = Scheduler.run(try state(cib(resources: resource, histories: ["a": ""])))
        let monitor = try #require(result.transition.synapses.first { $0.action.task == "monitor" && $0.action.interval > 0 })
        #expect(monitor.action.attribute("CRM_meta_start_delay") == delay)
    }

    @Test("A constraint, set, rule or expression with a score, role, operator, type or source that is none is as if it were not there", arguments: [
        ("<rsc_location id=\"l\" rsc=\"r\" node=\"a\" score=\"VALUE\" resource-discovery=\"never\"/>", "5", ["bogus", ""]),
        ("<rsc_location id=\"l\" rsc=\"r\" resource-discovery=\"never\"><rule id=\"u\" score=\"VALUE\">EXPRESSION</rule></rsc_location>", "5", ["bogus", ""]),
        ("<rsc_location id=\"l\" rsc=\"r\" resource-discovery=\"never\"><rule id=\"u\" score=\"5\" boolean-op=\"VALUE\">EXPRESSION</rule></rsc_location>", "or", ["bogus", ""]),
        ("<rsc_colocation id=\"c\" rsc=\"r\" with-rsc=\"s\" score=\"INFINITY\" with-rsc-role=\"VALUE\"/>", "Started", ["bogus", "unknown"]),
        ("<rsc_colocation id=\"c\" rsc=\"r\" with-rsc=\"s\" score=\"VALUE\"/>", "INFINITY", ["bogus", "unknown"]),
        ("<rsc_colocation id=\"c\" score=\"INFINITY\"><resource_set id=\"x\" role=\"VALUE\"><resource_ref id=\"s\"/><resource_ref id=\"r\"/></resource_set></rsc_colocation>", "Started", ["bogus", "unknown"]),
        ("<rsc_ticket id=\"t\" ticket=\"T\" rsc=\"r\" rsc-role=\"VALUE\" loss-policy=\"stop\"/>", "Started", ["bogus", "unknown"]),
        ("BAN<rule id=\"u\" boolean-op=\"VALUE\">EXPRESSION</rule></rule></rsc_location>", "or", ["bogus"]),
        ("BAN<expression id=\"e\" attribute=\"#uname\" operation=\"eq\" value=\"a\" type=\"VALUE\"/></rule></rsc_location>", "string", ["bogus"]),
        ("BAN<expression id=\"e\" attribute=\"#uname\" operation=\"eq\" value=\"a\" value-source=\"VALUE\"/></rule></rsc_location>", "literal", ["bogus"]),
    ])
    func withoutMeaning(_ form: String, _ sensible: String, _ senseless: [String]) throws {
        let stopped = "<meta_attributes id=\"m\"><nvpair id=\"m1\" name=\"target-role\" value=\"Stopped\"/></meta_attributes>"
        let form = form.replacing("BAN", with: "<rsc_location id=\"l\" rsc=\"r\"><rule id=\"o\" score=\"-INFINITY\">")
            .replacing("EXPRESSION", with: "<expression id=\"e\" attribute=\"#uname\" operation=\"eq\" value=\"a\"/>")
        func decided(_ constraint: String) throws -> [String] {
            try tasks(cib(resources: dummy("r") + dummy("s", stopped), histories: ["a": ""], constraints: constraint))
        }
        let without = try decided("")
        #expect(try decided(form.replacing("VALUE", with: sensible)) != without)
        for value in senseless { #expect(try decided(form.replacing("VALUE", with: value)) == without, "\(value)") }
    }

    @Test("A response to failures that is none is told as it is written")
    func unknownResponse() throws {
        let resource = dummy("r", "<operations><op id=\"o\" name=\"start\" interval=\"0\" on-fail=\"Bogus\"/></operations>")
        var result = try state(cib(resources: resource, histories: ["a": ""]))
        let r = try #require(result.findResource("r"))
        #expect(result.onFail(of: r, task: .start, interval: 0, node: nil).0 == .restart)
        #expect(result.diagnostics.contains { $0.text.contains("because 'Bogus' is not valid") })
    }
}
