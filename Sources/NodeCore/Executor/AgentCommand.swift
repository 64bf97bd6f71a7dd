// SPDX-License-Identifier: GPL-2.0-or-later
// How each class of agent is called, as data, and what its exit status means (remote-protocol.md 5.3-5.7).
import Messages
import ClusterXML

/// The call of an agent for one run of an operation.
struct AgentCommand: Sendable, Equatable {
    /// Decides how the exit status is read.
    enum Dialect: Sendable, Equatable {
        case ocf, lsb, lsbStatus
        /// `systemctl`; the unit is kept for follow-up looks.
        case systemd(unit: String, action: String)
        /// By the choice the runtime took: an init script or else a unit.
        case service(type: String, action: String)
        case alert
    }

    var choices: [ProgramChoice]
    var environment: [EnvironmentEntry]
    var preparations: [FilePreparation] = []
    var dialect: Dialect
    /// Name of the agent in "not found" messages.
    var agentName: String

    /// Builds the call, or explains why the class cannot be executed.
    /// - Returns: nil for a class this executor does not know.
    static func forOperation(
        _ order: OperationOrder, agent: AgentReference, configuration: ExecutorConfiguration
    ) -> AgentCommand? {
        switch agent.standard {
        case "ocf": ocf(order, agent, configuration)
        case "lsb": lsb(order, agent, configuration)
        case "systemd": systemd(order, agent, configuration)
        case "service": service(order, agent, configuration)
        default: nil
        }
    }

    private static func ocf(
        _ order: OperationOrder, _ agent: AgentReference, _ configuration: ExecutorConfiguration
    ) -> AgentCommand {
        let provider = agent.provider ?? "heartbeat"
        let choices = configuration.ocfDirectories.map {
            ProgramChoice("\($0)/\(provider)/\(agent.type)", [order.action])
        }
        return AgentCommand(
            choices: choices, environment: ocfEnvironment(order, agent, configuration), dialect: .ocf,
            agentName: agent.type)
    }

    /// The environment OCF defines: parameters with a prefix, and facts about the resource.
    private static func ocfEnvironment(
        _ order: OperationOrder, _ agent: AgentReference, _ configuration: ExecutorConfiguration
    ) -> [EnvironmentEntry] {
        var entries = configuration.baseEnvironment
        entries += [
            EnvironmentEntry("OCF_ROOT", .text(configuration.ocfRoot)),
            EnvironmentEntry("OCF_RA_VERSION_MAJOR", .text("1")),
            EnvironmentEntry("OCF_RA_VERSION_MINOR", .text("1")),
            EnvironmentEntry("OCF_RESOURCE_INSTANCE", .text(order.resource)),
            EnvironmentEntry("OCF_RESOURCE_TYPE", .text(agent.type)),
            EnvironmentEntry("OCF_EXIT_REASON_PREFIX", .text(ocfExitReasonPrefix)),
        ]
        if let provider = agent.provider { entries.append(EnvironmentEntry("OCF_RESOURCE_PROVIDER", .text(provider))) }
        for parameter in order.parameters.entries where isVariableName(parameter.name) {
            let name = parameter.name == "OCF_CHECK_LEVEL" ? parameter.name : "OCF_RESKEY_\(parameter.name)"
            let secret = "\(configuration.secretsDirectory)/\(order.resource)/\(parameter.name)"
            entries.append(
                EnvironmentEntry(name, parameter.value == "lrm://" ? .secret(file: secret) : .text(parameter.value)))
        }
        return entries
    }

    /// A name with `=` or NUL in it cannot be passed on.
    private static func isVariableName(_ name: String) -> Bool {
        !name.isEmpty && !name.utf8.contains { $0 == UInt8(ascii: "=") || $0 == 0 }
    }

    private static func lsb(
        _ order: OperationOrder, _ agent: AgentReference, _ configuration: ExecutorConfiguration
    ) -> AgentCommand {
        let action = order.action == "monitor" ? "status" : order.action
        return AgentCommand(
            choices: [ProgramChoice("\(configuration.initDirectory)/\(agent.type)", [action])],
            environment: configuration.baseEnvironment, dialect: action == "status" ? .lsbStatus : .lsb,
            agentName: "\(configuration.initDirectory)/\(agent.type)")
    }

    private static func systemd(
        _ order: OperationOrder, _ agent: AgentReference, _ configuration: ExecutorConfiguration
    ) -> AgentCommand {
        let unit = SystemdUnit.name(agent.type)
        return AgentCommand(
            choices: [SystemdUnit.choice(order.action, unit: unit, configuration)],
            environment: configuration.baseEnvironment,
            preparations: SystemdUnit.preparations(order.action, unit: unit),
            dialect: .systemd(unit: unit, action: order.action), agentName: unit)
    }

    /// An init script if there is one, else the unit if systemd runs, else the missing init script's error.
    private static func service(
        _ order: OperationOrder, _ agent: AgentReference, _ configuration: ExecutorConfiguration
    ) -> AgentCommand {
        let script = lsb(order, agent, configuration)
        let unit = SystemdUnit.name(agent.type)
        let choices = [
            script.choices[0],
            SystemdUnit.choice(order.action, unit: unit, configuration),
            script.choices[0],
        ]
        return AgentCommand(
            choices: choices, environment: configuration.baseEnvironment,
            dialect: .service(type: agent.type, action: order.action), agentName: script.agentName)
    }

    /// The call of an alert script: its parameters are the environment as they are.
    static func forAlert(_ order: OperationOrder, path: String, configuration: ExecutorConfiguration) -> AgentCommand {
        let variables = order.parameters.entries.filter { isVariableName($0.name) }
        return AgentCommand(
            choices: [ProgramChoice(path, [])],
            environment: configuration.baseEnvironment
                + variables.map { EnvironmentEntry($0.name, .text($0.value)) },
            dialect: .alert, agentName: path)
    }
}

/// What an agent prints on standard error before the reason that people should see.
package let ocfExitReasonPrefix = "ocf-exit-reason:"
