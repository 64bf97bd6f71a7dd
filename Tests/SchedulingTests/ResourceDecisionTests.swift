// SPDX-License-Identifier: GPL-2.0-or-later
// What becomes of resources of every kind: starts, promotions, notifications, failures, new parameters. Situation, event, outcome.

import CIBModel
import ClusterStatus
import Scheduling
import Testing

@Suite("Kinds of resources")
struct ResourceDecisionTests: HistorySituations {
    private func stateful(_ id: String) -> String { "<primitive id=\"\(id)\" class=\"ocf\" provider=\"pacemaker\" type=\"Stateful\"/>" }

    // MARK: Kinds

    @Test("A template's resource is what the template says")
    func template() throws {
        let template = "<template id=\"p\" class=\"ocf\" provider=\"pacemaker\" type=\"Dummy\">\(block("m", ["target-role": "Stopped"]))</template>"
        #expect(try steps(cib(resources: template + "<primitive id=\"r\" template=\"p\"/>", histories: ["a": absent("r")])) == [])
        let own = "<primitive id=\"r\" template=\"p\">\(block("n", ["target-role": "Started"]))</primitive>"
        #expect(try steps(cib(resources: template + own, histories: ["a": absent("r")])) == ["start r a"])
    }

    @Test("Members of a group start in order and stop the other way; one that cannot start keeps the rest from it")
    func group() throws {
        func group(_ meta: String = "", second: String = "") -> String {
            "<group id=\"g\">\(meta)\(dummy("r"))\(dummy("s", second))\(dummy("t"))</group>"
        }
        #expect(try steps(cib(resources: group(), histories: ["a": absent("r", "s", "t")])) == ["start r a", "start s a", "start t a"])
        let blocked = group(second: block("x", ["target-role": "Stopped"]))
        #expect(try steps(cib(resources: blocked, histories: ["a": absent("r", "s", "t")])) == ["start r a"])
        let stopping = group(block("m", ["target-role": "Stopped"]))
        #expect(
            try steps(cib(resources: stopping, histories: ["a": started("r") + started("s") + started("t")]))
                == ["stop t a", "stop s a", "stop r a"])
    }

    @Test("Of a promotable clone the instance with the higher promotion score is promoted")
    func promotion() throws {
        let clone = "<clone id=\"c\">\(block("m", ["promotable": "true"]))\(stateful("r"))</clone>"
        let running = started("r").replacing("Dummy", with: "Stateful")
        let text = cib(resources: clone, histories: ["a": running, "b": running])
        #expect(try steps(text) == [])
        let scored = node("b", transient: ["master-r": "10"], in: node("a", transient: ["master-r": "5"], in: text))
        #expect(try steps(scored) == ["promote r b"])
        #expect(try steps(scored.replacing("name=\"promotable\" value=\"true\"", with: "name=\"promotable\" value=\"false\"")) == [])
        let several = scored.replacing("<clone id=\"c\">", with: "<clone id=\"c\">" + block("k", ["promoted-max": "2"]))
        #expect(try steps(several).sorted() == ["promote r a", "promote r b"])
    }

    @Test("A bundle's container starts before the connection to it, and what runs inside last")
    func bundle() throws {
        let bundle = "<bundle id=\"b\"><docker image=\"i\" replicas=\"1\"/><network control-port=\"9999\"/>\(dummy("r"))</bundle>"
        let steps = try steps(cib(resources: bundle, histories: ["a": ""])).filter { $0.hasPrefix("start") }
        #expect(steps == ["start b-docker-0 a", "start b-0 a", "start r:0 b-0"])
    }

    @Test("A remote node takes resources once its connection was made")
    func remoteNode() throws {
        let far = "<primitive id=\"far\" class=\"ocf\" provider=\"pacemaker\" type=\"remote\"/>"
        let location = "<rsc_location id=\"l\" rsc=\"r\" node=\"far\" score=\"100\"/>"
        let steps = try steps(cib(resources: far + dummy("r"), histories: ["a": absent("r")], constraints: location))
        #expect(steps.filter { $0.hasPrefix("start") } == ["start far a", "start r far"])
        #expect(steps.contains("monitor r far"))
    }

    @Test("A guest takes resources once its container and the connection to it have started")
    func guest() throws {
        let host = dummy("v", block("m", ["remote-node": "guest"]))
        let location = "<rsc_location id=\"l\" rsc=\"r\" node=\"guest\" score=\"100\"/>"
        let steps = try steps(cib(resources: host + dummy("r"), histories: ["a": absent("v", "r")], constraints: location))
        #expect(steps.filter { $0.hasPrefix("start") } == ["start v a", "start guest a", "start r guest"])
    }

    // MARK: Clones

    @Test("Of interleaved clones an instance waits for that on its own node; else only one clone for the other", arguments: [true, false])
    func interleave(isInterleaved: Bool) throws {
        let clones = ["r", "s"].map { "<clone id=\"c\($0)\">\(block("m\($0)", ["interleave": "\(isInterleaved)"]))\(dummy($0))</clone>" }
        let text = cib(
            resources: clones.joined(), histories: ["a": absent("r", "s"), "b": absent("r", "s")],
            constraints: "<rsc_order id=\"o\" first=\"cr\" then=\"cs\"/>")
        let transition = Scheduler.run(try state(text)).transition
        func start(_ id: String, _ node: String) throws -> Synapse {
            try #require(
                transition.synapses.first { $0.action.key.hasPrefix(id) && $0.action.task == "start" && $0.action.node?.name == node })
        }
        #expect(try start("s", "a").inputs.contains(start("r", "a").action.id) == isInterleaved)
        #expect(try !start("s", "a").inputs.contains(start("r", "b").action.id))
    }

    @Test("What comes after a clone waits for as many instances as clone-min says", arguments: [
        ("1", ["start r a", "start s a"]), ("2", ["start r a"]),
    ])
    func cloneMinimum(minimum: String, expected: [String]) throws {
        let clone = "<clone id=\"c\">\(block("m", ["clone-min": minimum]))\(dummy("r"))</clone>"
        let text = cib(
            resources: clone + dummy("s"), histories: ["a": absent("r", "s"), "b": absent("r", "s")],
            constraints: """
                <rsc_order id="x" first="c" then="s"/><rsc_location id="l" rsc="c" node="b" score="-INFINITY"/>
                <rsc_location id="k" rsc="s" node="a" score="10"/>
                """)
        #expect(try steps(text) == expected)
    }

    @Test("A clone has as many instances as it may, and as a node may have")
    func cloneNumbers() throws {
        func starts(_ values: KeyValuePairs<String, String>) throws -> [String] {
            let clone = "<clone id=\"c\">\(block("m", values))\(dummy("r"))</clone>"
            return try steps(cib(resources: clone, histories: ["a": absent("r"), "b": absent("r")])).filter { $0.hasPrefix("start") }
        }
        #expect(try starts([:]).sorted() == ["start r a", "start r b"])
        #expect(try starts(["clone-max": "1"]) == ["start r a"])
        #expect(try starts(["clone-max": "0"]) == [])
        #expect(
            try starts(["globally-unique": "true", "clone-max": "3", "clone-node-max": "2"]).sorted()
                == ["start r:0 a", "start r:1 b", "start r:2 a"])
    }

    @Test("A member that is not critical stays stopped where it cannot run, and moves nobody", arguments: [true, false])
    func critical(isCritical: Bool) throws {
        let group = "<group id=\"g\">\(dummy("r"))\(dummy("s", block("x", ["critical": "\(isCritical)"])))</group>"
        let failed = entry("s", operation("s", "monitor", interval: 10000, call: 3, rc: 7, id: "s_last_failure_0"))
        var text = cib(resources: group, histories: ["a": started("r") + failed, "b": absent("r", "s")])
        text = node("a", transient: ["fail-count-s#monitor_10000": "1"], in: text)
            .replacing("<group id=\"g\">", with: "<group id=\"g\">" + block("m", ["migration-threshold": "1"]))
        #expect(try steps(text).contains("start r b") == isCritical)
    }

    // MARK: Notifications

    @Test("Instances are told before and after what happens to one of them, if the clone wants it", arguments: [true, false])
    func notifications(isWanted: Bool) throws {
        let clone = "<clone id=\"c\">\(block("m", ["notify": "\(isWanted)"]))\(dummy("r"))</clone>"
        let steps = try steps(cib(resources: clone, histories: ["a": started("r"), "b": absent("r")]))
        #expect(steps == (isWanted ? ["notify r a", "start r b", "notify r a", "notify r b"] : ["start r b"]))
    }

    // MARK: Failures

    @Test("A resource that failed too often moves; a failure that expired does not count", arguments: [
        ("3", "", "a"), ("2", "", "b"), ("2", "1h", "b"), ("2", "10min", "a"), ("INFINITY", "", "a"),
    ])
    func threshold(threshold: String, timeout: String, place: String) throws {
        let meta = timeout.isEmpty
            ? block("m", ["migration-threshold": threshold]) : block("m", ["migration-threshold": threshold, "failure-timeout": timeout])
        let text = cib(resources: dummy("r", meta), histories: ["a": started("r"), "b": absent("r")])
        let failed = node("a", transient: ["fail-count-r#monitor_10000": "2", "last-failure-r#monitor_10000": "1699999000"], in: text)
        #expect(try steps(failed) == (place == "a" ? [] : ["stop r a", "start r b"]))
    }

    @Test("A failure from before 1970 has expired; one whose time is no number never does", arguments: [("-5", true), ("-1", true), ("0", true), ("x", false), ("", false)])
    func ancientFailure(time: String, hasExpired: Bool) throws {
        let failed = operation("r", "monitor", call: 2, rc: 1, id: "r_last_failure_0").replacing("last-rc-change=\"1699999000\"", with: "last-rc-change=\"\(time)\"")
        let text = cib(resources: dummy("r", block("m", ["failure-timeout": "1min"])), histories: ["a": entry("r", failed)])
        #expect(try steps(text).contains("stop r a") != hasExpired)
    }

    @Test("A start that failed bans its node, unless the cluster says that it is not fatal", arguments: [true, false])
    func failedStart(isFatal: Bool) throws {
        let fatal = option("start-failure-is-fatal", "\(isFatal)")
        let failed = entry("r", operation("r", "start", call: 2, rc: 1, id: "r_last_failure_0"))
        let text = cib(resources: dummy("r"), histories: ["a": failed, "b": absent("r")], options: fatal)
        let count = isFatal ? "INFINITY" : "1"
        let steps = try steps(node("a", transient: ["fail-count-r#start_0": count, "last-failure-r#start_0": "1699999000"], in: text))
        #expect(steps == (isFatal ? ["stop r a", "start r b"] : ["stop r a", "start r a"]))
    }

    @Test("What runs on two nodes is stopped on both, on one, or left alone", arguments: [
        ("stop_start", ["start r a", "stop r a", "stop r b"]), ("stop_only", ["stop r a", "stop r b"]), ("block", []),
        ("stop_unexpected", ["stop r b"]),
    ])
    func severalActive(policy: String, expected: [String]) throws {
        let text = cib(
            resources: dummy("r", block("m", ["multiple-active": policy, "resource-stickiness": "1"])),
            histories: ["a": started("r"), "b": started("r")],
            constraints: "<rsc_location id=\"l\" rsc=\"r\" node=\"a\" score=\"5\"/>")
        #expect(try steps(text).sorted() == expected)
    }

    // MARK: Parameters

    @Test("A changed parameter is a restart, or a reload where the agent can take it up", arguments: [
        ("f2317cad3d54cec5d7d7aa7d0bf35cf8", ["reload-agent r a"]), ("of-other-parameters", ["stop r a", "start r a"]),
    ])
    func reload(restartDigest: String, expected: [String]) throws {
        let digests = "op-digest=\"of-others\" op-force-restart=\" state \" op-restart-digest=\"\(restartDigest)\""
        let start = operation("r", "start", call: 2, more: digests)
        let text = cib(
            resources: dummy("r", block("i", ["fake": "new"], tag: "instance_attributes")), histories: ["a": entry("r", start)])
        #expect(try steps(text) == expected)
        // Without a list of what forces a restart everything does.
        let plain = entry("r", operation("r", "start", call: 2, more: "op-digest=\"of-others\""))
        #expect(try steps(cib(resources: dummy("r"), histories: ["a": plain])) == ["stop r a", "start r a"])
    }

    @Test("A recurring operation is ordered, ordered again with a new timeout, and cancelled once it is not configured")
    func recurring() throws {
        let monitor = "<operations><op id=\"o\" name=\"monitor\" interval=\"10s\" timeout=\"20s\"/></operations>"
        let digest = "op-digest=\"4811cef7f7f94e3a35a70be7916cb2fd\""
        let start = operation("r", "start", call: 2, more: nothing)
        let known = operation("r", "monitor", interval: 10000, call: 3, more: digest)
        let changed = operation("r", "monitor", interval: 10000, call: 3, more: "op-digest=\"of-another-timeout\"")
        #expect(try steps(cib(resources: dummy("r", monitor), histories: ["a": entry("r", start)])) == ["monitor r a"])
        #expect(try steps(cib(resources: dummy("r", monitor), histories: ["a": entry("r", start, known)])) == [])
        #expect(try steps(cib(resources: dummy("r", monitor), histories: ["a": entry("r", start, changed)])) == ["monitor r a"])
        #expect(try steps(cib(resources: dummy("r"), histories: ["a": entry("r", start, known)])) == ["cancel r a"])
    }

    // MARK: Capacities

    @Test("A placement strategy counts needs; balancing looks at what is left of the capacities", arguments: [
        ("default", ["start r a", "start s b", "start t a"]), ("utilization", ["start r a", "start s b"]),
        ("minimal", ["start r a", "start s b"]), ("balanced", ["start r b", "start s a"]),
    ])
    func strategies(strategy: String, expected: [String]) throws {
        func needy(_ id: String, _ cpu: Int, _ inside: String = "") -> String {
            dummy(id, inside + block("u-\(id)", ["cpu": "\(cpu)"], tag: "utilization"))
        }
        let resources = needy("r", 3, block("m", ["priority": "2"])) + needy("s", 3, block("n", ["priority": "1"])) + needy("t", 3)
        var text = cib(
            resources: resources, histories: ["a": absent("r", "s", "t"), "b": absent("r", "s", "t")],
            options: option("placement-strategy", strategy))
        text = node("a", with: block("c-a", ["cpu": "4"], tag: "utilization"), in: text)
        text = node("b", with: block("c-b", ["cpu": "5"], tag: "utilization"), in: text)
        #expect(try steps(text).sorted() == expected)
    }
}
