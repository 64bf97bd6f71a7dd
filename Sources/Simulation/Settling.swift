// SPDX-License-Identifier: GPL-2.0-or-later
// What must be so once faults have stopped and the cluster had time: everything runs where it may.
import CIBModel
import ClusterXML
import NodeCore

extension World {
    /// What is still wrong.
    func isSettled() -> Violation? {
        guard let node = controller.node else { return Violation("the controller does not run after the storm") }
        if node.stateName != "S_IDLE" { return Violation("the controller is still busy after the storm: \(node.stateName)") }
        if let commit = administrator.commit { return Violation("the commit \(commit.mark) is still open after the storm") }
        guard let configuration = node.cib.first("configuration") else { return nil }
        let plain = resources.first { !$0.isCloned }
        for resource in resources {
            let allowed = allowedHosts(resource, configuration)
            let found = truth.hosts(of: resource.name)
            if resource.isCloned {
                if found != allowed { return unsettled(resource, found, "on hosts \(allowed)") }
                let promoted = truth.promotedHosts(of: resource.name).count
                if resource.isPromotable, promoted != min(1, allowed.count) { return unsettled(resource, found, "promoted once, not \(promoted) times") }
                continue
            }
            // What is ordered behind a resource that can run nowhere does not run either.
            var wanted = allowed.isEmpty ? 0 : 1
            if settings.speciality == .colocation, resource.name == "dummy2", let plain, allowedHosts(plain, configuration).isEmpty { wanted = 0 }
            if found.count != wanted || !found.allSatisfy({ allowed.contains($0) }) { return unsettled(resource, found, "on \(wanted) of \(allowed)") }
        }
        if settings.speciality == .group, truth.hosts(of: "first") != truth.hosts(of: "second") {
            return Violation("the members of a group are apart after the storm")
        }
        return checks.promises.lost(in: node.cib)
    }

    private func unsettled(_ resource: SimulatedResource, _ found: [Int], _ wanted: String) -> Violation {
        Violation("\(resource.name) runs on hosts \(found) after the storm, expected \(wanted)")
    }

    /// The hosts on which a resource may run, by a reading of the configuration that owes nothing to the scheduler.
    private func allowedHosts(_ resource: SimulatedResource, _ configuration: XMLElement) -> [Int] {
        (0...remotes.count).filter { host in
            let name = hostName(host)
            let node = configuration.first("nodes")?.children.first { $0["uname"] == name }
            let isStandby = node?.children.contains { $0.children.contains { $0["name"] == "standby" && $0["value"] == "on" } } ?? false
            let isBanned = configuration.first("constraints")?.children.contains {
                $0["rsc"] == resource.constrainedAs && $0["node"] == name && $0["score"] == "-INFINITY"
            } ?? false
            return !isStandby && !isBanned
        }
    }
}
