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
}
