// SPDX-License-Identifier: GPL-2.0-or-later
// The local executor: runs agents for resources of this host. The controller embeds one, and a remote node is one with a listener.
// Rules: remote-protocol.md section 5.
package import Messages

/// Runs operations on resources: one at a time for each resource, recurring ones again and again.
///
/// Requests return their immediate answer and append what has to be done. The order of answers and completions on
/// a connection is up to the caller: an accepted operation's answer goes before the effects, that of a cancellation or
/// unregistration after them.
package struct Executor: Sendable {
    /// Operations that may wait for one resource; more are refused.
    package static let queueLimit = 1024
    /// How long to wait before looking again at a service that is changing state.
    static let followUpDelay = Duration.seconds(2)

    package let configuration: ExecutorConfiguration
    var resources: [String: ExecutorResource] = [:]
    /// Names of `resources` in the order they were registered.
    var names: [String] = []
    /// Operations of resources that were unregistered while the agent ran, and those of an earlier daemon.
    var orphans: [PendingOperation] = []
    var alerts: [PendingOperation] = []
    /// The resource behind an operation, and behind a process. For look-up only, never iterated.
    var owners: [UInt64: String] = [:]
    var ownersByProcess: [ProcessID: String] = [:]
    private var nextSerial: UInt64 = 1
    private var nextProcess: UInt64
    private var alertSequence = 0

    /// - Parameter firstProcess: process ids count up from here, so that other machines can use another range.
    package init(configuration: ExecutorConfiguration, firstProcess: UInt64 = 1) {
        self.configuration = configuration
        nextProcess = firstProcess
    }

    /// True while an agent runs.
    package var isBusy: Bool {
        !orphans.isEmpty || !alerts.isEmpty || resources.values.contains { $0.active != nil }
    }

    // MARK: Resources

    /// The agent of a registered resource.
    package func agent(of resource: String) -> AgentReference? { resources[resource]?.agent }

    /// The registered resources, in the order they came.
    package var registeredResources: [String] { names }

    /// Registers a resource. The same registration again changes nothing; a different agent replaces the old one.
    package mutating func register(
        _ name: String, agent: AgentReference, dropsRecurring: Bool, at now: Now, into effects: inout [ExecutorEffect]
    ) {
        if let existing = resources[name] {
            if existing.agent == agent { return }
            _ = unregister(name, at: now, into: &effects)
        }
        resources[name] = ExecutorResource(name: name, agent: agent, dropsRecurring: dropsRecurring)
        names.append(name)
    }

    /// Forgets a resource and cancels what waits for it.
    /// - Returns: 0, or `WireError.inProgress` if an agent still runs; its completion will say "deleted".
    package mutating func unregister(_ name: String, at now: Now, into effects: inout [ExecutorEffect]) -> Int {
        guard var resource = resources.removeValue(forKey: name) else { return 0 }
        names.removeAll { $0 == name }
        for operation in resource.removeIdle(where: { _ in true }) {
            reportCancelled(operation, deleted: true, into: &effects)
        }
        guard var active = resource.active else { return 0 }
        if active.isRecurring { cancelRun(&active, into: &effects) }
        orphans.append(active)
        return WireError.inProgress
    }

    // MARK: Operations

    /// Accepts an operation.
    /// - Returns: the call id, or a negative `WireError`.
    package mutating func execute(
        _ order: OperationOrder, callID: Int, from client: ExecutorClient, at now: Now,
        into effects: inout [ExecutorEffect]
    ) -> Int {
        if order.resource.isEmpty { return WireError.invalid }
        guard var resource = resources[order.resource] else { return WireError.noResource }
        if resource.waiting.count >= Executor.queueLimit { return WireError.invalid }
        var order = order
        order.interval = max(0, order.interval)
        order.startDelay = max(0, order.startDelay)
        if order.interval > 0, merge(order, callID: callID, from: client, into: &resource, &effects) {
            resources[order.resource] = resource
            dispatch(order.resource, at: now, into: &effects)
            return callID
        }
        if order.action == "stop" { cancelRecurring(of: &resource, into: &effects) { _ in true } }
        let operation = PendingOperation(
            serial: takeSerial(), callID: callID, client: client, order: order, acceptedAt: now.monotonic,
            isDelayed: order.startDelay > 0)
        owners[operation.serial] = order.resource
        if operation.isDelayed {
            effects.append(
                .setTimer(.startDelay(operation.serial), at: now.monotonic + .milliseconds(order.startDelay)))
        }
        resource.waiting.append(operation)
        resources[order.resource] = resource
        dispatch(order.resource, at: now, into: &effects)
        return callID
    }

    /// A recurring operation asked for again takes over the new call id and reports anew.
    private func merge(
        _ order: OperationOrder, callID: Int, from client: ExecutorClient, into resource: inout ExecutorResource,
        _ effects: inout [ExecutorEffect]
    ) -> Bool {
        let merged = resource.updateRecurring(action: order.action, interval: order.interval) {
            $0.callID = callID
            $0.client = client
            $0.order.userData = order.userData
            $0.lastReported = nil
        }
        if merged, let index = resource.resting.firstIndex(where: { $0.callID == callID }) {
            let operation = resource.resting.remove(at: index)
            effects.append(.cancelTimer(.interval(operation.serial)))
            resource.due.append(operation)
        }
        return merged
    }

    /// Cancels an operation by its resource, action and interval.
    /// - Returns: 0 if one was found, else a negative `WireError`.
    package mutating func cancel(
        resource name: String, action: String, interval: Int64, at now: Now, into effects: inout [ExecutorEffect]
    ) -> Int {
        if name.isEmpty || action.isEmpty { return WireError.invalid }
        guard var resource = resources[name] else { return WireError.noResource }
        func matches(_ operation: PendingOperation) -> Bool {
            operation.order.interval == interval && operation.order.action.lowercased() == action.lowercased()
        }
        let idle = resource.removeIdle(where: matches)
        for operation in idle { reportCancelled(operation, deleted: false, into: &effects) }
        var found = !idle.isEmpty
        if var active = resource.active, active.isRecurring, matches(active) {
            cancelRun(&active, into: &effects)
            resource.active = active
            found = true
        }
        resources[name] = resource
        dispatch(name, at: now, into: &effects)
        return found ? 0 : WireError.unsupported
    }

    /// Recurring operations that are scheduled, in order of registration.
    package func recurringOperations(of name: String?) -> [RecurringOperation] {
        names.filter { name == nil || $0 == name }.flatMap { name -> [RecurringOperation] in
            guard let resource = resources[name] else { return [] }
            let active = resource.active.map { [$0] } ?? []
            return (active + resource.due + resource.resting).filter(\.isRecurring).map {
                RecurringOperation(
                    resource: name, action: $0.order.action, interval: $0.order.interval, timeout: $0.order.timeout)
            }
        }
    }

    /// A client is gone. Without any client left, recurring operations of resources registered that way end.
    package mutating func clientLeft(
        _ client: ExecutorClient, wasLast: Bool, at now: Now, into effects: inout [ExecutorEffect]
    ) {
        guard wasLast else { return }
        for name in names {
            guard var resource = resources[name], resource.dropsRecurring else { continue }
            cancelRecurring(of: &resource, into: &effects) { _ in true }
            resources[name] = resource
            dispatch(name, at: now, into: &effects)
        }
    }

    /// Runs an alert script at once, beside all resources.
    /// - Returns: 0, or a negative `WireError`.
    package mutating func alert(
        _ alert: AlertOrder, callID: Int, from client: ExecutorClient, at now: Now, into effects: inout [ExecutorEffect]
    ) -> Int {
        if alert.id.isEmpty || alert.path.isEmpty { return WireError.invalid }
        alertSequence += 1
        var order = OperationOrder(
            resource: alert.id, action: "alert", timeout: alert.timeout, parameters: alert.parameters)
        order.notifiesOriginatorOnly = alert.notifiesOriginatorOnly
        order.parameters["CRM_alert_node_sequence"] = String(alertSequence)
        var operation = PendingOperation(
            serial: nextSerial, callID: callID, client: client, order: order, acceptedAt: now.monotonic,
            isDelayed: false)
        nextSerial += 1
        let command = AgentCommand.forAlert(order, path: alert.path, configuration: configuration)
        launch(command, for: &operation, asUser: configuration.alertUser, at: now, into: &effects)
        alerts.append(operation)
        return 0
    }

    // MARK: Running

    /// Cancels recurring operations of a resource, running ones included.
    private mutating func cancelRecurring(
        of resource: inout ExecutorResource, into effects: inout [ExecutorEffect],
        where matches: (PendingOperation) -> Bool
    ) {
        for operation in resource.removeIdle(where: { $0.isRecurring && matches($0) }) {
            reportCancelled(operation, deleted: false, into: &effects)
        }
        if var active = resource.active, active.isRecurring, matches(active) {
            cancelRun(&active, into: &effects)
            resource.active = active
        }
    }

    private func cancelRun(_ operation: inout PendingOperation, into effects: inout [ExecutorEffect]) {
        guard let run = operation.run, !run.isCancelled else { return }
        operation.run?.isCancelled = true
        if run.awaitsFollowUp {
            // No process to reap: let the follow-up timer end it at once.
            effects.append(.setTimer(.followUp(operation.serial), at: run.startedAt.monotonic))
        } else {
            effects.append(.kill(run.process, wholeGroup: true))
        }
    }

    /// Starts what can run now. Repeats go before the queue: they were due earlier.
    mutating func dispatch(_ name: String, at now: Now, into effects: inout [ExecutorEffect]) {
        while var resource = resources[name], resource.active == nil, !orphans.contains(where: { $0.order.resource == name }) {
            var operation: PendingOperation
            if !resource.due.isEmpty {
                operation = resource.due.removeFirst()
            } else if let head = resource.waiting.first, !head.isDelayed {
                operation = resource.waiting.removeFirst()
            } else {
                return
            }
            let immediate = begin(&operation, agent: resource.agent, at: now, into: &effects)
            if immediate == nil { resource.active = operation }
            resources[name] = resource
            if let immediate { finish(operation, immediate, of: name, at: now, into: &effects) }
        }
    }

    /// - Returns: a result if there is nothing to run.
    private mutating func begin(
        _ operation: inout PendingOperation, agent: AgentReference, at now: Now, into effects: inout [ExecutorEffect]
    ) -> RunResult? {
        let order = operation.order
        if order.action.isEmpty || agent.type.isEmpty {
            return RunResult(.fatalError, 1, reason: "Required agent or action information missing")
        }
        if agent.standard == "stonith", configuration.delegatesFenceDevices {
            let command = AgentCommand(choices: [], environment: [], dialect: .ocf, agentName: agent.type)
            let process = prepareRun(command, for: &operation, at: now, into: &effects)
            effects.append(.delegate(process, order, agent))
            return nil
        }
        guard let command = AgentCommand.forOperation(order, agent: agent, configuration: configuration) else {
            return RunResult(
                .unsupported, 3, reason: "Resources of class \(agent.standard) cannot be run on this node")
        }
        launch(command, for: &operation, asUser: nil, at: now, into: &effects)
        return nil
    }

    private mutating func launch(
        _ command: AgentCommand, for operation: inout PendingOperation, asUser user: String?, at now: Now,
        into effects: inout [ExecutorEffect]
    ) {
        let process = prepareRun(command, for: &operation, at: now, into: &effects)
        effects.append(.spawn(request(command, process: process, for: operation, asUser: user)))
    }

    private mutating func prepareRun(
        _ command: AgentCommand, for operation: inout PendingOperation, at now: Now,
        into effects: inout [ExecutorEffect]
    ) -> ProcessID {
        let process = takeProcessID()
        ownersByProcess[process] = operation.order.resource
        let timeout = operation.order.timeout
        let deadline = now.monotonic + .milliseconds(timeout)
        operation.run = Run(
            process: process, startedAt: now, deadline: deadline,
            queued: (now.monotonic - operation.acceptedAt).wholeMilliseconds, command: command)
        effects.append(
            .record(
                Event(
                    .debug, "operation-start",
                    "executing - rsc:\(operation.order.resource) action:\(operation.order.action) "
                        + "call_id:\(operation.callID)")))
        if timeout > 0 { effects.append(.setTimer(.timeout(process), at: deadline)) }
        return process
    }

    mutating func takeSerial() -> UInt64 {
        defer { nextSerial += 1 }
        return nextSerial
    }

    mutating func takeProcessID() -> ProcessID {
        defer { nextProcess += 1 }
        return ProcessID(nextProcess)
    }

    func request(
        _ command: AgentCommand, process: ProcessID, for operation: PendingOperation, asUser user: String?
    ) -> ProcessRequest {
        var request = ProcessRequest(id: process, choices: command.choices)
        request.environment = command.environment
        request.preparations = command.preparations
        request.user = user
        request.toleratesMissingSecrets = operation.order.action == "stop"
        if command.dialect != .alert {
            request.note = AgentNote(
                resource: operation.order.resource, action: operation.order.action,
                deadline: operation.order.timeout > 0 ? operation.run?.deadline : nil,
                killsGroup: operation.order.parameters["CRM_meta_on_fail"] != "block")
        }
        return request
    }
}
