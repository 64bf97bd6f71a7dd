// SPDX-License-Identifier: GPL-2.0-or-later
// How tools that need a running cluster reach it and explain that they cannot.
import CIBModel
import Client

enum ClusterAccess {
    /// Runs `work` with a connection; what goes wrong becomes the tool's message and exit status.
    static func with<Result>(_ work: (ClusterClient) throws -> Result) throws -> Result {
        do {
            return try work(try ClusterClient.connect(as: calledAs))
        } catch let error as ClientError {
            throw failure(error)
        }
    }

    static func failure(_ error: ClientError) -> CommandFailure {
        switch error {
        case .notConnected(let text): CommandFailure(.disconnected, "\(calledAs): Could not connect to the cluster: \(text)")
        case .timeout(let what): CommandFailure(.timeout, "\(calledAs): \(what) did not come in time")
        case .onlyOnClusterHosts: CommandFailure(.unimplemented, "\(calledAs): \(error.text)")
        case .badAnswer: CommandFailure(.protocolError, "\(calledAs): \(error.text)")
        case .refused(-13): CommandFailure(.insufficientPrivileges, "\(calledAs): \(error.text)")
        case .refused: CommandFailure(.error, "\(calledAs): \(error.text)")
        }
    }

    /// The node that a tool means when no node is named: inside an agent the node that the agent acts for.
    static var agentNode: String? {
        let prefix = "OCF_RESKEY_CRM_meta_"
        if CIBSource.variable(prefix + "container_attribute_target") == "host" {
            return CIBSource.variable(prefix + "physical_host")
        }
        return CIBSource.variable(prefix + "on_node")
    }
}
