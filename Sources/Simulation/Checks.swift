// SPDX-License-Identifier: GPL-2.0-or-later
// What must hold in every simulated run, whatever goes wrong.
import CIBModel
import ClusterXML
import Messages
import NodeCore

/// A broken invariant, in words.
package struct Violation: Error, Sendable, CustomStringConvertible {
    package let description: String

    package init(_ description: String) { self.description = description }
}

/// What has been promised so far, to be compared with what is.
struct Checks {
    var violation: Violation?
    /// Configuration changes that the administrator was told are done: property and value.
    private(set) var acknowledged: [(name: String, value: String)] = []
    /// All changes that were ever asked for, oldest first: an unanswered one may have happened or not.
    private var asked: [(name: String, value: String)] = []
    /// Orders that were sent, by their transition key, in this life of the controller.
    private var orders: Set<String> = []
    private var highest = CIBVersion()
    private var lastChange = Instant.origin

    mutating func controllerStarted(disk: XMLElement?) {
        orders = []
        guard let disk else { return }
        highest = CIBVersion()
        if let lost = lostChange(in: disk) { violation = violation ?? lost }
    }

    mutating func controllerDied() { orders = [] }

    mutating func ask(_ name: String, _ value: String) { asked.append((name, value)) }

    /// An acknowledged change that a CIB has neither kept nor seen replaced by a later one.
    func lostChange(in cib: XMLElement) -> Violation? {
        for (name, value) in acknowledged {
            let found = Checks.property(name, in: cib)
            let position = asked.lastIndex { $0.name == name && $0.value == value } ?? 0
            guard asked[position...].contains(where: { $0.name == name && $0.value == found }) else {
                return Violation("the change \(name)=\(value) was acknowledged and is lost; it is \(found ?? "unset")")
            }
        }
        return nil
    }

    mutating func promise(_ name: String, _ value: String) {
        acknowledged.removeAll { $0.name == name }
        acknowledged.append((name, value))
    }

    /// A message of the controller: the same order must not be given twice.
    mutating func sent(_ message: XMLElement, to node: String) {
        guard message["lrmd_op"] == "lrmd_rsc_exec", let data = message.first("lrmd_calldata")?.first("lrmd_rsc"),
            let key = data["lrmd_rsc_userdata_str"], data["lrmd_rsc_interval"] == "0"
        else { return }
        if !orders.insert("\(node) \(key)").inserted {
            violation = violation ?? Violation("the order \(key) was sent to \(node) twice")
        }
    }

    mutating func sawVersion(_ version: CIBVersion, at now: Now) {
        if version < highest { violation = violation ?? Violation("the CIB's version went back from \(highest) to \(version)") }
        if version != highest { lastChange = now.monotonic }
        highest = version
    }

    /// How long the CIB has not changed.
    func quietSince(_ now: Now) -> Duration { now.monotonic - lastChange }

    static func property(_ name: String, in cib: XMLElement) -> String? {
        for set in cib.first("configuration")?.first("crm_config")?.elements("cluster_property_set") ?? XMLElement("none").elements("none") {
            for pair in set.elements("nvpair") where pair["name"] == name { return pair["value"] }
        }
        return nil
    }
}

extension World {
    /// Invariants that hold after every step.
    mutating func checkAlways() -> Violation? {
        if let cib = controller.node?.cib { checks.sawVersion(CIBVersion(of: cib), at: now) }
        guard settings.hasFencing else { return checks.violation }
        for number in 1...max(1, settings.resources) {
            let hosts = truth.hosts(of: "dummy\(number)")
            if hosts.count > 1 { return Violation("dummy\(number) runs on hosts \(hosts) at the same time") }
        }
        return checks.violation
    }

    /// What must be so once faults have stopped and the cluster had time.
    func isSettled() -> Violation? {
        guard let node = controller.node else { return Violation("the controller is not running") }
        if node.stateName != "S_IDLE" { return Violation("the controller is still busy: \(node.stateName)") }
        // Without fencing a node that was lost blocks its resources until somebody cleans up, as in Pacemaker.
        for number in 1...max(1, settings.resources) where settings.hasFencing {
            let hosts = truth.hosts(of: "dummy\(number)")
            if hosts.count != 1 { return Violation("dummy\(number) runs on \(hosts.count) hosts after the storm") }
        }
        return checks.lostChange(in: node.cib)
    }
}
