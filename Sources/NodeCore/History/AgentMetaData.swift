// SPDX-License-Identifier: GPL-2.0-or-later
// What the history needs from an agent's meta-data: which parameters force a restart and which are secret.
package import ClusterXML

/// The digest-relevant part of an agent's meta-data (spec: remote-protocol 8.4).
package struct AgentMetaData: Sendable, Equatable {
    /// Parameters whose change requires a restart, in document order; nil if the agent cannot reload.
    package var restartParameters: [String]?
    /// Parameters that are secret, in document order.
    package var secretParameters: [String]
    /// Whether `reload-agent` (OCF 1.1) is the action that takes over changed parameters.
    package var reloadsAgent = false

    package init(restartParameters: [String]?, secretParameters: [String]) {
        self.restartParameters = restartParameters
        self.secretParameters = secretParameters
    }

    /// The connection resource: only `reconnect_interval` can change without a restart.
    package static let remoteConnection = AgentMetaData(restartParameters: ["port", "server"], secretParameters: [])

    package init(_ root: XMLElement) {
        let actions = Set((root.first("actions")?.elements("action").map { $0["name"] ?? "" }) ?? [])
        let parameters = root.first("parameters")?.elements("parameter").filter { $0["name"] != nil } ?? []
        reloadsAgent = actions.contains("reload-agent")
        let modern = reloadsAgent
        // Lists are written in reverse order of the document, as readers of older histories expect.
        let restart = parameters.reversed().filter { modern ? !Self.isTrue($0["reloadable"]) : Self.isTrue($0["unique"]) }
        restartParameters = modern || actions.contains("reload") ? restart.compactMap { $0["name"] } : nil
        let secret = parameters.contains { $0["private"] != nil }
            ? parameters.filter { Self.isTrue($0["private"]) }
            : parameters.filter { ["passwd", "password", "user"].contains($0["name"] ?? "") }
        secretParameters = secret.reversed().compactMap { $0["name"] }
    }

    private static func isTrue(_ text: String?) -> Bool {
        switch text?.lowercased() {
        case "1", "true", "yes", "on", "y": true
        default: false
        }
    }
}
