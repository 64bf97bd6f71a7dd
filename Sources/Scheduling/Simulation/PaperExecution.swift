// SPDX-License-Identifier: GPL-2.0-or-later
// Executes a transition on paper: every action succeeds at once, unless a failure was asked for (scheduler spec 26.6).

import CIBModel
package import ClusterStatus
import ClusterXML

/// A failure to pretend, as `RSC_TASK_INTERVAL@NODE=RC` on the command line.
package struct PretendedFailure: Sendable {
    /// `RSC_TASK_INTERVAL@NODE`.
    package var operation: String
    package var rc: Int

    /// - Returns: nil if the text has no result code.
    package init?(_ text: String) {
        guard let equals = text.lastIndex(of: "="), let rc = Int(text[text.index(after: equals)...]) else { return nil }
        operation = String(text[..<equals])
        self.rc = rc
    }
}

package struct PaperExecution {
    package private(set) var status: PaperStatus
    package private(set) var events: [SimulationEvent] = []
    /// False when synapses remained that never got their inputs.
    package private(set) var isComplete = true
    /// Whether anything happened that the status tells: pseudo-actions leave no trace.
    package var changedStatus: Bool {
        events.contains { if case .pseudo = $0 { false } else { true } }
    }
    private let transition: Transition
    /// By operation in small letters; of several for one the first counts.
    private let failures: [String: (order: Int, rc: Int)]
    private let time: Int64
    private var abortPriority: Int32 = 0

    /// - Parameters:
    ///   - time: wall clock for new history entries, seconds since 1970.
    package init(_ transition: Transition, on status: PaperStatus, failures: [PretendedFailure], time: Int64) {
        self.transition = transition
        self.status = status
        self.failures = Dictionary(
            failures.enumerated().map { ($1.operation.lowercased(), (order: $0, rc: $1.rc)) }, uniquingKeysWith: { first, _ in first })
        self.time = time
    }

    /// Runs to the end: passes over the synapses in order, until one fires nothing.
    /// - Parameter state: knows which resources exist, for the names that are shown.
    package mutating func run(_ state: ClusterState) {
        var missing = transition.synapses.map(\.inputs.count)
        var waiting: [[Int]] = Array(repeating: [], count: transition.synapses.count)
        for (position, synapse) in transition.synapses.enumerated() {
            for input in synapse.inputs {
                guard let source = transition.positions[input] else { continue }
                waiting[source].append(position)
            }
        }
        var open = Array(transition.synapses.indices)
        var fired = true
        while fired, !open.isEmpty {
            fired = false
            var rest: [Int] = []
            rest.reserveCapacity(open.count)
            for position in open {
                guard missing[position] == 0, mayFire(position) else {
                    rest.append(position)
                    continue
                }
                fired = true
                let failed = !execute(transition.synapses[position].action, state)
                for waiter in waiting[position] where !failed || transition.synapses[waiter].priority >= Score.infinity.value {
                    missing[waiter] -= 1
                }
            }
            open = rest
        }
        if !open.isEmpty, abortPriority == 0 { isComplete = false }
    }

    private func mayFire(_ position: Int) -> Bool {
        transition.synapses[position].priority >= abortPriority || transition.synapses[position].action.kind == .pseudo
    }

    /// - Returns: whether the action succeeded.
    private mutating func execute(_ action: GraphAction, _ state: ClusterState) -> Bool {
        switch action.kind {
        case .pseudo: events.append(.pseudo(key: action.key, node: action.node?.name))
        case .cluster:
            if action.task == "stonith" {
                fence(action)
            } else {
                events.append(.cluster(task: action.task, resource: action.resource?.id, node: action.node?.name ?? ""))
            }
        case .resource: return perform(action, state)
        }
        return true
    }

    private mutating func fence(_ action: GraphAction) {
        let operation = action.fencingOperation ?? ""
        let target = action.node?.name ?? ""
        events.append(.fencing(target: target, operation: operation))
        guard operation != "on" else { return }
        status.setFenced(target)
    }

    // MARK: Operations on resources

    private mutating func perform(_ action: GraphAction, _ state: ClusterState) -> Bool {
        guard let resource = action.resource, let node = action.node else { return true }
        var name = resource.id
        if state.findResource(name) == nil, let long = resource.longID, state.findResource(long) != nil { name = long }
        if action.task == "delete" || action.task == "meta-data" {
            events.append(.resource(id: name, task: action.task, interval: 0, node: node.name))
            return true
        }
        events.append(.resource(id: name, task: action.task, interval: action.interval, node: node.name))
        var result = PaperResult(
            resource: resource.id, task: action.task, interval: action.interval, rc: action.expectedResult,
            expectedRC: action.expectedResult, node: node.name, time: time)
        result.agentClass = resource.agentClass
        result.provider = resource.provider
        result.type = resource.type
        result.parameters = action.attributes + action.numberedParameters
        result.migrateSource = action.attribute("CRM_meta_migrate_source")
        result.migrateTarget = action.attribute("CRM_meta_migrate_target")
        result.notifyType = action.attribute("CRM_meta_notify_type")
        result.notifyOperation = action.attribute("CRM_meta_notify_operation")
        let failure = pretendedFailure(of: action, names: [name, resource.id])
        if let failure { result.rc = failure.rc }
        status.record(result, names: [name, resource.id], node: node.name, nodeID: action.routerNode == nil ? node.id : node.name)
        if let failure { fail(action, failure) }
        return failure == nil
    }

    /// The failure to pretend for an action, and which of the names its resource has was used: an instance's own id or, as the
    /// history does, the one without its number.
    private func pretendedFailure(of action: GraphAction, names: [String]) -> (rc: Int, name: String)? {
        if failures.isEmpty { return nil }
        let found = names.compactMap { name in
            failures["\(name)_\(action.task)_\(action.interval)@\(action.node?.name ?? "")".lowercased()].map { (failure: $0, name: name) }
        }
        return found.min { $0.failure.order < $1.failure.order }.map { ($0.failure.rc, $0.name) }
    }

    /// Counts a pretended failure, after its result: a state without either has its history first then.
    private mutating func fail(_ action: GraphAction, _ failure: (rc: Int, name: String)) {
        abortPriority = Score.infinity.value
        events.append(.pretendedFailure(action: action.id, rc: failure.rc))
        events += status.countFailure(
            resource: failure.name, task: action.task, interval: action.interval, rc: failure.rc, node: action.node?.name ?? "",
            startFailureIsFatal: transition.startFailureIsFatal, time: time)
    }
}

extension PaperStatus {
    /// Raises the fail count of an operation, as the cluster would.
    package mutating func countFailure(
        resource: String, task: String, interval: UInt32, rc: Int, node: String, startFailureIsFatal: Bool, time: Int64
    ) -> [SimulationEvent] {
        if rc == 0 || (rc == 7 && interval == 0) { return [] }
        let operation = "\(resource)#\(task)_\(interval)"
        let id = stateID(of: node)
        let count: String
        if task == "stop" || (task == "start" && startFailureIsFatal) {
            count = "INFINITY"
        } else {
            // The count before it is a number of 32 bits, which no word for infinity is.
            let old = transientAttribute("fail-count-\(operation)", of: node).flatMap(Scan.integer).flatMap(Int32.init(exactly:)) ?? 0
            count = String(old &+ 1)
        }
        var events: [SimulationEvent] = []
        for (name, value) in [("fail-count-\(operation)", count), ("last-failure-\(operation)", String(time))] {
            setTransientAttribute(name, value, of: node)
            events.append(.injectedAttribute(name: name, value: value, nodeID: id))
        }
        return events
    }
}
