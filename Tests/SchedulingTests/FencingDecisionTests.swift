// SPDX-License-Identifier: GPL-2.0-or-later
// Whom the cluster fences, and what waits for it: situation, event, outcome.

import CIBModel
import ClusterStatus
import ClusterXML
import Scheduling
import Testing

@Suite("Fencing")
struct FencingDecisionTests: HistorySituations {
    /// Two nodes of which `b`, where a resource ran, vanished.
    private func lost(_ options: String = "", meta: String = "") -> String {
        losing("b", in: cib(resources: dummy("r", meta), histories: ["a": started("device"), "b": started("r")], options: options))
    }

    @Test("A node that vanished is fenced as configured before its resource starts elsewhere", arguments: ["reboot", "off"])
    func actions(action: String) throws {
        let steps = try steps(fencing(lost(option("fencing-action", action))))
        let fencing = try #require(steps.firstIndex(of: "\(action) b"))
        let start = try #require(steps.firstIndex(of: "start r a"))
        #expect(fencing < start)
    }

    @Test("Levels of fencing are the fencer's business: they change nothing here")
    func topology() throws {
        let levels = "<fencing-topology><fencing-level id=\"l\" target=\"b\" index=\"1\" devices=\"device\"/></fencing-topology>"
        let plain = fencing(lost())
        #expect(try steps(plain.replacing("</constraints>", with: "</constraints>" + levels)) == steps(plain))
    }

    @Test("Without device and watchdog nobody is fenced, and what ran on a lost node stays there", arguments: [false, true])
    func watchdog(isThere: Bool) throws {
        let options = option("have-watchdog", "\(isThere)") + option("stonith-watchdog-timeout", "10s")
        #expect(try steps(fencing(lost(options), device: "")).contains("reboot b") == isThere)
        #expect(try steps(fencing(lost(options), device: "")).contains("start r a") == isThere)
    }

    @Test("A resource that requires only quorum, or nothing, does not wait for fencing", arguments: [
        ("fencing", true), ("quorum", false), ("nothing", false),
    ])
    func requirements(requires: String, waits: Bool) throws {
        let transition = Scheduler.run(try state(fencing(lost(meta: block("m", ["requires": requires]))))).transition
        let fencing = try #require(transition.synapses.map(\.action).first { $0.task == "stonith" }).id
        let start = try #require(transition.synapses.first { $0.action.key == "r_start_0" })
        #expect(start.inputs.contains(fencing) == waits)
    }

    @Test("A node that was never seen is fenced when the cluster starts, unless it need not be", arguments: ["true", "false"])
    func startup(value: String) throws {
        let text = fencing(cib(resources: dummy("r"), histories: ["a": ""], options: option("startup-fencing", value)))
            .replacing("</nodes>", with: "<node id=\"b\" uname=\"b\"/></nodes>")
        #expect(try steps(text).contains("reboot b") == (value == "true"))
    }

    @Test("What requires unfencing starts after its node was unfenced")
    func unfencing() throws {
        let device = "<primitive id=\"device\" class=\"stonith\" type=\"fence_x\">\(block("d", ["provides": "unfencing"]))</primitive>"
        let steps = try steps(fencing(cib(resources: dummy("r", block("m", ["requires": "unfencing"])), histories: ["a": ""]), device: device))
        let unfencing = try #require(steps.firstIndex(of: "on a"))
        #expect(unfencing < (try #require(steps.firstIndex(of: "start r a"))))
        #expect(unfencing < (try #require(steps.firstIndex(of: "monitor r a"))))
    }

    @Test("Without quorum a node with the more important resources is fenced later", arguments: [
        ("r", ["a": "10", "b": "0"]), ("s", ["a": "0", "b": "10"]),
    ] as [(String, [String: String])])
    func priorityDelay(important: String, delays: [String: String]) throws {
        let resources = ["r", "s"].map { dummy($0, $0 == important ? block("m", ["priority": "5"]) : "") }.joined()
        let histories = ["a": started("r"), "b": started("s"), "c": ""]
        let text = losing("a", "b", in: cib(resources: resources, histories: histories, options: option("priority-fencing-delay", "10s")))
        let fences = Scheduler.run(try state(fencing(text))).transition.synapses.map(\.action).filter { $0.task == "stonith" }
        #expect(fences.count == 2)
        for fence in fences {
            let delay = fence.attributes.first { $0.name == "CRM_meta_priority_fencing_delay" }?.value
            #expect(delay == delays[fence.node?.name ?? ""])
        }
    }

    @Test("A stop that failed has its node fenced, where there is fencing; else it blocks", arguments: [true, false])
    func failedStop(isEnabled: Bool) throws {
        let failed = entry("r", operation("r", "stop", call: 3, rc: 1, id: "r_last_failure_0"))
        let text = cib(resources: dummy("r"), histories: ["a": failed, "b": started("device")])
        let steps = try steps(isEnabled ? fencing(text) : text)
        #expect(steps.contains("reboot a") == isEnabled)
        #expect(steps.contains("start r b") == isEnabled)
    }

    // MARK: Remote and guest nodes

    @Test("A remote node whose connection was lost is fenced, and the connection made again")
    func remoteNode() throws {
        let far = "<primitive id=\"far\" class=\"ocf\" provider=\"pacemaker\" type=\"remote\"/>"
        let connection = entry("far", operation("far", "start", call: 2), operation("far", "monitor", interval: 60000, call: 3, rc: 1, status: 4))
        let remote = "<node_state id=\"far\" uname=\"far\" remote_node=\"true\" in_ccm=\"true\"><lrm id=\"far\"><lrm_resources>"
            + started("r") + "</lrm_resources></lrm></node_state>"
        let text = cib(resources: far + dummy("r"), histories: ["a": connection.replacing("Dummy", with: "remote")], more: remote)
        let steps = try steps(fencing(text))
        let fencing = try #require(steps.firstIndex(of: "reboot far"))
        #expect(fencing < (try #require(steps.firstIndex { $0.hasPrefix("start r") })))
        #expect(steps.contains("start far a"))
    }

    @Test("A guest is fenced by recovering its container")
    func guest() throws {
        let host = dummy("v", block("m", ["remote-node": "guest"]))
        let connection = started("guest").replacing("Dummy", with: "remote")
        let failed = entry("v", operation("v", "start", call: 2), operation("v", "monitor", interval: 10000, call: 3, rc: 1))
        let guest = "<node_state id=\"guest\" uname=\"guest\" remote_node=\"true\" in_ccm=\"true\"><lrm id=\"guest\"><lrm_resources>"
            + started("r") + "</lrm_resources></lrm></node_state>"
        let text = fencing(cib(resources: host + dummy("r"), histories: ["a": failed + connection], more: guest))
        let transition = Scheduler.run(try state(text)).transition
        let fence = try #require(transition.synapses.first { $0.action.key == "stonith-guest-off" || $0.action.key == "stonith-guest-reboot" })
        #expect(fence.action.kind == .pseudo)
        let stop = try #require(transition.synapses.map(\.action).first { $0.key == "v_stop_0" }).id
        #expect(fence.inputs.contains(stop))
        let steps = try steps(text)
        #expect(!steps.contains { $0.hasPrefix("reboot") || $0.hasPrefix("off") })
        #expect(try #require(steps.firstIndex(of: "stop v a")) < (try #require(steps.firstIndex(of: "start v a"))))
    }
}
