// SPDX-License-Identifier: GPL-2.0-or-later
// Lends a node's machines to a piece of code and carries out what they ask for.
import ClusterXML
import Messages

extension Node {
    mutating func withExecutor(
        at now: Now, into effects: inout [NodeEffect], _ body: (inout Executor, inout [ExecutorEffect]) -> Void
    ) {
        var asked: [ExecutorEffect] = []
        body(&executor, &asked)
        for effect in asked {
            switch effect {
            case .spawn(let request): effects.append(.spawn(request))
            case .kill(let id, let whole): effects.append(.kill(id, wholeGroup: whole))
            case .setTimer(let timer, let time): effects.append(.setTimer(.executor(timer), at: time))
            case .cancelTimer(let timer): effects.append(.cancelTimer(.executor(timer)))
            case .completed(let completion, _):
                guard let agent = executor.agent(of: completion.order.resource) ?? knownAgent(completion.order.resource) else { continue }
                operationFinished(completion, agent, on: host, at: now, into: &effects)
            case .alertCompleted: break
            case .delegate(let id, let order, let agent):
                withFencer(at: now, into: &effects) { $0.perform(id, order, agent: agent.type, at: now, into: &$1) }
            case .record(let event): effects.append(.record(event))
            }
        }
    }

    /// The agent of a resource that the executor no longer knows, from the history.
    private func knownAgent(_ resource: String) -> AgentReference? {
        guard let history = StatusSection.resource(cib, node: host.id, resource: resource) else { return nil }
        return AgentReference(standard: history["class"] ?? "ocf", provider: history["provider"], type: history["type"] ?? "")
    }

    mutating func withFencer(
        at now: Now, into effects: inout [NodeEffect], _ body: (inout Fencer, inout [FencerEffect]) -> Void
    ) {
        var asked: [FencerEffect] = []
        body(&fencer, &asked)
        for effect in asked {
            switch effect {
            case .spawn(let request): effects.append(.spawn(request))
            case .kill(let id): effects.append(.kill(id, wholeGroup: true))
            case .setTimer(let timer, let time): effects.append(.setTimer(.fencer(timer), at: time))
            case .cancelTimer(let timer): effects.append(.cancelTimer(.fencer(timer)))
            case .finished(let outcome): fencingFinished(outcome, at: now, into: &effects)
            case .delegateFinished(let id, let outcome):
                withExecutor(at: now, into: &effects) { $0.delegateFinished(id, outcome, at: now, into: &$1) }
            case .record(let event): effects.append(.record(event))
            }
        }
    }

    mutating func withAttributes(
        at now: Now, into effects: inout [NodeEffect], _ body: (inout Attributes, inout [AttributeEffect]) -> Void
    ) {
        var asked: [AttributeEffect] = []
        body(&attributes, &asked)
        for effect in asked {
            switch effect {
            case .setTimer(let name, let time): effects.append(.setTimer(.attribute(name), at: time))
            case .cancelTimer(let name): effects.append(.cancelTimer(.attribute(name)))
            case .record(let event): effects.append(.record(event))
            case .write(let writes): writeAttributes(writes, at: now, into: &effects)
            }
        }
    }

    private mutating func writeAttributes(_ writes: [AttributeWrite], at now: Now, into effects: inout [NodeEffect]) {
        for write in writes {
            guard let target = nodeForAttributes(write.node) else { continue }
            let changed = StatusSection.setTransient(
                &cib, target, name: write.name, value: write.value, set: write.set, kind: write.kind)
            guard changed else { continue }
            touchStatus()
            alertAttribute(write, target, at: now, into: &effects)
            wantScheduling("Transient attribute change (\(write.name) on \(write.node))", at: now, into: &effects)
        }
    }

    /// Attributes of nodes that nobody knows are kept but not written.
    private func nodeForAttributes(_ name: String) -> NodeIdentity? {
        if name == host.name || name == host.id { return host }
        let known = connections[name] != nil || attributes.isRemote(name)
            || cib.first("status")?.position("node_state", id: name) != nil
        return known ? .remote(name) : nil
    }

    /// Lends the connection to a remote node, if there is one.
    mutating func connection(
        _ name: String, at now: Now, into effects: inout [NodeEffect],
        _ body: (inout RemoteConnection, inout [RemoteConnectionEffect]) -> Void
    ) {
        guard var lent = connections[name] else { return }
        connections[name] = nil
        var asked: [RemoteConnectionEffect] = []
        body(&lent, &asked)
        connections[name] = lent
        for effect in asked { carryOut(effect, of: name, at: now, into: &effects) }
    }

    private mutating func carryOut(
        _ effect: RemoteConnectionEffect, of name: String, at now: Now, into effects: inout [NodeEffect]
    ) {
        switch effect {
        case .open(let server, let port): effects.append(.openLink(node: name, server: server, port: port))
        case .close:
            closeSessions(of: name)
            effects.append(.closeLink(node: name))
        case .send(let message): effects.append(.sendLink(node: name, message))
        case .setTimer(let timer, let time): effects.append(.setTimer(.remote(name, timer), at: time))
        case .cancelTimer(let timer): effects.append(.cancelTimer(.remote(name, timer)))
        case .connectionCompleted(let completion):
            let agent = AgentReference(standard: "ocf", provider: "pacemaker", type: "remote")
            operationFinished(completion, agent, on: host, at: now, into: &effects)
        case .operationCompleted(let completion, let agent):
            operationFinished(completion, agent, on: .remote(name), at: now, into: &effects)
        case .nodeUp(_, let startState): remoteNodeUp(name, startState: startState, at: now, into: &effects)
        case .nodeDown(let byItself, let isEmpty):
            if isEmpty { forgetMigrations(from: name, into: &effects) }
            remoteNodeDown(name, eraseHistory: false, at: now, into: &effects)
            // What ran there may be free to run elsewhere now, which the present transition may not have foreseen.
            if !byItself { needsAnotherLook = true }
        case .reachable: remoteNodeReachable(name, at: now, into: &effects)
        case .proxy(let message): proxied(message, from: name, at: now, into: &effects)
        case .shutdownRequested: remoteShutdownRequested(name, at: now, into: &effects)
        case .record(let event): effects.append(.record(event))
        }
    }
}
