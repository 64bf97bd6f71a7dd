// SPDX-License-Identifier: GPL-2.0-or-later
// Writes what operations did into the status section, in the form schedulers and tools read (spec: remote-protocol 8.2).
package import ClusterXML
package import Messages

/// The outcome of an operation, from whichever executor.
package struct OperationRecord: Sendable {
    package var node: NodeIdentity
    package var resource: ResourceAgent
    package var action: String
    /// Milliseconds; 0 for one-shot operations.
    package var interval: Int
    package var rc: Int
    package var status: ExecutionStatus
    package var callID: Int
    /// The transition key that asked for it, as text; empty if nobody did.
    package var key: String
    /// Epoch seconds of start and of the last change of the result; 0: not known.
    package var runTime = 0
    package var changeTime = 0
    /// Milliseconds.
    package var execTime = 0
    package var queueTime = 0
    package var exitReason = ""
    /// The parameters it ran with.
    package var parameters: [XMLAttribute] = []

    package init(
        node: NodeIdentity, resource: ResourceAgent, action: String, interval: Int, rc: Int, status: ExecutionStatus, callID: Int,
        key: String
    ) {
        self.node = node
        self.resource = resource
        self.action = action
        self.interval = interval
        self.rc = rc
        self.status = status
        self.callID = callID
        self.key = key
    }

    /// The result that counts as success.
    package var targetRC: Int { TransitionKey(key)?.targetRC ?? 0 }

    /// Whether the operation failed (spec: remote-protocol 8.2).
    package var failed: Bool {
        switch status {
        case .pending, .cancelled, .uninitialised: false
        case .done: rc != targetRC
        default: true
        }
    }

    package var operationKey: String { "\(resource.id)_\(action)_\(interval)" }
}

/// Writes history entries.
package enum OperationHistory {
    /// What is written besides the outcome itself.
    package struct Context: Sendable {
        /// The cluster node that had it executed.
        package var host: String
        package var featureSet: String
        package var metaData: AgentMetaData?
        /// Epoch seconds, for pending entries.
        package var now: Int

        package init(host: String, featureSet: String, metaData: AgentMetaData?, now: Int) {
            self.host = host
            self.featureSet = featureSet
            self.metaData = metaData
            self.now = now
        }
    }

    private static let notRecorded: Set<String> = ["notify", "meta-data", "cancel", "delete", "validate-all"]

    /// Whether results of this action go to the history at all.
    package static func isRecorded(_ action: String) -> Bool { !notRecorded.contains(action) }

    /// Writes the outcome of an operation, or with status `.pending` that it has begun.
    package static func write(_ record: OperationRecord, to cib: inout XMLElement, _ context: Context) {
        guard isRecorded(record.action) else { return }
        var record = record
        adjustAction(&record)
        // Results that agents report as errors but that are states count as done.
        if record.status == .error, [7, 8, 190, 191].contains(record.rc) { record.status = .done }
        let values = attributes(record, context)
        StatusSection.editNode(&cib, record.node) { $0["crm-debug-origin"] = origin }
        StatusSection.editResource(&cib, record.node, record.resource) { history in
            if let container = record.parameters.first(where: { $0.name == "CRM_meta_container" })?.value {
                history["container"] = container
            }
            for id in entryIDs(record) {
                history.edit("lrm_rsc_op", id: id) { entry in entry.set(values) }
            }
        }
    }

    /// Deletes the entry of a recurring operation that was cancelled.
    package static func deleteRecurring(_ cib: inout XMLElement, node: String, resource: String, action: String, interval: Int) -> Bool {
        deleteEntry(&cib, node: node, resource: resource, id: "\(resource)_\(action)_\(interval)")
    }

    /// Deletes the entry of the last failure, once the failure is forgiven: as long as it stands, the scheduler sees a
    /// connection to a remote node as failed.
    /// - Parameter askAnew: whether a recurring operation that failed is forgotten as well, so that it is ordered again and reports
    ///   again. An executor only reports changes: a monitor that goes on failing would say nothing any more.
    package static func deleteLastFailure(_ cib: inout XMLElement, node: String, resource: String, askAnew: Bool) -> Bool {
        let failure = StatusSection.resource(cib, node: node, resource: resource)?.elements("lrm_rsc_op")
            .first { $0.id == "\(resource)_last_failure_0" }
        if askAnew, let key = failure?["operation_key"], failure?["interval"] != "0" {
            _ = deleteEntry(&cib, node: node, resource: resource, id: key)
        }
        return deleteEntry(&cib, node: node, resource: resource, id: "\(resource)_last_failure_0")
    }

    private static func deleteEntry(_ cib: inout XMLElement, node: String, resource: String, id: String) -> Bool {
        cib.editExisting("status") { status in
            status.editExisting("node_state", id: node) { state in
                state.editExisting("lrm") { lrm in
                    lrm.editExisting("lrm_resources") { resources in
                        resources.editExisting("lrm_resource", id: resource) {
                            $0.removeChildren("lrm_rsc_op", id: id)
                        } ?? false
                    } ?? false
                } ?? false
            } ?? false
        } ?? false
    }

    private static let origin = "controld_update_resource_history"

    /// A reload is remembered as what it stands for.
    private static func adjustAction(_ record: inout OperationRecord) {
        guard record.action == "reload" || record.action == "reload-agent", record.status != .pending else { return }
        record.action = record.status == .done ? "start" : "monitor"
    }

    private static func entryIDs(_ record: OperationRecord) -> [String] {
        let resource = record.resource.id
        if record.action == "migrate_to" || record.action == "migrate_from" { return ["\(resource)_\(record.action)_0"] }
        if record.failed {
            return record.interval == 0 ? ["\(resource)_last_failure_0", "\(resource)_last_0"] : ["\(resource)_last_failure_0"]
        }
        return record.interval == 0 ? ["\(resource)_last_0"] : [record.operationKey]
    }

    private static func attributes(_ record: OperationRecord, _ context: Context) -> [(String, String)] {
        let pending = record.status == .pending
        let rc = pending ? 193 : record.rc
        let feature = record.parameters.first { $0.name == "crm_feature_set" }?.value ?? context.featureSet
        var values: [(String, String)] = [
            ("operation_key", record.operationKey), ("operation", record.action), ("crm-debug-origin", origin),
            ("crm_feature_set", feature), ("transition-key", record.key),
            ("transition-magic", "\(record.status.rawValue):\(rc);\(record.key)"), ("exit-reason", record.exitReason),
            ("on_node", context.host), ("call-id", "\(pending ? -1 : record.callID)"), ("rc-code", "\(rc)"),
            ("op-status", "\(record.status.rawValue)"), ("interval", "\(record.interval)"),
        ]
        if pending {
            values += [("last-rc-change", "\(context.now)"), ("exec-time", "0"), ("queue-time", "0")]
        } else if record.runTime != 0 || record.changeTime != 0 || record.execTime != 0 || record.queueTime != 0 {
            let changed = record.interval > 0 && record.changeTime != 0 ? record.changeTime : record.runTime
            values += [
                ("last-rc-change", "\(changed)"), ("exec-time", "\(record.execTime)"), ("queue-time", "\(max(0, record.queueTime))"),
            ]
        }
        if record.action == "migrate_to" || record.action == "migrate_from" {
            for name in ["migrate_source", "migrate_target"] {
                if let value = record.parameters.first(where: { $0.name == "CRM_meta_\(name)" })?.value { values.append((name, value)) }
            }
        }
        values += OperationDigests.attributes(
            of: record.parameters, action: record.action, interval: record.interval, metaData: context.metaData)
        return values
    }
}
