// SPDX-License-Identifier: GPL-2.0-or-later
// Running agents' own checks on a resource of the configuration: validate-all and rsctest.
import ConfigurationLanguage
import Glibc

struct ConfigureAgents {
    let session: CrmSession

    init(_ session: CrmSession) { self.session = session }

    /// Runs the agent's `validate-all` with the parameters of a primitive.
    func validate(_ object: ConfigurationObject, _ configuration: Configuration) {
        guard let agent = configuration.agentName(of: object) else { return }
        guard agent.standard == "ocf" else {
            session.report(.error("configure.validate-all: \(object.id): Cannot run validate-all for agent: \(agent)"))
            return
        }
        run(agent, "validate-all", configuration.parameterValues(of: object), label: object.id)
    }

    /// The same for an agent with parameters given as `name=value`.
    func validate(_ agent: AgentName, _ words: [String]) {
        var parameters: [(String, String)] = []
        for word in words {
            let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            if parts.count == 2 { parameters.append((parts[0], parts[1])) }
        }
        run(agent, "validate-all", parameters, label: "\(agent)")
    }

    /// Probes resources on this machine, without the cluster.
    func test(_ ids: [String], _ configuration: Configuration) {
        for id in ids {
            guard let object = configuration[id], object.kind == .primitive, let agent = configuration.agentName(of: object),
                agent.standard == "ocf"
            else { continue }
            run(agent, "monitor", configuration.parameterValues(of: object), label: id)
        }
    }

    private func run(_ agent: AgentName, _ action: String, _ parameters: [(String, String)], label: String) {
        guard let program = session.agents.program(of: agent) else {
            session.report(.error("\(agent): no such resource agent"))
            return
        }
        var environment = session.agents.environment(for: agent)
        environment["OCF_RESOURCE_INSTANCE"] = label
        for (name, value) in parameters { environment["OCF_RESKEY_\(name)"] = value }
        let status = ProgramRun.interactive(program, [action], environment: environment)
        if action == "monitor" {
            let text = status == 0 ? "running" : status == 7 ? "not running" : status == 8 ? "promoted" : "failed (\(status))"
            print("\(label): \(text)")
        } else if status != 0 {
            session.report(.error("\(label): \(action) failed with exit status \(status)"))
        }
    }
}
