// SPDX-License-Identifier: GPL-2.0-or-later
// What all actions of crm_resource share: the open CIB, the state read from it, and finding the resource and the node.
import CIBModel
import ClusterStatus
import ClusterXML
import Reports

struct ResourceWork {
    let tool: CrmResource
    let out: ToolOutput
    let session: CIBSession
    var state: ClusterState

    /// Opens the CIB that the environment selects and reads it.
    init(_ tool: CrmResource, _ out: ToolOutput) throws {
        self.tool = tool
        self.out = out
        (session, state) = try Self.open(verbosity: tool.common.verbose)
        DiagnosticLog.print(state.diagnostics, verbosity: tool.common.verbose)
    }

    private static func open(verbosity: Int) throws -> (CIBSession, ClusterState) {
        do {
            let session = try CIBSession()
            let cib = try session.query()
            let upgraded = try CIBReading.upgraded(cib)
            return (session, ClusterState(reading: upgraded, at: time(of: cib)))
        } catch {
            for detail in error.details where error.exitCode != .noSuchObject && error.exitCode != .disconnected {
                DiagnosticLog.error(detail, verbosity: verbosity)
            }
            throw CommandFailure(error.exitCode, "\(calledAs): Could not connect to the CIB: \(error.text)")
        }
    }

    /// A CIB that records when it was taken is judged at that time.
    static func time(of cib: XMLElement) -> Timestamp {
        let now = epochNow()
        return Timestamp(epoch: cib["execution-date"].flatMap(Scan.integer) ?? now, offset: Timestamp.localOffset(at: now))
    }

    /// Reads the state again, after a change.
    func freshState() throws -> ClusterState {
        let cib = try session.query()
        return ClusterState(reading: try CIBReading.upgraded(cib), at: Self.time(of: cib))
    }

    /// A failure with the sentence about it and the text of its exit status.
    func failure(_ code: ExitCode, _ text: String? = nil) -> CommandFailure {
        let last = "Error performing operation: \(code.text)"
        return CommandFailure(code, "\(calledAs): " + (text.map { "\($0)\n\(last)" } ?? last))
    }

    /// The resource that -r names: by id, by its name in the history, or an instance by the id of the cloned resource.
    func requestedResource() throws -> ResourceIndex {
        let name = tool.resource ?? ""
        if let found = state.findResource(name) { return found }
        for index in state.resources.indices where state.resources[index].xmlID == name {
            if reachable(ResourceIndex(index)) { return ResourceIndex(index) }
        }
        throw failure(.noSuchObject, "Resource '\(name)' not found")
    }

    /// Whether a record belongs to the tree (dropped resources do not).
    private func reachable(_ resource: ResourceIndex) -> Bool {
        var current = resource
        while let parent = state.resources[current].parent { current = parent }
        return state.topLevel.contains(current)
    }

    /// The same for actions that make no sense for one instance of a clone.
    func resourceButNoInstance() throws -> ResourceIndex {
        let resource = try requestedResource()
        let name = tool.resource ?? ""
        if let parent = state.resources[resource].parent, state.resources[parent].variant == .clone, name.contains(":") {
            throw failure(.invalidParameter, "Cannot operate on clone resource instance '\(name)'")
        }
        return resource
    }

    /// The node of that name.
    func node(named name: String) throws -> NodeIndex {
        guard let node = state.node(named: name) else { throw failure(.noSuchObject, "Node '\(name)' not found") }
        return node
    }

    /// The id a resource has in the configuration.
    func configuredID(_ resource: ResourceIndex) -> String { state.resources[resource].xmlID }
}
