// SPDX-License-Identifier: GPL-2.0-or-later
// What the condition of a node or of the whole cluster does to its resources: situation, event, outcome.

import CIBModel
import ClusterStatus
import Scheduling
import Testing

@Suite("Conditions of nodes and of the cluster")
struct NodeConditionTests: HistorySituations {
    private func attributes(_ values: KeyValuePairs<String, String>) -> String { block("n", values, tag: "instance_attributes") }

    /// Two nodes; a resource runs on `a`, and is known not to run on `b`.
    private func running(_ inside: String = "", options: String = "", constraints: String = "") -> String {
        let histories = ["a": started("r"), "b": absent("r")]
        return cib(resources: dummy("r", inside), histories: histories, options: options, constraints: constraints)
    }

    private let moved = ["stop r a", "start r b"]

    @Test("Resources leave a node on standby, permanent or transient")
    func standby() throws {
        #expect(try steps(node("a", with: attributes(["standby": "on"]), in: running())) == moved)
        #expect(try steps(node("a", transient: ["standby": "true"], in: running())) == moved)
        #expect(try steps(node("a", with: attributes(["standby": "off"]), in: running())) == [])
    }

    @Test("Resources leave a node that wants to shut down, which then does")
    func shutdown() throws {
        let text = node("a", transient: ["shutdown": "1699999999"], in: running())
        #expect(try steps(text) == moved)
        let transition = Scheduler.run(try state(text)).transition
        let shutdown = try #require(transition.synapses.first { $0.action.task == "do_shutdown" })
        let stop = try #require(transition.synapses.map(\.action).first { $0.key == "r_stop_0" }).id
        #expect(shutdown.inputs.contains(stop))
    }

    @Test("A node may be asked to be fenced, by a word or by a number that is one", arguments: [
        ("true", true), ("7x", true), ("9223372036854775806", true), ("0", false), ("-1", false), ("99999999999999999999", false),
    ])
    func termination(_ value: String, isAsked: Bool) throws {
        let state = try state(fencing(node("a", with: attributes(["terminate": value]), in: running())))
        let node = try #require(state.node(named: "a"))
        #expect(state.nodes[node].isUnclean == isAsked)
    }

    @Test("In maintenance nothing is stopped or moved, of a node, of all or of a resource")
    func maintenance() throws {
        let away = "<rsc_location id=\"l\" rsc=\"r\" node=\"b\" score=\"INFINITY\"/>"
        #expect(try steps(running(constraints: away)) == moved)
        #expect(try steps(node("a", with: attributes(["maintenance": "true"]), in: running(constraints: away))) == [])
        #expect(try steps(running(options: option("maintenance-mode", "true"), constraints: away)) == [])
        #expect(try steps(running(block("m", ["maintenance": "true"]), constraints: away)) == [])
    }

    @Test("Without quorum the policy decides: what runs stops or stays, and what does not run starts or waits", arguments: [
        ("stop", ["stop r a"]), ("freeze", []), ("ignore", ["start s b"]), ("demote", ["stop r a"]), ("fence", ["stop r a"]),
    ])
    func quorum(policy: String, expected: [String]) throws {
        let stopped = absent("s")
        let other = absent("r")
        let text = cib(
            resources: dummy("r") + dummy("s"), histories: ["a": started("r") + stopped, "b": other + stopped],
            options: option("no-quorum-policy", policy))
        #expect(try steps(text.replacing("have-quorum=\"1\"", with: "have-quorum=\"0\"")) == expected)
        #expect(try steps(text) == ["start s b"])
    }

    @Test("Without quorum but with fencing the policy may be to fence all that are left", arguments: ["fence", "suicide"])
    func quorumByFencing(policy: String) throws {
        let text = fencing(running(options: option("no-quorum-policy", policy)))
            .replacing("have-quorum=\"1\"", with: "have-quorum=\"0\" no-quorum-panic=\"1\"")
        #expect(try steps(text).filter { $0.hasPrefix("reboot") || $0.hasPrefix("off") }.sorted() == ["reboot a", "reboot b"])
    }

    @Test("A strategy makes health count: of the colours, or of a number that is added", arguments: [
        ("none", "red", []), ("migrate-on-red", "red", ["stop r a", "start r b"]), ("migrate-on-red", "yellow", []),
        ("only-green", "yellow", ["stop r a", "start r b"]), ("only-green", "green", []), ("progressive", "red", ["stop r a", "start r b"]),
        ("progressive", "-10", ["stop r a", "start r b"]), ("custom", "-10", ["stop r a", "start r b"]), ("progressive", "10", []),
    ])
    func health(strategy: String, value: String, expected: [String]) throws {
        let text = running(options: option("node-health-strategy", strategy))
        #expect(try steps(node("a", transient: ["#health-disk": value], in: text)) == expected)
    }

    @Test("What may ignore health stays on an unhealthy node")
    func allowedOnUnhealthyNodes() throws {
        let text = running(block("m", ["allow-unhealthy-nodes": "true"]), options: option("node-health-strategy", "only-green"))
        #expect(try steps(node("a", transient: ["#health-disk": "red"], in: text)) == [])
    }

    // MARK: Shutdown locks

    @Test("A resource whose node was shut down waits for it as long as the lock holds", arguments: [
        ("", ["start r b"]), ("0", []), ("10min", []), ("1min", ["start r b"]),
    ])
    func shutdownLock(limit: String, expected: [String]) throws {
        var options = option("shutdown-lock", limit.isEmpty ? "false" : "true")
        if !limit.isEmpty { options += option("shutdown-lock-limit", limit) }
        let stopped = operation("r", "stop", call: 3, more: nothing)
        let locked = entry("r", stopped).replacing("<lrm_resource id=\"r\"", with: "<lrm_resource id=\"r\" shutdown-lock=\"1699999800\"")
        let text = cib(
            resources: dummy("r"), histories: ["a": locked, "b": absent("r")],
            options: options)
        #expect(try steps(shutDown("a", in: text)).filter { $0.hasPrefix("start") } == expected)
    }

    // MARK: Probes

    @Test("Where a resource is looked for depends on what a constraint says about discovery", arguments: [
        ("always", "-INFINITY", ["a", "b", "c"]), ("never", "-INFINITY", ["a", "c"]), ("exclusive", "100", ["b"]),
    ])
    func discovery(mode: String, score: String, probed: [String]) throws {
        let location = "<rsc_location id=\"l\" rsc=\"r\" node=\"b\" score=\"\(score)\" resource-discovery=\"\(mode)\"/>"
        let steps = try steps(cib(resources: dummy("r"), histories: ["a": "", "b": "", "c": ""], constraints: location))
        #expect(steps.filter { $0.hasPrefix("monitor r") }.map { String($0.suffix(1)) }.sorted() == probed)
        #expect(steps.last == (mode == "exclusive" ? "start r b" : "start r a"))
    }

    @Test("Resources are not looked for at the start if the cluster says so", arguments: ["true", "false"])
    func startupProbes(value: String) throws {
        let steps = try steps(cib(resources: dummy("r"), histories: ["a": "", "b": ""], options: option("enable-startup-probes", value)))
        #expect(steps.contains("monitor r a") == (value == "true"))
        #expect(steps.last == "start r a")
    }

    @Test("A probe that found what is not known to run is believed: it is stopped where it should not be")
    func foundByProbe() throws {
        let found = entry("r", operation("r", "monitor", call: 1, rc: 0, expected: 7, more: nothing))
        let text = cib(
            resources: dummy("r", block("m", ["target-role": "Stopped"])),
            histories: ["a": found, "b": absent("r")])
        #expect(try steps(text) == ["stop r a"])
    }
}
