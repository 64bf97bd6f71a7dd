// SPDX-License-Identifier: GPL-2.0-or-later
// A remote node's answers to the requests of controllers, in the order that the protocol promises (remote-protocol.md 4.8):
// the reply before the completion of an execution and before generic notices; completions before the reply to a cancellation.
import Messages

extension RemoteServer {
    mutating func controllerSent(
        _ id: SessionID, _ request: ExecutorRequest, at now: Now, into effects: inout [RemoteServerEffect]
    ) {
        guard let index = controllers.firstIndex(where: { $0.id == id }) else { return }
        if controllers[index].name == nil, let name = request.clientName, !name.isEmpty { controllers[index].name = name }
        // Every request takes a number, answered or not.
        let callID = nextCallID
        nextCallID = nextCallID == Int(Int32.max) ? 1 : nextCallID + 1
        let call = Call(session: id, messageID: request.messageID, callID: callID)
        var produced: [ExecutorEffect] = []
        if controllers[index].isProvider, controllers[index].providerRank < newestProvider, request.command.changesSomething {
            effects.append(.record(Event(
                .warning, "late-order", "Refusing an order of \(controllers[index].name ?? controllers[index].peer): another controller has taken over")))
            return reply(WireError.denied, to: call, into: &effects)
        }
        switch request.command {
        case .register(let registration): register(registration, at: index, call, now, into: &effects)
        case .registerResource(let name, let agent, let drops):
            guard !name.isEmpty else { return reply(WireError.invalid, to: call, into: &effects) }
            executor.register(name, agent: agent, dropsRecurring: drops, at: now, into: &produced)
            carryOut(produced, into: &effects)
            reply(0, to: call, into: &effects)
            notice("lrmd_rsc_register", 0, callID, name, into: &effects)
        case .unregisterResource(let name): unregister(name, call, now, into: &effects)
        case .resourceInformation(let name): information(name, call, into: &effects)
        case .execute(let order):
            let rc = executor.execute(order, callID: callID, from: client(id), at: now, into: &produced)
            reply(rc, to: call, into: &effects)
            carryOut(produced, into: &effects)
        case .cancel(let resource, let action, let interval):
            let rc = executor.cancel(resource: resource, action: action, interval: interval, at: now, into: &produced)
            carryOut(produced, into: &effects)
            reply(rc, to: call, into: &effects)
        case .recurringOperations(let resource):
            let operations = executor.recurringOperations(of: resource)
            reply(0, to: call, .recurring(operations), into: &effects)
        case .alert(let alert):
            let rc = executor.alert(alert, callID: callID, from: client(id), at: now, into: &produced)
            reply(rc, to: call, into: &effects)
            carryOut(produced, into: &effects)
        case .poke:
            reply(0, to: call, into: &effects)
            notice("lrmd_rsc_poke", 0, callID, nil, into: &effects)
        case .check(let watchdog): checkWatchdog(watchdog, into: &effects)
        case .forward(let forward):
            // The shutdown answer may end this process, so the reply goes first.
            reply(0, to: call, into: &effects)
            deliver(forward, from: id, into: &effects)
        case .unknown(let name):
            effects.append(.record(Event(.warning, "unknown-request", "Ignoring unknown request \(name)")))
            reply(WireError.unsupported, to: call, into: &effects)
        }
    }

    /// Who asked, and how the answer is numbered.
    private struct Call {
        let session: SessionID
        let messageID: Int
        let callID: Int
    }

    private func client(_ id: SessionID) -> ExecutorClient { ExecutorClient(id.rawValue) }

    private func reply(
        _ rc: Int, to call: Call, _ content: ExecutorReply.Content = .none, into effects: inout [RemoteServerEffect]
    ) {
        let reply = ExecutorReply(messageID: call.messageID, rc: rc, callID: call.callID, content: content)
        effects.append(.sendToController(call.session, reply.xml))
    }

    private func notice(
        _ operation: String, _ rc: Int, _ callID: Int, _ resource: String?, into effects: inout [RemoteServerEffect]
    ) {
        notifyAll(.generic(operation: operation, rc: rc, callID: callID, resource: resource), into: &effects)
    }

    private mutating func register(
        _ registration: Registration, at index: Int, _ call: Call, _ now: Now, into effects: inout [RemoteServerEffect]
    ) {
        var answer = RegistrationReply(
            clientID: controllers[index].clientID, version: RemoteServer.protocolVersion)
        guard let version = registration.version, isAtLeast(version, "1") else {
            effects.append(
                .record(
                    Event(
                        .error, "remote-client-refused",
                        "\(registration.clientName) speaks executor protocol \(registration.version ?? "none"), "
                            + "which is older than 1.0")))
            return reply(WireError.protocolMismatch, to: call, .registered(answer), into: &effects)
        }
        answer.uptime = (now.monotonic - startedAt).components.seconds
        answer.startState = configuration.startState
        if registration.isProvider {
            controllers[index].isProvider = true
            newestProvider += 1
            controllers[index].providerRank = newestProvider
        }
        effects.append(
            .record(
                Event(
                    .info, "remote-client-registered",
                    "\(registration.clientName) registered with executor protocol \(version)")))
        reply(0, to: call, .registered(answer), into: &effects)
    }

    /// Compares dotted numbers; missing parts count as 0, so that `1` and `1.0` are equal.
    private func isAtLeast(_ version: String, _ minimum: String) -> Bool {
        func parts(_ text: String) -> [Int] { text.split(separator: ".").map { Int($0) ?? 0 } }
        let (have, want) = (parts(version), parts(minimum))
        for index in 0..<max(have.count, want.count) {
            let left = index < have.count ? have[index] : 0
            let right = index < want.count ? want[index] : 0
            if left != right { return left > right }
        }
        return true
    }

    private mutating func unregister(_ name: String, _ call: Call, _ now: Now, into effects: inout [RemoteServerEffect]) {
        guard !name.isEmpty else { return reply(WireError.noResource, to: call, into: &effects) }
        var produced: [ExecutorEffect] = []
        let rc = executor.unregister(name, at: now, into: &produced)
        carryOut(produced, into: &effects)
        reply(rc, to: call, into: &effects)
        notice("lrmd_rsc_unregister", rc, call.callID, name, into: &effects)
    }

    private func information(_ name: String, _ call: Call, into effects: inout [RemoteServerEffect]) {
        guard let agent = executor.agent(of: name) else {
            return reply(WireError.noResource, to: call, into: &effects)
        }
        reply(0, to: call, .resource(name: name, agent: agent), into: &effects)
    }

    /// Watchdog fencing that would not work must not be relied on: leave for good (remote-protocol.md 3.6).
    private func checkWatchdog(_ setting: String?, into effects: inout [RemoteServerEffect]) {
        guard let setting, let wanted = milliseconds(setting), wanted != 0 else { return }
        let problem: String
        if let available = configuration.watchdogTimeout {
            if wanted < 0 || wanted >= available { return }
            problem = "stonith-watchdog-timeout \(setting) is shorter than SBD's watchdog timeout of \(available) ms"
        } else {
            problem = "stonith-watchdog-timeout is \(setting) but SBD does not run here"
        }
        effects.append(.record(Event(.error, "watchdog-mismatch", "Shutting down: \(problem)")))
        effects.append(.exit(100))
    }

    /// A duration as cluster properties have them: a number with an optional unit, seconds by default.
    private func milliseconds(_ text: String) -> Int64? {
        let digits = text.prefix { $0.isNumber || $0 == "-" }
        guard let number = Int64(digits) else { return nil }
        let factor: Int64
        switch text.dropFirst(digits.count).trimmingPrefix(" ") {
        case "", "s", "sec": factor = 1000
        case "ms", "msec": factor = 1
        case "m", "min": factor = 60_000
        case "h", "hr": factor = 3_600_000
        default: return nil
        }
        let (product, overflow) = number.multipliedReportingOverflow(by: factor)
        return overflow ? nil : product
    }
}
