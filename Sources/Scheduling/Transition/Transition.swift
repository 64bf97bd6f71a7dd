// SPDX-License-Identifier: GPL-2.0-or-later
// The result of scheduling: a graph of actions with their inputs. A controller in the same process executes it as it is;
// `TransitionXML` prints it in the form that Pacemaker's controller reads.

package struct Transition: Sendable {
    /// Number of the graph, from 1.
    package var id = 1
    /// Cluster options a controller needs while it executes the graph, as configured.
    package var clusterDelay = "60s"
    package var fencingTimeout = "60s"
    package var batchLimit = "0"
    /// Written only if its number is above 0.
    package var migrationLimit: String?
    /// A failed start counts as INFINITY failures.
    package var startFailureIsFatal = true
    /// When to schedule again although nothing happens (a rule or a timeout changes), in seconds since 1970.
    package var recheckBy: Int64?
    /// In order of addition. An action is started once all its inputs are confirmed.
    package var synapses: [Synapse] = []
    /// Actions that others wait for although they are not in the graph (they cannot run), by id: what waits for them never starts.
    /// Only what a reference to them shows is filled in.
    package var missing: [Int: GraphAction] = [:]
    /// Position in `synapses` by action id.
    package private(set) var positions: [Int: Int] = [:]

    package init() {}

    package mutating func append(_ synapse: Synapse) {
        positions[synapse.action.id] = synapses.count
        synapses.append(synapse)
    }

    /// The action with this id, if it is in the graph.
    package func action(_ id: Int) -> GraphAction? {
        positions[id].map { synapses[$0].action }
    }
}

/// One action with what must be confirmed before it starts.
package struct Synapse: Sendable {
    /// Position in the graph, from 0.
    package var id: Int
    package var priority: Int32
    package var action: GraphAction
    /// Ids of actions, ascending.
    package var inputs: [Int]

    package init(id: Int, priority: Int32, action: GraphAction, inputs: [Int]) {
        (self.id, self.priority, self.action, self.inputs) = (id, priority, action, inputs)
    }
}

/// An action of the graph with all that is needed to carry it out.
package struct GraphAction: Sendable {
    /// Who carries it out.
    package enum Kind: Sendable {
        /// Nobody: confirmed as soon as its inputs are.
        case pseudo
        /// The controller itself: fencing, shutdown, changes of the CIB (`crm_event`).
        case cluster
        /// The executor of a node (`rsc_op`).
        case resource
    }

    package var id: Int
    package var kind: Kind
    /// The operation, for example `monitor`, `stonith`, `do_shutdown`, `cancel`.
    package var task: String
    /// `RSC_TASK_INTERVAL` with the name the history uses.
    package var key: String
    /// The key by the scheduler's own name of the resource, if that differs.
    package var internalKey: String?
    package var node: GraphNode?
    /// The cluster node whose controller talks to a remote node for this action.
    package var routerNode: String?
    /// `lrm_delete` changes the CIB only.
    package var changesCIBOnly = false
    /// When the resource was locked to its node, in seconds since 1970.
    package var shutdownLock: Int64?
    package var resource: GraphResource?
    /// Parameters and `CRM_meta_…` attributes, sorted by name (bytes).
    package var attributes: [GraphAttribute] = []
    /// Parameters whose name starts with a digit, which no XML attribute may.
    package var numberedParameters: [GraphAttribute] = []
    /// Ids of nodes that are gone once this action has succeeded.
    package var downedNodes: [String] = []
    /// Remote nodes whose maintenance state is to be recorded.
    package var maintenance: [(nodeID: String, inMaintenance: Bool)] = []

    package init(id: Int, kind: Kind, task: String, key: String) {
        (self.id, self.kind, self.task, self.key) = (id, kind, task, key)
    }

    /// An attribute by its full name, for example `CRM_meta_timeout`.
    package func attribute(_ name: String) -> String? {
        attributes.first { $0.name == name }?.value
    }

    /// Milliseconds; 0 if it does not recur.
    package var interval: UInt32 { attribute("CRM_meta_interval").flatMap { UInt32($0) } ?? 0 }
    /// Milliseconds, nil if unset.
    package var timeout: Int64? { attribute("CRM_meta_timeout").flatMap { Int64($0) } }
    /// The result code that counts as success.
    package var expectedResult: Int { attribute("CRM_meta_op_target_rc").flatMap { Int($0) } ?? 0 }
    /// For a fencing operation: `reboot`, `off` or `on`.
    package var fencingOperation: String? { attribute("CRM_meta_stonith_action") }
}

package struct GraphAttribute: Sendable, Equatable {
    package var name: String
    package var value: String
    package init(_ name: String, _ value: String) { (self.name, self.value) = (name, value) }
}

package struct GraphNode: Sendable, Equatable {
    package var name: String
    package var id: String
    package init(name: String, id: String) { (self.name, self.id) = (name, id) }
}

/// The resource of an action as agents and history know it.
package struct GraphResource: Sendable, Equatable {
    /// The element name of the resource in the configuration, `primitive`.
    package var element: String
    package var id: String
    package var longID: String?
    package var agentClass: String?
    package var provider: String?
    package var type: String?

    package init(element: String, id: String, longID: String?) {
        (self.element, self.id, self.longID) = (element, id, longID)
    }
}
