// SPDX-License-Identifier: GPL-2.0-or-later
// The result of one operation as the history keeps it (scheduler spec 26.6).

import CIBModel
import ClusterXML

package struct PaperResult: Sendable {
    /// The resource's name in the history.
    package var resource: String
    package var task: String
    /// Milliseconds.
    package var interval: UInt32
    package var rc: Int
    package var expectedRC: Int
    package var node: String
    /// Seconds since 1970.
    package var time: Int64
    package var agentClass: String?
    package var provider: String?
    package var type: String?
    /// Parameters the digest is made of; nil: the result has none.
    package var parameters: [GraphAttribute]?
    /// Why it failed, if it did.
    package var failureReason = "User-injected result"
    package var migrateSource: String?
    package var migrateTarget: String?
    /// For notifications: `pre` or `post`, and the notified operation.
    package var notifyType: String?
    package var notifyOperation: String?

    package init(resource: String, task: String, interval: UInt32, rc: Int, expectedRC: Int, node: String, time: Int64) {
        self.resource = resource
        self.task = task
        self.interval = interval
        self.rc = rc
        self.expectedRC = expectedRC
        self.node = node
        self.time = time
    }

    /// Writes the operation into a history entry, in place of an older one with the same id.
    func write(into entry: inout XMLElement) {
        var callID = 0
        // Numbers of calls have 32 bits; anything else in a file is none.
        for child in entry.children where child.name == "lrm_rsc_op" {
            callID = max(callID, child["call-id"].flatMap { Int32($0) }.map(Int.init) ?? 0)
        }
        let operation = element(callID: callID + 1)
        for id in ids {
            var copy = operation
            copy["id"] = id
            if let known = entry.children.firstIndex(where: { $0.name == "lrm_rsc_op" && $0.id == id }) {
                for attribute in copy.attributes { entry.children[known][attribute.name] = attribute.value }
            } else {
                entry.children.append(copy)
            }
        }
    }

    private var isFailure: Bool { task != "notify" && rc != expectedRC }

    /// A reload is recorded as the start of the resource with new parameters, even if it failed.
    private var recordedTask: String { task == "reload" || task == "reload-agent" ? "start" : task }

    private var key: String {
        if task == "notify" { return "\(resource)_\(notifyType ?? "")_notify_\(notifyOperation ?? "")_0" }
        return "\(resource)_\(recordedTask)_\(interval)"
    }

    /// Whether the result is kept by the operation's own key: not beside others, and without a reason when it failed.
    private var isKeptByKey: Bool { task == "notify" || task == "migrate_to" || task == "migrate_from" }

    /// Under which ids the operation is kept: failures stay beside the last result.
    private var ids: [String] {
        // A notification that no other action caused, as an operation by that name with an interval is, counts as the last result.
        if task == "notify", notifyType == nil { return ["\(resource)_last_0"] }
        if isKeptByKey { return [key] }
        if isFailure { return interval == 0 ? ["\(resource)_last_failure_0", "\(resource)_last_0"] : ["\(resource)_last_failure_0"] }
        return [interval > 0 ? key : "\(resource)_last_0"]
    }

    private func element(callID: Int) -> XMLElement {
        let transitionKey = "\(callID):-1:\(expectedRC):xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx"
        var element = XMLElement(
            "lrm_rsc_op",
            [
                ("id", ""), ("operation_key", "\(resource)_\(recordedTask)_\(interval)"), ("operation", recordedTask),
                ("crm-debug-origin", "crm_simulate"), ("crm_feature_set", crmFeatureSet), ("transition-key", transitionKey),
                ("transition-magic", "0:\(rc);\(transitionKey)"), ("exit-reason", isFailure && !isKeptByKey ? failureReason : ""),
                ("on_node", node), ("call-id", String(callID)), ("rc-code", String(rc)), ("op-status", "0"),
                ("interval", String(interval)), ("last-rc-change", String(time)), ("exec-time", "0"), ("queue-time", "0"),
            ])
        if task == "migrate_to" || task == "migrate_from" {
            if let migrateSource { element["migrate_source"] = migrateSource }
            if let migrateTarget { element["migrate_target"] = migrateTarget }
        }
        if let parameters { element["op-digest"] = digest(parameters) }
        return element
    }

    private func digest(_ parameters: [GraphAttribute]) -> String {
        let counted = parameters.filter { parameter in
            switch parameter.name {
            case "id", "crm_feature_set", "op-digest", "on_node", "on_node_uuid", "pcmk_external_ip": false
            case "CRM_meta_timeout": interval > 0
            default: !parameter.name.hasPrefix("CRM_meta_")
            }
        }
        let sorted = counted.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
        return Digest.ofParameters(sorted.map { XMLAttribute($0.name, $0.value) })
    }
}
